// The citation of a figure in the four forms that editors ask for, and the words beside it. Each names the frozen address and the version of the
// data: whoever opens it sees what the author saw.
import { longDate, slug } from "./text.js";

const AUTHOR = "Portal Energético de Colombia";
const MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];

/**
 * What an image says of itself. It is read as text: parsed, its style would meet the policy of the page.
 * @param {string} svg
 * @returns {Told}
 */
export function toldBy(svg) {
  const words = /<metadata>([^<]*)<\/metadata>/.exec(svg)?.[1] ?? "";
  return JSON.parse(words.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
}

/** @param {Date} day */
const iso = (day) => `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

/**
 * The date of the data as numbers: year, and month and day where they are known.
 * @param {string} [day] `2026-11-29`, `2026-11` or `2026`
 */
const parts = (day) => (day ? day.split("-").map(Number) : []);

/** @param {string} [day] */
function apaDate(day) {
  const [year, month, date] = parts(day);
  if (!year) return "s. f.";
  if (!month) return String(year);
  return `${year}, ${date ? `${date} de ` : ""}${MONTHS[month - 1]}`;
}

/** @param {Told} told */
const state = ({ until, version }) => `${until ? `datos hasta ${until}, ` : ""}versión de los datos ${version}`;

/** @param {Told} told */
export const citationKey = ({ id, version }) => `portal-${slug(id)}-${version}`;

/**
 * @param {Told} told
 * @param {string} address
 * @param {Date} today
 */
function apa(told, address, today) {
  return `${AUTHOR}. (${apaDate(told.day)}). ${told.title} [Figura; ${state(told)}]. Consultado el ${longDate(today)}, de ${address}`;
}

/**
 * What BibTeX reads as its own is written as the letter.
 * @param {string} text
 */
const tex = (text) => text.replace(/[\\{}%&$#_^~]/g, (mark) => ({ "\\": "\\textbackslash{}", "^": "\\^{}", "~": "\\~{}" })[mark] ?? `\\${mark}`);

/**
 * @param {Told} told
 * @param {string} address
 * @param {Date} today
 */
function bibtex(told, address, today) {
  const [year, month] = parts(told.day);
  const fields = [
    ["author", `{${AUTHOR}}`],
    ["title", `{${tex(told.title)}}`],
    ["year", year ? String(year) : ""],
    ["month", month ? String(month) : ""],
    ["note", tex(`${state(told)}. ${told.source}`)],
    ["howpublished", "Figura en línea"],
    ["url", address],
    ["urldate", iso(today)],
    ["version", told.version],
  ];
  const lines = fields.filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}}`);
  return `@misc{${citationKey(told)},\n${lines.join(",\n")}\n}\n`;
}

/**
 * @param {Told} told
 * @param {string} address
 * @param {Date} today
 */
function ris(told, address, today) {
  const [year, month, date] = parts(told.day);
  const two = (/** @type {number | undefined} */ number) => (number ? String(number).padStart(2, "0") : "");
  /** @type {[string, string][]} */
  const tags = [
    ["TY", "FIGURE"],
    ["ID", citationKey(told)],
    ["AU", AUTHOR],
    ["TI", told.title],
    ["PY", year ? String(year) : ""],
    ["DA", year ? `${year}/${two(month)}/${two(date)}` : ""],
    ["ET", told.version],
    ["N1", `${state(told)}. ${told.source}`],
    ["UR", address],
    ["Y2", iso(today).replaceAll("-", "/")],
    ["LA", "es"],
  ];
  return `${tags.filter(([, value]) => value).map(([tag, value]) => `${tag}  - ${value.replace(/\s+/g, " ")}`).join("\r\n")}\r\nER  - \r\n`;
}

/**
 * @param {Told} told
 * @param {string} address
 * @param {Date} today
 */
function csl(told, address, today) {
  const day = parts(told.day);
  const item = {
    id: citationKey(told),
    type: "graphic",
    title: told.title,
    author: [{ literal: AUTHOR }],
    ...(day.length ? { issued: { "date-parts": [day] } } : {}),
    accessed: { "date-parts": [parts(iso(today))] },
    "container-title": told.pageTitle,
    version: told.version,
    note: `${state(told)}. ${told.source}`,
    language: "es-CO",
    URL: address,
  };
  return `${JSON.stringify([item], null, 2)}\n`;
}

/**
 * Sentences, each with its full stop.
 * @param {(string | undefined)[]} parted
 */
const sentences = (...parted) => parted.filter(Boolean).map((words) => `${words?.trim().replace(/\.$/, "")}.`).join(" ");

/**
 * What stands beside a figure in a bulletin.
 * @param {Told} told
 * @param {string} note what the page says below it
 */
export function wordsOf(told, note) {
  const head = `${told.title}${told.subtitle ? ` (${told.subtitle})` : ""}`;
  const values = told.told ? `${told.told.charAt(0).toUpperCase()}${told.told.slice(1)}` : "";
  const source = sentences(told.source, `Versión de los datos: ${told.version}`);
  return {
    paragraph: sentences(told.told ? `${head}: ${told.told}` : head, told.source),
    caption: sentences(told.title, told.subtitle, note),
    source,
    alt: sentences("Gráfico", head, values),
  };
}

/** @type {{ id: string, name: string, type: string, ending: string, write: (told: Told, address: string, today: Date) => string }[]} */
export const FORMS = [
  { id: "apa", name: "APA", type: "text/plain", ending: "txt", write: apa },
  { id: "bibtex", name: "BibTeX", type: "application/x-bibtex", ending: "bib", write: bibtex },
  { id: "ris", name: "RIS", type: "application/x-research-info-systems", ending: "ris", write: ris },
  { id: "csl", name: "CSL-JSON", type: "application/vnd.citationstyles.csl+json", ending: "json", write: csl },
];
