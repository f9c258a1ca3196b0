import assert from "node:assert/strict";
import { test } from "node:test";
import { correlation } from "../../../site_src/js/lib/answer-tables.js";
import { expectedLine, rowsOfForecasts } from "../../../site_src/js/lib/forecasts.js";
import { nearest } from "../../../site_src/js/lib/cursor.js";
import { comparedWith, isWhole, placed, spanOf, summary, transformed, unfitFor, withBands, yearBefore, years } from "../../../site_src/js/lib/lines.js";
import { joined, rowsOfCode } from "../../../site_src/js/lib/columns.js";
import { pathsOf } from "../../../site_src/js/lib/plots.js";
import { CHARTS, COMPARISONS, MOST, STEPS, TRANSFORMS, USUAL, read, write } from "../../../site_src/js/lib/exploration.js";
import { number, span, ticks, timeTicks, told, written } from "../../../site_src/js/lib/scales.js";
import { known, nameOf, partsOf } from "../../../site_src/js/lib/series.js";
import { MANNERS, csvOf } from "../../../site_src/js/lib/sheets.js";
import { DAY, byStep, edgesOf, firstNeeded, floor, shifted, unfit } from "../../../site_src/js/lib/steps.js";

const HOUR = DAY / 24;
const at = (/** @type {string} */ text) => Date.parse(text.length === 10 ? `${text}T00:00Z` : `${text}Z`);
/** @type {(more?: Partial<Known>) => Known} */
const series = (more = {}) => ({ ref: "M.Sistema.Sistema", metric: "M", entity: "Sistema", code: "Sistema", name: "M", unit: "GWh", grain: "hourly", adds: "sum", weights: "", events: false, blanks: false, ...more });
/** @type {(rows: [string | number, number, number?, number?][], weighed?: boolean) => Values} */
const values = (rows, weighed = false) => ({
  at: Float64Array.from(rows, ([when]) => (typeof when === "number" ? when : at(when))), value: Float64Array.from(rows, ([, value]) => value),
  state: Uint8Array.from(rows, ([, , state]) => state ?? 0), ...(weighed ? { weight: Float64Array.from(rows, ([, , , weight]) => weight ?? NaN) } : {}),
});
/** @type {(numbers: number[], more?: Partial<Line>) => Line} */
const line = (numbers, more = {}) => {
  const x = Float64Array.from(numbers, (_, i) => at("2026-01-01") + i * DAY);
  return { name: "a", unit: "GWh", adds: "sum", series: 0, x, at: x, value: Float64Array.from(numbers), state: new Uint8Array(numbers.length), known: new Int32Array(numbers.length).fill(1),
    of: new Int32Array(numbers.length).fill(1), covered: new Float64Array(numbers.length).fill(1), counts: "day", ...more };
};
const hoursOf = (/** @type {string} */ day, count = 24, value = 1) => Array.from({ length: count }, (_, h) => /** @type {[number, number]} */ ([at(day) + h * HOUR, value]));
/** A drawing of numbers that is the same each time. @param {number} seed */
const drawn = (seed) => () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };

test("every question that can be asked comes back from its address", () => {
  const next = drawn(14);
  const pick = (/** @type {string[]} */ list) => /** @type {string} */ (list[Math.floor(next() * list.length)]);
  for (let i = 0; i < 400; i += 1) {
    const from = next() < 0.5 ? "" : `20${pick(["00", "13", "26"])}-0${1 + Math.floor(next() * 9)}-1${Math.floor(next() * 9)}`;
    const compare = /** @type {Question["compare"]} */ (pick(Object.keys(COMPARISONS)));
    const question = {
      series: [...new Set(Array.from({ length: Math.floor(next() * (MOST + 1)) }, () => pick(["DemaSIN.Sistema.Sistema", "Gene.Recurso.GVIO", "AporCaudal.Rio.A. SAN LORENZO", "titulares.gen_solar", "X.CIIU.A&B|C=D#%ñ"])))],
      from, until: from && next() < 0.5 ? "2026-11-01" : "", last: from ? 0 : 1 + Math.floor(next() * 4000), step: /** @type {Step} */ (pick(Object.keys(STEPS))), compare,
      with: compare === "periodo" ? "2020-02-29" : "", transform: /** @type {Question["transform"]} */ (pick(Object.keys(TRANSFORMS))), window: 2 + Math.floor(next() * 300),
      chart: /** @type {Question["chart"]} */ (pick(Object.keys(CHARTS))), framed: next() < 0.5,
    };
    assert.deepEqual(read(`#${write(question)}`), question);
  }
});

