// What a chart says value by value: its rows, from the file that it offers, its figure or its table, as series of spots. Pure.
import { number } from "./scales.js";
import { moment, places } from "./spans.js";

/**
 * @typedef {object} Spot a value where it stands
 * @property {number | null} at on the axis [ms or a number]; null where names stand on it
 * @property {string} name what stands there: a day, an hour, a name
 * @property {number} value NaN where there is none
 * @property {string} more its state, its interval: what is said behind it
 * @property {boolean} [open] not settled yet
 * @property {SVGElement} [shape] what is drawn of it
 */
/** @typedef {{ name: string, unit: string, spots: Spot[] }} Walk a series */

const DAY = 864e5; // [ms]
const SAID = ["fecha en el gráfico", "en el gráfico", "serie", "fila", "valor", "unidad", "estado", "desde", "hasta", "casos"];
const SETTLED = ["", "definitivo", "publicado", "corregido"];
const SPOKEN = new Map([
  ["GWh", "gigavatios hora"], ["MWh", "megavatios hora"], ["kWh", "kilovatios hora"], ["MW", "megavatios"], ["kW", "kilovatios"],
  ["COP/kWh", "pesos por kilovatio hora"], ["MCOP", "millones de pesos"], ["millones de COP", "millones de pesos"], ["%", "por ciento"],
  ["hm3", "hectómetros cúbicos"], ["hm³", "hectómetros cúbicos"], ["m3/s", "metros cúbicos por segundo"], ["m³/s", "metros cúbicos por segundo"],
  ["gCO2e/kWh", "gramos de CO2 equivalente por kilovatio hora"], ["g CO₂e/kWh", "gramos de CO2 equivalente por kilovatio hora"],
  ["t", "toneladas"], ["km", "kilómetros"], ["°C", "grados"], ["W/m2", "vatios por metro cuadrado"], ["W/m²", "vatios por metro cuadrado"], ["kUSD", "miles de dólares"], ["#", ""],
]);

