// What the checker knows, ready to be asked: names, values by day, what each day is compared with, the claims of tonight.
// The last months stand in one file (datos/verificar/cifras.json); of older ones a file a month, for the texts that name them.
import { datesOf, figuresOf, flat } from "./figures.js";

/** @typedef {Record<string, { tramo: number, week: Backs, year: Backs, last: Backs }>} Bases days back from each day of a file, by how a series is compared */
/** @typedef {number | null | (number | null)[]} Backs the same for all days, or one a day */
/** @typedef {{ serie: string, n: number[], u: string, k: number, g: string, p: string, c: string, e: string, desde: string, valores: (number | null)[], antes: Older[] }} Series */
/** @typedef {[day: string, value: number, seen: string]} Older a value that was another, until the day it was seen to be; "" where a report tells of it */
/** @typedef {Series & { days: Map<string, number> }} KnownSeries */
/**
 * @typedef {{ n: number[], c: string, v: number, u: string, k: number, d: string, p: string, e: string, s?: number, b?: string, g?: string, w?: number, m?: string, t?: string, until?: string, least?: boolean }} Fact
 * see pipeline/site/downloads/checkable.py; `until`: the day a newer value came, "" if unknown; `least`: it is that many or more
 */
/** @typedef {{ hasta: string | null, desde?: string, archivo?: string | null, nombres: string[], series: Series[], hechos: Fact[], bases?: Bases, marcas?: Marks }} CheckFile */
/** @typedef {{ mes: string, valores: Record<string, (number | null)[]>, antes: Record<string, Older[]>, bases: Bases, marcas?: Marks }} PastMonth */
/** @typedef {Record<string, Partial<Record<"high" | "low", [value: number, day: string]>>>} Marks records that stood before the days of a file, by series */
/**
 * @typedef {{ until: string, names: Map<string, number[]>, spoken: string[], pattern: RegExp, series: Map<number, KnownSeries[]>,
 *   facts: Map<number, Fact[]>, loaded: (iso: string) => boolean, marks: (iso: string) => { first: string, marks: Marks }, compared: (how: string, iso: string) => { tramo: number, backs: [basis: string, days: number][] } }} Book
 */
/** @typedef {{ day: string, month: boolean } | null} Day */

const DAY = 864e5; // [ms]
// How far back lies what a day is compared with, means included, of late and a year before (pipeline/views/rules/calendar.sql).
const LATE = /** @type {const} */ ([0, 56]);
const YEAR = /** @type {const} */ ([322, 406]);
const LONGEST = 366; // of a run that is looked for [days]
const FARTHEST = 60; // that a text may ask for, of the days since when nothing was as high [months]
const RANKED = /(?:mas (?:alto|bajo)|mayor|menor|maximo|minimo)[^.;]{0,40} desde/;
const YEARLY = /\bano\b|\banual|misma fecha|comparable|\bmism[oa]s? .{0,20}de 20\d\d/;

/**
 * @param {string} iso
 * @param {number} days
 */
const back = (iso, days) => new Date(Date.parse(iso) - days * DAY).toISOString().slice(0, 10);

/**
 * The months of the past that a text may need, `2026-03`, of those that there are.
 * @param {string} text
 * @param {CheckFile} file
 */
export function monthsFor(text, { hasta, archivo, desde = "" }) {
  /** @type {Set<string>} */
  const found = new Set();
  if (!hasta || !archivo) return [];
  const told = flat(text);
  const yearly = YEARLY.test(told) || new Set(told.match(/\b20\d\d\b/g)).size > 1;
  const dates = datesOf(told, hasta).map(({ day }) => day);
  const run = Math.min(LONGEST, Math.max(0, ...figuresOf(told).filter(({ family }) => family === "días").map(({ number }) => number)));
  for (const day of dates) {
    for (const [least, most] of yearly ? [LATE, YEAR] : [LATE]) {
      for (let days = least; days <= most + run; days += 1) found.add(back(day, days).slice(0, 7));
    }
  }
  if (RANKED.test(told)) {
    const [first = "", last = ""] = [dates.reduce((a, b) => (a < b ? a : b), "9"), dates.reduce((a, b) => (a > b ? a : b), "")];
    const between = new Set();
    for (let day = first; day <= last && between.size <= FARTHEST; day = back(day, -27)) between.add(day.slice(0, 7));
    if (between.size <= FARTHEST) between.forEach((month) => found.add(month));
  }
  return [...found].filter((month) => month >= archivo && month < desde.slice(0, 7)).sort();
}

/**
 * Values from a day on, one a day or one a month, by their day.
 * @param {string} first
 * @param {(number | null)[]} values
 * @param {boolean} monthly
 * @returns {[string, number][]}
 */
