// Which series there are, what they are called, and their values: of a metric from the parts of the lake, of a headline
// from the published table.
import { edge, joined } from "./columns.js";
import { reader, tableColumns, valuesOf } from "./parts.js";
import { addressed } from "./series-files.js";
import { ROOT, json } from "./site.js";
import { plain } from "./text.js";

export const HEADLINE = "titulares";
const DAY = 86_400_000;
const WORDS = ["publicado", "corregido", "dudoso", "preliminar"]; // of the published tables, by state
/** @type {Record<string, Known["grain"]>} */
const GRAINS = { horaria: "hourly", diaria: "daily", mensual: "monthly" };
/** @type {Record<string, Known["adds"]>} */
const ADDS = { "suma": "sum", "último valor": "last", "promedio": "mean", "promedio ponderado": "weighted", "ninguna": "none" };

/** @typedef {{ metrics: Map<string, Catalogue["metricas"][number]>, tables: Map<string, string[]>, codes: Codes, parts: LakePart[] }} Shelf */

/** @returns {Promise<Shelf>} */
export async function openShelf() {
  reader().catch(() => undefined); // it comes beside the lists; whoever reads is told what is wrong
  /** @type {[Catalogue, Codes, { parts: LakePart[] }, import("./series-files.js").Names]} */
  const [catalogue, codes, manifest, names] = await Promise.all([
    json(new URL("api/v1/metricas.json", ROOT), { cache: "no-cache" }),
    json(new URL("api/v1/codigos.json", ROOT), { cache: "no-cache" }),
    json(new URL("datos/manifest.json", ROOT), { cache: "no-cache" }),
    json(new URL("datos/series.json", ROOT), { cache: "no-cache" }),
  ]);
  const chosen = catalogue.metricas.filter(({ granularidad, versionada }) => granularidad in GRAINS && !versionada);
  return {
    metrics: new Map(chosen.map((metric) => [metric.id, metric])),
    tables: new Map(catalogue.tablas.map(({ nombre, archivos }) => [nombre, archivos])),
    codes,
    parts: addressed(manifest.parts, names).filter(({ rows }) => rows > 0),
  };
}

/**
 * What a code is called, the code itself where it is its own name; of a code in parts, the first names it.
 * @param {Codes} codes
 * @param {string} entity
 * @param {string} code
 */
export function nameOf({ nombres }, entity, code) {
  const [head = "", ...tail] = code.split("|");
  const name = nombres[entity]?.[head];
  if (!name) return tail.length ? [head, ...tail].join(" · ") : code;
  return tail.length ? `${name} · ${tail.join(" · ")}` : name;
}

/**
 * The series of a reference (`DemaSIN.Sistema.Sistema`, `titulares.demand`); none where the portal has none.
 * @param {Shelf} shelf
 * @param {string} ref
 * @returns {Known | null}
 */
export function known({ metrics, codes }, ref) {
  const [metric = "", entity = "", ...rest] = ref.split(".");
  if (metric === HEADLINE) {
    const found = codes.titulares.find(({ serie }) => serie === entity);
    if (!found) return null;
    return { ref, metric, entity: "", code: entity, name: found.nombre, unit: found.unidad, grain: GRAINS[found.granularidad] ?? "daily",
      adds: ADDS[found.agregacion] ?? "none", weights: "", events: false, blanks: false };
  }
  const code = rest.join(".");
  const found = metrics.get(metric);
  if (!found || !codes.codigos[`${metric}.${entity}`]?.includes(code)) return null;
  const who = nameOf(codes, entity, code);
  const grain = GRAINS[found.granularidad] ?? "daily";
  const adds = ADDS[found.agregacion_diaria] ?? "mean";
  return {
    ref, metric, entity, code,
    name: code === "Sistema" ? found.titulo : `${found.titulo}, ${entity === "Sistema" ? who.replace(/^Sistema · /, "").toLowerCase() : who}`,
    unit: found.unidad, grain, adds, weights: found.ponderada_por ?? "", events: codes.por_eventos.includes(metric),
    blanks: grain === "hourly" && adds === "sum" && entity !== "Sistema",
  };
}

