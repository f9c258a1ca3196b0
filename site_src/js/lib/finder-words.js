// Words as the search compares them: without accents, by their root, by words that mean the same, and as they were meant where
// they are misspelt.
import { distance, ROMAN, simple, SMALL, stem } from "./lexicon.js";

/** @typedef {{ pages: number, root: string, meaning: string }} Known a word of the names: in how many pages it is */
/** @typedef {{ same: Map<string, string>, known: Map<string, Known> }} Words */

/** Endings that change what a word does in a sentence, not what it is about; the longest first. */
const ENDINGS = /(?:aciones|amientos|imientos|acion|amiento|imiento|adores|adoras|ador|adora|idades|idad|ando|iendo|aron|ieron|aban|aba|ados|adas|ado|ada|idos|idas|ido|ida|icos|icas|ico|ica|amos|emos|aran|ara|ias|ios|ia|io|an|en|ar|er|ir|os|as|es|o|a|e|s)$/;
const SHORTEST = 4;

/**
 * What is left of a word without its ending: exportar, exportó and exportaciones are one.
 * @param {string} word simple
 */
export function rootOf(word) {
  if (/\d/.test(word)) return word;
  const bare = stem(word).replace(ENDINGS, "");
  return bare.length >= SHORTEST ? bare : word;
}

/**
 * The words of a text; those that only join others are left out, unless there are no more.
 * @param {string} text
 */
export function wordsIn(text) {
  const all = simple(text).replace(/[-/]/g, " ").split(" ").filter(Boolean).map((word) => ROMAN.get(word) ?? word);
  const telling = all.filter((word) => !SMALL.has(word));
  return telling.length > 0 ? telling : all;
}

/** Letters that may be wrong in a word of so many. */
const slips = (/** @type {number} */ length) => (length >= 9 ? 3 : length >= 5 ? 2 : length === 4 ? 1 : 0);

/**
 * The known words that a word may stand for, and how surely (1 is the word itself). Only a word that nothing resembles is taken for
 * a slip of the pen.
 * @param {string} word
 * @param {boolean} last whether it may be unfinished
 * @param {Words} words
 * @returns {Map<string, number>}
 */
export function meant(word, last, { same, known }) {
  /** @type {Map<string, number>} */
  const found = new Map();
  const [root, meaning] = [rootOf(word), meaningOf(word, same)];
  for (const [each, own] of known) {
    const sure = each === word ? 1 : own.meaning === meaning ? 0.92 : own.root === root ? 0.88 : begins(each, word, last);
    if (sure > 0) found.set(each, sure);
  }
  return found.size > 0 ? found : misspelt(word, known);
}

/**
 * The word by which names call what a word means.
 * @param {string} word
 * @param {Map<string, string>} same
 */
const meaningOf = (word, same) => same.get(word) ?? same.get(stem(word)) ?? stem(word);

/**
 * Note that a page has a word, or that a name has it.
 * @param {string} word
 * @param {number} pages
 * @param {Words} words
 */
export function note(word, pages, { same, known }) {
  const before = known.get(word);
  known.set(word, { pages: (before?.pages ?? 0) + pages, root: before?.root ?? rootOf(word), meaning: before?.meaning ?? meaningOf(word, same) });
}

/**
 * @param {string} whole
 * @param {string} part
 * @param {boolean} last
 */
function begins(whole, part, last) {
  if (/\d/.test(part) || !whole.startsWith(part)) return 0;
  if (part.length < 5) return last && part.length >= 3 ? 0.6 : 0;
  return last ? 0.75 : 0.7;
}

/**
 * @param {string} word
 * @param {Map<string, Known>} known
 */
function misspelt(word, known) {
  /** @type {Map<string, number>} */
  const found = new Map();
  let most = /\d/.test(word) ? 0 : slips(word.length);
  for (const each of most > 0 ? known.keys() : []) {
    const far = distance(word, each, most);
    if (far > most || each.length < 3) continue;
    if (far < most) found.clear();
    most = far;
    found.set(each, 0.9 - 0.1 * far);
  }
  return found;
}

/**
 * The words of a question; two that tell nothing apart and are one name together are one («hidro ituango»).
 * @param {string[]} asked
 * @param {Map<string, Known>} known
 */
export function joined(asked, known) {
  /** @type {string[]} */
  const words = [];
  for (const word of asked) {
    const before = words.at(-1);
    if (before !== undefined && known.has(before + word) && !(known.has(before) && known.has(word))) words[words.length - 1] = before + word;
    else words.push(word);
  }
  return words;
}

/**
 * Whether an excerpt of Pagefind marks a word that was asked for, and not only one that begins like it.
 * @param {string} html
 * @param {string[]} asked
 */
export const isMarked = (html, asked) => [...html.matchAll(/<mark>(.*?)<\/mark>/g)].some(([, marked = ""]) =>
  wordsIn(marked).some((word) => asked.some((each) => word.startsWith(each.slice(0, Math.max(SHORTEST, each.length - 3))))));
