// What is made of lines by step: what they are compared with, and how their values are shown. A line keeps where each value
// stands on the axis (x) and the moment that it is of (at).
import { DAY, edgesOf, floor, shifted } from "./steps.js";

const LEAP = 2000; // the year on whose days years lie over each other

/** @param {number} at */
export function yearBefore(at) {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear() - 1, date.getUTCMonth(), date.getUTCDate()];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate(); // 29 February answers 28 February
  return Date.UTC(year, month, Math.min(day, last), date.getUTCHours());
}

/**
 * The moment that each step is compared with: of a week, the one of 52 weeks before.
 * @param {Question} question
 * @param {Float64Array} starts
 * @param {Map<number, number>} likes day → day of its kind a year before
 * @returns {Float64Array} NaN where there is none
 */
export function comparedWith({ compare, step, with: second }, starts, likes) {
  if (compare === "periodo") {
    const first = floor(step, Date.parse(`${second}T00:00Z`));
    return Float64Array.from(starts, (_, i) => shifted(step, first, i));
  }
  if (step === "semana") return Float64Array.from(starts, (start) => start - 364 * DAY);
  if (compare === "parecidos" && (step === "dia" || step === "hora")) {
    return Float64Array.from(starts, (start) => {
      const day = Math.floor(start / DAY) * DAY;
      const like = likes.get(day);
      return like === undefined ? NaN : like + (start - day);
    });
  }
  return Float64Array.from(starts, yearBefore);
}

/**
 * The span that compared moments lie in; none where there is no moment.
 * @param {Step} step
 * @param {Float64Array} moments
 */
export function spanOf(step, moments) {
  let [first, last] = [Infinity, -Infinity];
  for (const at of moments) if (at < first) first = at;
  for (const at of moments) if (at > last) last = at;
  return last < first ? null : edgesOf(step, first, last + 1);
}

/**
 * The values of other moments under the steps they are compared with.
 * @param {Line} line
 * @param {Float64Array} starts
 * @param {Float64Array} moments
 * @returns {Line}
 */
export function placed(line, starts, moments) {
  const places = new Map(Array.from(line.at, (at, i) => [at, i]));
  const from = Array.from(moments, (at) => places.get(at) ?? -1);
  return {
    ...line,
    x: starts,
    at: moments,
    value: Float64Array.from(from, (i) => line.value[i] ?? NaN),
    state: Uint8Array.from(from, (i) => line.state[i] ?? 0),
    known: Int32Array.from(from, (i) => line.known[i] ?? 0),
    of: Int32Array.from(from, (i) => line.of[i] ?? 0),
    covered: Float64Array.from(from, (i) => line.covered[i] ?? 0),
  };
}

/**
 * A line cut by years, each on the days of one year; the newest last.
 * @param {Line} line
 * @param {Step} step
 * @returns {Line[]}
 */
export function years(line, step) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  line.at.forEach((at, i) => {
    // A week belongs to the year of its Thursday.
    const year = new Date(step === "semana" ? at + 3 * DAY : at).getUTCFullYear();
    const own = found.get(year);
    if (own) own.push(i);
    else found.set(year, [i]);
  });
  const put = (/** @type {number} */ at) => {
    const date = new Date(at);
    if (step !== "semana") return Date.UTC(LEAP, date.getUTCMonth(), date.getUTCDate(), date.getUTCHours());
    const thursday = at + 3 * DAY;
    return Date.UTC(LEAP, 0, 1 + 7 * Math.floor((thursday - Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1)) / (7 * DAY)));
  };
  return [...found].flatMap(([year, places]) => {
    const own = cut(line, places);
    const made = { ...own, name: String(year), x: Float64Array.from(own.at, put) };
    return own.value.some((value) => !Number.isNaN(value)) ? [made] : [];
  });
}

/**
 * @param {Line} line
 * @param {number[]} places
 * @returns {Line}
 */
function cut(line, places) {
  const [begin, end] = [places[0] ?? 0, (places.at(-1) ?? -1) + 1]; // they follow each other
  const slice = { at: line.at.slice(begin, end), x: line.x.slice(begin, end), value: line.value.slice(begin, end), state: line.state.slice(begin, end) };
  return { ...line, ...slice, known: line.known.slice(begin, end), of: line.of.slice(begin, end), covered: line.covered.slice(begin, end) };
}

