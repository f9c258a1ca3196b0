// The image of a chart is the SVG file with its title and source; one that its reader narrowed is drawn as it stands.
import { isChanged } from "./charts.js";
import { all, element, find, one } from "./dom.js";
import { CONFIG, isDark, loadKit } from "./plotly.js";
import { slug } from "./text.js";

/** @param {HTMLElement} button */
async function picture(button) {
  const holder = /** @type {HTMLElement} */ (button.closest("figure"));
  const plot = one(".plot", holder);
  const box = /** @type {PlotlyBox | null} */ (find(".live", plot));
  const filename = slug(find("h1, h2", holder)?.textContent ?? "grafico");
  if (box && isChanged(plot)) {
    const drawn = await asDrawn(holder, box);
    const { width, height } = drawn.layout;
    save(await raster(await window.Plotly.toImage(drawn, { format: "svg", width, height })), filename);
    return;
  }
  const reply = await fetch(new URL(button.dataset.png ?? "", location.href));
  if (!reply.ok) throw new Error(`${reply.status} ${reply.url}`);
  save(await raster(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(await reply.text())}`), filename);
}

/**
 * The page policy allows images from the site and from data addresses, not from blobs: Plotly's own PNG is out.
 * @param {string} svg
 */
async function raster(svg) {
  const image = new Image();
  image.src = svg;
  await image.decode();
  const canvas = element("canvas", { width: image.naturalWidth * 2, height: image.naturalHeight * 2 });
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("El navegador no dibuja imágenes");
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

/**
 * A figure with what the page writes around it: title above, source below.
 * @param {HTMLElement} holder
 * @param {PlotlyBox} box
 */
async function asDrawn(holder, box) {
  const words = (/** @type {string} */ selector) => find(selector, holder)?.textContent.trim() ?? "";
  const margin = { ...box.layout.margin, t: box.layout.margin.t + 64, b: box.layout.margin.b + 46 };
  const warning = find("[data-banner] strong")?.textContent ?? "";
  const { shared } = await loadKit();
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
  return { data: box.data, layout, config: CONFIG };
}

/**
 * @param {string} address
 * @param {string} filename
 */
function save(address, filename) {
  element("a", { href: address, download: `${filename}.png` }).click();
}

export function offerImages() {
  for (const button of all("[data-png]")) {
    button.hidden = false;
    button.addEventListener("click", () => picture(button).catch((error) => {
      button.textContent = "No se pudo";
      console.warn("La imagen no se pudo hacer.", error);
    }));
  }
}
