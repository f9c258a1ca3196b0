import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";
import { parquetReadObjects } from "hyparquet";
import { parquetOf } from "../../../site_src/js/lib/parquet-file.js";
import { workbookOf } from "../../../site_src/js/lib/workbook.js";

const rows = Array.from({ length: 700 }, (_, i) => ({
  name: `Serie ${i % 300} <ñ> & más`, at: Date.UTC(2026, 0, 1) + i * 3_600_000, value: i / 8 - 3, unit: "COP/kWh", state: i % 5 ? "publicado" : "preliminar",
}));

test("a Parquet file gives back every row, also with more texts than a byte counts, and with none", async () => {
  const read = async (/** @type {typeof rows} */ own) => parquetReadObjects({ file: await new Blob(parquetOf(own)).arrayBuffer() });
  const said = (/** @type {typeof rows} */ own) => own.map(({ name, at, value, unit, state }) => ({ serie: name, fecha: new Date(at), valor: value, unidad: unit, estado: state }));
  assert.deepEqual(await read(rows), said(rows));
  assert.deepEqual(await read(rows.slice(0, 1)), said(rows.slice(0, 1)));
  assert.deepEqual(await read([]), []);
});

test("a workbook is a zip whose sheet has dates as days, numbers as they are and texts that cannot break it", async () => {
  const book = Buffer.from(await new Blob(await workbookOf(rows.slice(0, 6), "hora")).arrayBuffer());
  let sheet = "";
  for (let at = 0; book.readUInt32LE(at) === 0x04034b50;) {
    const [size, name] = [book.readUInt32LE(at + 18), book.readUInt16LE(at + 26)];
    const text = inflateRawSync(book.subarray(at + 30 + name, at + 30 + name + size)).toString();
    assert.equal(Buffer.byteLength(text), book.readUInt32LE(at + 22));
    if (book.subarray(at + 30, at + 30 + name).toString() === "xl/sheet.xml") sheet = text;
    at += 30 + name + size;
  }
  assert.equal(sheet.match(/<row>/g)?.length, 7);
  assert.match(sheet, /Serie 5 &#60;ñ&#62; &#38; más/);
  assert.match(sheet, /<c s="1"><v>46023<\/v><\/c><c><v>-3<\/v><\/c>/);
  assert.equal(book.readUInt32LE(book.length - 22), 0x06054b50);
  await assert.rejects(() => workbookOf(Array.from({ length: 1_048_576 }, () => /** @type {typeof rows[number]} */ (rows[0])), "dia"), /más filas/);
});
