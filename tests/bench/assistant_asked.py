"""The assistant under node, by the scripts that the pages run, on the files of a built site."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.core.paths import ROOT
from pipeline.site.assets import tool

_TIMEOUT = 300  # [s]
_SCRIPT = """
import { readFileSync } from "node:fs";
const [, library] = process.argv;
const load = (name) => import(new URL(name, library));
const [{ understand }, { lexiconOf, simple }, { namedDays }, { answer }, { checkedQuestion }] = await Promise.all(
  ["question.js", "lexicon.js", "when.js", "answers.js", "model.js"].map(load));
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { site, today, asked } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const files = new Map();
const read = async (path) => {
  if (!files.has(path)) {
    const text = readFileSync(`${site}/${path}`, "utf8");
    files.set(path, path.endsWith(".json") ? JSON.parse(text) : text);
  }
  return files.get(path);
};
const vocabulary = await read("datos/asistente.json");
const lexicon = lexiconOf(vocabulary);
const now = { today, named: namedDays(vocabulary.days, simple) };
const told = [];
for (const { q, page, after, reply } of asked) {
  if (reply !== undefined) {
    const filled = checkedQuestion(reply, lexicon) ?? { kind: "refuse", topic: "unknown" };
    told.push({ question: filled, ...await answer(filled, { read, lexicon, today }) });
    continue;
  }
  let before;
  for (const each of after ?? []) before = understand(each, { lexicon, now, board: page, before });
  const question = understand(q, { lexicon, now, board: page, before });
  told.push({ question, ...await answer(question, { read, lexicon, today }) });
}
process.stdout.write(JSON.stringify(told));
"""


def ask(site: Path, today: dt.date, asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the assistant answers on a built site, by the scripts of the pages.

    Args:
        site: Folder of the site.
        today: Day on which it is asked.
        asked: Questions, with `page` and `after` where they have them; or what a model made of one (`reply`).
    """
    order = json.dumps({"site": str(site.resolve()), "today": today.isoformat(), "asked": list(asked)}, default=str)
    library = (ROOT / "site_src" / "js" / "lib" / "x.js").as_uri()
    done = subprocess.run(
        [*tool("node"), "--input-type=module", "--eval", _SCRIPT, library],
        input=order, capture_output=True, text=True, encoding="utf-8", timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
