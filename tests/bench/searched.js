// What the search finds on a built site: the scripts of the pages under node. Asked on standard input, told on standard output.
import { readFileSync } from "node:fs";
import { addReports, asksForReports, found, indexOf } from "../../site_src/js/lib/finder.js";
import { firstAnswer } from "../../site_src/js/lib/first-answer.js";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { site, queries } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const files = new Map();
const read = async (path) => {
  if (!files.has(path)) files.set(path, JSON.parse(readFileSync(`${site}/${path}`, "utf8")));
  return files.get(path);
};
const names = await read("datos/busqueda.json");
const began = performance.now();
const index = indexOf(names);
const made = performance.now() - began;
const whole = indexOf(names);
addReports(whole, await read("api/v1/informes.json"));
const told = [];
for (const text of queries) {
  const asked = asksForReports(text, index) ? whole : index;
  const start = performance.now();
  const groups = found(text, asked);
  const milliseconds = performance.now() - start;
  told.push({
    groups: groups.map(({ id }) => id), pages: groups.flatMap(({ matches }) => matches.map(({ entry }) => entry.url)), milliseconds,
    answer: await firstAnswer(text, asked, groups, read),
  });
}
process.stdout.write(JSON.stringify({ made, told }));
