// The panel of a figure: how to cite it and all that a page, a bulletin or a slide needs of it. It comes when it is asked
// for; everything in it is made from the figure's one image, which says what it is (pipeline/site/blocks/figure_kit.py).
import { here } from "./lib/address.js";
import { FORMS, citationKey, toldBy, wordsOf } from "./lib/citations.js";
import { copy, frameCode } from "./lib/copies.js";
import { element, find, one, save } from "./lib/dom.js";
import { SIZES, asShown, inScheme, isChanged, raster, svgAddress, thickened } from "./lib/images.js";
import { isDark } from "./lib/plotly.js";
import { saidIn, withWords } from "./lib/png.js";
import { ROOT } from "./lib/site.js";
import { slug } from "./lib/text.js";

const FRAME_ROOM = 180; // px of a framed chart besides its drawing
const SHOWN = "actual"; // the chart as its reader narrowed it

let fields = 0;

/**
 * @param {string} words
 * @param {() => void} act
 */
function button(words, act) {
  const made = element("button", { type: "button", className: "quiet", textContent: words });
  made.addEventListener("click", act);
  return made;
}

/**
 * @param {string} title
 * @param {(Node | string)[]} children
 */
const part = (title, ...children) => element("section", {}, element("h3", { textContent: title }), ...children);

/**
 * A text to copy, with its name.
 * @param {string} name
 * @param {string} words
 * @param {number} rows
 */
function text(name, words, rows) {
  const id = `kit-${(fields += 1)}`;
  const area = element("textarea", { id, readOnly: true, rows, value: words, spellcheck: false });
  const copier = element("button", { type: "button", className: "quiet", textContent: "Copiar" });
  copier.setAttribute("aria-label", `Copiar: ${name}`);
  copier.addEventListener("click", () => copy(copier, area.value));
  const label = element("label", { htmlFor: id, textContent: name });
  return { area, box: element("div", { className: "kit-field" }, label, area, copier) };
}

/**
 * @param {string} name
 * @param {{ id: string, name: string }[]} options
 */
function choice(name, options) {
  const select = element("select", {}, ...options.map((option) => element("option", { value: option.id, textContent: option.name })));
  return { select, box: element("label", { className: "kit-choice" }, name, select) };
}

/**
 * @param {Told} told
 * @param {string} frozen
 */
function citing(told, frozen) {
  const { select, box } = choice("Formato", FORMS);
  const shown = text("Cita", "", 5);
  const form = () => FORMS.find(({ id }) => id === select.value) ?? FORMS[0];
  const write = () => { shown.area.value = form()?.write(told, frozen, new Date()) ?? ""; };
  select.addEventListener("change", write);
  write();
  const saver = button("Descargar la cita", () => {
    const chosen = form();
    if (chosen) save(`data:${chosen.type};charset=utf-8,${encodeURIComponent(shown.area.value)}`, `${citationKey(told)}.${chosen.ending}`);
  });
  return part("Citar", box, shown.box, saver);
}

/**
 * @param {HTMLElement} holder
 * @param {string} svg
 * @param {Told} told
 */
function picturing(holder, svg, told) {
  const scheme = choice("Fondo", [{ id: "light", name: "Claro" }, { id: "dark", name: "Oscuro" }]);
  const size = choice("Formato", [...(isChanged(holder) ? [{ id: SHOWN, name: "PNG, como está en pantalla" }] : []), ...SIZES]);
  scheme.select.value = isDark() ? "dark" : "light";
  const problem = element("p", { className: "why" });
  problem.setAttribute("role", "status");
  async function made() {
    const name = `${slug(told.title)}-${told.version}`;
    const said = saidIn(told, new URL(`${told.page ?? ""}#${told.id}`, ROOT).href);
    if (size.select.value === SHOWN) return save(withWords(await raster(await asShown(holder), 2), said), `${slug(told.title)}.png`);
    const dots = SIZES.find(({ id }) => id === size.select.value)?.dots ?? 0;
    const drawn = inScheme(svg, scheme.select.value === "dark");
    if (dots) return save(withWords(await raster(svgAddress(thickened(drawn, dots)), dots), said), `${name}.png`);
    return save(svgAddress(drawn), `${name}.svg`);
  }
  const saver = button("Descargar la imagen", () => {
    problem.textContent = "";
    made().catch((error) => {
      problem.textContent = "No se pudo hacer la imagen. Use el archivo SVG que está bajo el gráfico.";
      console.warn("La imagen no se pudo hacer.", error);
    });
  });
  return part("Imagen", scheme.box, size.box, saver, problem);
}

