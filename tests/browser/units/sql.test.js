import assert from "node:assert/strict";
import { test } from "node:test";
import { cellText, isNumber, rowsOf, toCsv } from "../../../site_src/js/lib/cells.js";
import { addressed, dated } from "../../../site_src/js/lib/series-files.js";
import { meaning, queryFor, usableExamples } from "../../../site_src/js/lib/sql-words.js";
import { catalogueTable, isRead, named, tablesOf, viewsOf } from "../../../site_src/js/lib/statements.js";

/** @type {(id: string, more?: Partial<Metric>) => Metric} */
const metric = (id, more = {}) => ({ id, titulo: id, tema: "t", unidad: "GWh", granularidad: "horaria", agregacion_diaria: "suma", entidades: ["Sistema"], ...more });
/** @type {(metric: string, rows?: number) => Part} */
const part = (name, rows = 5) => ({ metric: name, entity: "Sistema", path: `${name}/Sistema/2026-ab.parquet`, address: `series/${name}.Sistema/2026.parquet`, rows, bytes: 9, sha256: "" });
const type = (/** @type {string} */ name, scale = 0) => ({ type: { toString: () => name, scale } });

test("only reading statements run, whatever comments and brackets stand before them", () => {
  for (const sql of ["select 1", "  -- hola\n/* x */ ((WITH a AS (SELECT 1) FROM a))", "FROM Gene", "describe Gene"]) assert.ok(isRead(sql), sql);
  for (const sql of ["DROP TABLE a", "-- select\nATTACH 'x'", "selection", "COPY a TO 'b'", ""]) assert.ok(!isRead(sql), sql);
});

test("a query names tables in any case; metrics without rows have none; lists have no days", () => {
  const tables = tablesOf([metric("Gene"), metric("Vacia"), metric("Listado", { granularidad: "lista" })], [part("Gene"), part("Vacia", 0), part("Listado")]);
  assert.deepEqual([...tables.keys()], ["gene", "gene_daily", "listado"]);
  const found = named('SELECT * FROM "GENE" JOIN gene_DAILY USING (code), otra', tables);
  assert.deepEqual(found.map((entry) => entry.name), ["Gene"]);
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
  const [view = ""] = viewsOf(metric('a"b', { granularidad: "lista" }), ["o'x.parquet"]);
  assert.match(view, /VIEW "a""b" AS/);
  assert.match(view, /'o''x\.parquet'/);
  assert.match(catalogueTable([metric("Gene", { titulo: "D'or" })])[1] ?? "", /'D''or'/);
});

test("a day is made of its hours as the catalogue says", () => {
  const daily = (/** @type {Partial<Metric>} */ more) => viewsOf(metric("M", more), ["M/Sistema/2026.parquet"])[1] ?? "";
  assert.match(daily({}), /sum\(value\) AS value, count\(\*\)/);
  assert.match(daily({ agregacion_diaria: "último valor" }), /max_by\(value, ts\)/);
  assert.match(daily({ agregacion_diaria: "promedio" }), /avg\(value\)/);
  assert.match(daily({ granularidad: "diaria" }), /any_value\(value\) AS value, NULL/);
});

test("cells become text as they are stored, without a time zone", () => {
  assert.equal(cellText(Date.UTC(2026, 10, 5, 6), type("Timestamp<MILLISECOND>")), "2026-11-05 06:00");
  assert.equal(cellText(Date.UTC(2026, 10, 5, 6, 0, 7), type("Timestamp<MILLISECOND>")), "2026-11-05 06:00:07");
  assert.equal(cellText(Date.UTC(2026, 10, 5), type("Date32<DAY>")), "2026-11-05");
  assert.equal(cellText(0.1 + 0.2, type("Float64")), "0.3");
  assert.equal(cellText(12n, type("Int64")), "12");
  assert.equal(cellText(new Uint32Array([213286637, 0, 0, 0]), type("Decimal[15e+2]", 2)), "2132866.37");
  assert.equal(cellText(new Uint32Array([4294967291, 4294967295, 4294967295, 4294967295]), type("Decimal[38e+0]")), "-5");
  assert.equal(cellText(new Uint32Array([5, 0, 0, 0]), type("Decimal[5e+3]", 3)), "0.005");
  assert.equal(cellText(null, type("Utf8")), "");
  assert.ok(isNumber(type("Uint8")) && !isNumber(type("Utf8")));
});

test("rows stop at their limit and null stays null", () => {
  const fields = [{ name: "a", ...type("Utf8") }];
  const values = ["x", null, "z"];
  const batch = { numRows: 3, schema: { fields }, getChildAt: () => ({ get: (/** @type {number} */ i) => values[i] }) };
  assert.deepEqual(rowsOf({ batches: [batch, batch], fields, rows: 4 }), [["x"], [null], ["z"], ["x"]]);
});

test("a CSV cell is quoted, and a text that a spreadsheet would run is disarmed", () => {
  const fields = [{ name: "código", ...type("Utf8") }, { name: "valor", ...type("Float64") }];
  assert.equal(toCsv(fields, [['=1+1"', "-3"], ["a,b", null]]), 'código,valor\r\n"\'=1+1""",-3\r\n"a,b",\r\n');
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
  assert.deepEqual(usableExamples([metric("Gene")]).map(({ label }) => label), ["Los diez recursos que más generan", "Métricas del catálogo"]);
});
