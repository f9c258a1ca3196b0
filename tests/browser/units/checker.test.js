import assert from "node:assert/strict";
import { test } from "node:test";
import { monthsFor, openBook } from "../../../site_src/js/lib/book.js";
import { check } from "../../../site_src/js/lib/checker.js";
import { datesOf, figuresOf, flat, inWords, measure, sentencesOf } from "../../../site_src/js/lib/figures.js";

const DEMAND = [240.04, 241, 242, 243, 244, 245, 246, 247.74, null];
/** @type {import("../../../site_src/js/lib/book.js").CheckFile} */
const FILE = {
  hasta: "2026-11-24",
  desde: "2026-11-01",
  archivo: "2024-01",
  nombres: ["demanda del país", "demanda de energía", "demanda comercial", "precio promedio de bolsa", "precio de bolsa", "nivel de los embalses", "generación del país", "térmica", "índice ONI", "pérdidas del STN", "embalses"],
  series: [
    { serie: "demand", n: [0, 1], u: "GWh", k: 1, g: "", p: "day", c: "like_day", e: "metricas/DemaSIN/", desde: "2026-11-16", valores: DEMAND, antes: [["2026-11-22", 245.2, "2026-11-24"]] },
    { serie: "demand_commercial", n: [2], u: "GWh", k: 1, g: "", p: "day", c: "like_day", e: "metricas/DemaCome/", desde: "2026-11-16", valores: DEMAND.map((v) => v && v + 10), antes: [] },
    { serie: "price", n: [3, 4], u: "COP/kWh", k: 2, g: "", p: "day", c: "like_day", e: "metricas/PrecBolsNaci/", desde: "2026-11-16", valores: DEMAND.map(() => 1003.25), antes: [] },
    { serie: "reserves", n: [5, 10], u: "%", k: 2, g: "de su capacidad útil", p: "day", c: "date", e: "metricas/VoluUtilDiarEner/", desde: "2026-11-16", valores: DEMAND.map(() => 69.47), antes: [] },
    { serie: "oni", n: [8], u: "°C", k: 2, g: "", p: "month", c: "month", e: "metricas/ONI/", desde: "2026-08-01", valores: [1.2, 1.38], antes: [] },
  ],
  hechos: [
    { n: [0], c: "cambio", v: 3.74, u: "%", k: 1, d: "2026-11-23", p: "day", e: "metricas/DemaSIN/", s: 1, b: "year" },
    { n: [0], c: "cambio", v: 1.2, u: "%", k: 1, d: "2026-11-23", p: "day", e: "metricas/DemaSIN/", s: -1, b: "week" },
    { n: [0], c: "racha", v: 7, u: "días", k: 0, d: "2026-11-23", p: "day", e: "metricas/DemaSIN/", s: 1, b: "year" },
    { n: [3], c: "valor", v: 944.5, u: "COP/kWh", k: 0, d: "2026-11-23", p: "day", e: "metricas/PrecBolsNaci/", m: "(nivel|umbral|escasez)[ (]*#" },
    { n: [0, 1], c: "fecha", v: 0, u: "", k: 0, d: "2026-11-23", p: "day", e: "metricas/DemaSIN/", s: 1, t: "2026-10-03" },
    { n: [7], c: "valor", v: 38.5, u: "%", k: 1, d: "2026-11-23", p: "day", e: "metricas/Gene/", w: 6 },
  ],
};
const BOOK = openBook(FILE);
const verdicts = (/** @type {string} */ text) => check(text, BOOK).map((mark) => mark.verdict);

test("a value is right when it is the portal's, rounded to its own digits and in any unit of its kind", () => {
  for (const said of ["247,7 GWh", "248 GWh", "247,74 GWh", "0,248 TWh", "247.740 MWh", "247,7 gigavatios-hora"]) {
    assert.deepEqual(verdicts(`El 23 de noviembre de 2026, la demanda del país fue de ${said}.`), ["right"], said);
  }
  assert.deepEqual(verdicts("El 23 de noviembre el precio de bolsa fue de 1.003 pesos por kilovatio hora."), ["right"]);
  assert.deepEqual(verdicts("El 2026-11-23, los embalses están al 69 %."), ["right"]);
});

