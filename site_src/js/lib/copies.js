// What a reader copies: the link of a part, its citation, the code that shows a chart in another page. A figure has a panel of its own.
import { here } from "./address.js";
import { all } from "./dom.js";
import { longDate } from "./text.js";

/**
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copiado";
  } catch {
    window.prompt("Copie este texto:", text);
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

/**
 * @param {{ cite?: string, until?: string }} part what is cited and the last day of its data
 * @param {Date} day
 * @param {string} address
 */
export function citation({ cite, until }, day, address) {
  return `Portal Energético de Colombia. «${cite}».${until ? ` Datos hasta ${until}.` : ""} Consultado el ${longDate(day)}. ${address}`;
}

/**
 * @param {string} address
 * @param {string} title
 * @param {number} height [px]
 */
export function frameCode(address, title, height) {
  return `<iframe src="${address}" title="${title.replace(/["<>&]/g, "")}" width="100%" height="${height}" loading="lazy" style="border:0"></iframe>`;
}

/**
 * Show the buttons of a kind, which only work here, and say what they do.
 * @param {string} selector
 * @param {(button: HTMLElement) => void} act
 */
export function offer(selector, act) {
  for (const button of all(selector)) {
    button.hidden = false;
    button.addEventListener("click", () => act(button));
  }
}

export function offerCopies() {
  offer("[data-copy-link]", (button) => copy(button, `${here()}#${button.dataset.copyLink}`));
  offer("[data-cite]", (button) => copy(button, citation(button.dataset, new Date(), here())));
}
