// The bill calculator, from the figures the page already shows. What the data do not hold is written by the reader or
// left out. The state lives in the address.
import { asked, remember } from "./lib/address.js";
import { amount, billLines } from "./lib/bill.js";
import { all, element, one } from "./lib/dom.js";

const whole = new Intl.NumberFormat("es-CO", { maximumFractionDigits: 0 });
const pesos = (/** @type {number} */ value) => `$ ${whole.format(value)}`;

/** @param {import("./lib/bill.js").Share} share */
function line([words, low, last, high]) {
  const number = (/** @type {string} */ textContent) => element("td", { textContent });
  const range = low === high ? "" : `${pesos(low)} a ${pesos(high)}`;
  return element("tr", {}, element("th", { textContent: words, scope: "row" }), number(pesos(last)), number(range));
}

/** @param {HTMLElement} block */
function calculator(block) {
  /** @type {import("./lib/bill.js").Share[]} */
  const parts = JSON.parse(block.dataset.bill ?? "[]");
  const form = one("form", block);
  const [kwh, rest] = /** @type {[HTMLInputElement, HTMLInputElement]} */ (all("input", form));
  const body = one("[data-result] tbody", block);
  const told = one("[data-told]", block);
  if (asked("consumo")) kwh.value = asked("consumo");
  if (asked("resto")) rest.value = asked("resto");
  const number = (/** @type {HTMLInputElement} */ input) => amount(input.value, Number(input.max));

  function show() {
    const used = number(kwh);
    const lines = billLines(parts, used, number(rest));
    const [, low, last, high] = lines[parts.length - 1] ?? ["", 0, 0, 0];
    body.replaceChildren(...lines.map(line));
    told.textContent = used
      ? `Con ${whole.format(used)} kWh al mes, las partes que se pueden calcular suman ${pesos(last)}; en el último año, de ${pesos(low)} a ${pesos(high)}.`
      : "Escriba su consumo del mes, en kWh. Está en la factura.";
  }

  form.addEventListener("input", () => {
    show();
    remember({ consumo: number(kwh) ? String(number(kwh)) : "", resto: number(rest) ? String(number(rest)) : "" });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  show();
  for (const part of all("[hidden]", block)) part.hidden = false;
}

all("[data-bill]").forEach(calculator);
