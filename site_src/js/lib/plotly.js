// Plotly and the shared template: they come once, when the first chart is near the screen.
import { ROOT, json } from "./site.js";

/** @typedef {{ Plotly: Plotly, shared: Shared, colors: Record<"light" | "dark", Map<string, string>> }} Kit */

const DICTIONARY = {
  "Autoscale": "Ver todo",
  "Box Select": "Seleccionar un recuadro",
  "Double-click to zoom back out": "Doble clic para volver a ver todo",
  "Download plot": "Descargar la imagen",
  "Download plot as a PNG": "Descargar la imagen (PNG)",
  "Download plot as a png": "Descargar la imagen (PNG)",
  "Pan": "Mover",
  "Reset": "Volver al inicio",
  "Reset axes": "Volver a ver todo",
  "Snapshot succeeded": "Imagen descargada",
  "Sorry, there was a problem downloading your snapshot!": "No se pudo descargar la imagen.",
  "Taking snapshot - this may take a few seconds": "Preparando la imagen",
  "Zoom": "Acercar una zona",
  "Zoom in": "Acercar",
  "Zoom out": "Alejar",
};

export const CONFIG = {
  locale: "es-CO",
  displaylogo: false,
  displayModeBar: true,
  doubleClick: "reset",
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

export const isDark = () => document.body.getAttribute("data-md-color-scheme") === "slate";

/** @param {Shared} shared */
export function locale({ days, months }) {
  const short = (/** @type {string} */ word) => word.slice(0, 3);
  return {
    moduleType: "locale",
    name: "es-CO",
    dictionary: DICTIONARY,
    format: {
      days,
      shortDays: days.map(short),
      months,
      shortMonths: months.map(short),
      date: "%d/%m/%Y",
      year: "%Y",
      month: "%b %Y",
      dayMonth: "%-d %b",
      dayMonthYear: "%-d %b %Y",
      decimal: ",",
      thousands: ".",
    },
  };
}

/**
 * Put the colour of a scheme in the place of each name of one.
 * @template T
 * @param {T} value
 * @param {Map<string, string>} colors
 * @returns {T}
 */
export function recolor(value, colors) {
  if (typeof value === "string") return /** @type {T} */ (colors.get(value) ?? value);
  if (Array.isArray(value)) return /** @type {T} */ (typeof value[0] === "number" ? value : value.map((item) => recolor(item, colors)));
  if (value && typeof value === "object") {
    return /** @type {T} */ (Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolor(item, colors)])));
  }
  return value;
}

/** @param {URL} address */
function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address.href;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`No se pudo cargar ${address.pathname}`));
    document.head.append(script);
  });
}

/** @type {Promise<Kit> | null} */
let kit = null;

/** @returns {Promise<Kit>} */
async function load() {
  const [, shared] = await Promise.all([
    loadScript(new URL("assets/vendor/plotly-basic.min.js", ROOT)),
    /** @type {Promise<Shared>} */ (json(new URL("assets/plotly-template.json", ROOT))),
  ]);
  window.Plotly.register(locale(shared));
  const pairs = Object.entries(shared.palette);
  const colors = { light: new Map(pairs.map(([name, [light]]) => [name, light])), dark: new Map(pairs.map(([name, [, dark]]) => [name, dark])) };
  return { Plotly: window.Plotly, shared, colors };
}

export function loadKit() {
  kit ??= load();
  return kit;
}
