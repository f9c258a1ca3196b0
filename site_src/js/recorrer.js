// A chart walked by keys and played as sound, loaded when one is first reached. The values are those of its file, its figure or its table.
import { all, element, find, one } from "./lib/dom.js";
import { json } from "./lib/site.js";
import { moment } from "./lib/spans.js";
import { play, tonesOf } from "./lib/tones.js";
import { beside, saying, valueOf, walksOfCsv, walksOfFigure, walksOfTable } from "./lib/walk.js";

/** @typedef {import("./lib/walk.js").Walk} Walk */
/** @typedef {{ walks: Walk[], loading: Promise<Walk[]> | null, series: number, at: number, rule: HTMLElement, tip: HTMLElement }} Reader */

const LEAP = 10; // values that a page key skips
const MOVES = new Map([["ArrowLeft", -1], ["ArrowRight", 1], ["PageUp", -LEAP], ["PageDown", LEAP], ["Home", -Infinity], ["End", Infinity]]);

/** @type {WeakMap<Element, Reader>} */
const readers = new WeakMap();
/** @type {HTMLElement | null} what sounds now */
let heard = null;
/** @type {(() => void) | null} */
let silence = null;
addEventListener("keydown", ({ key }) => key === "Escape" && silence?.());

// One place of the page speaks for all drawings; it stands there before it is first written to.
const voice = element("p", { id: "pe-voice", className: "pe-visually-hidden" });
voice.setAttribute("role", "status");
document.body.append(voice);

/** @param {HTMLTableElement} table */
function tableWalks(table) {
  const unit = (/** @type {Element} */ head) => find("small", head)?.textContent ?? "";
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => ({ text: (head.firstChild?.textContent ?? "").trim(), unit: unit(head) }));
  return walksOfTable(heads, [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.cells].map((cell) => cell.textContent?.trim() ?? "")));
}

/**
 * The shapes of a map, of the picture of the day or of a strip, by what each says under the pointer; on a map the greatest first.
 * @param {Element} drawing
 * @returns {Walk[]}
 */
function shapeWalks(drawing) {
  const spots = all(":is(path, rect, circle, g) > title", drawing).map((title) => {
    const words = title.textContent ?? "";
    const value = drawing.matches(".strip-row") ? NaN : valueOf(/:(.*)/.exec(words)?.[1] ?? ""); // days are no values
    return { at: null, name: words, value, more: "", shape: /** @type {any} */ (title.parentNode) };
  });
  const told = spots.some(({ name }) => name.includes(":")) ? spots.filter(({ name }) => name.includes(":")) : spots; // outlines are only named
  const size = (/** @type {{ value: number }} */ spot) => (Number.isNaN(spot.value) ? -Infinity : spot.value);
  if (drawing.matches(".k-map")) told.sort((a, b) => size(b) - size(a) || 0);
  return told.length ? [{ name: "", unit: "", spots: told }] : [];
}

/**
 * What a card shows as one bar is told by its legend.
 * @param {Element} card
 * @returns {Walk[]}
 */
function legendWalks(card) {
  const spots = all(".legend li", card).map((item) => {
    const told = item.querySelector("b, .share")?.textContent ?? "";
    return { at: null, name: `${(item.textContent ?? "").replace(told, "").trim()}: ${told}`, value: valueOf(told), more: "", shape: /** @type {any} */ (item) };
  });
  return spots.length ? [{ name: "", unit: "", spots }] : [];
}

/**
 * The series of a drawing, from the first source that has them.
 * @param {HTMLElement} stop
 * @returns {Promise<Walk[]>}
 */
async function walksOf(stop) {
  if (stop.matches("svg, .k-map")) return shapeWalks(stop);
  const holder = /** @type {HTMLElement} */ (stop.closest("figure.chart, .kpi"));
  if (holder.matches(".kpi")) return legendWalks(holder);
  const table = /** @type {HTMLTableElement | null} */ (find("table.data", holder));
  const file = /** @type {HTMLAnchorElement | null} */ (find('.acts a[download][href$=".csv"]', holder));
  try {
    if (file) {
      const reply = await fetch(file.href);
      if (!reply.ok) throw new Error(`${reply.status} ${file.href}`);
      return walksOfCsv(await reply.text());
    }
    if (holder.dataset.figure) return walksOfFigure(await json(new URL(holder.dataset.figure, location.href)), find("thead small", holder)?.textContent ?? "");
  } catch (error) {
    console.warn("Se leen los valores de la tabla.", error); // a page opened from a folder has no files to fetch
  }
  return table ? tableWalks(table) : [];
}

