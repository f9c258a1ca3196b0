// The code that makes what is seen: one query over the tables of the portal, and the few lines of Python or R that run it
// on the published files.
import { ROUNDED, spanOf, withBands } from "./lines.js";
import { HEADLINE, partsOf } from "./series.js";
import { ROOT } from "./site.js";
import { OWN, firstNeeded } from "./steps.js";
import { literal } from "./text.js";

/** @typedef {import("./series.js").Shelf} Shelf */
/** @typedef {{ question: Question, series: Known[], edges: Float64Array, moments: Float64Array | null, lines: Line[] }} Asked */

/** @type {Record<Step, [trunc: string, length: string]>} */
const SQL_STEPS = { hora: ["hour", "1 HOUR"], dia: ["day", "1 DAY"], semana: ["week", "7 DAY"], mes: ["month", "1 MONTH"], anio: ["year", "1 YEAR"], "12m": ["month", "1 MONTH"] };

/** @param {number} at */
const moment = (at) => `TIMESTAMP '${new Date(at).toISOString().slice(0, 19).replace("T", " ")}'`;

/**
 * The spans that have to be read [ms].
 * @param {Asked} asked
 * @returns {[number, number][]}
 */
export function spansRead({ question: { step }, edges, moments }) {
  const spans = [edges, ...(moments ? [spanOf(step, moments)] : [])].flatMap((each) => (each ? [each] : []));
  return spans.map((each) => [firstNeeded(step, each[0] ?? 0), each[each.length - 1] ?? 0]);
}

/** @param {Known} series */
function rowsOf({ metric, entity, code, weights }) {
  if (metric === HEADLINE) {
    return `SELECT CAST(fecha || if(length(fecha) = 7, '-01', '') AS TIMESTAMP) AS ts, CAST(valor AS DOUBLE) AS value FROM titulares WHERE serie = ${literal(code)}`;
  }
  const own = `v.entity = ${literal(entity)} AND v.code = ${literal(code)}`;
  if (!weights) return `SELECT v.ts, v.value FROM "${metric}" AS v WHERE ${own}`;
  return `SELECT v.ts, v.value, w.value AS weight FROM "${metric}" AS v LEFT JOIN "${weights}" AS w ON w.entity = v.entity AND w.code = v.code AND w.ts = v.ts WHERE ${own}`;
}

/**
 * @param {Known} series
 * @param {Step} step
 */
function whole({ adds, grain }, step) {
  if (step === OWN[grain] || adds === "none") return "any_value(f.value)";
  if (adds === "sum") return "sum(f.value)";
  if (adds === "last") return "max_by(f.value, f.ts)";
  if (adds === "mean") return "avg(f.value)";
  return "CASE WHEN count(f.weight) = count(*) THEN sum(f.value * f.weight) / nullif(sum(f.weight), 0) END";
}

/**
 * @param {Asked} asked
 * @param {number} i
 */
function seriesSql(asked, i) {
  const series = /** @type {Known} */ (asked.series[i]);
  const { step } = asked.question;
  const spans = spansRead(asked).map(([from, until]) => `ts >= ${moment(from)} AND ts < ${moment(until)}`);
  const days = { hourly: series.blanks ? "count(DISTINCT CAST(f.ts AS DATE))" : "count(*) / 24.0", daily: "count(*)", monthly: "sum(day(last_day(f.ts)))" }[series.grain];
  const [trunc] = SQL_STEPS[step];
  const start = `CAST(date_trunc('${trunc}', ts) AS TIMESTAMP)`;
  const rows = `filas_${i + 1} AS (\n  SELECT * FROM (${rowsOf(series)}) AS t WHERE (${spans.join(") OR (")})\n)`;
  const made = step === "12m"
    ? `SELECT m.x, ${whole(series, step)} AS value, ${days} AS dias FROM (SELECT DISTINCT ${start} AS x FROM filas_${i + 1}) AS m\n  JOIN filas_${i + 1} AS f ON f.ts >= m.x - INTERVAL 11 MONTH AND f.ts < m.x + INTERVAL 1 MONTH\n  GROUP BY m.x HAVING count(DISTINCT date_trunc('month', f.ts)) = 12`
    : `SELECT ${start.replace("ts)", "f.ts)")} AS x, ${whole(series, step)} AS value, ${days} AS dias FROM filas_${i + 1} AS f GROUP BY 1`;
  return `${rows},\nserie_${i + 1} AS ( -- ${series.name.replace(/\s+/g, " ")}\n  ${made}\n)`;
}

/**
 * The moment that a step is compared with.
 * @param {Question} question
 * @param {Float64Array | null} moments
 */
function momentSql({ compare, step }, moments) {
  if (compare === "periodo") return `${moment(moments?.[0] ?? 0)} + CAST(p.i AS INTEGER) * INTERVAL ${SQL_STEPS[step][1]}`;
  if (step === "semana") return "p.x - INTERVAL 364 DAY";
  if (compare === "parecidos" && (step === "dia" || step === "hora")) return "CAST(c.comparable AS TIMESTAMP) + (p.x - CAST(CAST(p.x AS DATE) AS TIMESTAMP))";
  return "p.x - INTERVAL 1 YEAR";
}