/**
 * @param {HTMLElement} opener
 * @param {HTMLElement} holder
 * @param {Told} told
 * @param {string} frozen
 */
function placing(opener, holder, told, frozen) {
  const at = (/** @type {string | undefined} */ path) => new URL(path ?? "", location.href).href;
  const parts = [
    part(
      "Direcciones",
      text("Congelada: esta misma imagen, con estos datos", frozen, 2).box,
      element("p", { className: "why", textContent: "Se conserva al menos 30 noches después de que datos más nuevos la reemplacen." }),
      text("Viva: el gráfico con los últimos datos", `${here()}#${holder.id}`, 2).box,
    ),
  ];
  if (opener.dataset.embed) {
    const height = Math.ceil(one(".plot", holder).offsetHeight + FRAME_ROOM);
    parts.push(part("Insertar", text("Código para insertar este gráfico en otra página", frameCode(at(opener.dataset.embed), told.title, height), 3).box));
  }
  if (opener.dataset.qr) {
    const address = at(opener.dataset.qr);
    const code = element("img", { src: address, alt: "Código QR de la dirección viva", width: 148, height: 148, className: "kit-qr" });
    parts.push(part("Código QR", code, element("a", { href: address, download: "", textContent: "Descargar el código QR" })));
  }
  return parts;
}

/**
 * @param {HTMLElement} holder
 * @param {Told} told
 */
function wording(holder, told) {
  const { paragraph, caption, source, alt } = wordsOf(told, find(".note", holder)?.textContent ?? "");
  const links = [...(find(".acts", holder)?.querySelectorAll("a[download], a[href='#descargas']") ?? [])].map((link) => link.cloneNode(true));
  return [
    part(
      "Textos",
      text("Párrafo listo, con sus cifras", paragraph, 5).box,
      text("Pie de figura", caption, 3).box,
      text("Fuente", source, 2).box,
      text("Texto alternativo", alt, 4).box,
    ),
    part("Datos", element("p", { className: "acts" }, ...links)),
  ];
}

/** @param {HTMLElement} opener */
export async function openKit(opener) {
  const holder = /** @type {HTMLElement} */ (opener.closest("figure"));
  // The file that is offered without this script is the one that is cited.
  const frozen = /** @type {HTMLAnchorElement} */ (one('a[href*="figuras/"]', holder)).href;
  const reply = await fetch(frozen);
  if (!reply.ok) throw new Error(`${reply.status} ${frozen}`);
  const svg = await reply.text();
  const told = toldBy(svg);
  const dialog = element("dialog", { className: "kit md-typeset" });
  const title = element("h2", { id: "kit-title", textContent: "Citar y usar" });
  const close = element("button", { type: "button", className: "pe-tool", textContent: "Cerrar" });
  close.addEventListener("click", () => dialog.close());
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(
    element("header", {}, element("div", {}, title, element("p", { className: "sub", textContent: told.title })), close),
    citing(told, frozen),
    ...wording(holder, told),
    picturing(holder, svg, told),
    ...placing(opener, holder, told, frozen),
  );
  dialog.addEventListener("close", () => dialog.remove());
  // Outside of it, and on what leads to another place of the page.
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog || (target instanceof Element && target.matches('a[href^="#"]'))) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
}
