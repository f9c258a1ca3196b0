// Filters of long lists: the catalogue of metrics by words and theme, the long tables of a board by words.
import { asked, remember } from "./address.js";
import { all, element, field, find, one } from "./dom.js";
import { showOnly } from "./rows.js";
import { plain } from "./text.js";

const LONG = 15; // rows; a shorter table is read at a glance

/** @param {HTMLElement} section */
function filterTable(section) {
  const rows = all("table.data tbody tr", section);
  if (rows.length <= LONG) return;
  const key = `filtro-${section.id}`;
  const texts = rows.map((row) => plain(row.textContent ?? ""));
  const input = element("input", { type: "search", autocomplete: "off" });
  const count = element("span");
  count.setAttribute("role", "status");
  const form = element("form", { className: "rowfilter" }, element("label", {}, "Filtrar la tabla ", input), count);
  form.setAttribute("role", "search");

  function apply() {
    const shown = showOnly(rows, texts, input.value);
    if (!input.value.trim()) count.textContent = "";
    else count.textContent = shown ? `${shown} de ${rows.length} filas` : "Ninguna fila coincide.";
  }

  input.value = asked(key);
  input.addEventListener("input", () => {
    apply();
    remember({ [key]: input.value.trim() });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  one(".scroll", section).before(form);
  apply();
}

/** @param {HTMLElement} form */
function filterCatalogue(form) {
  const input = field("input", form);
  const chips = all(".chip", form);
  const count = one("[data-count]", form);
  const [noun = "métrica", nouns = "métricas"] = form.dataset.nouns?.split(",") ?? [];
  const themes = all(`#${form.dataset.filter} .theme`).map((section) => {
    const rows = all("tbody tr", section);
    return { section, rows, texts: rows.map((row) => row.dataset.text ?? "") };
  });
  const pressed = () => chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.dataset.theme ?? "";
  const press = (/** @type {string} */ theme) => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.theme === theme)));

  function apply() {
    const theme = pressed();
    let shown = 0;
    for (const { section, rows, texts } of themes) {
      const own = showOnly(rows, texts, input.value);
      section.hidden = !own || (theme !== "" && section.dataset.theme !== theme);
      shown += section.hidden ? 0 : own;
    }
    count.textContent = shown ? `${shown} ${shown === 1 ? noun : nouns}` : `Ninguna ${noun} coincide. Pruebe con menos palabras${chips.length ? " o con otro tema" : ""}.`;
    remember({ q: input.value.trim(), tema: theme });
  }

  input.value = asked("q");
  press(chips.some((chip) => chip.dataset.theme === asked("tema")) ? asked("tema") : "");
  input.addEventListener("input", apply);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    press(chip.dataset.theme ?? "");
    apply();
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

export function filterLists() {
  all("section.tableblock:not(.bill)").forEach(filterTable);
  all("form[data-filter]").forEach(filterCatalogue);
}

/** The table of downloads of the page of the data. */
export function filterDownloads() {
  const input = find("#pe-filter");
  if (!(input instanceof HTMLInputElement)) return;
  const count = one("#pe-filter-count");
  const rows = all(".pe-downloads tbody tr");
  const texts = rows.map((row) => plain(row.textContent ?? ""));
  const holder = input.closest("[hidden]");
  if (holder instanceof HTMLElement) holder.hidden = false;
  input.addEventListener("input", () => {
    const shown = showOnly(rows, texts, input.value);
    for (const fold of /** @type {HTMLDetailsElement[]} */ (all(".pe-downloads .fold"))) {
      fold.hidden = !find("tbody tr:not([hidden])", fold);
      fold.open = !fold.hidden && input.value.trim() !== "";
    }
    if (!input.value.trim()) count.textContent = "";
    else count.textContent = shown === 1 ? "1 serie" : `${shown} series`;
  });
}
