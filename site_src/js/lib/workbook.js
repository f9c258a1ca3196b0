// What is seen as a workbook of one sheet: dates are dates, numbers are numbers. A workbook is a few XML files in a zip.
import { HEADS } from "./sheets.js";

/** @typedef {import("./sheets.js").Row} Row */

const DAY = 86_400_000; // [ms]
const MOST = 1_048_575; // rows of a sheet besides its heads
const EPOCH = 25_569; // 1970-01-01, as a spreadsheet counts days
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
/** @type {Record<Step, string>} */
const DATES = { hora: "yyyy\\-mm\\-dd\\ hh:mm", dia: "yyyy\\-mm\\-dd", semana: "yyyy\\-mm\\-dd", mes: "yyyy\\-mm", "12m": "yyyy\\-mm", anio: "yyyy" };

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = (CRC[(c ^ byte) & 255] ?? 0) ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/**
 * @param {number[]} numbers
 * @param {string} sizes of each: 2 or 4 bytes
 */
function little(numbers, sizes) {
  const out = new DataView(new ArrayBuffer([...sizes].reduce((sum, size) => sum + Number(size), 0)));
  let at = 0;
  numbers.forEach((number, i) => {
    if (sizes[i] === "2") out.setUint16(at, number, true);
    else out.setUint32(at, number, true);
    at += Number(sizes[i]);
  });
  return new Uint8Array(out.buffer);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
const packed = async (bytes) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer());

/**
 * Files in a zip, without a time: the same files make the same bytes.
 * @param {[name: string, text: string][]} files
 * @returns {Promise<Uint8Array<ArrayBuffer>[]>}
 */
async function zipped(files) {
  const coder = new TextEncoder();
  const [body, list] = [/** @type {Uint8Array<ArrayBuffer>[]} */ ([]), /** @type {Uint8Array<ArrayBuffer>[]} */ ([])];
  let [at, size] = [0, 0];
  for (const [name, text] of files) {
    const [path, bytes] = [coder.encode(name), coder.encode(text)];
    const data = await packed(bytes);
    const common = [20, 0, 8, 0, 0x21, crc32(bytes), data.length, bytes.length, path.length, 0]; // of 1 January 1980
    body.push(little([0x04034b50, ...common], "42222244422"), path, data);
    list.push(little([0x02014b50, 20, ...common, 0, 0, 0, 0, at], "42222224442222244"), path);
    at += 30 + path.length + data.length;
    size += 46 + path.length;
  }
  return [...body, ...list, little([0x06054b50, 0, 0, files.length, files.length, size, at, 0], "42222442")];
}

/** @param {string} text */
const escaped = (text) => text.replace(/\p{Cc}/gu, " ").replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** @param {string} value */
const text = (value) => `<c t="inlineStr"><is><t xml:space="preserve">${escaped(value)}</t></is></c>`;

/**
 * @param {Row[]} rows
 * @param {Step} step
 * @returns {Promise<Uint8Array<ArrayBuffer>[]>} pieces of a file .xlsx
 */
export async function workbookOf(rows, step) {
  if (rows.length > MOST) throw new Error("Son más filas de las que caben en una hoja de Excel. Descargue el CSV o el Parquet, o vea un período más corto.");
  const date = (/** @type {number} */ at) => (Number.isFinite(at) ? `<c s="1"><v>${at / DAY + EPOCH}</v></c>` : "<c/>");
  const body = rows.map(({ name, at, value, unit, state }) => `<row>${text(name)}${date(at)}<c><v>${value}</v></c>${text(unit)}${text(state)}</row>`);
  const sheet = `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>` +
    `<cols><col min="1" max="1" width="48" customWidth="1"/><col min="2" max="5" width="18" customWidth="1"/></cols><sheetData><row>${HEADS.map(text).join("")}</row>${body.join("")}</sheetData></worksheet>`;
  return zipped([
    ["[Content_Types].xml", `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
      `<Override PartName="/xl/workbook.xml" ContentType="${TYPES}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPES}.styles+xml"/><Override PartName="/xl/sheet.xml" ContentType="${TYPES}.worksheet+xml"/></Types>`],
    ["_rels/.rels", `${XML}<Relationships xmlns="${RELATIONS}"><Relationship Id="r1" Type="${KINDS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`],
    ["xl/workbook.xml", `${XML}<workbook xmlns="${MAIN}" xmlns:r="${KINDS}"><sheets><sheet name="Datos" sheetId="1" r:id="r1"/></sheets></workbook>`],
    ["xl/_rels/workbook.xml.rels", `${XML}<Relationships xmlns="${RELATIONS}"><Relationship Id="r1" Type="${KINDS}/worksheet" Target="sheet.xml"/><Relationship Id="r2" Type="${KINDS}/styles" Target="styles.xml"/></Relationships>`],
    ["xl/styles.xml", `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="${DATES[step]}"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders>` +
      '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>'],
    ["xl/sheet.xml", sheet],
  ]);
}
