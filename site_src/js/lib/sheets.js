// What is seen as files: CSV for any program, and CSV that a spreadsheet in Spanish opens right.
import { isWhole } from "./lines.js";
import { stateWords } from "./plots.js";
import { written } from "./scales.js";

// A spreadsheet runs a text cell that starts with one of these as a formula.
const FORMULA = /^[=+@\t\r-]/;

/** @typedef {{ separator: string, point: string, mark: string }} Manner */
/** @type {Record<"csv" | "excel", Manner>} */
export const MANNERS = { csv: { separator: ",", point: ".", mark: "" }, excel: { separator: ";", point: ",", mark: "\ufeff" } };

/**
 * Every value that is seen, one a row, with its true date and its state.
 * @param {Line[]} lines
 * @param {Step} step
 * @param {Manner} manner
 */
export function csvOf(lines, step, { separator, point, mark }) {
  const cell = (/** @type {string} */ text) => {
    const safe = FORMULA.test(text) ? `'${text}` : text;
    return /[",;\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const figure = (/** @type {number} */ value) => String(Number(value.toPrecision(12))).replace(".", point);
  const rows = lines.flatMap((line) => Array.from(line.value, (value, i) => [value, i]).flatMap(([value = NaN, i = 0]) => {
    if (Number.isNaN(value)) return [];
    const state = stateWords(line, i, step).state || (isWhole(line, i) ? "publicado" : "preliminar");
    return [[cell(line.name), written(step, line.at[i] ?? NaN), figure(value), cell(line.unit), cell(state)].join(separator)];
  }));
  return `${mark}${[["serie", "fecha", "valor", "unidad", "estado"].join(separator), ...rows].join("\r\n")}\r\n`;
}
