// Answers about plants, reservoirs and rivers by their name, and which of them is first; from the CSV files by day.
import { namedRows, seriesDays } from "./readings.js";
import { literal } from "./text.js";
import { longDay, quantity, spanWords } from "./told.js";

/** @typedef {import("./answers.js").Answer} Answer */
/** @typedef {import("./answers.js").Source} Source */
/** @typedef {import("./question.js").Question} Question */
/** @typedef {import("./readings.js").Row} Row */

/**
 * @param {Row[]} rows
 * @param {"day" | "code"} key
 * @returns {Map<string, Row[]>}
 */
function grouped(rows, key) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return groups;
}

/**
 * Whether a row may be quoted: by its own state, or by that of the whole it is a part of.
 * @param {import("./lexicon.js").NamedFigure} figure
 * @param {[from: string, to: string] | null} span
 * @param {Source} source
 * @returns {Promise<(row: Row) => boolean>}
 */
async function quotableIn({ settled }, span, { read, lexicon }) {
  const whole = settled ? (await seriesDays(read, settled, span ? [span] : []))?.series.days : null;
  return ({ day, state }) => (whole ? whole.has(day) : !lexicon.vocabulary.doubted.includes(state));
}

/** @param {number} value */
const decimalsOf = (value) => (Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2);

/**
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer | string>}
 */
export async function namedAnswer({ kind, named, period }, source) {
  const { read, lexicon } = source;
  const figure = lexicon.vocabulary.figures.find((each) => each.metric === named?.metric && each.kind === named.kind);
  if (!named || !figure) return "unknown";
  if (kind === "compare" || kind === "versus") return "nocompare";
  const span = period ? /** @type {[string, string]} */ ([period.from, period.to]) : null;
  const quotable = await quotableIn(figure, span, source);
  const good = (/** @type {Row} */ row) => row.code === named.code && quotable(row);
  let rows = (await namedRows(read, figure.metric, figure.entity, span, (all) => all.some(good))).filter(good);
  const missing = rows.length === 0 && span !== null;
  if (rows.length === 0) rows = (await namedRows(read, figure.metric, figure.entity, null, (all) => all.some(good))).filter(good);
  const last = rows.at(-1);
  if (!last) return "nothing";
  const whole = period && period.grain !== "day" && !missing ? spanOf(kind, rows, figure.measure) : { ...last, how: "" };
  if (!whole) return "nomean";
  const where = `entity = ${literal(figure.entity)} AND code = ${literal(named.code)}`;
  const days = period && period.grain !== "day" && !missing ? `day BETWEEN DATE '${period.from}' AND DATE '${period.to}'` : `day = DATE '${last.day}'`;
  const detail = [whole.how ? `Con dato: ${rows.length} ${rows.length === 1 ? "día" : "días"}, del ${longDay(rows[0]?.day ?? "")} al ${longDay(last.day)}.` : `Dato ${quotable(last) && lexicon.vocabulary.doubted.includes(last.state) ? "vigente; la fuente no trae todas sus horas" : last.state}.`];
  if (missing && period) detail[0] = `No hay un dato que se pueda citar ${period.grain === "day" ? "del" : ""} ${spanWords(period)}. Este es el último, del ${longDay(last.day)}.`;
  return {
    kind: whole.how && kind === "value" ? "total" : kind, missing, notes: detail,
    understood: `${figure.label} · ${named.name} · ${period ? spanWords(period) : "último día con dato"}${whole.how ? ` · ${whole.how}` : ""}`,
    figures: [{ text: quantity(whole.value, last.unit, decimalsOf(whole.value)), value: whole.value, unit: last.unit, code: named.code, name: named.name, ...(whole.day ? { day: whole.day } : { from: period?.from, to: period?.to }) }],
    sql: `SELECT day, value AS valor, quality FROM "${figure.metric}_daily"\nWHERE ${where} AND ${days}\nORDER BY day`,
    page: { path: `metricas/${figure.metric}/`, title: figure.label }, line: rows.slice(-31).map(({ day, value }) => [day, value]),
  };
}

/**
 * @param {Question["kind"]} kind
 * @param {Row[]} rows
 * @param {import("./lexicon.js").NamedFigure["measure"]} measure
 * @returns {{ value: number, day?: string, how: string } | null} nothing where it has no sense: a mean of what stands in store
 */
function spanOf(kind, rows, measure) {
  const side = kind === "high" ? 1 : kind === "low" ? -1 : 0;
  if (side) return { ...rows.reduce((best, row) => (side * row.value > side * best.value ? row : best)), how: side > 0 ? "día más alto" : "día más bajo" };
  const total = rows.reduce((all, { value }) => all + value, 0);
  if (measure !== "stock" && (kind === "mean" || (kind === "value" && measure === "mean"))) return { value: total / rows.length, how: "promedio de los días" };
  if (measure === "total") return { value: total, how: "suma de los días" };
  const last = rows.at(-1);
  return kind === "value" && last ? { value: last.value, day: last.day, how: "último día del periodo" } : null;
}

