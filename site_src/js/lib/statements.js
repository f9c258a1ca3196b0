// The SQL that the engine writes, and which of the reader's it runs. No page element, no network.

/** @typedef {{ metric: Metric, parts: Part[] }} Entry what lies behind a table name */

// Politeness, not the barrier: the page's policy is. Statements that write or attach would only hang or confuse.
const READS = /^(?:select|with|from|values|table|describe|desc|show|summarize|pivot|unpivot|explain)\b/i;
const LEADING = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*/;
// The states that the files hold, the worst first: a day is as good as the worst of its hours (vocabularies.yml).
const STATES = ["provisional", "doubtful", "corrected"];
const QUALITY = `CASE ${STATES.map((state) => `WHEN bool_or(quality = '${state}') THEN '${state}'`).join(" ")} ELSE 'ok' END`;

/** @type {Map<string, string>} how the hours of a day become its value */
const DAILY = new Map([["suma", "sum(value)"], ["último valor", "max_by(value, ts)"]]);

/** @param {string} name */
const quoted = (name) => `"${name.replaceAll('"', '""')}"`;

/** @param {string} text */
const literal = (text) => `'${text.replaceAll("'", "''")}'`;

/** @param {string} sql */
export const isRead = (sql) => READS.test(sql.replace(LEADING, ""));

/**
 * Table names in lower case and what lies behind each; a metric that is no list has a table by day too.
 * @param {Metric[]} metrics
 * @param {Part[]} parts
 */
export function tablesOf(metrics, parts) {
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
    const entry = { metric, parts: own };
    tables.set(metric.id.toLowerCase(), entry);
    if (metric.granularidad !== "lista") tables.set(`${metric.id}_daily`.toLowerCase(), entry);
  }
  return tables;
}

/**
 * The metrics whose tables a query names.
 * @param {string} sql
 * @param {Map<string, Entry>} tables
 */
export function named(sql, tables) {
  const found = (sql.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []).map((word) => tables.get(word.toLowerCase()));
  return [...new Map(found.flatMap((entry) => (entry ? [[entry.metric.id, entry]] : []))).values()];
}

/**
 * The views of a metric over its files.
 * @param {Entry} entry
 */
export function viewsOf({ metric, parts }) {
  const files = `[${parts.map((part) => literal(part.path)).join(", ")}]`;
  const view = (/** @type {string} */ name, /** @type {string} */ select) => `CREATE OR REPLACE VIEW ${quoted(name)} AS ${select}`;
  if (metric.granularidad === "lista") return [view(metric.id, `SELECT * FROM read_parquet(${files}, union_by_name=true)`)];
  const rows = `SELECT entity, code, ts::TIMESTAMP AS ts, value, quality FROM read_parquet(${files})`;
  const hourly = metric.granularidad === "horaria";
  const value = hourly ? DAILY.get(metric.agregacion_diaria) ?? "avg(value)" : "any_value(value)";
  const hours = hourly ? "count(*)::INTEGER" : "NULL::INTEGER";
  const daily = `SELECT entity, code, ts::DATE AS day, ${value} AS value, ${hours} AS hours, ${QUALITY} AS quality FROM (${rows}) GROUP BY entity, code, ts::DATE`;
  return [view(metric.id, rows), view(`${metric.id}_daily`, daily)];
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
