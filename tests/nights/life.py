"""A portal and its nights: a small catalogue, a clock that is passed in, mishaps, and an account of every night."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import structlog

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core import log
from pipeline.core.errors import PipelineError
from pipeline.core.paths import ROOT, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.flow import Line
from pipeline.store import atomic
from pipeline.store.lake import Lake
from tests.bench.crash.devices import Unsynced
from tests.nights.footprint import Footprint, footprint, size_below
from tests.nights.source import Ill, MovingEmulator, serving

#: Ten series of every grain, from the three sources that answer over the network: hourly, daily by code, monthly,
#: two lists, prices with their versions and the calendar of these, an index. Holidays are asked of nobody.
SERIES: Final[Mapping[str, tuple[str, ...]]] = {
    "PrecBolsNaci": ("Sistema",),
    "DemaReal": ("Sistema",),
    "DemaSIN": ("Sistema",),
    "AporEner": ("Rio",),
    "CERE": ("Sistema",),
    "ListadoRios": ("Sistema",),
    "PB_Nal": ("Sistema",),
    "VersionesLiquidacion": ("Sistema",),
    "PE": ("Sistema",),
    "ONI": ("Sistema",),
    "Festivos": ("Sistema",),
}
FORECAST_SERIES, FORECAST_DAYS = 20, 90
BOARDS: Final = ("inicio", "precio-bolsa")
#: Longer than the longest sweep, so that the nights to come ask for no more than the first ones.
HISTORY_DAYS: Final = 430
#: A night of a source that is never to be waited for: retries in a moment, as no test waits for a real pause.
QUICK: Final[Mapping[str, object]] = {"xm_backoff": 0.001, "patience": 20.0, "workers": 1}
_DAY = dt.timedelta(days=1)


class Killed(BaseException):
    """The run dies here. Not an Exception: nothing may catch it, as nothing catches SIGKILL."""


def whole_catalog() -> Catalog:
    """Return the project's catalogue with the small one's entities: views and models need every declaration.

    It has few boards, and no pages of named things, which lead to the others.
    """
    catalog = load_catalog()
    narrowed = {
        name: catalog.metrics[name].model_copy(update={"entities": entities}) for name, entities in SERIES.items()
    }
    boards = {slug: catalog.boards[slug] for slug in BOARDS}
    pages = {slug: page for slug, page in catalog.pages.items() if slug not in catalog.directories}
    metrics = {**catalog.metrics, **narrowed}
    return dataclasses.replace(catalog, metrics=metrics, boards=boards, pages=pages, directories={})


def small_catalog(whole: Catalog) -> Catalog:
    """Return the declarations of `SERIES` alone; the rest of the catalogue points to nothing that is not there."""
    entities = {
        kind.id: kind if kind.listed_in in SERIES else kind.model_copy(update={"listed_in": None})
        for kind in whole.entities.values()
    }
    corrections = tuple(c for c in whole.corrections if set(c.metrics) <= set(SERIES))
    return dataclasses.replace(
        whole,
        metrics={name: whole.metrics[name] for name in SERIES},
        entities=entities,
        corrections=corrections,
        forecasts=tuple(policy for policy in whole.forecasts if policy.metric in SERIES),
    )


@dataclass(frozen=True)
class Night:
    """The account of one night.

    Attributes:
        day: Its day.
        mishap: What went wrong on purpose; empty when nothing did.
        code: Exit code of the run; None when it was killed or stopped with an error.
        reason: The error's words, or those of what failed.
        asked: Questions that reached the sources.
        planned: Questions the run says it asked.
        seconds: Wall time.
        written: Files of `data/` that are new or have other bytes' time.
        lake_written, bronze_written: Their size below the lake and below the archive.
        by_place: Bytes written by place: `lake/<metric>`, `bronze/<source>`, or the kind of file.
        size: Bytes of lake, archive and the rest of `data/`.
    """

    day: dt.date
    mishap: str
    code: int | None
    reason: str
    asked: int
    planned: int
    seconds: float
    written: int
    lake_written: int
    bronze_written: int
    size: int
    by_place: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Life:
    """A portal in a folder of its own, from its first night on.

    Attributes:
        home: Its folder: `data/` and `build/`.
        url: Address of the emulator.
        emulator: Whose day moves with the nights.
        since: First day wanted.
        nights: The account, night by night.
        stages: Seconds of each stage of the last night.
    """

    home: Path
    url: str
    emulator: MovingEmulator
    since: dt.date
    whole: Catalog = field(default_factory=whole_catalog)
    nights: list[Night] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    _before: Footprint = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take note of what is there, and share the browser's assets with the checkout."""
        self.small = small_catalog(self.whole)
        self.home.mkdir(parents=True, exist_ok=True)
        vendor = ROOT / "build" / "vendor"
        vendor.mkdir(parents=True, exist_ok=True)
        (self.home / "build").mkdir(parents=True, exist_ok=True)
        if not (self.home / "build" / "vendor").exists():
            (self.home / "build" / "vendor").symlink_to(vendor)
        self._before = footprint(self.data)

    @property
    def data(self) -> Path:
        """Lake, archive and memory."""
        return self.home / "data"

    @property
    def lake(self) -> Lake:
        """The lake."""
        return Lake(self.data / "lake")

    def line(self, day: dt.date, **settings: object) -> Line:
        """Return the line of one night, over the small catalogue."""
        self.emulator.stand_on(day)
        chosen = load_settings(
            xm_base_url=self.url, simem_base_url=self.url, data_dir=self.data, build_dir=self.home / "build",
            **{**QUICK, **settings},
        )  # fmt: skip
        run = RunInfo(day, self.since, "simulated", dt.datetime.combine(day, dt.time(5, 40)))
        return Line(chosen, run, Paths.of(chosen), self.small)

    def night(
        self,
        day: dt.date,
        mishap: str = "",
        *,
        within: AbstractContextManager[object] | None = None,
        run: Callable[[Line], object] = lambda line: line.ingest(),
        **settings: object,
    ) -> Night:
        """Live one night and keep its account.

        Args:
            day: The day of the run.
            mishap: Its name in the account.
            within: What spoils it, for its length.
            run: What is run; the ingest alone by default.
            settings: Settings of this night only.
        """
        self.emulator.fresh()
        line = self.line(day, **settings)
        started, code, reason = time.monotonic(), None, ""
        with within or nullcontext():
            try:
                run(line)
                code, reason = line.report.exit_code, "; ".join(line.report.failed)
            except PipelineError as error:
                code, reason = error.exit_code, str(error)
            except Killed as killed:
                reason = str(killed)
        seconds = time.monotonic() - started
        after = footprint(self.data)
        fresh = {path: stamp for path, stamp in after.items() if self._before.get(path) != stamp}
        ingest = line.report.details.get("ingest")
        night = Night(
            day, mishap, code, reason, self.emulator.asked.total(),
            int(ingest["asked"]) if isinstance(ingest, dict) else 0, seconds,
            len(fresh), size_below(fresh, "lake/"), size_below(fresh, "bronze/"), size_below(after),
            _by_place(fresh),
        )  # fmt: skip
        self.stages = dict(line.report.seconds)
        self._before = after
        self.nights.append(night)
        return night

    def whole_line(self, line: Line) -> None:
        """Run everything: the ingest over the small catalogue, the rest over all declarations that views read."""
        line.ingest()
        line.catalog = self.whole
        line.forecast()
        line.narrate()
        line.reports()
        line.site()

    def stage(self, name: str) -> float:
        """Return how long a stage of the last night took [s]."""
        return self.stages.get(name, 0.0)

    def keep_forecasts(self, day: dt.date) -> None:
        """Keep a night's forecasts as the models would: some thousand rows behind those of the other nights."""
        with self.lake.writing():
            transaction = self.lake.transaction(day)
            transaction.put_table("_forecast_value", "daily", _vintage(day), mode="append")
            transaction.commit(dt.datetime.combine(day, dt.time(5, 50)))

    def newest(self) -> dict[str, str]:
        """Return the newest moment of each metric that has values in the lake."""
        found: dict[str, str] = {}
        for part in self.lake.manifest().parts:
            if part.metric in self.small.metrics and part.max_ts:
                found[part.metric] = max(found.get(part.metric, ""), part.max_ts)
        return found