test("whatever an address holds, a question that can be answered comes out", () => {
  for (const text of ["", "#", "#s=", "#s=<img onerror=1>&s=a.b", "#paso=constructor&grafico=__proto__&comparar=toString", "#desde=2026-02-30&hasta=ayer", "#ultimos=-5&ventana=1e9", "#%E0%A4%A", "#comparar=periodo"]) {
    const found = read(text);
    assert.ok(Object.hasOwn(STEPS, found.step) && Object.hasOwn(CHARTS, found.chart) && Object.hasOwn(COMPARISONS, found.compare) && Object.hasOwn(TRANSFORMS, found.transform), text);
    assert.deepEqual([found.from, found.until, found.last, found.window], ["", "", USUAL.last, USUAL.window], text);
    assert.ok(found.series.length <= MOST && found.compare !== "periodo", text);
  }
  assert.equal(read(`#${Array.from({ length: 20 }, (_, i) => `s=A${i}.B.c`).join("&")}`).series.length, MOST);
  assert.deepEqual(read("#desde=2026-05-02&hasta=2026-05-01"), { ...USUAL, from: "2026-05-01", until: "2026-05-02", last: 0 });
});

test("steps begin where people say they do", () => {
  for (const [step, start] of /** @type {[Step, string][]} */ ([["hora", "2024-02-29T13:00"], ["dia", "2024-02-29"], ["semana", "2024-02-26"], ["mes", "2024-02-01"], ["anio", "2024-01-01"]])) {
    assert.equal(floor(step, at("2024-02-29T13:40")), at(start), step);
  }
  assert.equal(floor("semana", at("1969-12-31")), at("1969-12-29"));
  assert.equal(shifted("mes", at("2024-01-01"), -11), at("2023-02-01"));
  assert.deepEqual([...edgesOf("mes", at("2024-01-15"), at("2024-03-01"))], [at("2024-01-01"), at("2024-02-01"), at("2024-03-01")]);
  assert.equal(firstNeeded("12m", at("2024-05-09")), at("2023-06-01"));
});

test("flows are summed, stocks end, prices average their hours, ratios are weighed or absent", () => {
  const edges = edgesOf("mes", at("2026-01-01"), at("2026-02-01"));
  const rows = values([["2026-01-01", 2, 0, 1], ["2026-01-02", 4, 0, 3], ["2026-01-31", 9, 0, 0]]);
  const daily = (/** @type {Known["adds"]} */ adds) => byStep(rows, series({ grain: "daily", adds }), "mes", edges).value[0];
  assert.deepEqual([daily("sum"), daily("last"), daily("mean")], [15, 9, 5]);
  const weighed = values([["2026-01-01", 2, 0, 1], ["2026-01-02", 4, 0, 3]], true);
  assert.equal(byStep(weighed, series({ grain: "daily", adds: "weighted", weights: "W" }), "mes", edges).value[0], 3.5);
  const lacking = values([["2026-01-01", 2, 0, 1], ["2026-01-02", 4]], true);
  assert.ok(Number.isNaN(byStep(lacking, series({ grain: "daily", adds: "weighted", weights: "W" }), "mes", edges).value[0]));
  // A day of a few dear hours does not weigh as a whole one: the mean is that of hours.
  const hours = values([...hoursOf("2026-01-01", 24, 1), ...hoursOf("2026-01-02", 6, 11)]);
  assert.equal(byStep(hours, series({ adds: "mean" }), "mes", edges).value[0], 3);
});

test("a step without rows is a gap; one with a part of its days says how many; an open day is preliminary", () => {
  const edges = edgesOf("dia", at("2026-01-01"), at("2026-01-04"));
  const found = byStep(values([...hoursOf("2026-01-01"), ...hoursOf("2026-01-03", 20)]), series(), "dia", edges);
  assert.deepEqual([...found.value], [24, NaN, 20]);
  assert.deepEqual([[...found.known], [...found.of], [...found.state]], [[24, 0, 20], [24, 24, 24], [0, 0, 3]]);
  const month = byStep(values([...hoursOf("2026-01-01"), ...hoursOf("2026-01-03", 20)]), series(), "mes", edgesOf("mes", at("2026-01-01"), at("2026-02-01")));
  assert.deepEqual([month.value[0], month.known[0], month.of[0], month.covered[0]], [44, 1, 31, 1 + 20 / 24]);
  const events = byStep(values([["2026-01-02", 5]]), series({ grain: "daily", events: true }), "mes", edgesOf("mes", at("2026-01-01"), at("2026-02-01")));
  assert.deepEqual([events.of[0], isWhole({ ...events, name: "", series: 0 }, 0)], [0, true]);
});

