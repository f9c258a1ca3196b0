// Days, weeks, months and years that a question names in words. Pure: the day of today and the named days are given.
import { inWords, MONTHS, NUMBER } from "./figures.js";

/**
 * @typedef {object} Span what a question is about in time
 * @property {string} from first day, `2026-05-03`
 * @property {string} to last day
 * @property {"day" | "week" | "month" | "year" | "span"} grain
 * @property {"" | "year" | "month" | "week" | "day"} back when it is the one before this: «el año pasado», «ayer»
 */
/** @typedef {Span & { start: number, end: number }} Told where the words stand */
/** @typedef {Record<string, (string | [string, string])[]>} NamedDays */
/** @typedef {{ today: string, future: boolean, named: [pattern: RegExp, spans: [string, string][]][] }} Now */

const DAY = 864e5; // [ms]
const WEEKDAYS = ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"];
const MONTH = MONTHS.join("|");
const QUARTERS = ["primer", "segundo", "tercer", "cuarto"];
const COUNT = `\\d{1,3}|${NUMBER}|cien|cuarenta|sesenta|noventa`;
const PAST = "(?:pasad[oa]|anterior)";
const YEAR_TOLD = "(?:,? (?:de |del )?((?:ano )?20\\d\\d|ano pasado|ano anterior)(?!\\d))?";

/**
 * @param {string} iso
 * @param {number} days
 */
export const plus = (iso, days) => (Number.isNaN(Date.parse(iso)) ? "" : new Date(Date.parse(iso) + days * DAY).toISOString().slice(0, 10));

/** @param {string} iso Monday is 0 */
const weekday = (iso) => (new Date(Date.parse(iso)).getUTCDay() + 6) % 7;

/**
 * The same day some months later, or the last one of its month.
 * @param {string} iso
 * @param {number} months
 */
export function plusMonths(iso, months) {
  const first = Number(iso.slice(0, 4)) * 12 + Number(iso.slice(5, 7)) - 1 + months;
  const [year, month] = [Math.floor(first / 12), (first % 12) + 1];
  return `${year}-${two(month)}-${two(Math.min(Number(iso.slice(8)), lastOf(year, month)))}`;
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * @param {number} year
 * @param {number} month
 */
const lastOf = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();

/**
 * @param {number} year
 * @param {number} month
 * @returns {[string, string]}
 */
const monthOf = (year, month) => [`${year}-${two(month)}-01`, `${year}-${two(month)}-${two(lastOf(year, month))}`];

/** @param {string} iso */
const monthWith = (iso) => monthOf(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)));

/** @param {string} word */
const count = (word) => (/^\d+$/.test(word) ? Number(word) : word === "primero" ? 1 : inWords(word));

/**
 * A year for what was named without one: the last that lies not after today, or the next in a question about the future.
 * @param {(year: number) => string} first first day in a year
 * @param {string | undefined} told
 * @param {Now} now
 */
function yearFor(first, told, { today, future }) {
  const year = Number(today.slice(0, 4));
  const digits = /\d{4}/.exec(told ?? "");
  if (digits) return Number(digits[0]);
  if (told) return year - 1;
  if (future) return first(year) >= today ? year : year + 1;
  return first(year) <= today ? year : year - 1;
}

/**
 * @param {[string, string]} edges
 * @param {Span["grain"]} grain
 * @param {Span["back"]} [back]
 * @returns {Span}
 */
const span = ([from, to], grain, back = "") => ({ from, to, grain, back });

/**
 * @param {string} iso
 * @param {Span["back"]} [back]
 */
const oneDay = (iso, back) => span([iso, iso], "day", back);

/**
 * @param {string} d
 * @param {number} month
 * @param {string | undefined} told
 * @param {Now} now
 */
function dateOf(d, month, told, now) {
  const day = count(d);
  const year = yearFor((of) => `${of}-${two(month)}-${two(day)}`, told, now);
  return day >= 1 && day <= lastOf(year, month) ? `${year}-${two(month)}-${two(day)}` : "";
}

/** @param {string} name */
const monthNumber = (name) => MONTHS.indexOf(name) + 1;

/** How much a word of time is: days, or months. @type {Record<string, [number, number]>} */
const LENGTHS = { dia: [1, 0], semana: [7, 0], mes: [0, 1], meses: [0, 1], ano: [0, 12] };

/**
 * @param {string} iso
 * @param {string} number
 * @param {string} word
 * @param {number} sign
 */
function moved(iso, number, word, sign) {
  const [days, months] = LENGTHS[word] ?? LENGTHS[word.replace(/s$/, "")] ?? [0, 0];
  const many = sign * (number ? count(number) : 1);
  return months ? plusMonths(iso, months * many) : plus(iso, days * many);
}

/**
 * @param {string} number
 * @param {string} word
 * @param {Now} now
 */
