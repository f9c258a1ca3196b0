// The page "Explorador": a question in the address, its answer drawn, counted and offered as files and code.
import { answerTo } from "./lib/answer.js";
import { statistics, valuesTable } from "./lib/answer-tables.js";
import { offerSeries } from "./lib/chooser.js";
import { copy, frameCode } from "./lib/copies.js";
import { readWith } from "./lib/cursor.js";
import { element, field, one, save, saveMade } from "./lib/dom.js";
import { raster, svgAddress } from "./lib/images.js";
import { durationPlot, heatPlot, scatterPlot } from "./lib/other-plots.js";
import { leavesOut, timePlot } from "./lib/plots.js";
import { CHARTS, COMPARISONS, STEPS, TRANSFORMS, read, write } from "./lib/exploration.js";
import { pythonOf, rOf, sourcesOf, sqlOf } from "./lib/recipes.js";
import { known, openShelf } from "./lib/series.js";
import { MANNERS, csvOf, rowsSeen } from "./lib/sheets.js";
import { shifted } from "./lib/steps.js";
import { slug } from "./lib/text.js";

/** @typedef {import("./lib/answer.js").Answer} Answer */

const DAY = 86_400_000;
const EVER = 40_000; // days: all there is
const SPANS = /** @type {const} */ ([[30, "30 días"], [90, "90 días"], [365, "1 año"], [1826, "5 años"], [EVER, "Todo"]]);
const COLOURS = ["accent", "gas", "hidraulica", "importacion", "carbon", "solar", "liquidos", "biomasa"];
/** Sources of energy wear their colour everywhere. @type {Record<string, string>} */
const OWN = { gen_hydro: "hidraulica", gen_thermal: "gas", gen_solar: "solar", gen_wind: "eolica", gen_cogeneration: "biomasa", imports: "importacion" };
const FAR = "Los valores preliminares que se alejan del resto no se dibujan: XM aún los completa. Están en la tabla y en el CSV.";
const FRAME_ROOM = 120; // px of a framed drawing besides itself

const panel = one("#explorer");
const holder = one("#ex-plot");
const [status, notes, acts, stats] = /** @type {[HTMLElement, HTMLElement, HTMLElement, HTMLElement]} */ (["status", "notes", "acts", "stats"].map((name) => one(`#ex-${name}`)));
const [table, code] = /** @type {[HTMLDetailsElement, HTMLDetailsElement]} */ ([one("#ex-table"), one("#ex-code")]);
const shelf = openShelf();
let question = read(location.hash);
let turn = 0;
/** @type {Answer | null} */
let shown = null;

/** A frame's own calls run before it is painted: what waits longer runs after. */
const painted = () => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
const iso = (/** @type {number} */ at) => new Date(at).toISOString().slice(0, 10);
const ink = (/** @type {string} */ token) => getComputedStyle(document.body).getPropertyValue(`--pe-${token}`).trim();

/** @param {Partial<Question>} changes */
function ask(changes) {
  question = { ...question, ...changes };
  history.replaceState(null, "", `#${write(question)}`);
  answer();
}

// ---- controls ----------------------------------------------------------------------------------------------------
/**
 * @param {string} id
 * @param {Record<string, string>} options
 * @param {(value: string) => Partial<Question>} change
 */
function choice(id, options, change) {
  const select = field(id);
  select.append(...Object.entries(options).map(([value, text]) => element("option", { value, textContent: text })));
  select.addEventListener("change", () => ask(change(select.value)));
}

