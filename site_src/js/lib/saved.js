// Queries that a reader keeps, in this browser alone.

const KEY = "pe-consultas";
const MOST = 30;

/** @returns {string[]} the newest first */
export function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // spoilt, or a browser that keeps nothing
  }
}

/** @param {string[]} queries */
function put(queries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(queries.slice(0, MOST)));
  } catch {
    // A browser that keeps nothing, or is full: the query is in the address as well.
  }
}

/** @param {string} sql */
export function keep(sql) {
  if (sql) put([sql, ...kept().filter((each) => each !== sql)]);
}

/** @param {string} sql */
export function forget(sql) {
  put(kept().filter((each) => each !== sql));
}
