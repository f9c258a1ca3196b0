// Answers about headline series: a day, a span, the highest and the lowest, what changed.
import { changesAt } from "./book.js";
import { seriesDays, stateOf } from "./readings.js";
import { longDay, quantity, spanWords } from "./told.js";
import { plus } from "./when.js";

/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("./answers.js").Source} Source */
/** @typedef {import("./question.js").Question} Question */
/** @typedef {import("./when.js").Span} Span */
/** @typedef {import("./lexicon.js").Askable} Askable */
/** @typedef {[day: string, value: number]} Point */

const BASES = Object.freeze({ week: "la semana anterior", year: "un año antes", last: "el último día de su clase" });
/** Days back that comparisons reach, means included: of late, and a year before (book.js). */
const LATE = 63;
const YEAR = /** @type {const} */ ([420, 320]);
const AROUND = 30; // days drawn beside the one that was asked for

/**
 * The answer, or why there is none.
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer | string>}
 */
export async function seriesAnswer(question, source) {
  const series = source.lexicon.vocabulary.series.find(({ id }) => id === question.series);
  if (!series) return "unknown";
  const spans = [question.period, question.other].flatMap((span) => (span ? [/** @type {[string, string]} */ ([span.from, span.to])] : []));
  const known = await seriesDays(source.read, series.id, spans);
  if (!known || known.series.days.size === 0) return "nothing";
  const points = /** @type {Point[]} */ ([...known.series.days].sort());
  const page = series.board ? { path: `tableros/${series.board}/`, title: source.lexicon.vocabulary.boards.find(([slug]) => slug === series.board)?.[1] ?? "" }
    : { path: `metricas/${series.metric}/`, title: series.label };
  const shared = { page, notes: [series.of ? `Es el porcentaje ${series.of}.` : "", source.lexicon.vocabulary.cautions[series.id] ?? ""].filter(Boolean) };
  if (question.kind === "compare") return change(series, question, source, shared);
  if (question.kind === "versus" && question.period && question.other) return versus(series, question.period, question.other, points, shared, source.today);
  if (question.period && !(question.period.grain === "day")) return over(series, question, question.period, points, shared, source);
  return onDay(series, question.period?.from, points, known.series.antes, shared, source);
}

/** @typedef {Pick<Answer, "page" | "notes">} Shared */

/** @param {Askable} series @param {string} where */
const query = (series, where) => `SELECT fecha, valor, unidad, estado FROM titulares\nWHERE serie = '${series.id}' AND ${where}\nORDER BY fecha`;

/**
 * @param {Askable} series
 * @param {string | undefined} asked
 * @param {Point[]} points
 * @param {import("./book.js").Older[]} older
 * @param {Shared} shared
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function onDay(series, asked, points, older, { page, notes }, { read, lexicon, today }) {
  const wanted = asked && series.monthly ? `${asked.slice(0, 7)}-01` : asked;
  const last = /** @type {Point} */ (points.at(-1));
  const found = wanted ? points.find(([day]) => day === wanted) : last;
  const [day, value] = found ?? last;
  const shown = series.monthly ? day.slice(0, 7) : day;
  const state = await stateOf(read, series.id, series.monthly ? shown : (found ? day : wanted ?? day));
  const was = older.filter(([of]) => of === day).at(-1);
  const told = [...notes];
  if (!found) {
    const lag = wanted && wanted > day ? ` Esta serie se publica con unos ${series.lag} días de rezago.` : "";
    const doubted = state && lexicon.vocabulary.doubted.includes(state.calidad.toLowerCase()) ? ` El que hay es ${state.calidad.toLowerCase()} y todavía no se cita.` : "";
    told.unshift(`No hay un dato que se pueda citar del ${longDay(wanted ?? today)}.${doubted}${lag} Este es el último, del ${longDay(shown)}.`);
  } else told.push(`Dato ${state ? state.calidad.toLowerCase() : "vigente"}${was ? `; antes era ${quantity(was[1], series.unit, series.decimals)}` : ""}.`);
  return {
    kind: "value", understood: `${series.label} · ${wanted ? longDay(series.monthly ? wanted.slice(0, 7) : wanted) : "último día con dato"}`, missing: !found, notes: told, page,
    figures: [{ text: quantity(value, series.unit, series.decimals), value, unit: series.unit, day: shown }],
    sql: query(series, `fecha = '${shown}'`), line: points.filter(([each]) => each <= day).slice(-AROUND),
  };
}

/** @param {number[]} values */
const sum = (values) => values.reduce((all, value) => all + value, 0);

/**
 * What a series is over some days; null where that has no sense.
 * @param {Askable} series
 * @param {Question["kind"]} asked
 * @param {Point[]} points
 * @returns {{ value: number, day?: string, how: string, sql: string } | null}
 */