function wireControls() {
  choice("#ex-step", STEPS, (value) => ({ step: /** @type {Step} */ (value) }));
  choice("#ex-transform", TRANSFORMS, (value) => ({ transform: /** @type {Question["transform"]} */ (value) }));
  choice("#ex-chart", CHARTS, (value) => ({ chart: /** @type {Question["chart"]} */ (value), ...(["calor", "duracion"].includes(value) ? { step: /** @type {Step} */ ("hora") } : {}) }));
  choice("#ex-compare", COMPARISONS, (value) => {
    const first = shown?.edges[0] ?? Date.now();
    return { compare: /** @type {Question["compare"]} */ (value), with: value === "periodo" ? iso(first - 365 * DAY) : "" };
  });
  one("#ex-spans").append(...SPANS.map(([days, text]) => {
    const button = element("button", { type: "button", textContent: text });
    button.dataset.days = String(days);
    button.addEventListener("click", () => ask({ from: "", until: "", last: days }));
    return button;
  }));
  for (const [id, key] of /** @type {const} */ ([["#ex-from", "from"], ["#ex-until", "until"], ["#ex-with", "with"]])) {
    field(id).addEventListener("change", ({ currentTarget }) => {
      const { value } = /** @type {HTMLInputElement} */ (currentTarget);
      if (!value) return;
      // A range has both ends: the other is the one that is shown.
      const [from, until] = [field("#ex-from").value, field("#ex-until").value];
      ask(read(write({ ...question, ...(key === "with" ? { with: value } : { from, until, last: 0 }) })));
    });
  }
  field("#ex-window").addEventListener("change", () => ask(read(write({ ...question, window: Number(field("#ex-window").value) }))));
}

/** @param {Answer} answered */
function showControls({ question: settled, edges }) {
  for (const [id, value] of Object.entries({ step: settled.step, compare: settled.compare, transform: settled.transform, chart: settled.chart, with: settled.with, window: String(question.window) })) {
    field(`#ex-${id}`).value = value;
  }
  field("#ex-from").value = iso(edges[0] ?? 0);
  field("#ex-until").value = iso((edges.at(-1) ?? DAY) - DAY);
  one("#ex-with-box").hidden = settled.compare !== "periodo";
  one("#ex-window-box").hidden = settled.transform !== "media";
  for (const button of one("#ex-spans").querySelectorAll("button")) button.setAttribute("aria-pressed", String(!question.from && !question.until && Number(button.dataset.days) === question.last));
}

/**
 * @param {import("./lib/series.js").Shelf} open
 * @param {string[]} colours of the series that are drawn
 */
function showSeries(open, colours) {
  one("#ex-series").replaceChildren(...question.series.map((ref) => {
    const found = known(open, ref);
    const key = element("i");
    key.style.background = colours[question.series.indexOf(ref)] ?? "";
    const remove = element("button", { type: "button", className: "pe-tool pe-tool--icon", textContent: "×" });
    remove.setAttribute("aria-label", `Quitar ${found?.name ?? ref}`);
    remove.addEventListener("click", () => {
      ask({ series: question.series.filter((each) => each !== ref) });
      field("#ex-find").focus();
    });
    const name = found?.entity ? element("a", { href: `../metricas/${found.metric}/`, textContent: found.name }) : element("span", { textContent: found?.name ?? ref });
    return element("li", {}, key, name, element("small", { textContent: [found?.unit, found && found.code !== "Sistema" && found.entity ? found.code : ""].filter(Boolean).join(" · ") }), remove);
  }));
}

// ---- drawing -----------------------------------------------------------------------------------------------------
/**
 * The colours of lines: of a series its own; what it is compared with is grey, or faint where there are several.
 * @param {Answer} answered
 */
function tints({ lines, series, question: { compare, transform } }) {
  const tones = series.map(({ code: id, metric }, i) => ink((metric === "titulares" && OWN[id]) || COLOURS[i] || "context"));
  if (compare === "anios") {
    const newest = [tones[0] ?? "", ink("gas"), ink("hidraulica")];
    return { tones, colours: lines.map((_, i) => newest[lines.length - 1 - i] ?? ink("context")), faint: lines.map((_, i) => lines.length - 1 - i > 2) };
  }
  const paired = !["nada", "pronostico"].includes(compare) && transform !== "diferencia";
  const behind = lines.map((_, i) => paired && i % 2 === 1);
  const many = lines.length > 2;
  return { tones, colours: lines.map((line, i) => (transform === "diferencia" ? ink(COLOURS[i] ?? "context") : behind[i] && !many ? ink("context") : tones[line.series] ?? "")), faint: behind.map((each) => each && many) };
}

