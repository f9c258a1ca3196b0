// How fresh the portal is: one small file for all pages, read here. Warns, by the reader's clock, when nobody renews it.
// Without this file a page still shows the days of its own data, and the footer leads to the state of every series.
const told = new URL("../api/v1/portal.json", import.meta.url);
const state = new URL("../estado/", import.meta.url);
const MONTHS = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];

/** Return «20 nov 2026» from the start of an ISO date, in the portal's own time zone whatever the reader's. */
function dayOf(iso) {
  const [year, month, day] = iso.slice(0, 10).split("-").map(Number);
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

/** Return what to warn of at a moment [ms since 1970], or nothing. */
export function warning(portal, now) {
  if (now > Date.parse(portal.dudar_del_portal_desde)) {
    return `Este portal no se renueva desde el ${dayOf(portal.publicado)}: puede haber datos más recientes que no están aquí.`;
  }
  if (portal.dudar_de_los_datos_desde && now > Date.parse(portal.dudar_de_los_datos_desde)) {
    return `Los datos más recientes son del ${dayOf(portal.datos_hasta)}: han tardado más de lo usual.`;
  }
  return "";
}

async function show() {
  const reply = await fetch(told, { cache: "no-cache" });
  if (!reply.ok) return;
  const portal = await reply.json();
  const until = portal.datos_hasta ? ` Datos hasta el ${dayOf(portal.datos_hasta)};` : "";
  for (const place of document.querySelectorAll("[data-freshness]")) {
    place.textContent = `${until} portal publicado el ${dayOf(portal.publicado)}.`;
  }
  const words = warning(portal, Date.now());
  if (!words) return;
  const banner = document.createElement("aside");
  banner.className = "pe-banner";
  banner.dataset.stale = "";
  banner.setAttribute("aria-label", "Aviso sobre la fecha de los datos");
  const line = document.createElement("p");
  const head = document.createElement("strong");
  head.textContent = "PORTAL SIN RENOVAR";
  if (words.startsWith("Los")) head.textContent = "DATOS ATRASADOS";
  const link = document.createElement("a");
  link.href = state.href;
  link.textContent = "Estado de los datos";
  line.append(head, ` ${words} `, link);
  banner.append(line);
  document.querySelector(".pe-header")?.before(banner);
}

show().catch(() => {}); // a page read from a folder, or offline: it stands on its own