/**
 * Which is most, of plants, reservoirs, rivers or sources.
 * @param {Question} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
export async function rankAnswer({ of, metric, top = 3, least = false, period }, source) {
  if (of === "source") return sourceRank({ top, least, period }, source);
  const { read, lexicon } = source;
  const figure = lexicon.vocabulary.figures.find((each) => each.metric === metric && each.kind === of);
  const span = period ? /** @type {[string, string]} */ ([period.from, period.to]) : null;
  const quotable = figure ? await quotableIn(figure, span, source) : () => false;
  const settled = (/** @type {Row[]} */ all) => [...grouped(all, "day")].filter(([, own]) => own.every(quotable));
  const rows = figure ? await namedRows(read, figure.metric, figure.entity, span, (all) => settled(all).length > 0) : [];
  const days = settled(rows).map(([day]) => day).sort();
  const whole = period && period.grain !== "day" && figure?.measure !== "stock"; // of what stands in store the last day counts
  const chosen = new Set(whole ? days : days.slice(-1));
  if (!figure || chosen.size === 0) return { kind: "rank", understood: "", missing: true, figures: [], notes: ["El portal no tiene datos completos de esos días para ordenarlos."] };
  const names = new Map(lexicon.vocabulary.named[figure.kind].map(([code, name]) => [code, name]));
  const added = figure.measure === "total";
  const totals = [...grouped(rows.filter(({ day }) => chosen.has(day)), "code")].map(([code, own]) => {
    const all = own.reduce((sum, { value }) => sum + value, 0);
    return { code, value: added ? all : all / own.length, unit: own[0]?.unit ?? "" };
  });
  const sorted = totals.sort((a, b) => (least ? a.value - b.value : b.value - a.value)).slice(0, top);
  const [last] = [...chosen].sort().slice(-1);
  const when = chosen.size === 1 ? longDay(last ?? "") : spanWords({ from: days[0] ?? "", to: last ?? "" });
  return {
    kind: "rank", understood: `${figure.label} ${least ? "más baja" : "más alta"} · ${when}${chosen.size > 1 ? ` · ${added ? "suma" : "promedio"} de ${chosen.size} días` : ""}`, notes: [],
    figures: sorted.map(({ code, value, unit }) => ({ text: quantity(value, unit, decimalsOf(value)), value, unit, code, name: names.get(code) ?? code, ...(chosen.size === 1 ? { day: last } : { from: days[0], to: last }) })),
    sql: `SELECT code, ${added ? "sum" : "avg"}(value) AS valor FROM "${figure.metric}_daily"\nWHERE entity = '${figure.entity}' AND day BETWEEN DATE '${[...chosen].sort()[0]}' AND DATE '${last}'\nGROUP BY code ORDER BY valor ${least ? "" : "DESC "}LIMIT ${top}`,
    page: { path: `metricas/${figure.metric}/`, title: figure.label },
  };
}

/**
 * The sources of energy by what they gave, on the last day that all of them have.
 * @param {Pick<Question, "top" | "least" | "period">} question
 * @param {Source} source
 * @returns {Promise<Answer>}
 */
async function sourceRank({ top, least, period }, { read, lexicon }) {
  const sources = lexicon.vocabulary.series.filter(({ id, unit }) => id.startsWith("gen_") && unit === "GWh");
  const span = /** @type {[string, string][]} */ (period ? [[period.from, period.to]] : []);
  const known = await Promise.all(sources.map(async (series) => ({ series, days: (await seriesDays(read, series.id, span))?.series.days ?? new Map() })));
  const there = known.filter(({ days }) => days.size > 0);
  const inside = (/** @type {string} */ day) => !period || (day >= period.from && day <= period.to);
  const days = [...there[0]?.days.keys() ?? []].filter((day) => inside(day) && there.every((each) => each.days.has(day))).sort();
  const chosen = period && period.grain !== "day" ? days : days.slice(-1);
  const [first, last] = [chosen[0], chosen.at(-1)];
  if (!first || !last) return { kind: "rank", understood: "", missing: true, figures: [], notes: ["El portal no tiene datos completos de esos días para ordenarlos."] };
  const totals = there.map(({ series, days: own }) => ({ series, value: chosen.reduce((all, day) => all + own.get(day), 0) }));
  const sorted = totals.sort((a, b) => (least ? a.value - b.value : b.value - a.value)).slice(0, top);
  return {
    kind: "rank", understood: `Generación por fuente · ${spanWords({ from: first, to: last })}`, notes: [],
    figures: sorted.map(({ series, value }) => ({ text: quantity(value, series.unit, 1), value, unit: series.unit, code: series.id, name: series.label, ...(first === last ? { day: last } : { from: first, to: last }) })),
    sql: `SELECT serie AS code, sum(valor) AS valor FROM titulares\nWHERE serie IN (${there.map(({ series }) => `'${series.id}'`).join(", ")}) AND fecha BETWEEN '${first}' AND '${last}'\nGROUP BY code ORDER BY valor ${least ? "" : "DESC "}LIMIT ${top ?? 8}`,
    page: { path: "tableros/generacion-fuentes/", title: "Generación por fuentes" },
  };
}