/** @param {Answer} answered @param {string} origin */
function draw(answered, origin) {
  const { lines, question: settled, title, subtitle, edges } = answered;
  const { tones, colours, faint } = tints(answered);
  const width = Math.max(300, Math.min(1120, holder.clientWidth || 720));
  const words = { title, subtitle, source: `${origin} · Portal Energético de Colombia` };
  const drawn = { lines, colours, faint };
  const [first] = lines;
  holder.hidden = settled.chart === "tabla";
  if (!first) {
    holder.replaceChildren(element("p", { className: "pe-notice", textContent: "No hay datos que dibujar con estas series y este período." }));
    return tones;
  }
  const timed = ["linea", "barras", "pilas"].includes(settled.chart);
  const plot = settled.chart === "calor" ? heatPlot(first, words, width, ink)
    : settled.chart === "duracion" ? durationPlot(drawn, words, width, ink)
      : settled.chart === "dispersion" ? scatterPlot(drawn, words, width, ink) : timePlot(drawn, settled, words, width, ink);
  plot.node.setAttribute("role", "img");
  plot.node.setAttribute("aria-label", `${title}. ${subtitle}`);
  holder.replaceChildren(plot.node);
  holder.setAttribute("aria-label", `Gráfico: ${title}`);
  const zoomed = (/** @type {number} */ from, /** @type {number} */ until) => {
    const [a, b] = [Math.max(from, edges[0] ?? from), Math.min(until, (edges.at(-1) ?? until) - 1)];
    if (b - a >= DAY || settled.step === "hora") ask({ from: iso(a), until: iso(Math.max(a, b)), last: 0 });
  };
  readWith(holder, plot, { lines, colours, step: settled.step, ink, timed, zoom: settled.compare === "anios" ? null : zoomed });
  return tones;
}

/** Bring the middle half near, or go back to twice the span. @param {boolean} nearer */
function zoom(nearer) {
  if (!shown || shown.question.compare === "anios") return;
  const [first, last] = [shown.edges[0] ?? 0, (shown.edges.at(-1) ?? 0) - 1];
  const quarter = ((last - first) / 4) * (nearer ? 1 : -2);
  const least = shifted(shown.question.step, shown.edges[0] ?? 0, 3);
  if (nearer && last - 2 * quarter < Math.min(least - quarter, last)) return;
  ask({ from: iso(first + quarter), until: iso(nearer ? last - quarter : Math.min(last - quarter, Date.now())), last: 0 });
}

// ---- files and code ----------------------------------------------------------------------------------------------
function wireActs() {
  const stem = () => `explorador-${slug(shown?.title ?? "series").slice(0, 60)}`;
  const made = (/** @type {(rows: import("./lib/sheets.js").Row[], step: Step) => Promise<void>} */ act) => shown && act(rowsSeen(shown.lines, shown.question.step), shown.question.step).catch(fail);
  const svg = () => new XMLSerializer().serializeToString(one("svg", holder));
  const frame = () => `${location.href.replace(/#.*/, "")}#${write({ ...question, framed: true })}`;
  /** @type {[string, (button: HTMLElement) => unknown][]} */
  const buttons = [
    ["Copiar enlace", (button) => copy(button, location.href)],
    ["Insertar", (button) => copy(button, frameCode(frame(), shown?.title ?? "", one("svg", holder).clientHeight + FRAME_ROOM))],
    ["PNG", () => raster(svgAddress(svg()), 2).then((address) => save(address, `${stem()}.png`))],
    ["SVG", () => save(svgAddress(svg()), `${stem()}.svg`)],
    ["CSV", () => shown && saveMade([csvOf(shown.lines, shown.question.step, MANNERS.csv)], `${stem()}.csv`)],
    ["CSV para Excel", () => shown && saveMade([csvOf(shown.lines, shown.question.step, MANNERS.excel)], `${stem()}-excel.csv`)],
    ["Excel", () => made(async (rows, step) => saveMade(await (await import("./archivos.js")).workbookOf(rows, step), `${stem()}.xlsx`))],
    ["Parquet", () => made(async (rows) => saveMade((await import("./archivos.js")).parquetOf(rows), `${stem()}.parquet`))],
  ];
  acts.append(...buttons.map(([text, act]) => {
    const button = element("button", { type: "button", textContent: text });
    button.addEventListener("click", () => act(button));
    return button;
  }));
}

