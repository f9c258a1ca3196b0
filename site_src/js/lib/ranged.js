// A file read by ranges as a library of Parquet asks for them, in few requests: its end comes at once, and with what is
// small comes what stands behind it. No page element is touched here.

export const TAIL = 6_144; // [B] footer and page index of most files; of a longer one the rest is asked for
const WHOLE = 32_768; // [B] a file up to this size comes in one request
const AHEAD = 1_024; // [B] dictionaries and pages of times and states are smaller, and stand side by side

/** @typedef {{ byteLength: number, slice(start: number, end?: number): Promise<ArrayBuffer> }} Slices */

/**
 * @param {number} size of the file [B]
 * @param {(start: number, end: number) => Promise<ArrayBuffer>} fetched the bytes from `start` up to `end`
 * @returns {Slices}
 */
export function ranged(size, fetched) {
  /** @type {{ start: number, end: number, bytes: Promise<ArrayBuffer> }[]} */
  const held = [];
  const least = size <= WHOLE ? 0 : size - TAIL;
  return {
    byteLength: size,
    async slice(start, end = size) {
      let piece = held.find((known) => known.start <= start && end <= known.end);
      if (!piece) {
        const from = start >= least ? least : start;
        const until = start >= least ? size : Math.max(end, Math.min(start + AHEAD, least));
        piece = { start: from, end: until, bytes: fetched(from, until) };
        held.push(piece);
      }
      const { bytes, start: from } = piece;
      return (await bytes).slice(start - from, end - from);
    },
  };
}
