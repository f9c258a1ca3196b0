// Charts come alive: drawn by Plotly over the static drawing, in its place and size, as the reader narrows them.
import { asked, remember } from "./address.js";
import { all, element, find, one } from "./dom.js";
import { CONFIG, isDark, loadKit, recolor } from "./plotly.js";
import { json } from "./site.js";
import { narrowed } from "./spans.js";

/** @typedef {import("./plotly.js").Kit} Kit */

const NARROW = 560; // px of drawing; below it labels show the value only
const SEPARATORS = ",.";
const SWITCHED = ["k-line", "k-area", "k-stack", "k-bar"]; // kinds whose legend switches series
const BETWEEN = "~"; // names of series in the address

/** @type {Map<HTMLElement, Figure>} */
const live = new Map();
/** @type {WeakMap<HTMLElement, string>} */
const spans = new WeakMap(); // days shown; none for all
/** @type {WeakMap<HTMLElement, Set<string>>} */
const off = new WeakMap(); // series switched off

/**
 * @param {HTMLElement} plot
 * @param {string | undefined} series
 */
const isOff = (plot, series) => off.get(plot)?.has(series?.replace(/ \(preliminar\)$/, "") ?? "") ?? false;

/**
 * The figure as this plot shows it. Margins are the paddings the page gave the static drawing, so that nothing moves.
 * @param {Figure} figure
 * @param {HTMLElement} plot
 * @param {Kit} kit
 */
function dress(figure, plot, { shared, colors }) {
  const scheme = isDark() ? "dark" : "light";
  const { data, layout } = structuredClone(recolor({ data: figure.data, layout: figure.layout }, colors[scheme]));
  const style = getComputedStyle(plot);
  const px = (/** @type {string} */ side) => parseFloat(style.getPropertyValue(`padding-${side}`)) || 0;
  layout.template = shared[scheme];
  layout.separators = SEPARATORS;
  layout.margin = { t: px("top"), r: px("right"), b: px("bottom"), l: px("left"), pad: 0 };
  layout.height = plot.clientHeight;
  layout.width = plot.clientWidth;
  layout.xaxis = { ...layout.xaxis };
  layout.yaxis = { ...layout.yaxis };
  if (plot.clientWidth < NARROW) {
    layout.xaxis.nticks = 4;
    layout.xaxis.tickfont = { size: 12 };
    layout.yaxis.tickfont = { size: 12 };
    layout.dragmode = false; // a finger scrolls the page
    layout.annotations = (layout.annotations ?? []).map((note) => (note.name ? { ...note, text: `<b>${note.name}</b>`, font: { ...note.font, size: 13 } } : note));
  }
  data.forEach((trace, index) => {
    trace.visible = !isOff(plot, trace.name);
    trace.uid = String(index);
  });
  if (data.some((trace) => !trace.visible)) {
    delete layout.yaxis.range; // what is left fills the drawing
    layout.yaxis.autorange = true;
    layout.annotations = (layout.annotations ?? []).filter((note) => !note.name);
  }
  const span = figure.spans?.[spans.get(plot) ?? ""];
  return { data: span ? narrowed(data, layout, span) : data, layout };
}

/** @param {HTMLElement} plot */
async function draw(plot) {
  const kit = await loadKit();
  const figure = live.get(plot);
  if (!figure) return;
  let box = find(".live", plot);
  if (!box) {
    box = element("div", { className: "live" });
    plot.append(box);
  }
  const { data, layout } = dress(figure, plot, kit);
  await kit.Plotly.react(box, data, layout, CONFIG);
  plot.classList.add("is-live");
  for (const image of [...all("svg", box), ...all("#js-plotly-tester")]) image.setAttribute("aria-hidden", "true"); // what holds them is named (stops.js)
  for (const button of all(".modebar-btn", box)) {
    if (!button.getAttribute("aria-label")) button.setAttribute("aria-label", button.dataset.title ?? "");
  }
}

/**
 * The buttons of the last days.
 * @param {HTMLElement} holder
 * @param {HTMLElement} plot
 */
function ranges(holder, plot) {
  const group = find(".ranges", holder);
  if (!group) return;
  const key = `rango-${holder.id}`;
  const buttons = all("button", group);
  const show = (/** @type {string | undefined} */ days) => {
    const known = buttons.find((button) => button.dataset.days === days) ?? buttons.at(-1);
    const shown = known?.dataset.days ?? "";
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === known)));
    if (shown) spans.set(plot, shown);
    else spans.delete(plot);
    return shown;
  };
  const wanted = asked(key).replace(/d$/, "");
  if (wanted && show(wanted)) draw(plot);
  buttons.forEach((button) => button.addEventListener("click", () => {
    const days = show(button.dataset.days);
    remember({ [key]: days && `${days}d` });
    draw(plot);
  }));
  group.classList.add("is-ready");
}

/**
 * The page's legend switches series on and off once the chart is alive.
 * @param {HTMLElement} holder
 * @param {HTMLElement} plot
 */
function toggles(holder, plot) {
  if (!SWITCHED.some((kind) => plot.classList.contains(kind))) return;
  const key = `sin-${holder.id}`;
  const hidden = new Set(asked(key).split(BETWEEN).filter(Boolean));
  off.set(plot, hidden);
  for (const item of all(".legend li", holder)) {
    const button = element("button", { type: "button" }, ...item.childNodes);
    item.append(button);
    const series = [...button.childNodes].map((node) => (node.nodeType === Node.TEXT_NODE ? (node.textContent ?? "").trim() : "")).find(Boolean) ?? "";
    const mark = () => button.setAttribute("aria-pressed", String(!hidden.has(series)));
    button.addEventListener("click", () => {
      if (!hidden.delete(series)) hidden.add(series);
      mark();
      remember({ [key]: [...hidden].join(BETWEEN) });
      holder.classList.toggle("has-hidden", hidden.size > 0);
      draw(plot);
    });
    mark();
  }
  holder.classList.toggle("has-hidden", hidden.size > 0);
  if (hidden.size) draw(plot);
}

/** @type {WeakMap<Element, number>} */
const widths = new WeakMap();
const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = target.clientWidth;
    if (width && widths.get(target) !== width) {
      if (widths.has(target)) draw(/** @type {HTMLElement} */ (target));
      widths.set(target, width);
    }
  }
});

/** @param {HTMLElement} holder */
async function hydrate(holder) {
  const plot = one(".plot", holder);
  try {
    live.set(plot, await json(new URL(holder.dataset.figure ?? "", location.href)));
    await draw(plot);
    toggles(holder, plot);
    ranges(holder, plot);
    resizes.observe(plot);
  } catch (error) {
    live.delete(plot); // the static drawing stays
    console.warn("El gráfico queda en su versión fija.", error);
  }
}

const MOVES = ["pointermove", "pointerdown", "touchstart", "scroll", "keydown", "focusin"];

/** A drawing is complete as it stands: Plotly (400 KB) comes with the reader's first move, or at once when the address asks for a span or a series. */
export function wakeCharts() {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      hydrate(/** @type {HTMLElement} */ (entry.target));
    }
  }, { rootMargin: "200px" });
  const reached = () => {
    MOVES.forEach((move) => removeEventListener(move, reached, true));
    all("figure.chart[data-figure]").forEach((holder) => seen.observe(holder));
  };
  document.addEventListener("portal:scheme", () => live.forEach((_, plot) => draw(plot)));
  if (location.search) reached();
  else MOVES.forEach((move) => addEventListener(move, reached, { capture: true, passive: true }));
}
