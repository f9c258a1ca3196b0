// Where the portal lies, whatever the path it is published under. Every script is one file in js/.

export const ROOT = new URL("../", import.meta.url);

/**
 * @param {URL | string} address
 * @param {RequestInit} [options]
 */
export async function json(address, options) {
  const reply = await fetch(address, options);
  if (!reply.ok) throw new Error(`${reply.status} ${address}`);
  return reply.json();
}
