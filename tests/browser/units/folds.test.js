import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen } from "../../../site_src/js/lib/folds.js";

test("an address names the blocks whose choice it holds", () => {
  assert.deepEqual(chosen("?filtro-camino=pe%C3%B1ol&dias-horas-caras=30"), ["camino", "horas-caras"]);
  assert.deepEqual(chosen("?consumo=100"), ["consumo"]);
  assert.deepEqual(chosen(""), []);
});
