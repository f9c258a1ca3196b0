// The arithmetic of the bill calculator: the month's consumption times each part of a kWh.

/** @typedef {[words: string, low: number, last: number, high: number]} Share a part of a kWh: the year's least, the last, the most [COP/kWh] */

/**
 * The lines of the bill; the last part is the sum of those before it.
 * @param {Share[]} parts
 * @param {number} used [kWh]
 * @param {number} missing what the reader adds [COP/kWh]
 * @returns {Share[]}
 */
export function billLines(parts, used, missing) {
  const sum = parts.at(-1);
  /** @type {Share[]} */
  const all = [...parts];
  if (missing && sum) {
    const [, low, last, high] = sum;
    all.push(["Lo que usted escribió", missing, missing, missing]);
    all.push(["Total antes de subsidios y contribuciones", low + missing, last + missing, high + missing]);
  }
  return all.map(([words, low, last, high]) => [words, low * used, last * used, high * used]);
}

/**
 * A positive number as a reader writes it, with comma or point; 0 when it is none.
 * @param {string} text
 * @param {number} most
 */
export function amount(text, most) {
  const value = Number(text.replace(",", "."));
  return Number.isFinite(value) && value > 0 ? Math.min(value, most) : 0;
}