test("another number, day, unit or series is wrong, and the right value is told with its page", () => {
  const [mark] = check("El 23 de noviembre de 2026, la demanda de energía fue de 253,1 GWh.", BOOK);
  assert.equal(mark?.verdict, "wrong");
  assert.equal(mark?.note, "Es 247,7 GWh: demanda del país, 23 nov 2026.");
  assert.equal(mark?.link, "metricas/DemaSIN/");
  assert.deepEqual(verdicts("El 21 de noviembre, la demanda del país fue de 247,7 GWh."), ["wrong"]);
  assert.deepEqual(verdicts("El 23 de noviembre, la demanda del país fue de 247,7 MW."), ["wrong"]);
  assert.deepEqual(verdicts("El 23 de noviembre, la demanda comercial fue de 247,7 GWh."), ["wrong"]);
});

test("an older version is told apart from an error, with the value of today", () => {
  const [mark] = check("El 22 de noviembre la demanda del país fue de 245,2 GWh.", BOOK);
  assert.equal(mark?.verdict, "old");
  assert.equal(mark?.note, "Hoy es 246,0 GWh; la cifra cambió el 24 nov 2026: demanda del país, 22 nov 2026.");
});

test("what a report said of its day is an older version too, whenever it changed", () => {
  const file = { ...FILE, series: FILE.series.map((each) => (each.serie === "price" ? { ...each, antes: [/** @type {[string, number, string]} */ (["2026-11-20", 990.4, ""])] } : each)) };
  const [mark] = check("El 20 de noviembre el precio de bolsa fue de 990 COP/kWh.", openBook(file));
  assert.equal(mark?.verdict, "old");
  assert.equal(mark?.note, "Hoy es 1.003,25 COP/kWh; así salió en el informe de ese día: precio promedio de bolsa, 20 nov 2026.");
});

test("a comparison has its size, its direction and what it is compared with", () => {
  const day = "El 23 de noviembre de 2026, la demanda del país";
  assert.deepEqual(verdicts(`${day} fue de 247,7 GWh, un 3,7 % más que hace un año y un 1,2 % menos que la semana anterior.`), ["right", "right", "right"]);
  assert.deepEqual(verdicts(`${day} subió 3,7 % frente a un año antes.`), ["right"]);
  assert.deepEqual(verdicts(`${day} bajó 3,7 % frente a un año antes.`), ["wrong"]);
  assert.deepEqual(verdicts(`${day} subió 3,7 % frente a la semana anterior.`), ["wrong"]);
  assert.deepEqual(verdicts(`${day} lleva siete días seguidos por encima del día comparable de un año antes.`), ["right"]);
  assert.deepEqual(verdicts(`${day} lleva ocho días seguidos por encima del día comparable de un año antes.`), ["wrong"]);
});

test("limits, parts and months are held against their own value", () => {
  assert.deepEqual(verdicts("El 23 de noviembre, el precio promedio de bolsa superó el de escasez (945 COP/kWh)."), ["right"]);
  assert.deepEqual(verdicts("El 23 de noviembre, el precio promedio de bolsa superó el de escasez (954 COP/kWh)."), ["wrong"]);
  assert.deepEqual(verdicts("El 23 de noviembre, la generación del país se repartió entre la térmica (38,5 %) y otras."), ["right"]);
  assert.deepEqual(verdicts("En septiembre de 2026, el índice ONI fue de 1,4 °C."), ["right"]);
  assert.deepEqual(verdicts("En agosto de 2026, el índice ONI fue de 1,4 °C."), ["wrong"]);
});

