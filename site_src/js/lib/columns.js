// The rows of one code in a Parquet part of the portal. What its footer tells is not asked for, and what has to be read
// first is asked for at once: from a part of many codes a month comes in four or five requests. No page element is touched here.

const TOGETHER = 96_000; // [B] codes and times, or states, up to this size come whole
const STATES = ["ok", "corrected", "doubtful", "provisional"];
const COLUMNS = ["code", "ts", "value", "quality"];

/** @typedef {import("./ranged.js").Slices} Slices */
/** @typedef {{ min_value?: unknown, max_value?: unknown }} Statistics */
/** @typedef {{ offset_index_offset?: bigint, offset_index_length?: number, meta_data?: { path_in_schema: string[], dictionary_page_offset?: bigint, data_page_offset: bigint, total_compressed_size: bigint, statistics?: Statistics } }} Chunk */
/** @typedef {{ row_groups: { num_rows: bigint, columns: Chunk[] }[] }} Metadata */
/** @typedef {{ rowStart: number, rowEnd: number }} Rows */
/** @typedef {{ ranges: Rows[], readColumn(asked: Rows & { column: string }): Promise<ArrayLike<any>> }} Scan */
/** @typedef {{ parquetMetadataAsync: (file: Slices, options: object) => Promise<object>, parquetScan: (options: object) => Promise<Scan>, decompress: (bytes: Uint8Array, out: Uint8Array) => Uint8Array }} Library */
/** @typedef {{ source: Slices, scan: Scan, indexed: boolean, groups: (Rows & { chunks: Map<string, Chunk> })[] }} Opened */
/** @typedef {{ code: string, from: number, until: number, every: number }} Asked times [ms], `until` not included; `every`: time between rows where none is missing, 0 where it is not the same */

export const PARSERS = {
  timestampFromMilliseconds: Number,
  timestampFromMicroseconds: (/** @type {bigint} */ moment) => Number(moment) / 1000,
  timestampFromNanoseconds: (/** @type {bigint} */ moment) => Number(moment) / 1e6,
};

/**
 * @param {Library} library
 * @param {Slices} file
 * @param {object} metadata
 * @param {string[]} columns
 * @param {object} [pruningFilter]
 */
export function scanOf({ parquetScan, decompress }, file, metadata, columns, pruningFilter) {
  const compressors = { ZSTD: (/** @type {Uint8Array} */ bytes, /** @type {number} */ length) => decompress(bytes, new Uint8Array(length)) };
  return parquetScan({ file, metadata, columns, pruningFilter, compressors, parsers: PARSERS, usePageIndex: true, useOffsetIndex: true });
}

/** @param {Metadata} metadata whether every column says where its pages are */
export const isIndexed = (metadata) => metadata.row_groups.every(({ columns }) => columns.every(({ offset_index_offset: at }) => at !== undefined));

/**
 * @param {Library} library
 * @param {Slices} source
 * @param {Metadata} metadata
 * @returns {Promise<Opened>}
 */
export async function opened(library, source, metadata) {
  let rowStart = 0;
  const groups = metadata.row_groups.map(({ num_rows: rows, columns }) => {
    const rowEnd = rowStart + Number(rows);
    const group = { rowStart, rowEnd, chunks: new Map(columns.map((chunk) => [chunk.meta_data?.path_in_schema[0] ?? "", chunk])) };
    rowStart = rowEnd;
    return group;
  });
  return { source, scan: await scanOf(library, source, metadata, COLUMNS), indexed: isIndexed(metadata), groups };
}

/**
 * How many of values in order stand before a place.
 * @template T
 * @param {ArrayLike<T>} sorted
 * @param {(found: T) => boolean} before
 */
export function edge(sorted, before) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(/** @type {T} */ (sorted[middle]))) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Where the rows of a code begin and end: a part is sorted by code, then time.
 * @param {ArrayLike<string>} codes
 * @param {string} code
 */
export const rowsOfCode = (codes, code) => [edge(codes, (found) => found < code), edge(codes, (found) => found <= code)];

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
  let filled = 0;
  for (const piece of pieces) {
    whole.at.set(piece.at, filled);
    whole.value.set(piece.value, filled);
    whole.state.set(piece.state, filled);
    filled += piece.at.length;
  }
  return whole;
}