/**
 * The lines, one query each; compared ones follow their own.
 * @param {Asked} asked
 * @param {string[]} names of all lines, in order
 */
function linesSql({ question, series, moments, lines }, names) {
  if (question.compare === "pronostico") {
    // A line of a series, or of what is expected of it and its bands: the columns of the table in their order.
    const columns = ["pronostico", ...[80, 95].flatMap((share) => [`bajo_${share}`, `alto_${share}`])];
    return lines.flatMap((line) => withBands([line]).map(({ name }, k) => ({ name, line, column: columns[k] ?? "" }))).map(({ name, line, column }, n) => {
      const head = `SELECT ${n + 1} AS n, ${literal(name)} AS serie`;
      if (!line.expected) return `${head}, p.x, p.x AS momento, s.value, s.dias FROM pasos AS p LEFT JOIN serie_${line.series + 1} AS s ON s.x = p.x`;
      const at = "CAST(f.instante AS TIMESTAMP)";
      return `${head}, ${at}, ${at}, CAST(f.${column} AS DOUBLE), 1 FROM pronosticos AS f WHERE f.serie = ${literal(line.expected.id)} AND coalesce(f.escenario, '') = '' AND ${at} BETWEEN ${moment(line.at[0] ?? 0)} AND ${moment(line.at.at(-1) ?? 0)}`;
    }).join("\n  UNION ALL ");
  }
  if (question.compare === "anios") {
    const shift = question.step === "semana" ? "p.x + INTERVAL 3 DAY" : "p.x";
    const x = question.step === "semana"
      ? "TIMESTAMP '2000-01-01' + CAST((dayofyear(p.x + INTERVAL 3 DAY) - 1) // 7 AS INTEGER) * INTERVAL 7 DAY"
      : "make_timestamp(2000, month(p.x), day(p.x), hour(p.x), 0, 0.0)";
    return `SELECT year(${shift}) AS n, CAST(year(${shift}) AS VARCHAR) AS serie, ${x} AS x, p.x AS momento, s.value, s.dias FROM pasos AS p LEFT JOIN serie_1 AS s ON s.x = p.x`;
  }
  const likes = question.compare === "parecidos" ? "LEFT JOIN comparables AS c ON CAST(c.fecha AS DATE) = CAST(p.x AS DATE) " : "";
  let n = 0;
  return series.flatMap((_, i) => {
    const line = (/** @type {string} */ at, /** @type {string} */ join) => {
      n += 1;
      return `SELECT ${n} AS n, ${literal(names[n - 1] ?? "")} AS serie, p.x, ${at} AS momento, s.value, s.dias FROM pasos AS p ${join}LEFT JOIN serie_${i + 1} AS s ON s.x = ${at}`;
    };
    return [line("p.x", ""), ...(moments ? [line(momentSql(question, moments), likes)] : [])];
  }).join("\n  UNION ALL ");
}

/**
 * @param {Question} question
 * @param {number} count of lines
 */
function valueSql({ transform, window: size }, count) {
  const own = "PARTITION BY l.n ORDER BY l.x";
  if (transform === "porcentaje") return `CASE WHEN count(l.value) OVER (PARTITION BY l.x) = ${count} THEN 100 * l.value / nullif(sum(l.value) OVER (PARTITION BY l.x), 0) END`;
  if (transform === "media") return `CASE WHEN count(l.value) OVER (${own} ROWS ${size - 1} PRECEDING) = ${size} THEN avg(l.value) OVER (${own} ROWS ${size - 1} PRECEDING) END`;
  if (transform === "acumulado") return `CASE WHEN l.value IS NOT NULL THEN sum(l.value) OVER (${own} ROWS UNBOUNDED PRECEDING) END`;
  if (transform === "pordia") return "l.value / l.dias";
  return "l.value";
}

/**
 * @param {Question} question
 * @param {number} count
 */
function seenSql(question, count) {
  if (question.transform === "diferencia") {
    return "SELECT l.n - 1 AS n, a.serie || ' menos ' || l.serie AS serie, l.x, a.momento, a.value - l.value AS valor FROM lineas AS l JOIN lineas AS a ON a.n = 1 AND a.x = l.x WHERE l.n > 1";
  }
  if (question.transform === "residuo") {
    return `SELECT l.n, l.serie || ' sin las demás' AS serie, l.x, l.momento, if(abs(l.value - r.rest) <= ${ROUNDED} * abs(l.value), 0, l.value - r.rest) AS valor FROM lineas AS l\n  JOIN (SELECT x, sum(value) AS rest FROM lineas WHERE n > 1 GROUP BY x HAVING count(value) = ${count - 1}) AS r USING (x) WHERE l.n = 1`;
  }
  if (question.transform === "indice") {
    return "SELECT l.n, l.serie, l.x, l.momento, 100 * l.value / nullif(b.base, 0) AS valor FROM lineas AS l\n  JOIN (SELECT n, min_by(value, x) AS base FROM lineas WHERE value IS NOT NULL GROUP BY n) AS b USING (n)";
  }
  return `SELECT l.n, l.serie, l.x, l.momento, ${valueSql(question, count)} AS valor FROM lineas AS l`;
}

