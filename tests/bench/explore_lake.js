// Reads one month of one code from a Parquet file over HTTP, as the browser does: what came over the wire, and how fast.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { ranged, TAIL } from "../../site_src/js/lib/ranged.js";

const [address = "", bytes = "0", modules = "", asked = "[]"] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const { parquetMetadataAsync, parquetScan } = await import(pathToFileURL(load.resolve("hyparquet")).href);
const { decompress } = await import(pathToFileURL(load.resolve("fzstd")).href);
const compressors = { ZSTD: (piece, length) => decompress(piece, new Uint8Array(length)) };

/** The places in order where `wanted` begins and ends. */
function edges(values, wanted) {
  const first = Array.prototype.findIndex.call(values, wanted);
  if (first < 0) return [0, 0];
  let last = first;
  while (last < values.length && wanted(values[last])) last += 1;
  return [first, last];
}

/** One month of one code: only pages that hold it, and of the values only its rows. */
async function month(code, from, until) {
  const told = { code, from, bytes: 0, requests: 0, rows: 0, sum: 0, milliseconds: 0 };
  const begun = performance.now();
  const file = ranged(Number(bytes), async (start, end) => {
    const reply = await fetch(address, { headers: { Range: `bytes=${start}-${end - 1}` } });
    if (reply.status !== 206) throw new Error(`${reply.status}: no range`);
    const piece = await reply.arrayBuffer();
    told.bytes += piece.byteLength;
    told.requests += 1;
    return piece;
  });
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: TAIL });
  const [since, end] = [new Date(from), new Date(until)];
  const pruningFilter = { code: { $eq: code }, ts: { $gte: since, $lt: end } };
  const scan = await parquetScan({ file, metadata, columns: ["code", "ts", "value", "quality"], pruningFilter, compressors, usePageIndex: true, useOffsetIndex: true });
  for (const { rowStart, rowEnd } of scan.ranges) {
    const [first, last] = edges(await scan.readColumn({ column: "code", rowStart, rowEnd }), (one) => one === code);
    if (first === last) continue;
    const own = { rowStart: rowStart + first, rowEnd: rowStart + last };
    const [begin, close] = edges(await scan.readColumn({ column: "ts", ...own }), (one) => one >= since && one < end);
    if (begin === close) continue;
    const rows = { rowStart: own.rowStart + begin, rowEnd: own.rowStart + close };
    const [values] = await Promise.all(["value", "quality"].map((column) => scan.readColumn({ column, ...rows })));
    told.rows += values.length;
    told.sum += values.reduce((sum, value) => sum + value, 0);
  }
  told.milliseconds = performance.now() - begun;
  return told;
}

const found = [];
for (const [code, from, until] of JSON.parse(asked)) found.push(await month(code, from, until));
process.stdout.write(JSON.stringify(found));
