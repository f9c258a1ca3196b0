// What a reader chooses lives in the address, so that a copied link shows the same.

/**
 * The query of an address with some keys set; an empty value takes its key out.
 * @param {string} search
 * @param {Record<string, string>} changes
 */
export function changed(search, changes) {
  const query = new URLSearchParams(search);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  return query.size ? `?${query}` : "";
}

/** @param {Record<string, string>} changes */
export function remember(changes) {
  history.replaceState(null, "", `${location.pathname}${changed(location.search, changes)}${location.hash}`);
}

/** @param {string} key */
export const asked = (key) => new URLSearchParams(location.search).get(key) ?? "";

/** The page's address without its fragment. */
export const here = () => location.href.replace(/#.*$/, "");