test("of what plants add up to, an hour without a row is one without anything", () => {
  const sun = series({ entity: "Recurso", code: "SOL1", blanks: true });
  const rows = values([...hoursOf("2026-01-01", 12), ...hoursOf("2026-01-02", 13)]);
  const days = byStep(rows, sun, "dia", edgesOf("dia", at("2026-01-01"), at("2026-01-04")));
  assert.deepEqual([[...days.value], [...days.state], [...days.of]], [[12, 13, NaN], [0, 0, 0], [0, 0, 0]]);
  const month = byStep(rows, sun, "mes", edgesOf("mes", at("2026-01-01"), at("2026-02-01")));
  assert.deepEqual([month.value[0], month.known[0], month.of[0], month.covered[0]], [25, 2, 31, 2]);
});

test("twelve months stand only behind twelve months with data", () => {
  const rows = values(Array.from({ length: 14 }, (_, m) => /** @type {[number, number]} */ ([Date.UTC(2025, m, 1), m + 1])));
  const found = byStep(rows, series({ grain: "monthly" }), "12m", edgesOf("mes", at("2025-11-01"), at("2026-03-01")));
  assert.deepEqual([...found.value], [NaN, 78, 90, 102]);
  assert.deepEqual([[...found.known], [...found.of]], [[0, 12, 12, 12], [12, 12, 12, 12]]);
});

test("what has no mean has no months, a day has no hours", () => {
  assert.equal(unfit(series({ grain: "daily", adds: "none" }), "dia"), "");
  assert.match(unfit(series({ grain: "daily", adds: "none" }), "mes"), /ni se promedia/);
  assert.match(unfit(series({ grain: "daily" }), "hora"), /por hora/);
  assert.match(unfit(series({ grain: "monthly" }), "semana"), /mensual/);
});

test("what is compared lies a year before, a period away, or on the like day, each under its step", () => {
  assert.equal(yearBefore(at("2024-02-29T05:00")), at("2023-02-28T05:00"));
  const starts = Float64Array.from([at("2026-03-01"), at("2026-03-02")]);
  const question = { ...USUAL, compare: /** @type {const} */ ("periodo"), with: "2024-02-29" };
  assert.deepEqual([...comparedWith(question, starts, new Map())], [at("2024-02-29"), at("2024-03-01")]);
  const likes = new Map([[at("2026-03-01"), at("2025-03-02")]]);
  assert.deepEqual([...comparedWith({ ...USUAL, compare: "parecidos" }, starts, likes)], [at("2025-03-02"), NaN]);
  const weeks = Float64Array.from([at("2026-03-02")]);
  assert.equal(new Date(comparedWith({ ...USUAL, compare: "anterior", step: "semana" }, weeks, likes)[0] ?? 0).getUTCDay(), 1);
  const other = { ...line([5, 6]), at: Float64Array.from([at("2025-03-02"), at("2025-03-03")]) };
  const under = placed(other, starts, Float64Array.from([at("2025-03-03"), NaN]));
  assert.deepEqual([[...under.value], [...under.x]], [[6, NaN], [...starts]]);
  assert.equal(spanOf("dia", Float64Array.from([NaN])), null);
});

test("years lie over each other by their dates, 29 February on its own", () => {
  const days = edgesOf("dia", at("2023-12-31"), at("2024-03-02"));
  const found = years({ ...line(Array.from(days.slice(0, -1), (_, i) => i)), at: days.slice(0, -1) }, "dia");
  assert.deepEqual(found.map(({ name }) => name), ["2023", "2024"]);
  assert.deepEqual([found[0]?.x[0], found[1]?.x[0], found[1]?.x[59]], [at("2000-12-31"), at("2000-01-01"), at("2000-02-29")]);
});