function spanned({ measure }, asked, points) {
  const values = points.map(([, value]) => value);
  const edge = (/** @type {1 | -1} */ side) => {
    const [day, value] = points.reduce((best, each) => (side * each[1] > side * best[1] ? each : best));
    return { value, day, how: side > 0 ? "día más alto" : "día más bajo", sql: side > 0 ? "max(valor) AS valor, arg_max(fecha, valor) AS fecha" : "min(valor) AS valor, arg_min(fecha, valor) AS fecha" };
  };
  if (asked === "high" || (asked === "value" && measure === "max")) return edge(1);
  if (asked === "low" || (asked === "value" && measure === "min")) return edge(-1);
  if (!measure) return null;
  if (asked === "mean" || (asked !== "total" && measure === "mean")) return { value: sum(values) / values.length, how: "promedio de los días", sql: "avg(valor) AS valor" };
  if (measure === "total") return { value: sum(values), how: "suma de los días", sql: "sum(valor) AS valor" };
  const [day, value] = /** @type {Point} */ (points.at(-1));
  return measure === "stock" && asked === "value" ? { value, day, how: "último día del periodo", sql: "arg_max(valor, fecha) AS valor, max(fecha) AS fecha" } : null;
}

/**
 * @param {Askable} series
 * @param {Question} question
 * @param {Span} period
 * @param {Point[]} points
 * @param {Shared} shared
 * @param {Source} source
 * @returns {Answer | string}
 */
function over(series, { kind }, period, points, { page, notes }, { today }) {
  const inside = points.filter(([day]) => day >= period.from && day <= period.to);
  const understood = `${series.label} · ${spanWords(period)}`;
  const [newest] = /** @type {Point} */ (points.at(-1));
  if (inside.length === 0) {
    return { kind: "value", understood, missing: true, figures: [], page, notes: [`El portal no tiene datos de esta serie en ese periodo (${spanWords(period)}); el último es ${series.monthly ? `de ${longDay(newest.slice(0, 7))}` : `del ${longDay(newest)}`}.`], sql: query(series, `fecha BETWEEN '${period.from}' AND '${period.to}'`) };
  }
  const found = spanned(series, kind, inside);
  if (!found) return "nomean";
  const until = period.to < today ? period.to : plus(today, -1);
  const days = Math.round((Date.parse(until) - Date.parse(period.from)) / 864e5) + 1;
  const partial = !series.monthly && inside.length < days ? [`Con dato: ${inside.length} de ${days} días${newest < until ? `, hasta el ${longDay(newest)}` : ""}.`] : [];
  const asked = kind === "value" ? /** @type {const} */ ({ total: "total", mean: "mean", max: "high", min: "low", stock: "value" })[series.measure ?? "total"] : kind;
  return {
    kind: asked, understood: `${understood} · ${found.how}${partial.length > 0 && inside.length < 0.95 * days ? ` con dato (${inside.length} de ${days})` : ""}`, page, notes: [...partial, ...notes], line: inside,
    figures: [{ text: quantity(found.value, series.unit, series.decimals), value: found.value, unit: series.unit, is: found.how, ...(found.day ? { day: found.day } : { from: period.from, to: period.to }) }],
    sql: `SELECT ${found.sql}, count(*) AS dias FROM titulares\nWHERE serie = '${series.id}' AND fecha BETWEEN '${period.from}' AND '${period.to}' AND estado NOT IN ('preliminar', 'dudoso')`,
  };
}

/**
 * A change in per cent; between percentages in points, of the temperature of the sea in degrees.
 * @param {Askable} series
 * @param {number} now
 * @param {number} before
 */
function changed({ unit }, now, before) {
  if (unit === "%" || unit === "°C") return { value: now - before, unit: unit === "%" ? "puntos" : unit };
  return before > 0 && now > 0 ? { value: ((now - before) / before) * 100, unit: "%" } : null;
}

/** @param {number} value @param {string} unit */
const sided = (value, unit) => `${quantity(Math.abs(value), unit, 1)} ${value < 0 ? "menos" : "más"}`;

/**
 * @param {Askable} series
 * @param {Question} question
 * @param {Source} source
 * @param {Shared} shared
 * @returns {Promise<Answer | string>}
 */
