import assert from "node:assert/strict";
import { test } from "node:test";
import { amount, billLines } from "../../../site_src/js/lib/bill.js";

/** @type {import("../../../site_src/js/lib/bill.js").Share[]} */
const PARTS = [["Generación", 200, 300, 400], ["Suma", 250, 360, 470]];

test("a bill is consumption times price, and what the reader adds stands on the sum", () => {
  assert.deepEqual(billLines(PARTS, 10, 0), [["Generación", 2000, 3000, 4000], ["Suma", 2500, 3600, 4700]]);
  assert.deepEqual(billLines(PARTS, 10, 40).slice(2), [
    ["Lo que usted escribió", 400, 400, 400],
    ["Total antes de subsidios y contribuciones", 2900, 4000, 5100],
  ]);
  assert.deepEqual(billLines([], 10, 40), []);
});

test("an amount is positive, with comma or point, and has a limit", () => {
  assert.equal(amount("12,5", 100), 12.5);
  assert.equal(amount("12.5", 100), 12.5);
  assert.equal(amount("500", 100), 100);
  for (const nothing of ["", "-3", "abc", "1e999", "0"]) assert.equal(amount(nothing, 100), 0);
});
