"""A text held against the published figures, by the same script that the page «Verificador» runs, under node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.core.errors import PublishError, UsageError
from pipeline.core.paths import ROOT
from pipeline.site.assets import tool
from pipeline.site.downloads.checkable import PATH

Verdict = Literal["right", "old", "wrong", "absent", "unknown"]
LABELS: dict[Verdict, str] = {
    "right": "correcta",
    "old": "versión anterior",
    "wrong": "ERRADA",
    "absent": "sin dato de ese día",
    "unknown": "no se reconoce",
}
_SCRIPT = """
import { readFileSync } from "node:fs";
const { check } = await import(process.argv[1]);
const { monthsFor, openBook } = await import(new URL("book.js", process.argv[1]));
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { folder, texts } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
const file = read("cifras");
const book = openBook(file, monthsFor(texts.join(" "), file).map(read));
process.stdout.write(JSON.stringify(texts.map((text) => check(text, book))));
"""
_TIMEOUT = 120  # [s]


@dataclass(frozen=True)
class Mark:
    """What the checker says of one figure of a text.

    Attributes:
        start: First character, counted as UTF-16 units.
        end: Character after the last.
        text: The figure as it is written.
        verdict: What became of it.
        note: The value it is held against, or why there is none, in Spanish.
        link: Page of the portal with the value, from its root.
    """

    start: int
    end: int
    text: str
    verdict: Verdict
    note: str
    link: str


def check_texts(texts: Sequence[str], folder: Path) -> list[list[Mark]]:
    """Return the marks of each text.

    Args:
        texts: Texts in Spanish.
        folder: What the checker knows: `datos/verificar` of a site.

    Raises:
        PublishError: The checker failed under node.
        ToolMissing: Node is not installed.
    """
    order = json.dumps({"folder": str(folder.resolve()), "texts": list(texts)})
    script = (ROOT / "site_src" / "js" / "lib" / "checker.js").as_uri()
    done = subprocess.run(
        [*tool("node"), "--input-type=module", "--eval", _SCRIPT, script],
        input=order, capture_output=True, text=True, encoding="utf-8", timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise PublishError(
            f"The checker stopped: {said[-1] if said else 'no message'}", hint="run the unit tests of checker.js"
        )
    return [[Mark(**mark) for mark in marks] for marks in json.loads(done.stdout)]


def check_file(name: str, site: Path) -> tuple[str, bool]:
    """Return what the checker says of a text, a line a figure, and whether nothing in it is wrong.

    Args:
        name: A UTF-8 file, or `-` for standard input.
        site: The built site.

    Raises:
        UsageError: There is no such text, or the site has nothing to hold it against.
    """
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The text cannot be read: {error}", hint="name a UTF-8 file, or - for standard input"
        ) from error
    document = site / PATH
    if not document.is_file():
        raise UsageError(f"The portal has no {PATH}", hint="build it again with ./inv build")
    [marks] = check_texts([text], document.parent)
    width = max((len(mark.text) for mark in marks), default=0)
    lines = [
        f"{_flat(mark.text):<{width}}  {LABELS[mark.verdict]:<19}  {mark.note}  {mark.link}".rstrip() for mark in marks
    ]
    wrong = sum(mark.verdict == "wrong" for mark in marks)
    return "\n".join([*lines, f"cifras: {len(marks)} · erradas: {wrong}"]), wrong == 0


def _flat(text: str) -> str:
    return " ".join(text.split())
