// The newest day of a named thing, in one line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newestWords } from "../../../site_src/js/lib/latest.js";

const GENERATION = { medida: "Generación", unidad: "GWh", fecha: "2026-11-24", valor: 1234.56 };

test("a value has its unit and its day, in the words of Colombia", () => {
  assert.match(newestWords([GENERATION]), /^generación, 1\.234,6\u00a0GWh, 24 de nov\.? de 2026$/);
});

test("a share of its own is said beside it, and measures follow each other", () => {
  const stored = { medida: "Energía almacenada", unidad: "GWh", fecha: "2026-11-01", valor: 20, porcentaje: 71.26 };
  assert.match(newestWords([GENERATION, stored]), /; energía almacenada, 20,0\u00a0GWh \(71,3\u00a0%\), 1 de nov\.? de 2026$/);
  assert.equal(newestWords([]), "");
});
