// What a reader chooses lives in the address: the series switched off in a chart, the words that filter a long table.
// A copied link shows the same.
const SEPARATOR = "~";
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();

function keep(key, value) {
  const query = new URLSearchParams(location.search);
  value ? query.set(key, value) : query.delete(key);
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
}

/** Series that the address says are off in a chart. */
export function hiddenIn(id) {
  return new Set((new URLSearchParams(location.search).get(`sin-${id}`) ?? "").split(SEPARATOR).filter(Boolean));
}

/** Write into the address which series of a chart are off. */
export function keepHidden(id, names) {
  keep(`sin-${id}`, [...names].join(SEPARATOR));
}

const LONG = 15; // rows; a shorter table is read at a glance

function filterTable(section) {
  const rows = [...section.querySelectorAll("table.data tbody tr")];
  if (rows.length <= LONG) return;
  const key = `filtro-${section.id}`;
  const texts = rows.map((row) => plain(row.textContent));
  const form = document.createElement("form");
  form.className = "rowfilter";
  form.setAttribute("role", "search");
  const label = document.createElement("label");
  label.textContent = "Filtrar la tabla ";
  const input = document.createElement("input");
  input.type = "search";
  input.autocomplete = "off";
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  label.append(input);
  form.append(label, count);

  function apply() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      row.hidden = !words.every((word) => texts[index].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = words.length ? (shown ? `${shown} de ${rows.length} filas` : "Ninguna fila coincide.") : "";
  }

  input.value = new URLSearchParams(location.search).get(key) ?? "";
  input.addEventListener("input", () => { apply(); keep(key, input.value.trim()); });
  form.addEventListener("submit", (event) => event.preventDefault());
  section.querySelector(".scroll").before(form);
  apply();
}

document.querySelectorAll("section.tableblock:not(.bill)").forEach(filterTable);

// Months run to the right: where they do not all fit, the newest are read first.
for (const heat of document.querySelectorAll(".scroll:has(> .heat)")) heat.scrollLeft = heat.scrollWidth;