/**
 * The files that hold a series between two moments; the one place that knows how the lake is cut.
 * @param {LakePart[]} parts
 * @param {string} metric
 * @param {string} entity
 * @param {number} from [ms]
 * @param {number} until [ms] not included
 */
export const partsOf = (parts, metric, entity, from, until) =>
  parts.filter((part) => part.metric === metric && part.entity === entity && Date.parse(`${part.min_ts}Z`) < until && Date.parse(`${part.max_ts}Z`) >= from)
    .sort((a, b) => (a.min_ts < b.min_ts ? -1 : 1));

/**
 * The last moment that any of some series has a value of [ms], its day whole.
 * @param {Shelf} shelf
 * @param {Known[]} asked
 */
export function endOf(shelf, asked) {
  const ends = shelf.parts.filter((part) => asked.some(({ metric, entity }) => part.metric === metric && part.entity === entity)).map(({ max_ts }) => Date.parse(`${max_ts}Z`));
  const last = Math.max(...(ends.length ? ends : shelf.parts.filter(({ metric }) => metric === "DemaSIN" || metric === "Gene").map(({ max_ts }) => Date.parse(`${max_ts}Z`))), 0);
  return Math.floor(last / DAY) * DAY;
}

/** @type {Map<string, { from: number, until: number, values: Promise<Values> }>} what was read, by part and code */
const kept = new Map();

/**
 * What a part has of a code; a span inside one that was read comes from memory.
 * @param {LakePart} part
 * @param {string} code
 * @param {number} from
 * @param {number} until
 * @param {number} every time between its rows where none is missing [ms], 0 where it is not the same
 */
function read(part, code, from, until, every) {
  const asked = { from: Math.max(from, Date.parse(`${part.min_ts}Z`)), until: Math.min(until, Date.parse(`${part.max_ts}Z`) + 1) };
  const key = `${part.path} ${code}`;
  const found = kept.get(key);
  if (found && found.from <= asked.from && found.until >= asked.until) return found.values;
  const values = valuesOf(part, { code, every, ...asked });
  kept.set(key, { ...asked, values });
  values.catch(() => kept.delete(key));
  return values;
}

/**
 * @param {Values} values
 * @param {number} from
 * @param {number} until
 * @returns {Values}
 */
function between({ at, value, state }, from, until) {
  const [begin, end] = [edge(at, (moment) => moment < from), edge(at, (moment) => moment < until)];
  return { at: at.subarray(begin, end), value: value.subarray(begin, end), state: state.subarray(begin, end) };
}

/**
 * The rows of a published CSV, without quotes inside: days, codes and numbers.
 * @param {string} text
 */
const cells = (text) => text.trim().split(/\r?\n/).map((line) => line.split(",").map((cell) => cell.replace(/^"|"$/g, "")));

/** @type {Map<string, Promise<string[][]>>} */
const files = new Map();

/** @param {string} path below `datos/` */
function csv(path) {
  const made = files.get(path) ?? fetch(new URL(`datos/${path}`, ROOT), { cache: "no-cache" }).then(async (reply) => {
    if (!reply.ok) throw new Error("Una tabla del portal no se pudo leer. Recargue la página.");
    return cells(await reply.text());
  });
  files.set(path, made);
  made.catch(() => files.delete(path));
  return made;
}

/** @param {string} word */
const moment = (word) => Date.parse(`${word.length === 7 ? `${word}-01` : word}T00:00Z`);

/**
 * @param {Shelf} shelf
 * @param {string} series
 * @param {number} from
 * @param {number} until
 * @returns {Promise<Values>}
 */
async function headline(shelf, series, from, until) {
  const paths = shelf.tables.get(HEADLINE) ?? [];
  const since = new Date(Math.max(from, 0)).toISOString().slice(0, 10);
  const rows = (await Promise.all(paths.map(async (path) => {
    if (path.endsWith(".csv")) return (await csv(path)).slice(1).map(([fecha, serie, , valor, , estado]) => [fecha, serie, valor, estado]);
    const [days = [], names = [], values = [], states = []] = await tableColumns(path, ["fecha", "serie", "valor", "estado"], { fecha: { $gte: since.slice(0, 7) } });
    return names.flatMap((name, i) => (name === series ? [[days[i], name, values[i], states[i]]] : []));
  }))).flat().filter(([fecha, serie, valor]) => serie === series && valor !== "" && valor !== null && moment(String(fecha)) >= from && moment(String(fecha)) < until);
  rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return {
    at: Float64Array.from(rows, ([fecha]) => moment(String(fecha))),
    value: Float64Array.from(rows, ([, , valor]) => Number(valor)),
    state: Uint8Array.from(rows, ([, , , estado]) => Math.max(0, WORDS.indexOf(String(estado)))),
  };
}

