// The SQL that the engine writes, and which of the reader's it runs. No page element, no network.

/** @typedef {{ path: string, bytes: number, sha256: string }} Source a file, below `datos/`; of 0 bytes where that is not known */
/** @typedef {{ name: string, files: Source[], views: () => string[] }} Entry what lies behind a table name */

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
 * @param {PublishedTable[]} [others] that are no metric
 */
export function tablesOf(metrics, parts, others = []) {
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
      views: () => viewsOf(metric, own.map(({ address }) => address)),
    };
    tables.set(metric.id.toLowerCase(), entry);
    if (metric.granularidad !== "lista") tables.set(`${metric.id}_daily`.toLowerCase(), entry);
  }
  for (const table of others) {
    const files = table.archivos.map((path) => ({ path, bytes: 0, sha256: "" }));
    tables.set(table.nombre.toLowerCase(), { name: table.nombre, files, views: () => [viewOf(table)] });
  }
  return tables;
}

/**
 * What lies behind the tables that a query names.
 * @param {string} sql
 * @param {Map<string, Entry>} tables
 */
export function named(sql, tables) {
  const found = (sql.match(/"[^"]+"|[A-Za-z_][A-Za-z0-9_]*/g) ?? []).map((word) => tables.get(word.replaceAll('"', "").toLowerCase()));
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
 * The views of a metric over its files.
 * @param {Metric} metric
 * @param {string[]} paths
 */
export function viewsOf(metric, paths) {
  const files = listed(paths);
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
