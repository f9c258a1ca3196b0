// Brings the page to life: charts when they are seen, links and citations to copy, filters of long lists.
// Everything on the page is complete without this file.
import { offerCopies } from "./lib/copies.js";
import { wakeCharts } from "./lib/charts.js";
import { tellFreshness } from "./lib/freshness.js";
import { readHeatMaps } from "./lib/heat.js";
import { offerImages } from "./lib/images.js";
import { filterLists } from "./lib/lists.js";

wakeCharts();
readHeatMaps();
offerImages();
offerCopies();
filterLists();
tellFreshness().catch(() => {}); // a page read from a folder, or offline: it stands on its own
// The bill calculator, on the one page that has it.
if (document.querySelector("[data-bill]")) import("./calculadora.js");
