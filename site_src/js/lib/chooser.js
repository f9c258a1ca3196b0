// Where the reader of the Explorer looks for a series: first what is measured, then of whom.
import { element, one, field } from "./dom.js";
import { MOST } from "./exploration.js";
import { holds } from "./rows.js";
import { nameOf, offers } from "./series.js";
import { plain, wordsOf } from "./text.js";

/** @typedef {import("./series.js").Shelf} Shelf */
/** @typedef {{ ref: string, name: string, more: string, text: string }} Offer */

const SHOWN = 12;

/**
 * The codes of a series with their names; where a code is no name, it stands beside it.
 * @param {Shelf} shelf
 * @param {string} ref `Gene.Recurso.`
 * @returns {Offer[]}
 */
function codesOf({ codes }, ref) {
  const [metric = "", entity = ""] = ref.split(".");
  return (codes.codigos[`${metric}.${entity}`] ?? []).map((code) => {
    const name = nameOf(codes, entity, code);
    return { ref: `${ref}${code}`, name, more: name === code ? "" : code, text: plain(`${name} ${code}`) };
  }).sort((a, b) => a.name.localeCompare(b.name, "es"));
}

/**
 * Every series of a plant, a reservoir, an agent…, for whoever looks for it by its name.
 * @param {Shelf} shelf
 * @returns {Offer[]}
 */
function named(shelf) {
  return Object.keys(shelf.codes.codigos).flatMap((key) => {
    const [id = "", entity = ""] = key.split(".");
    const metric = shelf.metrics.get(id);
    if (!metric || entity === "Sistema") return [];
    return codesOf(shelf, `${key}.`).map(({ ref, name, more, text }) => ({ ref, name: `${name}: ${metric.titulo.toLowerCase()}`, more, text: `${text} ${plain(metric.titulo)}` }));
  });
}

/**
 * Enter takes the first, arrows walk, Escape closes.
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {() => void} close
 */
function byKeys(input, list, close) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "ArrowDown") list.querySelector("button")?.focus();
    if (event.key !== "Enter") return;
    event.preventDefault();
    list.querySelector("button")?.click();
  });
  list.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (event.key === "Escape") { close(); input.focus(); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (buttons[at + (event.key === "ArrowDown" ? 1 : -1)] ?? input).focus();
    }
  });
}

/**
 * @param {Shelf} shelf
 * @param {(ref: string) => void} add
 * @param {() => number} count of series chosen
 */
export function offerSeries(shelf, add, count) {
  const [input, list] = [field("#ex-find"), one("#ex-options")];
  const all = offers(shelf);
  /** @type {Offer[] | undefined} made when a name is first looked for */
  let names;
  /** @type {Offer[]} */
  let within = all;
  const close = () => {
    list.hidden = true;
    within = all;
  };

  /** @param {Offer} offer */
  function take(offer) {
    input.value = "";
    if (!offer.ref.endsWith(".")) {
      close();
      add(offer.ref);
      return;
    }
    within = codesOf(shelf, offer.ref);
    input.focus();
    show(`${offer.name}: ¿de cuál?`);
  }

  function show(title = "") {
    const words = wordsOf(input.value);
    const own = within.filter(({ text }) => holds(text, words));
    const found = within === all && words.length && own.length < SHOWN ? [...own, ...(names ??= named(shelf)).filter(({ text }) => holds(text, words))] : own;
    const items = found.slice(0, SHOWN).map((offer) => {
      const button = element("button", { type: "button" }, offer.name, ...(offer.more ? [" ", element("small", { textContent: offer.more })] : []));
      button.addEventListener("click", () => take(offer));
      return element("li", {}, button);
    });
    const full = count() >= MOST;
    const left = found.length - items.length;
    const note = full ? `Ya hay ${MOST} series: quite una.` : !found.length ? "Nada coincide. Pruebe con menos palabras." : left > 0 ? `Hay ${left} más: escriba para acotar.` : "";
    list.replaceChildren(...(title ? [element("li", { className: "ex-ask", textContent: title })] : []), ...(full ? [] : items), ...(note ? [element("li", { className: "ex-ask", textContent: note })] : []));
    list.hidden = false;
  }

  input.addEventListener("input", () => show());
  input.addEventListener("focus", () => show());
  byKeys(input, list, close);
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Node && target.isConnected && !one(".ex-find").contains(target)) close();
  });
}
