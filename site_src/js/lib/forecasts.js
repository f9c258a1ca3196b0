// What is expected of a series: its published forecast as a line with its bands.
import { told } from "./scales.js";
import { expectedRows } from "./series.js";
import { DAY } from "./steps.js";

/** @typedef {import("./series.js").Shelf} Shelf */
/** @typedef {{ id: string, issued: string, at: number, figures: number[] }} Row figures: what is expected, then 80 % from and to, 95 % from and to */

/**
 * The rows of the published table: its last columns, whatever a name before them holds. Scenarios are left out.
 * @param {string[][]} table with its heading
 * @returns {Row[]}
 */
export const rowsOfForecasts = (table) => table.slice(1).flatMap((row) => {
  const [scenario = "", issued = "", , at = "", ...figures] = row.slice(-9);
  return scenario ? [] : [{ id: row[0] ?? "", issued, at: Date.parse(`${at.replace(" ", "T")}Z`), figures: figures.map(Number) }];
});

/**
 * The forecast of a series by a step between two moments; none where the portal publishes none.
 * @param {Row[]} rows
 * @param {Known} series
 * @param {number} place among the series asked for
 * @param {string[]} ids of its forecasts
 * @param {Step} step
 * @param {number} from [ms]
 * @param {number} until [ms] not included
 * @returns {Line | null}
 */
export function expectedLine(rows, { name, unit, adds }, place, ids, step, from, until) {
  const length = step === "hora" ? DAY / 24 : step === "dia" ? DAY : 0;
  for (const id of ids) {
    const own = rows.filter((row) => row.id === id && row.at >= from && row.at < until);
    const [first, second] = own;
    if (!first || !second || second.at - first.at !== length) continue;
    const at = Float64Array.from(own, (row) => row.at);
    const column = (/** @type {number} */ k) => Float64Array.from(own, ({ figures }) => figures[k] ?? NaN);
    const one = new Int32Array(at.length).fill(1);
    return {
      name: `${name}, pronóstico del ${told("dia", Date.parse(`${first.issued}T00:00Z`))}`, unit, adds, series: place, x: at, at, value: column(0), state: new Uint8Array(at.length).fill(3),
      known: one, of: one, covered: new Float64Array(at.length).fill(length / DAY), counts: step === "hora" ? "hour" : "day",
      expected: { id, bands: [{ share: 80, low: column(1), high: column(2) }, { share: 95, low: column(3), high: column(4) }] },
    };
  }
  return null;
}

/**
 * Lines with what is expected of each behind it; what has no forecast by the step is said.
 * @param {Shelf} shelf
 * @param {Line[]} lines
 * @param {Known[]} series
 * @param {Step} step
 * @param {string[]} notes added to
 */
export async function withForecasts(shelf, lines, series, step, notes) {
  const rows = rowsOfForecasts(await expectedRows(shelf));
  return lines.flatMap((line) => {
    const own = /** @type {Known} */ (series[line.series]);
    // No longer ahead than is seen behind, a week at least.
    const [first, last] = [line.at[0] ?? NaN, line.at.at(-1) ?? NaN];
    const found = expectedLine(rows, own, line.series, shelf.codes.pronosticos[own.ref] ?? [], step, first, last + Math.max(last - first, 8 * DAY));
    if (!found) notes.push(`De «${own.name}» no hay pronóstico ${step === "hora" ? "por hora" : step === "dia" ? "por día" : "por este paso: los hay por día y por hora"}.`);
    return found ? [line, found] : [line];
  });
}
