"""How many pages there are, how long they take from nothing, and what is made again when one metric changes."""

from __future__ import annotations

import resource

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.flow import Line as Portal
from tests.bench.boards_shown import HOME
from tests.bench.portals import Portals
from tests.bench.table import Line, at_least, at_most, exactly, told

CHANGED = "ENFICC"
#: Pages about all the data: each lists every metric.
LISTS = {"metricas", "estado", "calidad", "cambios"}
PAGES, SECONDS = 200, 60.0


def bench_build(portals: Portals) -> list[Line]:
    """Draw and publish the demo from nothing, then again with one value of one metric changed."""
    portal = portals.copy(portals.demo(), "build")
    portal.forecast()
    portal.narrate()
    spent = _processor()
    portal.site()
    spent = _processor() - spent
    seconds = portal.report.seconds["site"]
    pages = dict(portal.report.details["site"])["pages"]  # type: ignore[call-overload]
    change(portal, CHANGED)
    portal.forecast()
    portal.narrate()
    portal.site()
    made = set(dict(portal.report.details["site"])["rendered"])  # type: ignore[call-overload]
    own = readers(portal, CHANGED)
    return [
        at_least("build: pages", pages, PAGES),
        at_most("build: pages and figures from nothing, MkDocs included [s]", seconds, SECONDS),
        told("build: of processor time, which a busy machine does not stretch [s]", spent),
        told(f"build: pages made again after one value of {CHANGED}", len(made)),
        told(f"build: pages that read {CHANGED} or list all metrics", len(own)),
        exactly("build: pages made again that do not", len(made - own), 0),
        exactly(f"build: the page of {CHANGED} among them", len(made & {f"metricas/{CHANGED}"}), 1),
        at_least(f"build: boards of {CHANGED} among them", sum(name.startswith("tableros/") for name in made), 1),
    ]


def _processor() -> float:
    """Return the processor time of this process and of those it waited for [s]."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def change(portal: Portal, metric: str) -> None:
    """Raise the newest value of each code of a metric by a tenth, as a revision would."""
    with portal.lake.writing():
        transaction = portal.lake.transaction(portal.run.today)
        for entity in portal.catalog.metrics[metric].entities:
            rows = portal.lake.read(metric, entity).select(["code", "ts", "value", "quality"])
            settled = rows.filter(pc.not_equal(rows["quality"], "provisional"))
            newest = settled.filter(pc.equal(settled["ts"], pc.max(settled["ts"])))
            raised = pc.multiply(newest["value"], pa.scalar(1.1))
            transaction.upsert(metric, entity, newest.set_column(2, "value", raised))
        transaction.commit(portal.run.created)


def readers(portal: Portal, metric: str) -> set[str]:
    """Return the pages that may change with a metric: its own, the boards that declare it, the lists, the home page."""
    boards = {
        f"tableros/{board.slug}"
        for board in portal.catalog.boards.values()
        if metric in board.metrics or any(metric in block.metrics for block in board.blocks)
    }
    return boards | LISTS | {f"metricas/{metric}", HOME}