/** @param {Intl.DateTimeFormatOptions} options */
const dated = (options) => new Intl.DateTimeFormat("es-CO", { timeZone: "UTC", ...options });
const ON_DAY = dated({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const ON_DATE = dated({ day: "numeric", month: "long", year: "numeric" });
const IN_MONTH = dated({ month: "long", year: "numeric" });

const NUMBER = /^-?\d+(?:\.\d+)?$/;
const TIME = /^\d{4}-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)?$/;

/**
 * A place in words: a day, hour or month written out, a number with what it counts, a name as it is.
 * @param {string} name
 * @param {string} head of its column
 */
function placed(name, head = "") {
  if (TIME.test(name)) {
    if (name.length > 10) return `${ON_DATE.format(moment(name))}, ${Number(name.slice(11, 13))}:${name.slice(14, 16)}`;
    return name.length > 7 ? ON_DAY.format(moment(name)) : IN_MONTH.format(moment(`${name}-01`));
  }
  if (head === "hora") return `${name}:00`;
  return head && head !== "fecha" && NUMBER.test(name) ? `${head} ${name.replace(".", ",")}` : name;
}

/** @param {string} text of a CSV, without line breaks in its cells */
function cellsOf(text) {
  const lines = text.trim().split(/\r?\n/).map((line) => [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,"]*))(?:,|$)/g)].map(([, inside, bare]) => inside?.replaceAll('""', '"') ?? bare ?? ""));
  const width = lines[0]?.indexOf("") ?? 0; // the end of a line is found once more
  return lines.map((cells) => cells.slice(0, width < 0 ? undefined : width));
}

/**
 * Where something stands on an axis of time or numbers; null for a name.
 * @param {string} name
 */
const along = (name) => (TIME.test(name) ? moment(name.length > 7 ? name : `${name}-01`) : NUMBER.test(name) ? Number(name) : null);

/**
 * Spots in order of time, each run without a value as one spot that says so.
 * @param {Spot[]} spots
 */
export function withGaps(spots) {
  const known = spots.filter(({ at }) => at !== null).sort((a, b) => /** @type {number} */ (a.at) - /** @type {number} */ (b.at));
  if (known.length < spots.length || known.length < 3 || !TIME.test(known[0]?.name ?? "")) return spots;
  const [monthly, hourly] = [known[0]?.name.length === 7, (known[0]?.name.length ?? 0) > 10];
  const steps = known.slice(1).map(({ at }, i) => /** @type {number} */ (at) - /** @type {number} */ (known[i]?.at));
  const step = monthly ? 31 * DAY : Math.min(...steps);
  const written = (/** @type {number} */ at) => new Date(at).toISOString().slice(0, hourly ? 16 : monthly ? 7 : 10).replace("T", " ");
  return known.flatMap((spot, i) => {
    const [at, before] = [/** @type {number} */ (spot.at), known[i - 1]];
    if (!before || /** @type {number} */ (steps[i - 1]) < step * 1.5) return [spot];
    const [first, last] = [/** @type {number} */ (before.at) + step, at - (monthly ? DAY : step)];
    const from = placed(written(first));
    const name = last - first < step / 2 ? from : `del ${from} al ${placed(written(last))}`;
    return [{ at: (first + last) / 2, name, value: NaN, more: "" }, spot];
  });
}

/**
 * The series of the CSV of a chart (pipeline/site/blocks/chart_files.py).
 * @param {string} text
 * @returns {Walk[]}
 */
export function walksOfCsv(text) {
  const [heads = [], ...rows] = cellsOf(text);
  const column = (/** @type {string} */ name) => heads.indexOf(name);
  const cell = (/** @type {string[]} */ row, /** @type {string} */ name) => row[column(name)] ?? "";
  const unit = cell(rows[0] ?? [], "unidad");
  const between = (/** @type {string} */ low, /** @type {string} */ high) => (low && high ? `entre ${number(Number(low))} y ${number(Number(high))}` : "");
  const named = heads.find((name) => !SAID.includes(name)) ?? "serie";
  // All of one day: what stands beside each other are the series.
  const head = column("serie") >= 0 && new Set(rows.map((row) => cell(row, named))).size < 2 ? "serie" : named;
  const drawn = heads.find((name) => name.endsWith("en el gráfico")) ?? head;
  /** @type {Map<string, Spot[]>} */
  const found = new Map();
  const add = (/** @type {string} */ name, /** @type {string[]} */ row, /** @type {string} */ value, more = "", open = false) => {
    if (!value) return;
    const spots = found.get(name) ?? [];
    spots.push({ at: along(cell(row, drawn)), name: cell(row, head), value: Number(value), more, open });
    found.set(name, spots);
  };
  for (const row of rows) {
    const state = cell(row, "estado");
    const name = head === "serie" ? "" : placed(cell(row, "serie") || cell(row, "fila"));
    add(name, row, cell(row, "valor"), [between(cell(row, "desde"), cell(row, "hasta")), state].filter(Boolean).join(", "), !SETTLED.includes(state));
    add("Observado", row, cell(row, "observado"));
    const range = between(cell(row, "80 %, desde"), cell(row, "80 %, hasta"));
    add("Pronóstico", row, cell(row, "pronóstico"), range && `con 80 % de probabilidad ${range}`, true);
  }
  return [...found].map(([name, spots]) => ({ name, unit, spots: withGaps(spots).map((spot) => ({ ...spot, name: placed(spot.name, head) })) }));
}

/**
 * The series of a figure that is drawn, where no file has its rows.
 * @param {Figure} figure
 * @param {string} unit
 * @returns {Walk[]}
 */
export function walksOfFigure({ data }, unit) {
  /** @type {Map<string, Map<string, Spot>>} */
  const found = new Map();
  for (const trace of data) {
    const [, base = "", open] = /^(.*?)( \(sin confirmar\))?$/.exec(trace.name ?? "") ?? [];
    const spots = found.get(base) ?? new Map();
    const lying = typeof trace.y[0] === "string";
    const names = lying ? trace.y.map(String) : trace.x?.map(String) ?? places(trace).map((at) => new Date(at).toISOString().slice(0, Number(trace.dx) < DAY ? 16 : 10));
    names.forEach((name, i) => {
      const value = lying ? Number(trace.x?.[i]) : trace.y[i];
      const known = spots.get(name);
      if (value === null || value === undefined || (known && !Number.isNaN(known.value))) return;
      spots.set(name, { at: along(name), name, value, more: open ? "sin confirmar" : "", open: Boolean(open) });
    });
    found.set(base, spots);
  }
  return [...found].map(([name, spots]) => ({ name, unit, spots: withGaps([...spots.values()]).map((spot) => ({ ...spot, name: placed(spot.name) })) }));
}

/**
 * A number as the portal writes it; NaN where a text begins with none.
 * @param {string} text
 */
export const valueOf = (text) => Number.parseFloat((/^[−-]?[\d.]+(?:,\d+)?/.exec(text.trim())?.[0] ?? "").replaceAll(".", "").replace(",", ".").replace("−", "-"));

/**
 * The series of a table: its columns of numbers, from the oldest row to the newest where rows are times.
 * @param {{ text: string, unit: string }[]} heads
 * @param {string[][]} rows
 * @returns {Walk[]}
 */
export function walksOfTable(heads, rows) {
  const timed = ["Fecha", "Hora", "Día", "Mes", "Año"].includes(heads[0]?.text ?? "");
  const ordered = timed ? rows.toReversed() : rows;
  const numeric = heads.flatMap((_, i) => (i && rows.some((row) => !Number.isNaN(valueOf(row[i] ?? ""))) ? [i] : []));
  return numeric.map((i) => ({
    name: numeric.length > 1 ? heads[i]?.text ?? "" : "",
    unit: heads[i]?.unit ?? "",
    spots: ordered.map((row) => ({ at: null, name: row[0] ?? "", value: valueOf(row[i] ?? ""), more: "" })),
  }));
}

/**
 * What is said at a spot.
 * @param {Walk} walk
 * @param {number} i
 * @param {boolean} many whether there are other series
 * @param {boolean} [aloud] units as they are spoken
 */
export function saying({ name, unit, spots }, i, many, aloud = false) {
  const spot = spots[i];
  if (!spot) return "Sin valores";
  if (spot.shape) return spot.name;
  const measure = aloud ? SPOKEN.get(unit) ?? unit : unit === "#" ? "" : unit;
  const value = Number.isNaN(spot.value) ? "sin dato" : `${number(spot.value)} ${measure}`.trim();
  return `${spot.name}${many && name ? `, ${name}` : ""}: ${value}${spot.more ? `, ${spot.more}` : ""}`;
}

/**
 * The spot of another series that stands where this one does, else the nearest by its place in the row.
 * @param {Spot[]} spots
 * @param {Spot | undefined} from
 * @param {number} i
 */
export function beside(spots, from, i) {
  const same = spots.findIndex(({ at, name }) => (from?.at ?? null) === null ? name === from?.name : at === from?.at);
  if (same >= 0) return same;
  const after = (from?.at ?? null) === null ? -1 : spots.findIndex(({ at }) => at !== null && at >= /** @type {number} */ (from?.at));
  return after >= 0 ? after : Math.min(i, spots.length - 1);
}
