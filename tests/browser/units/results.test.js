import assert from "node:assert/strict";
import { test } from "node:test";
import { drawable } from "../../../site_src/js/lib/result-lines.js";

/** @type {(types: string[]) => Column[]} */
const columns = (types) => types.map((type, i) => ({ name: `c${i}`, type }));
/** @param {ReturnType<typeof drawable>} found */
const lines = (found) => (typeof found === "string" ? found : found.lines.map(({ name, x, value }) => [name, [...x], [...value]]));

test("dates make lines in their order, by the step that they are written with; what is null is missing", () => {
  const found = drawable(columns(["VARCHAR", "DOUBLE", "BIGINT"]), [["2026-05-02", "2.5", "7"], ["2026-05-01", null, "8"], [null, "9", "9"]]);
  assert.deepEqual(lines(found), [["c1", [Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2)], [NaN, 2.5]], ["c2", [Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2)], [8, 7]]]);
  const steps = ["2026-05", "2026-05-01", "2026-05-01 03:00:00"].map((first) => drawable(columns(["TIMESTAMP", "DOUBLE"]), [[first, "1"], [first, "2"]]));
  assert.deepEqual(steps.map((each) => (typeof each === "string" ? each : each.step)), ["mes", "dia", "hora"]);
  assert.deepEqual(lines(steps[2] ?? ""), [["c1", [Date.UTC(2026, 4, 1, 3), Date.UTC(2026, 4, 1, 3)], [1, 2]]]);
});

test("a column of words tells series apart; numbers and words have axes of their own", () => {
  const told = drawable(columns(["DATE", "VARCHAR", "DOUBLE"]), [["2026-05-01", "a", "1"], ["2026-05-01", "b", "2"], ["2026-05-02", "a", "3"]]);
  assert.deepEqual(lines(told), [["a", [Date.UTC(2026, 4, 1), Date.UTC(2026, 4, 2)], [1, 3]], ["b", [Date.UTC(2026, 4, 1)], [2]]]);
  const hours = drawable(columns(["INTEGER", "DOUBLE"]), [["23", "5"], ["0", "4"]]);
  assert.deepEqual([typeof hours !== "string" && hours.axis, lines(hours)], ["numero", [["c1", [0, 23], [4, 5]]]]);
  const named = drawable(columns(["VARCHAR", "DOUBLE"]), [["Guavio", "5"], ["Chivor", "4"]]);
  assert.deepEqual([typeof named !== "string" && [named.axis, named.labels], lines(named)], [["texto", ["Guavio", "Chivor"]], [["c1", [0, 1], [5, 4]]]]);
});

test("sizes that no axis shows together stand apart", () => {
  const units = (/** @type {string} */ large) => {
    const found = drawable(columns(["INTEGER", "DOUBLE", "DOUBLE"]), [["1", "2", large], ["2", "3", large]]);
    return typeof found === "string" ? found : found.lines.map(({ unit }) => unit);
  };
  assert.deepEqual([units("20"), units("4000")], [["", ""], ["c1", "c2"]]);
});

test("what cannot be drawn says why", () => {
  assert.match(String(drawable(columns(["VARCHAR"]), [["a"], ["b"]])), /otra de números/);
  assert.match(String(drawable(columns(["DATE", "DOUBLE"]), [["2026-05-01", "1"]])), /dos filas/);
  assert.match(String(drawable(columns(["DATE", "DOUBLE"]), [["2026-05-01", null], ["2026-05-02", null]])), /ninguno/);
  assert.match(String(drawable(columns(["VARCHAR", "DOUBLE"]), Array.from({ length: 61 }, (_, i) => [`p${i}`, "1"]))), /LIMIT 60/);
});