async function change(series, { period, basis = "week" }, { read }, { page, notes }) {
  const first = await seriesDays(read, series.id, period ? [[period.from, period.to]] : []);
  const day = period?.from ?? [...first?.series.days.keys() ?? []].sort().at(-1) ?? "";
  const known = await seriesDays(read, series.id, [[plus(day, -LATE), day], [plus(day, -YEAR[0]), plus(day, -YEAR[1])]]);
  if (!known) return "nothing";
  const { tramo, backs } = known.book.compared(series.monthly ? "month" : known.series.c, day);
  const facts = changesAt(known.series, { day, month: series.monthly }, known.book);
  const chosen = backs.find(([each]) => each === basis) ?? backs.find(([each]) => basis !== "year" && each === "last");
  const fact = facts.find((each) => each.b === chosen?.[0] && each.u !== "veces");
  const base = chosen ? plus(day, -chosen[1]) : "";
  const mean = tramo > 1 ? `, en promedio de ${tramo} días` : "";
  const understood = `${series.label} · ${longDay(day)} frente a ${base ? longDay(base) : BASES[basis]}${mean}`;
  if (!fact || !chosen) return { kind: "compare", understood, missing: true, figures: [], page, notes: [`El portal no tiene con qué comparar ese día con ${BASES[basis]}.`] };
  const value = fact.v * (fact.s ?? 1);
  const level = `SELECT fecha, avg(valor) OVER tramo AS valor FROM titulares\n  WHERE serie = '${series.id}' AND estado NOT IN ('preliminar', 'dudoso')\n  WINDOW tramo AS (ORDER BY CAST(fecha AS DATE) RANGE BETWEEN INTERVAL ${tramo - 1} DAYS PRECEDING AND CURRENT ROW) QUALIFY count(*) OVER tramo = ${tramo}`;
  const plain = `SELECT fecha, valor FROM titulares WHERE serie = '${series.id}'`;
  const change_ = fact.u === "%" ? "100 * (h.valor - b.valor) / abs(b.valor)" : "h.valor - b.valor";
  const cut = (/** @type {string} */ iso) => (series.monthly ? iso.slice(0, 7) : iso);
  return {
    kind: "compare", understood, page, notes: [`Se compara con un día de la misma clase, como en todo el portal.`, ...notes].slice(tramo > 1 || known.series.c !== "like_day" ? 1 : 0),
    figures: [{ text: sided(value, fact.u), value, unit: fact.u, day: cut(day) }],
    sql: `WITH nivel AS (${tramo > 1 ? level : plain})\nSELECT h.valor, b.valor AS base, ${change_} AS cambio\nFROM nivel AS h, nivel AS b WHERE h.fecha = '${cut(day)}' AND b.fecha = '${cut(base)}'`,
    line: /** @type {Point[]} */ ([...known.series.days].sort()).filter(([each]) => each <= day).slice(-AROUND),
  };
}

/**
 * Two spans of days, by the mean of their days.
 * @param {Askable} series
 * @param {Span} period
 * @param {Span} other
 * @param {Point[]} points
 * @param {Shared} shared
 * @param {string} today
 * @returns {Answer | string}
 */
function versus(series, period, other, points, { page, notes }, today) {
  if (!series.measure) return "nomean";
  const level = (/** @type {Span} */ { from, to }) => points.filter(([day]) => day >= from && day <= to).map(([, value]) => value);
  const [now, before] = [level(period), level(other)];
  const understood = `${series.label} · ${spanWords(period)} frente a ${spanWords(other)}`;
  const short = (/** @type {Span} */ { from, to }, /** @type {number[]} */ values) => {
    const days = Math.round((Date.parse(to < today ? to : plus(today, -1)) - Date.parse(from)) / 864e5) + 1;
    return values.length < days && !series.monthly ? [`Con dato: ${values.length} de ${days} días ${spanWords({ from, to })}.`] : [];
  };
  const left = now.length ? sum(now) / now.length : 0;
  const right = before.length ? sum(before) / before.length : 0;
  const found = now.length && before.length ? changed(series, left, right) : null;
  if (!found) return { kind: "versus", understood, missing: true, figures: [], page, notes: ["El portal no tiene datos de los dos periodos, y sin ellos no compara."] };
  const both = `Por día, en promedio: ${quantity(left, series.unit, series.decimals)} frente a ${quantity(right, series.unit, series.decimals)}.`;
  const mean = (/** @type {Span} */ { from, to }) => `avg(valor) FILTER (WHERE fecha BETWEEN '${from}' AND '${to}')`;
  return {
    kind: "versus", understood, page, notes: [both, ...short(period, now), ...short(other, before), ...notes],
    figures: [{ text: sided(found.value, found.unit), value: found.value, unit: found.unit, from: period.from, to: period.to }],
    sql: `WITH dias AS (SELECT ${mean(period)} AS valor, ${mean(other)} AS base\n  FROM titulares WHERE serie = '${series.id}' AND estado NOT IN ('preliminar', 'dudoso'))\nSELECT valor, base, ${found.unit === "%" ? "100 * (valor - base) / base" : "valor - base"} AS cambio FROM dias`,
  };
}
