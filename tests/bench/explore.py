"""What a reader who asks for herself gets from the published files: how much comes, in how many requests, how soon."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import UsageError
from pipeline.site.assets import tool
from pipeline.site.serve import running
from pipeline.store import warehouse
from pipeline.store.lake import Lake
from pipeline.store.parts import ROW_SCHEMA
from tests.bench.assistant_score import bench_assistant
from tests.bench.bench_parts import Part, built_demo, in_folders
from tests.bench.explore_page import explorer_lines
from tests.bench.table import Line, at_most, exactly, told
from tests.browser.tools import node_modules
from tests.provenance_walks import drawn, opened

READER: Final = Path(__file__).with_name("explore_lake.js")
MONTH_BYTES, MONTH_REQUESTS, MONTH_MS = 25_000, 5, 150
MONTHS = 40
STATES: Final = ("ok", "corrected", "doubtful", "provisional")  # as the reader counts them
WALKS = 500
_FIRST, _LAST = dt.date(2000, 1, 1), dt.date(2025, 12, 31)


def bench_lake(home: Path) -> list[Line]:
    """Read single months of an hourly series of 26 years, and of one code among many, over ranges."""
    lines: list[Line] = []
    for what, codes, first in (("national, 26 years", 1, _FIRST), ("one plant of 90, a year", 90, dt.date(2025, 1, 1))):
        rows = hourly(first, _LAST, codes)
        lines += month_lines(what, rows, read_months(home / str(codes), rows, asked_months(rows, MONTHS)))
    return lines


def bench_asked(_home: Path) -> list[Line]:
    """Ask the assistant its two hundred questions of the built demo.

    Raises:
        UsageError: The demo is not built.
    """
    paths = built_demo()
    with warehouse.connect(paths.warehouse) as con:
        return bench_assistant(con, paths.site)


def bench_walks(home: Path) -> list[Line]:
    """Follow figures, claims and reports of the built demo back to the raw replies, as they are and tampered with.

    Raises:
        UsageError: The demo is not built.
    """
    rng, found, refused, ended, days = random.Random(15), 0, 0, 0, 0
    with opened(built_demo()) as walks:
        asked = drawn(walks, WALKS)
        for number, text in enumerate(asked):
            hops = [hop for hop, _ in walks.walk(text)]
            found, ended, days = found + 1, ended + ("reply" in hops), days + hops.count("values")
            refused += walks.tampered(text, home / str(number), rng) is not None
    return [
        exactly("provenance: walks whose hops all agree", found, WALKS),
        exactly("provenance: tampered ones refused", refused, WALKS),
        told("provenance: walks that end at replies of a source; others: forecasts, reference", ended),
        told("provenance: days of series read again in the replies", days),
    ]


PARTS: dict[str, Part] = {
    "lake": bench_lake, "explorer": explorer_lines, "assistant": bench_asked, "provenance": bench_walks,
}  # fmt: skip
"""One function a part; each in a folder of its own."""


def bench_explore(only: Sequence[str]) -> list[Line]:
    """Run the parts that are wanted, all by default.

    Args:
        only: Names of `PARTS`.

    Raises:
        UsageError: There is no such part.
    """
    return in_folders(PARTS, only)


def hourly(first: dt.date, last: dt.date, codes: int) -> pa.Table:
    """Return hourly rows of some codes: five decimals that hardly ever repeat, the heaviest there are."""
    rng = np.random.default_rng(14)
    hours = ((last - first).days + 1) * 24
    at = np.arange(hours).astype("timedelta64[h]") + np.datetime64(first, "ms")
    value = (9 + 2 * np.sin(np.tile(np.arange(hours), codes) * np.pi / 12) + rng.normal(0, 0.5, codes * hours)).round(5)
    names = np.repeat([f"P{n:03d}" for n in range(codes)], hours).tolist()
    return pa.Table.from_arrays(
        [pa.array(each) for each in (names, np.tile(at, codes), value, ["ok"] * len(value))], schema=ROW_SCHEMA
    )


def asked_months(rows: pa.Table, count: int) -> list[tuple[str, str, str]]:
    """Return codes with a month each (first day, first day of the next), drawn over all that there is."""
    rng = np.random.default_rng(7)
    codes = rows["code"].unique().to_pylist()
    first, last = (each.as_py() for each in (rows["ts"][0], rows["ts"][-1]))
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    found = []
    for month in rng.integers(0, months, count):
        start = np.datetime64(first.date(), "M") + int(month)
        since, until = (str(each.astype("datetime64[D]")) for each in (start, start + 1))
        found.append((str(rng.choice(codes)), since, until))
    return found


def read_months(home: Path, rows: pa.Table, asked: Sequence[tuple[str, str, str]]) -> list[dict[str, float]]:
    """Put rows into a lake, serve its one part, and return what reading each month took."""
    lake = Lake(home / "lake")
    with lake.writing():
        change = lake.transaction(_LAST + dt.timedelta(days=120))
        change.upsert("Serie", "Recurso", rows)
        (part,) = change.commit(dt.datetime.combine(_LAST, dt.time())).of("Serie", "Recurso")
    (home / "index.html").touch()
    with running(home) as address:
        where, size = f"{address}/lake/{part.path}", str(part.bytes)
        command = [*tool("node"), str(READER), where, size, str(node_modules()), json.dumps(asked)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise UsageError(f"The reader failed: {done.stderr.strip()[-400:]}", hint="run it by hand")
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


def month_lines(what: str, rows: pa.Table, found: Sequence[dict[str, float]]) -> list[Line]:
    """Return the figures of months that were read beside their floors, and how many are not what the lake holds."""
    return [
        exactly(f"month of {what}: values that differ", sum(not _same(rows, one) for one in found), 0),
        at_most(f"month of {what}: most bytes", max(one["bytes"] for one in found), MONTH_BYTES),
        at_most(f"month of {what}: most requests", max(one["requests"] for one in found), MONTH_REQUESTS),
        at_most(f"month of {what}: until its numbers are there [ms]", median(_times(found)), MONTH_MS),
        told(f"month of {what}: bytes, median", median(one["bytes"] for one in found)),
    ]


def _times(found: Sequence[dict[str, float]]) -> list[float]:
    return [one["milliseconds"] for one in found]


def _same(rows: pa.Table, one: dict[str, float]) -> bool:
    """Return whether a month has as many values as the lake, with the same sum and the same states."""
    month = pc.equal(pc.strftime(rows["ts"], "%Y-%m"), str(one["from"])[:7])
    own = rows.filter(pc.and_(month, pc.equal(rows["code"], str(one["code"]))))
    total = float(np.sum(own["value"].to_numpy()))
    states = sum(STATES.index(state) for state in own["quality"].to_pylist())
    return len(own) == one["rows"] and bool(np.isclose(total, one["sum"])) and states == one["states"]
