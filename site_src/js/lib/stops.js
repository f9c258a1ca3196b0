// Every drawing is a stop of the keyboard, named and described as its image is; what reads it aloud comes when it is reached.
import { all, element, find } from "./dom.js";

const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", " ", "Escape"];
const TOLD = "Flechas izquierda y derecha: recorrer los valores. Arriba y abajo: cambiar de serie. Inicio y Fin: los extremos. Espacio: escuchar los valores como tonos. Escape: callar.";
const HELP = "pe-keys";

/** @typedef {{ enter: (stop: HTMLElement) => void, press: (stop: HTMLElement, key: string, button?: HTMLElement) => Promise<void> }} Reading */

const failed = (/** @type {unknown} */ error) => console.warn("El gráfico no se puede recorrer.", error);

/**
 * What holds the image takes its name and its description: Plotly puts three without any in its place.
 * @param {HTMLElement} stop
 * @param {Element} image
 */
function name(stop, image) {
  const [title, ...more] = image.getAttribute("aria-labelledby")?.split(" ") ?? [];
  if (stop !== image) {
    image.setAttribute("aria-hidden", "true");
    if (title) stop.setAttribute("aria-labelledby", title);
    else stop.setAttribute("aria-label", image.getAttribute("aria-label") ?? "");
  }
  stop.setAttribute("role", "application");
  stop.setAttribute("aria-roledescription", "gráfico");
  stop.setAttribute("aria-describedby", [...more, HELP].join(" "));
  stop.setAttribute("tabindex", "0");
}

/**
 * @param {HTMLElement} stop
 * @param {() => Promise<Reading>} load
 */
function listen(stop, load) {
  stop.addEventListener("focus", () => load().then(({ enter }) => enter(stop)).catch(failed));
  stop.addEventListener("keydown", (event) => {
    if (event.target !== stop || event.ctrlKey || event.altKey || event.metaKey || !KEYS.includes(event.key)) return;
    event.preventDefault();
    load().then(({ press }) => press(stop, event.key)).catch(failed);
  });
}

/**
 * Charts, maps and strips answer to keys; a chart has a button that plays it besides.
 * @param {() => Promise<Reading>} load what answers (recorrer.js)
 */
export function offerWalks(load) {
  const images = all(':is(.plot-box > svg, .day-panel > svg, .strip-row)[role="img"]');
  if (images.length) document.body.append(element("p", { id: HELP, hidden: true, textContent: TOLD }));
  for (const image of images) {
    const stop = /** @type {HTMLElement} */ (image.closest(".day-panel, .strip-row") ? image : image.closest(".plot"));
    name(stop, image);
    listen(stop, load);
    const figure = stop === image ? null : stop.closest("figure.chart");
    const acts = figure && find(".foot .acts", figure);
    if (!acts) continue;
    const button = element("button", { type: "button", textContent: "Escuchar", title: "Oír los valores como tonos" });
    button.addEventListener("click", () => load().then(({ press }) => press(stop, " ", button)).catch(failed));
    acts.insertBefore(button, find("[data-kit]", acts));
  }
}