function lastOnes(number, word, { today }) {
  const days = { semana: 7, mes: 30, ano: 365 }[word.replace(/(?:es|s)$/, "")];
  const from = !number && days ? plus(today, -days) : moved(today, number, word, -1);
  return span([from, plus(today, -1)], "span");
}

/**
 * Before this one, or the one before that.
 * @param {string} word semana, mes, ano
 * @param {number} steps
 * @param {Now} now
 * @param {boolean} [whole] to its end, not to today
 */
function unit(word, steps, { today }, whole = true) {
  const back = steps === -1 ? /** @type {const} */ ({ semana: "week", mes: "month", ano: "year" })[word] ?? "" : "";
  if (word === "semana") {
    const monday = plus(today, 7 * steps - weekday(today));
    return span([monday, whole ? plus(monday, 6) : today], "week", back);
  }
  if (word === "ano") {
    const year = Number(today.slice(0, 4)) + steps;
    return span([`${year}-01-01`, whole ? `${year}-12-31` : today], "year", back);
  }
  const [first, last] = monthWith(plusMonths(`${today.slice(0, 7)}-01`, steps));
  return span([first, whole ? last : today], "month", back);
}

/** @type {[pattern: string, read: (found: string[], now: Now) => Span | null][]} what names days, the longer ones first */
const FORMS = [
  ["(20\\d\\d)-(\\d\\d)-(\\d\\d)(?!\\d)", ([, y, m, d]) => real(`${y}-${m}-${d}`)],
  ["(\\d{1,2})[/-](\\d{1,2})[/-](20\\d\\d)(?!\\d)", ([, d, m, y]) => real(`${y}-${two(Number(m))}-${two(Number(d))}`)],
  [`(?:entre el|del|desde el) (${NUMBER})(?: de (${MONTH}))?${YEAR_TOLD} (?:y el|y|al|hasta el) (${NUMBER}) de (${MONTH})${YEAR_TOLD}`,
    ([, d1 = "", m1, y1, d2 = "", m2 = "", y2], now) => {
      const to = dateOf(d2, monthNumber(m2), y2, now);
      const from = dateOf(d1, monthNumber(m1 ?? m2), y1 ?? y2, now);
      return from && to && from <= to ? span([from, to], "span") : null;
    }],
  [`(?:entre|de|desde) (${MONTH})${YEAR_TOLD} (?:y|a|hasta) (${MONTH})${YEAR_TOLD}`, ([, m1 = "", y1, m2 = "", y2], now) => {
    const last = yearFor((year) => monthOf(year, monthNumber(m2))[0], y2, now);
    const first = y1 ? yearFor(String, y1, now) : monthNumber(m1) <= monthNumber(m2) ? last : last - 1;
    return span([monthOf(first, monthNumber(m1))[0], monthOf(last, monthNumber(m2))[1]], "span");
  }],
  [`(${NUMBER})(?:º|°|ro|ero)? (?:de )?(${MONTH})${YEAR_TOLD}`, ([, d = "", m = "", y], now) => real(dateOf(d, monthNumber(m), y, now))],
  [`(primer|segundo|tercer|cuarto) trimestre${YEAR_TOLD}`, ([, q = "", y], now) => {
    const month = QUARTERS.indexOf(q) * 3 + 1;
    const year = yearFor((of) => monthOf(of, month)[0], y, now);
    return span([monthOf(year, month)[0], monthOf(year, month + 2)[1]], "span");
  }],
  [`(primer|segundo) semestre${YEAR_TOLD}`, ([, h = "", y], now) => {
    const month = QUARTERS.indexOf(h) * 6 + 1;
    const year = yearFor((of) => monthOf(of, month)[0], y, now);
    return span([monthOf(year, month)[0], monthOf(year, month + 5)[1]], "span");
  }],
  [`(${MONTH})${YEAR_TOLD}(?: pasado)?`, ([, m = "", y], now) => {
    const year = yearFor((of) => monthOf(of, monthNumber(m))[0], y, now);
    return span(monthOf(year, monthNumber(m)), "month");
  }],
  ["pasado manana", (_, { today }) => oneDay(plus(today, 2))],
  ["(?<!la )manana", (_, { today }) => oneDay(plus(today, 1))],
  ["antes de ayer|anteayer|antier|antesdeayer", (_, { today }) => oneDay(plus(today, -2), "day")],
  [`ayer|dia ${PAST}`, (_, { today }) => oneDay(plus(today, -1), "day")],
  ["hoy", (_, { today }) => oneDay(today)],
  ["fin de semana(?: pasado| anterior)?", (_, { today }) => {
    const sunday = plus(today, -(weekday(today) + 1));
    return span([plus(sunday, -1), sunday], "span");
  }],
  [`(?<!los |cada )(?:proxim[oa] )?(${WEEKDAYS.join("|")})(?: (?:pasado|anterior|que viene|proximo))?`, ([whole = "", name = ""], { today, future }) => {
    const gap = weekday(today) - WEEKDAYS.indexOf(name);
    const next = future || /proxim|viene/.test(whole);
    return oneDay(next ? plus(today, gap < 0 ? -gap : 7 - gap) : plus(today, gap > 0 ? -gap : -gap - 7));
  }],
  [`hace (${COUNT}|una?) (dias?|semanas?|mes(?:es)?|anos?)`, ([, n = "", word = ""], { today }) => {
    const one = count(n) === 1 ? word.replace(/s$/, "") : "";
    const back = one === "ano" ? "year" : one === "semana" ? "week" : "";
    return oneDay(moved(today, n, word, -1), back);
  }],
  [`(?:dentro de|de aqui a) (${COUNT}|una?) (dias?|semanas?|mes(?:es)?|anos?)`, ([, n = "", word = ""], { today }) => oneDay(moved(today, n, word, 1))],
  [`proxim[oa]s (${COUNT}) (dias|semanas|meses|anos)`, ([, n = "", word = ""], { today }) => span([plus(today, 1), moved(today, n, word, 1)], "span")],
  [`ultim[oa]s? (?:(${COUNT}) )?(dias?|semanas?|mes(?:es)?|anos?)`, ([, n = "", word = ""], now) => lastOnes(n, word, now)],
  ["(semana|mes|ano) antepasad[oa]", ([, word = ""], now) => unit(word, -2, now)],
  [`(semana|mes|ano) ${PAST}`, ([, word = ""], now) => unit(word, -1, now)],
  ["proxim[oa] (semana|mes|ano)|(semana|mes|ano) (?:que viene|que entra|entrante|siguiente)", ([, a, b], now) => unit(a ?? b ?? "", 1, now)],
  ["(?:est[ea]|lo (?:que va|corrido)(?: corrido)? (?:del|de la|de este|de esta|este|de)|en el|en la|del|de la) (semana|mes|ano)(?: (?:en curso|actual))?",
    ([, word = ""], now) => unit(word, 0, now, false)],
  ["(?:ano )?(20\\d\\d)(?![\\d-])", ([, y], { today }) => span([`${y}-01-01`, y === today.slice(0, 4) ? today : `${y}-12-31`], "year")],
];
const ANY = FORMS.map(([pattern, read]) => ({ pattern: new RegExp(`(?<![a-z0-9])(?:${pattern})(?![a-z0-9])`, "g"), read }));

