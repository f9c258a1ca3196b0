// Heat maps are drawn by the page; the value under the pointer is read from their grid.
import { all, element, one } from "./dom.js";
import { json } from "./site.js";

/** @typedef {{ x: string[], y: string[], z: (number | null)[][] }} Grid */

const number = new Intl.NumberFormat("es-CO", { maximumFractionDigits: 2 });

/**
 * What lies at a place of the drawing, as a sentence; empty outside of it.
 * @param {Grid} grid
 * @param {number} across share of the width
 * @param {number} down share of the height
 */
export function reading({ x, y, z }, across, down) {
  const column = Math.floor(across * x.length);
  const line = Math.floor(down * y.length);
  const value = z[line]?.[column];
  if (value === undefined) return "";
  return `${y[line]}, ${x[column]}: ${value === null ? "sin dato" : number.format(value)}`;
}

/** @param {HTMLElement} holder */
async function readout(holder) {
  const box = one(".plot-box", holder);
  /** @type {Grid} */
  const grid = await json(new URL(holder.dataset.cells ?? "", location.href));
  const tip = element("p", { className: "tip", hidden: true });
  box.append(tip);
  box.addEventListener("pointermove", (event) => {
    const area = box.getBoundingClientRect();
    const text = reading(grid, (event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height);
    tip.hidden = !text;
    if (!text) return;
    tip.textContent = text;
    const left = Math.min(event.clientX - area.left + 12, area.width - tip.offsetWidth);
    tip.style.transform = `translate(${Math.max(left, 0)}px, ${event.clientY - area.top - 36}px)`;
  });
  box.addEventListener("pointerleave", () => { tip.hidden = true; });
}

export function readHeatMaps() {
  for (const holder of all("figure.chart[data-cells]")) {
    holder.addEventListener("pointerenter", () => readout(holder).catch((error) => console.warn("Sin lectura de valores.", error)), { once: true });
  }
  // Months run to the right: where they do not all fit, the newest are read first.
  for (const table of all(".scroll:has(> .heat)")) table.scrollLeft = table.scrollWidth;
}
