import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { saidIn, withWords } from "../../../site_src/js/lib/png.js";

// One dot: a whole PNG.
const DOT = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** @param {string} address */
function chunks(address) {
  const png = Buffer.from(address.split(",")[1] ?? "", "base64");
  const found = [];
  for (let at = 8; at < png.length; ) {
    const size = png.readUInt32BE(at);
    const body = png.subarray(at + 4, at + 8 + size);
    assert.equal(png.readUInt32BE(at + 8 + size), crc32(body), "the check of each chunk is right");
    found.push([body.subarray(0, 4).toString(), body.subarray(4).toString("utf8")]);
    at += size + 12;
  }
  return found;
}

test("words stand behind the head and the picture stays as it was", () => {
  const told = { id: "diario", title: "El día «ñ»", page: "tableros/x/", pageTitle: "X", version: "0123456789ab", day: "2026-11-06", source: "Fuente: XM." };
  const found = chunks(withWords(DOT, saidIn(told, "https://portal.example/tableros/x/#diario")));
  assert.deepEqual(found.map(([kind]) => kind), ["IHDR", "iTXt", "iTXt", "iTXt", "iTXt", "IDAT", "IEND"]);
  const words = Object.fromEntries(found.filter(([kind]) => kind === "iTXt").map(([, text = ""]) => text.split("\0\0\0\0\0")));
  assert.equal(words.Title, "El día «ñ»");
  assert.equal(words.Source, "https://portal.example/tableros/x/#diario");
  const { page, version, day } = JSON.parse(words.Comment ?? "");
  assert.deepEqual([page, version, day], [words.Source, "0123456789ab", "2026-11-06"]);
});
