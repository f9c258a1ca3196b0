// The page "Consulta SQL": picker, editor, result. Everything that comes from data is written with textContent.
import { rowsOf } from "./lib/cells.js";
import { element, field, find, one, saveMade } from "./lib/dom.js";
import { QueryEditor } from "./lib/editor.js";
import { Engine, EngineError, ROW_LIMIT } from "./lib/engine.js";
import { usableExamples } from "./lib/examples.js";
import { holds } from "./lib/rows.js";
import { kept, keep, forget } from "./lib/saved.js";
import { fetchNote, meaning, queryFor } from "./lib/sql-words.js";
import { isNumber } from "./lib/statements.js";
import { plain, wordsOf } from "./lib/text.js";

const STEP = 500; // rows added to the table at a time
const panel = one("#sql-console");
const runButton = /** @type {HTMLButtonElement} */ (one("#sql-run"));
const picker = field("#sql-pick");
const part = (/** @type {string} */ name) => /** @type {HTMLElement} */ (one(`#sql-${name}`));
const [stopButton, status, errorBox, output, options, about, examples] = [part("stop"), part("status"), part("error"), part("output"), part("options"), part("about"), part("examples")];
const [chartButton, chart, shareButton, saveButton, saved, files, cost, tables] = [part("chart"), part("plot"), part("share"), part("save"), part("saved"), part("files"), part("cost"), part("tables")];
const editor = new QueryEditor(/** @type {HTMLTextAreaElement} */ (one("#sql-editor")), { onRun: () => run(), onChange: () => tellCost() });
const engine = new Engine((text) => { status.textContent = text; });
/** @type {Result | null} the last result */
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
 * @param {Column[]} columns
 * @param {(string | null)[][]} rows
 */
function resultTable(columns, rows) {
  const kinds = columns.map((each) => (isNumber(each) ? "pe-num" : ""));
  const head = element("tr", {}, ...columns.map((each, i) => element("th", { scope: "col", textContent: each.name, className: kinds[i] ?? "" })));
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
  shown = result;
  output.replaceChildren(...resultTable(result.columns, rows));
  const count = rows.length === 1 ? "1 fila" : `${rows.length.toLocaleString("es-CO")} filas`;
  const time = result.milliseconds < 1000 ? `${Math.round(result.milliseconds)} ms` : `${(result.milliseconds / 1000).toLocaleString("es-CO", { maximumFractionDigits: 1 })} s`;
  status.textContent = result.truncated
    ? `Se muestran las primeras ${ROW_LIMIT.toLocaleString("es-CO")} filas, en ${time}. Los archivos las traen todas.`
    : `${count} en ${time}.`;
  files.hidden = rows.length === 0 || !result.sql;
  chartButton.hidden = rows.length < 2;
  if (chartButton.getAttribute("aria-expanded") === "true") showChart().catch(showError);
}

/** The drawing of the result: what draws it comes when it is first asked for. */
async function showChart() {
  const { drawResult } = await import("./grafico.js");
  if (shown) drawResult(chart, shown.columns, rowsOf(shown));
}

/** @param {boolean} open */
function openChart(open) {
  chartButton.setAttribute("aria-expanded", String(open));
  chartButton.textContent = open ? "Quitar el gráfico" : "Ver en gráfico";
  chart.hidden = !open;
  if (open) showChart().catch(showError);
}

