// Brings the page to life: charts when they are seen, links and citations to copy, filters of long lists.
// Everything on the page is complete without this file.
import { offer, offerCopies } from "./lib/copies.js";
import { wakeCharts } from "./lib/charts.js";
import { element } from "./lib/dom.js";
import { openFolds } from "./lib/folds.js";
import { tellFreshness } from "./lib/freshness.js";
import { readHeatMaps } from "./lib/heat.js";
import { tellNewest } from "./lib/latest.js";
import { filterLists } from "./lib/lists.js";
import { offerWalks } from "./lib/stops.js";
import { explainTerms } from "./lib/terms.js";
import { longDate } from "./lib/text.js";

openFolds();
wakeCharts();
offerWalks(() => import("./recorrer.js"));
readHeatMaps();
offerCopies();
filterLists();
// The page explains a word once; here the same words get the same explanation.
const explained = new Map();
for (const word of document.querySelectorAll("abbr")) {
  if (word.title) explained.set(word.textContent, word.title);
  else word.title = explained.get(word.textContent) ?? "";
}
explainTerms();
// A page read from a folder, or offline, stands on its own.
tellFreshness().catch(() => {});
tellNewest().catch(() => {});
// What a reader may do with a figure comes when it is asked for.
offer("[data-kit]", (button) => import("./citar.js").then(({ openKit }) => openKit(button)).catch((error) => {
  button.textContent = "No se pudo abrir";
  console.warn("El panel no se pudo abrir.", error);
}));
// The bill calculator, on the one page that has it.
if (document.querySelector("[data-bill]")) import("./calculadora.js");
// Paper says where it came from and when.
addEventListener("beforeprint", () => {
  const article = document.querySelector("#contenido");
  const line = article?.querySelector(".pe-printed") ?? element("p", { className: "pe-printed" });
  line.textContent = `${location.href} · impreso el ${longDate(new Date())}`;
  article?.prepend(line);
});
// The assistant, too, comes when it is asked for. A page in a frame has no footer and none of it.
const footer = document.querySelector(".pe-footer");
if (footer) {
  const button = element("button", { type: "button", className: "pe-tool pe-asker", textContent: "Preguntar" });
  button.setAttribute("aria-haspopup", "dialog");
  button.addEventListener("click", () => import("./asistente.js").then(({ openAssistant }) => openAssistant()).catch((error) => {
    button.textContent = "No se pudo abrir";
    console.warn("El asistente no se pudo abrir.", error);
  }));
  footer.before(button);
}