/**
 * The series that the reader has not switched off, in the span that is shown.
 * @param {HTMLElement} stop
 * @param {Walk[]} walks
 */
function shown(stop, walks) {
  const off = all('.legend button[aria-pressed="false"]', stop.closest("figure") ?? stop).flatMap((button) => [...button.childNodes].map((node) => (node.textContent ?? "").trim()));
  const range = rangeOf(stop);
  const seen = walks.filter(({ name }) => !name || !off.includes(name));
  if (!range) return seen;
  return seen.map((walk) => ({ ...walk, spots: walk.spots.filter(({ at }) => at === null || (at >= range[0] && at <= range[1])) })).filter(({ spots }) => spots.length);
}

/**
 * The span of the living chart; null where names stand on its axis, or it is not alive.
 * @param {HTMLElement} stop
 */
function rangeOf(stop) {
  const axis = /** @type {PlotlyBox | null} */ (find(".live", stop))?.layout?.xaxis;
  const [from, until] = axis?.range ?? [];
  if (axis?.type === "category" || from === undefined || until === undefined) return null;
  return /** @type {[number, number]} */ ([moment(from), moment(until)]);
}

/**
 * Where a spot lies across the drawing, or down a drawing of lying bars, as a part of it.
 * @param {HTMLElement} stop
 * @param {Walk[]} walks
 * @param {Walk} walk
 * @param {number} i
 */
function part(stop, walks, walk, i) {
  const { spots } = walk;
  const at = spots[i]?.at ?? null;
  if (stop.matches(".k-mix")) {
    const upTo = (/** @type {number} */ end) => spots.slice(0, end).reduce((sum, { value }) => sum + (value || 0), 0);
    return (upTo(i) + upTo(i + 1)) / 2 / upTo(spots.length);
  }
  if (at === null || (!rangeOf(stop) && stop.matches(".k-bar, .k-heatmap"))) return (i + 0.5) / spots.length;
  const known = walks.flatMap((each) => each.spots.flatMap((spot) => (spot.at === null ? [] : [spot.at]))).sort((a, b) => a - b);
  const [from = 0, until = 0] = rangeOf(stop) ?? [known.at(0), known.at(-1)];
  return until > from ? (at - from) / (until - from) : 0.5;
}

/**
 * The reader of a drawing, made when it is first reached.
 * @param {HTMLElement} stop
 */
function readerOf(stop) {
  const known = readers.get(stop);
  if (known) return known;
  const rule = element("i", { className: "walk-rule", hidden: true });
  const tip = element("p", { className: "tip", hidden: true });
  tip.setAttribute("aria-hidden", "true"); // the voice says it
  (stop.matches("svg") ? stop.parentElement : stop)?.append(rule, tip);
  /** @type {Reader} */
  const reader = { walks: [], loading: null, series: 0, at: -1, rule, tip };
  stop.addEventListener("blur", () => {
    if (heard === stop) silence?.();
    hide(reader);
  });
  readers.set(stop, reader);
  return reader;
}

/**
 * A drawing that was reached says what it answers to; those who hear the page were told by its description.
 * @param {HTMLElement} stop
 */
export function enter(stop) {
  if (!stop.matches(":focus-visible")) return;
  const { tip } = readerOf(stop);
  tip.textContent = "Flechas: recorrer los valores · Espacio: escucharlos · Escape: cerrar";
  tip.hidden = false;
}

/** @param {Reader} reader */
function hide({ rule, tip, walks }) {
  rule.hidden = tip.hidden = true;
  walks.forEach(({ spots }) => spots.forEach(({ shape }) => shape?.classList.remove("is-walked")));
}

/**
 * Show a spot: a rule over the drawing or its shape itself, and its words.
 * @param {HTMLElement} stop
 * @param {Reader} reader
 * @param {Walk[]} walks
 */
