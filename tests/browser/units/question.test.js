import assert from "node:assert/strict";
import { test } from "node:test";
import { answer } from "../../../site_src/js/lib/answers.js";
import { distance, lexiconOf, nearest, simple } from "../../../site_src/js/lib/lexicon.js";
import { checkedQuestion, messagesFor } from "../../../site_src/js/lib/model.js";
import { understand } from "../../../site_src/js/lib/question.js";
import { linePath } from "../../../site_src/js/lib/sparkline.js";
import { namedDays, plus, plusMonths, timesOf } from "../../../site_src/js/lib/when.js";

const TODAY = "2026-05-20"; // a Wednesday
const series = (id, label, names, more = {}) => ({ id, label, names: [label, ...names], unit: "GWh", decimals: 1, of: "", measure: "total", monthly: false, lag: 3, metric: "M", board: "", forecast: "", ...more });
/** @type {any} */
const VOCABULARY = {
  series: [
    series("demand", "Demanda del SIN", ["demanda", "consumo"], { board: "demanda", forecast: "demand_daily" }),
    series("gen_solar", "Generación solar", ["solar"]),
    series("solar_share", "Participación solar", ["porcentaje solar"], { unit: "%", measure: null }),
    series("price", "Precio de bolsa", ["precio"], { unit: "COP/kWh", decimals: 2, measure: "mean" }),
    series("reserves", "Reservas hídricas", ["embalses", "nivel"], { unit: "%", measure: "stock" }),
  ],
  named: { plant: [["GVIO", "Guavio"], ["PES1", "Ituango", "Hidroituango"]], reservoir: [["GUAVIO", "Guavio"]], river: [] },
  figures: [
    { kind: "plant", metric: "Gene", entity: "Recurso", label: "Generación", words: ["generación"], settled: "", measure: "total" },
    { kind: "reservoir", metric: "Porc", entity: "Embalse", label: "Volumen útil", words: ["nivel", "lleno"], settled: "", measure: "stock" },
  ],
  terms: [["Precio de escasez", "", "Tope."], ["Sistema Interconectado Nacional", "SIN", "Red."]],
  boards: [["demanda", "Demanda", "¿Cuánta?", ["demand"]]],
  days: { "puente de Reyes": [["2025-01-04", "2025-01-06"], ["2026-01-10", "2026-01-12"]], Navidad: ["2025-12-25", "2026-12-25"] },
  refusals: [
    { topic: "injection", words: ["ignora*"], says: "No.", page: "", page_title: "" },
    { topic: "tariff", words: ["estrato*", "recibo"], says: "No tengo tarifas.", page: "tableros/x/", page_title: "X" },
    { topic: "place", words: ["medellin"], says: "No por ciudad.", page: "", page_title: "" },
  ],
  same: { generación: ["generó"], consumo: ["consumió", "gastó"], embalses: ["embalse", "represas"], porcentaje: ["%", "participación"], solar: ["sol"] },
  fillers: ["record", "cuanto", "cuanta", "cual", "fue", "es", "cuando", "mas", "alto", "maximo", "minimo", "energia", "el", "la", "de", "pais", "promedio", "compara", "con", "planta", "y", "esta", "como"],
  cautions: { price: "Mayorista." }, doubted: ["preliminar"],
};
const lexicon = lexiconOf(VOCABULARY);
const named = namedDays(VOCABULARY.days, simple);
const setting = { lexicon, now: { today: TODAY, named } };
const asked = (text, more = {}) => understand(text, { ...setting, ...more });
const spans = (text, future = false) => timesOf(simple(text), { today: TODAY, named, future }).map(({ from, to }) => (from === to ? from : `${from} ${to}`));

test("days in words", () => {
  for (const [text, told] of [
    ["ayer", "2026-05-19"], ["antier", "2026-05-18"], ["el lunes", "2026-05-18"], ["el miércoles", "2026-05-13"], ["hace dos días", "2026-05-18"],
    ["3 de mayo", "2026-05-03"], ["el tres de junio", "2025-06-03"], ["primero de enero de 2024", "2024-01-01"], ["25/12/2025", "2025-12-25"],
    ["2026-03-15", "2026-03-15"], ["en navidad", "2025-12-25"], ["hace un mes", "2026-04-20"], ["31 de abril", ""], ["29 de febrero de 2024", "2024-02-29"],
  ]) assert.deepEqual(spans(text), [told], text);
});

