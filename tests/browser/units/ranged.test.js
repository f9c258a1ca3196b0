import assert from "node:assert/strict";
import { test } from "node:test";
import { ranged, TAIL } from "../../../site_src/js/lib/ranged.js";

/** @param {number} size */
function watched(size) {
  const bytes = Uint8Array.from({ length: size }, (_, place) => (place * 31) % 251);
  /** @type {[number, number][]} */
  const asked = [];
  const file = ranged(size, async (start, end) => {
    asked.push([start, end]);
    return bytes.slice(start, end).buffer;
  });
  const same = async (/** @type {number} */ start, /** @type {number | undefined} */ end) =>
    assert.deepEqual(new Uint8Array(await file.slice(start, end)), bytes.slice(start, end));
  return { asked, same };
}

test("a small file comes in one request, whatever is asked of it", async () => {
  const { asked, same } = watched(30_000);
  await Promise.all([same(29_992, undefined), same(0, 4), same(17, 20_000)]);
  assert.deepEqual(asked, [[0, 30_000]]);
});

test("the end of a large file comes at once, and small pieces with what stands behind them", async () => {
  const { asked, same } = watched(900_000);
  await same(899_992, undefined);
  await Promise.all([same(895_000, 896_000), same(899_000, 899_992)]);
  assert.deepEqual(asked, [[900_000 - TAIL, 900_000]]);
  await Promise.all([same(100_000, 100_040), same(100_040, 101_000), same(200_000, 209_000)]);
  assert.deepEqual(asked.slice(1), [[100_000, 101_024], [200_000, 209_000]]);
  await same(900_000 - TAIL - 10, 900_000 - TAIL + 500);
  assert.deepEqual(asked.slice(3), [[900_000 - TAIL - 10, 900_000 - TAIL + 500]]);
});

test("what starts before the held end and reaches into it is whole", async () => {
  const { same } = watched(50_000);
  for (let start = 43_000; start < 50_000; start += 321) await same(start, Math.min(start + 777, 50_000));
});
