// Where the parts that the manifest names answer: those of a series at addresses that stay.

/** @typedef {Record<string, Record<string, string>>} Names by series: the names of its files, and the periods of the part that each is */

/**
 * Parts with their address below `datos/`.
 * @template {Omit<Part, "address">} P
 * @param {P[]} parts
 * @param {Names} names
 * @returns {(P & { address: string })[]}
 */
export function addressed(parts, names) {
  return parts.map((part) => {
    const series = `${part.metric}.${part.entity}`;
    const periods = part.path.slice(part.path.lastIndexOf("/") + 1, part.path.lastIndexOf("-"));
    const found = Object.entries(names[series] ?? {}).find(([, own]) => own === periods);
    // What the list does not know yet is asked for by its own name: it is not there, and the reader is told so.
    if (!found) return { ...part, address: `lake/${part.path}` };
    const [name] = found;
    return { ...part, address: `series/${series}${!name || name.startsWith(".") ? name : `/${name}`}.parquet` };
  });
}

/**
 * The address that a file is fetched by. A host ignores what comes behind the question mark: it keeps a browser from
 * taking yesterday's file for today's.
 * @param {string} path
 * @param {string} sha256
 */
export const dated = (path, sha256) => (sha256 ? `${path}?v=${sha256.slice(0, 12)}` : path);
