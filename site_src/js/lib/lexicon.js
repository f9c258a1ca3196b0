// The words of the assistant, ready to be matched: names of series and of things, words that mean the same, misspelt ones.
// What it knows comes with the portal (datos/asistente.json, pipeline/site/downloads/askable.py).
import { plain } from "./text.js";

/** @typedef {{ id: string, label: string, names: string[], unit: string, decimals: number, of: string, measure: Measure | null, monthly: boolean, lag: number, metric: string, board: string, forecast: string }} Askable a headline series */
/** @typedef {"total" | "stock" | "mean" | "max" | "min"} Measure what a series is over a span of days (views/reports/report_period.sql) */
/** @typedef {"plant" | "reservoir" | "river"} Kind */
/** @typedef {{ kind: Kind, metric: string, entity: string, label: string, words: string[], settled: string | null, measure: "total" | "mean" | "stock" }} NamedFigure what it is over days: the catalogue says so */
/** @typedef {{ topic: string, words: string[], says: string, page: string, page_title: string }} Refusal */
/**
 * @typedef {{ series: Askable[], named: Record<Kind, [code: string, name: string, ...also: string[]][]>, figures: NamedFigure[],
 *   terms: [term: string, short: string, definition: string][], boards: [slug: string, title: string, question: string, series: string[]][],
 *   days: import("./when.js").NamedDays, refusals: Refusal[], same: Record<string, string[]>, fillers: string[], cautions: Record<string, string>, doubted: string[], model: string }} Vocabulary
 */
/** @typedef {{ series: Askable, words: string[] }} Name */
/** @typedef {{ kind: Kind, code: string, name: string, words: string[] }} Thing */
/**
 * @typedef {{ vocabulary: Vocabulary, same: Map<string, string>, names: Name[], things: Thing[], fillers: Set<string>, known: string[], parts: Set<string>,
 *   refusals: [refusal: Refusal, pattern: RegExp][] }} Lexicon
 */

/** Words between the words of a name. */
export const SMALL = new Set(["de", "del", "la", "el", "los", "las", "en", "a", "y", "al", "con", "por", "que", "se", "su", "un", "una", "lo"]);
export const ROMAN = new Map([["i", "1"], ["ii", "2"], ["iii", "3"], ["iv", "4"]]);
/** Parts of a name in XM's lists that nobody says. */
const UNSAID = new Set(["cc", "cp", "nr", "parque", "1"]);

/**
 * A text in small letters without accents or signs, its words one space apart.
 * @param {string} text
 */
export const simple = (text) => plain(text).replace(/₂/g, "2").replace(/%/g, " % ").replace(/\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{4}-\d\d-\d\d|[^a-z0-9%/-]+|[/-]/g,
  (found) => (/\d/.test(found) ? found : " ")).replace(/\s+/g, " ").trim();

/** @param {string} word without the ending of the plural */
export const stem = (word) => (word.length > 5 ? word.replace(/(?:([lnrdz])es|([aeiou])s)$/, "$1$2") : word);

/**
 * The words that tell something, each as the names of series have it.
 * @param {string} text simple
 * @param {Map<string, string>} same
 */
export const tellingWords = (text, same) => text.split(" ").filter((word) => word && !SMALL.has(word)).map((word) => same.get(word) ?? same.get(stem(word)) ?? stem(word));

/**
 * @param {Vocabulary} vocabulary
 * @returns {Lexicon}
 */
export function lexiconOf(vocabulary) {
  /** @type {Map<string, string>} */
  const same = new Map();
  for (const [word, others] of Object.entries(vocabulary.same)) {
    const chosen = stem(simple(word));
    for (const each of [word, ...others]) {
      same.set(simple(each), chosen);
      same.set(stem(simple(each)), chosen);
    }
  }
  const names = vocabulary.series.flatMap((series) => series.names.map((name) => ({ series, words: tellingWords(simple(name), same) })))
    .filter(({ words }) => words.length > 0);
  const things = /** @type {Kind[]} */ (Object.keys(vocabulary.named)).flatMap((kind) => vocabulary.named[kind].flatMap(([code, name, ...also]) =>
    [name, ...also].map((each) => ({ kind, code, name, words: thingWords(simple(each)) })).filter(({ words }) => words.length > 0)));
  const fillers = new Set(vocabulary.fillers.flatMap((word) => [simple(word), stem(simple(word))]));
  const known = [...new Set([...names.flatMap(({ words }) => words), ...same.keys(), ...fillers])].filter((word) => word.length > 4 && !word.includes(" "));
  const refusals = vocabulary.refusals.map((refusal) => /** @type {[Refusal, RegExp]} */ ([refusal, anyOf(refusal.words)]));
  return { vocabulary, same, names, things, fillers, known, parts: new Set(names.flatMap(({ words }) => words)), refusals };
}

/** @param {string[]} words `*` at the end of one stands for any ending */
export const anyOf = (words) => new RegExp(`(?<![a-z0-9])(?:${words.map((word) => word.replaceAll("*", "[a-z]*")).join("|")})(?![a-z0-9])`);

/**
 * The words of a name of a plant, a reservoir or a river, as people write them.
 * @param {string} text simple
 */
export function thingWords(text) {
  const words = text.replace(/([a-z])(\d)/g, "$1 $2").split(" ").filter((word) => word && !SMALL.has(word)).map((word) => ROMAN.get(word) ?? word);
  const said = words.filter((word) => word.length > 1 || /\d/.test(word)).filter((word) => !UNSAID.has(word));
  return said.length > 0 ? said : words;
}

/** Letters that Spanish writes for one sound; any other in place of one is seldom a slip of the pen. */
const SOUNDS = ["bv", "csz", "mn", "gj", "iy", "kqc", "xs"];

/**
 * @param {string} a
 * @param {string} b
 */
const swapCost = (a, b) => (a === b ? 0 : SOUNDS.some((sound) => sound.includes(a) && sound.includes(b)) ? 1 : 2);

/**
 * How many letters have to change, be added, left out or swapped; more than `most` counts as `most + 1`.
 * @param {string} a
 * @param {string} b
 * @param {number} most
 */
export function distance(a, b, most) {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let [before, last] = [/** @type {number[]} */ ([]), Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = swapCost(a[i - 1] ?? "", b[j - 1] ?? "");
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? most + 1;
}

/**
 * The word of a list that a misspelt one is meant to be; none where two are as near.
 * @param {string} word
 * @param {string[]} list
 */
export function nearest(word, list) {
  const most = word.length >= 8 ? 2 : word.length >= 5 ? 1 : 0;
  if (!most) return null;
  const near = list.map((each) => /** @type {const} */ ([each, distance(word, each, most)])).filter(([, far]) => far <= most).sort((a, b) => a[1] - b[1]);
  const [first, second] = near;
  return first && (!second || second[1] > first[1] || stem(second[0]) === stem(first[0])) ? first[0] : null;
}
