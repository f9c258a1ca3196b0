// The chart of a result of SQL, loaded when one is first asked for.
import { readWith } from "./lib/cursor.js";
import { element, find, save } from "./lib/dom.js";
import { raster, svgAddress } from "./lib/images.js";
import { fitted, timePlot } from "./lib/plots.js";
import { drawable } from "./lib/result-lines.js";
import { number, ticks } from "./lib/scales.js";

const COLOURS = ["accent", "gas", "hidraulica", "importacion", "carbon", "solar", "liquidos", "biomasa"];
const ROOM = 84; // px of a label of the axis

/** @typedef {import("./lib/result-lines.js").Drawable} Drawable */

/**
 * What stands under an axis of numbers or words.
 * @param {Drawable} drawn
 */
function axisOf({ axis, labels }) {
  if (axis === "tiempo") return undefined;
  if (axis === "numero") return (/** @type {number} */ from, /** @type {number} */ until, /** @type {number} */ most) => ticks(from, until, most).map((at) => ({ at, text: number(at) }));
  return (/** @type {number} */ _from, /** @type {number} */ _until, /** @type {number} */ most) => {
    const every = Math.ceil(labels.length / most);
    return labels.flatMap((text, at) => (at % every ? [] : [{ at, text: fitted(text, (ROOM * most * every) / labels.length, 13) }]));
  };
}

/**
 * Draw a result, or say why it has no drawing.
 * @param {HTMLElement} holder
 * @param {Column[]} columns
 * @param {(string | null)[][]} rows
 */
export function drawResult(holder, columns, rows) {
  const drawn = drawable(columns, rows);
  if (typeof drawn === "string") {
    holder.replaceChildren(element("p", { className: "pe-notice", textContent: drawn }));
    return;
  }
  const ink = (/** @type {string} */ token) => getComputedStyle(document.body).getPropertyValue(`--pe-${token}`).trim();
  const colours = drawn.lines.map((_, i) => ink(COLOURS[i] ?? "context"));
  const names = drawn.lines.map(({ name }) => name);
  const title = names.length > 3 ? `${names.slice(0, 2).join(", ")} y ${names.length - 2} más` : names.join(", ");
  const simulated = find("[data-banner] strong")?.textContent ?? "";
  const said = { title, subtitle: `por ${columns[0]?.name ?? ""}`, source: `${simulated ? `${simulated}: ninguna cifra es real · ` : ""}Consulta SQL · Portal Energético de Colombia` };
  const picture = element("div", { className: "ex-plot", tabIndex: 0 });
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", `Gráfico: ${title}. Flechas: recorrer los valores. Espacio: escucharlos.`);
  const files = element("p", { className: "acts" }, ...["PNG", "SVG"].map((kind) => {
    const button = element("button", { type: "button", textContent: kind });
    button.addEventListener("click", async () => {
      const svg = svgAddress(new XMLSerializer().serializeToString(plot.node));
      save(kind === "SVG" ? svg : await raster(svg, 2), `consulta.${kind.toLowerCase()}`);
    });
    return button;
  }));
  holder.replaceChildren(picture, files);
  const width = Math.max(300, Math.min(1120, picture.clientWidth || 720));
  const plot = timePlot({ lines: drawn.lines, colours, faint: [] }, { chart: drawn.axis === "texto" ? "barras" : "linea", compare: "nada", axis: axisOf(drawn) }, said, width, ink);
  plot.node.setAttribute("role", "img");
  plot.node.setAttribute("aria-label", title);
  picture.append(plot.node);
  readWith(picture, plot, { lines: drawn.lines, colours, step: drawn.step, ink, timed: true, zoom: null });
}
