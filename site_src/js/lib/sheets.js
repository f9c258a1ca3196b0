// What is seen as rows, and as CSV: for any program, and one that a spreadsheet in Spanish opens right.
import { isWhole, withBands } from "./lines.js";
import { stateWords } from "./plots.js";
import { written } from "./scales.js";

// A spreadsheet runs a text cell that starts with one of these as a formula.
const FORMULA = /^[=+@\t\r-]/;
export const HEADS = ["serie", "fecha", "valor", "unidad", "estado"];

/** @typedef {{ separator: string, point: string, mark: string }} Manner */
/** @type {Record<"csv" | "excel", Manner>} */
export const MANNERS = { csv: { separator: ",", point: ".", mark: "" }, excel: { separator: ";", point: ",", mark: "\ufeff" } };

/** @typedef {{ name: string, at: number, value: number, unit: string, state: string }} Row at: its true moment [ms] */

/**
 * Every value that is seen, one a row, with its true date and its state.
 * @param {Line[]} lines
 * @param {Step} step
 * @returns {Row[]}
 */
export const rowsSeen = (lines, step) => withBands(lines).flatMap((line) => Array.from(line.value, (value, i) => ({ value, i })).flatMap(({ value, i }) => (Number.isNaN(value) ? [] : [{
  name: line.name, at: line.at[i] ?? NaN, value: Number(value.toPrecision(12)), unit: line.unit,
  state: stateWords(line, i, step).state || (isWhole(line, i) ? "publicado" : "preliminar"),
}])));

/** @param {string} text as a cell that no spreadsheet runs */
export const tame = (text) => (FORMULA.test(text) ? `'${text}` : text);

/**
 * @param {Line[]} lines
 * @param {Step} step
 * @param {Manner} manner
 */
export function csvOf(lines, step, { separator, point, mark }) {
  const cell = (/** @type {string} */ text) => (/[",;\n\r]/.test(tame(text)) ? `"${tame(text).replaceAll('"', '""')}"` : tame(text));
  const rows = rowsSeen(lines, step).map(({ name, at, value, unit, state }) => [cell(name), written(step, at), String(value).replace(".", point), cell(unit), cell(state)].join(separator));
  return `${mark}${[HEADS.join(separator), ...rows].join("\r\n")}\r\n`;
}
