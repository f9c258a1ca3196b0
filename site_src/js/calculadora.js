// The bill calculator: the month's consumption times each part of a kWh, from the figures the page already shows.
// What the data do not hold is written by the reader or left out. The state lives in the address.
const whole = new Intl.NumberFormat("es-CO", { maximumFractionDigits: 0 });
const pesos = (value) => `$ ${whole.format(value)}`;

function cell(tag, text, numeric) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (numeric) made.className = "n";
  if (tag === "th") made.scope = numeric === undefined ? "row" : "col";
  return made;
}

function line(words, low, last, high) {
  const row = document.createElement("tr");
  row.append(cell("th", words), cell("td", pesos(last), true), cell("td", low === high ? "" : `${pesos(low)} a ${pesos(high)}`, true));
  return row;
}

export function calculator(block) {
  const parts = JSON.parse(block.dataset.bill);
  const form = block.querySelector("form");
  const [kwh, rest] = form.querySelectorAll("input");
  const body = block.querySelector("[data-result] tbody");
  const told = block.querySelector("[data-told]");
  const asked = new URLSearchParams(location.search);
  if (asked.get("consumo")) kwh.value = asked.get("consumo");
  if (asked.get("resto")) rest.value = asked.get("resto");

  function number(input) {
    const value = Number(input.value.replace(",", "."));
    return Number.isFinite(value) && value > 0 ? Math.min(value, Number(input.max)) : 0;
  }

  function show() {
    const used = number(kwh);
    const missing = number(rest);
    const sum = parts.at(-1);
    const rows = parts.map(([words, low, last, high]) => line(words, low * used, last * used, high * used));
    if (missing) {
      rows.push(line("Lo que usted escribió", missing * used, missing * used, missing * used));
      rows.push(line("Total antes de subsidios y contribuciones", (sum[1] + missing) * used, (sum[2] + missing) * used, (sum[3] + missing) * used));
    }
    body.replaceChildren(...rows);
    told.textContent = used
      ? `Con ${whole.format(used)} kWh al mes, las partes que se pueden calcular suman ${pesos(sum[2] * used)}; en el último año, de ${pesos(sum[1] * used)} a ${pesos(sum[3] * used)}.`
      : "Escriba su consumo del mes, en kWh. Está en la factura.";
    const query = new URLSearchParams(location.search);
    used ? query.set("consumo", String(used)) : query.delete("consumo");
    missing ? query.set("resto", String(missing)) : query.delete("resto");
    return query;
  }

  form.addEventListener("input", () => {
    const query = show();
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
  block.querySelectorAll("[hidden]").forEach((part) => { part.hidden = false; });
}

document.querySelectorAll("[data-bill]").forEach(calculator);