/** @param {Question} question */
function shownSql({ chart, compare }) {
  if (chart === "calor") return "SELECT CAST(momento AS DATE) AS dia, hour(momento) AS hora, valor FROM vistas WHERE n = 1 AND valor IS NOT NULL ORDER BY dia, hora";
  if (chart === "duracion") {
    return "SELECT serie, 100.0 * row_number() OVER (PARTITION BY n ORDER BY valor DESC) / count(*) OVER (PARTITION BY n) AS porcentaje, valor FROM vistas WHERE valor IS NOT NULL ORDER BY n, porcentaje";
  }
  if (chart === "dispersion") return "SELECT a.momento AS fecha, a.valor AS x, b.valor AS y FROM vistas AS a JOIN vistas AS b ON b.x = a.x WHERE a.n = 1 AND b.n = 2 AND a.valor IS NOT NULL AND b.valor IS NOT NULL ORDER BY fecha";
  return `SELECT serie, momento AS fecha, ${["nada", "pronostico"].includes(compare) ? "" : "x AS posicion, "}valor FROM vistas WHERE valor IS NOT NULL ORDER BY n, x`;
}

/**
 * The query of what is seen, over tables named as in the console.
 * @param {Asked} asked
 * @param {string[]} names of its lines before they are transformed
 */
export function sqlOf(asked, names) {
  const { question, series, edges } = asked;
  const last = edges[edges.length - 2] ?? 0;
  const [, length] = SQL_STEPS[question.step];
  const steps = `pasos AS (\n  SELECT x, row_number() OVER (ORDER BY x) - 1 AS i\n  FROM (SELECT unnest(generate_series(${moment(edges[0] ?? 0)}, ${moment(last)}, INTERVAL ${length})) AS x) AS t\n)`;
  const parts = [steps, ...series.map((_, i) => seriesSql(asked, i)), `lineas AS (\n  ${linesSql(asked, names)}\n)`, `vistas AS (\n  ${seenSql(question, names.length)}\n)`];
  return `WITH ${parts.join(",\n")}\n${shownSql(question)}`;
}

/**
 * What lies behind the names of the query: the files of each table.
 * @param {Shelf} shelf
 * @param {Asked} asked
 * @returns {[name: string, select: string][]}
 */
export function sourcesOf(shelf, asked) {
  const address = (/** @type {string} */ path) => literal(new URL(`datos/${path}`, ROOT).href);
  /** @type {Map<string, string>} */
  const made = new Map();
  const table = (/** @type {string} */ name) => {
    const paths = shelf.tables.get(name) ?? [];
    const files = `[${paths.map(address).join(", ")}]`;
    made.set(name, paths.every((path) => path.endsWith(".parquet")) ? `SELECT * FROM read_parquet(${files})` : `SELECT * FROM read_csv(${files}, header = true, all_varchar = true)`);
  };
  for (const { metric, entity, weights } of asked.series) {
    if (metric === HEADLINE) {
      table(HEADLINE);
      continue;
    }
    for (const id of [metric, ...(weights ? [weights] : [])]) {
      const entities = asked.series.filter((each) => each.metric === id || each.weights === id).map((each) => each.entity);
      const parts = [...new Set([entity, ...entities])].flatMap((kind) => spansRead(asked).flatMap(([from, until]) => partsOf(shelf.parts, id, kind, from, until)));
      const files = [...new Set(parts.map((part) => address(part.address)))];
      made.set(id, `SELECT entity, code, ts::TIMESTAMP AS ts, value, quality FROM read_parquet([\n  ${files.join(",\n  ")}\n])`);
    }
  }
  if (asked.question.compare === "parecidos") table("comparables");
  if (asked.lines.some(({ expected }) => expected)) table("pronosticos");
  return [...made];
}

/** @param {string} text */
const python = (text) => `"""${text.replaceAll("\\", "\\\\").replaceAll('"""', '\\"\\"\\"')}"""`;

/**
 * @param {[name: string, select: string][]} sources
 * @param {string} sql
 */
export function pythonOf(sources, sql) {
  const views = sources.map(([name, select]) => `con.execute(${python(`CREATE VIEW "${name}" AS ${select}`)})`);
  return ["# pip install duckdb pandas", "import duckdb", "", "con = duckdb.connect()", 'con.execute("INSTALL httpfs; LOAD httpfs")', ...views,
    `tabla = con.execute(${python(`\n${sql}\n`)}).df()`, "print(tabla)", ""].join("\n");
}

/**
 * @param {[name: string, select: string][]} sources
 * @param {string} sql
 */
export function rOf(sources, sql) {
  const views = sources.map(([name, select]) => `dbExecute(con, r"---(CREATE VIEW "${name}" AS ${select})---")`);
  return ['# install.packages("duckdb")', "library(DBI)", "", "con <- dbConnect(duckdb::duckdb())", 'dbExecute(con, "INSTALL httpfs; LOAD httpfs")', ...views,
    `tabla <- dbGetQuery(con, r"---(\n${sql}\n)---")`, "print(tabla)", ""].join("\n");
}

