// The first line of what the search finds: a figure with its unit and its day, or that the portal has nothing of the kind.
import { refused, seriesAsked } from "./finder.js";
import { newestFigure } from "./latest.js";
import { shortDay } from "./text.js";

/** @typedef {{ name: string, figure: string, day: string, note: string, url: string }} FirstAnswer without a figure, the note is what is said */
/** @typedef {(path: string) => Promise<any>} Read */

/** The state of which nothing has to be said. */
const PUBLISHED = "publicado";
const WHOLE = new Intl.NumberFormat("es-CO", { maximumFractionDigits: 0 });

/**
 * A published text with no more digits than a first look needs: from a thousand on, whole numbers.
 * @param {{ texto: string, valor: number }} headline
 */
const rounded = ({ texto, valor }) => (Math.abs(valor) < 1000 ? texto : texto.replace(/^[^\s\u00a0]+/, WHOLE.format(valor)));

/**
 * What can be answered at once; null where a search is no question for a figure.
 * @param {string} text
 * @param {import("./finder.js").Index} index
 * @param {import("./finder.js").Group[]} groups what was found
 * @param {Read} read reads a published file
 * @returns {Promise<FirstAnswer | null>}
 */
export async function firstAnswer(text, index, groups, read) {
  const first = groups[0]?.matches[0];
  const folder = first?.whole ? index.folders[groups[0]?.id ?? ""] : undefined;
  if (first && folder) return newestOf(first.entry, folder, await read(`api/v1/${folder}.json`));
  const refusal = refused(text, index);
  if (refusal) return { name: "", figure: "", day: "", note: refusal.says, url: refusal.url };
  const series = groups[0]?.id === "term" ? null : seriesAsked(text, index); // what a word means is no figure
  if (!series) return null;
  /** @type {{ titulares: { serie: string, texto: string, valor: number, dia: string, calidad: string }[] }} */
  const { titulares } = await read("api/v1/titulares.json");
  const told = titulares.find(({ serie }) => serie === series.id);
  if (!told) return null;
  const state = told.calidad === PUBLISHED ? "" : `Dato ${told.calidad}. `;
  return { name: series.label, figure: rounded(told), day: shortDay(told.dia), note: `${state}${series.caution}`.trim(), url: series.url };
}

/**
 * @param {import("./finder.js").Entry} entry
 * @param {string} folder
 * @param {Record<string, Record<string, { ultimo?: Newest[] }>>} known
 * @returns {FirstAnswer | null}
 */
function newestOf({ title, url }, folder, known) {
  const newest = known[folder]?.[url.split("/")[1] ?? ""]?.ultimo?.[0];
  if (!newest) return null;
  return { name: `${title}: ${newest.medida.toLowerCase()}`, figure: newestFigure(newest), day: shortDay(newest.fecha), note: "", url };
}
