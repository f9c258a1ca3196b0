// From Arrow cells to text: what the screen and the CSV file show. Times are naive (Colombia's clock), so they are
// written as they are stored, without any time zone.

const pad = (number, width = 2) => String(number).padStart(width, "0");

function day(milliseconds) {
  const date = new Date(Number(milliseconds));
  return `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

function moment(milliseconds) {
  const date = new Date(Number(milliseconds));
  const time = `${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}`;
  const seconds = date.getUTCSeconds();
  return `${day(milliseconds)} ${time}${seconds ? `:${pad(seconds)}` : ""}`;
}

// DECIMAL and HUGEINT arrive as 128-bit integers without their point.
function decimal(words, scale) {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i -= 1) value = (value << 32n) | BigInt(words[i] >>> 0);
  if (value >> 127n) value -= 1n << 128n;
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return scale ? `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}` : `${sign}${digits}`;
}

export function isNumber(field) {
  return /^(?:u?int|float|decimal)/i.test(String(field.type));
}

export function cellText(value, field) {
  if (value === null || value === undefined) return "";
  const type = String(field.type);
  if (type.startsWith("Date")) return day(value);
  if (type.startsWith("Timestamp")) return moment(value);
  if (type.startsWith("Decimal")) return decimal(value, field.type.scale);
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(15)));
  if (typeof value === "object") return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner));
  return String(value);
}

/** Return the rows of a result as arrays of text; null stays null. */
export function rowsOf({ batches, fields, rows }) {
  const out = [];
  for (const batch of batches) {
    const columns = fields.map((_, index) => batch.getChildAt(index));
    for (let i = 0; i < batch.numRows && out.length < rows; i += 1) {
      out.push(columns.map((column, index) => {
        const value = column.get(i);
        return value === null || value === undefined ? null : cellText(value, fields[index]);
      }));
    }
  }
  return out;
}

// A spreadsheet runs a text cell that starts with one of these as a formula.
const FORMULA = /^[=+@\t\r-]/;

export function toCsv(fields, rows) {
  const cell = (text, field) => {
    const safe = text !== null && !isNumber(field) && FORMULA.test(text) ? `'${text}` : text ?? "";
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const head = fields.map((field) => cell(field.name, { type: "Utf8" })).join(",");
  return [head, ...rows.map((row) => row.map((text, i) => cell(text, fields[i])).join(","))].join("\r\n") + "\r\n";
}
