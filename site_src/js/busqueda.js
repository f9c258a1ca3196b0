// Search box over Pagefind's index: own markup, Spanish labels, keyboard. Results are written as text, never as HTML.
import { element, field, find, one } from "./lib/dom.js";
import { keepOneMenuOpen } from "./lib/menus.js";
import { ROOT } from "./lib/site.js";

const LIMIT = 12;
// The dialog is of use to those who run this only: no page carries it.
document.body.insertAdjacentHTML("beforeend", `
<dialog class="pe-search" id="pe-search" aria-label="Buscar en el portal">
  <form method="dialog" role="search" class="pe-search__form">
    <label class="pe-visually-hidden" for="pe-search-input">Palabras que busca</label>
    <input id="pe-search-input" type="search" placeholder="Métrica, tablero, embalse, código XM…" autocomplete="off" spellcheck="false" role="combobox" aria-expanded="false" aria-controls="pe-search-list" aria-autocomplete="list">
    <button type="submit" class="pe-tool">Cerrar</button>
  </form>
  <p class="pe-search__status" id="pe-search-status" role="status">Escriba para buscar. Las tildes no importan.</p>
  <ol class="pe-search__list" id="pe-search-list" role="listbox" aria-label="Resultados"></ol>
</dialog>`);
const dialog = /** @type {HTMLDialogElement} */ (one("#pe-search"));
const opener = one("#pe-search-open");
const input = field("#pe-search-input");
const list = one("#pe-search-list");
const status = one("#pe-search-status");
/** @type {Promise<Pagefind> | null} */
let engine = null;
let turn = 0;
let selected = -1;

/** @returns {Promise<Pagefind>} */
async function start() {
  const pagefind = await import(new URL("pagefind/pagefind.js", ROOT).href);
  await pagefind.options({ baseUrl: ROOT.pathname, excerptLength: 18 });
  return pagefind;
}

function load() {
  if (!engine) {
    engine = start();
    engine.catch(() => {
      engine = null;
      status.textContent = "No se pudo cargar el buscador. Revise su conexión y vuelva a intentarlo.";
    });
  }
  return engine;
}

/**
 * Pagefind marks the words found with <mark>; the excerpt is rebuilt as text nodes, so that no markup can slip in.
 * @param {string} html
 */
function excerpt(html) {
  const parts = [...new DOMParser().parseFromString(html, "text/html").body.childNodes];
  return element("p", {}, ...parts.map((node) => {
    const text = node.textContent ?? "";
    return node.nodeName === "MARK" ? element("mark", { textContent: text }) : text;
  }));
}

/**
 * @param {Hit} hit
 * @param {number} index
 */
function row(hit, index) {
  const title = element("strong", { textContent: hit.meta.title || "Sin título" });
  const link = element("a", { href: hit.url, tabIndex: -1 }, title, excerpt(hit.excerpt));
  const item = element("li", { id: `pe-hit-${index}` }, link);
  item.setAttribute("role", "option");
  return item;
}

/** @param {number} index */
function select(index) {
  const items = [...list.children];
  if (!items.length) return;
  selected = (index + items.length) % items.length;
  items.forEach((item, i) => item.setAttribute("aria-selected", String(i === selected)));
  input.setAttribute("aria-activedescendant", items[selected]?.id ?? "");
  items[selected]?.scrollIntoView({ block: "nearest" });
}

async function search() {
  const words = input.value.trim();
  turn += 1;
  const mine = turn;
  if (!words) {
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    status.textContent = "Escriba para buscar. Las tildes no importan.";
    return;
  }
  const pagefind = await load();
  const found = await pagefind.debouncedSearch(words, {}, 120);
  if (!found || mine !== turn) return;
  const results = await Promise.all(found.results.slice(0, LIMIT).map((result) => result.data()));
  if (mine !== turn) return;
  list.replaceChildren(...results.map(row));
  selected = -1;
  input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(results.length > 0));
  const total = found.results.length;
  if (!total) status.textContent = `Nada para «${words}». Pruebe con otra palabra o con el código de XM.`;
  else if (total === 1) status.textContent = "1 página.";
  else status.textContent = total > LIMIT ? `${total} páginas; se muestran las ${LIMIT} primeras.` : `${total} páginas.`;
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  load().catch(() => undefined);
}

opener.hidden = false;
opener.addEventListener("click", open);
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (wanted && !event.altKey) {
    event.preventDefault();
    open();
  }
});
input.addEventListener("input", () => search().catch(() => undefined));
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(selected + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    event.preventDefault();
    const link = find("a", list.children[Math.max(selected, 0)] ?? list);
    if (link instanceof HTMLAnchorElement) location.href = link.href;
  }
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
keepOneMenuOpen();
