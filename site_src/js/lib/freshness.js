// How fresh the portal is: one small file for all pages. Warns, by the reader's clock, when nobody renews it.
// Without that file a page still shows the days of its own data, and the footer leads to the state of every series.
import { json, ROOT } from "./site.js";

/**
 * The warning that holds at a moment [ms since 1970], if any.
 * @param {Freshness} portal
 * @param {number} now
 */
export function warningAt(portal, now) {
  return portal.avisos.find(({ desde }) => now > Date.parse(desde));
}

/** @param {Notice} notice */
function bannerOf({ titulo, texto }) {
  const banner = document.createElement("aside");
  banner.className = "pe-banner";
  banner.dataset.stale = "";
  banner.setAttribute("aria-label", "Aviso sobre la fecha de los datos");
  const line = document.createElement("p");
  const head = document.createElement("strong");
  head.textContent = titulo.toUpperCase();
  const link = document.createElement("a");
  link.href = new URL("estado/", ROOT).href;
  link.textContent = "Estado de los datos";
  line.append(head, ` ${texto} `, link);
  banner.append(line);
  return banner;
}

export async function tellFreshness() {
  /** @type {Freshness} */
  const portal = await json(new URL("api/v1/portal.json", ROOT), { cache: "no-cache" });
  for (const place of document.querySelectorAll("[data-freshness]")) place.textContent = ` ${portal.pie}`;
  const warning = warningAt(portal, Date.now());
  if (warning) document.querySelector(".pe-header")?.before(bannerOf(warning));
}