function dated(first, values, monthly) {
  const month = Number(first.slice(0, 4)) * 12 + Number(first.slice(5, 7)) - 1;
  const day = (/** @type {number} */ i) => (monthly
    ? `${Math.floor((month + i) / 12)}-${String(((month + i) % 12) + 1).padStart(2, "0")}-01`
    : back(first, -i));
  return values.flatMap((value, i) => (value === null ? [] : [/** @type {[string, number]} */ ([day(i), value])]));
}

/**
 * The files, made ready to be asked.
 * @param {CheckFile} file
 * @param {PastMonth[]} [past]
 * @returns {Book}
 */
export function openBook(file, past = []) {
  /** @type {Map<string, number[]>} */
  const names = new Map();
  /** @type {Book["series"]} */
  const series = new Map();
  /** @type {Book["facts"]} */
  const facts = new Map();
  const add = (/** @type {Map<any, any[]>} */ map, /** @type {unknown} */ key, /** @type {unknown} */ one) => map.set(key, [...(map.get(key) ?? []), one]);
  for (const [number, name] of file.nombres.entries()) {
    const whole = flat(name);
    for (const each of new Set([whole, whole.replace(/ \([^)]*\)/g, "")])) add(names, each, number);
  }
  for (const each of file.series) {
    const monthly = each.p === "month";
    const days = new Map([
      ...past.flatMap(({ mes, valores }) => dated(`${mes}-01`, valores[each.serie] ?? [], monthly)), ...dated(each.desde, each.valores, monthly),
    ]);
    const antes = [...past.flatMap((month) => month.antes[each.serie] ?? []), ...each.antes];
    for (const name of each.n) add(series, name, { ...each, days, antes });
  }
  for (const each of file.hechos) for (const name of each.n) add(facts, name, each);
  const listed = [...names.keys()].sort((a, b) => b.length - a.length).map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`(?<![a-z0-9])(?:${listed.join("|") || "(?!)"})(?![a-z0-9])`, "g");
  return { until: file.hasta ?? "", names, spoken: file.nombres, pattern, series, facts, loaded: loader(file, past), marks: marker(file, past), compared: comparer(file, past) };
}

/**
 * Whether the values of a day are here, if there are any.
 * @param {CheckFile} file
 * @param {PastMonth[]} past
 * @returns {Book["loaded"]}
 */
function loader({ desde = "", archivo }, past) {
  const months = new Set(past.map(({ mes }) => mes));
  const first = archivo ?? desde.slice(0, 7);
  return (iso) => iso >= desde || iso.slice(0, 7) < first || months.has(iso.slice(0, 7));
}

/**
 * The records that stood before the file that has a day, and the first day of that file.
 * @param {CheckFile} file
 * @param {PastMonth[]} past
 * @returns {Book["marks"]}
 */
function marker({ desde = "", marcas = {} }, past) {
  return (iso) => {
    const month = iso.slice(0, 7);
    return iso >= desde ? { first: desde, marks: marcas } : { first: `${month}-01`, marks: past.find(({ mes }) => mes === month)?.marcas ?? {} };
  };
}

/**
 * @param {CheckFile} file
 * @param {PastMonth[]} past
 * @returns {Book["compared"]}
 */
function comparer({ desde = "", bases = {} }, past) {
  return (how, iso) => {
    const recent = iso >= desde;
    const month = past.find(({ mes }) => mes === iso.slice(0, 7));
    const found = (recent ? bases : month?.bases ?? {})[how];
    if (!found) return { tramo: 1, backs: [] };
    const at = recent ? Math.round((Date.parse(iso) - Date.parse(desde)) / DAY) : Number(iso.slice(8)) - 1;
    const backs = /** @type {const} */ (["week", "year", "last"]).flatMap((basis) => {
      const days = found[basis];
      const one = Array.isArray(days) ? days[at] : days;
      return one ? [/** @type {[string, number]} */ ([basis, one])] : [];
    });
    return { tramo: found.tramo, backs };
  };
}

/**
 * The mean of so many days up to one; null unless all are known.
 * @param {KnownSeries} series
 * @param {string} iso
 * @param {number} span
 */
function level(series, iso, span) {
  let sum = 0;
  for (let days = 0; days < span; days += 1) {
    const value = series.days.get(back(iso, days));
    if (value === undefined) return null;
    sum += value;
  }
  return sum / span;
}

/**
 * What a series was on a day; without one, on its last.
 * @param {KnownSeries} series
 * @param {Day} day
 * @returns {Fact[]} its value, the means that end there, and its older versions
 */
