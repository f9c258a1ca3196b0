// From Arrow cells to text: what the screen and the CSV file show. Times are naive (Colombia's clock), so they are
// written as they are stored, without any time zone.

/** @param {number} number */
const pad = (number, width = 2) => String(number).padStart(width, "0");

/** @param {Date} date */
const day = (date) => `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;

/** @param {Date} date */
function moment(date) {
  const seconds = date.getUTCSeconds();
  return `${day(date)} ${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}${seconds ? `:${pad(seconds)}` : ""}`;
}

/**
 * DECIMAL and HUGEINT arrive as 128-bit integers without their point.
 * @param {Uint32Array} words lowest first
 * @param {number} scale
 */
function decimal(words, scale) {
  let value = [...words].reduceRight((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n);
  if (value >> 127n) value -= 1n << 128n;
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : `${sign}${digits}`;
}

/** @param {Pick<Field, "type">} field */
export const isNumber = (field) => /^(?:u?int|float|decimal)/i.test(String(field.type));

/**
 * @param {unknown} value
 * @param {Pick<Field, "type">} field
 */
export function cellText(value, field) {
  if (value === null || value === undefined) return "";
  const type = String(field.type);
  if (type.startsWith("Date")) return day(new Date(Number(value)));
  if (type.startsWith("Timestamp")) return moment(new Date(Number(value)));
  if (type.startsWith("Decimal")) return decimal(/** @type {Uint32Array} */ (value), field.type.scale ?? 0);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(15)));
  if (typeof value === "object") return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  return String(value);
}

/**
 * Return the rows of a result as arrays of text; null stays null.
 * @param {Pick<Result, "batches" | "fields" | "rows">} result
 */
export function rowsOf({ batches, fields, rows }) {
  /** @type {(string | null)[][]} */
  const out = [];
  for (const batch of batches) {
    const columns = fields.map((field, index) => ({ field, cells: batch.getChildAt(index) }));
    for (let i = 0; i < batch.numRows && out.length < rows; i += 1) {
      out.push(columns.map(({ field, cells }) => {
        const value = cells.get(i);
        return value === null || value === undefined ? null : cellText(value, field);
      }));
    }
  }
  return out;
}

// A spreadsheet runs a text cell that starts with one of these as a formula.
const FORMULA = /^[=+@\t\r-]/;

/**
 * @param {Field[]} fields
 * @param {(string | null)[][]} rows
 */
export function toCsv(fields, rows) {
  const numeric = fields.map(isNumber);
  const cell = (/** @type {string | null} */ text, isText = true) => {
    const safe = text !== null && isText && FORMULA.test(text) ? `'${text}` : text ?? "";
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const head = fields.map((field) => cell(field.name)).join(",");
  return [head, ...rows.map((row) => row.map((text, i) => cell(text, !numeric[i])).join(","))].join("\r\n") + "\r\n";
}
