"""A metric that stopped and one that never came: the pages are built and say what is missing, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow.compute as pc

from pipeline.catalog.schema import Metric
from pipeline.flow import Line as Portal
from pipeline.ingest.states import read_states
from pipeline.store.held import accept_all
from tests.bench.boards_shown import HOME
from tests.bench.html_tree import Element, read_tree
from tests.bench.portals import Portals
from tests.bench.table import Line, at_least, exactly
from tests.ingest.kept import write_states

STOPPED, STOP_DAYS = "PrecBolsNaci", 60
ABSENT = "AporEner"
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def bench_gaps(portals: Portals) -> list[Line]:
    """Take two metrics out of a copy of the demo's data and build the pages again."""
    portal = portals.copy(portals.demo(), "gaps")
    last = portal.run.today - dt.timedelta(days=STOP_DAYS)
    cut(portal, {STOPPED: last, ABSENT: None})
    portal.forecast()
    portal.narrate()
    portal.site()
    return _lines(portal, last)


def cut(portal: Portal, ends: Mapping[str, dt.date | None]) -> None:
    """Take the rows of each metric after its last day (all, where there is none) out of the lake, as failed series."""
    states = read_states(portal.paths)
    with portal.lake.writing():
        transaction = portal.lake.transaction(portal.run.today, decide=accept_all)
        for metric, last in ends.items():
            for entity in portal.catalog.metrics[metric].entities:
                rows = portal.lake.read(metric, entity)
                transaction.forget(p for p in portal.lake.manifest().parts if (p.metric, p.entity) == (metric, entity))
                kept = (
                    rows.filter(pc.less(rows["ts"], dt.datetime.combine(last, dt.time()))) if last else rows.slice(0, 0)
                )
                if kept.num_rows:
                    transaction.upsert(metric, entity, kept.select(["code", "ts", "value", "quality"]))
                states[f"{metric}/{entity}"]["state"] = "failed" if last else "empty"
        # Forecasts made with the rows that are gone would be of another world.
        transaction.forget(p for p in portal.lake.manifest().parts if p.metric.startswith("_forecast"))
        transaction.commit(portal.run.created)
    write_states(portal.paths, portal.run, states)


def _lines(portal: Portal, last: dt.date) -> list[Line]:
    stopped, absent = portal.catalog.metrics[STOPPED], portal.catalog.metrics[ABSENT]
    day = last - dt.timedelta(days=1)
    since = f"no hay datos desde el {day.day} {_MONTHS[day.month - 1]} {day.year}"
    asked, told = _blocks(portal, absent)
    return [
        exactly("gaps: pages that fail", sum(text.startswith("page ") for text in portal.report.failed), 0),
        exactly(
            f"gaps: page of {STOPPED}, stopped {STOP_DAYS} days ago, says since when", _says(portal, stopped, since), 1
        ),
        exactly(f"gaps: page of {ABSENT}, never there, says so", _says(portal, absent, "no hay ningún dato"), 1),
        at_least(f"gaps: blocks left without data by {ABSENT}", asked, 1),
        exactly("gaps: of those, name it and say since when", told, asked),
        exactly("gaps: figures of the stopped metric shown as of a later day", _late(portal, day), 0),
    ]


def _page(portal: Portal, address: str) -> Element:
    return read_tree((portal.paths.site / address / "index.html").read_text(encoding="utf-8"))


def _says(portal: Portal, metric: Metric, words: str) -> int:
    texts = [e.text for e in _page(portal, f"metricas/{metric.id}/").all(kind="empty")]
    return int(any(metric.title in text and words in text for text in texts))


def _blocks(portal: Portal, metric: Metric) -> tuple[int, int]:
    """Return how many blocks that declare `metric` are empty, and how many of them name it and say since when."""
    asked = told = 0
    for board in portal.catalog.boards.values():
        page = _page(portal, "" if board.slug == HOME else f"tableros/{board.slug}/")
        for block in board.blocks:
            holder = page.by_id(block.id)
            if metric.id not in block.metrics or holder is None:
                continue
            empty = holder.first(kind="empty") or (holder.first(kind="why") if "kpi--empty" in holder.classes else None)
            if empty is not None:
                asked += 1
                told += metric.title in empty.text and "no hay" in empty.text
    return asked, told


def _late(portal: Portal, last: dt.date) -> int:
    """Return how many headline figures that need only the stopped metric carry a day after its last one."""
    late = 0
    for board in portal.catalog.boards.values():
        page = _page(portal, "" if board.slug == HOME else f"tableros/{board.slug}/")
        for block in board.blocks:
            card = page.by_id(block.id) if block.type == "kpi" and block.metrics == (STOPPED,) else None
            when = card.first("time") if card else None
            late += when is not None and when.attributes["datetime"] > last.isoformat()
    return late
