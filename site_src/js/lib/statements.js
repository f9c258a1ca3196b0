// The SQL that the engine writes, and which of the reader's it runs. No page element, no network.

import { literal } from "./text.js";

/** @typedef {{ path: string, bytes: number, sha256: string }} Source a file, below `datos/`; of 0 bytes where that is not known */
/** @typedef {{ name: string, files: Source[], below?: string[], views: () => string[] }} Entry what lies behind a table name: its files, and the tables that it reads */

// Politeness, not the barrier: the page's policy is. Statements that write or attach would only hang or confuse.
const READS = /^(?:select|with|from|values|table|describe|desc|show|summarize|pivot|unpivot|explain)\b/i;
const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*/;
// What cannot stand in brackets: what it answers is text already.
const ABOUT = /^(?:describe|desc|show|summarize|explain)\b/i;
// A spreadsheet runs a text cell that starts with one of these as a formula.
const FORMULA = "^[=+@\\t\\r-]";
const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL\(\d+,\d+\)|FLOAT|DOUBLE)$/;

/** @param {string} name */
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** @param {string} sql */
export const isRead = (sql) => READS.test(sql.replace(LEADING, ""));

/** @param {Pick<Column, "type">} column */
export const isNumber = ({ type }) => NUMBERS.test(type);

/**
 * The columns of a query and how it is asked again; nothing of a statement about others (DESCRIBE …).
 * @param {Connection} connection
 * @param {string} sql
 * @returns {Promise<Described | null>}
 */
export async function describe(connection, sql) {
  const bare = sql.replace(LEADING, "");
  if (ABOUT.test(bare)) return null;
  let known = sql;
  if (/^pivot\b/i.test(bare)) { // its columns may come from the data: it must run to have any
    await connection.query(`CREATE OR REPLACE TEMP TABLE pivote AS ${sql}`);
    known = "FROM pivote";
  }
  const told = await connection.query(`DESCRIBE SELECT * FROM (${known}\n) AS t`);
  const columns = told.toArray().map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  return { sql: known, columns };
}

/**
 * @param {Described} known
 * @param {(place: string, column: Column) => string} cell
 */
const selected = ({ sql, columns }, cell) => {
  const places = columns.map((_, i) => `c${i}`);
  return `SELECT ${columns.map((column, i) => cell(`c${i}`, column)).join(", ")} FROM (${sql}\n) AS t(${places.join(", ")})`;
};

/**
 * The query whose every cell is text as DuckDB writes it: intervals, times, lists and structures too.
 * @param {Described} known
 * @param {number} limit
 */
export const asText = (known, limit) => `${selected(known, (place) => `${place}::VARCHAR AS ${place}`)} LIMIT ${limit}`;

/**
 * The statement that writes all rows of a query to a file; texts that a spreadsheet would run are disarmed.
 * @param {Described} known
 * @param {FileKind} kind
 * @param {string} file
 */
export function copyOf(known, kind, file) {
  const safe = (/** @type {string} */ name) => quoted(new RegExp(FORMULA).test(name) ? `'${name}` : name);
  const head = (/** @type {Column} */ { name }) => (kind === "parquet" ? quoted(name) : safe(name));
  const cell = (/** @type {string} */ place, /** @type {Column} */ column) => {
    if (kind === "parquet") return place;
    if (isNumber(column)) return kind === "csv" ? place : `replace(${place}::VARCHAR, '.', ',')`;
    const text = `${place}::VARCHAR`;
    return `CASE WHEN regexp_matches(${text}, ${literal(FORMULA)}) THEN chr(39) || ${text} ELSE ${text} END`;
  };
  const form = kind === "parquet" ? "FORMAT parquet, COMPRESSION zstd" : `FORMAT csv, HEADER, DELIMITER '${kind === "csv" ? "," : ";"}'`;
  return `COPY (${selected(known, (place, column) => `${cell(place, column)} AS ${head(column)}`)}) TO ${literal(file)} (${form})`;
}

/**
 * Table names in lower case and what lies behind each; a metric that is no list has a table by day too.
 * @param {Metric[]} metrics
 * @param {Part[]} parts
 * @param {PublishedTable[]} [others] that are no metric
 * @param {Record<string, string>} [days] how a day is made of its hours, by kind of aggregation
 */