/**
 * Whether a value may stand alone: nothing of its step is missing, and the portal quotes it.
 * @param {Line} line
 * @param {number} i
 */
export const isWhole = (line, i) => (line.known[i] ?? 0) >= (line.of[i] ?? 0) && (line.state[i] ?? 0) < 2;

/**
 * The places of the line that has the most.
 * @param {Line[]} lines
 */
export const longest = (lines) => lines.map((line) => line.x).sort((a, b) => b.length - a.length)[0] ?? new Float64Array();

/**
 * Every place that has a value; what is expected goes on where the others end.
 * @param {Line[]} lines
 */
export const places = (lines) => (lines.some(({ expected }) => expected) ? Float64Array.from(new Set(lines.flatMap((line) => Array.from(line.x)))).sort() : longest(lines));

/**
 * Values made of others are no better than the worst of them.
 * @param {Line} line
 * @param {(i: number) => number} value
 * @param {(i: number) => number[]} [others] places that a value is made of besides its own
 */
function remade(line, value, others) {
  const state = line.state.slice();
  if (others) line.state.forEach((own, i) => { state[i] = Math.max(own, ...others(i).map((j) => (isWhole(line, j) ? line.state[j] ?? 0 : 3))); });
  return { ...line, state, value: Float64Array.from(line.value, (_, i) => value(i)) };
}

/** @param {Line} line @param {number} size */
function moving(line, size) {
  return remade(line, (i) => {
    let sum = i + 1 < size ? NaN : 0;
    for (let j = i - size + 1; j <= i && !Number.isNaN(sum); j += 1) sum += line.value[j] ?? NaN;
    return sum / size;
  }, (i) => Array.from({ length: Math.min(size, i + 1) }, (_, k) => i - k));
}

/** @param {Line} line */
function cumulative(line) {
  let [sum, worst] = [0, 0];
  const [value, state] = [line.value.slice(), line.state.slice()];
  line.value.forEach((own, i) => {
    if (Number.isNaN(own)) worst = 3; // what follows a gap lacks it
    else {
      sum += own;
      worst = Math.max(worst, isWhole(line, i) ? line.state[i] ?? 0 : 3);
      [value[i], state[i]] = [sum, worst];
    }
  });
  return { ...line, value, state };
}

/** @param {Line} line */
function indexed(line) {
  const base = line.value.find((value) => !Number.isNaN(value)) ?? NaN;
  return { ...remade(line, (i) => (base ? (100 * (line.value[i] ?? NaN)) / base : NaN)), unit: "índice" };
}

export const ROUNDED = 1e-7; // of a value: less than that is what its parts were rounded by

/**
 * What of the first the others do not make up: nothing, where they are all its parts.
 * @param {Line[]} lines
 */
function residual(lines) {
  const [first, ...others] = /** @type {[Line, ...Line[]]} */ (lines);
  const worst = (/** @type {number} */ i) => Math.max(...lines.map((line) => (isWhole(line, i) ? line.state[i] ?? 0 : 3)));
  return [{
    ...first,
    name: `${first.name} sin las demás`,
    value: Float64Array.from(first.value, (value, i) => {
      const rest = value - others.reduce((sum, line) => sum + (line.value[i] ?? NaN), 0);
      return Math.abs(rest) <= ROUNDED * Math.abs(value) ? 0 : rest;
    }),
    state: Uint8Array.from(first.state, (_, i) => worst(i)),
  }];
}

/**
 * Lines as files and tables have them: what may be expected beside what is.
 * @param {Line[]} lines
 * @returns {Line[]}
 */
export const withBands = (lines) => lines.flatMap((line) => [line, ...(line.expected?.bands ?? []).flatMap(({ share, low, high }) => [
  { ...line, name: `${line.name}, ${share} % desde`, value: low }, { ...line, name: `${line.name}, ${share} % hasta`, value: high }])]);

/** @param {Line[]} lines */
function shares(lines) {
  const total = (/** @type {number} */ i) => lines.reduce((sum, line) => sum + (line.value[i] ?? NaN), 0);
  const worst = (/** @type {number} */ i) => Math.max(...lines.map((line) => (isWhole(line, i) ? line.state[i] ?? 0 : 3)));
  return lines.map((line) => ({
    ...line, unit: "%", value: Float64Array.from(line.value, (value, i) => (total(i) ? (100 * value) / total(i) : NaN)), state: Uint8Array.from(line.state, (_, i) => worst(i)),
  }));
}