def _by_place(found: Footprint) -> dict[str, int]:
    places: Counter[str] = Counter()
    for path, stamp in found.items():
        folder, _, rest = path.partition("/")
        place = rest.partition("/")[0] if "/" in rest else re.sub(r"[-.].*", "", rest)
        places[f"{folder}/{place}" if rest else folder] += stamp.size
    return dict(places)


def _vintage(day: dt.date) -> pa.Table:
    """Return twenty series of ninety days, as a night's models write them (seeded by the day)."""
    count = FORECAST_SERIES * FORECAST_DAYS
    ahead = [n % FORECAST_DAYS + 1 for n in range(count)]
    rng = np.random.default_rng(day.toordinal())
    mean = np.round(200 + 20 * rng.standard_normal(count), 6)
    texts = {
        "series": [f"stub_{n // FORECAST_DAYS:02d}" for n in range(count)],
        "model": ["stub"] * count, "run_kind": ["live"] * count, "scenario": [""] * count,
    }  # fmt: skip
    columns: dict[str, pa.Array] = {name: pa.array(values, pa.string()) for name, values in texts.items()}
    columns["issued"] = pa.array([day] * count, pa.date32())
    columns["origin"] = pa.array([day - 3 * _DAY] * count, pa.date32())
    columns["h"] = pa.array(ahead, pa.int32())
    columns["target"] = pa.array([day + h * _DAY for h in ahead], pa.date32())
    for name, factor in (("mean", 1.0), ("lo80", 0.9), ("hi80", 1.1), ("lo95", 0.8), ("hi95", 1.2)):
        columns[name] = pa.array(mean * factor, pa.float64())
    return pa.table({name: columns[name] for name in FORECAST_TABLES[VALUE]})


