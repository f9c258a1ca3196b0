// The page "Consulta SQL": picker, editor, result. Everything that comes from data is written with textContent.
import { isNumber, rowsOf, toCsv } from "./lib/cells.js";
import { element, field, find, one } from "./lib/dom.js";
import { Engine, EngineError, ROW_LIMIT } from "./lib/engine.js";
import { holds } from "./lib/rows.js";
import { meaning, queryFor, usableExamples } from "./lib/sql-words.js";
import { plain, wordsOf } from "./lib/text.js";

const STEP = 500; // rows added to the table at a time
const panel = one("#sql-console");
const editor = /** @type {HTMLTextAreaElement} */ (one("#sql-editor"));
const runButton = /** @type {HTMLButtonElement} */ (one("#sql-run"));
const picker = field("#sql-pick");
const [stopButton, status, errorBox, output, options, about, examples, shareButton, csvButton] =
  /** @type {[HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement, HTMLElement]} */ (
    ["stop", "status", "error", "output", "options", "about", "examples", "share", "csv"].map((name) => one(`#sql-${name}`))
  );
const engine = new Engine((text) => { status.textContent = text; });
/** @type {{ fields: Field[], rows: (string | null)[][] } | null} the last result */
let shown = null;
let busy = false;
let turn = 0; // a query that was stopped says nothing any more

/** @param {"idle" | "running" | "done" | "error"} state */
function setState(state) {
  panel.dataset.state = state;
  busy = state === "running";
  runButton.disabled = busy;
  stopButton.hidden = !busy;
}

/** @param {unknown} error */
function showError(error) {
  const text = error instanceof Error ? error.message : String(error);
  const [message, detail] = error instanceof EngineError ? [text, error.detail] : [meaning(text), text];
  errorBox.replaceChildren(element("p", { textContent: message }));
  if (detail) errorBox.append(element("pre", { textContent: detail }));
  errorBox.hidden = false;
  status.textContent = "";
}

// ---- result ------------------------------------------------------------------------------------------------------
/**
 * A table that shows its first rows and the next ones when asked.
 * @param {Field[]} fields
 * @param {(string | null)[][]} rows
 */
function resultTable(fields, rows) {
  const kinds = fields.map((each) => (isNumber(each) ? "pe-num" : ""));
  const head = element("tr", {}, ...fields.map((each, i) => element("th", { scope: "col", textContent: each.name, className: kinds[i] ?? "" })));
  const body = element("tbody");
  const more = element("button", { type: "button", className: "pe-tool" });
  const cell = (/** @type {string | null} */ text, /** @type {number} */ i) =>
    element("td", { textContent: text ?? "nulo", className: text === null ? "pe-null" : kinds[i] ?? "" });
  const add = () => {
    body.append(...rows.slice(body.rows.length, body.rows.length + STEP).map((row) => element("tr", {}, ...row.map(cell))));
    const left = rows.length - body.rows.length;
    more.hidden = left === 0;
    more.textContent = `Mostrar ${Math.min(left, STEP)} filas más`;
  };
  more.addEventListener("click", add);
  add();
  const scroll = element("div", { className: "pe-scroll", tabIndex: 0 }, element("table", { className: "pe-table" }, element("thead", {}, head), body));
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Resultado de la consulta");
  return [scroll, more];
}

/** @param {Result & { milliseconds: number }} result */
function showResult(result) {
  const rows = rowsOf(result);
  shown = { fields: result.fields, rows };
  output.replaceChildren(...resultTable(result.fields, rows));
  const count = rows.length === 1 ? "1 fila" : `${rows.length.toLocaleString("es-CO")} filas`;
  const time = result.milliseconds < 1000 ? `${Math.round(result.milliseconds)} ms` : `${(result.milliseconds / 1000).toLocaleString("es-CO", { maximumFractionDigits: 1 })} s`;
  status.textContent = result.truncated
    ? `Se muestran las primeras ${ROW_LIMIT.toLocaleString("es-CO")} filas, en ${time}. Use LIMIT o agrupe para ver el resto.`
    : `${count} en ${time}.`;
  csvButton.hidden = rows.length === 0;
}

