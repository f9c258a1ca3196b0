// The newest day of a plant, river or agent. Its page tells whole months and changes with them; the newest days of all its
// kind are one small file.
import { json } from "./site.js";

const NUMBER = new Intl.NumberFormat("es-CO", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("es-CO", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** @param {Newest} value */
export const newestFigure = ({ valor, unidad, porcentaje }) =>
  `${NUMBER.format(valor)}\u00a0${unidad}${porcentaje === undefined ? "" : ` (${NUMBER.format(porcentaje)}\u00a0%)`}`;

/**
 * What the newest values of a thing say, in one line.
 * @param {Newest[]} values
 */
export function newestWords(values) {
  return values.map((value) => `${value.medida.toLowerCase()}, ${newestFigure(value)}, ${DAY.format(new Date(value.fecha))}`).join("; ");
}

export async function tellNewest() {
  for (const place of document.querySelectorAll("[data-latest]")) {
    if (!(place instanceof HTMLElement)) continue;
    const { latest = "", name = "" } = place.dataset;
    const folder = latest.split("/").pop()?.replace(".json", "") ?? "";
    const known = await json(new URL(latest, location.href), { cache: "no-cache" });
    const values = known[folder]?.[name]?.ultimo ?? [];
    if (values.length) place.textContent = ` · Lo último: ${newestWords(values)}`;
  }
}
