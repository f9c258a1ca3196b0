// Words as a search sees them: without accents or capitals.

/** @param {string} text */
export const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim();

/** @param {string} text */
export const wordsOf = (text) => plain(text).split(/\s+/).filter(Boolean);

/** @param {string} text */
export const slug = (text) => plain(text).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

const MONTHS = ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"];

/** @param {string} iso a day, or a month: 24 nov 2026, nov 2026 */
export const shortDay = (iso) => [...(iso.length > 7 ? [Number(iso.slice(8))] : []), MONTHS[Number(iso.slice(5, 7)) - 1], iso.slice(0, 4)].join(" ");

/** @param {Date} day */
export const longDate = (day) => new Intl.DateTimeFormat("es-CO", { day: "numeric", month: "long", year: "numeric" }).format(day);

/**
 * A text as SQL writes it.
 * @param {string} text
 */
export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
