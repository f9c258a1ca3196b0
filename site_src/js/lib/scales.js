// Axes: where ticks stand and what they say, as Colombia writes numbers and dates. Times are Colombia's clock, kept as UTC.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MONTHS = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];
const MINUS = "−";

/** @type {Map<string, Intl.NumberFormat>} one that is made for each number takes longer than all it writes */
const formats = new Map();

/**
 * @param {number} least decimals
 * @param {number} most
 */
function format(least, most) {
  const key = `${least} ${most}`;
  const made = formats.get(key) ?? new Intl.NumberFormat("es-CO", { minimumFractionDigits: least, maximumFractionDigits: most });
  formats.set(key, made);
  return made;
}

/**
 * A number with so many decimals, or as many as its size asks for.
 * @param {number} value
 * @param {number} [decimals]
 */
export function number(value, decimals) {
  if (!Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  const digits = decimals ?? (size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4);
  return format(decimals ?? 0, digits).format(value).replace(/^-(?=0(?:,0*)?$)/, "").replace("-", MINUS);
}

/**
 * The moment of a step in words: `5 nov 2026`, `nov 2026`, `2026`, `5 nov 2026, 14:00`.
 * @param {Step} step
 * @param {number} at
 */
export function told(step, at) {
  if (!Number.isFinite(at)) return "—";
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), MONTHS[date.getUTCMonth()]];
  if (step === "anio") return String(year);
  if (step === "mes") return `${month} ${year}`;
  if (step === "12m") return `12 meses hasta ${month} ${year}`;
  const day = `${date.getUTCDate()} ${month} ${year}`;
  if (step === "hora") return `${day}, ${date.getUTCHours()}:00`;
  return step === "semana" ? `semana del ${day}` : day;
}

/**
 * The moment of a step as files write it.
 * @param {Step} step
 * @param {number} at
 */
export function written(step, at) {
  if (!Number.isFinite(at)) return "";
  const iso = new Date(at).toISOString();
  return step === "anio" ? iso.slice(0, 4) : step === "mes" || step === "12m" ? iso.slice(0, 7) : step === "hora" ? iso.slice(0, 16).replace("T", " ") : iso.slice(0, 10);
}

/**
 * Round numbers between two values, about so many.
 * @param {number} least
 * @param {number} most
 * @param {number} count
 */
export function ticks(least, most, count) {
  const rough = (most - least) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(least / step - 1e-9);
  return Array.from({ length: Math.floor(most / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * The span of an axis: from zero where marks grow from it, else close around the values.
 * @param {number} least
 * @param {number} most
 * @param {boolean} zero
 * @returns {[number, number]}
 */
export function span(least, most, zero) {
  if (!Number.isFinite(least)) return [0, 1];
  if (zero || (least >= 0 && least < 0.35 * most)) return [Math.min(0, least), Math.max(0, most) * 1.04 || 1];
  const room = (most - least || Math.abs(most) || 1) * 0.06;
  return [least - room, most + room];
}

/** @type {[unit: "hour" | "day" | "month", size: number, length: number][]} */
const PACES = [
  ["hour", 1, HOUR], ["hour", 3, 3 * HOUR], ["hour", 6, 6 * HOUR], ["hour", 12, 12 * HOUR], ["day", 1, DAY], ["day", 2, 2 * DAY], ["day", 7, 7 * DAY], ["day", 14, 14 * DAY],
  ["month", 1, 30 * DAY], ["month", 2, 61 * DAY], ["month", 3, 91 * DAY], ["month", 6, 182 * DAY], ["month", 12, 365 * DAY], ["month", 24, 730 * DAY], ["month", 60, 1826 * DAY], ["month", 120, 3652 * DAY],
];

/**
 * Ticks of a time axis, about so many at most.
 * @param {number} from
 * @param {number} until
 * @param {number} most
 * @param {boolean} yearless of years over each other
 * @returns {{ at: number, text: string }[]}
 */
export function timeTicks(from, until, most, yearless) {
  const [unit, size] = PACES.find(([, , length]) => (until - from) / length <= most) ?? ["month", 240];
  /** @type {{ at: number, text: string }[]} */
  const found = [];
  const start = new Date(from);
  if (unit === "month") {
    const first = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / size) * size;
    for (let month = first; Date.UTC(Math.floor(month / 12), month % 12, 1) <= until; month += size) {
      const [name, year] = [MONTHS[month % 12] ?? "", Math.floor(month / 12)];
      const at = Date.UTC(year, month % 12, 1);
      if (at >= from) found.push({ at, text: yearless ? name : size >= 12 ? String(year) : month % 12 === 0 || !found.length ? `${name} ${year}` : name });
    }
    return found;
  }
  const length = size * (unit === "hour" ? HOUR : DAY);
  for (let at = Math.ceil(from / length) * length; at <= until; at += length) {
    const date = new Date(at);
    const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
    const year = !yearless && (!found.length || (date.getUTCMonth() === 0 && date.getUTCDate() <= size)) ? ` ${date.getUTCFullYear()}` : "";
    found.push({ at, text: unit === "day" || date.getUTCHours() === 0 ? `${day}${unit === "day" ? year : ""}` : `${date.getUTCHours()}:00` });
  }
  return found;
}