/** @param {Chunk | undefined} chunk the least and the most of a column, where its footer says them */
function bounds(chunk) {
  const { min_value: least, max_value: most } = chunk?.meta_data?.statistics ?? {};
  return /** @type {const} */ ([least, most]);
}

/** @param {Chunk | undefined} chunk */
function place(chunk) {
  const data = chunk?.meta_data;
  const start = Number(data?.dictionary_page_offset ?? data?.data_page_offset ?? 0);
  return [start, start + Number(data?.total_compressed_size ?? 0)];
}

/**
 * Ask for what lies between two places, for all that will be read of it.
 * @param {Slices} source
 * @param {number | undefined} start
 * @param {number | undefined} end
 */
function keep(source, start = 0, end = 0) {
  if (end > start && end - start < TOGETHER) source.slice(start, end).catch(() => undefined); // whoever reads it is told
}

/**
 * The values of a code in a row group, those outside the span left out.
 * @param {Opened} found
 * @param {Opened["groups"][number]} group
 * @param {Asked} asked
 * @returns {Promise<Values[]>} one, or none
 */
async function valuesIn({ source, scan, indexed }, { rowStart, rowEnd, chunks }, { code, from, until, every }) {
  const [codes, times, values, states] = COLUMNS.map((name) => chunks.get(name));
  const [[least, most], [first, last], [best, worst]] = [bounds(codes), bounds(times), bounds(states)];
  if ((typeof least === "string" && least > code) || (typeof most === "string" && most < code)) return [];
  if (typeof first === "number" && typeof last === "number" && (first >= until || last < from)) return [];
  const alone = least === code && most === code;
  const even = alone && every > 0 && typeof first === "number" && typeof last === "number" && (last - first) / every + 1 === rowEnd - rowStart;
  const settled = typeof best === "string" && best === worst;
  if (!even) keep(source, place(alone ? times : codes)[0], place(times)[1]);
  if (!settled) keep(source, ...place(states));
  const all = alone && typeof first === "number" && typeof last === "number" && from <= first && last < until;
  const [index, end] = [Number(times?.offset_index_offset ?? 0), states ?? values];
  if (indexed && !all) keep(source, index, Number(end?.offset_index_offset ?? 0) + (end?.offset_index_length ?? 0));
  /** @type {(column: string, begin: number, end: number) => Promise<ArrayLike<any>>} rows of the group; a column without an index comes whole */
  const read = async (column, begin, close) => {
    if (indexed) return scan.readColumn({ column, rowStart: rowStart + begin, rowEnd: rowStart + close });
    return Array.prototype.slice.call(await scan.readColumn({ column, rowStart, rowEnd }), begin, close);
  };
  const [begin = 0, close = 0] = alone ? [0, rowEnd - rowStart] : rowsOfCode(await read("code", 0, rowEnd - rowStart), code);
  const at = even ? evenly(Number(first), every, close) : new Float64Array(await read("ts", begin, close));
  const [a, b] = [edge(at, (moment) => moment < from), edge(at, (moment) => moment < until)];
  if (a === b) return [];
  const own = /** @type {const} */ ([begin + a, begin + b]);
  const [value, state] = await Promise.all([read("value", ...own), settled ? best : read("quality", ...own)]);
  return [{ at: at.subarray(a, b), value: new Float64Array(value), state: stated(state, b - a) }];
}

/**
 * @param {number} first
 * @param {number} every
 * @param {number} count
 */
function evenly(first, every, count) {
  const at = new Float64Array(count);
  for (let i = 0; i < count; i += 1) at[i] = first + i * every;
  return at;
}

/**
 * @param {string | ArrayLike<string>} words one for all, or one each
 * @param {number} length
 */
function stated(words, length) {
  if (typeof words === "string") return new Uint8Array(length).fill(Math.max(0, STATES.indexOf(words)));
  const state = new Uint8Array(length);
  for (let i = 0, word = "", code = 0; i < length; i += 1) {
    if (words[i] !== word) {
      word = words[i] ?? "";
      code = Math.max(0, STATES.indexOf(word));
    }
    state[i] = code;
  }
  return state;
}

/**
 * The values of a code in a part, those outside the span left out.
 * @param {Opened} found
 * @param {Asked} asked
 */
export const valuesOfCode = async (found, asked) => joined((await Promise.all(found.groups.map((group) => valuesIn(found, group, asked)))).flat());
