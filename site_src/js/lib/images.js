// The image of a figure in the colours and sizes that a page or a screen asks for, made here from its one SVG file.
import { element, find } from "./dom.js";
import { CONFIG, isDark } from "./plotly.js";
import { ROOT, json } from "./site.js";

const SCREEN = 2; // dots per unit of the drawing: sharp on any screen
const PRINT = 4; // 1120 units are 4480 dots: 38 cm at 300 dots per inch
/** Colours that rules name as they are: every other rule is named by its token. */
const BARE = ["ink", "muted", "rule", "context", "ground", "soft"];

/** @type {{ id: string, name: string, dots: number }[]} */
export const SIZES = [
  { id: "pantalla", name: "PNG, pantalla", dots: SCREEN },
  { id: "impresion", name: "PNG, impresión", dots: PRINT },
  { id: "svg", name: "SVG, cualquier tamaño", dots: 0 },
];

/**
 * An image in other colours.
 * @param {string} svg the image in its light colours
 * @param {(token: string) => string} from colour of a token in the image
 * @param {(token: string) => string} to colour it takes
 */
export function recolored(svg, from, to) {
  const bare = new Map(BARE.map((token) => [from(token).toLowerCase(), to(token)]));
  const plain = (/** @type {string} */ text) => text.replace(/#[0-9a-f]{6}\b/gi, (color) => bare.get(color.toLowerCase()) ?? color);
  const styled = (/** @type {string} */ rule) => {
    const token = /^\.[sftb]-([a-z0-9-]+)\{(\w+):[^}]*\}$/.exec(rule);
    return token && to(token[1] ?? "") ? rule.replace(/:[^}]*\}/, `:${to(token[1] ?? "")}}`) : plain(rule);
  };
  return svg
    .replace(/<style>([\s\S]*?)<\/style>/, (_, rules) => `<style>${rules.replace(/[^{}]+\{[^}]*\}/g, styled)}</style>`)
    .replace(/<rect width="100%" height="100%" fill="[^"]*"\/>/, plain);
}

/**
 * An image, drawn light, in a scheme of the page. The light colours are those of the root; the dark ones, those of
 * whatever wears the dark scheme.
 * @param {string} svg
 * @param {boolean} dark
 */
export function inScheme(svg, dark) {
  if (!dark) return svg;
  const probe = element("div", { hidden: true });
  probe.dataset.mdColorScheme = "slate";
  document.body.append(probe);
  const [light, slate] = [document.documentElement, probe].map((holder) => {
    const style = getComputedStyle(holder);
    return (/** @type {string} */ token) => style.getPropertyValue(`--pe-${token}`).trim();
  });
  const made = light && slate ? recolored(svg, light, slate) : svg;
  probe.remove();
  return made;
}

/**
 * An image whose strokes keep their weight at a size of so many dots: those of paths do not grow with the drawing.
 * @param {string} svg
 * @param {number} dots per unit of the drawing
 */
export function thickened(svg, dots) {
  const grown = (/** @type {string} */ rule) => rule.replace(/(stroke-(?:width|dasharray):)([^;}]*)/g, (_, name, values) =>
    `${name}${values.replace(/[\d.]+/g, (/** @type {string} */ value) => String(Number(value) * dots))}`);
  return svg.replace(/<style>([\s\S]*?)<\/style>/, (_, rules) => `<style>${rules
    .replace("path{vector-effect:non-scaling-stroke}", `path{vector-effect:non-scaling-stroke;stroke-width:${dots}}`)
    .replace(/\.(?:l|thin|dash|area|wire|dots)(?:\.[\w-]+)?\{[^}]*\}/g, grown)}</style>`);
}

/** @param {string} svg */
export const svgAddress = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

/**
 * The page policy allows images from the site and from data addresses, not from blobs: Plotly's own PNG is out.
 * @param {string} address
 * @param {number} dots per unit of the drawing
 */
export async function raster(address, dots) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = element("canvas", { width: image.naturalWidth * dots, height: image.naturalHeight * dots });
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("El navegador no dibuja imágenes");
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

/**
 * Whether the reader narrowed a chart or switched series off.
 * @param {HTMLElement} holder
 */
export const isChanged = (holder) =>
  holder.classList.contains("has-hidden") || Boolean(find('.ranges button[aria-pressed="true"]:not([data-days=""])', holder));

/**
 * A chart as its reader narrowed it, with what the page writes around it: title above, source below.
 * @param {HTMLElement} holder
 */
export async function asShown(holder) {
  const box = /** @type {PlotlyBox | null} */ (find(".live", holder));
  if (!box) throw new Error("El gráfico no está vivo");
  const words = (/** @type {string} */ selector) => find(selector, holder)?.textContent.trim() ?? "";
  const margin = { ...box.layout.margin, t: box.layout.margin.t + 64, b: box.layout.margin.b + 46 };
  const warning = find("[data-banner] strong")?.textContent ?? "";
  /** @type {Shared} */
  const shared = await json(new URL("assets/plotly-template.json", ROOT));
  const ground = shared[isDark() ? "dark" : "light"].layout.hoverlabel.bgcolor;
  /** @type {(text: string, y: number, yanchor: string, size: number, yshift: number) => Note} */
  const note = (text, y, yanchor, size, yshift) => ({ text, x: 0, xref: "paper", xanchor: "left", y, yref: "paper", yanchor, yshift, xshift: -margin.l + 12, showarrow: false, font: { size } });
  const layout = {
    ...box.layout,
    margin,
    height: box.layout.height + 110,
    paper_bgcolor: ground,
    plot_bgcolor: ground,
    annotations: [
      ...(box.layout.annotations ?? []),
      note(`<b>${words("h1, h2")}</b>`, 1, "bottom", 18, 36),
      note(words(".sub"), 1, "bottom", 13, 14),
      note(`${warning ? `${warning}. ` : ""}${words(".foot p")}`, 0, "top", 12, -38),
    ],
  };
  return window.Plotly.toImage({ data: box.data, layout, config: CONFIG }, { format: "svg", width: layout.width, height: layout.height });
}