/** @param {string} iso a day that the calendar may not have, as 31 April: then the span has none */
const real = (iso) => oneDay(iso && plus(iso, 0) === iso ? iso : "");

/**
 * The named days, ready to be looked for; the longer names first.
 * @param {NamedDays} days
 * @param {(text: string) => string} simple
 * @returns {Now["named"]}
 */
export function namedDays(days, simple) {
  return Object.entries(days).sort(([a], [b]) => b.length - a.length).map(([name, spans]) => {
    const words = simple(name).replace(/ (?:de|del|la|el|los) /g, " ").replaceAll(" ", "(?: (?:de|del|la|el|los))* ");
    return [new RegExp(`(?<![a-z0-9])(?:dia de )?${words}(?: del?(?: ano)? (20\\d\\d|pasado))?(?![a-z0-9])`, "g"),
      spans.map((each) => (typeof each === "string" ? [each, each] : each))];
  });
}

/**
 * What a text names in time, in its order; nothing is read twice.
 * @param {string} text simple
 * @param {Now} now
 * @returns {Told[]}
 */
export function timesOf(text, now) {
  /** @type {Told[]} */
  const told = [];
  const free = (/** @type {number} */ start, /** @type {number} */ end) => told.every((each) => end <= each.start || start >= each.end);
  const add = (/** @type {RegExpMatchArray} */ found, /** @type {Span | null | undefined} */ read) => {
    const start = found.index ?? 0;
    const end = start + found[0].length;
    if (read && free(start, end)) told.push({ ...read, start, end });
  };
  for (const [pattern, spans] of now.named) {
    for (const found of text.matchAll(pattern)) {
      const year = found[1] && (/^\d/.test(found[1]) ? found[1] : String(Number(now.today.slice(0, 4)) - 1));
      const chosen = year ? spans.find(([first]) => first.startsWith(year))
        : now.future ? spans.find(([first]) => first > now.today) : spans.findLast(([first]) => first <= now.today);
      add(found, chosen && span(chosen, chosen[0] === chosen[1] ? "day" : "span"));
    }
  }
  for (const { pattern, read } of ANY) {
    for (const found of text.matchAll(pattern)) add(found, read([...found], now));
  }
  return told.sort((a, b) => a.start - b.start);
}
