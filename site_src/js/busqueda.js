// The search box of every page: it opens at once; what it finds comes with the first opening (buscador.js).
import { find, field, one } from "./lib/dom.js";
import { keepOneMenuOpen } from "./lib/menus.js";

// The dialog is of use to those who run this only: no page carries it.
document.body.insertAdjacentHTML("beforeend", `
<dialog class="pe-search" id="pe-search" aria-label="Buscar en el portal">
  <form method="dialog" role="search" class="pe-search__form">
    <label class="pe-visually-hidden" for="pe-search-input">Palabras que busca</label>
    <input id="pe-search-input" type="search" placeholder="Bolsa, recibo, Guavio…" autocomplete="off" spellcheck="false" role="combobox" aria-expanded="false" aria-controls="pe-search-list" aria-autocomplete="list">
    <button type="submit" class="pe-tool">Cerrar</button>
  </form>
  <p class="pe-search__status" id="pe-search-status" role="status">Escriba para buscar. Ni las tildes ni los errores al escribir importan.</p>
  <div class="pe-search__tried" id="pe-search-tried" hidden></div>
  <div class="pe-search__list" id="pe-search-list" role="listbox" aria-label="Resultados"></div>
</dialog>`);
const dialog = /** @type {HTMLDialogElement} */ (one("#pe-search"));
const opener = one("#pe-search-open");
const input = field("#pe-search-input");
const list = one("#pe-search-list");
let selected = -1;

const options = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=option]")]);

/** @param {number} index */
function select(index) {
  const all = options();
  if (!all.length) return;
  selected = (index + all.length) % all.length;
  all.forEach((each, at) => each.setAttribute("aria-selected", String(at === selected)));
  input.setAttribute("aria-activedescendant", all[selected]?.id ?? "");
  all[selected]?.scrollIntoView({ block: "nearest" });
}

const search = () => import("./buscador.js").then(({ show }) => show(input.value)).catch((error) => {
  one("#pe-search-status").textContent = "No se pudo cargar el buscador. Revise su conexión y vuelva a intentarlo.";
  console.warn("El buscador no se pudo cargar.", error);
});

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  search();
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
input.addEventListener("input", search);
input.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (steps) {
    event.preventDefault();
    select(selected < 0 && steps < 0 ? -1 : selected + steps);
  } else if (event.key === "Enter") {
    event.preventDefault();
    options()[Math.max(selected, 0)]?.click();
  }
});
// Of new results nothing is selected; what only grew keeps its selection.
list.addEventListener("found", () => {
  selected = options().findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (selected < 0) input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(find("[role=option]", list) !== null));
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
keepOneMenuOpen();