function show(stop, reader, walks) {
  const { rule, tip, series, at } = reader;
  const walk = /** @type {Walk} */ (walks[series]);
  hide(reader);
  const shape = walk.spots[at]?.shape;
  tip.textContent = saying(walk, at, walks.length > 1);
  tip.hidden = false;
  if (shape) {
    shape.classList.add("is-walked");
    const [own, room] = [shape.getBoundingClientRect(), /** @type {HTMLElement} */ (tip.parentElement).getBoundingClientRect()];
    tip.style.left = `${Math.max(0, Math.min(own.left - room.left, room.width - tip.offsetWidth))}px`;
    tip.style.top = `${own.top - room.top - tip.offsetHeight - 6}px`;
    return;
  }
  const box = /** @type {HTMLElement} */ (one(".plot-box", stop));
  const lying = stop.matches(".l3");
  const share = part(stop, walks, walk, at);
  const [left, top] = [box.offsetLeft + (lying ? 0 : share * box.clientWidth), box.offsetTop + (lying ? share * box.clientHeight : 0)];
  Object.assign(rule.style, { left: `${left}px`, top: `${top}px`, width: `${lying ? box.clientWidth : 0}px`, height: `${lying ? 0 : box.clientHeight}px` });
  rule.hidden = false;
  tip.style.left = `${Math.max(0, Math.min(left + 8, stop.clientWidth - tip.offsetWidth))}px`;
  tip.style.top = lying ? `${top + 4}px` : "0";
}

/**
 * @param {HTMLElement} stop
 * @param {Reader} reader
 * @param {Walk[]} walks
 * @param {HTMLElement | undefined} button that asked for it
 */
function sound(stop, reader, walks, button) {
  const walk = /** @type {Walk} */ (walks[reader.series]);
  const values = walks.filter(({ unit }) => unit === walk.unit).flatMap(({ spots }) => spots.map(({ value }) => value)).filter((value) => !Number.isNaN(value));
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  voice.textContent = values.length ? `Suena${walk.name ? ` ${walk.name}` : ""}` : "Aquí no hay valores que suenen.";
  if (!values.length) return;
  if (button) button.textContent = "Parar";
  silence?.();
  heard = stop;
  silence = play(tonesOf(walk.spots, least, most), (at) => {
    if (at === null) {
      [silence, heard] = [null, null];
      if (button) button.textContent = "Escuchar";
      return;
    }
    reader.at = at;
    show(stop, reader, walks);
  });
}

/**
 * A key that was pressed on a drawing.
 * @param {HTMLElement} stop
 * @param {string} key
 * @param {HTMLElement} [button] that stands for the key
 */
export async function press(stop, key, button) {
  const sounding = heard === stop;
  silence?.();
  const reader = readerOf(stop);
  if (key === "Escape") return hide(reader);
  reader.walks = await (reader.loading ??= walksOf(stop));
  const walks = shown(stop, reader.walks);
  if (!walks.length) {
    voice.textContent = "Este gráfico no tiene valores que recorrer aquí; están en la tabla y en las descargas.";
    return undefined;
  }
  reader.series = Math.min(reader.series, walks.length - 1);
  const walk = /** @type {Walk} */ (walks[reader.series]);
  if (key === " ") return sounding ? hide(reader) : sound(stop, reader, walks, button);
  const move = MOVES.get(key);
  const last = walk.spots.length - 1;
  let edge = "";
  if (move !== undefined) {
    const wanted = (reader.at >= 0 ? reader.at : move > 0 ? -1 : last + 1) + move;
    if (reader.at === 0 && wanted < 0) edge = "Primer valor. ";
    if (reader.at === last && wanted > last) edge = "Último valor. ";
    reader.at = Math.max(0, Math.min(last, wanted));
  } else {
    const next = (reader.series + (key === "ArrowDown" ? 1 : walks.length - 1)) % walks.length;
    const other = /** @type {Walk} */ (walks[next]);
    reader.at = reader.at < 0 ? other.spots.length - 1 : beside(other.spots, walk.spots[reader.at], reader.at);
    reader.series = next;
  }
  show(stop, reader, walks);
  voice.textContent = edge + saying(/** @type {Walk} */ (walks[reader.series]), reader.at, walks.length > 1, true);
  return undefined;
}
