// Brings the page to life: charts when they are seen, the catalogue's filter, links and citations to copy.
// Everything on the page is complete without this file.
import { hiddenIn, keepHidden } from "./filtros.js";

const root = new URL("../", import.meta.url);
const NARROW = 560; // px of drawing; below it labels show the value only
const SEPARATORS = ",.";
const MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];
const DAYS = ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"];
const LOCALE = {
  moduleType: "locale",
  name: "es-CO",
  dictionary: {
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
  },
  format: {
    days: DAYS,
    shortDays: DAYS.map((day) => day.slice(0, 3)),
    months: MONTHS,
    shortMonths: MONTHS.map((month) => month.slice(0, 3)),
    date: "%d/%m/%Y",
    year: "%Y",
    month: "%b %Y",
    dayMonth: "%-d %b",
    dayMonthYear: "%-d %b %Y",
    decimal: ",",
    thousands: ".",
  },
};

// ---------- Charts ----------
let kit = null;

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address.href;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`No se pudo cargar ${address.pathname}`));
    document.head.append(script);
  });
}

async function json(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`${reply.status} ${address}`);
  return reply.json();
}

// Plotly and the shared template come once, when the first chart is near the screen.
function loadKit() {
  kit ??= Promise.all([
    loadScript(new URL("assets/vendor/plotly-basic.min.js", root)),
    json(new URL("assets/plotly-template.json", root)),
  ]).then(([, shared]) => {
    window.Plotly.register(LOCALE);
    return { Plotly: window.Plotly, shared, dark: new Map(shared.palette) };
  });
  return kit;
}

const isDark = () => document.body.getAttribute("data-md-color-scheme") === "slate";

function recolour(value, colours) {
  if (typeof value === "string") return colours.get(value) ?? value;
  if (Array.isArray(value)) return value.length && typeof value[0] === "number" ? value : value.map((item) => recolour(item, colours));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolour(item, colours)]));
  }
  return value;
}

// Margins are the paddings the page gave the static drawing, so that nothing moves when the chart comes alive.
function dress(figure, plot, { shared, dark }) {
  const { data, layout } = isDark() ? recolour(figure, dark) : structuredClone(figure);
  const style = getComputedStyle(plot);
  const px = (side) => parseFloat(style.getPropertyValue(`padding-${side}`)) || 0;
  const narrow = plot.clientWidth < NARROW;
  layout.template = isDark() ? shared.dark : shared.light;
  layout.separators = SEPARATORS;
  layout.margin = { t: px("top"), r: px("right"), b: px("bottom"), l: px("left"), pad: 0 };
  layout.height = plot.clientHeight;
  layout.width = plot.clientWidth;
  layout.xaxis = { ...layout.xaxis };
  layout.yaxis = { ...layout.yaxis };
  if (narrow) {
    layout.xaxis.nticks = 4;
    layout.xaxis.tickfont = { size: 12 };
    layout.yaxis.tickfont = { size: 12 };
    layout.dragmode = false; // a finger scrolls the page
    layout.annotations = (layout.annotations ?? []).map((note) => (note.name ? { ...note, text: `<b>${note.name}</b>`, font: { ...note.font, size: 13 } } : note));
  }
  data.forEach((trace, index) => {
    trace.visible = !hiddenSeries(plot, trace.name);
    trace.uid = String(index);
  });
  if (data.some((trace) => !trace.visible)) {
    delete layout.yaxis.range; // what is left fills the drawing
    layout.yaxis.autorange = true;
    layout.annotations = (layout.annotations ?? []).filter((note) => !note.name);
  }
  const days = spans.get(plot);
  return { data: days ? narrowed(data, layout, days) : data, layout };
}

// ---------- The last days of a time series ----------
const DAY = 86400000; // ms
const spans = new WeakMap(); // plot → days shown, none for all
const moment = (x) => (typeof x === "number" ? x : Date.parse(`${x.replace(" ", "T")}${x.length > 10 ? "" : "T00:00"}Z`));
const places = (trace) => trace.x?.map(moment) ?? trace.y.map((_, index) => moment(trace.x0) + index * trace.dx);

