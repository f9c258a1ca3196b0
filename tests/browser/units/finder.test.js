// What the search finds by name: groups, words that mean the same, slips of the pen, figures at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMarked, joined, meant, note, rootOf, wordsIn } from "../../../site_src/js/lib/finder-words.js";
import { addReports, asksForReports, found, indexOf, refused, seriesAsked } from "../../../site_src/js/lib/finder.js";
import { firstAnswer } from "../../../site_src/js/lib/first-answer.js";

/** @type {any} */
const NAMES = {
  groups: [
    ["board", "Tableros", 1.15, []], ["plant", "Plantas", 1.14, ["planta"]], ["reservoir", "Embalses", 1.02, ["embalse"]],
    ["report", "Informes", 0.95, ["informe"]], ["term", "Glosario", 0.84, ["que es"]],
  ],
  pages: [
    [0, "Precio de bolsa", "tableros/precio-bolsa/", "¿A cómo está la energía en la bolsa?", ["bolsa"], ["precio máximo"]],
    [0, "Costo unitario", "tableros/costo-unitario/", "¿De qué está hecho el costo de un kWh?", ["recibo", "precio de la luz"]],
    [0, "Intercambios", "tableros/intercambios/", "", ["exportaciones"]],
    [1, "Guavio", "plantas/guavio/", "", ["GVIO"]],
    [1, "Ituango", "plantas/ituango/", "También: Hidroituango", ["Hidroituango", "PES1"]],
    [1, "Porce III", "plantas/porce-iii/"],
    [2, "Guavio", "embalses/guavio/"],
    [4, "Precio de bolsa", "glosario/#precio-de-bolsa", "El de cada hora."],
  ],
  series: [
    ["price", "Precio de bolsa, promedio del día", "tableros/precio-bolsa/", ["precio de bolsa", "bolsa", "precio"], "No es la tarifa."],
    ["demand_max", "Demanda máxima", "metricas/DemaMaxPot/", ["demanda máxima"], ""],
    ["demand", "Demanda", "tableros/demanda/", ["demanda", "demanda de energía"], ""],
    ["oni", "ONI", "tableros/sequia/", ["ONI"], ""],
  ],
  refusals: [[["estrato*", "recibo*"], "No tengo tarifas.", "tableros/costo-unitario/"]],
  same: { consumo: ["gasto"], exportaciones: ["vendimos"] },
  fillers: ["hoy", "energia", "cuanto", "como", "esta"],
  folders: { plant: "plantas", reservoir: "embalses" },
};
const index = indexOf(NAMES);
const first = (text) => found(text, index)[0];
const firstUrl = (text) => first(text)?.matches[0]?.entry.url;

test("endings, accents and joining words do not matter", () => {
  assert.equal(rootOf("exportar"), rootOf("exportaciones"));
  assert.equal(rootOf("pes1"), "pes1");
  assert.deepEqual(wordsIn("El precio de la Energía"), ["precio", "energia"]);
  assert.deepEqual(wordsIn("Porce III"), ["porce", "3"]);
  assert.deepEqual(wordsIn("de la"), ["de", "la"]);
  assert.equal(firstUrl("exportó"), "tableros/intercambios/");
  assert.equal(firstUrl("PORCE 3"), "plantas/porce-iii/");
});

test("a word that means the same, or is begun, or is misspelt, is understood", () => {
  const words = { same: new Map([["gasto", "consumo"]]), known: new Map() };
  for (const word of ["bolsa", "embalses", "consumo"]) note(word, 1, words);
  assert.deepEqual([...meant("gasto", true, words)], [["consumo", 0.92]]);
  assert.deepEqual([...meant("embal", true, words).keys()], ["embalses"]);
  assert.deepEqual([...meant("enbalses", true, words).keys()], ["embalses"]);
  assert.deepEqual([...meant("xyz", true, words)], []);
  assert.deepEqual([...meant("bol4a", true, words)], []); // a code is no slip of the pen
  assert.equal(firstUrl("presio de bolza"), "tableros/precio-bolsa/");
  assert.equal(firstUrl("hidroitungo"), "plantas/ituango/");
});

