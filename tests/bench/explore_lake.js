// Reads one month of one code from a Parquet file over HTTP, as the browser does: what came over the wire, and how fast.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { PARSERS, opened, valuesOfCode } from "../../site_src/js/lib/columns.js";
import { ranged, TAIL } from "../../site_src/js/lib/ranged.js";

const HOUR = 3_600_000; // [ms]
const [address = "", bytes = "0", modules = "", asked = "[]"] = process.argv.slice(2);
const load = createRequire(`${modules}/`);
const { parquetMetadataAsync, parquetScan } = await import(pathToFileURL(load.resolve("hyparquet")).href);
const { decompress } = await import(pathToFileURL(load.resolve("fzstd")).href);

/** One month of one code, the file opened for it alone. */
async function month(code, from, until) {
  const told = { code, from, bytes: 0, requests: 0, rows: 0, sum: 0, states: 0, milliseconds: 0 };
  const begun = performance.now();
  const source = ranged(Number(bytes), async (start, end) => {
    told.requests += 1;
    const reply = await fetch(address, { headers: { Range: `bytes=${start}-${end - 1}` } });
    if (reply.status !== 206) throw new Error(`${reply.status}: no range`);
    const piece = await reply.arrayBuffer();
    told.bytes += piece.byteLength;
    return piece;
  });
  const metadata = await parquetMetadataAsync(source, { parsers: PARSERS, initialFetchSize: TAIL, geoparquet: false });
  const part = await opened({ parquetMetadataAsync, parquetScan, decompress }, source, metadata);
  const { value, state } = await valuesOfCode(part, { code, from: Date.parse(from), until: Date.parse(until), every: HOUR });
  told.milliseconds = performance.now() - begun;
  const summed = (numbers) => numbers.reduce((sum, each) => sum + each, 0);
  return { ...told, rows: value.length, sum: summed(value), states: summed(state) };
}

const found = [];
for (const [code, from, until] of JSON.parse(asked)) found.push(await month(code, from, until));
process.stdout.write(JSON.stringify(found));