test("shares, index, mean, cumulative, per day and difference are what they say, and gaps stay gaps", () => {
  const [a, b] = [line([1, NaN, 3]), line([3, 1, 1], { name: "b" })];
  const shown = (/** @type {Partial<Question>} */ more, lines = [a, b]) => transformed(lines, { ...USUAL, ...more }).map(({ value }) => [...value]);
  assert.deepEqual(shown({ transform: "porcentaje" }), [[25, NaN, 75], [75, NaN, 25]]);
  assert.deepEqual(shown({ transform: "indice" }, [a]), [[100, NaN, 300]]);
  assert.deepEqual(shown({ transform: "media", window: 2 }, [b]), [[NaN, 2, 1]]);
  assert.deepEqual(shown({ transform: "acumulado" }, [a]), [[1, NaN, 4]]);
  assert.equal(transformed([a], { ...USUAL, transform: "acumulado" })[0]?.state[2], 3);
  assert.deepEqual(shown({ transform: "diferencia" }), [[-2, NaN, 2]]);
  assert.deepEqual(shown({ transform: "pordia" }, [line([10], { covered: Float64Array.of(4) })]), [[2.5]]);
  assert.match(unfitFor([a], { ...USUAL, transform: "porcentaje" }), /dos series/);
  assert.match(unfitFor([a, { ...b, unit: "MW" }], { ...USUAL, transform: "diferencia" }), /misma unidad/);
  assert.match(unfitFor([{ ...a, adds: "mean" }], { ...USUAL, transform: "acumulado" }), /se suma/);
});

test("statistics leave out what is missing, open or incomplete, and count it", () => {
  const found = summary(line([2, 4, NaN, 100, 60], { state: Uint8Array.of(0, 1, 0, 3, 0), known: Int32Array.of(1, 1, 0, 1, 0) }), "valor");
  assert.deepEqual([found.n, found.missing, found.open, found.mean, found.median, found.least, found.most, found.total], [2, 1, 2, 3, 3, 2, 4, 6]);
  assert.equal(found.mostAt, at("2026-01-02"));
  assert.ok(Math.abs(correlation(line([1, 2, 3]), line([2, 4, 6])).r - 1) < 1e-12);
});

test("a line of many points keeps the highest and the lowest of every dot of the screen", () => {
  const many = line(Array.from({ length: 10_000 }, (_, i) => (i === 5003 ? 99 : i % 7)));
  const { solid } = pathsOf(many, (x) => ((x - (many.x[0] ?? 0)) / (10_000 * DAY)) * 100, (y) => y, 100);
  assert.match(solid, / 99L/);
  assert.ok(solid.length < 100 * 100);
  assert.deepEqual(pathsOf(line([NaN, 5, NaN]), () => 1, () => 2, 100).solid, "");
  assert.match(pathsOf(line([1, 2, 3], { state: Uint8Array.of(0, 0, 3) }), (x) => x / DAY, (y) => y, 3).dashed, /^M/);
  assert.equal(nearest(Float64Array.of(0, 10, 20), 14), 1);
});

test("axes have round numbers and dates in Spanish", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(span(90, 100, true), [0, 104]);
  assert.deepEqual([number(-1e-13), number(-0.4, 0), number(-0.5, 1)], ["0", "0", "−0,5"]);
  assert.equal(number(-1234.5678), "−1.235");
  assert.equal(number(0.12345), "0,1235");
  assert.deepEqual([told("hora", at("2026-11-05T14:00")), told("mes", at("2026-11-01")), written("12m", at("2026-11-01")), written("hora", at("2026-11-05T00:00"))], ["5 nov 2026, 14:00", "nov 2026", "2026-11", "2026-11-05 00:00"]);
  const between = (/** @type {string} */ from, /** @type {string} */ until) => timeTicks(at(from), at(until), 8, false).map(({ text }) => text);
  assert.deepEqual(between("2025-11-15", "2026-03-15"), ["dic 2025", "ene 2026", "feb", "mar"]);
  assert.deepEqual(between("2026-03-14", "2026-03-15"), ["14 mar", "3:00", "6:00", "9:00", "12:00", "15:00", "18:00", "21:00", "15 mar"]);
});

test("files say the true date and the state; a spreadsheet in Spanish reads decimals and runs no formula", () => {
  const lines = [line([1234.5, NaN, 2], { name: "=cmd()", state: Uint8Array.of(0, 0, 3), at: Float64Array.of(at("2025-01-01"), 0, at("2025-01-03")) })];
  assert.equal(csvOf(lines, "dia", MANNERS.csv), "serie,fecha,valor,unidad,estado\r\n'=cmd(),2025-01-01,1234.5,GWh,publicado\r\n'=cmd(),2025-01-03,2,GWh,preliminar\r\n");
  assert.ok(csvOf(lines, "dia", MANNERS.excel).startsWith("\ufeffserie;fecha;valor;unidad;estado\r\n'=cmd();2025-01-01;1234,5;GWh;"));
});

