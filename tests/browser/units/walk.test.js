import assert from "node:assert/strict";
import { test } from "node:test";
import { tonesOf } from "../../../site_src/js/lib/tones.js";
import { beside, saying, valueOf, walksOfCsv, walksOfFigure, walksOfTable, withGaps } from "../../../site_src/js/lib/walk.js";

/** @typedef {import("../../../site_src/js/lib/walk.js").Walk} Walk */
const said = (/** @type {Walk[]} */ walks, k = 0, aloud = false) => walks[k]?.spots.map((_, i) => saying(/** @type {Walk} */ (walks[k]), i, walks.length > 1, aloud)) ?? [];
const csv = (/** @type {string[]} */ ...lines) => walksOfCsv(`${lines.join("\n")}\n`);

test("a value is said with its day, series, unit and state", () => {
  const walks = csv("fecha,serie,valor,unidad,estado", "2026-11-26,Bolsa,1128.02,COP/kWh,definitivo", "2026-11-27,Bolsa,944.5,COP/kWh,preliminar", "2026-11-26,Escasez,756,COP/kWh,definitivo");
  assert.deepEqual(said(walks), ["jueves, 26 de noviembre de 2026, Bolsa: 1.128 COP/kWh, definitivo", "viernes, 27 de noviembre de 2026, Bolsa: 944,5 COP/kWh, preliminar"]);
  assert.equal(said(walks, 1, true)[0], "jueves, 26 de noviembre de 2026, Escasez: 756 pesos por kilovatio hora, definitivo");
  assert.deepEqual(walks[0]?.spots.map(({ open }) => open), [false, true]);
});

test("days without a value are said once, as a gap", () => {
  const walks = csv("fecha,valor,unidad", "2026-05-01,1,GWh", "2026-05-02,2,GWh", "2026-05-04,3,GWh", "2026-05-08,4,GWh");
  assert.deepEqual(said(walks).map((words) => words.replaceAll(" de 2026", "")), [
    "viernes, 1 de mayo: 1 GWh", "sábado, 2 de mayo: 2 GWh", "domingo, 3 de mayo: sin dato", "lunes, 4 de mayo: 3 GWh",
    "del martes, 5 de mayo al jueves, 7 de mayo: sin dato", "viernes, 8 de mayo: 4 GWh",
  ]);
  assert.deepEqual(said(csv("fecha,valor,unidad", "2026-01,1,%", "2026-02,2,%", "2026-05,3,%", "2026-06,3,%")).map((words) => words.split(":")[1]?.trim()), ["1 %", "2 %", "sin dato", "3 %", "3 %"]);
  assert.equal(withGaps([{ at: null, name: "a", value: 1, more: "" }]).length, 1);
});

test("hours, months, names, positions and rows are said as what they are", () => {
  assert.equal(said(csv("fecha,valor,unidad,estado", "2026-11-27 14:00:00,1,MW,publicado"))[0], "27 de noviembre de 2026, 14:00: 1 MW, publicado");
  assert.equal(said(csv("hora,fila,valor,unidad", "7,2026-11,998.47,COP/kWh", "8,2026-11,1,COP/kWh", "7,2026-10,1,COP/kWh"))[0], "7:00, noviembre de 2026: 998,5 COP/kWh");
  assert.equal(said(csv("% de las horas,serie,valor,unidad", "0,Últimos 365 días,2971.5,COP/kWh", "1,Últimos 365 días,1,COP/kWh"))[0], "% de las horas 0: 2.972 COP/kWh");
  assert.equal(said(csv("nombre,valor,desde,hasta,unidad,casos", "1 de enero,-40.0794,-46.8446,-33.0785,GWh,1", "6 de enero,1,,,GWh,1"))[0], "1 de enero: −40,08 GWh, entre −46,84 y −33,08");
});

test("what stands beside each other on one day is walked by name", () => {
  assert.deepEqual(said(csv("serie,valor,unidad,día", "Hidráulica,126.6,GWh,2026-11-25", '"Gas, natural",3,GWh,2026-11-25')), ["Hidráulica: 126,6 GWh", "Gas, natural: 3 GWh"]);
});

