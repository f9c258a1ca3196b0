// From a question to its lines: which series, which steps, what they are compared with. What cannot be shown is said.
import { comparedWith, placed, spanOf, transformed, unfitFor, years } from "./lines.js";
import { withForecasts } from "./forecasts.js";
import { number, told } from "./scales.js";
import { HEADLINE, endOf, known, likeDays, valuesOfSeries } from "./series.js";
import { DAY, byStep, edgesOf, firstNeeded, unfit } from "./steps.js";
import { STEPS, TRANSFORMS } from "./exploration.js";

/** @typedef {import("./series.js").Shelf} Shelf */
/** @typedef {{ question: Question, series: Known[], edges: Float64Array, moments: Float64Array | null, lines: Line[], names: string[], notes: string[], title: string, subtitle: string }} Answer `names`: of the lines before they are transformed */

/**
 * The question as it can be answered, its series, and what had to give way.
 * @param {Shelf} shelf
 * @param {Question} asked
 */
export function settled(shelf, asked) {
  const question = { ...asked };
  /** @type {string[]} */
  const notes = [];
  let series = asked.series.flatMap((ref) => {
    const found = known(shelf, ref);
    if (!found) notes.push(`La serie «${ref}» no está en este portal.`);
    return found ? [found] : [];
  });
  if (question.chart === "calor" && question.step !== "hora") {
    question.step = "hora";
    notes.push("Hora por día se dibuja siempre por hora.");
  }
  const fit = series.filter((each) => !unfit(each, question.step));
  notes.push(...series.map((each) => unfit(each, question.step)).filter(Boolean));
  series = fit;
  const alone = question.chart === "calor" ? "Hora por día muestra la primera serie." : question.compare === "anios" ? "Los años se superponen de la primera serie." : "";
  if (alone && series.length > 1) {
    series = series.slice(0, 1);
    notes.push(alone);
  }
  if (question.compare === "anios" && question.step === "anio") {
    question.compare = "nada";
    notes.push("Por año no hay años que superponer.");
  }
  if (question.chart === "calor" && question.compare !== "nada") question.compare = "nada";
  return { question, series, notes };
}

/**
 * The span of a question [ms], no longer than its series.
 * @param {Shelf} shelf
 * @param {Question} question
 * @param {Known[]} series
 */
function spanAsked(shelf, { from, until, last }, series) {
  const end = until ? Date.parse(`${until}T00:00Z`) + DAY : endOf(shelf, series) + DAY;
  const start = from ? Date.parse(`${from}T00:00Z`) : end - last * DAY;
  const mine = shelf.parts.filter((part) => series.some(({ metric, entity }) => metric === HEADLINE || (part.metric === metric && part.entity === entity)));
  const first = mine.reduce((least, { min_ts }) => (min_ts < least ? min_ts : least), "9");
  const begin = mine.length ? Math.floor(Date.parse(`${first}Z`) / DAY) * DAY : start;
  return { start: Math.min(Math.max(start, begin), end - DAY), end };
}

/**
 * @param {Question} question
 * @param {Float64Array} moments
 */
function comparedWords({ compare, step }, moments) {
  if (compare === "periodo") return `desde ${told(step === "12m" ? "mes" : step, moments[0] ?? NaN)}`;
  return compare === "parecidos" && (step === "dia" || step === "hora") ? "el día parecido de un año antes" : "un año antes";
}

/**
 * @param {Shelf} shelf
 * @param {Question} asked
 * @returns {Promise<Answer>}
 */
export async function answerTo(shelf, asked) {
  const { question, series, notes } = settled(shelf, asked);
  const { step, compare } = question;
  const { start, end } = spanAsked(shelf, question, series);
  const edges = edgesOf(step, start, end);
  const starts = edges.slice(0, -1);
  const likes = compare === "parecidos" ? await likeDays(shelf) : new Map();
  const moments = ["nada", "anios", "pronostico"].includes(compare) ? null : comparedWith(question, starts, likes);
  const others = moments && spanOf(step, moments);
  const lineOf = async (/** @type {Known} */ each, /** @type {number} */ i, /** @type {Float64Array} */ span) => {
    const values = await valuesOfSeries(shelf, each, firstNeeded(step, span[0] ?? 0), span[span.length - 1] ?? 0);
    return { ...byStep(values, each, step, span), name: each.name, series: i };
  };
  let lines = (await Promise.all(series.map(async (each, i) => {
    const [own, other] = await Promise.all([lineOf(each, i, edges), others && lineOf(each, i, others)]);
    if (!moments || !other) return [own];
    const words = comparedWords(question, moments);
    const name = series.length > 1 ? `${own.name}, ${words}` : `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
    return [own, { ...placed(other, starts, moments), name }];
  }))).flat();
  if (compare === "anios") lines = lines.flatMap((line) => years(line, step));
  if (compare === "pronostico") lines = await withForecasts(shelf, lines, series, step, notes);
  const names = lines.map(({ name }) => name);
  const why = unfitFor(lines, question);
  if (why) {
    notes.push(why);
    question.transform = "valor";
  } else lines = transformed(lines, question);
  lines = lines.filter((line) => line.value.some((value) => !Number.isNaN(value)) || !notes.push(`«${line.name}» no tiene datos en este período.`));
  notes.push(...fitChart(question, lines));
  return { question, series, edges, moments, lines, names, notes, ...wordsOf(question, series, edges) };
}

/**
 * The chart that lines allow; what was asked and cannot be is said.
 * @param {Question} question changed in place
 * @param {Line[]} lines
 */
function fitChart(question, lines) {
  const units = new Set(lines.map(({ unit }) => unit)).size;
  const most = 4000;
  const long = lines.some(({ value }) => value.length > most);
  if (question.compare === "pronostico" && !["linea", "tabla"].includes(question.chart)) {
    question.chart = "linea";
    return ["Un pronóstico se dibuja como línea, con sus bandas."];
  }
  const told_ = { pilas: units > 1 || question.compare !== "nada" || lines.some(({ adds }) => adds !== "sum") ? "Solo se apilan cantidades que se suman, en la misma unidad y sin comparación." : "",
    dispersion: lines.length < 2 ? "Una contra otra pide dos series." : "", duracion: units > 1 ? "La curva de duración pide una sola unidad." : "",
    barras: long ? `Son más de ${number(most, 0)} barras: se dibujan como línea.` : "" };
  const why = told_[/** @type {keyof typeof told_} */ (question.chart)] ?? "";
  if (!why) return [];
  question.chart = "linea";
  return [why];
}

/**
 * @param {Question} question
 * @param {Known[]} series
 * @param {Float64Array} edges
 */
function wordsOf({ step, transform, window: size, compare }, series, edges) {
  const [first, last] = [edges[0] ?? NaN, edges[edges.length - 2] ?? NaN];
  const plain = step === "12m" || step === "semana" ? (step === "semana" ? "dia" : "mes") : step;
  const way = transform === "valor" ? "" : transform === "media" ? `media móvil de ${size}` : TRANSFORMS[transform];
  const names = series.map(({ name }) => name);
  const title = names.length > 3 ? `${names.slice(0, 2).join(", ")} y ${names.length - 2} más` : names.join(" y ").replace(/ y (?=.* y )/g, ", ");
  return {
    title: title || "Sin series",
    subtitle: [STEPS[step], way, compare === "anios" ? "los años superpuestos" : compare === "pronostico" ? "con bandas del 80 % y el 95 %" : "", `${told(plain, first)} a ${told(plain, last)}`].filter(Boolean).join(" · "),
  };
}
