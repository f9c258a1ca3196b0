// What is seen as a Parquet file: one row group, texts by dictionary and in runs, nothing missing, nothing packed.
import { HEADS } from "./sheets.js";

/** @typedef {import("./sheets.js").Row} Row */

const MARK = [0x50, 0x41, 0x52, 0x31]; // PAR1
const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12]; // of Thrift's compact protocol
const [TRUE, FALSE] = [1, 2];
/** @type {Record<"INT64" | "DOUBLE" | "BYTE_ARRAY", number>} of Parquet */
const TYPES = { INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 };
const [PLAIN, RLE, DICTIONARY] = [0, 3, 8];

/** @typedef {[id: number, type: number, value: number | bigint | string | Struct | [type: number, values: (number | string | Struct)[]]]} Field */
/** @typedef {Field[]} Struct */

const coder = new TextEncoder();

/** @param {number | bigint} number */
function varint(number) {
  const bytes = [];
  let left = BigInt(number);
  while (left > 127n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

/** @param {number | bigint} number */
const zigzag = (number) => varint(BigInt(number) < 0n ? -2n * BigInt(number) - 1n : 2n * BigInt(number));

/** @param {string} text */
const binary = (text) => {
  const bytes = coder.encode(text);
  return [...varint(bytes.length), ...bytes];
};

/**
 * @param {number} type
 * @param {Field[2]} value
 * @returns {number[]}
 */
function thrift(type, value) {
  if (type === STRUCT) return struct(/** @type {Struct} */ (value));
  if (type === BINARY) return binary(/** @type {string} */ (value));
  if (type === TRUE || type === FALSE) return [];
  if (type !== LIST) return zigzag(/** @type {number | bigint} */ (value));
  const [of, values] = /** @type {[number, (number | string | Struct)[]]} */ (value);
  return [(values.length << 4) | of, ...values.flatMap((each) => thrift(of, each))]; // fourteen at most
}

/** @param {Struct} fields in the order of their ids */
function struct(fields) {
  let before = 0;
  return [...fields.flatMap(([id, type, value]) => {
    const head = ((id - before) << 4) | type;
    before = id;
    return [head, ...thrift(type, value)];
  }), 0];
}

/**
 * Each text once, and the runs of rows that have it.
 * @param {string[]} texts
 */
function inRuns(texts) {
  const known = new Map([...new Set(texts)].map((text, i) => [text, i]));
  const width = Math.max(1, Math.ceil(Math.log2(known.size)));
  const runs = [width];
  for (let i = 0; i < texts.length;) {
    let end = i + 1;
    while (end < texts.length && texts[end] === texts[i]) end += 1;
    runs.push(...varint((end - i) * 2));
    for (let k = 0; k < width; k += 8) runs.push(((known.get(texts[i] ?? "") ?? 0) >> k) & 255);
    i = end;
  }
  const words = [...known.keys()].flatMap((text) => {
    const bytes = coder.encode(text);
    return [bytes.length & 255, (bytes.length >> 8) & 255, bytes.length >> 16, 0, ...bytes];
  });
  return { count: known.size, words: Uint8Array.from(words), runs: Uint8Array.from(runs) };
}

/**
 * @param {Row[]} rows
 * @returns {{ type: keyof typeof TYPES, encoding: number, bytes: Uint8Array<ArrayBuffer>, dictionary?: { count: number, words: Uint8Array<ArrayBuffer> } }[]} the columns in the order of their heads
 */
function columnsOf(rows) {
  const texts = (/** @type {(row: Row) => string} */ of) => {
    const { count, words, runs } = inRuns(rows.map(of));
    return { type: /** @type {const} */ ("BYTE_ARRAY"), encoding: DICTIONARY, bytes: runs, dictionary: { count, words } };
  };
  const times = BigInt64Array.from(rows, ({ at }) => BigInt(Math.round(at)));
  const values = Float64Array.from(rows, ({ value }) => value);
  return [
    texts(({ name }) => name),
    { type: "INT64", encoding: PLAIN, bytes: new Uint8Array(times.buffer) },
    { type: "DOUBLE", encoding: PLAIN, bytes: new Uint8Array(values.buffer) },
    texts(({ unit }) => unit),
    texts(({ state }) => state),
  ];
}

/**
 * @param {Row[]} rows
 * @returns {Uint8Array<ArrayBuffer>[]} pieces of a file .parquet
 */
export function parquetOf(rows) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [Uint8Array.from(MARK)];
  let at = MARK.length;
  const put = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => {
    pieces.push(bytes);
    at += bytes.length;
  };
  const page = (/** @type {number} */ kind, /** @type {Uint8Array<ArrayBuffer>} */ bytes, /** @type {Field} */ head) => {
    put(Uint8Array.from(struct([[1, I32, kind], [2, I32, bytes.length], [3, I32, bytes.length], head])));
    put(bytes);
  };
  const chunks = columnsOf(rows).map(({ type, encoding, bytes, dictionary }, i) => {
    const begin = at;
    if (dictionary) page(2, dictionary.words, [7, STRUCT, [[1, I32, dictionary.count], [2, I32, PLAIN]]]);
    const data = at;
    page(0, bytes, [5, STRUCT, [[1, I32, rows.length], [2, I32, encoding], [3, I32, RLE], [4, I32, RLE]]]);
    const size = at - begin;
    /** @type {Struct} */
    const meta = [[1, I32, TYPES[type]], [2, LIST, [I32, [encoding, ...(dictionary ? [PLAIN] : [])]]], [3, LIST, [BINARY, [HEADS[i] ?? ""]]], [4, I32, 0], [5, I64, rows.length], [6, I64, size], [7, I64, size], [9, I64, data],
      .../** @type {Struct} */ (dictionary ? [[11, I64, begin]] : [])];
    return { meta, begin, size };
  });
  const kinds = columnsOf([]).map(({ type }, i) => /** @type {Struct} */ ([[1, I32, TYPES[type]], [3, I32, 0], [4, BINARY, HEADS[i] ?? ""],
    ...(type === "BYTE_ARRAY" ? [[6, I32, 0], [10, STRUCT, [[1, STRUCT, []]]]] : type === "INT64" ? [[10, STRUCT, [[8, STRUCT, [[1, FALSE, 0], [2, STRUCT, [[1, STRUCT, []]]]]]]]] : [])]));
  const footer = Uint8Array.from(struct([
    [1, I32, 1],
    [2, LIST, [STRUCT, [[[4, BINARY, "schema"], [5, I32, HEADS.length]], ...kinds]]],
    [3, I64, rows.length],
    [4, LIST, [STRUCT, [[[1, LIST, [STRUCT, chunks.map(({ meta, begin }) => /** @type {Struct} */ ([[2, I64, begin], [3, STRUCT, meta]]))]], [2, I64, chunks.reduce((sum, { size }) => sum + size, 0)], [3, I64, rows.length]]]]],
    [6, BINARY, "Portal Energético de Colombia"],
  ]));
  put(footer);
  put(new Uint8Array(new Uint32Array([footer.length]).buffer));
  put(Uint8Array.from(MARK));
  return pieces;
}
