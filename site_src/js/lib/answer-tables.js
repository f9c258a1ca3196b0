// What is drawn, in numbers: its statistics, and every value of it.
import { element } from "./dom.js";
import { isWhole, summary, withBands } from "./lines.js";
import { stateWords } from "./plots.js";
import { number, told } from "./scales.js";

/** @typedef {import("./answer.js").Answer} Answer */

const PAGE = 200; // rows shown at a time

/**
 * @param {string[]} heads
 * @param {(string | Node)[][]} rows
 * @param {string} name
 */
function table(heads, rows, name) {
  const body = element("tbody", {}, ...rows.map(rowOf));
  const head = element("thead", {}, element("tr", {}, ...heads.map((text, i) => element("th", { scope: "col", textContent: text, className: i ? "pe-num" : "" }))));
  const scroll = element("div", { className: "pe-scroll", tabIndex: 0 }, element("table", { className: "pe-table" }, head, body));
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", name);
  return { scroll, body };
}

/** @param {(string | Node)[]} cells */
const rowOf = (cells) => element("tr", {}, ...cells.map((cell, i) => (i ? element("td", { className: "pe-num" }, cell) : element("th", { scope: "row" }, cell))));

/**
 * How two lines move together (Pearson), over the steps that both have whole.
 * @param {Line} a
 * @param {Line} b
 */
export function correlation(a, b) {
  let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  a.value.forEach((v, i) => {
    const w = b.value[i] ?? NaN;
    if (Number.isNaN(v) || Number.isNaN(w) || !isWhole(a, i) || !isWhole(b, i)) return;
    [n, x, y, xx, yy, xy] = [n + 1, x + v, y + w, xx + v * v, yy + w * w, xy + v * w];
  });
  return { n, r: n > 2 ? (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y)) : NaN };
}

/** @param {Answer} answer */
export function statistics({ lines: drawn, question: { step, transform, chart } }) {
  const lines = drawn.filter(({ expected }) => !expected); // they are of what was
  const found = lines.map((line) => summary(line, transform));
  const totals = found.some(({ total }) => total !== null);
  const heads = ["Serie", "Datos", "Faltan", "Por confirmar", "Promedio", "Mediana", "Mínimo", "Máximo", "Desviación", ...(totals ? ["Suma"] : [])];
  const when = (/** @type {number} */ value, /** @type {number} */ at) => (Number.isFinite(value) ? `${number(value)} (${told(step, at)})` : "—");
  const rows = found.map((each) => [`${each.name}, ${each.unit}`, number(each.n, 0), number(each.missing, 0), number(each.open, 0), number(each.mean), number(each.median),
    when(each.least, each.leastAt), when(each.most, each.mostAt), number(each.spread), ...(totals ? [each.total === null ? "—" : number(each.total)] : [])]);
  const [a, b] = lines;
  const pair = chart === "dispersion" && a && b ? correlation(a, b) : null;
  const note = pair && Number.isFinite(pair.r) ? [element("p", { textContent: `Correlación: ${number(pair.r, 2)} en ${number(pair.n, 0)} pares. Que dos series se muevan juntas no dice que una cause la otra.` })] : [];
  return [table(heads, rows, "Estadísticas de lo que se ve").scroll, ...note];
}

/**
 * Every value, the newest first, some at a time.
 * @param {Answer} answer
 */
export function valuesTable({ lines: drawn, question: { step, compare } }) {
  const lines = withBands(drawn);
  const x = [...new Set(lines.flatMap((line) => Array.from(line.x)))].sort((a, b) => b - a);
  const places = lines.map((line) => new Map(Array.from(line.x, (at, i) => [at, i])));
  const head = (/** @type {number} */ at) => (compare === "anios" ? told("dia", at).replace(/ \d{4}$/, "") : told(step, at));
  const cell = (/** @type {Line} */ line, /** @type {number | undefined} */ i) => {
    const value = i === undefined ? NaN : line.value[i] ?? NaN;
    if (i === undefined || Number.isNaN(value)) return "—";
    const { state } = stateWords(line, i, step);
    return state ? element("span", {}, number(value), element("small", { textContent: ` ${state}` })) : number(value);
  };
  const row = (/** @type {number} */ at) => [head(at), ...lines.map((line, k) => cell(line, places[k]?.get(at)))];
  const { scroll, body } = table(["Cuándo", ...lines.map(({ name, unit }) => `${name}, ${unit}`)], x.slice(0, PAGE).map(row), "Valores de lo que se ve");
  const more = element("button", { type: "button", className: "pe-tool" });
  const mark = () => {
    const left = x.length - body.rows.length;
    more.hidden = left <= 0;
    more.textContent = `Mostrar ${number(Math.min(left, PAGE), 0)} filas más de ${number(left, 0)}`;
  };
  more.addEventListener("click", () => {
    body.append(...x.slice(body.rows.length, body.rows.length + PAGE).map((at) => rowOf(row(at))));
    mark();
  });
  mark();
  return [scroll, more];
}