test("a text that only has the small words of a search, or its first letter, is not found", () => {
  assert.equal(isMarked("a las <mark>h,</mark> <mark>de</mark>", ["hidroituango"]), false);
  assert.equal(isMarked("se <mark>generó</mark> en", ["generacion"]), false);
  assert.equal(isMarked("la <mark>generación</mark> de", ["generaciones"]), true);
  assert.equal(isMarked("el <mark>sol.</mark>", ["sol"]), true);
});

test("a name in two words is one; two words that tell something stay apart", () => {
  const words = { same: new Map(), known: new Map() };
  for (const word of ["hidroituango", "perdidas", "energia", "perdidasenergia"]) note(word, 1, words);
  assert.deepEqual(joined(["hidro", "ituango"], words.known), ["hidroituango"]);
  assert.deepEqual(joined(["perdidas", "energia"], words.known), ["perdidas", "energia"]);
});

test("boards come before terms, and a kind that is named before all others", () => {
  assert.equal(first("precio de bolsa")?.label, "Tableros");
  assert.equal(first("que es el precio de bolsa")?.label, "Glosario");
  assert.equal(firstUrl("guavio"), "plantas/guavio/");
  assert.equal(firstUrl("embalse guavio"), "embalses/guavio/");
  assert.equal(firstUrl("PES1"), "plantas/ituango/");
  assert.deepEqual(found("zzzzzzz", index), []);
  assert.deepEqual(found("", index), []);
});

test("reports join when one may be meant", () => {
  const own = indexOf(NAMES);
  assert.equal(asksForReports("informe semanal", own), true);
  assert.equal(asksForReports("octubre de 2026", own), true);
  assert.equal(asksForReports("bolsa", own), false);
  addReports(own, { informes: [{ titulo: "Informe de la semana 47 de 2026", pagina: "../../informes/2026-S47/", clase: "semanal" }] });
  assert.equal(found("informe semanal", own)[0]?.matches[0]?.entry.url, "informes/2026-S47/");
});

test("a figure stands first only where its name is all that was asked", () => {
  assert.equal(seriesAsked("precio de bolsa hoy", index)?.id, "price");
  assert.equal(seriesAsked("demanda máxima", index)?.id, "demand_max");
  assert.equal(seriesAsked("demanda de energía", index)?.id, "demand");
  for (const more of ["precio de bolsa en marzo", "demanda promedio", "bolsa mañana", "energia", ""]) assert.equal(seriesAsked(more, index), null, more);
  assert.equal(refused("mi recibo", index)?.says, "No tengo tarifas.");
});

test("the first line is the published text with its day, what must be said, or that there is nothing", async () => {
  /** @type {Record<string, any>} */
  const files = {
    "api/v1/titulares.json": { titulares: [
      { serie: "price", texto: "1.100,49\u00a0COP/kWh", valor: 1100.49, dia: "2026-11-24", calidad: "preliminar" }, { serie: "oni", texto: "1,9\u00a0°C", valor: 1.9, dia: "2026-10", calidad: "publicado" },
    ] },
    "api/v1/plantas.json": { plantas: { guavio: { ultimo: [{ medida: "Generación", unidad: "GWh", fecha: "2026-11-24", valor: 12.34 }] } } },
  };
  const line = (text) => firstAnswer(text, index, found(text, index), async (path) => files[path]);
  assert.deepEqual(await line("bolsa"), {
    name: "Precio de bolsa, promedio del día", figure: "1.100\u00a0COP/kWh", day: "24 nov 2026", note: "Dato preliminar. No es la tarifa.", url: "tableros/precio-bolsa/",
  });
  assert.equal((await line("ONI"))?.day, "oct 2026");
  assert.equal((await line("ONI"))?.figure, "1,9\u00a0°C");
  assert.equal(await line("qué es el precio de bolsa"), null);
  assert.deepEqual(await line("guavio"), { name: "Guavio: generación", figure: "12,3\u00a0GWh", day: "24 nov 2026", note: "", url: "plantas/guavio/" });
  assert.equal((await line("recibo"))?.note, "No tengo tarifas.");
  assert.equal(await line("ituango"), null);
  assert.equal(await line("intercambios"), null);
});
