// Reading a drawing: by pointer, finger or keyboard, a rule shows the values of one step; a drag brings a span near.
import { element } from "./dom.js";
import { places } from "./lines.js";
import { shape, stateWords } from "./plots.js";
import { number } from "./scales.js";
import { play, tonesOf } from "./tones.js";

/** @typedef {import("./plots.js").Plot} Plot */
/** @typedef {{ lines: Line[], colours: string[], step: Step, ink: (token: string) => string, timed: boolean, zoom: ((from: number, until: number) => void) | null }} Scene */

const DRAG = 12; // px that are no slip of the hand
const LISTED = 12; // lines that a tip holds

/** @type {AbortController | null} of the drawing before */
let former = null;

/**
 * @param {Float64Array} x
 * @param {number} at
 */
export function nearest(x, at) {
  let [low, high] = [0, x.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (x[middle]) < at) low = middle + 1;
    else high = middle;
  }
  return low > 0 && at - /** @type {number} */ (x[low - 1]) < /** @type {number} */ (x[low]) - at ? low - 1 : low;
}

/**
 * @param {Scene} scene
 * @param {number} x
 */
function tipOf({ lines, colours, step }, x) {
  const rows = lines.flatMap((line, k) => {
    const i = nearest(line.x, x);
    if (line.x[i] !== x) return [];
    const { when, state } = stateWords(line, i, step);
    const value = line.value[i] ?? NaN;
    const said = Number.isNaN(value) ? "sin dato" : `${number(value)} ${line.unit}`;
    const key = element("i");
    key.style.background = colours[k] ?? "";
    return [{ when, node: element("li", {}, key, `${lines.length > 1 ? `${line.name}: ` : ""}${said}${state ? ` (${state})` : ""}`) }];
  });
  const whens = [...new Set(rows.map(({ when }) => when))];
  const more = rows.length > LISTED ? [element("li", { textContent: `y ${rows.length - LISTED} más` })] : [];
  return { head: whens.length > 1 && lines.length > 2 ? whens.at(-1)?.replace(/ \d{4}$/, "") ?? "" : whens.join(" · "), items: [...rows.slice(-LISTED).reverse().map(({ node }) => node), ...more] };
}

/**
 * A span that is dragged over comes near.
 * @param {Plot} plot
 * @param {Scene} scene
 * @param {AbortSignal} signal
 */
function dragged({ node, box, place }, { ink, zoom }, signal) {
  if (!zoom) return;
  const shade = shape("rect", { y: box.y, height: box.height, width: 0, fill: ink("accent"), "fill-opacity": 0.15, "pointer-events": "none" });
  node.append(shade);
  /** @type {number | null} */
  let began = null;
  const kept = (/** @type {number} */ px) => Math.max(box.x, Math.min(box.x + box.width, px));
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") return; // a finger scrolls the page
    began = kept(inside(node, event));
    event.preventDefault();
  }, { signal });
  node.addEventListener("pointermove", (event) => {
    if (began === null) return;
    const at = kept(inside(node, event));
    shade.setAttribute("x", String(Math.min(began, at)));
    shade.setAttribute("width", String(Math.abs(at - began)));
  }, { signal });
  addEventListener("pointerup", (event) => {
    if (began === null) return;
    const [a, b] = [began, kept(inside(node, event))];
    began = null;
    shade.setAttribute("width", "0");
    if (Math.abs(a - b) > DRAG) zoom(place(Math.min(a, b)), place(Math.max(a, b)));
  }, { signal });
}

/**
 * Where a pointer is in the units of a drawing.
 * @param {SVGSVGElement} node
 * @param {MouseEvent} event
 */
function inside(node, event) {
  const frame = node.getBoundingClientRect();
  return ((event.clientX - frame.left) / (frame.width || 1)) * node.viewBox.baseVal.width;
}

const OPEN = 3; // state of what is preliminary

/**
 * Who plays the lines, one each time it is asked and nothing while one sounds.
 * @param {Line[]} lines
 * @param {(x: number) => void} reached
 */
function player(lines, reached) {
  let turn = 0;
  /** @type {(() => void) | null} */
  let silence = null;
  return {
    stop: () => silence?.(),
    ask: () => {
      const line = lines[turn % lines.length];
      if (silence || !line) return silence?.();
      turn += 1;
      const known = line.value.filter((value) => !Number.isNaN(value));
      const spots = [...line.value].map((value, i) => ({ value, open: line.state[i] === OPEN }));
      if (known.length) silence = play(tonesOf(spots, known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))), (i) => (i === null ? silence = null : reached(line.x[i] ?? 0)));
      return undefined;
    },
  };
}

/**
 * @param {HTMLElement} holder
 * @param {Plot} plot
 * @param {Scene} scene
 */
export function readWith(holder, plot, scene) {
  former?.abort();
  if (!scene.timed) return;
  former = new AbortController();
  const { signal } = former;
  const { node, box } = plot;
  const rule = shape("path", { stroke: scene.ink("muted"), "stroke-width": 1, "pointer-events": "none", visibility: "hidden" });
  const tip = element("div", { className: "ex-tip", hidden: true });
  node.append(rule);
  holder.append(tip);
  const x = places(scene.lines);
  let at = -1;
  const show = (/** @type {number} */ i, /** @type {boolean} */ aloud) => {
    at = Math.max(0, Math.min(x.length - 1, i));
    const place = plot.px(x[at] ?? 0);
    rule.setAttribute("d", `M${place} ${box.y}v${box.height}`);
    rule.setAttribute("visibility", "visible");
    const { head, items } = tipOf(scene, x[at] ?? 0);
    tip.replaceChildren(element("b", { textContent: head }), element("ul", {}, ...items));
    tip.hidden = false;
    tip.setAttribute("aria-live", aloud ? "polite" : "off");
    const scale = node.getBoundingClientRect().width / node.viewBox.baseVal.width;
    const side = place > box.x + box.width / 2 ? -tip.offsetWidth - 12 : 12;
    tip.style.left = `${Math.max(0, Math.min(holder.clientWidth - tip.offsetWidth, place * scale + side))}px`;
    tip.style.top = `${box.y * scale + 4}px`;
  };
  const hide = () => {
    rule.setAttribute("visibility", "hidden");
    tip.hidden = true;
  };
  dragged(plot, scene, signal);
  node.addEventListener("pointermove", (event) => {
    const place = inside(node, event);
    if (place >= box.x - 8 && place <= box.x + box.width + 8) show(nearest(x, plot.place(place)), false);
  }, { signal });
  const sound = player(scene.lines, (place) => show(nearest(x, place), false));
  signal.addEventListener("abort", sound.stop);
  node.addEventListener("pointerleave", hide, { signal });
  holder.addEventListener("blur", () => {
    sound.stop();
    hide();
  }, { signal });
  holder.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (move) show(at < 0 ? x.length - 1 : at + move, true);
    else if (event.key === "Home" || event.key === "End") show(event.key === "Home" ? 0 : x.length - 1, true);
    else if (event.key === " ") sound.ask();
    else if (event.key === "Escape") {
      sound.stop();
      hide();
    } else return;
    event.preventDefault();
  }, { signal });
}
