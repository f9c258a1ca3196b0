// The assistant: a dialog that opens on any page and answers from the portal's own files. Nothing is sent to anyone, and what
// comes from data or from the reader is written as text.
import { copy } from "./lib/copies.js";
import { answer } from "./lib/answers.js";
import { element, field, find, one } from "./lib/dom.js";
import { lexiconOf, simple } from "./lib/lexicon.js";
import { modelQuestion } from "./lib/model.js";
import { understand } from "./lib/question.js";
import { ROOT } from "./lib/site.js";
import { sparkline } from "./lib/sparkline.js";
import { namedDays } from "./lib/when.js";

/** @typedef {import("./lib/answers.js").Answer} Answer */

const EXAMPLES = ["¿Cuánta energía consumió el país ayer?", "¿Cómo están los embalses?", "Precio de bolsa promedio del mes pasado", "¿Qué planta generó más?", "¿Habrá racionamiento?"];
/** @type {Map<string, Promise<any>>} */
const files = new Map();

/**
 * A published file, loaded once; after a failure, again.
 * @param {string} path from the root
 */
function read(path) {
  const load = async () => {
    const reply = await fetch(new URL(path, ROOT));
    if (!reply.ok) throw new Error(`${reply.status} ${path}`);
    return path.endsWith(".json") ? reply.json() : reply.text();
  };
  const file = files.get(path) ?? load();
  files.set(path, file);
  file.catch(() => { files.delete(path); });
  return file;
}

/** The day in Colombia, by the reader's clock. */
const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: "America/Bogota" }).format(new Date());

/** The board that is being read, and the metric. */
function here() {
  const [folder = "", name = ""] = location.pathname.slice(ROOT.pathname.length).split("/");
  return { board: folder === "tableros" ? name : folder === "" ? "inicio" : "", metric: folder === "metricas" ? name : "" };
}

/** Refusals for not having understood: a model may read the question again. */
const HELPED = new Set(["unknown", "besides", "twotimes"]);
/** @type {import("./lib/question.js").Question | undefined} the question before, for «¿y ayer?» */
let before;

/** @param {string} text */
async function answered(text) {
  const vocabulary = await read("datos/asistente.json");
  const lexicon = lexiconOf(vocabulary);
  const { board, metric } = here();
  const now = { today: today(), named: namedDays(vocabulary.days, simple) };
  const series = lexicon.vocabulary.series.find((each) => each.metric === metric)?.id;
  const read_ = understand(text, { lexicon, now, board, before, ...(series ? { series } : {}) });
  const helped = read_.kind === "refuse" && HELPED.has(read_.topic ?? "") && modelWanted()
    ? await modelQuestion(text, lexicon, now.today, { address: vocabulary.model, key: /** @type {HTMLInputElement} */ (one("#pe-ask-key")).value }) : null;
  const question = helped ?? read_;
  const found = await answer(question, { read, lexicon, today: now.today });
  if (question.kind !== "refuse") before = question;
  if (helped) found.notes.push("La pregunta la leyó un modelo de lenguaje; la cifra es la publicada. Compruebe que entendió lo que usted preguntó.");
  return found;
}

/** Whether the reader lets a model of this host read what the rules cannot. */
const modelWanted = () => /** @type {HTMLInputElement | null} */ (find("#pe-ask-model"))?.checked ?? false;

/** @param {string} sql */
const consoleAt = (sql) => new URL(`consulta/#sql=${encodeURIComponent(sql)}`, ROOT).href;

/** @param {Answer} found */
function links({ sql, page }) {
  const all = [
    ...(page ? [element("a", { href: new URL(page.path, ROOT).href, textContent: page.title || "Ver la página" })] : []),
    ...(sql ? [element("a", { href: consoleAt(sql), textContent: "Ver consulta" })] : []),
  ];
  return all.length > 0 ? [element("p", { className: "pe-ask__links" }, ...all)] : [];
}

/**
 * The answer as text, to paste elsewhere.
 * @param {string} asked
 * @param {Answer} found
 */
const asText = (asked, { understood, figures, facts = [], notes, said = "", page, sql }) => [
  asked, understood, ...figures.map(({ name, text }) => (name ? `${name}: ${text}` : text)), figures.length > 0 ? "" : said, ...facts, ...notes,
  page ? new URL(page.path, ROOT).href : "", sql ? consoleAt(sql) : "", "Fuente: Portal Energético de Colombia, con datos de XM.",
].filter(Boolean).join("\n");

/** @param {Answer} found */
function body(found) {
  const { kind, understood, figures, facts = [], notes, said, line } = found;
  const many = figures.length > 1;
  const first = figures[0];
  const told = kind === "refuse" || kind === "state" ? said : "";
  return [
    ...(understood ? [element("p", { className: "pe-ask__understood", textContent: `Entendí: ${understood}` })] : []),
    ...(told ? [element("p", { className: kind === "state" ? "pe-ask__figure" : "pe-ask__said", textContent: told })] : []),
    ...(first && !many ? [element("p", { className: found.missing ? "pe-ask__figure pe-ask__figure--other" : "pe-ask__figure", textContent: first.text })] : []),
    ...(many ? [element("ol", { className: "pe-ask__rank" }, ...figures.map(({ name, text }) => element("li", {}, `${name}: `, element("strong", { textContent: text }))))] : []),
    ...(first?.name && !many ? [element("p", { textContent: first.name })] : []),
    ...(line && line.length > 2 ? [sparkline(line)] : []),
    ...(facts.length > 0 ? [element("ul", { className: "pe-ask__facts" }, ...facts.map((text) => element("li", { textContent: text })))] : []),
    ...notes.map((text) => element("p", { className: "pe-ask__note", textContent: text })),
    ...links(found),
  ];
}

