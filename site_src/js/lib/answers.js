// The answer to a question object, from what the portal published: a figure with unit, day and state, how it was understood,
// the query that gives it again, the page. Nothing is estimated; what is not there is said not to be.
import { namedAnswer, rankAnswer } from "./named-answers.js";
import { TooLong } from "./readings.js";
import { seriesAnswer } from "./series-answers.js";
import { longDay, quantity, spanWords } from "./told.js";
import { plus } from "./when.js";

/** @typedef {import("./question.js").Question} Question */
/** @typedef {import("./lexicon.js").Lexicon} Lexicon */
/** @typedef {{ text: string, value: number, unit: string, day?: string, from?: string, to?: string, code?: string, name?: string, is?: string }} Told a figure */
/**
 * @typedef {object} Answer
 * @property {string} kind
 * @property {string} understood
 * @property {Told[]} figures
 * @property {string[]} notes
 * @property {string[]} [facts] sentences of the portal
 * @property {string} [said] a word or a text that answers
 * @property {boolean} [missing] the day that was asked for has no value; the figure is of the last one
 * @property {string} [topic] of a refusal
 * @property {string} [sql]
 * @property {{ path: string, title: string }} [page]
 * @property {[day: string, value: number][]} [line] values around it, by day
 */
/** @typedef {{ read: import("./readings.js").Read, lexicon: Lexicon, today: string }} Source */

/** What is refused for a reason of the question itself. @type {Record<string, string>} */
const SAYS = {
  hour: "Aquí contesto por días. Las horas están en el archivo de cada métrica y en la consulta SQL.",
  horizon: "No hay pronóstico para tan lejos: los del portal llegan a 90 días.",
  noforecast: "El portal no pronostica eso. Sí pronostica la demanda, el precio de bolsa, los aportes, los embalses y la generación por fuente.",
  nomean: "De esta serie no hay un promedio ni una suma de varios días: cada día pesa distinto. Pregunte por un día, por el más alto o por el más bajo.",
  nocompare: "De una planta, un embalse o un río digo su valor de un día o de varios, no comparaciones. Pregunte por cada día.",
  besides: "Entendí solo una parte de la pregunta, y contestar esa parte sería contestar otra cosa. Pregunte por una sola serie.",
  nodate: "Esa fecha no existe en el calendario.",
  noperiod: "¿El promedio de cuándo? Diga el periodo: «en abril», «este año», «los últimos 30 días».",
  twotimes: "Pregunte por un periodo a la vez, o pídame compararlos.",
  records: "Los máximos y mínimos de toda la historia están en la página de récords. Aquí contesto los de un periodo: «este año», «los últimos 90 días».",
  toolong: "Son demasiados días para leerlos aquí. Abra la consulta SQL, que los lee del archivo completo.",
  nothing: "El portal no tiene todavía datos de eso.",
};

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
export async function answer(question, source) {
  try {
    const found = await (ANSWERS[question.kind] ?? seriesOrNamed)(question, source);
    if (question.mended) found.notes.push(`Leí «${question.mended.join("», «")}».`);
    return found;
  } catch (error) {
    if (error instanceof TooLong) return refusal({ ...question, topic: "toolong" }, source);
    throw error;
  }
}

/**
 * @param {Question} question
 * @param {Source} source
 */
async function seriesOrNamed(question, source) {
  const found = question.named ? await namedAnswer(question, source) : await seriesAnswer(question, source);
  return typeof found === "string" ? refusal({ ...question, topic: found }, source) : found;
}

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function refusal({ topic = "unknown", unknown = [], series, board }, { read, lexicon }) {
  const declared = lexicon.vocabulary.refusals.find((each) => each.topic === topic);
  const strange = unknown.length > 0 ? `No sé qué es «${unknown.join("», «")}» en los datos de este portal.` : "No entendí de qué serie se trata.";
  const says = declared?.says ?? SAYS[topic] ?? `${strange} Pregunte por la demanda, la generación, los embalses, el precio de bolsa…`;
  const named = lexicon.vocabulary.series.find(({ id }) => id === series);
  const page = declared?.page ? { path: declared.page, title: declared.page_title } : topic === "records" ? { path: "records/", title: "Récords" }
    : named ? { path: `metricas/${named.metric}/`, title: named.label } : undefined;
  const facts = topic === "cause" && board ? await factsOf(board, read) : undefined;
  return { kind: "refuse", topic, understood: "", figures: [], notes: [], said: says, page, facts };
}