export function atDay(series, day) {
  const monthly = series.p === "month";
  if (day && day.month !== monthly) return [];
  const iso = day?.day ?? [...series.days.keys()].at(-1) ?? "";
  const value = series.days.get(iso);
  if (value === undefined) return [];
  const fact = { n: series.n, c: "valor", u: series.u, k: series.k, d: iso, e: series.e, g: series.g };
  const means = (monthly ? [] : [7, 28]).flatMap((span) => {
    const mean = level(series, iso, span);
    return mean === null ? [] : [{ ...fact, v: mean, p: String(span) }];
  });
  return [{ ...fact, v: value, p: series.p }, ...means,
    ...series.antes.filter(([of]) => of === iso).map(([, old, seen]) => ({ ...fact, v: old, p: "day", until: seen }))];
}

/**
 * How a series changed up to a day, against each day that it is compared with.
 * @param {KnownSeries} series
 * @param {Day} day
 * @param {Book} book
 * @returns {Fact[]}
 */
export function changesAt(series, day, book) {
  if (!day || day.month !== (series.p === "month")) return [];
  const { tramo, backs } = book.compared(series.c, day.day);
  const now = level(series, day.day, tramo);
  return backs.flatMap(([basis, days]) => {
    const before = level(series, back(day.day, days), tramo);
    if (now === null || before === null || (series.u !== "°C" && (now <= 0 || before <= 0))) return [];
    const points = series.u === "%" ? "puntos" : series.u === "°C" ? "°C" : "";
    const change = points ? now - before : ((now - before) / Math.abs(before)) * 100;
    const fact = { n: series.n, c: "cambio", v: Math.abs(change), u: points || "%", k: 1, d: day.day, p: tramo > 1 ? String(tramo) : series.p, e: series.e, s: Math.sign(change), b: basis };
    return !points && change >= 100 ? [fact, { ...fact, v: 1 + change / 100, u: "veces", s: undefined }] : [fact];
  });
}

/**
 * On which side of the day a year before a series was: 1 above, -1 below; null where one of both is not known.
 * @param {KnownSeries} series
 * @param {string} iso
 * @param {Book} book
 */
function sideOf(series, iso, book) {
  const { tramo, backs } = book.compared(series.c, iso);
  const [, days] = backs.find(([basis]) => basis === "year") ?? [];
  const [now, before] = [level(series, iso, tramo), days ? level(series, back(iso, days), tramo) : null];
  return now === null || before === null ? null : Math.sign(now - before);
}

/**
 * How many days in a row, up to a day, a series was on one side of the day that each is compared with, a year before.
 * @param {KnownSeries} series
 * @param {Day} day
 * @param {Book} book
 * @returns {Fact[]}
 */
export function runAt(series, day, book) {
  if (!day || day.month || series.p === "month") return [];
  const side = sideOf(series, day.day, book);
  if (!side) return [];
  let [days, next] = [1, sideOf(series, back(day.day, 1), book)];
  while (next === side && days < LONGEST) {
    days += 1;
    next = sideOf(series, back(day.day, days), book);
  }
  const least = next === null || next === side;
  return [{ n: series.n, c: "racha", v: days, u: "días", k: 0, d: day.day, p: "day", e: series.e, s: side, b: "year", least }];
}

/**
 * The last day before another on which a series was as high, or as low; "" where there is none since `first`, null where
 * that is not known.
 * @param {KnownSeries} series
 * @param {string} iso
 * @param {string} first
 * @param {number} side 1 high, -1 low
 * @param {Book} book
 */
export function reachedBefore(series, iso, first, side, book) {
  const { tramo } = book.compared(series.c, iso);
  const now = level(series, iso, tramo);
  if (now === null || series.p === "month") return null;
  for (let day = back(iso, 1); day >= first; day = back(day, 1)) {
    if (!book.loaded(day) || !book.loaded(back(day, tramo - 1))) return null;
    const then = level(series, day, tramo);
    if (then !== null && (then - now) * side >= 0) return day;
  }
  return "";
}

/**
 * The record of a series that stood on a day, where records of it are kept.
 * @param {KnownSeries} series
 * @param {string} iso
 * @param {"high" | "low"} side
 * @param {Book} book
 * @returns {Fact[]}
 */
export function recordAt(series, iso, side, book) {
  const { first, marks } = book.marks(iso);
  const stood = marks[series.serie]?.[side];
  if (!stood) return [];
  let [value, day] = stood;
  for (let next = first; next <= iso && next <= book.until; next = back(next, -1)) {
    const here = series.days.get(next);
    if (here !== undefined && (side === "high" ? here > value : here < value)) [value, day] = [here, next];
  }
  return [{ n: series.n, c: "valor", v: value, u: series.u, k: series.k, d: day, p: "record", e: series.e, g: series.g }];
}
