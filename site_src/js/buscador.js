// What the search box shows: a figure where one is asked for, what has a name in groups, then the text of the pages (Pagefind).
import { element, field, one } from "./lib/dom.js";
import { addReports, askedWords, asksForReports, found, indexOf } from "./lib/finder.js";
import { isMarked, wordsIn } from "./lib/finder-words.js";
import { firstAnswer } from "./lib/first-answer.js";
import { action, answerRow, excerpt, group, page } from "./lib/found-rows.js";
import { json, ROOT } from "./lib/site.js";

const EXAMPLES = ["precio de bolsa", "nivel de los embalses", "Hidroituango", "recibo de la luz", "¿habrá racionamiento?"];
const IN_TEXT = 5;
const HELP = "Escriba para buscar. Ni las tildes ni los errores al escribir importan.";
const dialog = /** @type {HTMLDialogElement} */ (one("#pe-search"));
const input = field("#pe-search-input");
const list = one("#pe-search-list");
const status = one("#pe-search-status");
const tried = one("#pe-search-tried");
/** @type {Map<string, Promise<any>>} */
const kept = new Map();
let turn = 0;

/**
 * What a name stands for, made once; after a failure, again.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} make
 * @returns {Promise<T>}
 */
function once(name, make) {
  const made = kept.get(name) ?? make();
  kept.set(name, made);
  made.catch(() => { kept.delete(name); });
  return made;
}

/** @param {string} path from the root */
const read = (path) => once(path, () => json(new URL(path, ROOT), { cache: "no-cache" }));

const named = () => once("index", async () => indexOf(await json(new URL("datos/busqueda.json", ROOT), { cache: "no-cache" })));

/** @returns {Promise<Pagefind>} */
const engine = () => once("pagefind", async () => {
  const pagefind = await import(new URL("pagefind/pagefind.js", ROOT).href);
  await pagefind.options({ baseUrl: ROOT.pathname, excerptLength: 18 });
  return pagefind;
});

/** The reports join the names when one is asked for: every night there is one more. */
const withReports = (/** @type {import("./lib/finder.js").Index} */ index) =>
  once("reports", async () => addReports(index, await json(new URL("api/v1/informes.json", ROOT), { cache: "no-cache" })));

/** @param {string} url */
const here = (url) => new URL(url, ROOT).href;

/**
 * Put groups below those that stand; what is selected stays so.
 * @param {HTMLElement[]} groups
 */
function append(groups) {
  list.append(...groups);
  list.querySelectorAll("[role=option]").forEach((each, at) => { each.id = `pe-hit-${at}`; });
  list.dispatchEvent(new Event("found"));
}

/** @param {HTMLElement[]} groups */
function draw(groups) {
  list.replaceChildren();
  append(groups);
}

/**
 * What has a name, with the figure first; and the addresses shown.
 * @param {string} text
 */
async function byName(text) {
  const index = await named();
  if (asksForReports(text, index)) await withReports(index).catch(() => {}); // without them, what has a name is still found
  const groups = found(text, index);
  const answer = await firstAnswer(text, index, groups, read).catch(() => null); // a figure that does not come is no figure
  const shown = groups.map(({ id, label, matches }) => group(id, label, matches.map(({ entry }) => page({ ...entry, href: here(entry.url) }))));
  const rows = answer ? [group("answer", "Respuesta", [answerRow(answer, here(answer.url))]), ...shown] : shown;
  return { rows, urls: new Set(groups.flatMap(({ matches }) => matches.map(({ entry }) => here(entry.url)))) };
}

/**
 * The question for the assistant: more than a word may be one.
 * @param {string} text
 */
function toAsk(text) {
  if (!text.includes(" ")) return [];
  const ask = action(`Preguntar a los datos: «${text}»`, () => {
    dialog.close();
    import("./asistente.js").then(({ openAssistant }) => openAssistant(text)).catch((error) => console.warn("El asistente no se pudo abrir.", error));
  });
  return [group("ask", "Preguntar", [ask])];
}

/**
 * What stands in the text of pages, by the words that tell something, as names spell them.
 * @param {string} text
 * @param {Set<string>} shown addresses that stand above already
 */
async function inText(text, shown) {
  const pagefind = await engine();
  const words = await named().then((index) => askedWords(text, index).filter(({ optional }) => !optional).map(({ likely }) => likely), () => wordsIn(text));
  const results = await pagefind.debouncedSearch(words.join(" "), {}, 150);
  if (!results) return null;
  const hits = await Promise.all(results.results.slice(0, IN_TEXT + shown.size).map((result) => result.data()));
  const others = hits.filter(({ url, excerpt: html }) => isMarked(html, words) && !shown.has(new URL(url, location.href).href)).slice(0, IN_TEXT);
  return others.length > 0 ? [group("text", "En el texto de las páginas", others.map(({ url, meta, excerpt: html }) =>
    page({ title: meta.title || "Sin título", said: excerpt(html), href: url })))] : [];
}

/** @param {string} text */
function told(text) {
  const count = list.querySelectorAll("a[role=option]").length;
  const groups = list.querySelectorAll("[role=group]:has(a)").length;
  if (count === 0) return `Nada para «${text}». Pruebe con otra palabra o con el código de XM.`;
  return `${count === 1 ? "1 resultado" : `${count} resultados`} en ${groups === 1 ? "1 grupo" : `${groups} grupos`}.`;
}

function examples() {
  draw([]);
  status.textContent = HELP;
  tried.hidden = false;
  if (tried.childElementCount === 0) tried.append(...EXAMPLES.map(example));
}

/** @param {string} text */
function example(text) {
  const button = element("button", { type: "button", className: "pe-tool", textContent: text });
  button.addEventListener("click", () => {
    input.value = text;
    input.focus();
    show(text);
  });
  return button;
}

/**
 * Show what is found for a text; what comes after the next one was typed is dropped.
 * @param {string} typed
 */
export async function show(typed) {
  const text = typed.trim();
  turn += 1;
  const mine = turn;
  if (!text) {
    examples();
    return;
  }
  tried.hidden = true;
  const names = await byName(text).catch(() => null);
  if (mine !== turn) return;
  draw([...(names?.rows ?? []), ...toAsk(text)]);
  if (names) status.textContent = told(text);
  const more = await inText(text, names?.urls ?? new Set()).catch(() => (names ? [] : null));
  if (mine !== turn) return;
  if (more) {
    append(more);
    status.textContent = told(text);
  } else if (!names) {
    status.textContent = "No se pudo cargar el buscador. Revise su conexión y vuelva a intentarlo.";
  }
}