// Keeps the points of the last days and fits both axes to them; marks and labels keep their place on the value.
function narrowed(data, layout, days) {
  const end = moment(layout.xaxis.range[1]);
  const start = end - days * DAY;
  const bars = data.some((trace) => trace.type === "bar");
  const sums = new Map();
  const extremes = [];
  const kept = data.map((trace) => {
    const at = places(trace);
    const chosen = at.map((_, index) => index).filter((index) => at[index] >= start);
    const y = chosen.map((index) => trace.y[index]);
    if (trace.visible !== false) {
      for (const [order, value] of y.entries()) {
        if (value === null || value === undefined) continue;
        if (!trace.stackgroup && !bars) extremes.push(value);
        else {
          const key = `${at[chosen[order]]}${value < 0 ? "-" : ""}`;
          sums.set(key, (sums.get(key) ?? 0) + value);
        }
      }
    }
    const { x0, dx, ...rest } = trace;
    return { ...rest, x: chosen.map((index) => new Date(at[index]).toISOString().slice(0, 10)), y };
  });
  const values = [...extremes, ...sums.values()];
  const fromZero = bars || data.some((trace) => trace.stackgroup || trace.fill === "tozeroy");
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!values.length) return data;
  if (fromZero || (low >= 0 && low < 0.4 * high)) [low, high] = [Math.min(0, low * 1.06), Math.max(0, high * 1.06) || 1];
  else {
    const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
    [low, high] = [low - room, high + room];
  }
  layout.xaxis.range = [new Date(start).toISOString().slice(0, 16), layout.xaxis.range[1]];
  layout.yaxis.range = [low, high];
  delete layout.yaxis.autorange;
  layout.shapes = (layout.shapes ?? []).filter((shape) => moment(shape.x0) >= start);
  const inner = layout.height - layout.margin.t - layout.margin.b;
  layout.annotations = spread((layout.annotations ?? []).filter((note) => note.xref === "paper" || moment(note.x) >= start), low, high, inner);
  return kept;
}

// Labels at line ends are moved apart by one line of text, as when they were first placed.
function spread(notes, low, high, inner) {
  const GAP = 18; // px
  const ends = notes.filter((note) => note.name && note.xref === "paper").sort((a, b) => b.y - a.y);
  const wanted = ends.map((note) => ((high - note.y) / (high - low)) * inner);
  const placed = [];
  wanted.forEach((want, index) => placed.push(index ? Math.max(want, placed[index - 1] + GAP) : want));
  for (let index = placed.length - 1, floor = inner; index >= 0; index -= 1) {
    placed[index] = Math.min(placed[index], floor);
    floor = placed[index] - GAP;
  }
  ends.forEach((note, index) => { note.yshift = wanted[index] - placed[index]; });
  return notes;
}

function ranges(holder, plot) {
  const group = holder.querySelector(".ranges");
  if (!group) return;
  const key = `rango-${holder.id}`;
  const buttons = [...group.querySelectorAll("button")];
  const show = (days) => {
    const known = buttons.find((button) => button.dataset.days === days) ?? buttons.at(-1);
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button === known)));
    known.dataset.days ? spans.set(plot, Number(known.dataset.days)) : spans.delete(plot);
    return known.dataset.days;
  };
  const asked = new URLSearchParams(location.search).get(key)?.replace(/d$/, "");
  if (asked && show(asked)) draw(plot);
  buttons.forEach((button) => button.addEventListener("click", () => {
    const days = show(button.dataset.days);
    const query = new URLSearchParams(location.search);
    days ? query.set(key, `${days}d`) : query.delete(key);
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
    draw(plot);
  }));
  group.classList.add("is-ready");
}

const CONFIG = {
  locale: "es-CO",
  displaylogo: false,
  displayModeBar: true,
  doubleClick: "reset",
  modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
};

const live = new Map(); // plot → figure

async function draw(plot) {
  const tools = await loadKit();
  const figure = live.get(plot);
  let box = plot.querySelector(".live");
  if (!box) {
    box = document.createElement("div");
    box.className = "live";
    plot.append(box);
  }
  const { data, layout } = dress(figure, plot, tools);
  await tools.Plotly.react(box, data, layout, CONFIG);
  plot.classList.add("is-live");
  name(box);
}

function name(box) {
  box.querySelectorAll(".modebar-btn").forEach((button) => {
    if (!button.getAttribute("aria-label")) button.setAttribute("aria-label", button.dataset.title ?? "");
  });
}

async function hydrate(holder) {
  const plot = holder.querySelector(".plot");
  try {
    live.set(plot, await json(new URL(holder.dataset.figure, location.href)));
    await draw(plot);
    toggles(holder, plot);
    ranges(holder, plot);
    resizes.observe(plot);
  } catch (error) {
    live.delete(plot); // the static drawing stays
    console.warn("El gráfico queda en su versión fija.", error);
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    hydrate(entry.target);
  }
}, { rootMargin: "200px" });

const widths = new WeakMap();
const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = target.clientWidth;
    if (width && widths.get(target) !== width) {
      if (widths.has(target)) draw(target);
      widths.set(target, width);
    }
  }
});

document.addEventListener("portal:scheme", () => live.forEach((_, plot) => draw(plot)));

