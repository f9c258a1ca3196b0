import assert from "node:assert/strict";
import { test } from "node:test";
import { changed } from "../../../site_src/js/lib/address.js";
import { citation, frameCode } from "../../../site_src/js/lib/copies.js";
import { holds, showOnly } from "../../../site_src/js/lib/rows.js";
import { longDate, plain, slug, wordsOf } from "../../../site_src/js/lib/text.js";

test("a search sees neither accents nor capitals, and keeps the rest", () => {
  assert.equal(plain("  Peñol-Guatapé "), "penol-guatape");
  assert.deepEqual(wordsOf(" Generación   SOLAR "), ["generacion", "solar"]);
  assert.deepEqual(wordsOf("   "), []);
  assert.equal(slug("¿Cuánta agua hay? (embalses)"), "cuanta-agua-hay-embalses");
});

test("every word must be there; no words leave every row", () => {
  assert.ok(holds("embalse penol", ["pen", "emb"]));
  assert.ok(!holds("embalse penol", ["pen", "guavio"]));
  const rows = /** @type {HTMLElement[]} */ ([{ hidden: true }, { hidden: true }]);
  assert.equal(showOnly(rows, ["solar", "eolica"], "Eólica"), 1);
  assert.deepEqual(rows.map((row) => row.hidden), [true, false]);
  assert.equal(showOnly(rows, ["solar", "eolica"], " "), 2);
});

test("an address takes and drops keys and keeps the others", () => {
  assert.equal(changed("?q=agua", { "rango-a": "30d" }), "?q=agua&rango-a=30d");
  assert.equal(changed("?q=agua&tema=x", { tema: "" }), "?q=agua");
  assert.equal(changed("?q=agua", { q: "" }), "");
  assert.equal(new URLSearchParams(changed("", { sin: "Gas~Carbón" })).get("sin"), "Gas~Carbón");
});

test("a citation says what, until when and when it was read, in Spanish", () => {
  const day = new Date(2026, 10, 8);
  assert.equal(longDate(day), "8 de noviembre de 2026");
  assert.equal(
    citation({ cite: "Precio de bolsa", until: "5 nov 2026" }, day, "https://portal.example/x/"),
    "Portal Energético de Colombia. «Precio de bolsa». Datos hasta 5 nov 2026. Consultado el 8 de noviembre de 2026. https://portal.example/x/",
  );
  assert.doesNotMatch(citation({ cite: "Precio" }, day, "https://portal.example/"), /Datos hasta/);
});

test("a citation names the state of the data and, where a report says the same, its permanent address", () => {
  const day = new Date(2026, 10, 8);
  const now = { version: "41-3f2a", informe: "informes/2026/11/05/" };
  const board = citation({ cite: "Precio", until: "5 nov 2026", report: "" }, day, "https://portal.example/x/", now);
  assert.match(board, /Datos hasta 5 nov 2026, versión de los datos 41-3f2a\. Consultado/);
  assert.match(board, /x\/ Informe permanente más reciente: .*\/informes\/2026\/11\/05\/$/);
  const metric = citation({ cite: "Precio", until: "" }, day, "https://portal.example/x/", now);
  assert.match(metric, /Versión de los datos 41-3f2a\..*x\/$/);
  const frozen = citation({ cite: "Informe", version: "40-aa" }, day, "https://portal.example/informes/2026/11/04/", now);
  assert.match(frozen, /Versión de los datos 40-aa\..*04\/$/);
  assert.doesNotMatch(citation({ cite: "Precio", report: "" }, day, "https://portal.example/", { version: "1-a", informe: "" }), /Informe/);
});

test("the code of a frame cannot be broken out of by a title", () => {
  const code = frameCode("https://portal.example/incrustar/a/b/", '"><script>', 480);
  assert.match(code, /title="script" width/);
  assert.match(code, /height="480"/);
});
