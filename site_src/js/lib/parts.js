// Columns of the Parquet files of the portal, read by ranges: what is asked for and no more. No page element is touched here.
import { ranged, TAIL } from "./ranged.js";
import { dated } from "./series-files.js";
import { ROOT } from "./site.js";

const TOGETHER = 96_000; // [B] codes and times up to this size come in one request
const ALL = 1_000_000; // [B] a file without an index of its pages comes whole up to this size
const STATES = ["ok", "corrected", "doubtful", "provisional"];

/** @typedef {import("./ranged.js").Slices & { keep(start: number, end: number): void }} Slices `keep` asks for a range once, for all that will be read of it */
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
 * A file of known size that answers ranges; one that is wanted whole, or whose host knows none, is fetched once.
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
  const range = async (/** @type {number} */ start, /** @type {number} */ end) => {
    if (wanted) whole ??= ask({}).then(({ bytes }) => bytes);
    if (whole) return (await whole).slice(start, end);
    const { full, bytes } = await ask({ headers: { Range: `bytes=${start}-${end - 1}` } });
    if (!full) return bytes;
    whole = Promise.resolve(bytes); // a host that knows no ranges gave all of it
    return bytes.slice(start, end);
  };
  const source = ranged(size, range);
  return { ...source, keep: (start, end) => { source.slice(start, end).catch(() => undefined); } };
}

/** @typedef {{ metadata: { row_groups: { columns: { offset_index_offset?: bigint, meta_data?: { path_in_schema: string[], dictionary_page_offset?: bigint, data_page_offset: bigint, total_compressed_size: bigint, statistics?: { min_value?: unknown, max_value?: unknown } } }[] }[] }, source: Slices, indexed: boolean, whole?: Promise<Scan> }} Opened */

/** @type {Map<string, Promise<Opened>>} what is known of each file */
const opened = new Map();

/**
 * A file with what its footer says; the codes of one file share it.
 * @param {string} path below `datos/`
 * @param {number} size [B]
 * @param {boolean} wanted all of it
 * @returns {Promise<Opened>}
 */
function open(path, size, wanted) {
  const found = opened.get(path);
  if (found) return found;
  const made = library().then(async ({ parquetMetadataAsync }) => {
    const source = file(new URL(`datos/${path}`, ROOT), size, wanted);
    const metadata = /** @type {Opened["metadata"]} */ (await parquetMetadataAsync(source, { parsers: PARSERS, initialFetchSize: TAIL, geoparquet: false }));
    const indexed = metadata.row_groups.every(({ columns }) => columns.every(({ offset_index_offset: at }) => at !== undefined));
    // Without an index of its pages a column comes whole: a file that is not large comes at once.
    return { metadata, source: indexed || size > ALL ? source : file(new URL(`datos/${path}`, ROOT), size, true), indexed };
  });
  made.catch(() => opened.delete(path));
  opened.set(path, made);
  return made;
}

/**
 * @param {Opened} found
 * @param {string[]} columns
 * @param {object} [pruningFilter]
 */
async function scan({ metadata, source }, columns, pruningFilter) {
  const { parquetScan, decompress } = await library();
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
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
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
 * @param {ArrayLike<any>[]} columns times, values, states
 * @returns {Values}
 */
function typed([at = [], value = [], quality = []]) {
  const state = new Uint8Array(quality.length);
  for (let i = 0, word = "", code = 0; i < state.length; i += 1) {
    if (quality[i] !== word) {
      word = quality[i];
      code = Math.max(0, STATES.indexOf(word));
    }
    state[i] = code;
  }
  return { at: Float64Array.from(at), value: Float64Array.from(value), state };
}

const VALUES = ["ts", "value", "quality"];

/**
 * @param {{ min_value?: unknown, max_value?: unknown } | undefined} statistics
 * @param {string} code
 */
function mayHold(statistics, code) {
  const { min_value: least, max_value: most } = statistics ?? {};
  return typeof least !== "string" || typeof most !== "string" || (least <= code && code <= most);
}

/**
 * The row groups that may hold a code, by what the footer says of them.
 * @param {Opened} found
 * @param {Scan} scanned
 * @param {string} code
 */
function groupsOf({ metadata }, { ranges }, code) {
  return ranges.filter((_, i) => mayHold(metadata.row_groups[i]?.columns.find(({ meta_data: data }) => data?.path_in_schema[0] === "code")?.meta_data?.statistics, code));
}

/**
 * Codes and times lie beside each other and are small: they come together, once for all codes of a row group.
 * @param {Opened} found
 * @param {string} code
 */
function keepCodes({ metadata, source }, code) {
  for (const { columns } of metadata.row_groups) {
    const [codes, times] = ["code", "ts"].map((name) => columns.find(({ meta_data: data }) => data?.path_in_schema[0] === name)?.meta_data);
    if (!codes || !times || !mayHold(codes.statistics, code)) continue;
    const start = Number(codes.dictionary_page_offset ?? codes.data_page_offset);
    const end = Number((times.dictionary_page_offset ?? times.data_page_offset) + times.total_compressed_size);
    if (end > start && end - start < TOGETHER) source.keep(start, end);
  }
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
  const alone = part.codes === 1;
  const most = alone && Math.min(until, last) - Math.max(from, first) > (last - first) / 2;
  const found = await open(dated(part.address, part.sha256), part.bytes, most);
  if (alone) {
    const scanned = await scan(found, VALUES, { ts: { $gte: from, $lt: until } });
    return joined(await Promise.all(scanned.ranges.map(async (rows) => typed(await Promise.all(VALUES.map((column) => scanned.readColumn({ ...rows, column })))))));
  }
  // Without an index of pages the columns of a row group are read once, for all codes that are asked of it.
  if (found.indexed) keepCodes(found, code);
  const columns = ["code", ...VALUES];
  const scanned = found.indexed ? await scan(found, columns, { code: { $eq: code } }) : await (found.whole ??= scan(found, columns));
  const groups = found.indexed ? scanned.ranges : groupsOf(found, scanned, code);
  return joined(await Promise.all(groups.map(async (rows) => {
    const [begin = 0, end = 0] = rowsOfCode(await scanned.readColumn({ ...rows, column: "code" }), code);
    if (begin === end) return typed([]);
    if (!found.indexed) return typed((await Promise.all(VALUES.map((column) => scanned.readColumn({ ...rows, column })))).map((read) => Array.prototype.slice.call(read, begin, end)));
    const own = { rowStart: rows.rowStart + begin, rowEnd: rows.rowStart + end };
    return typed(await Promise.all(VALUES.map((column) => scanned.readColumn({ ...own, column }))));
  })));
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
  const found = await scan(await open(path, size, reply.status !== 206), columns, pruningFilter);
  const read = (/** @type {string} */ column) => Promise.all(found.ranges.map((rows) => found.readColumn({ ...rows, column })));
  return Promise.all(columns.map(async (column) => (await read(column)).flatMap((piece) => Array.from(piece))));
}
