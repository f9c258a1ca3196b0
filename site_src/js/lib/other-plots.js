// Drawings whose axis is no time: values by rank, one series against another, the hours of days.
import { isWhole } from "./lines.js";
import { HEIGHT, LEFT, RIGHT, fitted, frame, lineShape, rangeOf, rules, shape, words } from "./plots.js";
import { number, ticks, timeTicks } from "./scales.js";

/** @typedef {import("./plots.js").Box} Box */
/** @typedef {import("./plots.js").Drawn} Drawn */
/** @typedef {import("./plots.js").Words} Words */
/** @typedef {import("./plots.js").Ink} Ink */
/** @typedef {import("./plots.js").Plot} Plot */

const HOURS = 24;
const SHADES = [0, 1, 2, 3, 4, 5, 6];
const DAY = 86_400_000;

/**
 * Values from the highest to the lowest, over the share of time.
 * @param {Drawn} drawn
 * @param {Words} said
 * @param {number} width
 * @param {Ink} ink
 * @returns {Plot}
 */
export function durationPlot({ lines, colours, faint }, said, width, ink) {
  const sorted = lines.map((line) => {
    const value = line.value.filter((each) => !Number.isNaN(each)).sort().reverse();
    return { ...line, value, x: Float64Array.from(value, (_, i) => (100 * (i + 1)) / value.length), state: new Uint8Array(value.length), known: new Int32Array(value.length), of: new Int32Array(value.length) };
  });
  const { node, top } = frame({ lines, colours, faint }, said, width, HEIGHT, ink);
  const box = { x: LEFT, y: top, width: width - LEFT - RIGHT, height: HEIGHT };
  const px = (/** @type {number} */ at) => box.x + (at / 100) * box.width;
  const { group, y } = rules(box, rangeOf(sorted, "linea"), lines[0]?.unit ?? "", ink);
  node.append(group, ...sorted.map((line, i) => lineShape(line, colours[i] ?? "", faint[i] ?? false, px, y, box.width, ink)));
  for (const at of [0, 25, 50, 75, 100]) node.append(words(`${at} %`, px(at), box.y + box.height + 20, { "text-anchor": "middle", fill: ink("muted") }));
  return { node, box, px, place: (at) => ((at - box.x) / box.width) * 100 };
}

/**
 * The first line against the second, a mark for each step.
 * @param {Drawn} drawn
 * @param {Words} said
 * @param {number} width
 * @param {Ink} ink
 * @returns {Plot}
 */
export function scatterPlot({ lines, colours }, said, width, ink) {
  const [a, b] = /** @type {[Line, Line]} */ (lines);
  const { node, top } = frame({ lines: [], colours: [], faint: [] }, said, width, HEIGHT, ink);
  const box = { x: LEFT, y: top + 12, width: width - LEFT - RIGHT, height: HEIGHT - 32 };
  const range = rangeOf([a], "linea");
  const px = (/** @type {number} */ value) => box.x + ((value - range[0]) / (range[1] - range[0])) * box.width;
  const { group, y } = rules(box, rangeOf([b], "linea"), `${b.name}, ${b.unit}`, ink);
  let [whole, open] = ["", ""];
  a.value.forEach((value, i) => {
    const other = b.value[i] ?? NaN;
    if (Number.isNaN(value) || Number.isNaN(other)) return;
    const dot = `M${px(value).toFixed(1)} ${y(other).toFixed(1)}h0`;
    if (isWhole(a, i) && isWhole(b, i)) whole += dot;
    else open += dot;
  });
  const style = { "stroke-linecap": "round", "stroke-width": a.value.length > 3000 ? 3 : 6, fill: "none", stroke: colours[0] ?? "" };
  node.append(group, shape("path", { ...style, d: whole, opacity: 0.6 }), shape("path", { ...style, d: open, opacity: 0.25 }));
  for (const value of ticks(range[0], range[1], box.width / 90)) node.append(words(number(value), px(value), box.y + box.height + 18, { "text-anchor": "middle", fill: ink("muted") }));
  node.append(words(`${a.name}, ${a.unit}`, box.x + box.width, box.y + box.height + 36, { "text-anchor": "end", fill: ink("muted"), "font-size": 12 }));
  return { node, box, px, place: (at) => at };
}

