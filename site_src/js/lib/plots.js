// Drawings of lines as SVG: what stands on screen is the file that is downloaded. Colours are those of the page's scheme.
import { isWhole, longest } from "./lines.js";
import { number, span, ticks, timeTicks, told } from "./scales.js";

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** @typedef {{ lines: Line[], colours: string[], faint: boolean[] }} Drawn */
/** @typedef {{ title: string, subtitle: string, source: string }} Words */
/** @typedef {(token: string) => string} Ink */
/** @typedef {{ node: SVGSVGElement, place: (px: number) => number, px: (x: number) => number, box: Box }} Plot `place` gives the x of a point of the drawing, `px` the way back */

const NS = "http://www.w3.org/2000/svg";
export const LEFT = 64;
export const RIGHT = 20;
const ROW = 20; // px of a line of words
const BOTTOM = 30;
export const HEIGHT = 340;
const LOW = 210; // of one of several panels
const FEW = 9; // px between points that are drawn as marks
const DAY = 86_400_000;

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} children
 */
export function shape(tag, attributes, ...children) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  node.append(...children);
  return node;
}

/**
 * Words cut to a width; letters of the system font are 0.53 em wide on average.
 * @param {string} text
 * @param {number} width
 * @param {number} size
 */
export function fitted(text, width, size) {
  const most = Math.floor(width / (size * 0.53));
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1)).trimEnd()}…` : text;
}

/**
 * Words in as many rows as a width asks for, three at most.
 * @param {string} text
 * @param {number} width
 * @param {number} size
 */
function rowsOf(text, width, size) {
  const most = Math.floor(width / (size * 0.58));
  /** @type {string[]} */
  const rows = [];
  for (const word of text.split(" ")) {
    const last = rows.at(-1);
    if (last !== undefined && (rows.length === 3 || last.length + word.length < most)) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows.map((row) => fitted(row, width, size * 1.08));
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Record<string, string | number>} more
 */
export const words = (text, x, y, more) => shape("text", { x, y, "font-size": 13, ...more }, text);

/**
 * The name of each line with its colour, in as many rows as it takes.
 * @param {Drawn} drawn
 * @param {number} width
 * @param {number} top
 * @param {Ink} ink
 */
function legend({ lines, colours, faint }, width, top, ink) {
  const group = shape("g", {});
  let [x, y] = [12, top];
  const shown = lines.map((line, i) => ({ name: line.name, colour: colours[i] ?? "", faint: faint[i] }));
  const grey = shown.filter((each) => each.faint);
  const few = shown.length > 10 && grey.length ? [...shown.filter((each) => !each.faint), { name: `${grey.at(0)?.name} a ${grey.at(-1)?.name}`, colour: grey[0]?.colour ?? "", faint: true }] : shown;
  for (const { name, colour, faint: pale } of few) {
    const text = fitted(name, width - 60, 13);
    const size = 28 + text.length * 7;
    if (x > 12 && x + size > width) [x, y] = [12, y + ROW];
    group.append(shape("path", { d: `M${x} ${y - 4}h16`, stroke: colour, "stroke-width": 3, fill: "none", opacity: pale ? 0.55 : 1 }), words(text, x + 22, y, { fill: ink("ink") }));
    x += size + 14;
  }
  return { group, bottom: y };
}

/**
 * The frame of a drawing: words above, source below.
 * @param {Drawn} drawn
 * @param {Words} said
 * @param {number} width
 * @param {number} inside px of what is drawn
 * @param {Ink} ink
 */
export function frame(drawn, said, width, inside, ink) {
  const title = rowsOf(said.title, width - 24, 18);
  const under = 45 + 22 * (title.length - 1);
  const keys = legend(drawn, width - 24, under + 23, ink);
  const top = (drawn.lines.length > 1 ? keys.bottom : under) + 28;
  const height = top + inside + BOTTOM + 26;
  const node = /** @type {SVGSVGElement} */ (shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": "system-ui, sans-serif", xmlns: NS }));
  node.append(
    shape("rect", { width, height, fill: ink("ground") }),
    ...title.map((row, i) => words(row, 12, 24 + 22 * i, { "font-size": 18, "font-weight": 600, fill: ink("ink") })),
    words(fitted(said.subtitle, width - 24, 13), 12, under, { fill: ink("muted") }),
    words(fitted(said.source, width - 24, 12), 12, height - 10, { "font-size": 12, fill: ink("muted") }),
  );
  if (drawn.lines.length > 1) node.append(keys.group);
  return { node, top };
}

/**
 * The horizontal rules of a panel and what they mean.
 * @param {Box} box
 * @param {[number, number]} range
 * @param {string} unit
 * @param {Ink} ink
 */
export function rules(box, range, unit, ink) {
  const y = (/** @type {number} */ value) => box.y + box.height - ((value - range[0]) / (range[1] - range[0])) * box.height;
  const group = shape("g", {});
  const found = ticks(range[0], range[1], box.height / 56);
  const step = (found[1] ?? 1) - (found[0] ?? 0);
  const decimals = Math.max(0, Math.min(6, -Math.floor(Math.log10(step || 1) + 1e-9) + (step / 10 ** Math.floor(Math.log10(step || 1) + 1e-9) === 2.5 ? 1 : 0)));
  for (const value of found) {
    group.append(
      shape("path", { d: `M${box.x} ${y(value).toFixed(1)}h${box.width}`, stroke: ink(value === 0 ? "muted" : "rule"), "stroke-width": 1 }),
      words(number(value, decimals), box.x - 8, y(value) + 4, { "text-anchor": "end", fill: ink("muted") }),
    );
  }
  if (unit) group.append(words(unit, box.x, box.y - 6, { fill: ink("muted"), "font-size": 12 }));
  return { group, y };
}

/**
 * Whether a value is a day or an hour that its source still completes; a month without some of its days is shown as it is.
 * @param {Line} line
 * @param {number} i
 */
const isOpen = (line, i) => !line.expected && !isWhole(line, i) && (line.counts === "hour" || (line.of[i] ?? 0) <= 1);

/**
 * Whether a value that is open lies outside the axis: it stands in the table, not in the drawing.
 * @param {Line} line
 * @param {number} i
 * @param {[number, number]} range
 */
const isFar = (line, i, [least, most]) => isOpen(line, i) && ((line.value[i] ?? NaN) < least || (line.value[i] ?? NaN) > most);

/**
 * Whether any value stays out of a drawing for that.
 * @param {Line[]} lines
 * @param {Question} question
 */
export function leavesOut(lines, { chart }) {
  if (chart !== "linea") return false;
  return [...new Set(lines.map(({ unit }) => unit))].some((unit) => {
    const own = lines.filter((line) => line.unit === unit);
    if (!own.some((line) => line.value.some((_, i) => isOpen(line, i)))) return false;
    const range = rangeOf(own, chart);
    return own.some((line) => line.value.some((_, i) => isFar(line, i, range)));
  });
}

/**
 * A line of points in the columns of a screen: of each column the first, the lowest, the highest and the last.
 * @param {Line} line
 * @param {(x: number) => number} px
 * @param {(value: number) => number} py
 * @param {number} width
 * @param {[number, number]} [range] of the axis
 */
export function pathsOf(line, px, py, width, range = [-Infinity, Infinity]) {
  let [solid, dashed, marks, hollow] = ["", "", "", ""];
  const { value, x } = line;
  const n = value.length;
  const wide = n > 2 * width;
  const few = !wide && n > 0 && !line.expected && width / n >= FEW;
  let before = "";
  let openBefore = false;
  let joins = false; // whether the last segment was solid
  const to = (/** @type {number} */ a, /** @type {number} */ b, /** @type {boolean} */ open) => {
    const here = `${Math.round(a * 10) / 10} ${Math.round(b * 10) / 10}`;
    if (before && (open || openBefore)) dashed += `M${before}L${here}`;
    else if (before) solid += joins ? `L${here}` : `M${before}L${here}`;
    joins = before !== "" && !open && !openBefore;
    [before, openBefore] = [here, open];
  };
  for (let i = 0; i < n;) {
    const own = value[i] ?? NaN;
    if (Number.isNaN(own) || isFar(line, i, range)) {
      before = "";
      i += 1;
      continue;
    }
    const column = Math.floor(px(x[i] ?? 0));
    let [low, high, last, end, open] = [own, own, own, i, !isWhole(line, i)];
    if (wide) {
      while (end + 1 < n && !Number.isNaN(value[end + 1] ?? NaN) && Math.floor(px(x[end + 1] ?? 0)) === column) {
        end += 1;
        last = value[end] ?? NaN;
        low = Math.min(low, last);
        high = Math.max(high, last);
        open ||= !isWhole(line, end);
      }
    }
    const at = px(x[i] ?? 0);
    const alone = !before && (end + 1 >= n || Number.isNaN(value[end + 1] ?? NaN));
    to(at, py(own), open);
    if (low !== own && low !== last) to(at, py(low), open);
    if (high !== own && high !== last) to(at, py(high), open);
    if (end > i) to(px(x[end] ?? 0), py(last), open);
    if (few || (alone && end === i)) {
      const dot = `M${(at - 3).toFixed(1)} ${py(own).toFixed(1)}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`;
      if (open) hollow += dot;
      else if (few ? i === n - 1 || alone : true) marks += dot;
    }
    i = end + 1;
  }
  return { solid, dashed, marks, hollow };
}

/**
 * @param {Line} line
 * @param {string} colour
 * @param {boolean} faint
 * @param {(x: number) => number} px
 * @param {(value: number) => number} py
 * @param {number} width
 * @param {Ink} ink
 * @param {[number, number]} [range] of the axis
 */
export function lineShape(line, colour, faint, px, py, width, ink, range) {
  const { solid, dashed, marks, hollow } = pathsOf(line, px, py, width, range);
  const group = shape("g", { fill: "none", stroke: colour, "stroke-width": faint ? 1 : line.value.length > width ? 1.2 : 2, "stroke-linejoin": "round", opacity: faint ? 0.55 : 1 });
  if (solid) group.append(shape("path", { d: solid }));
  if (dashed) group.append(shape("path", { d: dashed, "stroke-dasharray": "4 4" }));
  if (marks) group.append(shape("path", { d: marks, fill: colour }));
  if (hollow) group.append(shape("path", { d: hollow, fill: ink("ground"), "stroke-width": 1.5 }));
  return group;
}

/**
 * What may be expected, the narrow upon the wide.
 * @param {Line} line
 * @param {string} colour
 * @param {(x: number) => number} px
 * @param {(value: number) => number} py
 */
function bandShapes({ x, expected }, colour, px, py) {
  const side = (/** @type {Float64Array} */ edge) => Array.from(x, (at, i) => `${px(at).toFixed(1)} ${py(edge[i] ?? 0).toFixed(1)}`);
  return (expected?.bands ?? []).map(({ low, high }) => shape("path", { d: `M${side(high).join("L")}L${side(low).reverse().join("L")}z`, fill: colour, "fill-opacity": 0.16 })).reverse();
}

/**
 * @param {Line[]} lines
 * @param {string[]} colours
 * @param {(x: number) => number} px
 * @param {(value: number) => number} py
 */
function bars(lines, colours, px, py) {
  const group = shape("g", {});
  const x = lines[0]?.x ?? new Float64Array();
  const room = x.length > 1 ? px(x[1] ?? 0) - px(x[0] ?? 0) : 60;
  const width = Math.max(0.6, (room * 0.8) / lines.length);
  lines.forEach((line, k) => {
    let [whole, open] = ["", ""];
    line.value.forEach((value, i) => {
      if (Number.isNaN(value)) return;
      const bar = `M${(px(line.x[i] ?? 0) - (room * 0.8) / 2 + k * width).toFixed(1)} ${py(0).toFixed(1)}V${py(value).toFixed(1)}h${width.toFixed(2)}V${py(0).toFixed(1)}z`;
      if (isWhole(line, i)) whole += bar;
      else open += bar;
    });
    const colour = colours[k] ?? "";
    if (whole) group.append(shape("path", { d: whole, fill: colour }));
    if (open) group.append(shape("path", { d: open, fill: colour, "fill-opacity": 0.25, stroke: colour, "stroke-width": 1 }));
  });
  return group;
}

/**
 * Areas one upon the other; nothing stands where one of them has no value.
 * @param {Line[]} lines
 * @param {string[]} colours
 * @param {(x: number) => number} px
 * @param {(value: number) => number} py
 * @param {number} width
 */
function stack(lines, colours, px, py, width) {
  const group = shape("g", {});
  const n = lines[0]?.value.length ?? 0;
  const every = Math.max(1, Math.floor(n / (2 * width)));
  let base = new Float64Array(n);
  // 0: something is missing; 1: something is not settled; 2: whole.
  const kind = Array.from({ length: n }, (_, i) => (lines.some((line) => Number.isNaN(line.value[i] ?? NaN)) ? 0 : lines.every((line) => isWhole(line, i)) ? 2 : 1));
  const between = (/** @type {number} */ i) => Math.min(kind[i] ?? 0, kind[i + every] ?? 0);
  lines.forEach((line, k) => {
    const top = base.map((under, i) => under + (line.value[i] ?? NaN));
    const d = ["", "", ""];
    const at = (/** @type {number} */ j, /** @type {Float64Array} */ edge) => `${px(line.x[j] ?? 0).toFixed(1)} ${py(edge[j] ?? 0).toFixed(1)}`;
    for (let i = 0; i + every < n;) {
      const own = between(i);
      let end = i + every;
      while (own && end + every < n && between(end) === own) end += every;
      const run = Array.from({ length: (end - i) / every + 1 }, (_, j) => i + j * every);
      if (own) d[own] += `M${run.map((j) => at(j, top)).join("L")}L${run.reverse().map((j) => at(j, base)).join("L")}z`;
      i = end;
    }
    for (const [opacity, path] of /** @type {const} */ ([[0.3, d[1]], [0.9, d[2]]])) if (path) group.append(shape("path", { d: path, fill: colours[k] ?? "", "fill-opacity": opacity }));
    base = top;
  });
  return group;
}

/**
 * Lines, bars or areas over time, a panel for each unit.
 * @param {Drawn} drawn
 * @param {Pick<Question, "chart" | "compare"> & { axis?: typeof timeTicks }} question `axis`: what stands under one that is no time
 * @param {Words} said
 * @param {number} width
 * @param {Ink} ink
 * @returns {Plot}
 */
export function timePlot(drawn, { chart, compare, axis = timeTicks }, said, width, ink) {
  const { lines, colours, faint } = drawn;
  const units = [...new Set(lines.map(({ unit }) => unit))];
  const high = units.length > 1 ? LOW : HEIGHT;
  const { node, top } = frame(drawn, said, width, units.length * (high + 28) - 28, ink);
  const x = longest(lines);
  const [first, last] = lines.reduce(([low, top_], line) => [Math.min(low, line.x[0] ?? low), Math.max(top_, line.x.at(-1) ?? top_)], [Infinity, -Infinity]);
  const half = chart === "barras" && x.length > 1 ? ((x[1] ?? 0) - (x[0] ?? 0)) / 2 : x.length === 1 ? DAY : 0;
  const [from, until] = [first - half, last + half];
  const box = { x: LEFT, y: top, width: width - LEFT - RIGHT, height: units.length * (high + 28) - 28 };
  const px = (/** @type {number} */ at) => box.x + ((at - from) / (until - from || 1)) * box.width;
  units.forEach((unit, k) => {
    const own = lines.map((line, i) => i).filter((i) => lines[i]?.unit === unit);
    const [mine, tints] = [own.map((i) => /** @type {Line} */ (lines[i])), own.map((i) => colours[i] ?? "")];
    const panel = { ...box, y: top + k * (high + 28), height: high };
    const range = rangeOf(mine, chart);
    const { group, y } = rules(panel, range, unit, ink);
    node.append(group);
    own.forEach((i) => node.append(...bandShapes(/** @type {Line} */ (lines[i]), colours[i] ?? "", px, y)));
    if (chart === "barras") node.append(bars(mine, tints, px, y));
    else if (chart === "pilas") node.append(stack(mine, tints, px, y, box.width));
    // What is faint lies behind.
    else [...own].sort((a, b) => Number(faint[b]) - Number(faint[a])).forEach((i) => node.append(lineShape(/** @type {Line} */ (lines[i]), colours[i] ?? "", faint[i] ?? false, px, y, box.width, ink, range)));
  });
  for (const { at, text } of axis(from, until, box.width / 84, compare === "anios")) {
    node.append(shape("path", { d: `M${px(at).toFixed(1)} ${box.y + box.height}v5`, stroke: ink("muted") }), words(text, px(at), box.y + box.height + 20, { "text-anchor": "middle", fill: ink("muted") }));
  }
  return { node, box, px, place: (at) => from + ((at - box.x) / box.width) * (until - from) };
}

/**
 * @param {Line[]} lines
 * @param {Question["chart"]} chart
 */
export function rangeOf(lines, chart) {
  let [least, most] = [Infinity, -Infinity];
  const take = (/** @type {number} */ value) => {
    if (value < least) least = value;
    if (value > most) most = value;
  };
  if (chart === "pilas") {
    for (let i = 0; i < (lines[0]?.value.length ?? 0); i += 1) take(lines.reduce((sum, line) => sum + (line.value[i] ?? NaN), 0));
  } else {
    // A day that the source still completes says nothing of the axis: it is shown where it falls within.
    for (const line of lines) line.value.forEach((value, i) => { if (!isOpen(line, i)) take(value); });
    for (const { low, high } of lines.flatMap(({ expected }) => expected?.bands ?? [])) [low, high].forEach((side) => side.forEach(take));
    if (least > most) for (const line of lines) line.value.forEach(take);
  }
  return span(least, most, chart === "barras" || chart === "pilas");
}

/**
 * What a point says, for the tip beside it and for whoever hears it.
 * @param {Line} line
 * @param {number} i
 * @param {Step} step
 */
export function stateWords(line, i, step) {
  const [known, of, state] = [line.known[i] ?? 0, line.of[i] ?? 0, line.state[i] ?? 0];
  const unit = { hour: "horas", day: "días", month: "meses" }[line.counts];
  const words_ = [of > 1 && known < of ? `${number(known, 0)} de ${number(of, 0)} ${unit}` : "", line.expected ? "pronóstico" : state === 3 ? "preliminar" : state === 2 ? "dudoso" : state === 1 ? "corregido" : ""];
  return { when: line.labels?.[i] ?? told(step, line.at[i] ?? NaN), state: words_.filter(Boolean).join(", ") };
}
