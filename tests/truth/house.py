"""A portal that costs seconds: every headline series, the boards without their charts, a few pages of metrics.

A base lives once a session over a clean source. A scene copies its folder, lives some nights with faults and publishes;
its twin lives the same nights without them, so that the twin says what is right on every day.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest import mock

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.flow import Line
from pipeline.ingest.states import read_memory
from pipeline.site import rendering
from pipeline.store import atomic, warehouse
from pipeline.store.lake import Lake
from tests.bench.crash.devices import Unsynced
from tests.nights.life import Life, quiet
from tests.nights.source import MovingEmulator, serving

_METRIC_JOBS: Final = rendering._metric_jobs
FIRST: Final = dt.date(2026, 5, 20)
HISTORY: Final = 130
DAY: Final = dt.timedelta(days=1)
#: Series by plant, reservoir, river or area that headline figures are made of; of all others the country's.
DETAILED: Final[Mapping[str, tuple[str, ...]]] = {
    "Gene": ("Sistema", "Recurso"),
    "EmisionesCO2Eq": ("Recurso",),
    "VoluUtilDiarEner": ("Sistema", "Embalse"),
    "CapaUtilDiarEner": ("Sistema", "Embalse"),
    "PorcVoluUtilDiar": ("Sistema", "Embalse"),
    "AporEner": ("Sistema", "Rio"),
    "AporEnerMediHist": ("Sistema", "Rio"),
    "DemaReal": ("Sistema", "Agente"),
    "DemaNoAtenProg": ("Area",),
    "DemaNoAtenNoProg": ("Area",),
    "ObligEnerFirme": ("Recurso",),
}
#: Metrics whose pages are made.
PAGES: Final = (
    "DemaSIN", "DemaReal", "DemaRealReg", "DemaCome", "Gene", "PrecBolsNaci", "PB_Nal", "PE", "PrecEscaAct",
    "VoluUtilDiarEner", "PorcVoluUtilDiar", "AporEner", "factorEmisionCO2e", "RestSinAliv", "ListadoRecursos",
    "ListadoAgentes",
)  # fmt: skip
#: Blocks that say figures; the others draw them.
TELLING: Final = ("summary", "kpi", "table", "mix", "takeaway")
BOARDS: Final = (
    "inicio", "generacion", "hidrologia", "precio-bolsa", "demanda", "restricciones", "confiabilidad", "emisiones",
    "sequia",
)  # fmt: skip
DATA_PAGES: Final = ("calidad", "cambios", "estado", "records")


@cache
def declared() -> Catalog:
    """Return the project's declarations."""
    return load_catalog()


@cache
def asked_catalog() -> Catalog:
    """Return the declarations of what is asked of the sources: all that headline figures are made of."""
    whole = declared()
    metrics = {
        name: metric.model_copy(update={"entities": DETAILED.get(name, ("Sistema",))})
        for name, metric in whole.metrics.items()
        if name in DETAILED or "Sistema" in metric.entities
    }
    return dataclasses.replace(whole, metrics=metrics, forecasts=())


@cache
def read_catalog() -> Catalog:
    """Return the declarations that the views read: every metric, most of them without a value."""
    whole = declared()
    return dataclasses.replace(whole, metrics={**whole.metrics, **asked_catalog().metrics})


@cache
def shown_catalog() -> Catalog:
    """Return the declarations of what is published."""
    read = read_catalog()
    boards = {
        slug: board.model_copy(update={"blocks": tuple(block for block in board.blocks if block.type in TELLING)})
        for slug, board in read.boards.items()
        if slug in BOARDS
    }
    pages = {slug: page for slug, page in read.pages.items() if slug in DATA_PAGES}
    return dataclasses.replace(read, boards=boards, pages=pages)


def _few_pages(*asked: Any) -> list[Any]:
    """Return the jobs of the pages of `PAGES` alone."""
    return [job for job in _METRIC_JOBS(*asked) if job.name.removeprefix("metricas/") in PAGES]


@dataclass(frozen=True, eq=False)
class Published:
    """A portal after its last night.

    Attributes:
        home: Its folder.
        day: Day of that night.
        codes: Exit code of each night.
        failed: What the report of each night says failed.
        details: What that of the last night says of the ingest.
    """

    home: Path
    day: dt.date
    codes: tuple[int | None, ...]
    failed: tuple[tuple[str, ...], ...]
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def site(self) -> Path:
        """The published site."""
        return self.home / "build" / "site"

    @property
    def warehouse(self) -> Path:
        """The warehouse behind it."""
        return self.home / "data" / "warehouse.duckdb"


@contextmanager
def portal(home: Path, first: dt.date, last: dt.date, since: dt.date) -> Iterator[Life]:
    """Yield a portal in `home`, as it is there, over a source that can be moved to any night of a span."""
    emulator = MovingEmulator(asked_catalog(), last)
    emulator.stand_on(first)
    with ExitStack() as stack:
        url = stack.enter_context(serving(emulator))
        stack.enter_context(atomic.using(Unsynced()))
        stack.enter_context(quiet())
        life = Life(home, url, emulator, since, read_catalog())
        life.small = asked_catalog()
        yield life


def read(line: Line) -> None:
    """Ask, and make the views over what came, without models."""
    line.ingest()
    line.catalog = read_catalog()
    memory = read_memory(line.paths)
    warehouse.prepare(line.paths, line.catalog, line.lake, line.run, memory.series, memory.sources)
    warehouse.complete(line.paths, line.catalog, line.lake)


def publish(line: Line) -> None:
    """Ask and publish; links to pages that this small portal lacks are no fault here."""
    read(line)
    line.narrate()
    line.catalog = shown_catalog()
    with (
        mock.patch.object(rendering, "_metric_jobs", _few_pages),
        mock.patch("pipeline.site.publishing.check_tree"),
    ):
        line.site()


def live(
    home: Path,
    nights: Sequence[tuple[dt.date, str]],
    *,
    base: Path | None = None,
    history: int = HISTORY,
    run: Callable[[Line], object] = publish,
) -> Published:
    """Live nights whose source errs as told, and publish after the last.

    Args:
        home: Empty folder.
        nights: Day and alterations (`emulator.altered`) of each, empty for a clean one.
        base: Portal to go on from; None to begin with nothing.
        history: Days of the past that are wanted.
        run: What the last night runs; the others only ask.
    """
    if base is not None:
        shutil.copytree(base / "data", home / "data")
    codes: list[int | None] = []
    failed: list[tuple[str, ...]] = []
    line: Line
    with portal(home, nights[0][0], nights[-1][0], FIRST - history * DAY) as life:
        for day, altered in nights:
            life.emulator.altered = altered
            kept: list[Line] = []

            def tonight(line: Line, last: bool = day == nights[-1][0], kept: list[Line] = kept) -> None:
                kept.append(line)
                run(line) if last else line.ingest()

            night = life.night(day, run=tonight)
            line = kept[0]
            codes.append(night.code)
            failed.append(tuple(line.report.failed) or ((night.reason,) if night.reason else ()))
    return Published(home, nights[-1][0], tuple(codes), tuple(failed), dict(line.report.details))


def hours_of(portal: Published, metric: str, entity: str, day: dt.date) -> dict[int, float]:
    """Return the values of a day in the lake of a portal by hour; no hour without one."""
    table = Lake(portal.home / "data" / "lake").read(metric, entity).to_pylist()
    return {row["ts"].hour: row["value"] for row in table if row["ts"].date() == day}