/**
 * The hours of each day as a picture: midnight on top; where days are more than dots, several share one as their mean.
 * @param {Line} line by hour
 * @param {Words} said
 * @param {number} width
 * @param {Ink} ink
 * @returns {Plot}
 */
export function heatPlot(line, said, width, ink) {
  const first = Math.floor((line.x[0] ?? 0) / DAY);
  const days = Math.floor((line.x.at(-1) ?? 0) / DAY) - first + 1;
  const each = Math.max(1, Math.ceil(days / (width - LEFT - RIGHT)));
  const note = each > 1 ? ` · cada columna promedia ${each} días` : "";
  const { node, top } = frame({ lines: [], colours: [], faint: [] }, { ...said, subtitle: `${said.subtitle}${note}` }, width, HEIGHT, ink);
  const box = { x: LEFT, y: top, width: width - LEFT - RIGHT, height: HEIGHT - 40 };
  const columns = Math.ceil(days / each);
  const [sum, count] = [new Float64Array(columns * HOURS), new Int32Array(columns * HOURS)];
  line.value.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const at = line.x[i] ?? 0;
    const cell = ((at % DAY) / 3_600_000) * columns + Math.floor((Math.floor(at / DAY) - first) / each);
    sum[cell] = (sum[cell] ?? 0) + value;
    count[cell] = (count[cell] ?? 0) + 1;
  });
  const mean = sum.map((total, i) => total / (count[i] ?? 0));
  // A few dear hours would leave all others one shade: each shade has as many cells.
  const sorted = mean.filter((value) => !Number.isNaN(value)).sort();
  const [least, most] = [sorted[0] ?? NaN, sorted.at(-1) ?? NaN];
  const breaks = SHADES.slice(1).map((k) => sorted[Math.floor((k * sorted.length) / SHADES.length)] ?? NaN);
  node.append(picture(mean, columns, breaks, box, ink));
  const px = (/** @type {number} */ at) => box.x + ((at / DAY - first) / days) * box.width;
  for (const hour of [0, 6, 12, 18]) node.append(words(`${hour}:00`, box.x - 8, box.y + (hour / HOURS) * box.height + 12, { "text-anchor": "end", fill: ink("muted") }));
  for (const { at, text } of timeTicks(first * DAY, (first + days) * DAY - 1, box.width / 84, false)) node.append(words(text, px(at), box.y + box.height + 20, { "text-anchor": "start", fill: ink("muted") }));
  const steps = SHADES.map((k) => shape("rect", { x: box.x + k * 24, y: box.y + box.height + 32, width: 24, height: 8, fill: ink(`heat${k}`) }));
  node.append(...steps, words(fitted(`de ${number(least)} a ${number(most)} ${line.unit}; cada tono tiene igual número de horas`, width - box.x - 180, 12), box.x + 180, box.y + box.height + 41, { fill: ink("muted"), "font-size": 12 }));
  return { node, box, px, place: (at) => (first + Math.min(days - 1, Math.max(0, Math.floor(((at - box.x) / box.width) * days)))) * DAY };
}

/**
 * @param {Float64Array} mean by hour and column
 * @param {number} columns
 * @param {number[]} breaks where a darker shade begins
 * @param {Box} box
 * @param {Ink} ink
 */
function picture(mean, columns, breaks, box, ink) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, HOURS];
  const pen = canvas.getContext("2d");
  const shades = SHADES.map((k) => ink(`heat${k}`));
  mean.forEach((value, i) => {
    if (!pen || Number.isNaN(value)) return;
    pen.fillStyle = shades[breaks.filter((limit) => value >= limit).length] ?? "";
    pen.fillRect(i % columns, Math.floor(i / columns), 1, 1);
  });
  return shape("image", { ...box, href: canvas.toDataURL(), preserveAspectRatio: "none", "image-rendering": "pixelated" });
}
