"""The search on queries as people write them: the group that comes first, the page in the first three, the figure."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import median
from typing import Any, Final

import yaml

from pipeline.core import spanish
from pipeline.core.errors import UsageError
from pipeline.core.log import get_logger
from pipeline.site.assets import tool
from pipeline.site.downloads.findable import FOUND
from tests.bench.table import Line, at_least, at_most, exactly, told

QUERIES: Final = Path(__file__).with_name("search_queries.yml")
READER: Final = Path(__file__).with_name("searched.js")
RIGHT, KILOBYTES, MILLISECONDS = 97, 60, 20
_UNSEEN: Final = "later"
_log = get_logger("bench")


@dataclass(frozen=True)
class Query:
    """A search and what it has to find.

    Attributes:
        q: What is typed.
        group: Group that has to come first.
        page: Pattern of the page that has to be among the first three.
        kind: What makes it hard.
        answer: Headline series of the first line; `none` where there must be none, nothing where it does not matter.
    """

    q: str
    group: str
    page: str
    kind: str
    answer: str = ""


@dataclass(frozen=True)
class Found:
    """What became of a query: groups and pages in their order, the first line, and the time it took [ms]."""

    query: Query
    groups: tuple[str, ...]
    pages: tuple[str, ...]
    answer: dict[str, str] | None
    milliseconds: float

    @property
    def grouped(self) -> bool:
        """Whether the right group comes first."""
        return self.groups[:1] == (self.query.group,)

    @property
    def placed(self) -> bool:
        """Whether the right page is among the first three."""
        return any(fnmatchcase(page, self.query.page) for page in self.pages[:3])


def queries() -> dict[str, list[Query]]:
    """Return the queries by what they were written for."""
    found: dict[str, list[dict[str, str]]] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    return {name: [Query(**each) for each in group] for name, group in found.items()}


def searched(site: Path, asked: Sequence[Query]) -> tuple[list[Found], float]:
    """Return what the search finds on a built site, and how long it takes to make its index [ms].

    Raises:
        UsageError: The scripts of the pages failed.
    """
    order = json.dumps({"site": str(site.resolve()), "queries": [each.q for each in asked]})
    done = subprocess.run(
        [*tool("node"), str(READER)], input=order, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise UsageError(f"The search failed: {done.stderr.strip()[-400:]}", hint="run the script it names by hand")
    said: dict[str, Any] = json.loads(done.stdout)
    rows = zip(asked, said["told"], strict=True)
    return [
        Found(query, tuple(one["groups"]), tuple(one["pages"]), one["answer"], one["milliseconds"])
        for query, one in rows
    ], said["made"]


def wrong_answers(found: Sequence[Found], site: Path) -> Iterator[str]:
    """Yield the queries whose first line is not the newest figure of the series that was meant."""
    published = json.loads((site / "api/v1/titulares.json").read_text(encoding="utf-8"))["titulares"]
    figures = {each["serie"]: _shown(each) for each in published}
    for each in found:
        shown = (each.answer or {}).get("figure", "")
        expected = "" if each.query.answer == "none" else figures.get(each.query.answer, "")
        if each.query.answer and shown != expected:
            yield f"{each.query.q}: {shown or 'no figure'} for {expected or 'none'}"


def _shown(headline: dict[str, Any]) -> str:
    """Return the text of a headline as the search shows it: from a thousand on, whole numbers."""
    if abs(headline["valor"]) < 1000:
        return str(headline["texto"])
    return spanish.quantity(headline["valor"], headline["unidad"], 0)


def bench_search(site: Path) -> list[Line]:
    """Search a built site for everything of the list, and log what is not found.

    Args:
        site: Folder of the site.

    Raises:
        UsageError: The scripts of the pages failed.
    """
    groups = queries()
    found, made = searched(site, [each for group in groups.values() for each in group])
    wrong = list(wrong_answers(found, site))
    for each in found:
        if not (each.grouped and each.placed):
            _log.info(
                "not found", query=each.query.q, wanted=each.query.page, first=each.groups[:1], pages=each.pages[:3]
            )
    for text in wrong:
        _log.info("wrong first line", query=text)
    unseen = [each for each in found if each.query in groups[_UNSEEN]]
    size = len(gzip.compress((site / FOUND).read_bytes())) / 1000
    lines = []
    for what, some in ((f"{len(found)} queries", found), (f"{len(unseen)} it was not tuned on", unseen)):
        lines += [
            at_least(f"search: right group first, of {what} [%]", _share(some, "grouped"), RIGHT),
            at_least(f"search: right page in the first three, of {what} [%]", _share(some, "placed"), RIGHT),
        ]
    return [
        *lines,
        exactly(f"search: wrong first lines, of {sum(bool(each.query.answer) for each in found)}", len(wrong), 0),
        at_most("search: names and words, compressed [kB]", size, KILOBYTES),
        at_most("search: a query under node, median [ms]", median(each.milliseconds for each in found), MILLISECONDS),
        told("search: the slowest query under node [ms]", max(each.milliseconds for each in found)),
        told("search: making the index under node [ms]", made),
    ]


def _share(found: Sequence[Found], what: str) -> float:
    """Return the part of queries for which something is so [%]."""
    return 100 * sum(bool(getattr(each, what)) for each in found) / len(found)
