// What the image of a figure says of itself, inside its PNG as well: the chunks of words that programs of images show.

const HEAD = 33; // the signature and the first chunk, which says the size [bytes]
const PIECE = 8192; // bytes made into letters at once

/**
 * The check of a chunk (CRC-32).
 * @param {Uint8Array} bytes
 */
function check(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

/**
 * One chunk `iTXt`: a keyword and words in UTF-8.
 * @param {string} keyword
 * @param {string} words
 */
function chunk(keyword, words) {
  const body = new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${words}`);
  const made = new Uint8Array(body.length + 8);
  const view = new DataView(made.buffer);
  view.setUint32(0, body.length - 4);
  made.set(body, 4);
  view.setUint32(made.length - 4, check(body));
  return made;
}

/**
 * The address of a PNG with words in it.
 * @param {string} address `data:image/png;base64,…`
 * @param {Record<string, string>} words by keyword
 */
export function withWords(address, words) {
  const [kind = "", coded = ""] = address.split(",");
  const png = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
  const parts = [png.subarray(0, HEAD), ...Object.entries(words).map(([keyword, text]) => chunk(keyword, text)), png.subarray(HEAD)];
  let letters = "";
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) letters += String.fromCharCode(...part.subarray(at, at + PIECE));
  }
  return `${kind},${btoa(letters)}`;
}

/**
 * What an image says, under the keywords of the standard.
 * @param {Told} told
 * @param {string} page address of the page of the figure
 */
export const saidIn = (told, page) => ({ Title: told.title, Source: page, Author: told.source, Comment: JSON.stringify({ ...told, page }) });
