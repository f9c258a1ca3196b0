// Files that the Explorer makes of what is seen, loaded when one is first asked for.
export { parquetOf } from "./lib/parquet-file.js";
export { workbookOf } from "./lib/workbook.js";