test("what cannot be told is not accused", () => {
  const spared = [
    "La demanda del país fue de 253 GWh.", // no day
    "El 23 de noviembre, la inflación fue de 5,1 %.", // no series of ours
    "El 23 de noviembre, la demanda de energía de Antioquia fue de 30 GWh.", // a part of it
    "En noviembre, la demanda del país sumó 6.900 GWh.", // a sum nobody published
    "El 23 de noviembre, la demanda del país en lo corrido del año sumó 80.000 GWh.",
    "El 23 de noviembre, la demanda del país fue de 247,7 GWh, de los cuales 60 GWh fueron del Caribe.",
    "El 23 de noviembre, la demanda del país tuvo un pico de 11.000 MW.",
    "El 23 de noviembre, tres de los 18 embalses estaban al 30 %.",
    "Hace un año, en los últimos siete días, la demanda del país creció 2 %.",
    "El 23 de noviembre, la demanda del país creció 2 % frente al trimestre anterior.",
  ];
  for (const text of spared) assert.ok(!verdicts(text).includes("wrong"), text);
  assert.deepEqual(verdicts("El 24 de noviembre, la demanda del país fue de 250 GWh."), ["absent"]);
  assert.deepEqual(verdicts("La demanda del país fue de 247,7 GWh."), ["right"]); // the last one, told with its day
});

test("a day since when is held against the claim, on its own side", () => {
  const day = "El 23 de noviembre de 2026, la demanda de energía fue de 247,7 GWh, el valor";
  assert.deepEqual(verdicts(`${day} más alto desde el 3 de octubre.`), ["right", "right"]);
  assert.deepEqual(verdicts(`${day} más alto desde octubre de 2026.`), ["right", "right"]);
  assert.deepEqual(verdicts(`${day} más alto desde el 13 de octubre.`), ["right", "wrong"]);
  assert.deepEqual(verdicts(`${day} más bajo desde el 13 de octubre.`), ["right", "wrong"]);
});

test("each figure has the day beside it, and a future is nobody's value", () => {
  assert.deepEqual(verdicts("La demanda del país pasó de 246 GWh el 22 de noviembre a 247,7 GWh el 23 de noviembre."), ["right", "right"]);
  assert.deepEqual(verdicts("El 23 de noviembre se anunció que la demanda del país llegará a 300 GWh."), ["unknown"]);
  assert.deepEqual(verdicts("El 23 de noviembre, la demanda del país subió 3,7 % frente a un año antes y bajó 0,3 % frente a la del martes."), ["right", "unknown"]);
  assert.deepEqual(verdicts("El 23 de noviembre, la demanda del país fue de cerca de 250 GWh."), ["right"]);
});

test("the day of a sentence is kept until another is named", () => {
  assert.deepEqual(verdicts("El 22 de noviembre de 2026 llovió. La demanda del país fue de 246 GWh. El 21 de noviembre fue sábado. La demanda del país fue de 246 GWh."), ["right", "wrong"]);
  assert.deepEqual(check("", BOOK), []);
  assert.deepEqual(check("El 23 de noviembre la demanda del país fue de 1 GWh.", openBook({ hasta: null, nombres: [], series: [], hechos: [] })), []);
});

test("numbers are read as Colombia writes them", () => {
  const read = (/** @type {string} */ text) => figuresOf(flat(text)).map(({ value, family }) => [value, family]);
  assert.deepEqual(read("12.907,7 GWh y −3,5 °C"), [[12907.7, "energía"], [-3.5, "°C"]]);
  assert.deepEqual(read("93.573 millones de COP; 1,5 billones de pesos; 2 mil millones de pesos"), [[93573e6, "pesos"], [1.5e12, "pesos"], [2e9, "pesos"]]);
  assert.deepEqual(read("treinta y dos por ciento, cuarenta y cinco días seguidos"), [[32, "%"], [45, "días"]]);
  assert.deepEqual(read("entre 242,9 y 256,5 GWh"), [[242.9, "energía"], [256.5, "energía"]]);
  assert.deepEqual(read("la Resolución CREG 026 de 2014, 18 embalses y el 3.5"), []);
  assert.deepEqual(read("hace un año, en los últimos siete días"), []);
  assert.equal(inWords("doscientos cuarenta y siete mil"), 247000);
  assert.equal(measure(" puntos porcentuales")?.family, "puntos");
  assert.equal(measure(" veces mayor")?.family, "veces");
  assert.equal(flat("Énfasis — ÑANDÚ").length, "Énfasis — ÑANDÚ".length);
});