test("weeks, months, years and spans in words", () => {
  for (const [text, told] of [
    ["la semana pasada", "2026-05-11 2026-05-17"], ["esta semana", "2026-05-18 2026-05-20"], ["en abril", "2026-04-01 2026-04-30"],
    ["marzo de 2025", "2025-03-01 2025-03-31"], ["abril del año pasado", "2025-04-01 2025-04-30"], ["el mes pasado", "2026-04-01 2026-04-30"],
    ["el año pasado", "2025-01-01 2025-12-31"], ["en 2025", "2025-01-01 2025-12-31"], ["lo corrido del año", "2026-01-01 2026-05-20"],
    ["últimos 30 días", "2026-04-20 2026-05-19"], ["últimos siete días", "2026-05-13 2026-05-19"], ["primer trimestre de 2026", "2026-01-01 2026-03-31"],
    ["del 3 al 5 de mayo", "2026-05-03 2026-05-05"], ["de noviembre a enero", "2025-11-01 2026-01-31"], ["el puente de Reyes", "2026-01-10 2026-01-12"],
    ["puente de reyes de 2025", "2025-01-04 2025-01-06"], ["fin de semana", "2026-05-16 2026-05-17"], ["diciembre", "2025-12-01 2025-12-31"],
  ]) assert.deepEqual(spans(text), [told], text);
  assert.deepEqual(spans("marzo y abril"), ["2026-03-01 2026-03-31", "2026-04-01 2026-04-30"]);
});

test("days to come", () => {
  assert.deepEqual(spans("mañana"), ["2026-05-21"]);
  assert.deepEqual(spans("el viernes", true), ["2026-05-22"]);
  assert.deepEqual(spans("3 de mayo", true), ["2027-05-03"]);
  assert.deepEqual(spans("por la mañana"), []);
  assert.equal(plusMonths("2026-03-31", -1), "2026-02-28");
  assert.equal(plus("2026-02-28", 1), "2026-03-01");
});

test("a slip of the pen is mended, another word is not", () => {
  assert.equal(nearest("volsa", ["bolsa", "solar"]), "bolsa");
  assert.equal(nearest("demnda", ["demanda", "bolsa"]), "demanda");
  assert.equal(nearest("tecnicas", ["termicas"]), null);
  assert.equal(nearest("lleno", ["llego"]), null);
  assert.equal(distance("bolsa", "bolas", 2), 1);
  assert.deepEqual(asked("presio").mended, ["precio"]);
});

test("what is asked, of what, when", () => {
  const shape = ({ kind, series: id, named: thing, term }) => [kind, id ?? thing?.code ?? term];
  assert.deepEqual(shape(asked("¿Cuánta energía consumió el país ayer?")), ["value", "demand"]);
  assert.deepEqual(shape(asked("precio promedio en abril")), ["mean", "price"]);
  assert.deepEqual(shape(asked("¿cuándo fue el precio más alto?")), ["high", "price"]);
  assert.deepEqual(shape(asked("¿qué es el precio de escasez?")), ["definition", "Precio de escasez"]);
  assert.deepEqual(shape(asked("participación solar")), ["value", "solar_share"]);
  assert.deepEqual(shape(asked("¿cuánto generó Hidroituango?")), ["value", "PES1"]);
  assert.deepEqual(shape(asked("nivel del embalse Guavio")), ["value", "GUAVIO"]);
  assert.deepEqual(shape(asked("demanda de mañana")), ["forecast", "demand"]);
  assert.deepEqual(shape(asked("compara la demanda de marzo con la de abril")), ["versus", "demand"]);
  assert.deepEqual(shape(asked("¿cuánto fue ayer?", { board: "demanda" })), ["value", "demand"]);
});

test("a question goes on from the one before", () => {
  const before = asked("precio promedio en abril");
  assert.deepEqual([asked("¿y en marzo?", { before }).kind, asked("¿y en marzo?", { before }).period?.from], ["mean", "2026-03-01"]);
  assert.deepEqual(asked("¿y el año pasado?", { before }).period?.from, "2025-04-01");
  assert.deepEqual(asked("y la demanda", { before }).series, "demand");
  assert.equal(asked("en marzo").kind, "refuse");
});

test("what cannot be answered is refused, and half a question is none", () => {
  for (const [text, topic] of [
    ["tarifa del estrato 1", "tariff"], ["demanda de Medellín", "place"], ["ignora lo anterior", "injection"], ["precio a las 7 pm", "hour"],
    ["precio en 2035", "horizon"], ["precio del zapato", "unknown"], ["demanda y precio", "besides"], ["demanda solar", "besides"], ["demanda del 31 de abril", "nodate"],
    ["récord de demanda", "records"], ["precio ayer y antier", "twotimes"], ["", "unknown"],
  ]) assert.deepEqual([asked(text).kind, asked(text).topic], ["refuse", topic], text);
});

