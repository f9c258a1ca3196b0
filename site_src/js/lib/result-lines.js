// What a result of SQL looks like as lines: its first column is the axis, its columns of numbers are the lines.
import { isNumber } from "./statements.js";

const DATE = /^\d{4}-\d{2}(?:-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?)?$/;
const MOST_LINES = 8;
const MOST_BARS = 60;
const APART = 20; // sizes that no axis shows together

/** @typedef {{ axis: "tiempo" | "numero" | "texto", step: Step, lines: Line[], labels: string[] }} Drawable */

/**
 * @param {string} name
 * @param {number[]} x
 * @param {number[]} value
 * @param {string[]} [labels]
 * @returns {Line}
 */
function lineOf(name, x, value, labels) {
  const [at, one] = [Float64Array.from(x), new Int32Array(x.length).fill(1)];
  return { name, unit: "", adds: "none", series: 0, x: at, at, value: Float64Array.from(value), state: new Uint8Array(x.length), known: one, of: one, covered: new Float64Array(x.length), counts: "day", ...(labels ? { labels } : {}) };
}

/** @param {string | null | undefined} text what is no number is missing */
const figure = (text) => (text === null || text === undefined || text === "" ? NaN : Number(text));

/**
 * Lines of one value a row that a column of words tells apart (día, serie, valor).
 * @param {(string | null)[][]} rows
 * @param {Column[]} columns
 */
function toldApart(rows, columns) {
  const [words, ...others] = columns.flatMap((column, i) => (i && !isNumber(column) ? [i] : []));
  const numbers = columns.flatMap((column, i) => (i && isNumber(column) ? [i] : []));
  if (words === undefined || others.length || numbers.length !== 1) return null;
  /** @type {Map<string, (string | null)[][]>} */
  const found = new Map();
  for (const row of rows) found.set(row[words] ?? "", [...(found.get(row[words] ?? "") ?? []), row]);
  return found.size <= MOST_LINES ? { found, value: numbers[0] ?? 0 } : null;
}

/**
 * The lines of a result, or why it has none.
 * @param {Column[]} columns
 * @param {(string | null)[][]} rows as text
 * @returns {Drawable | string}
 */
export function drawable(columns, rows) {
  const [first] = columns;
  const numbers = columns.flatMap((column, i) => (i && isNumber(column) ? [i] : [])).slice(0, MOST_LINES);
  const full = rows.filter(([x]) => x !== null && x !== undefined && x !== "");
  if (!first || !numbers.length) return "Para un gráfico hace falta una primera columna (fecha, número o texto) y otra de números.";
  if (full.length < 2) return "Para un gráfico hacen falta dos filas o más.";
  const dates = full.every(([x]) => DATE.test(x ?? ""));
  const axis = dates ? "tiempo" : isNumber(first) ? "numero" : "texto";
  if (axis === "texto" && full.length > MOST_BARS) return `Son más de ${MOST_BARS} barras: ordene y pida menos filas (ORDER BY … LIMIT ${MOST_BARS}).`;
  const shortest = Math.min(...full.map(([x]) => x?.length ?? 0));
  const step = shortest > 10 ? "hora" : shortest > 7 ? "dia" : "mes";
  const when = (/** @type {string} */ text) => Date.parse(`${text.length === 7 ? `${text}-01` : text}${text.length > 10 ? "Z" : "T00:00Z"}`.replace(" ", "T"));
  const place = (/** @type {string | null | undefined} */ x, /** @type {number} */ i) => (dates ? when(x ?? "") : axis === "numero" ? Number(x) : i);
  const made = (/** @type {string} */ name, /** @type {(string | null)[][]} */ own, /** @type {number} */ column) => {
    const points = own.map((row, i) => ({ x: place(row[0], i), y: figure(row[column]), label: row[0] ?? "" })).sort((a, b) => a.x - b.x);
    return lineOf(name, points.map(({ x }) => x), points.map(({ y }) => y), dates ? undefined : points.map(({ label }) => label));
  };
  const apart = axis === "texto" ? null : toldApart(full, columns);
  const lines = apart ? [...apart.found].map(([name, own]) => made(name, own, apart.value)) : numbers.map((i) => made(columns[i]?.name ?? "", full, i));
  const shown = lines.filter(({ value }) => value.some(Number.isFinite));
  if (!shown.length) return "La columna de números no trae ninguno.";
  // Sizes that no axis shows together have a panel each.
  const sizes = shown.map(({ value }) => Math.max(...value.map((each) => (Number.isFinite(each) ? Math.abs(each) : 0))));
  const far = !apart && Math.max(...sizes) > APART * Math.min(...sizes);
  return { axis, step, lines: far ? shown.map((line) => ({ ...line, unit: line.name })) : shown, labels: axis === "texto" ? full.map(([x]) => x ?? "") : [] };
}