/**
 * The checked sentences of a board.
 * @param {string} board
 * @param {import("./readings.js").Read} read
 * @returns {Promise<string[]>}
 */
async function factsOf(board, read) {
  const { sentences } = await read(`datos/narrative/${board}.json`);
  return sentences.map((/** @type {{ text: string }} */ { text }) => text);
}

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function summary({ board = "inicio" }, { read, lexicon }) {
  const [slug, title] = lexicon.vocabulary.boards.find(([each]) => each === board) ?? [board, board];
  return {
    kind: "summary", understood: `Lo más importante de «${title}»`, figures: [], said: slug, facts: await factsOf(slug, read),
    notes: ["Cada cifra salió de una consulta que se puede repetir; las frases las escribe la gramática del portal."],
    page: { path: slug === "inicio" ? "" : `tableros/${slug}/`, title },
  };
}

/**
 * @param {Question} _question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function state(_question, { read }) {
  const { estado, dia, razones, aviso } = await read("api/v1/estado-del-sistema.json");
  return {
    kind: "state", understood: "Estado del sistema eléctrico", figures: [], said: estado, facts: razones,
    notes: [dia ? `Con datos hasta el ${longDay(dia)}.` : "", aviso].filter(Boolean), page: { path: "estado-del-sistema/", title: "Estado del sistema" },
  };
}

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function definition({ term = "" }, { lexicon }) {
  const [name, short, text] = lexicon.vocabulary.terms.find(([each]) => each === term) ?? [term, "", ""];
  return { kind: "definition", understood: short ? `${name} (${short})` : name, figures: [], said: name, facts: [text], notes: [], page: { path: "glosario/", title: "Glosario" } };
}

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function forecast(question, source) {
  const { read, lexicon, today } = source;
  const series = lexicon.vocabulary.series.find(({ id }) => id === question.series);
  const { pronosticos } = await read("api/v1/pronosticos.json");
  const found = series?.forecast && pronosticos.find((/** @type {{ serie: string }} */ each) => each.serie === series.forecast);
  if (!found) return refusal({ ...question, topic: "noforecast" }, source);
  const { from, to } = question.period ?? { from: plus(today, 1), to: plus(today, 1) };
  /** @type {{ instante: string, pronostico: number, bajo_80: number, alto_80: number }[]} */
  const days = found.valores.filter((/** @type {{ instante: string }} */ { instante }) => instante >= from && instante <= to);
  const [first] = days;
  if (!first || first.instante !== from || days.at(-1)?.instante !== to) return refusal({ ...question, topic: "horizon" }, source);
  const unit = found.unidad;
  const show = (/** @type {number} */ value) => quantity(value, unit, series.unit === unit ? series.decimals : 0);
  const mean = days.reduce((sum, { pronostico }) => sum + pronostico, 0) / days.length;
  const band = days.length === 1 ? `Con probabilidad del 80 %, entre ${show(first.bajo_80)} y ${show(first.alto_80)}.` : "Es el promedio de los pronósticos de cada día.";
  return {
    kind: "forecast", understood: `Pronóstico: ${found.nombre} · ${spanWords({ from, to })}`,
    figures: [{ text: show(mean), value: mean, unit, ...(from === to ? { day: from } : { from, to }) }],
    notes: [band, `Hecho el ${longDay(found.emitido)} con datos hasta el ${longDay(found.datos_hasta)}. Un pronóstico no es un dato.`],
    sql: `SELECT instante, pronostico, bajo_80, alto_80 FROM pronosticos\nWHERE serie = '${found.serie}' AND coalesce(escenario, '') = '' AND left(CAST(instante AS VARCHAR), 10) BETWEEN '${from}' AND '${to}'\nORDER BY instante`,
    page: { path: "pronosticos/", title: "Pronósticos" },
    line: found.valores.slice(0, 30).map((/** @type {{ instante: string, pronostico: number }} */ each) => [each.instante, each.pronostico]),
  };
}

/** @type {Record<string, (question: Question, source: Source) => Promise<Answer>>} */
const ANSWERS = { refuse: refusal, summary, state, definition, forecast, rank: rankAnswer };
