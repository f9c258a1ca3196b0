"""From anything published back to the raw replies behind it: `./inv trace`, offline, checking every hop."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import duckdb

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.trace import CELL, TracedCell, trace_cell, trace_day
from pipeline.narrate.claims import Claim, read_claims
from pipeline.site.downloads.claims_file import FIGURES
from pipeline.site.figure_origin import Origin, figure_origin
from pipeline.site.rendering import context_of_pages
from pipeline.store import warehouse
from pipeline.store.bronze import BronzeRef
from pipeline.store.lake import Lake
from pipeline.store.report_archive import ReportArchive

_NEAR = 1e-4  # published files have six decimals
_CLAIM = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")


@warehouse.readable()
def trace_value(settings: Settings, what: str) -> str:
    """Return the way of something published back to the raw replies behind it, a line a hop; each hop is checked.

    Args:
        settings: Of the portal.
        what: A value of the lake (`Metric/Entity/code@2026-05-01`), the id of a claim (`value.price`), or a figure: its
            file, or its page and id (`tableros/hidrologia/#embalses`).

    Raises:
        UsageError: There is no such thing.
        PartCorrupt: A hop does not agree; the message names it.
    """
    catalog, paths = load_catalog(), Paths.of(settings)
    if CELL.fullmatch(what):
        lines = list(_cell_lines(trace_cell(catalog, settings, paths, what), catalog, paths))
    else:
        lake = Lake(paths.lake)
        with warehouse.connect(paths.warehouse) as con:
            run = RunInfo(*con.execute("SELECT today, since, data_source, created FROM run_info").fetchall()[0])
            if _CLAIM.fullmatch(what):
                origin = _claim_origin(con, paths, what)
            else:
                archive = ReportArchive(lake)
                site = context_of_pages(con, catalog, paths, run, archive.manifest, settings.site_url)
                origin = figure_origin(site, paths, archive, what)
        lines = [*origin.lines, ("lake", lake.manifest().name), *_day_lines(origin, catalog, settings, paths)]
    return "\n".join(f"{hop:<7}{words}" for hop, words in lines)


def _cell_lines(cell: TracedCell, catalog: Catalog, paths: Paths) -> Iterator[tuple[str, str]]:
    unit, version = catalog.metrics[cell.metric].unit, f", version {cell.version}" if cell.version else ""
    key = f"{cell.metric}/{cell.entity}/{cell.code} at {cell.ts.isoformat()}"
    yield "value", f"{cell.value!r} {unit.stored} of {key} ({cell.state}{version})"
    yield "lake", Lake(paths.lake).manifest().name
    yield "part", f"{cell.part.path}, sha256 {cell.part.sha256}"
    yield "reply", f"{_reply(cell.reply, paths)}, sha256 {cell.sha256}"
    yield "said", f"{cell.said or '(not as plain text)'} {unit.source}"


def _day_lines(origin: Origin, catalog: Catalog, settings: Settings, paths: Paths) -> Iterator[tuple[str, str]]:
    """Yield what the metrics of an origin have on its day: every value was found in the replies."""
    for name in origin.metrics:
        if catalog.metrics[name].grain == "list":
            continue
        for day in trace_day(catalog, settings, paths, catalog.metrics[name], origin.day):
            yield "values", f"{day.values} of {name}/{day.entity} on {day.day}"
            yield from (("part", f"{part.path}, sha256 {part.sha256}") for part in day.parts)
            yield from (("reply", _reply(reply, paths)) for reply in day.replies)


def _reply(ref: BronzeRef, paths: Paths) -> str:
    return f"{ref.path.relative_to(paths.data).as_posix()}, asked {ref.fetched}"


def _claim_origin(con: duckdb.DuckDBPyConnection, paths: Paths, name: str) -> Origin:
    """Return what a claim stands on: the texts that tell it agree with the warehouse, and its query says it again.

    Raises:
        UsageError: There is no such claim.
        PartCorrupt: A text or the query says something else.
    """
    claim = next((each for each in read_claims(con) if each.id == name), None)
    if claim is None:
        raise UsageError(f"{name!r} is no claim", hint="a text names its own under «cifras y fechas verificadas»")
    texts = []
    for path in sorted((paths.site / "datos" / "narrative").glob("*.json")):
        claims = json.loads(path.read_text(encoding="utf-8")).get("claims") or []
        for said in (each for each in claims if each["id"] == name):
            if any(said[key] != value for key, value in json.loads(json.dumps(claim.told())).items() if key in said):
                raise PartCorrupt("Hop text → claim: the text says another", hint="run ./inv narrate", file=path)
            texts.append(("text", path.relative_to(paths.site).as_posix()))
    if any(differing(con, claim)):
        raise PartCorrupt("Hop claim → query: it says something else", hint="run ./inv build", claim=name)
    figures = ", ".join(f"{key} {value!r}" for key, value in claim.figures.items() if value is not None)
    own = ("claim", f"{claim.id} of {claim.day} [{claim.unit}] ({claim.state}): {figures}")
    return Origin((*texts, own, ("query", claim.sql)), claim.metrics, claim.day)


def differing(con: duckdb.DuckDBPyConnection, claim: Claim) -> Iterator[str]:
    """Yield what the query of a claim, all of whose columns are named, says otherwise than the claim."""
    try:
        told = con.execute(claim.sql)
    except duckdb.Error as error:
        yield f"{claim.id}: {error}"
        return
    names = [column[0] for column in told.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in told.fetchall()]
    for name, column in FIGURES.items():
        value = claim.figures.get(name)
        if value is not None and not (rows and _equal(rows[0].get(column), value)):
            yield f"{claim.id}: {name} is {value}, its query gives {rows[:1]}"
    for part, share in claim.parts.items():
        if not any(_equal(row.get("parte"), share) for row in rows):
            yield f"{claim.id}: {part} is {share}, its query gives {rows}"


def _equal(found: object, value: float) -> bool:
    return found is not None and abs(float(str(found)) - value) <= _NEAR * max(1.0, abs(value))
