// The Parquet files of the portal, each opened once and read by ranges: what is asked for and no more. No page element is touched here.
import { PARSERS, isIndexed, opened, scanOf, valuesOfCode } from "./columns.js";
import { ranged, TAIL } from "./ranged.js";
import { dated } from "./series-files.js";
import { ROOT } from "./site.js";

const ALL = 1_000_000; // [B] a file without an index of its pages comes whole up to this size
const GROUP = 122_880; // rows: a part that has no more is one group, and begins with its codes and times (pipeline/store/parts.py)
const HEAD = 2_048; // [B] of them

/** @typedef {import("./ranged.js").Slices} Slices */
/** @typedef {import("./columns.js").Metadata} Metadata */

/** @type {Promise<import("./columns.js").Library> | undefined} */
let library;
/** The reader of Parquet, fetched once: it may be asked for before anything has to be read. */
export const reader = () => (library ??= import(new URL("assets/vendor/parquet.js", ROOT).href));

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
  return ranged(size, async (start, end) => {
    if (wanted) whole ??= ask({}).then(({ bytes }) => bytes);
    if (whole) return (await whole).slice(start, end);
    const { full, bytes } = await ask({ headers: { Range: `bytes=${start}-${end - 1}` } });
    if (!full) return bytes;
    whole = Promise.resolve(bytes); // a host that knows no ranges gave all of it
    return bytes.slice(start, end);
  });
}

/** @typedef {{ source: Slices, metadata: Metadata, part?: Promise<import("./columns.js").Opened> }} KnownFile */
/** @type {Map<string, Promise<KnownFile>>} what is known of each file */
const files = new Map();

/**
 * A file with what its footer says; the codes of one file share it.
 * @param {string} path below `datos/`
 * @param {number} size [B]
 * @param {boolean} wanted all of it
 * @param {number} [head] what will be read of its beginning [B]
 */
function open(path, size, wanted, head = 0) {
  const found = files.get(path);
  if (found) return found;
  const source = file(new URL(`datos/${path}`, ROOT), size, wanted);
  if (head) source.slice(0, Math.min(head, size)).catch(() => undefined);
  /** @type {Promise<KnownFile>} */
  const made = reader().then(async ({ parquetMetadataAsync }) => {
    const metadata = /** @type {Metadata} */ (await parquetMetadataAsync(source, { parsers: PARSERS, initialFetchSize: TAIL, geoparquet: false }));
    // Without an index of its pages a column comes whole: a file that is not large comes at once.
    return { metadata, source: isIndexed(metadata) || size > ALL ? source : file(new URL(`datos/${path}`, ROOT), size, true) };
  });
  made.catch(() => files.delete(path));
  files.set(path, made);
  return made;
}

/**
 * The values of one code in one part, the rows outside the span left out where the file lets.
 * @param {LakePart} part
 * @param {import("./columns.js").Asked} asked
 */
export async function valuesOf(part, asked) {
  const [first, last] = [Date.parse(`${part.min_ts}Z`), Date.parse(`${part.max_ts}Z`)];
  const alone = part.codes === 1;
  const most = alone && Math.min(asked.until, last) - Math.max(asked.from, first) > (last - first) / 2;
  const path = dated(part.address, part.sha256);
  try {
    const found = await open(path, part.bytes, most, alone || part.rows > GROUP ? 0 : HEAD);
    found.part ??= opened(await reader(), found.source, found.metadata);
    return await valuesOfCode(await found.part, asked);
  } catch (error) {
    files.delete(path); // what failed once is asked for again
    throw error;
  }
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
  const { source, metadata } = await open(path, size, reply.status !== 206);
  const found = await scanOf(await reader(), source, metadata, columns, pruningFilter);
  const read = (/** @type {string} */ column) => Promise.all(found.ranges.map((rows) => found.readColumn({ ...rows, column })));
  return Promise.all(columns.map(async (column) => (await read(column)).flatMap((piece) => Array.from(piece))));
}