test("days are read in words and digits; a basis is not the day of the sentence", () => {
  const read = (/** @type {string} */ text) => datesOf(flat(text), "2026-11-24").filter((date) => !date.aside).map((date) => date.day);
  assert.deepEqual(read("El 22 de noviembre de 2026"), ["2026-11-22"]);
  assert.deepEqual(read("El veintidós de noviembre; el 22/11/2026; el 2026-11-22; el 22 nov 2026"), ["2026-11-22", "2026-11-22", "2026-11-22", "2026-11-22"]);
  assert.deepEqual(read("El primero de diciembre"), ["2026-12-01"]);
  assert.deepEqual(read("El 15 de diciembre"), ["2026-12-15"]);
  assert.deepEqual(read("El 31 de enero"), ["2026-01-31"]);
  assert.deepEqual(read("más alto desde el 3 de octubre y menos que el lunes 9 de noviembre"), []);
  assert.deepEqual(read("El 31 de noviembre"), []);
  assert.equal(sentencesOf("Fue de 247,7 GWh. Subió. 12 GWh más.").length, 3);
});

test("the past is read by month: values, means and changes against what each day is compared with", () => {
  const like_day = { tramo: 1, week: 7, year: 364, last: Array.from({ length: 31 }, (_, i) => (i === 9 ? 1 : null)) };
  const bases = { like_day, date: { tramo: 1, week: 7, year: 365, last: 1 } };
  /** @type {(mes: string, days: Record<number, number>, share?: number) => import("../../../site_src/js/lib/book.js").PastMonth} */
  const month = (mes, days, share = 60) => ({
    mes, antes: {}, bases,
    valores: { demand: Array.from({ length: 30 }, (_, i) => days[i + 1] ?? null), reserves: Array.from({ length: 30 }, (_, i) => share + i / 10) },
  });
  const past = [month("2025-06", { 11: 200 }), month("2026-06", { 3: 240, 9: 248, 10: 252 }, 70)];
  const told = openBook(FILE, past);
  const said = (/** @type {string} */ text) => check(text, told).map((mark) => mark.verdict);
  const day = "El 10 de junio de 2026, la demanda del país fue de";
  assert.deepEqual(said(`${day} 252 GWh, 5 % más que la semana anterior y 26 % más que un año antes.`), ["right", "right", "right"]);
  assert.deepEqual(said(`${day} 252 GWh, 1,6 % más que el día anterior.`), ["right", "right"]);
  assert.deepEqual(said(`${day} 225 GWh, 5 % menos que la semana anterior.`), ["wrong", "wrong"]);
  assert.deepEqual(said("El 10 de junio de 2026, los embalses están al 70,9 %, 10 puntos más que un año antes."), ["right", "right"]);
  assert.deepEqual(said("El 10 de mayo de 2026, la demanda del país fue de 252 GWh."), ["absent"]);
  assert.deepEqual(check("El 10 de junio de 2026, la demanda del país subió 26 % frente a un año antes.", BOOK).map((mark) => mark.verdict), ["unknown"], "without its months");
});