async function run() {
  const sql = editor.value.trim().replace(/;+\s*$/, "");
  if (busy || !sql) return;
  history.replaceState(null, "", `#sql=${encodeURIComponent(sql)}`);
  errorBox.hidden = true;
  files.hidden = true;
  output.replaceChildren();
  chart.replaceChildren();
  chartButton.hidden = true;
  setState("running");
  turn += 1;
  const mine = turn;
  try {
    const result = await engine.run(sql);
    if (mine !== turn) return;
    showResult(result);
    tellCost();
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

let asked = 0; // only the last question of what a query costs is answered

/** Say what the query will fetch, before it does. */
async function tellCost() {
  asked += 1;
  const mine = asked;
  const note = fetchNote(await engine.cost(editor.value).catch(() => ({ tables: [], bytes: 0, ranged: false })));
  if (mine === asked) cost.textContent = note;
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
/**
 * Examples by subject; one is put into the editor and run.
 * @param {import("./lib/examples.js").Example[]} usable
 */
function showExamples(usable) {
  const subjects = [...new Set(usable.map(({ subject }) => subject))];
  examples.replaceChildren(...subjects.map((subject) => element("details", { className: "pe-files pe-sql__group" },
    element("summary", { textContent: subject }),
    ...usable.filter((each) => each.subject === subject).map(({ label, sql }) => {
      const button = element("button", { type: "button", className: "pe-tool", textContent: label });
      button.addEventListener("click", () => {
        editor.value = sql;
        run();
      });
      return button;
    }),
  )));
}

/**
 * Every table with its unit, by theme; one that is chosen gets a query.
 * @param {Metric[]} metrics
 */
function showTables(metrics) {
  const themes = [...new Set(metrics.map((metric) => metric.tema))].sort((a, b) => a.localeCompare(b, "es"));
  tables.replaceChildren(...themes.map((theme) => element("details", { className: "pe-files pe-sql__group" },
    element("summary", { textContent: theme }),
    element("ul", {}, ...metrics.filter((metric) => metric.tema === theme).map((metric) => {
      const button = element("button", { type: "button" }, element("code", { textContent: metric.id }), ` ${metric.titulo}${metric.unidad ? `, ${metric.unidad}` : ""}`);
      button.addEventListener("click", () => choose(metric));
      return element("li", {}, button);
    })),
  )));
}

/** The queries that this reader kept, in this browser alone. */
function showSaved() {
  const found = kept();
  saved.hidden = found.length === 0;
  one("ul", saved).replaceChildren(...found.map((sql) => {
    const open = element("button", { type: "button" }, element("code", { textContent: sql.replace(/\s+/g, " ").slice(0, 120) }));
    open.addEventListener("click", () => { editor.value = sql; });
    const drop = element("button", { type: "button", className: "pe-tool", textContent: "Borrar" });
    drop.addEventListener("click", () => { forget(sql); showSaved(); });
    return element("li", {}, open, drop);
  }));
}

/** @param {FileKind} kind */
async function download(kind) {
  if (!shown) return;
  try {
    const bytes = await engine.file(shown, kind);
    const mark = kind === "parquet" ? [] : ["\ufeff"]; // by it spreadsheets know UTF-8
    saveMade([...mark, bytes], `consulta.${kind.replace("excel.", "")}`);
  } catch (error) {
    showError(error);
  }
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

/**
 * What the editor completes: tables with what they are, and their columns.
 * @param {Metric[]} metrics
 */
async function completions(metrics) {
  const word = (/** @type {string} */ label, /** @type {string} */ detail, type = "property") => ({ label, detail, type });
  const rows = [word("entity", "a qué se refiere"), word("code", "código de XM"), word("ts", "inicio de la hora"), word("value", "valor"), word("quality", "estado")];
  const days = [...rows.filter(({ label }) => label !== "ts"), word("day", "día"), word("hours", "horas con dato")];
  /** @type {Record<string, { self: import("./lib/editor.js").Word, children: import("./lib/editor.js").Word[] }>} */
  const known = {};
  const add = (/** @type {string} */ name, /** @type {string} */ detail, /** @type {import("./lib/editor.js").Word[]} */ children) => {
    known[name] = { self: { label: name, apply: /[A-Z-]/.test(name) ? `"${name}"` : name, detail, type: "class" }, children };
  };
  for (const { id, titulo, unidad, granularidad, versionada } of metrics) {
    const detail = [titulo, unidad].filter(Boolean).join(" · ");
    const more = versionada ? [word("version", "versión de liquidación")] : [];
    add(id, detail, granularidad === "lista" ? [] : [...rows, ...more]);
    if (granularidad !== "lista") add(`${id}_daily`, `${detail} · por día`, [...days, ...more]);
  }
  for (const { nombre, titulo, columnas } of await engine.others()) add(nombre, titulo, Object.keys(columnas).map((name) => word(name, "")));
  return known;
}

async function begin() {
  const metrics = await engine.describe();
  const usable = usableExamples(metrics);
  showExamples(usable);
  showTables(metrics);
  showSaved();
  if (!(await fromAddress()) && !editor.value && usable[0]) editor.value = usable[0].sql;
  await editor.enhance(await completions(metrics)).catch(() => undefined); // the text area does as well
  tellCost();
  panel.dataset.ready = "true";
}

runButton.addEventListener("click", run);
stopButton.addEventListener("click", stop);
shareButton.addEventListener("click", share);
chartButton.addEventListener("click", () => openChart(Boolean(chart.hidden)));
document.addEventListener("portal:scheme", () => { if (!chart.hidden) showChart().catch(showError); });
saveButton.addEventListener("click", () => {
  keep(editor.value.trim());
  showSaved();
  status.textContent = "Guardada en este navegador, abajo en «Mis consultas».";
});
for (const button of files.querySelectorAll("button")) button.addEventListener("click", () => download(/** @type {FileKind} */ (button.dataset.kind)));
picker.addEventListener("input", () => filter().catch(showError));
picker.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    find("button", options)?.click();
  }
  if (event.key === "Escape") list([]);
});
addEventListener("hashchange", () => fromAddress().catch(showError));

panel.hidden = false;
setState("idle");
begin().catch(showError);