test("a value of last year stands under this year's day and is said with its own", () => {
  const [walk] = csv("fecha,fecha en el gráfico,serie,valor,unidad,estado", "2025-11-27,2026-11-27,Un año antes,1,GWh,definitivo");
  assert.equal(walk?.spots[0]?.at, Date.UTC(2026, 10, 27));
  assert.match(said(csv("fecha,en el gráfico,serie,valor,unidad", "2026-07,jul,Este año,74.5,%", "2025-07,jul,2025,7,%"))[0] ?? "", /^julio de 2026, Este año: 74,5 %$/);
});

test("a forecast is said with what it may be", () => {
  const walks = csv('fecha,observado,pronóstico,"80 %, desde","80 %, hasta","95 %, desde","95 %, hasta",unidad,modelo', "2026-11-28,254.4,,,,,,GWh,", "2026-11-29,,250,240,260,235,265,GWh,x");
  assert.deepEqual(walks.map(({ name }) => name), ["Observado", "Pronóstico"]);
  assert.equal(said(walks, 1)[0], "domingo, 29 de noviembre de 2026, Pronóstico: 250 GWh, con 80 % de probabilidad entre 240 y 260");
});

test("a figure without a file is read from its traces, what is pending as such", () => {
  const data = [
    { type: "scatter", name: "a", x0: "2026-11-01", dx: 864e5, y: [1, 2, null] },
    { type: "scatter", name: "a", x: ["2026-11-02"], y: [2] },
    { type: "scatter", name: "a (sin confirmar)", x0: "2026-11-02", dx: 864e5, y: [2, 3] },
  ];
  assert.deepEqual(said(walksOfFigure({ data, layout: {} }, "GWh")).map((words) => words.split("2026")[1]), [": 1 GWh", ": 2 GWh", ": 3 GWh, sin confirmar"]);
  const lying = [{ type: "bar", name: "", x: [5, 7], y: /** @type {any} */ (["Guavio", "Chivor"]) }];
  assert.deepEqual(said(walksOfFigure({ data: lying, layout: {} }, "MW")), ["Guavio: 5 MW", "Chivor: 7 MW"]);
});

test("a table is read from its oldest row on, with the numbers as the portal writes them", () => {
  const walks = walksOfTable([{ text: "Mes", unit: "" }, { text: "Valor", unit: "GWh" }, { text: "Nota", unit: "" }], [["oct 2026", "1.510,5", "x"], ["sep 2026", "–", ""]]);
  assert.deepEqual(said(walks), ["sep 2026: sin dato", "oct 2026: 1.511 GWh"]);
  assert.equal(valueOf("−3,5 %"), -3.5);
  assert.ok(Number.isNaN(valueOf("sin dato")));
});

test("another series is entered where this one was left", () => {
  const spots = (/** @type {number[]} */ ...places) => places.map((at) => ({ at, name: "", value: 1, more: "" }));
  assert.equal(beside(spots(1, 2, 3), { at: 2, name: "", value: 1, more: "" }, 0), 1);
  assert.equal(beside(spots(1, 4), { at: 2, name: "", value: 1, more: "" }, 0), 1);
  assert.equal(beside(spots(1), { at: 2, name: "", value: 1, more: "" }, 5), 0);
});

test("tones rise with the values, are still where there is none and stay as many as one can hear", () => {
  const tones = tonesOf([{ value: 0 }, { value: NaN }, { value: 5, open: true }, { value: 10 }], 0, 10);
  assert.deepEqual(tones.map(({ hertz }) => hertz), [220, 0, 440, 880]);
  assert.deepEqual(tones.map(({ soft }) => soft), [false, false, true, false]);
  const many = tonesOf(Array.from({ length: 8760 }, (_, i) => ({ value: i })), 0, 8759);
  assert.ok(many.length <= 400 && many.every(({ hertz }, i) => !i || hertz > (many[i - 1]?.hertz ?? 0)));
  assert.equal(tonesOf([{ value: 3 }], 3, 3)[0]?.hertz, 440);
});
