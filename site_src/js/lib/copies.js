// What a reader copies: the link of a part, its citation, the code that shows a chart in another page. A figure has a panel of its own.
import { here } from "./address.js";
import { all } from "./dom.js";
import { json, ROOT } from "./site.js";
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
 * A page changes every night: its citation names the state of the data and, where a report tells the same, the report,
 * whose address always answers with the same. A page that never changes has a version of its own.
 * @param {{ cite?: string, until?: string, version?: string, report?: string }} part what is cited and the last day of its data
 * @param {Date} day
 * @param {string} address
 * @param {Cited} [now] what the portal says of tonight
 */
export function citation({ cite, until, version, report }, day, address, now) {
  const state = version || now?.version;
  const data = [until ? `datos hasta ${until}` : "", state ? `versión de los datos ${state}` : ""].filter(Boolean).join(", ");
  const told = data && ` ${data.charAt(0).toUpperCase()}${data.slice(1)}.`;
  const kept = report !== undefined && now?.informe ? ` Informe permanente más reciente: ${new URL(now.informe, ROOT).href}` : "";
  return `Portal Energético de Colombia. «${cite}».${told} Consultado el ${longDate(day)}. ${address}${kept}`;
}

/** Without the file a citation says what the page itself knows. */
const tonight = () => json(new URL("api/v1/portal.json", ROOT)).then(({ cita }) => cita).catch(() => undefined);

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
  offer("[data-cite]", (button) => tonight().then((now) => copy(button, citation(button.dataset, new Date(), here(), now))));
}