test("a run and a day since when are counted again from the days of the past, where they are all here", () => {
  const like_day = { tramo: 1, week: 7, year: 364, last: 1 };
  const values = (/** @type {(i: number) => number | null} */ of) => ({ demand: Array.from({ length: 30 }, (_, i) => of(i + 1)) });
  const month = (/** @type {string} */ mes, /** @type {(i: number) => number | null} */ of) => ({ mes, antes: {}, bases: { like_day }, valores: values(of) });
  const past = [month("2025-06", () => 240), month("2026-06", (day) => (day === 2 ? 239 : day === 4 ? 260 : 240 + day))];
  const told = openBook(FILE, past);
  const said = (/** @type {string} */ text, book = told) => check(text, book).map((mark) => mark.verdict);
  const day = "El 10 de junio de 2026, la demanda del país";
  assert.deepEqual(said(`${day} completa ocho días seguidos por encima del día comparable de un año antes.`), ["right"]);
  assert.deepEqual(said(`${day} completa nueve días seguidos por encima del día comparable de un año antes.`), ["wrong"]);
  assert.deepEqual(said(`${day} completa ocho días seguidos por debajo del día comparable de un año antes.`), ["wrong"]);
  const late = "El 10 de julio de 2026, la demanda del país lleva";
  const whole = openBook(FILE, [month("2025-07", () => 240), month("2026-07", (n) => 240 + n)]);
  assert.equal(check(`${late} diez días seguidos por encima del día comparable de un año antes.`, whole)[0]?.note, "al menos 10 días: demanda del país, 10 jul 2026.");
  assert.deepEqual(said(`${late} al menos ocho días seguidos por encima del día comparable de un año antes.`, whole), ["right"]);
  assert.deepEqual(said(`${late} ocho días seguidos por encima del día comparable de un año antes.`, whole), ["wrong"]);
  assert.deepEqual(said(`${late} doce días seguidos por encima del día comparable de un año antes.`, whole), ["unknown"]);
  assert.deepEqual(said(`El 2 de junio de 2026, la demanda del país suma al menos un día seguido por debajo del día comparable de un año antes.`), []);
  assert.deepEqual(said(`${day} fue de 250 GWh, su nivel más alto desde el 4 de junio.`), ["right", "right"]);
  assert.deepEqual(said(`${day} fue de 250 GWh, su nivel más alto desde el 3 de junio.`), ["right", "wrong"]);
  assert.deepEqual(said(`${day} fue de 250 GWh, su nivel más alto desde el 5 de junio.`), ["right", "wrong"]);
  assert.deepEqual(said(`${day} fue de 250 GWh, su nivel más alto desde el 4 de abril.`, openBook(FILE, past)), ["right", "wrong"]);
  assert.deepEqual(said("El 3 de junio de 2026, la demanda del país fue de 243 GWh, su nivel más alto desde el 4 de abril.", openBook(FILE, past)), ["right"], "without its months");
});

test("a record is one that stood when it was set, not any value of its day", () => {
  const month = (/** @type {string} */ mes, /** @type {[number, string]} */ high) => ({
    mes, antes: {}, bases: {}, valores: { demand: Array.from({ length: 30 }, (_, i) => (i === 3 ? 260 : 240)) }, marcas: { demand: { high } },
  });
  const said = (/** @type {string} */ text) => check(text, openBook(FILE, [month("2026-06", [255, "2025-03-01"]), month("2026-07", [270, "2026-06-30"])])).map((mark) => mark.verdict);
  const record = "El máximo de la demanda del país desde enero de 2024 sigue siendo";
  assert.deepEqual(said(`${record} 260 GWh, del 4 de junio de 2026.`), ["right"]);
  assert.deepEqual(said(`${record} 240 GWh, del 5 de junio de 2026.`), ["wrong"]);
  assert.deepEqual(said(`${record} 260 GWh, del 4 de julio de 2026.`), ["wrong"]);
  assert.deepEqual(said(`${record} 260 GWh, de junio de 2026.`), ["right"]);
  assert.deepEqual(said("El mínimo de la demanda del país sigue siendo 240 GWh, del 2 de junio de 2026."), ["right"], "of no kept record the value");
});

test("a text asks for the months that it names and for those that its days are compared with, where there are any", () => {
  const late = "El 10 de junio de 2026, la demanda del país fue de 252 GWh";
  assert.deepEqual(monthsFor(`${late}.`, FILE), ["2026-04", "2026-05", "2026-06"]);
  assert.deepEqual(monthsFor(`${late}, un 2 % más que en 2025.`, FILE), monthsFor(`${late}, un 2 % más que hace un año.`, FILE));
  assert.deepEqual(monthsFor(`${late}, un 2 % más que hace un año.`, FILE), ["2025-04", "2025-05", "2025-06", "2025-07", "2026-04", "2026-05", "2026-06"]);
  assert.deepEqual(monthsFor("El 20 de noviembre de 2026, la demanda subió 3 %.", FILE).at(-1), "2026-10");
  assert.deepEqual(monthsFor("El 10 de junio de 2022, la demanda del país fue de 252 GWh.", FILE), []);
  assert.deepEqual(monthsFor("La demanda del país fue de 252 GWh.", FILE), []);
});
