// The rows of a result as text: DuckDB has written every cell already, but for what tells about tables (DESCRIBE …).

/**
 * Return the rows of a result as arrays of text; null stays null.
 * @param {Pick<Result, "batches" | "columns" | "rows">} result
 */
export function rowsOf({ batches, columns, rows }) {
  /** @type {(string | null)[][]} */
  const out = [];
  for (const batch of batches) {
    const cells = columns.map((_, index) => batch.getChildAt(index));
    for (let i = 0; i < batch.numRows && out.length < rows; i += 1) {
      out.push(cells.map((column) => {
        const value = column.get(i);
        return value === null || value === undefined ? null : String(value);
      }));
    }
  }
  return out;
}