async function showCode() {
  if (!shown || !code.open) return;
  if (!shown.lines.length) {
    one("div", code).replaceChildren(element("p", { textContent: "No hay nada que mostrar con estas series." }));
    return;
  }
  const sql = sqlOf(shown, shown.names);
  const sources = sourcesOf(await shelf, shown);
  const part = (/** @type {string} */ name, /** @type {string} */ text, /** @type {Node[]} */ ...more) => {
    const copier = element("button", { type: "button", className: "quiet", textContent: "Copiar" });
    copier.setAttribute("aria-label", `Copiar: ${name}`);
    copier.addEventListener("click", () => copy(copier, text));
    const box = element("pre", { tabIndex: 0 }, element("code", { textContent: text }));
    box.dataset.code = name;
    return element("section", {}, element("h3", { textContent: name }), box, element("p", { className: "acts" }, copier, ...more));
  };
  one("div", code).replaceChildren(
    part("SQL", sql, element("a", { href: `../consulta/#sql=${encodeURIComponent(sql)}`, textContent: "Abrir en Consulta SQL" })),
    part("Python", pythonOf(sources, sql)),
    part("R", rOf(sources, sql)),
  );
}

function showTable() {
  if (shown && table.open) one("div", table).replaceChildren(...valuesTable(shown));
}

// ---- answer ------------------------------------------------------------------------------------------------------
/** @param {unknown} error */
function fail(error) {
  panel.dataset.state = "error";
  status.textContent = error instanceof TypeError ? "No hay conexión con el portal. Revise la red y vuelva a intentarlo." : error instanceof Error ? error.message : String(error);
  console.warn("La pregunta no se pudo responder.", error);
}

async function answer() {
  turn += 1;
  const mine = turn;
  const began = performance.now();
  panel.dataset.state = "running";
  const slow = setTimeout(() => { status.textContent = "Leyendo los datos…"; }, 200);
  try {
    const open = await shelf;
    const answered = await answerTo(open, question);
    if (mine !== turn) return;
    shown = answered;
    showSeries(open, draw(answered, open.codes.origen === "simulado" ? "DATOS SIMULADOS: ninguna cifra es real" : "Fuente: XM S.A. E.S.P."));
    showControls(answered);
    const told = [...answered.notes, ...(leavesOut(answered.lines, answered.question) ? [FAR] : [])];
    notes.hidden = !told.length;
    notes.replaceChildren(...told.map((text) => element("li", { textContent: text })));
    panel.dataset.state = "drawn";
    await painted(); // the drawing first, then its numbers
    if (mine !== turn) return;
    stats.replaceChildren(...(answered.lines.length ? statistics(answered) : []));
    if (answered.question.chart === "tabla") table.open = true;
    showTable();
    await showCode();
    status.textContent = "";
    panel.dataset.state = "done";
    panel.dataset.milliseconds = String(Math.round(performance.now() - began));
  } catch (error) {
    if (mine === turn) fail(error);
  } finally {
    clearTimeout(slow);
  }
}

function redraw() {
  if (shown) shelf.then((open) => shown && draw(shown, open.codes.origen === "simulado" ? "DATOS SIMULADOS: ninguna cifra es real" : "Fuente: XM S.A. E.S.P."));
}

wireControls();
wireActs();
document.documentElement.classList.toggle("ex-framed", question.framed);
/** @type {HTMLAnchorElement} */ (one("#ex-home")).hash = write({ ...question, framed: false });
panel.hidden = false;
/** @type {HTMLElement} */ (one("#ex-examples")).hidden = false;
table.addEventListener("toggle", showTable);
code.addEventListener("toggle", () => { showCode().catch(fail); });
holder.addEventListener("keydown", ({ key }) => {
  if (key === "+" || key === "-") zoom(key === "+");
  if (key === "0") ask({ from: "", until: "", last: EVER });
});
addEventListener("hashchange", () => {
  question = read(location.hash);
  answer();
  panel.scrollIntoView({ block: "start" }); // an example was chosen further down
});
document.addEventListener("portal:scheme", redraw);
let wide = holder.clientWidth;
new ResizeObserver(() => {
  if (holder.clientWidth && Math.abs(holder.clientWidth - wide) > 8) redraw();
  wide = holder.clientWidth || wide;
}).observe(holder);
answer();
shelf.then((open) => offerSeries(open, (ref) => ask({ series: [...new Set([...question.series, ref])] }), () => question.series.length)).catch(() => {});
