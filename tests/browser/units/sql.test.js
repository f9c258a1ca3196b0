import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsOf } from "../../../site_src/js/lib/cells.js";
import { EXAMPLES, usableExamples } from "../../../site_src/js/lib/examples.js";
import { addressed, dated } from "../../../site_src/js/lib/series-files.js";
import { fetchNote, meaning, queryFor } from "../../../site_src/js/lib/sql-words.js";
import { asText, catalogueTable, copyOf, describe, isNumber, isRead, named, tablesOf, viewOfRows } from "../../../site_src/js/lib/statements.js";

/** @type {(id: string, more?: Partial<Metric>) => Metric} */
const metric = (id, more = {}) => ({ id, titulo: id, tema: "t", unidad: "GWh", granularidad: "horaria", agregacion_diaria: "suma", entidades: ["Sistema"], ...more });
/** @type {(metric: string, rows?: number) => Part} */
const part = (name, rows = 5) => ({ metric: name, entity: "Sistema", path: `${name}/Sistema/2026-ab.parquet`, address: `series/${name}.Sistema/2026.parquet`, rows, bytes: 9, sha256: "" });
const DAYS = { suma: "SELECT sum(value) FROM {values}", "promedio ponderado": "SELECT 1 FROM {values} JOIN {weights}", diaria: "FROM {values}" };

test("only reading statements run, whatever comments and brackets stand before them", () => {
  for (const sql of ["select 1", "  -- hola\n/* x */ ((WITH a AS (SELECT 1) FROM a))", "FROM Gene", "describe Gene"]) assert.ok(isRead(sql), sql);
  for (const sql of ["DROP TABLE a", "-- select\nATTACH 'x'", "selection", "COPY a TO 'b'", ""]) assert.ok(!isRead(sql), sql);
});

test("a query names tables in any case; metrics without rows have none; lists have no days", () => {
  const tables = tablesOf([metric("Gene"), metric("Vacia"), metric("Listado", { granularidad: "lista" })], [part("Gene"), part("Vacia", 0), part("Listado")], [], DAYS);
  assert.deepEqual([...tables.keys()], ["gene", "listado", "gene_daily"]);
  const found = named('SELECT * FROM "GENE" JOIN gene_DAILY USING (code), otra', tables);
  assert.deepEqual(found.map((entry) => entry.name), ["Gene", "Gene_daily"]);
});

test("a day that is weighed needs its weights too, and comes after what it reads", () => {
  const weighed = metric("PorcVolu", { agregacion_diaria: "promedio ponderado", ponderada_por: "Capa" });
  const tables = tablesOf([weighed, metric("Capa")], [part("PorcVolu"), part("Capa")], [], DAYS);
  const found = named('FROM "PorcVolu_daily"', tables);
  assert.deepEqual(found.map((entry) => entry.name), ["PorcVolu", "Capa", "PorcVolu_daily"]);
  assert.match(found[2]?.views()[0] ?? "", /VIEW "PorcVolu_daily" AS SELECT 1 FROM "PorcVolu" JOIN "Capa"/);
});

test("a table that is no metric is read as its files are: Parquet as it is, CSV with its types", () => {
  const columnas = { fecha: "VARCHAR", valor: "DOUBLE" };
  const made = tablesOf([], [], [
    { nombre: "titulares", titulo: "t", archivos: ["csv/titulares.parquet"], columnas },
    { nombre: "pronostico-oficial", titulo: "p", archivos: ["csv/a.csv"], columnas },
  ]);
  const found = named('FROM titulares JOIN "pronostico-oficial" USING (fecha)', made);
  assert.deepEqual(found.map((entry) => entry.files[0]?.path), ["csv/titulares.parquet", "csv/a.csv"]);
  assert.match(found[0]?.views()[0] ?? "", /VIEW "titulares" AS SELECT \* FROM read_parquet/);
  assert.match(found[1]?.views()[0] ?? "", /read_csv\(\['csv\/a.csv'\], header=true, columns=\{'fecha': 'VARCHAR', 'valor': 'DOUBLE'\}\)/);
});

test("a part is fetched at its lasting address, with its hash; one that the list does not know under its own name", () => {
  const names = { "Gene.Sistema": { "hasta-2025": "2018-2025", "abierto-par-01": "2026-01-2026-02", "abierto-impar-01": "" }, "Listado.Sistema": { "": "all", ".001": "all.001" } };
  const paths = ["2018-2025", "2026-01-2026-02", "2026-03"].map((own) => ({ ...part("Gene"), path: `Gene/Sistema/${own}-0123456789ab.parquet` }));
  assert.deepEqual(addressed(paths, names).map(({ address }) => address), ["series/Gene.Sistema/hasta-2025.parquet", "series/Gene.Sistema/abierto-par-01.parquet", "lake/Gene/Sistema/2026-03-0123456789ab.parquet"]);
  const lists = ["all", "all.001"].map((own) => ({ ...part("Listado"), path: `Listado/Sistema/${own}-0123456789ab.parquet` }));
  assert.deepEqual(addressed(lists, names).map(({ address }) => address), ["series/Listado.Sistema.parquet", "series/Listado.Sistema.001.parquet"]);
  assert.equal(dated("a.parquet", "0123456789abcdef"), "a.parquet?v=0123456789ab");
  assert.equal(dated("a.csv", ""), "a.csv");
});

