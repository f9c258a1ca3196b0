// Search box over Pagefind's index: own markup, Spanish labels, keyboard. Results are written as text, never as HTML.
const base = new URL("../", import.meta.url);
const dialog = document.getElementById("pe-search");
const opener = document.getElementById("pe-search-open");
const input = document.getElementById("pe-search-input");
const list = document.getElementById("pe-search-list");
const status = document.getElementById("pe-search-status");
const LIMIT = 12;
let engine = null;
let asked = 0;
let selected = -1;

async function load() {
  if (!engine) {
    engine = import(new URL("pagefind/pagefind.js", base).href).then(async (pagefind) => {
      await pagefind.options({ baseUrl: base.pathname, excerptLength: 18 });
      return pagefind;
    });
    engine.catch(() => {
      engine = null;
      status.textContent = "No se pudo cargar el buscador. Revise su conexión y vuelva a intentarlo.";
    });
  }
  return engine;
}

// Pagefind marks the words found with <mark>; the excerpt is rebuilt as text nodes, so that no markup can slip in.
function excerpt(html) {
  const paragraph = document.createElement("p");
  const parts = new DOMParser().parseFromString(html, "text/html").body.childNodes;
  for (const node of parts) {
    if (node.nodeName === "MARK") {
      const mark = document.createElement("mark");
      mark.textContent = node.textContent;
      paragraph.append(mark);
    } else {
      paragraph.append(node.textContent);
    }
  }
  return paragraph;
}

function row(result, index) {
  const item = document.createElement("li");
  item.id = `pe-hit-${index}`;
  item.setAttribute("role", "option");
  const link = document.createElement("a");
  link.href = result.url;
  link.tabIndex = -1;
  const title = document.createElement("strong");
  title.textContent = result.meta.title || "Sin título";
  link.append(title, excerpt(result.excerpt));
  item.append(link);
  return item;
}

function select(index) {
  const items = [...list.children];
  if (!items.length) return;
  selected = (index + items.length) % items.length;
  items.forEach((item, i) => item.setAttribute("aria-selected", String(i === selected)));
  input.setAttribute("aria-activedescendant", items[selected].id);
  items[selected].scrollIntoView({ block: "nearest" });
}

async function search() {
  const words = input.value.trim();
  const mine = ++asked;
  if (!words) {
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    status.textContent = "Escriba para buscar. Las tildes no importan.";
    return;
  }
  const pagefind = await load();
  const found = await pagefind.debouncedSearch(words, {}, 120);
  if (!found || mine !== asked) return;
  const results = await Promise.all(found.results.slice(0, LIMIT).map((result) => result.data()));
  if (mine !== asked) return;
  list.replaceChildren(...results.map(row));
  selected = -1;
  input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-expanded", String(results.length > 0));
  const total = found.results.length;
  if (!total) status.textContent = `Nada para «${words}». Pruebe con otra palabra o con el código de XM.`;
  else if (total === 1) status.textContent = "1 página.";
  else status.textContent = total > LIMIT ? `${total} páginas; se muestran las ${LIMIT} primeras.` : `${total} páginas.`;
}

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  load().catch(() => undefined);
}

opener.hidden = false;
opener.addEventListener("click", open);
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  const wanted = (event.key === "/" && !typing) || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
  if (wanted && !event.altKey) {
    event.preventDefault();
    open();
  }
});
input.addEventListener("input", () => search().catch(() => undefined));
input.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(selected + (event.key === "ArrowDown" ? 1 : -1));
  } else if (event.key === "Enter") {
    event.preventDefault();
    const item = list.children[Math.max(selected, 0)];
    if (item) location.href = item.querySelector("a").href;
  }
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});

// One open menu at a time; Escape and a click elsewhere close it.
const menus = [...document.querySelectorAll(".pe-menu, .pe-drawer")];
menus.forEach((menu) => menu.addEventListener("toggle", () => {
  if (menu.open) menus.filter((other) => other !== menu).forEach((other) => { other.open = false; });
}));
document.addEventListener("click", (event) => {
  menus.filter((menu) => !menu.contains(event.target)).forEach((menu) => { menu.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  menus.filter((menu) => menu.open).forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
