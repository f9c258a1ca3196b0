// The page "Datos": a filter of the table of downloads. Without JavaScript the whole table is there.
import { filterDownloads } from "./lib/lists.js";

filterDownloads();
