// Rows that the words of a reader leave.
import { wordsOf } from "./text.js";

/**
 * Whether a text, already plain, holds every word.
 * @param {string} text
 * @param {string[]} words
 */
export const holds = (text, words) => words.every((word) => text.includes(word));

/**
 * Show the rows whose text holds every word typed; return how many are left.
 * @param {HTMLElement[]} rows
 * @param {string[]} texts plain, one a row
 * @param {string} typed
 */
export function showOnly(rows, texts, typed) {
  const words = wordsOf(typed);
  rows.forEach((row, index) => { row.hidden = !holds(texts[index] ?? "", words); });
  return rows.filter((row) => !row.hidden).length;
}
