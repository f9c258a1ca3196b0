// What the search finds by name, best first and in groups. The names come with the portal (datos/busqueda.json,
// pipeline/site/downloads/findable.py); nothing here touches the page.
import { joined, meant, note, wordsIn } from "./finder-words.js";
import { anyOf, simple, stem } from "./lexicon.js";

/** @typedef {[group: number, title: string, url: string, said?: string, words?: string[], heard?: string[]]} Listed */
/**
 * @typedef {{ groups: [id: string, label: string, weight: number, asked: string[]][], pages: Listed[],
 *   series: [id: string, label: string, url: string, names: string[], caution: string][], refusals: [words: string[], says: string, page: string][],
 *   same: Record<string, string[]>, fillers: string[], folders: Record<string, string> }} Names
 */
/** @typedef {{ words: string[], weight: number, title: boolean }} Phrase */
/** @typedef {{ group: number, title: string, url: string, said: string, phrases: Phrase[] }} Entry */
/** @typedef {{ id: string, label: string, url: string, names: string[][], caution: string }} Told */
/**
 * @typedef {{ groups: { id: string, label: string, weight: number, asked: RegExp | null }[], entries: Entry[], told: Told[],
 *   refusals: { pattern: RegExp, says: string, url: string }[], same: Map<string, string>, fillers: Set<string>, known: Map<string, import("./finder-words.js").Known>,
 *   folders: Record<string, string> }} Index
 */
/** @typedef {{ entry: Entry, score: number, whole: boolean }} Match whole: a name of it is all that was asked */
/** @typedef {{ id: string, label: string, matches: Match[] }} Group */
/** @typedef {{ word: string, likely: string, weight: number, optional: boolean, meanings: Map<string, number> }} Asked likely: the word as names have it */

/** What a match counts in a title, in another name, in a name of something it tells, and in a sentence. */
const IN = { title: 1, words: 0.97, heard: 0.8, said: 0.45 };
const FIRST_GROUP = 5;
const OTHER_GROUPS = 3;
const GROUPS = 5;
/** How much more a match counts in a group that was named («embalse Guavio»). */
const HINTED = 1.6;
/** How sure a word is, at most, that is still being typed or has two slips: no figure is told of it. */
const BEGUN = 0.75;
/** Below this part of the best, a match is noise. */
const WORTH = 0.5;

/**
 * @param {Names} names
 * @returns {Index}
 */
export function indexOf(names) {
  const same = new Map(Object.entries(names.same).flatMap(([word, others]) => [word, ...others].flatMap((each) => [simple(each), stem(simple(each))]
    .map((form) => /** @type {[string, string]} */ ([form, stem(simple(word))])))));
  /** @type {Index} */
  const index = {
    groups: names.groups.map(([id, label, weight, asked]) => ({ id, label, weight, asked: asked.length > 0 ? anyOf(asked) : null })),
    entries: [],
    told: names.series.map(([id, label, url, all, caution]) => ({ id, label, url, caution, names: all.map(wordsIn) })),
    refusals: names.refusals.map(([words, says, url]) => ({ pattern: anyOf(words), says, url })),
    same, fillers: new Set(names.fillers.map(simple)), known: new Map(), folders: names.folders,
  };
  for (const { names: all } of index.told) all.flat().forEach((word) => note(word, 0, index));
  add(index, names.pages);
  return index;
}

/**
 * Take more pages into an index.
 * @param {Index} index
 * @param {Listed[]} pages
 */
function add(index, pages) {
  for (const [group, title, url, said = "", words = [], heard = []] of pages) {
    const phrase = (/** @type {string} */ text, /** @type {number} */ weight) => ({ words: wordsIn(text), weight, title: weight === IN.title });
    const phrases = [phrase(title, IN.title), ...words.map((text) => phrase(text, IN.words)), ...heard.map((text) => phrase(text, IN.heard)), phrase(said, IN.said)]
      .filter((each) => each.words.length > 0);
    index.entries.push({ group, title, url, said, phrases });
    for (const word of new Set(phrases.flatMap((each) => each.words))) note(word, 1, index);
    for (const { words: [word = "", ...more], weight: counts } of phrases) if (more.length === 0 && counts >= IN.words) index.fillers.delete(word);
  }
}

/**
 * Take the published reports into an index: each is asked for by its class, too.
 * @param {Index} index
 * @param {{ informes: { titulo: string, pagina: string, clase: string }[] }} published
 */
export function addReports(index, { informes }) {
  const group = index.groups.findIndex(({ id }) => id === "report");
  add(index, informes.map(({ titulo, pagina, clase }) => [group, titulo, pagina.replace("../../", ""), "", [`informe ${clase}`, clase]]));
}

/**
 * The words of a question with what each may mean and how much it tells; those that only lead up to others tell little.
 * @param {string} text
 * @param {Index} index
 * @returns {Asked[]}
 */
export function askedWords(text, index) {
  const words = joined(wordsIn(text), index.known);
  const hints = new Set(index.groups.flatMap(({ asked }) => simple(text).match(asked ?? /(?!)/)?.[0].split(" ") ?? []));
  const asked = words.map((word, at) => {
    const meanings = meant(word, at === words.length - 1, index);
    const [likely] = [...meanings].sort((a, b) => b[1] - a[1])[0] ?? [word];
    return { word, likely, meanings, optional: index.fillers.has(word) || hints.has(word), weight: rarity(likely, index) };
  });
  const telling = asked.some(({ optional }) => !optional);
  return asked.map((each) => (each.optional && telling ? { ...each, weight: each.weight * 0.2 } : { ...each, optional: false }));
}