/**
 * Why lines cannot be shown in a way; nothing where they can.
 * @param {Line[]} lines
 * @param {Question} question
 */
export function unfitFor(lines, { transform, compare, step }) {
  const units = new Set(lines.map(({ unit }) => unit)).size;
  const added = lines.every(({ adds }) => adds === "sum");
  if (compare === "pronostico" && transform !== "valor") return "Un pronóstico se muestra con su valor.";
  if (transform === "residuo" && (compare !== "nada" || units > 1 || lines.length < 2)) return "Lo que queda de la primera pide dos series o más, en la misma unidad y sin comparación.";
  if (transform === "porcentaje" && (compare !== "nada" || units > 1 || !added || lines.length < 2)) {
    return "La parte en la suma pide dos series o más que se sumen, en la misma unidad y sin comparación.";
  }
  if (transform === "diferencia" && (units > 1 || lines.length < 2 || compare === "anios")) return "La diferencia pide dos líneas en la misma unidad.";
  if (transform === "acumulado" && (!added || step === "12m")) return "Solo se acumula lo que se suma: energía, dinero, agua.";
  if (transform === "pordia" && (!added || step === "hora" || step === "dia")) return "El promedio por día pide cantidades que se sumen, por semana o más.";
  return "";
}

/**
 * Lines as the reader asks for them.
 * @param {Line[]} lines
 * @param {Question} question
 * @returns {Line[]}
 */
export function transformed(lines, { transform, window: size }) {
  if (transform === "porcentaje") return shares(lines);
  if (transform === "indice") return lines.map(indexed);
  if (transform === "media") return lines.map((line) => moving(line, size));
  if (transform === "acumulado") return lines.map(cumulative);
  if (transform === "pordia") return lines.map((line) => ({ ...remade(line, (i) => (line.value[i] ?? NaN) / (line.covered[i] || NaN)), unit: `${line.unit}/día` }));
  if (transform === "residuo") return residual(lines);
  if (transform !== "diferencia") return lines;
  const [first, ...others] = /** @type {[Line, ...Line[]]} */ (lines);
  return others.map((line) => ({
    ...first,
    name: `${first.name} menos ${line.name}`,
    value: Float64Array.from(first.value, (value, i) => value - (line.value[i] ?? NaN)),
    state: Uint8Array.from(first.state, (state, i) => (isWhole(line, i) ? Math.max(state, line.state[i] ?? 0) : 3)),
  }));
}

/** @typedef {{ name: string, unit: string, n: number, missing: number, open: number, mean: number, median: number, least: number, leastAt: number, most: number, mostAt: number, spread: number, total: number | null }} Summary */

/**
 * A line in numbers, of the values that may be quoted.
 * @param {Line} line
 * @param {Question["transform"]} transform
 * @returns {Summary}
 */
export function summary(line, transform) {
  const used = new Float64Array(line.value.length);
  let [n, open, missing, sum, least, most, leastAt, mostAt] = [0, 0, 0, 0, Infinity, -Infinity, NaN, NaN];
  for (let i = 0; i < line.value.length; i += 1) {
    const value = line.value[i] ?? NaN;
    if (Number.isNaN(value)) missing += 1;
    else if (!isWhole(line, i)) open += 1;
    else {
      used[n] = value;
      n += 1;
      sum += value;
      if (value < least) [least, leastAt] = [value, line.at[i] ?? NaN];
      if (value > most) [most, mostAt] = [value, line.at[i] ?? NaN];
    }
  }
  const sorted = used.subarray(0, n).sort();
  const mean = sum / n;
  const median = ((sorted[(n - 1) >> 1] ?? NaN) + (sorted[n >> 1] ?? NaN)) / 2;
  let squares = 0;
  for (const value of sorted) squares += (value - mean) ** 2;
  const adds = line.adds === "sum" && ["valor", "diferencia", "residuo"].includes(transform);
  return { name: line.name, unit: line.unit, n, missing, open, mean, median, least, leastAt, most, mostAt, spread: n > 1 ? Math.sqrt(squares / (n - 1)) : NaN, total: adds && n ? sum : null };
}
