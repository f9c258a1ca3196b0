// The page "Verificador": a text, the marks of its figures. Nothing is sent; what comes from the text is written as text.
import { monthsFor, openBook } from "./lib/book.js";
import { check, VERDICTS } from "./lib/checker.js";
import { element, one } from "./lib/dom.js";
import { json, ROOT } from "./lib/site.js";
import { shortDay } from "./lib/text.js";

const SIGNS = Object.freeze({ right: "✓", old: "↻", wrong: "✗", absent: "○", unknown: "?" });
const panel = one("#check");
const box = /** @type {HTMLTextAreaElement} */ (one("#check-text"));
const button = /** @type {HTMLButtonElement} */ (one("#check-run"));
const status = one("#check-status");
const output = one("#check-output");
/** @type {Map<string, Promise<any>>} */
const files = new Map();

/**
 * A file is loaded once; after a failure, again.
 * @param {string} name
 */
function loaded(name) {
  const file = files.get(name) ?? json(new URL(`datos/verificar/${name}.json`, ROOT));
  files.set(name, file);
  file.catch(() => { files.delete(name); });
  return file;
}

/** @returns {Promise<import("./lib/book.js").CheckFile>} */
const recent = () => loaded("cifras");

/**
 * What is known of the days that a text names.
 * @param {string} text
 */
async function bookFor(text) {
  const file = await recent();
  return openBook(file, await Promise.all(monthsFor(text, file).map(loaded)));
}

/** @param {import("./lib/checker.js").Verdict} verdict */
const label = (verdict) => element("span", { className: `pe-verdict pe-verdict--${verdict}`, textContent: `${SIGNS[verdict]} ${VERDICTS[verdict]}` });

/**
 * The text with its figures marked.
 * @param {string} text
 * @param {import("./lib/checker.js").Mark[]} marks
 */
function marked(text, marks) {
  /** @type {(Node | string)[]} */
  const parts = [];
  let done = 0;
  for (const { start, end, verdict } of marks) {
    const sign = element("span", { textContent: `\u00a0${SIGNS[verdict]}`, ariaHidden: "true" });
    const figure = element("mark", { className: `pe-verdict pe-verdict--${verdict}`, title: VERDICTS[verdict] }, text.slice(start, end), sign);
    parts.push(text.slice(done, start), figure);
    done = end;
  }
  return element("p", { className: "pe-check__marked" }, ...parts, text.slice(done));
}

/** @param {import("./lib/checker.js").Mark} mark */
function row(mark) {
  const note = element("span", { textContent: ` ${mark.note}` });
  const link = mark.link ? [" ", element("a", { href: new URL(mark.link, ROOT).href, textContent: "Ver la serie" })] : [];
  return element("li", {}, element("strong", { textContent: mark.text }), " ", label(mark.verdict), note, ...link);
}

/** @param {import("./lib/checker.js").Mark[]} marks */
function summary(marks) {
  const count = (/** @type {string} */ verdict) => marks.filter((mark) => mark.verdict === verdict).length;
  const told = /** @type {[string, string, string][]} */ ([
    ["right", "correcta", "correctas"], ["old", "de una versión anterior", "de una versión anterior"], ["wrong", "errada", "erradas"],
    ["absent", "sin dato", "sin dato"], ["unknown", "sin reconocer", "sin reconocer"],
  ]).flatMap(([verdict, single, many]) => (count(verdict) ? [`${count(verdict)} ${count(verdict) === 1 ? single : many}`] : []));
  return `${marks.length} ${marks.length === 1 ? "cifra" : "cifras"}: ${told.join(", ")}.`;
}

async function run() {
  const text = box.value.trim();
  if (!text) {
    status.textContent = "Pegue primero un texto.";
    box.focus();
    return;
  }
  button.disabled = true;
  status.textContent = "Cotejando…";
  try {
    const marks = check(text, await bookFor(text));
    output.replaceChildren(marked(text, marks), element("ul", { className: "pe-check__list" }, ...marks.map(row)));
    status.textContent = marks.length ? summary(marks) : "No hay cifras con unidad en este texto.";
  } catch {
    status.textContent = "No se pudieron cargar los datos del portal. Intente de nuevo.";
  }
  button.disabled = false;
}

button.addEventListener("click", run);
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
panel.hidden = false;
recent()
  .then(({ hasta, desde, archivo, series }) => {
    const since = archivo ? `${archivo}-01` : desde;
    one("#check-known").textContent = hasta && since
      ? `Conoce ${series.length} series, del ${shortDay(since)} al ${shortDay(hasta)}.` : "El portal no tiene todavía datos que cotejar.";
  })
  .catch(() => { status.textContent = "No se pudieron cargar los datos del portal."; });
