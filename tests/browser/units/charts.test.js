import assert from "node:assert/strict";
import { test } from "node:test";
import { reading } from "../../../site_src/js/lib/heat.js";
import { locale, recolor } from "../../../site_src/js/lib/plotly.js";
import { moment, narrowed, places } from "../../../site_src/js/lib/spans.js";

const DAY = 86_400_000;
const SPAN = { x: /** @type {[string, string]} */ (["2026-11-03", "2026-11-05"]), y: /** @type {[number, number]} */ ([0, 9]), shifts: [4, -4] };

test("a name of a colour becomes the colour of the scheme, wherever it stands", () => {
  const colors = new Map([["var(--pe-solar)", "#FFF480"]]);
  const figure = { y: [1, 2], line: { color: "var(--pe-solar)" }, colors: ["var(--pe-solar)", "x"], none: null };
  assert.deepEqual(recolor(figure, colors), { y: [1, 2], line: { color: "#FFF480" }, colors: ["#FFF480", "x"], none: null });
});

test("the calendar of the charts is the one the pages were written with", () => {
  const { format } = locale({ light: /** @type {Template} */ ({}), dark: /** @type {Template} */ ({}), palette: {}, days: ["domingo"], months: ["enero", "septiembre"] });
  assert.deepEqual(format.shortMonths, ["ene", "sep"]);
  assert.deepEqual(format.shortDays, ["dom"]);
});

test("times are naive and regular ones are worked out from their step", () => {
  assert.equal(moment("2026-11-05"), Date.UTC(2026, 10, 5));
  assert.equal(moment("2026-11-05 06:00"), Date.UTC(2026, 10, 5, 6));
  assert.equal(moment(7), 7);
  assert.deepEqual(places({ type: "scatter", x0: "1970-01-02", dx: DAY, y: [1, 2] }), [DAY, 2 * DAY]);
});

test("a narrowed chart keeps the last points, its ranges, and the labels where they were told", () => {
  const data = [{ type: "scatter", name: "a", x0: "2026-11-01", dx: DAY, y: [1, 2, 3, null, 5] }];
  /** @type {Layout} */
  const layout = {
    xaxis: { range: ["2026-11-01", "2026-11-05"], nticks: 4 },
    yaxis: { range: [0, 99] },
    shapes: [{ x0: "2026-11-02" }, { x0: "2026-11-04" }],
    annotations: [
      { text: "a", name: "5", xref: "paper" },
      { text: "viejo", x: "2026-11-02" },
      { text: "b", name: "7", xref: "paper" },
    ],
  };
  const [kept] = narrowed(data, layout, SPAN);
  assert.deepEqual(kept, { type: "scatter", name: "a", x: ["2026-11-03", "2026-11-04", "2026-11-05"], y: [3, null, 5] });
  assert.deepEqual(layout.xaxis, { range: SPAN.x, nticks: 4 });
  assert.deepEqual(layout.yaxis?.range, [0, 9]);
  assert.equal(layout.shapes?.length, 1);
  assert.deepEqual(layout.annotations?.map(({ text, yshift }) => [text, yshift]), [["a", 4], ["b", -4]]);
});

test("with a series switched off the axis stays free", () => {
  /** @type {Layout} */
  const layout = { xaxis: {}, yaxis: { autorange: true } };
  narrowed([], layout, SPAN);
  assert.equal(layout.yaxis?.range, undefined);
});

test("a heat map reads the cell under the pointer and says when there is none", () => {
  const grid = { x: ["ene", "feb"], y: ["2025", "2026"], z: [[1, 2.5], [null, 1234]] };
  assert.equal(reading(grid, 0.75, 0.25), "2025, feb: 2,5");
  assert.equal(reading(grid, 0.1, 0.9), "2026, ene: sin dato");
  assert.equal(reading(grid, 0.9, 0.9), "2026, feb: 1.234");
  assert.equal(reading(grid, 1.2, 0.9), "");
  assert.equal(reading(grid, 0.2, -0.1), "");
});
