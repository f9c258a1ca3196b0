import assert from "node:assert/strict";
import { test } from "node:test";
import { FORMS, citationKey, toldBy, wordsOf } from "../../../site_src/js/lib/citations.js";
import { recolored, thickened } from "../../../site_src/js/lib/images.js";

const TOLD = {
  id: "diario",
  title: "El precio del día & 50 % de {más}_#1",
  subtitle: "COP/kWh, último año",
  page: "tableros/precio-bolsa/",
  pageTitle: "Precio de bolsa",
  day: "2026-11-06",
  until: "6 nov 2026",
  version: "0123456789ab",
  source: "Fuente: XM, datos hasta 6 nov 2026. Portal Energético de Colombia.",
  told: "el 6 nov 2026, 945 COP/kWh",
};
const ADDRESS = "https://portal.example/figuras/precio-bolsa/diario-ba9876543210.svg";
const TODAY = new Date(2026, 11, 1);
const written = (/** @type {string} */ id, told = TOLD) => FORMS.find((form) => form.id === id).write(told, ADDRESS, TODAY);

/** A reader of BibTeX: one entry, balanced braces, fields by name, its escapes undone. */
function readBibtex(/** @type {string} */ text) {
  const head = /^@(\w+)\{([^,\s]+),/.exec(text);
  assert.ok(head);
  const fields = {};
  let at = head[0].length;
  for (;;) {
    const name = /^\s*(\w+) = \{/.exec(text.slice(at));
    if (!name) break;
    at += name[0].length;
    let depth = 1;
    let value = "";
    for (; depth; at += 1) {
      const mark = text[at];
      assert.ok(mark, "a brace is not closed");
      if (mark === "\\") { value += text[at + 1]; at += 1; continue; }
      depth += mark === "{" ? 1 : mark === "}" ? -1 : 0;
      if (depth) value += mark;
    }
    fields[name[1]] = value;
    if (text[at] === ",") at += 1;
  }
  assert.equal(text.slice(at).trim(), "}");
  return { type: head[1], key: head[2], fields };
}

test("APA names author, date, figure, state of the data and the frozen address", () => {
  assert.equal(
    written("apa"),
    `Portal Energético de Colombia. (2026, 6 de noviembre). ${TOLD.title} [Figura; datos hasta 6 nov 2026, versión de los datos 0123456789ab]. Consultado el 1 de diciembre de 2026, de ${ADDRESS}`,
  );
  assert.match(written("apa", { ...TOLD, day: "2026-11" }), /\(2026, noviembre\)/);
  assert.match(written("apa", { ...TOLD, day: "2026" }), /\(2026\)/);
  assert.match(written("apa", { ...TOLD, day: undefined }), /\(s\. f\.\)/);
});

test("BibTeX is read back, whatever the title holds", () => {
  const { type, key, fields } = readBibtex(written("bibtex"));
  assert.equal(type, "misc");
  assert.equal(key, citationKey(TOLD));
  assert.equal(fields.author, "{Portal Energético de Colombia}");
  assert.equal(fields.title, `{${TOLD.title}}`);
  assert.deepEqual([fields.year, fields.month, fields.url, fields.urldate, fields.version], ["2026", "11", ADDRESS, "2026-12-01", TOLD.version]);
});

test("RIS is read back: a tag a line, type first, end last", () => {
  const lines = written("ris").split("\r\n").filter(Boolean);
  const tags = lines.map((line) => { const found = /^([A-Z][A-Z0-9]) {2}- (.*)$/.exec(line); assert.ok(found, line); return [found[1], found[2]]; });
  assert.deepEqual(tags[0], ["TY", "FIGURE"]);
  assert.deepEqual(tags.at(-1), ["ER", ""]);
  const by = Object.fromEntries(tags);
  assert.deepEqual([by.TI, by.UR, by.DA, by.PY, by.Y2, by.ET], [TOLD.title, ADDRESS, "2026/11/06", "2026", "2026/12/01", TOLD.version]);
});

test("CSL-JSON has the fields of its schema, and the date that is known", () => {
  const [item] = JSON.parse(written("csl"));
  assert.deepEqual([item.type, item.URL, item.version, item.author], ["graphic", ADDRESS, TOLD.version, [{ literal: "Portal Energético de Colombia" }]]);
  assert.deepEqual([item.issued, item.accessed], [{ "date-parts": [[2026, 11, 6]] }, { "date-parts": [[2026, 12, 1]] }]);
  assert.equal(JSON.parse(written("csl", { ...TOLD, day: undefined }))[0].issued, undefined);
});

test("every form binds the citation to the version of the data and to the frozen address", () => {
  for (const form of FORMS) {
    const text = form.write(TOLD, ADDRESS, TODAY);
    assert.ok(text.includes(TOLD.version) && text.includes(ADDRESS), form.name);
  }
});

test("the words beside a figure hold its figures, and end with one full stop", () => {
  const words = wordsOf(TOLD, "Sin los días preliminares.");
  assert.match(words.paragraph, /\): el 6 nov 2026, 945 COP\/kWh\. Fuente: XM/);
  assert.equal(words.caption, `${TOLD.title}. COP/kWh, último año. Sin los días preliminares.`);
  assert.match(words.alt, /^Gráfico\. .*El 6 nov 2026, 945 COP\/kWh\.$/);
  assert.match(words.source, /Colombia\. Versión de los datos: 0123456789ab\.$/);
  assert.doesNotMatch(Object.values(wordsOf({ ...TOLD, told: undefined }, "")).join("\n"), /undefined|\.\./);
});

test("an image tells what it is", () => {
  assert.deepEqual(toldBy('<svg><metadata>{"id":"a","title":"x &lt;b&gt; &amp;amp; y"}</metadata><style>a{}</style></svg>'), { id: "a", title: "x <b> &amp; y" });
});

const SVG = '<svg><style>text{fill:#475569}path{vector-effect:non-scaling-stroke}.l{stroke-width:2}.thin{stroke-width:1}.dash{stroke-dasharray:5 4}.hollow{stroke-width:1.5}.s-gas{stroke:#B25810}.t-gas-text{fill:#A34F0D}.f-band80{fill:rgba(1,2,3,0.2)}</style><rect width="100%" height="100%" fill="#FFFFFF"/><text>#FFFFFF</text></svg>';

test("an image takes the colours of the dark scheme, by token and by colour, and keeps its words", () => {
  const light = { muted: "#475569", ground: "#ffffff", ink: "#0F172A", rule: "#E2E8F0", context: "#94A3B8", soft: "#F8FAFC" };
  const dark = { muted: "#94A3B8", ground: "#111827", gas: "#F59425", "gas-text": "#F59426", band80: "rgba(4,5,6,0.3)" };
  const made = recolored(SVG, (token) => light[token] ?? "", (token) => dark[token] ?? "");
  for (const rule of ["text{fill:#94A3B8}", ".s-gas{stroke:#F59425}", ".t-gas-text{fill:#F59426}", ".f-band80{fill:rgba(4,5,6,0.3)}", 'height="100%" fill="#111827"/>', "<text>#FFFFFF</text>"]) {
    assert.ok(made.includes(rule), rule);
  }
});

test("lines keep their weight at the size of a print", () => {
  const made = thickened(SVG, 4);
  for (const rule of ["non-scaling-stroke;stroke-width:4}", ".l{stroke-width:8}", ".thin{stroke-width:4}", ".dash{stroke-dasharray:20 16}", ".hollow{stroke-width:1.5}"]) {
    assert.ok(made.includes(rule), rule);
  }
});