// A drawing is complete as it stands: Plotly (400 KB) comes with the reader's first move, or at once when the address asks
// for a span or a series.
const MOVES = ["pointermove", "pointerdown", "touchstart", "scroll", "keydown", "focusin"];
function reached() {
  MOVES.forEach((move) => removeEventListener(move, reached, true));
  document.querySelectorAll("figure.chart[data-figure]").forEach((holder) => seen.observe(holder));
}
if (location.search) reached();
else MOVES.forEach((move) => addEventListener(move, reached, { capture: true, passive: true }));

// The page's legend switches series on and off once the chart is alive.
const off = new WeakMap();
const hiddenSeries = (plot, series) => off.get(plot)?.has(series?.replace(/ \(preliminar\)$/, "")) ?? false;

function toggles(holder, plot) {
  const kinds = ["k-line", "k-area", "k-stack", "k-bar"];
  if (!kinds.some((kind) => plot.classList.contains(kind))) return;
  off.set(plot, hiddenIn(holder.id));
  holder.querySelectorAll(".legend li").forEach((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.append(...item.childNodes);
    item.append(button);
    const series = [...button.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())?.textContent.trim();
    button.addEventListener("click", () => {
      const set = off.get(plot);
      set.has(series) ? set.delete(series) : set.add(series);
      button.setAttribute("aria-pressed", String(!set.has(series)));
      keepHidden(holder.id, set);
      holder.classList.toggle("has-hidden", set.size > 0);
      draw(plot);
    });
    button.setAttribute("aria-pressed", String(!off.get(plot).has(series)));
  });
  holder.classList.toggle("has-hidden", off.get(plot).size > 0);
  if (off.get(plot).size) draw(plot);
}

// Heat maps are drawn by the page; the value under the pointer is read from their grid.
async function readout(holder) {
  const box = holder.querySelector(".plot-box");
  const { x, y, z } = await json(new URL(holder.dataset.cells, location.href));
  const tip = document.createElement("p");
  tip.className = "tip";
  tip.hidden = true;
  box.append(tip);
  const number = new Intl.NumberFormat("es-CO", { maximumFractionDigits: 2 });
  box.addEventListener("pointermove", (event) => {
    const area = box.getBoundingClientRect();
    const column = Math.floor(((event.clientX - area.left) / area.width) * x.length);
    const line = Math.floor(((event.clientY - area.top) / area.height) * y.length);
    const value = z[line]?.[column];
    tip.hidden = value === undefined;
    if (tip.hidden) return;
    tip.textContent = `${y[line]}, ${x[column]}: ${value === null ? "sin dato" : number.format(value)}`;
    const left = Math.min(event.clientX - area.left + 12, area.width - tip.offsetWidth);
    tip.style.transform = `translate(${Math.max(left, 0)}px, ${event.clientY - area.top - 36}px)`;
  });
  box.addEventListener("pointerleave", () => { tip.hidden = true; });
}

document.querySelectorAll("figure.chart[data-cells]").forEach((holder) => {
  holder.addEventListener("pointerenter", () => readout(holder).catch((error) => console.warn("Sin lectura de valores.", error)), { once: true });
});

// ---------- Copying ----------
function slug(text) {
  return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
}

