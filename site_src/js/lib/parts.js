// Columns of the Parquet files of the portal, read by ranges: what is asked for and no more. No page element is touched here.
import { ROOT } from "./site.js";

const WHOLE = 96_000; // [B] a file up to this size comes in one request
const FOOTER = 12_000; // [B] asked first of a larger one; it is read again where its footer is longer
const STATES = ["ok", "corrected", "doubtful", "provisional"];

/** @typedef {{ byteLength: number, slice(start: number, end?: number): Promise<ArrayBuffer> }} Slices */
/** @typedef {{ rowStart: number, rowEnd: number }} Rows */
/** @typedef {{ ranges: Rows[], metadata: object, readColumn(asked: Rows & { column: string }): Promise<ArrayLike<any>> }} Scan */

/** @returns {Promise<{ parquetMetadataAsync: (file: Slices, options: object) => Promise<object>, parquetScan: (options: object) => Promise<Scan>, decompress: (bytes: Uint8Array, out: Uint8Array) => Uint8Array }>} */
const library = () => import(new URL("assets/vendor/parquet.js", ROOT).href);

const PARSERS = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: (/** @type {bigint} */ moment) => Number(moment) / 1000,
  timestampFromNanoseconds: (/** @type {bigint} */ moment) => Number(moment) / 1e6,
};

/**
 * A file of known size that answers ranges; one that is small, or whose host knows none, is fetched once.
 * @param {URL} address
 * @param {number} size [B]
 * @param {boolean} wanted all of it
 * @returns {Slices}
 */
function file(address, size, wanted) {
  /** @type {Promise<ArrayBuffer> | undefined} */
  let whole;
  const ask = async (/** @type {RequestInit} */ options) => {
    const reply = await fetch(address, options);
    if (!reply.ok) throw new Error("Un archivo de datos ya no está: el portal se actualizó. Recargue la página.");
    return { full: reply.status === 200, bytes: await reply.arrayBuffer() };
  };
  const all = () => (whole ??= ask({}).then(({ bytes }) => bytes));
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (!whole && !wanted && size > WHOLE) {
        const { full, bytes } = await ask({ headers: { Range: `bytes=${start}-${end - 1}` } });
        if (!full) return bytes;
        whole = Promise.resolve(bytes);
      }
      return (await all()).slice(start, end);
    },
  };
}

/**
 * @param {string} path below `datos/`
 * @param {number} size [B]
 * @param {boolean} wanted all of it
 * @param {string[]} columns
 * @param {object} [pruningFilter]
 */
async function scan(path, size, wanted, columns, pruningFilter) {
  const { parquetMetadataAsync, parquetScan, decompress } = await library();
  const source = file(new URL(`datos/${path}`, ROOT), size, wanted);
  const metadata = await parquetMetadataAsync(source, { parsers: PARSERS, initialFetchSize: FOOTER, geoparquet: false });
  const compressors = { ZSTD: (/** @type {Uint8Array} */ bytes, /** @type {number} */ length) => decompress(bytes, new Uint8Array(length)) };
  return parquetScan({ file: source, metadata, columns, pruningFilter, compressors, parsers: PARSERS, usePageIndex: true, useOffsetIndex: true });
}

/**
 * Where the rows of a code begin and end: a part is sorted by code, then time.
 * @param {ArrayLike<string>} codes
 * @param {string} code
 */
export function rowsOfCode(codes, code) {
  const edge = (/** @type {(found: string) => boolean} */ before) => {
    let [low, high] = [0, codes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(/** @type {string} */ (codes[middle]))) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [edge((found) => found < code), edge((found) => found <= code)];
}

/**
 * Join pieces in their order.
 * @param {Values[]} pieces
 * @returns {Values}
 */
export function joined(pieces) {
  const length = pieces.reduce((sum, piece) => sum + piece.at.length, 0);
  const whole = { at: new Float64Array(length), value: new Float64Array(length), state: new Uint8Array(length) };
  let place = 0;
  for (const piece of pieces) {
    whole.at.set(piece.at, place);
    whole.value.set(piece.value, place);
    whole.state.set(piece.state, place);
    place += piece.at.length;
  }
  return whole;
}

/**
 * The values of one code in one part, the rows outside the span left out where the file lets.
 * @param {LakePart} part
 * @param {string} code
 * @param {number} from [ms]
 * @param {number} until [ms] not included
 */
export async function valuesOf(part, code, from, until) {
  const [first, last] = [Date.parse(`${part.min_ts}Z`), Date.parse(`${part.max_ts}Z`)];
  const most = part.codes === 1 && Math.min(until, last) - Math.max(from, first) > (last - first) / 2;
  const alone = part.codes === 1;
  const columns = alone ? ["ts", "value", "quality"] : ["code", "ts", "value", "quality"];
  const asked = alone ? { ts: { $gte: from, $lt: until } } : { code: { $eq: code } };
  const found = await scan(`lake/${part.path}`, part.bytes, most, columns, asked);
  const pieces = await Promise.all(found.ranges.map(async (rows) => {
    let { rowStart, rowEnd } = rows;
    if (!alone) {
      const [begin = 0, end = 0] = rowsOfCode(await found.readColumn({ ...rows, column: "code" }), code);
      [rowStart, rowEnd] = [rows.rowStart + begin, rows.rowStart + end];
    }
    if (rowStart === rowEnd) return [];
    const [at, value, quality] = await Promise.all(["ts", "value", "quality"].map((column) => found.readColumn({ column, rowStart, rowEnd })));
    return [{ at: Float64Array.from(/** @type {ArrayLike<number>} */ (at)), value: Float64Array.from(/** @type {ArrayLike<number>} */ (value)),
      state: Uint8Array.from(/** @type {ArrayLike<string>} */ (quality), (word) => Math.max(0, STATES.indexOf(word))) }];
  }));
  return joined(pieces.flat());
}

/**
 * The columns of a table that is a Parquet file of its own, row groups that cannot match left out.
 * @param {string} path below `datos/`
 * @param {string[]} columns
 * @param {object} [pruningFilter]
 */
export async function tableColumns(path, columns, pruningFilter) {
  // How large it is, no list says: a host that knows ranges tells it with the first byte.
  const address = new URL(`datos/${path}`, ROOT);
  const reply = await fetch(address, { headers: { Range: "bytes=0-0" }, cache: "no-cache" });
  const size = Number(/\/(\d+)$/.exec(reply.headers.get("Content-Range") ?? "")?.[1] ?? (await reply.arrayBuffer()).byteLength);
  const found = await scan(path, size, reply.status !== 206, columns, pruningFilter);
  const read = (/** @type {string} */ column) => Promise.all(found.ranges.map((rows) => found.readColumn({ ...rows, column })));
  return Promise.all(columns.map(async (column) => (await read(column)).flatMap((piece) => Array.from(piece))));
}