test("a code is found in a sorted column; parts of a span are those that touch it, in order", () => {
  assert.deepEqual(rowsOfCode(["A", "B", "B", "C"], "B"), [1, 3]);
  assert.deepEqual(rowsOfCode(["A", "C"], "B"), [1, 1]);
  const part = (/** @type {string} */ from, /** @type {string} */ to) => ({ metric: "M", entity: "Sistema", path: from, rows: 1, bytes: 1, sha256: "", min_ts: `${from}T00:00:00`, max_ts: `${to}T23:00:00`, codes: 1 });
  const found = partsOf([part("2026-01-01", "2026-06-30"), part("2025-01-01", "2025-12-31"), part("2024-01-01", "2024-12-31")], "M", "Sistema", at("2025-12-31"), at("2026-02-01"));
  assert.deepEqual(found.map(({ path }) => path), ["2025-01-01", "2026-01-01"]);
  assert.deepEqual([...joined([values([["2026-01-01", 1]]), values([["2026-01-02", 2]])]).value], [1, 2]);
});

test("plants are called by their name; what the portal does not have is no series", () => {
  const codes = { origen: "xm", entidades: [], nombres: { Recurso: { GVIO: "Guavio" }, RecursoComb: { TSR1: "Tasajero" } }, codigos: { "Gene.Recurso": ["GVIO"] }, titulares: [], por_eventos: [], pronosticos: {} };
  assert.equal(nameOf(codes, "Recurso", "GVIO"), "Guavio");
  assert.equal(nameOf(codes, "RecursoComb", "TSR1|CARBON"), "Tasajero · CARBON");
  assert.equal(nameOf(codes, "Rio", "BATA"), "BATA");
  const metric = { id: "Gene", titulo: "Generación real de energía", tema: "t", unidad: "GWh", granularidad: "horaria", agregacion_diaria: "suma", entidades: ["Recurso"], ponderada_por: null };
  const shelf = { metrics: new Map([["Gene", metric]]), tables: new Map(), codes, parts: [] };
  assert.equal(known(shelf, "Gene.Recurso.GVIO")?.name, "Generación real de energía, Guavio");
  assert.equal(known(shelf, "Gene.Recurso.OTRA"), null);
  assert.equal(known(shelf, "titulares.nada"), null);
});

test("a forecast follows its history by the same step, with its bands, as far as asked", () => {
  const head = "serie,nombre,unidad,modelo,escenario,emitido,origen,instante,pronostico,bajo_80,alto_80,bajo_95,alto_95".split(",");
  const row = (/** @type {string} */ id, /** @type {string} */ when, /** @type {number} */ value, scenario = "") =>
    [id, "Generación", " con coma", "GWh", "m", scenario, "2026-05-02", "2026-05-01", when, ...[value, value - 1, value + 1, value - 2, value + 2].map(String)];
  const rows = rowsOfForecasts([head, row("d", "2026-05-02 00:00", 10), row("d", "2026-05-03 00:00", 11), row("d", "2026-05-04 00:00", 12), row("d", "2026-05-03 00:00", 99, "seca"), row("h", "2026-05-02 00:00", 1), row("h", "2026-05-02 01:00", 2)]);
  const own = series({ name: "Demanda" });
  const found = expectedLine(rows, own, 0, ["h", "d"], "dia", at("2026-05-01"), at("2026-05-04"));
  assert.deepEqual([...found?.value ?? []], [10, 11]);
  assert.equal(found?.name, "Demanda, pronóstico del 2 may 2026");
  assert.deepEqual(withBands(found ? [found] : []).map(({ name, value }) => [name.split(", ").at(-1), [...value]]).slice(1), [["80 % desde", [9, 10]], ["80 % hasta", [11, 12]], ["95 % desde", [8, 9]], ["95 % hasta", [12, 13]]]);
  assert.deepEqual([...expectedLine(rows, own, 0, ["h", "d"], "hora", at("2026-05-01"), at("2026-06-01"))?.value ?? []], [1, 2]);
  assert.equal(expectedLine(rows, own, 0, ["h", "d"], "mes", at("2026-05-01"), at("2026-06-01")), null);
  assert.match(csvOf(found ? [found] : [], "dia", MANNERS.csv), /80 % hasta",2026-05-03,12,GWh,pronóstico/);
});

test("what the parts leave of the first, and nothing where one of them is missing", () => {
  const [all, water, heat] = [line([10, 20, 30]), line([6, 15, 20]), line([4, NaN, 9])];
  const [left] = transformed([all, water, heat], { ...USUAL, transform: "residuo" });
  assert.deepEqual([...left?.value ?? []], [0, NaN, 1]);
  assert.match(unfitFor([all], { ...USUAL, transform: "residuo" }), /dos series/);
});