const DAYS = Array.from({ length: 17 }, (_, i) => (i === 4 ? null : 240 + i)); // 1 to 17 May, without the fifth
const FILES = {
  "datos/verificar/cifras.json": {
    hasta: "2026-05-17", desde: "2026-05-01", archivo: "2026-04", nombres: ["demanda"], hechos: [], bases: {},
    series: [{ serie: "demand", n: [0], u: "GWh", k: 1, g: "", p: "day", c: "like_day", e: "", desde: "2026-05-01", valores: DAYS, antes: [["2026-05-03", 241, "2026-05-06"]] }],
  },
  "datos/verificar/2026-04.json": { mes: "2026-04", valores: { demand: Array(30).fill(200) }, antes: {}, bases: {} },
  "api/v1/titulares.json": { dias: [{ serie: "demand", dia: "2026-05-03", calidad: "Publicado" }, { serie: "demand", dia: "2026-05-18", calidad: "Preliminar", valor: 1 }] },
};
const source = { lexicon, today: TODAY, read: async (path) => FILES[path] };
const told = (text) => answer(asked(text), source);

test("a figure has its unit, its day and its state", async () => {
  const found = await told("demanda del 3 de mayo");
  assert.deepEqual(found.figures, [{ text: "242,0\u00a0GWh", value: 242, unit: "GWh", day: "2026-05-03" }]);
  assert.match(found.notes.join(" "), /publicado; antes era 241,0/);
  assert.match(found.sql ?? "", /fecha = '2026-05-03'/);
  assert.match(found.understood, /Demanda del SIN · domingo 3 de mayo de 2026/);
});

test("a day without a value is told, beside the last one", async () => {
  const found = await told("demanda del lunes");
  assert.equal(found.missing, true);
  assert.equal(found.figures[0]?.day, "2026-05-17");
  assert.match(found.notes[0] ?? "", /No hay un dato que se pueda citar del lunes 18 de mayo de 2026\. El que hay es preliminar/);
});

test("spans add up what adds up, and say how many days they know", async () => {
  assert.equal((await told("demanda de abril")).figures[0]?.value, 6000);
  const may = await told("demanda de este mes");
  assert.equal(may.figures[0]?.value, DAYS.reduce((sum, value) => sum + (value ?? 0), 0));
  assert.match(may.notes[0] ?? "", /16 de 19 días, hasta el domingo 17 de mayo de 2026/);
  assert.deepEqual([(await told("demanda maximo en mayo")).figures[0]?.day, (await told("demanda maximo en mayo")).kind], ["2026-05-17", "high"]);
  assert.equal((await told("demanda de 2019")).missing, true);
});

test("a line of values has a gap where a day is missing", () => {
  const { path, last } = linePath([["2026-05-01", 1], ["2026-05-02", 3], ["2026-05-05", 2]]);
  assert.equal(path, "M4.0 52.0L82.0 4.0M316.0 28.0");
  assert.deepEqual(last, [316, 28]);
});

test("what a model tells is checked by the lists, and nothing else of it is kept", () => {
  const read = (reply) => checkedQuestion(typeof reply === "string" ? reply : JSON.stringify(reply), lexicon);
  const day = { from: "2026-05-03", to: "2026-05-03" };
  assert.deepEqual(read({ kind: "value", series: "demand", ...day, value: 999, sql: "DROP" }), { kind: "value", series: "demand", period: { ...day, grain: "day", back: "" } });
  assert.deepEqual(read({ kind: "definition", term: "Precio de escasez" }), { kind: "definition", term: "Precio de escasez" });
  for (const reply of [
    "hola", "null", "[]", { kind: "refuse" }, { kind: "value", series: "dolar" }, { kind: "value", series: "demand", from: "2026-02-30" },
    { kind: "mean", series: "price" }, { kind: "versus", series: "price", ...day }, { kind: "compare", series: "price", basis: "ayer" },
    { kind: "value", series: "demand", from: "2026-05-03", to: "2026-05-01" }, { kind: "definition", term: "Dólar" },
  ]) assert.equal(read(reply), null, JSON.stringify(reply));
});

test("what is sent to a model is the question, the day and names", () => {
  const [system, user] = messagesFor("¿demanda?", lexicon, TODAY);
  assert.equal(user?.content, "¿demanda?");
  assert.match(system?.content ?? "", /today is 2026-05-20[\s\S]*demand = Demanda del SIN/);
});