@contextmanager
def ill(emulator: MovingEmulator, kind: Ill, *sources: str) -> Iterator[None]:
    """Spoil the answers of some sources."""
    emulator.ill = dict.fromkeys(sources, kind)
    try:
        yield
    finally:
        emulator.ill = {}


@contextmanager
def killed_at(point: str, turn: int = 1) -> Iterator[None]:
    """Let the run die the `turn`-th time it comes by a named point of the store."""
    left = turn

    def watch(name: str) -> None:
        nonlocal left
        left -= name == point
        if name == point and left == 0:
            raise Killed(f"killed at {point!r}")

    with atomic.watching(watch):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Log errors only: four hundred nights say a lot."""
    before = structlog.get_config()
    log.configure(json=True, level=logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)


@contextmanager
def living(
    home: Path, first: dt.date, nights: int, *, history: int = HISTORY_DAYS, offers_all: bool = False
) -> Iterator[Life]:
    """Yield a portal that has not lived a night yet, over a source that can be moved to any of its nights.

    The source offers the small catalogue, or all that the project declares.

    Nothing is forced to the disk: that costs the same every night, and the kill tests measure it.
    """
    whole = whole_catalog()
    emulator = MovingEmulator(load_catalog() if offers_all else small_catalog(whole), first + nights * _DAY)
    emulator.stand_on(first)
    with ExitStack() as stack:
        url = stack.enter_context(serving(emulator))
        stack.enter_context(atomic.using(Unsynced()))
        stack.enter_context(quiet())
        yield Life(home, url, emulator, first - history * _DAY, whole)