/**
 * @param {string} asked
 * @param {(Node | string)[]} parts
 */
const card = (asked, parts) => element("article", { className: "pe-ask__card" }, element("h3", { textContent: asked }), ...parts);

/** @param {string} text */
async function ask(text) {
  const status = one("#pe-ask-status");
  const list = one("#pe-ask-list");
  const asked = text.trim();
  if (!asked) {
    status.textContent = "Escriba primero una pregunta.";
    return;
  }
  status.textContent = "Buscando…";
  try {
    const found = await answered(asked);
    const copied = element("button", { type: "button", className: "quiet", textContent: "Copiar respuesta" });
    copied.addEventListener("click", () => copy(copied, asText(asked, found)));
    /** @type {HTMLDetailsElement} */ (one("#pe-ask-more")).open = false;
    list.prepend(card(asked, [...body(found), copied]));
    status.textContent = found.kind === "refuse" ? "Sin respuesta: se dice por qué." : "Respuesta lista.";
  } catch (error) {
    console.warn("La pregunta no se pudo contestar.", error);
    status.textContent = "No se pudieron cargar los datos del portal. Revise su conexión e intente de nuevo.";
  }
}

/** The facts of the board, to paste into an assistant of the reader's own. */
async function copyFacts() {
  const { board } = here();
  const status = one("#pe-ask-status");
  try {
    const text = await read(board === "inicio" ? "index.md" : `tableros/${board}/index.md`);
    await navigator.clipboard.writeText(`${text}\n${location.href.replace(/#.*$/, "")}\n`);
    status.textContent = "Copiado: péguelo en su asistente. Lleva cifras con unidad y día, y de dónde salen.";
  } catch {
    status.textContent = "No se pudo copiar. El mismo texto está en index.md, junto a esta página.";
  }
}

/** @param {string} text */
function example(text) {
  const button = element("button", { type: "button", className: "pe-tool", textContent: text });
  button.addEventListener("click", () => ask(text));
  return button;
}

function dialog() {
  const close = element("button", { type: "submit", className: "pe-tool", textContent: "Cerrar" });
  const head = element("form", { method: "dialog", className: "pe-ask__head" }, element("h2", { id: "pe-ask-title", textContent: "Pregunte a los datos" }), close);
  const input = element("input", { id: "pe-ask-input", type: "text", autocomplete: "off", maxLength: 300, placeholder: "¿Cuánta energía consumió el país ayer?" });
  const label = element("label", { htmlFor: "pe-ask-input", className: "pe-visually-hidden", textContent: "Su pregunta" });
  const form = element("form", { className: "pe-search__form" }, label, input, element("button", { type: "submit", className: "pe-tool", textContent: "Preguntar" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(input.value).then(() => { input.select(); });
  });
  const { board } = here();
  const actions = [...(board ? ["Analizar este tablero"] : []), ...EXAMPLES].map(example);
  if (board) {
    const facts = element("button", { type: "button", className: "pe-tool", textContent: "Copiar para mi asistente" });
    facts.title = "Copia lo que dice esta página como texto, con cifras, días y fuente";
    facts.addEventListener("click", copyFacts);
    actions.push(facts);
  }
  const promise = "Contesta solo con cifras publicadas aquí. Su pregunta no sale de este navegador.";
  const made = element("dialog", { className: "pe-search pe-ask", id: "pe-ask" }, head, form,
    element("p", { className: "pe-search__status", id: "pe-ask-status", role: "status", textContent: promise }),
    element("details", { open: true, id: "pe-ask-more" }, element("summary", { textContent: "Ejemplos" }), element("div", { className: "pe-ask__examples" }, ...actions),
      element("p", { className: "pe-ask__links" }, element("a", { href: new URL("preguntas/", ROOT).href, textContent: "¿Qué tan bien contesta?" }))),
    element("div", { id: "pe-ask-list" }));
  made.setAttribute("aria-labelledby", "pe-ask-title");
  made.addEventListener("click", ({ target }) => { if (target === made) made.close(); });
  document.body.append(made);
  read("datos/asistente.json").then(({ model }) => { if (model) one("#pe-ask-list").before(modelChoice(model)); }).catch(() => {}); // asked again with the question
  return made;
}

/**
 * The choice to let a model of the same host read questions; the portal names its address, or there is none.
 * @param {string} address path on this host
 */
function modelChoice(address) {
  const box = element("input", { type: "checkbox", id: "pe-ask-model" });
  const key = element("input", { type: "password", id: "pe-ask-key", autocomplete: "off", placeholder: "Clave, si la pide" });
  key.setAttribute("aria-label", "Clave del modelo");
  const told = `Si no entiendo una pregunta, enviarla al modelo de este sitio (${address}) con la fecha y los nombres de las series. Nada más se envía; la clave no se guarda.`;
  return element("details", {}, element("summary", { textContent: "Usar un modelo de lenguaje" }), element("label", { className: "pe-ask__model" }, box, told), key);
}

/**
 * Open the dialog; what was asked before is still there.
 * @param {string} [question] asked at once
 */
export function openAssistant(question) {
  const made = /** @type {HTMLDialogElement} */ (find("#pe-ask") ?? dialog());
  made.showModal();
  const input = field("#pe-ask-input");
  input.focus();
  if (question) {
    input.value = question;
    ask(question);
  }
}