/**
 * @param {Shelf} shelf
 * @param {string} metric
 * @param {Known} series whose entity and code are meant
 * @param {number} from
 * @param {number} until
 */
async function lake(shelf, metric, { entity, code }, from, until) {
  const parts = partsOf(shelf.parts, metric, entity, from, until);
  const every = { hourly: DAY / 24, daily: DAY, monthly: 0 }[GRAINS[shelf.metrics.get(metric)?.granularidad ?? ""] ?? "monthly"];
  const pieces = await Promise.all(parts.map(async (part) => between(await read(part, code, from, until, every), from, until)));
  return joined(pieces);
}

/**
 * The values of a series between two moments, with what weighs them.
 * @param {Shelf} shelf
 * @param {Known} series
 * @param {number} from [ms]
 * @param {number} until [ms] not included
 * @returns {Promise<Values>}
 */
export async function valuesOfSeries(shelf, series, from, until) {
  if (series.metric === HEADLINE) return headline(shelf, series.code, from, until);
  const [values, weights] = await Promise.all([
    lake(shelf, series.metric, series, from, until),
    series.weights ? lake(shelf, series.weights, series, from, until) : null,
  ]);
  if (!weights) return values;
  const weight = new Float64Array(values.at.length).fill(NaN);
  const state = values.state.slice();
  let j = 0;
  values.at.forEach((moment_, i) => {
    while (j < weights.at.length && /** @type {number} */ (weights.at[j]) < moment_) j += 1;
    if (weights.at[j] !== moment_) return;
    weight[i] = weights.value[j] ?? NaN;
    if ((weights.state[j] ?? 0) > 1) state[i] = Math.max(state[i] ?? 0, weights.state[j] ?? 0); // it is no better than its weight
  });
  return { ...values, state, weight };
}

/** Day → the day of its kind a year before [ms], as the portal publishes it. @param {Shelf} shelf */
export async function likeDays({ tables }) {
  const rows = (await Promise.all((tables.get("comparables") ?? []).map(csv))).flatMap((table) => table.slice(1));
  return new Map(rows.map(([day = "", like = ""]) => [moment(day), moment(like)]));
}

/** The newest forecast of each series, as the portal publishes it. @param {Shelf} shelf */
export const expectedRows = async ({ tables }) => (await Promise.all((tables.get("pronosticos") ?? []).map(csv))).flat();

/**
 * What a reader may look for: metrics by their words, then headlines.
 * @param {Shelf} shelf
 * @returns {{ ref: string, name: string, more: string, text: string }[]}
 */
export function offers(shelf) {
  const metrics = [...shelf.metrics.values()].flatMap(({ id, titulo, tema, entidades }) =>
    entidades.flatMap((entity) => {
      const codes = shelf.codes.codigos[`${id}.${entity}`] ?? [];
      const kind = shelf.codes.entidades.find((each) => each.id === entity);
      const [only = ""] = codes;
      if (!codes.length) return [];
      const ref = entity === "Sistema" && only === "Sistema" ? `${id}.Sistema.Sistema` : `${id}.${entity}.`;
      const who = entity === "Sistema" ? "total nacional" : `por ${kind?.nombre.toLowerCase() ?? entity}`;
      return [{ ref, name: titulo, more: `${who} · ${id}`, text: plain(`${titulo} ${who} ${tema} ${id}`) }];
    }));
  const headlines = shelf.codes.titulares.map(({ serie, nombre }) => ({ ref: `${HEADLINE}.${serie}`, name: nombre, more: "cifra principal, por día", text: plain(`${nombre} cifra principal ${serie}`) }));
  return [...headlines, ...metrics];
}
