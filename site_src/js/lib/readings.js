// What the portal published of a series or of a thing with a name, read from its own files: a month is one small file.
import { openBook } from "./book.js";
import { plus } from "./when.js";

/** @typedef {(path: string) => Promise<any>} Read a published file by its path from the root: JSON, or the text of a CSV */
/** @typedef {{ day: string, code: string, value: number, unit: string, state: string }} Row */
/** @typedef {import("./book.js").KnownSeries} KnownSeries */

const MONTHS_AT_ONCE = 36;
const PIECES_AT_ONCE = 14;

/** A span of more files than one question may cost. */
export class TooLong extends Error {}

/**
 * The months of some days, `2026-03`, without those that the newest file has.
 * @param {[from: string, to: string][]} spans
 * @param {import("./book.js").CheckFile} file
 */
function monthsOf(spans, { archivo, desde = "" }) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const [from, to] of spans) {
    for (let day = from > `${archivo}-01` ? from : `${archivo}-01`; day <= to && day < desde; day = plus(`${day.slice(0, 7)}-01`, 31)) found.add(day.slice(0, 7));
  }
  return [...found].filter((month) => archivo && month < desde.slice(0, 7)).sort();
}

/**
 * A series with its values by day, those that may be quoted, and all else that the checker knows.
 * @param {Read} read
 * @param {string} id
 * @param {[from: string, to: string][]} [spans] beyond the last months
 * @returns {Promise<{ book: import("./book.js").Book, series: KnownSeries } | null>}
 */
export async function seriesDays(read, id, spans = []) {
  /** @type {import("./book.js").CheckFile} */
  const file = await read("datos/verificar/cifras.json");
  const own = file.series.filter(({ serie }) => serie === id);
  const months = monthsOf(spans, file);
  if (months.length > MONTHS_AT_ONCE) throw new TooLong();
  const past = await Promise.all(months.map((month) => read(`datos/verificar/${month}.json`)));
  const book = openBook({ ...file, series: own, hechos: [] }, past);
  const [series] = [...book.series.values()][0] ?? [];
  return series ? { book, series } : null;
}

/**
 * The state of a day of a series, where it is one of the last; and its value where that may not be quoted.
 * @param {Read} read
 * @param {string} id
 * @param {string} day
 * @returns {Promise<{ calidad: string, valor: number } | undefined>}
 */
export async function stateOf(read, id, day) {
  const { dias } = await read("api/v1/titulares.json");
  return dias.find((/** @type {{ serie: string, dia: string }} */ each) => each.serie === id && each.dia === day);
}

/**
 * The span of days that a piece of a CSV has, by its name.
 * @param {string} path
 * @returns {[string, string]}
 */
function spanOfPiece(path) {
  const [, first = "", month = "", last = ""] = /\.(\d{4})(?:-(\d\d)(?!\d))?(?:-(\d{4}))?\.csv$/.exec(path) ?? [];
  if (!first) return ["", "9"];
  return month ? [`${first}-${month}-01`, `${first}-${month}-31`] : [`${first}-01-01`, `${last || first}-12-31`];
}

/** @param {string} text */
function rowsOf(text) {
  const [, ...lines] = text.trim().split(/\r?\n/);
  return lines.map((line) => {
    const [day = "", code = "", value = "", unit = "", state = ""] = line.includes('"') ? quotedCells(line) : line.split(",");
    return { day, code, value: Number(value), unit, state };
  });
}

/** @param {string} line */
const quotedCells = (line) => [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)].map(([, inside, bare]) => inside?.replaceAll('""', '"') ?? bare ?? "");

/**
 * The rows of a metric by code: of a span, or the newest ones that suffice.
 * @param {Read} read
 * @param {string} metric
 * @param {string} entity
 * @param {[from: string, to: string] | null} span none: back from the last piece until `enough`
 * @param {(rows: Row[]) => boolean} enough
 * @returns {Promise<Row[]>}
 */
export async function namedRows(read, metric, entity, span, enough) {
  const { series } = await read(`api/v1/metricas/${metric}.json`);
  /** @type {string[]} */
  const pieces = (series.find((/** @type {{ entidad: string }} */ each) => each.entidad === entity)?.csv_partes ?? []).map((/** @type {string} */ path) => path.replace(/^(?:\.\.\/)+/, ""));
  const load = async (/** @type {string} */ path) => rowsOf(await read(path));
  if (span) {
    const needed = pieces.filter((path) => spanOfPiece(path)[0] <= span[1] && spanOfPiece(path)[1] >= span[0]);
    if (needed.length > PIECES_AT_ONCE || needed.some((path) => /\.\d{4}-\d{4}\.csv$/.test(path))) throw new TooLong();
    return (await Promise.all(needed.map(load))).flat().filter(({ day }) => day >= span[0] && day <= span[1]);
  }
  /** @type {Row[]} */
  let rows = [];
  for (const path of pieces.slice(-3).reverse()) {
    rows = [...await load(path), ...rows];
    if (enough(rows)) break;
  }
  return rows;
}