export function tablesOf(metrics, parts, others = [], days = {}) {
  /** @type {Map<string, Part[]>} */
  const byMetric = new Map();
  for (const part of parts) {
    if (part.rows > 0) byMetric.set(part.metric, [...(byMetric.get(part.metric) ?? []), part]);
  }
  /** @type {Map<string, Entry>} */
  const tables = new Map();
  for (const metric of metrics) {
    const own = byMetric.get(metric.id);
    if (!own) continue;
    const entry = {
      name: metric.id,
      files: own.map(({ address, bytes, sha256 }) => ({ path: address, bytes, sha256 })),
      views: () => [viewOfRows(metric, own.map(({ address }) => address))],
    };
    tables.set(metric.id.toLowerCase(), entry);
  }
  for (const metric of metrics) {
    const kind = metric.granularidad === "horaria" ? metric.agregacion_diaria : metric.granularidad;
    const rule = days[metric.versionada ? `${kind}, por versión` : kind];
    if (!rule || !tables.has(metric.id.toLowerCase())) continue;
    const name = `${metric.id}_daily`;
    const weights = metric.ponderada_por ?? "";
    const below = [metric.id, ...(rule.includes("{weights}") ? [weights] : [])];
    const select = rule.replaceAll("{values}", quoted(metric.id)).replaceAll("{weights}", quoted(weights));
    tables.set(name.toLowerCase(), { name, files: [], below, views: () => [view(name, select)] });
  }
  for (const table of others) {
    const files = table.archivos.map((path) => ({ path, bytes: 0, sha256: "" }));
    tables.set(table.nombre.toLowerCase(), { name: table.nombre, files, views: () => [viewOf(table)] });
  }
  return tables;
}

/**
 * What lies behind the tables that a query names, first what others read.
 * @param {string} sql
 * @param {Map<string, Entry>} tables
 */
export function named(sql, tables) {
  const words = (sql.match(/"[^"]+"|[A-Za-z_][A-Za-z0-9_]*/g) ?? []).map((word) => word.replaceAll('"', ""));
  const found = words.flatMap((word) => {
    const entry = tables.get(word.toLowerCase());
    return entry ? [...(entry.below ?? []).map((name) => tables.get(name.toLowerCase())), entry] : [];
  });
  return [...new Map(found.flatMap((entry) => (entry ? [[entry.name, entry]] : []))).values()];
}

/** @param {string[]} paths */
const listed = (paths) => `[${paths.map(literal).join(", ")}]`;

/**
 * @param {string} name
 * @param {string} select
 */
const view = (name, select) => `CREATE OR REPLACE VIEW ${quoted(name)} AS ${select}`;

/**
 * The view of a table that is no metric; days are text in both kinds of file.
 * @param {PublishedTable} table
 */
function viewOf({ nombre, archivos, columnas }) {
  if (archivos.every((path) => path.endsWith(".parquet"))) return view(nombre, `SELECT * FROM read_parquet(${listed(archivos)})`);
  const types = Object.entries(columnas).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  return view(nombre, `SELECT * FROM read_csv(${listed(archivos)}, header=true, columns={${types.join(", ")}})`);
}

/**
 * The view of a metric over its files.
 * @param {Metric} metric
 * @param {string[]} paths
 */
export function viewOfRows(metric, paths) {
  const files = listed(paths);
  if (metric.granularidad === "lista") return view(metric.id, `SELECT * FROM read_parquet(${files}, union_by_name=true)`);
  return view(metric.id, `SELECT entity, code, ts::TIMESTAMP AS ts, value, quality${metric.versionada ? ", version" : ""} FROM read_parquet(${files})`);
}

/**
 * The table of the catalogue.
 * @param {Metric[]} metrics
 */
export function catalogueTable(metrics) {
  const rows = metrics.map((m) => `(${[m.id, m.titulo, m.tema, m.unidad, m.granularidad].map(literal).join(", ")})`);
  const made = ["CREATE TABLE catalog_metric(id VARCHAR, title VARCHAR, theme VARCHAR, unit VARCHAR, grain VARCHAR)"];
  return rows.length ? [...made, `INSERT INTO catalog_metric VALUES ${rows.join(", ")}`] : made;
}