async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copiado";
  } catch {
    window.prompt("Copie este texto:", text);
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

// ---------- Images and frames ----------
// The image is the SVG file with its title and source; a live chart narrowed by its reader is drawn as it stands.
async function picture(button) {
  const holder = button.closest("figure");
  const plot = holder.querySelector(".plot");
  const box = plot.querySelector(".live");
  const filename = slug(holder.querySelector("h1, h2")?.textContent ?? "grafico");
  if (box && (spans.get(plot) || off.get(plot)?.size)) {
    const drawn = await asDrawn(holder, box);
    save(await raster(await window.Plotly.toImage(drawn, { format: "svg", width: drawn.layout.width, height: drawn.layout.height })), filename);
    return;
  }
  const reply = await fetch(new URL(button.dataset.png, location.href));
  if (!reply.ok) throw new Error(`${reply.status} ${reply.url}`);
  save(await raster(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(await reply.text())}`), filename);
}

// The page policy allows images from the site and from data addresses, not from blobs: Plotly's own PNG is out.
async function raster(svg) {
  const image = new Image();
  image.src = svg;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

// A figure with what the page writes around it: title above, source below.
async function asDrawn(holder, box) {
  const words = (selector) => holder.querySelector(selector)?.textContent.trim() ?? "";
  const layout = { ...box.layout, margin: { ...box.layout.margin, t: box.layout.margin.t + 64, b: box.layout.margin.b + 46 } };
  const warning = document.querySelector("[data-banner] strong")?.textContent ?? "";
  const { shared } = await loadKit();
  layout.height += 110;
  layout.paper_bgcolor = layout.plot_bgcolor = (isDark() ? shared.dark : shared.light).layout.hoverlabel.bgcolor;
  const note = (text, y, yanchor, size, yshift) => ({ text, x: 0, xref: "paper", xanchor: "left", y, yref: "paper", yanchor, yshift, xshift: -layout.margin.l + 12, showarrow: false, font: { size } });
  layout.annotations = [...(layout.annotations ?? []), note(`<b>${words("h1, h2")}</b>`, 1, "bottom", 18, 36), note(words(".sub"), 1, "bottom", 13, 14), note(`${warning ? `${warning}. ` : ""}${words(".foot p")}`, 0, "top", 12, -38)];
  return { data: box.data, layout, config: CONFIG };
}

function save(address, filename) {
  const link = document.createElement("a");
  link.href = address;
  link.download = `${filename}.png`;
  link.click();
}

document.querySelectorAll("[data-png]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => picture(button).catch((error) => {
    button.textContent = "No se pudo";
    console.warn("La imagen no se pudo hacer.", error);
  }));
});

function frameCode(button) {
  const holder = button.closest("figure");
  const address = new URL(button.dataset.embed, location.href).href;
  const title = (holder.querySelector("h2")?.textContent ?? "").replace(/["<>&]/g, "");
  const height = Math.ceil(holder.querySelector(".plot").offsetHeight + 180);
  return `<iframe src="${address}" title="${title}" width="100%" height="${height}" loading="lazy" style="border:0"></iframe>`;
}

document.querySelectorAll("[data-embed]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const foot = button.closest(".foot");
    const open = foot.nextElementSibling?.matches(".frame-code") ? foot.nextElementSibling : null;
    button.setAttribute("aria-expanded", String(!open));
    if (open) { open.remove(); return; }
    const box = document.createElement("div");
    box.className = "frame-code";
    const field = document.createElement("textarea");
    field.readOnly = true;
    field.rows = 3;
    field.setAttribute("aria-label", "Código para insertar este gráfico en otra página");
    field.value = frameCode(button);
    const copier = document.createElement("button");
    copier.type = "button";
    copier.className = "quiet";
    copier.textContent = "Copiar el código";
    copier.addEventListener("click", () => copy(copier, field.value));
    box.append(field, copier);
    foot.after(box);
    field.focus();
    field.select();
  });
});

const here = () => location.href.split("#")[0];

document.querySelectorAll("[data-copy-link]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => copy(button, `${here()}#${button.dataset.copyLink}`));
});
document.querySelectorAll("[data-cite]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = new Date();
    const today = `${now.getDate()} de ${MONTHS[now.getMonth()]} de ${now.getFullYear()}`;
    const until = button.dataset.until ? ` Datos hasta ${button.dataset.until}.` : "";
    copy(button, `Portal Energético de Colombia. «${button.dataset.cite}».${until} Consultado el ${today}. ${here()}`);
  });
});

// ---------- The bill calculator, on the one page that has it ----------
if (document.querySelector("[data-bill]")) import("./calculadora.js");

// ---------- Filter of a list ----------
const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();

function filterOf(form) {
  const input = form.querySelector("input");
  const chips = [...form.querySelectorAll(".chip")];
  const count = form.querySelector("[data-count]");
  const sections = [...document.querySelectorAll(`#${form.dataset.filter} .theme`)];
  const state = new URLSearchParams(location.search);

  function apply() {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const theme = chips.find((chip) => chip.getAttribute("aria-pressed") === "true")?.dataset.theme ?? "";
    let shown = 0;
    for (const section of sections) {
      let own = 0;
      for (const row of section.querySelectorAll("tbody tr")) {
        row.hidden = !words.every((word) => row.dataset.text.includes(word));
        own += row.hidden ? 0 : 1;
      }
      section.hidden = !own || (theme !== "" && section.dataset.theme !== theme);
      shown += section.hidden ? 0 : own;
    }
    const [one, many] = (form.dataset.nouns ?? "métrica,métricas").split(",");
    count.textContent = shown ? `${shown} ${shown === 1 ? one : many}` : `Ninguna ${one} coincide. Pruebe con menos palabras${chips.length ? " o con otro tema" : ""}.`;
    const query = new URLSearchParams();
    if (input.value.trim()) query.set("q", input.value.trim());
    if (theme) query.set("tema", theme);
    history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
  }

  const press = (theme) => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.theme === theme)));
  input.value = state.get("q") ?? "";
  press(chips.some((chip) => chip.dataset.theme === state.get("tema")) ? state.get("tema") : "");
  input.addEventListener("input", apply);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    press(chip.dataset.theme);
    apply();
  }));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
}

document.querySelectorAll("form[data-filter]").forEach(filterOf);
