// Reads Spanish as Colombia writes it: sentences, numbers with their unit, days. Pure; nothing here knows of series.

/** @typedef {{ family: string, factor: number }} Measure units of a family differ by a factor */
/**
 * @typedef {object} Figure a number with its unit, as a text has it
 * @property {number} start
 * @property {number} end
 * @property {number} number as it is written
 * @property {number} value in the base unit of its family
 * @property {number} step what the last digit written is worth, in that unit
 * @property {string} family
 * @property {number} factor
 */
/** @typedef {{ start: number, end: number, day: string, month: boolean, aside: boolean }} When `aside`: what is compared with, not what is told */

export const MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];
const ONES = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce", "trece", "catorce", "quince",
  "dieciseis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno", "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis",
  "veintisiete", "veintiocho", "veintinueve", "treinta"];
const TENS = ["", "", "", "", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"];
const HUNDREDS = ["", "cien", "doscientos", "trescientos", "cuatrocientos", "quinientos", "seiscientos", "setecientos", "ochocientos", "novecientos"];
/** @type {Map<string, number>} */
const WORDS = new Map([
  ...ONES.map((word, i) => /** @type {const} */ ([word, i])), ...TENS.map((word, i) => /** @type {const} */ ([word, i * 10])),
  ...HUNDREDS.map((word, i) => /** @type {const} */ ([word, i * 100])), ["un", 1], ["una", 1], ["ciento", 100], ["mil", 1000],
]);
WORDS.delete("");

/** @type {[pattern: string, family: string, factor: number][]} the longer ones first */
const UNITS = [
  ["(?:cop|pesos|\\$) ?(?:/|por) ?(?:kwh|kilovatio[ -]hora)", "precio", 1], ["usd ?(?:/|por) ?kwh", "precio en dólares", 1],
  ["(?:g|gramos)(?: de)? co[2₂]e?(?: ?eq)? ?(?:/|por) ?(?:kwh|kilovatio[ -]hora)", "factor", 1],
  ["twh|teravatios?[ -]hora", "energía", 1000], ["gwh|gigavatios?[ -]hora", "energía", 1], ["mwh|megavatios?[ -]hora", "energía", 1e-3],
  ["kwh|kilovatios?[ -]hora", "energía", 1e-6], ["gw|gigavatios?", "potencia", 1000], ["mw|megavatios?", "potencia", 1], ["kw|kilovatios?", "potencia", 1e-3],
  ["%|por ciento", "%", 1], ["puntos?(?: porcentuales)?|p\\. ?p\\.", "puntos", 1], ["°c|grados(?: celsius)?", "°C", 1],
  ["hm[³3]", "volumen", 1], ["m[³3]/s|metros cubicos por segundo", "caudal", 1], ["mbtu", "calor", 1],
  ["toneladas|t", "masa", 1], ["km|kilometros", "longitud", 1], ["anos?", "años", 1], ["veces", "veces", 1],
  ["dias?", "días", 1], ["horas?", "horas", 1], ["trimestres?", "trimestres", 1], ["(?:de )?(?:cop|pesos)", "pesos", 1],
];
/** Families that count time. */
export const TIMES = Object.freeze(["días", "horas", "trimestres", "años"]);
const SCALES = new Map([["mil millones", 1e9], ["millones", 1e6], ["millon", 1e6], ["billones", 1e12], ["mil", 1e3]]);
const UNIT = new RegExp(`^ ?(?:(mil millones|millones|millon|billones|mil) )?(?:${UNITS.map(([pattern]) => `(${pattern})`).join("|")})(?![a-z0-9³])`);
const DIGITS = /(?<![\w.,/-])-?(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?|\d+\.\d{1,2})(?![\d\w])(?![.,]\d)/g;
// «hace un año», «los últimos siete días»: when, not how many.
const SPAN = /(?:ultim[oa]s|hace|l[oa]s|primer[oa]s|proxim[oa]s|promedio de|media de|cada|mism[oa]s) ?$/;
const SPAN_END = /^ (?:antes|atras|anterior(?:es)?|despues|conocidos|que empiezan|hasta)/;
const SPELLED = new RegExp(`(?<![a-z])(?:${[...WORDS.keys()].join("|")})(?: (?:y )?(?:${[...WORDS.keys()].join("|")}))*(?![a-z])`, "g");

/**
 * The text without accents or capitals, each letter at its own place.
 * @param {string} text
 */
export const flat = (text) => [...text.split("")].map((c) => (/\s/.test(c) ? " " : c === "−" ? "-" : (c.normalize("NFD")[0] ?? c).toLowerCase()[0] ?? c)).join("");

/**
 * What a unit measures, and how much of the base unit of its family it is.
 * @param {string} text what follows a number
 * @returns {(Measure & { length: number }) | null}
 */
export function measure(text) {
  const found = UNIT.exec(text);
  if (!found) return null;
  const index = UNITS.findIndex((_, i) => found[i + 2] !== undefined);
  const [, family, factor] = /** @type {[string, string, number]} */ (UNITS[index]);
  return { family, factor: factor * (SCALES.get(found[1] ?? "") ?? 1), length: found[0].length };
}

/** @param {string} written */
function digits(written) {
  const point = /^-?\d+\.\d{1,2}$/.test(written);
  const [whole = "", decimals = ""] = written.split(point ? "." : ",");
  return { number: Number(`${whole.replace(/\./g, "")}.${decimals || 0}`), decimals: decimals.length };
}

/** @param {string} spelled */
export function inWords(spelled) {
  let [total, part] = [0, 0];
  for (const word of spelled.split(" ")) {
    const value = WORDS.get(word) ?? 0;
    if (value === 1000) [total, part] = [(total + (part || 1)) * 1000, 0];
    else part += value;
  }
  return total + part;
}

/**
 * The figures of a text: numbers with a unit; of «entre 3 y 5 GWh» both.
 * @param {string} text flat
 * @returns {Figure[]}
 */
export function figuresOf(text) {
  /** @type {Figure[]} */
  const found = [];
  const spots = [
    ...[...text.matchAll(DIGITS)].map((m) => ({ start: m.index, end: m.index + m[0].length, ...digits(m[0]) })),
    ...[...text.matchAll(SPELLED)].map((m) => ({ start: m.index, end: m.index + m[0].length, number: inWords(m[0]), decimals: 0 })),
  ].sort((a, b) => a.start - b.start);
  for (const [i, spot] of spots.entries()) {
    const next = spots[i + 1];
    const shared = next && /^ (?:y|a|o|e)(?: el| los)? $|^ ?[-–] ?$/.test(text.slice(spot.end, next.start)) ? measure(text.slice(next.end)) : null;
    const own = measure(text.slice(spot.end));
    if (!own && /^20\d\d$/.test(text.slice(spot.start, spot.end))) continue; // «2025 y 3 puntos»
    const unit = own ?? shared;
    const end = own ? spot.end + own.length : spot.end;
    const span = unit && TIMES.includes(unit.family) && (SPAN.test(text.slice(Math.max(0, spot.start - 20), spot.start)) || SPAN_END.test(text.slice(end)));
    if (!unit || (span && !/^ seguid/.test(text.slice(end)))) continue;
    if (TIMES.includes(unit.family) && /^una?$/.test(text.slice(spot.start, spot.end))) continue;
    found.push({
      start: spot.start, end, number: spot.number, value: spot.number * unit.factor, step: unit.factor * 10 ** -spot.decimals,
      family: unit.family, factor: unit.factor,
    });
  }
  return found.filter((each, i) => i === 0 || each.start >= /** @type {Figure} */ (found[i - 1]).end);
}

/**
 * Where sentences begin and end.
 * @param {string} text as it is written
 * @returns {[start: number, end: number][]}
 */
export function sentencesOf(text) {
  const ends = [...text.matchAll(/[.!?…]["»”)]*\s+(?=["«“(¿¡]*[\p{Lu}\d])|\n+/gu)].map((m) => m.index + m[0].length);
  return [0, ...ends].map((start, i) => /** @type {[number, number]} */ ([start, ends[i] ?? text.length])).filter(([start, end]) => end > start);
}

const MONTH = MONTHS.join("|");
const SHORT = MONTHS.map((name) => name.slice(0, 3)).join("|");
/** A day of a month, in figures or words; a pattern. */
export const NUMBER = `\\d{1,2}|primero|${ONES.slice(1).reverse().join("|")}|treinta y uno`;
const DATE = new RegExp(
  `(?:primeros )?(?<![\\w/-])(${NUMBER})(?:º|\\.º|°)?(?: dias)?(?: de)? (${MONTH}|(?:${SHORT})(?=[ .]))\\.?(?:,? (?:de |del )?(?:ano )?(20\\d\\d))?|` +
  `(?<!\\d)(20\\d\\d)-(\\d\\d)-(\\d\\d)(?!\\d)|(?<![\\d/])(\\d{1,2})/(\\d{1,2})/(20\\d\\d)(?!\\d)|(?<![a-z])(${MONTH})(?:,? (?:de |del )?(?:ano )?(20\\d\\d))?(?![a-z])`, "g");
const ASIDE = /(?:desde|que|frente al?|contra|comparado con|respecto al?|empiezan en|debajo|encima|hasta ahora|y el|\(dato)(?: el| del?| la| los)?(?: mes| lunes| martes| miercoles| jueves| viernes| sabado| domingo)?(?: del?| en)? $/;

/**
 * The days and months that a text names, in their order.
 * @param {string} text flat
 * @param {string} until last day with data: a date without year is the last one that may have them
 * @returns {When[]}
 */
export function datesOf(text, until) {
  let year = 0;
  return [...text.matchAll(DATE)].flatMap((found) => {
    const [whole, d, name, y, y2, m2, d2, d3, m3, y3, alone, y4] = found;
    const month = name ?? alone ? MONTHS.findIndex((each) => each.startsWith((name ?? alone ?? "").slice(0, 3))) + 1 : Number(m2 ?? m3);
    const day = d ? (WORDS.get(d) ?? (d === "primero" ? 1 : d === "treinta y uno" ? 31 : Number(d))) : Number(d2 ?? d3 ?? 1);
    const told = Number(y ?? y2 ?? y3 ?? y4 ?? 0);
    const start = found.index;
    const aside = ASIDE.test(text.slice(Math.max(0, start - 40), start)) || (Boolean(alone) && !/(?:^|\ben|\bpara|\bde|\bdel mes de|[.,;]) $|^$/.test(text.slice(Math.max(0, start - 12), start)));
    const iso = (/** @type {number} */ of) => `${of}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
    const limit = new Date(Date.parse(until) + (aside ? 0 : 45 * 864e5)).toISOString().slice(0, 10);
    const last = Number(limit.slice(0, 4));
    const likely = iso(last) <= limit ? last : last - 1;
    if (told && !aside && !alone && !/\bdel $/.test(text.slice(0, start))) year = told;
    const of = told || (!aside && year && iso(year) <= limit ? year : likely);
    const real = iso(of);
    const valid = !Number.isNaN(Date.parse(real)) && new Date(Date.parse(real)).getUTCDate() === day;
    return valid ? [{ start, end: start + whole.length, day: real, month: Boolean(alone), aside }] : [];
  });
}