/**
 * @param {string} word
 * @param {Index} index
 */
const rarity = (word, { known, entries }) => Math.log(2 + entries.length / (known.get(word)?.pages || 1));

/**
 * What is found, in groups: the one with the best match first.
 * @param {string} text
 * @param {Index} index
 * @returns {Group[]}
 */
export function found(text, index) {
  const asked = askedWords(text, index);
  const plain = simple(text);
  const weights = index.groups.map(({ weight, asked: hint }) => weight * (hint?.test(plain) ? HINTED : 1));
  const matches = index.entries.map((entry) => match(entry, asked, weights[entry.group] ?? 1, index)).filter(({ score }) => score > 0.2);
  const best = Math.max(0, ...matches.map(({ score }) => score));
  /** @type {Match[][]} */
  const groups = index.groups.map(() => []);
  for (const each of matches) if (each.score >= best * WORTH) groups[each.entry.group]?.push(each);
  const top = (/** @type {Match[]} */ list) => list[0]?.score ?? 0;
  return groups.map((list, at) => ({ id: index.groups[at]?.id ?? "", label: index.groups[at]?.label ?? "", matches: list.sort((a, b) => b.score - a.score) }))
    .filter((group) => group.matches.length > 0).sort((a, b) => top(b.matches) - top(a.matches)).slice(0, GROUPS)
    .map((group, at) => ({ ...group, matches: group.matches.slice(0, at === 0 ? FIRST_GROUP : OTHER_GROUPS) }));
}

/**
 * @param {Entry} entry
 * @param {Asked[]} asked
 * @param {number} weight of its group
 * @param {Index} index
 * @returns {Match}
 */
function match(entry, asked, weight, index) {
  const total = asked.reduce((sum, each) => sum + each.weight, 0) || 1;
  const anywhere = new Array(asked.length).fill(0);
  let [best, whole] = [0, false];
  for (const phrase of entry.phrases) {
    const sure = asked.map(({ meanings }) => Math.max(0, ...phrase.words.map((word) => meanings.get(word) ?? 0)));
    if (!sure.some(Boolean)) continue;
    sure.forEach((each, at) => { anywhere[at] = Math.max(anywhere[at], each * phrase.weight); });
    const covered = asked.reduce((sum, each, at) => sum + each.weight * (sure[at] ?? 0), 0) / total;
    const filled = coverage(phrase.words, asked, index);
    const exact = covered === 1 && filled === 1;
    best = Math.max(best, phrase.weight * covered * (0.55 + 0.45 * filled) * (exact ? (phrase.title ? 1.15 : 1.1) : 1));
    whole ||= phrase.weight >= IN.words && asked.every((each, at) => each.optional || (sure[at] ?? 0) > BEGUN) && filled > BEGUN;
  }
  const spread = asked.reduce((sum, each, at) => sum + each.weight * anywhere[at], 0) / total;
  return { entry, score: weight * Math.max(best, 0.75 * spread), whole };
}

/**
 * How much of a name was asked for: words that every name has count little.
 * @param {string[]} words
 * @param {Asked[]} asked
 * @param {Index} index
 */
function coverage(words, asked, index) {
  const weights = words.map((word) => rarity(word, index) * (index.fillers.has(word) ? 0.4 : 1));
  const total = weights.reduce((sum, each) => sum + each, 0);
  return words.reduce((sum, word, at) => sum + (weights[at] ?? 0) * Math.max(0, ...asked.map(({ meanings }) => meanings.get(word) ?? 0)), 0) / total;
}

/**
 * The headline series of which a name is all that was asked; none where more was, or less.
 * @param {string} text
 * @param {Index} index
 * @returns {Told | null}
 */
export function seriesAsked(text, index) {
  const asked = askedWords(text, index);
  const needed = asked.filter(({ word }) => !index.fillers.has(word));
  let [best, chosen] = [0, /** @type {Told | null} */ (null)];
  for (const told of index.told) {
    for (const name of told.names) {
      const sure = asked.map(({ meanings }) => Math.max(0, ...name.map((word) => meanings.get(word) ?? 0)));
      const whole = needed.length > 0 && asked.every((each, at) => (sure[at] ?? 0) > BEGUN || !needed.includes(each))
        && name.every((word) => index.fillers.has(word) || asked.some(({ meanings }) => (meanings.get(word) ?? 0) > BEGUN));
      const score = whole ? sure.reduce((sum, each) => sum + each, 0) : 0;
      if (score > best) [best, chosen] = [score, told];
    }
  }
  return chosen;
}

/**
 * What the portal says of a subject of which it has nothing.
 * @param {string} text
 * @param {Index} index
 */
export const refused = (text, index) => index.refusals.find(({ pattern }) => pattern.test(simple(text))) ?? null;

/** Words of a date: what has one may be a report. */
const DATED = /(?<!\d)20\d\d(?!\d)|(?<![a-z])(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|semana)(?![a-z])/;

/**
 * Whether a report may be meant, which are not among the names.
 * @param {string} text
 * @param {Index} index
 */
export function asksForReports(text, { groups }) {
  const plain = simple(text);
  return DATED.test(plain) || (groups.find(({ id }) => id === "report")?.asked?.test(plain) ?? false);
}
