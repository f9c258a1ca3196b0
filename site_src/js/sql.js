// The page "Consulta SQL": picker, editor, result. Everything that comes from data is written with textContent.
import { Engine, EngineError, ROW_LIMIT } from "./sql-motor.js";
import { isNumber, rowsOf, toCsv } from "./sql-celdas.js";

const console_ = document.getElementById("sql-console");
const byId = (id) => document.getElementById(id);
const [editor, runButton, stopButton, status, errorBox, output] =
  ["sql-editor", "sql-run", "sql-stop", "sql-status", "sql-error", "sql-output"].map(byId);
const [picker, options, about, examples, shareButton, csvButton] =
  ["sql-pick", "sql-options", "sql-about", "sql-examples", "sql-share", "sql-csv"].map(byId);
const STEP = 500; // rows added to the table at a time
const engine = new Engine((text) => { status.textContent = text; });
const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
const element = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};
let shown = null; // {fields, rows} of the last result
let busy = false;

// ---- errors in Spanish -------------------------------------------------------------------------------------------
const MEANINGS = [
  [/Table with name (\S+) does not exist/i, (m) => `No existe la tabla ${m[1]}. Use el código de una métrica entre comillas, por ejemplo "PrecBolsNaci".`],
  [/Referenced column "([^"]+)" not found/i, (m) => `No existe la columna «${m[1]}». Las columnas son entity, code, ts, value y quality.`],
  [/syntax error at or near "([^"]*)"/i, (m) => `Hay un error de sintaxis cerca de «${m[1]}».`],
  [/syntax error at end of input/i, () => "La consulta está incompleta."],
  [/must appear in the GROUP BY clause/i, () => "Una columna del SELECT no está en GROUP BY ni dentro de una función de agregación."],
  [/Could not convert|Conversion Error/i, () => "Un valor no se pudo convertir al tipo pedido."],
  [/Out of Memory|memory/i, () => "La consulta necesita más memoria de la que tiene la pestaña. Pida menos filas."],
  [/(?:function|aggregate)[^"]*with name (\S+) does not exist|No function matches/i, (m) => `La función ${m[1] ?? "pedida"} no existe o recibe otros argumentos.`],
  [/NetworkError|Failed to (?:load|execute|open|fetch)|HTTP|IO Error/i, () => "La consulta pidió un archivo que no se puede leer. Aquí solo se consultan los datos del portal."],
];

function explain(error) {
  if (error instanceof EngineError) return [error.message, error.detail];
  const text = String(error?.message ?? error);
  const meaning = MEANINGS.map(([pattern, say]) => { const m = text.match(pattern); return m && say(m); }).find(Boolean);
  return [meaning ?? "La consulta no se pudo ejecutar.", text];
}

function setState(state) {
  console_.dataset.state = state;
  busy = state === "running";
  runButton.disabled = busy;
  stopButton.hidden = !busy;
}

function showError(error) {
  const [message, detail] = explain(error);
  errorBox.replaceChildren(element("p", { textContent: message }));
  if (detail) errorBox.append(element("pre", { textContent: detail }));
  errorBox.hidden = false;
  status.textContent = "";
}

// ---- result ------------------------------------------------------------------------------------------------------
function showResult(result) {
  const rows = rowsOf(result);
  shown = { fields: result.fields, rows };
  const head = element("tr");
  for (const field of result.fields) {
    head.append(element("th", { scope: "col", textContent: field.name, className: isNumber(field) ? "pe-num" : "" }));
  }
  const body = element("tbody");
  const table = element("table", { className: "pe-table" }, element("thead", {}, head), body);
  const more = element("button", { type: "button", className: "pe-tool" });
  const add = () => {
    for (const row of rows.slice(body.rows.length, body.rows.length + STEP)) {
      const line = element("tr");
      row.forEach((text, i) => {
        line.append(element("td", { textContent: text ?? "nulo", className: text === null ? "pe-null" : isNumber(result.fields[i]) ? "pe-num" : "" }));
      });
      body.append(line);
    }
    const left = rows.length - body.rows.length;
    more.hidden = left === 0;
    more.textContent = `Mostrar ${Math.min(left, STEP)} filas más`;
  };
  more.addEventListener("click", add);
  add();
  const scroll = element("div", { className: "pe-scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Resultado de la consulta");
  output.replaceChildren(scroll, more);
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
  const mine = engine;
  try {
    showResult(await mine.run(sql));
    setState("done");
  } catch (error) {
    showError(error);
    setState("error");
  }
}

function stop() {
  engine.stop();
  showError(new EngineError("Consulta detenida. La próxima inicia un motor nuevo."));
  setState("error");
}

// ---- picker ------------------------------------------------------------------------------------------------------
const queryFor = (metric) => {
  if (metric.granularidad === "lista") return `SELECT *\nFROM "${metric.id}"\nLIMIT 100`;
  const national = metric.entidades.includes("Sistema");
  return `SELECT day, ${national ? "" : "code, "}round(value, 2) AS valor, quality\nFROM "${metric.id}_daily"\nWHERE entity = '${national ? "Sistema" : metric.entidades[0]}'\nORDER BY day DESC\nLIMIT 100`;
};

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

function list(found) {
  options.replaceChildren(...found.map((metric) => {
    const button = element("button", { type: "button" }, element("strong", { textContent: metric.titulo }), " ", element("code", { textContent: metric.id }));
    button.addEventListener("click", () => choose(metric));
    return element("li", {}, button);
  }));
  options.hidden = found.length === 0;
}

async function filter() {
  const words = plain(picker.value).split(/\s+/).filter(Boolean);
  if (!words.length) { list([]); return; }
  const metrics = await engine.describe();
  const hits = metrics.filter((metric) => {
    const text = plain(`${metric.id} ${metric.titulo} ${metric.tema}`);
    return words.every((word) => text.includes(word));
  });
  list(hits.slice(0, 8));
}

// ---- examples, share, download -----------------------------------------------------------------------------------
const EXAMPLES = [
  ["Precio de bolsa por día", ["PrecBolsNaci"], `SELECT day, round(value, 2) AS cop_kwh\nFROM "PrecBolsNaci_daily"\nORDER BY day DESC\nLIMIT 31`],
  ["Perfil horario de la demanda", ["DemaReal"], `SELECT hour(ts) AS hora, round(avg(value) * 1000, 0) AS mw\nFROM "DemaReal"\nWHERE entity = 'Sistema'\nGROUP BY hora\nORDER BY hora`],
  ["Los diez recursos que más generan", ["Gene"], `SELECT code AS recurso, round(sum(value), 1) AS gwh\nFROM "Gene"\nWHERE entity = 'Recurso'\nGROUP BY recurso\nORDER BY gwh DESC\nLIMIT 10`],
  ["Volumen útil por embalse", ["PorcVoluUtilDiar"], `SELECT code AS embalse, day, round(value, 1) AS porcentaje\nFROM "PorcVoluUtilDiar_daily"\nWHERE entity = 'Embalse'\nQUALIFY row_number() OVER (PARTITION BY code ORDER BY day DESC) = 1\nORDER BY porcentaje DESC`],
  ["Métricas del catálogo", [], "SELECT id, title, unit, grain\nFROM catalog_metric\nORDER BY title"],
];

function showExamples(metrics) {
  const known = new Set(metrics.map((metric) => metric.id));
  const usable = EXAMPLES.filter(([, needed]) => needed.every((id) => known.has(id)));
  examples.replaceChildren(...usable.map(([label, , sql]) => {
    const button = element("button", { type: "button", className: "pe-tool", textContent: label });
    button.addEventListener("click", () => { editor.value = sql; run(); });
    return button;
  }));
  return usable;
}

function download() {
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

// A query in the address is shown, never run by itself.
async function fromAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  if (state.get("sql")) { editor.value = state.get("sql"); return true; }
  const wanted = state.get("metrica");
  const metric = wanted && (await engine.describe()).find((each) => each.id === wanted);
  if (metric) choose(metric);
  return Boolean(metric);
}

runButton.addEventListener("click", run);
stopButton.addEventListener("click", stop);
shareButton.addEventListener("click", share);
csvButton.addEventListener("click", download);
picker.addEventListener("input", () => filter().catch(showError));
picker.addEventListener("keydown", (event) => {
  if (event.key === "Enter") { event.preventDefault(); options.querySelector("button")?.click(); }
  if (event.key === "Escape") list([]);
});
editor.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
});
addEventListener("hashchange", () => fromAddress().catch(showError));

console_.hidden = false;
setState("idle");
engine.describe().then(async (metrics) => {
  const usable = showExamples(metrics);
  if (!(await fromAddress()) && !editor.value && usable.length) editor.value = usable[0][2];
  console_.dataset.ready = "true";
}).catch(showError);
