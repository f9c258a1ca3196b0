// How the assistant writes quantities, days and spans.

/**
 * @param {number} value
 * @param {string} unit
 * @param {number} decimals
 */
export const quantity = (value, unit, decimals) =>
  `${value.toLocaleString("es-CO", { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: true })}\u00a0${unit}`.trim();

/**
 * @param {string} iso
 * @param {Intl.DateTimeFormatOptions} form
 */
const dated = (iso, form) => new Intl.DateTimeFormat("es-CO", { ...form, timeZone: "UTC" }).format(new Date(Date.parse(iso)));

/** @param {string} iso a day, or the first of a month as `2026-05` */
export const longDay = (iso) => (iso.length === 7 ? dated(`${iso}-01`, { month: "long", year: "numeric" })
  : dated(iso, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).replace(",", ""));

/** @param {string} iso */
const shortDay = (iso) => dated(iso, { day: "numeric", month: "long", year: "numeric" });

/** @param {{ from: string, to: string, grain?: string }} span */
export function spanWords({ from, to, grain }) {
  if (from === to) return longDay(from);
  if (grain === "month" && from.slice(0, 7) === to.slice(0, 7)) return dated(from, { month: "long", year: "numeric" });
  return `del ${shortDay(from)} al ${shortDay(to)}`;
}