async function run() {
  const sql = editor.value.trim().replace(/;+\s*$/, "");
  if (busy || !sql) return;
  history.replaceState(null, "", `#sql=${encodeURIComponent(sql)}`);
  errorBox.hidden = true;
  csvButton.hidden = true;
  output.replaceChildren();
  setState("running");
  turn += 1;
  const mine = turn;
  try {
    const result = await engine.run(sql);
    if (mine !== turn) return;
    showResult(result);
    setState("done");
  } catch (error) {
    if (mine !== turn) return;
    showError(error);
    setState("error");
  }
}

function stop() {
  turn += 1;
  engine.stop();
  showError(new EngineError("Consulta detenida. La próxima inicia un motor nuevo."));
  setState("error");
}

// ---- picker ------------------------------------------------------------------------------------------------------
/** @param {Metric} metric */
function choose(metric) {
  editor.value = queryFor(metric);
  picker.value = "";
  list([]);
  about.replaceChildren(
    element("strong", { textContent: metric.titulo }),
    ` · unidad: ${metric.unidad || "ninguna"} · entidades: ${metric.entidades.join(", ")} · tabla hora por hora "${metric.id}"` +
    (metric.granularidad === "lista" ? "" : `, por día "${metric.id}_daily"`),
  );
  about.hidden = false;
  editor.focus();
}

/** @param {Metric[]} found */
function list(found) {
  options.replaceChildren(...found.map((metric) => {
    const button = element("button", { type: "button" }, element("strong", { textContent: metric.titulo }), " ", element("code", { textContent: metric.id }));
    button.addEventListener("click", () => choose(metric));
    return element("li", {}, button);
  }));
  options.hidden = found.length === 0;
}

async function filter() {
  const words = wordsOf(picker.value);
  if (!words.length) {
    list([]);
    return;
  }
  const metrics = await engine.describe();
  list(metrics.filter((metric) => holds(plain(`${metric.id} ${metric.titulo} ${metric.tema}`), words)).slice(0, 8));
}

// ---- examples, share, download -----------------------------------------------------------------------------------
/** @param {{ label: string, sql: string }[]} usable */
function showExamples(usable) {
  examples.replaceChildren(...usable.map(({ label, sql }) => {
    const button = element("button", { type: "button", className: "pe-tool", textContent: label });
    button.addEventListener("click", () => {
      editor.value = sql;
      run();
    });
    return button;
  }));
}

function download() {
  if (!shown) return;
  const blob = new Blob(["\ufeff", toCsv(shown.fields, shown.rows)], { type: "text/csv;charset=utf-8" });
  const link = element("a", { href: URL.createObjectURL(blob), download: "consulta.csv" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function share() {
  history.replaceState(null, "", `#sql=${encodeURIComponent(editor.value.trim())}`);
  try {
    await navigator.clipboard.writeText(location.href);
    status.textContent = "Enlace copiado: quien lo abra verá esta consulta.";
  } catch {
    status.textContent = "La dirección de esta página ya contiene la consulta: cópiela del navegador.";
  }
}

/** A query in the address is shown, never run by itself; return whether there was one. */
async function fromAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  const sql = state.get("sql");
  if (sql) {
    editor.value = sql;
    return true;
  }
  const wanted = state.get("metrica");
  const metric = wanted ? (await engine.describe()).find((each) => each.id === wanted) : undefined;
  if (metric) choose(metric);
  return Boolean(metric);
}

async function begin() {
  const usable = usableExamples(await engine.describe());
  showExamples(usable);
  if (!(await fromAddress()) && !editor.value && usable[0]) editor.value = usable[0].sql;
  panel.dataset.ready = "true";
}

runButton.addEventListener("click", run);
stopButton.addEventListener("click", stop);
shareButton.addEventListener("click", share);
csvButton.addEventListener("click", download);
picker.addEventListener("input", () => filter().catch(showError));
picker.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    find("button", options)?.click();
  }
  if (event.key === "Escape") list([]);
});
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    run();
  }
});
addEventListener("hashchange", () => fromAddress().catch(showError));

panel.hidden = false;
setState("idle");
begin().catch(showError);