test("names and texts of the catalogue cannot leave their quotes", () => {
  const view = viewOfRows(metric('a"b', { granularidad: "lista" }), ["o'x.parquet"]);
  assert.match(view, /VIEW "a""b" AS/);
  assert.match(view, /'o''x\.parquet'/);
  assert.match(catalogueTable([metric("Gene", { titulo: "D'or" })])[1] ?? "", /'D''or'/);
});

/** @param {Record<string, unknown>[]} rows */
const answering = (rows) => {
  /** @type {string[]} */
  const asked = [];
  const query = async (/** @type {string} */ sql) => { asked.push(sql); return { toArray: () => rows }; };
  return { asked, connection: /** @type {Connection} */ (/** @type {unknown} */ ({ query })) };
};

test("a query is asked again by the places of its columns; what tells of tables is left as it is; a pivot runs first", async () => {
  const { asked, connection } = answering([{ column_name: "a", column_type: "INTEGER" }, { column_name: "a", column_type: "VARCHAR" }]);
  const known = await describe(connection, "SELECT 1 AS a, 'x' AS a -- fin");
  assert.ok(known);
  assert.equal(asText(known, 7), "SELECT c0::VARCHAR AS c0, c1::VARCHAR AS c1 FROM (SELECT 1 AS a, 'x' AS a -- fin\n) AS t(c0, c1) LIMIT 7");
  assert.equal(await describe(connection, " -- hola\n describe x"), null);
  assert.equal((await describe(connection, "PIVOT q ON k USING sum(v)"))?.sql, "FROM pivote");
  assert.deepEqual(asked.slice(1), ["CREATE OR REPLACE TEMP TABLE pivote AS PIVOT q ON k USING sum(v)", "DESCRIBE SELECT * FROM (FROM pivote\n) AS t"]);
});

test("a file disarms what a spreadsheet would run, in cells and heads, and Excel's has a decimal comma", () => {
  const known = { sql: "FROM t", columns: [{ name: "=cmd", type: "VARCHAR" }, { name: 'v"', type: "DECIMAL(15,2)" }] };
  const text = "CASE WHEN regexp_matches(c0::VARCHAR, '^[=+@\\t\\r-]') THEN chr(39) || c0::VARCHAR ELSE c0::VARCHAR END";
  assert.equal(copyOf(known, "csv", "a.csv"), `COPY (SELECT ${text} AS "'=cmd", c1 AS "v""" FROM (FROM t\n) AS t(c0, c1)) TO 'a.csv' (FORMAT csv, HEADER, DELIMITER ',')`);
  assert.match(copyOf(known, "excel.csv", "a.csv"), /replace\(c1::VARCHAR, '\.', ','\) AS "v""" [^]* DELIMITER ';'/);
  assert.match(copyOf(known, "parquet", "a.parquet"), /SELECT c0 AS "=cmd", c1 AS "v""" FROM/);
  for (const type of ["INTEGER", "UBIGINT", "HUGEINT", "DOUBLE", "DECIMAL(3,2)", "TINYINT"]) assert.ok(isNumber({ type }), type);
  for (const type of ["VARCHAR", "INTERVAL", "DECIMAL(3,2)[]", "DATE", "STRUCT(a INTEGER)"]) assert.ok(!isNumber({ type }), type);
});

test("rows stop at their limit and null stays null", () => {
  const columns = [{ name: "a", type: "VARCHAR" }];
  const values = ["x", null, "z"];
  const batch = { numRows: 3, schema: { fields: [] }, getChildAt: () => ({ get: (/** @type {number} */ i) => values[i] }) };
  assert.deepEqual(rowsOf({ batches: [batch, batch], columns, rows: 4 }), [["x"], [null], ["z"], ["x"]]);
});

test("what a query fetches is said in words", () => {
  assert.equal(fetchNote({ tables: [], bytes: 0, ranged: false }), "");
  assert.equal(fetchNote({ tables: ["Gene", "Gene_daily"], bytes: 1_234_567, ranged: false }), "Descargará Gene: 1,2 MB.");
  assert.equal(fetchNote({ tables: ["Gene"], bytes: 67_700_000, ranged: true }), "Leerá por partes Gene: hasta 67,7 MB.");
  assert.equal(fetchNote({ tables: ["titulares"], bytes: 0, ranged: false }), "Descargará titulares.");
});

test("faults are told in Spanish, known and unknown", () => {
  assert.match(meaning("Catalog Error: Table with name Genee does not exist!"), /No existe la tabla Genee/);
  assert.match(meaning('Parser Error: syntax error at or near "FORM"'), /cerca de «FORM»/);
  assert.match(meaning("Catalog Error: Scalar Function with name foo does not exist"), /La función foo no existe/);
  assert.equal(meaning("???"), "La consulta no se pudo ejecutar.");
});

test("the first query of a metric and the examples fit what there is", () => {
  assert.match(queryFor(metric("Gene", { entidades: ["Recurso"] })), /SELECT day, code, .*entity = 'Recurso'/s);
  assert.match(queryFor(metric("L", { granularidad: "lista" })), /^SELECT \*\nFROM "L"/);
  const usable = usableExamples([metric("DemaReal")]).map(({ label }) => label);
  assert.ok(usable.includes("Perfil horario de la demanda") && usable.includes("Métricas del catálogo") && !usable.includes("Precio de bolsa por día"));
  assert.ok(EXAMPLES.length >= 40 && new Set(EXAMPLES.map(({ label }) => label)).size === EXAMPLES.length);
});
