"""The line, top to bottom: source → lake → warehouse → forecasts → texts → site.

Each stage is keyed by a hash of what it reads. Unchanged inputs: nothing is recomputed, no file is rewritten, no token
is spent. A metric or a page that fails keeps its last good state; the rest is published, and the run ends non-zero
naming it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PipelineError, SourceUnavailable, UsageError
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.forecast.contract import ModelSettings
from pipeline.forecasting import forecast
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.states import IngestReport, read_memory, read_states
from pipeline.narrate.write import write_texts
from pipeline.site.build import build_site
from pipeline.store import warehouse
from pipeline.store.atomic import write_json
from pipeline.store.lake import Lake, Manifest
from pipeline.store.retention import Keep

log = get_logger("flow")

FIRST_DAY = dt.date(2000, 1, 1)  # XM publishes nothing older


@dataclass
class RunReport:
    """What happened, stage by stage; written to `build/reports/run.json`."""

    seconds: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    exit_code: int = 0

    def fail(self, reason: str, exit_code: int = 1) -> None:
        """Note a failure that does not stop the line.

        Trying again later (75) is the answer only where it is for every failure.
        """
        self.failed.append(reason)
        self.exit_code = min(self.exit_code or exit_code, exit_code)
        log.error("failed", reason=reason)


@dataclass
class Line:
    """One run of the pipeline."""

    settings: Settings
    run: RunInfo
    paths: Paths
    catalog: Catalog
    report: RunReport = field(default_factory=RunReport)

    @classmethod
    def of(cls, settings: Settings, run: RunInfo) -> Line:
        """Return a line with its catalogue loaded.

        Raises:
            CatalogError: A declaration is wrong.
        """
        return cls(settings, run, Paths.of(settings), load_catalog())

    def build(
        self, metrics: Iterable[str] | None = None, *, full: bool = False, accept_shrink: bool = False
    ) -> RunReport:
        """Run the whole line; return what happened."""
        self.ingest(metrics, full=full, accept_shrink=accept_shrink)
        key = self._key(self.lake.manifest())
        if not full and self._done("build") == key and (self.paths.site / "index.html").exists():
            self.report.skipped += ["warehouse", "forecast", "narrate", "site"]
        else:
            self.forecast()
            self.narrate()
            self.site()
            if not self.report.failed:
                self._remember("build", self._key(self.lake.manifest()))
        self._write_report()
        return self.report

    @property
    def lake(self) -> Lake:
        """The lake of this run."""
        return Lake(self.paths.lake, Keep.of(self.settings))

    def ingest(self, metrics: Iterable[str] | None = None, *, full: bool = False, accept_shrink: bool = False) -> None:
        """Ask, archive, parse and commit. An unreachable source is noted: the last good lake is published.

        Raises:
            UsageError: The day lies before the data, or before what is there already.
        """
        self._refuse_the_past()
        with self._stage("ingest"):
            try:
                done = ingest(
                    self.catalog, self.settings, self.paths, self.run,
                    metrics=metrics, full=full, accept_shrink=accept_shrink,
                )  # fmt: skip
            except SourceUnavailable as error:
                if not self.lake.manifest().parts:
                    raise
                self.report.fail(str(error), error.exit_code)
                return
            self._note_ingest(done)

    def _refuse_the_past(self) -> None:
        if self.run.today < FIRST_DAY:
            raise UsageError(f"There are no data before {FIRST_DAY}", hint="give a later --today", today=self.run.today)
        windows = (w for state in read_states(self.paths).values() for w in state["windows"].values())
        newest = max((w["asked"] for w in windows), default="")
        if newest > self.run.today.isoformat():
            raise UsageError(
                f"{self.paths.data} was brought up to date on {newest}, after --today {self.run.today}",
                hint="give that day or a later one, or point PORTAL_DATA_DIR to another folder",
            )

    def replay(self, *, accept_shrink: bool = False) -> None:
        """Parse the archive again, commit what changes and make damaged parts again; the source is not asked."""
        with self._stage("replay"):
            done = replay(self.catalog, self.settings, self.paths, self.run, accept_shrink=accept_shrink)
            self._note_ingest(done)

    def forecast(self) -> None:
        """Prepare the warehouse, make the forecasts, keep their vintages, add the domain layer."""
        with self._stage("warehouse"):
            memory = read_memory(self.paths)
            states: dict[str, dict[str, object]] = {k: dict(v) for k, v in memory.series.items()}
            sources: dict[str, dict[str, object]] = {k: dict(v) for k, v in memory.sources.items()}
            draft = warehouse.prepare(self.paths, self.catalog, self.lake, self.run, states, sources)
        with self._stage("forecast"):
            try:
                size = ModelSettings(workers=self.settings.workers, dask=self.settings.dask or "")
                made = forecast(draft, self.catalog, self.lake, self.run, _code("forecast"), size)
                self.report.details["forecast"] = {
                    "series": made.series,
                    "agents": made.agents,
                    "shown": made.published,
                }
                if not made.series and not made.agents:
                    self.report.skipped.append("forecast")
            except PipelineError as error:
                self.report.fail(str(error), error.exit_code)
        with self._stage("views"):
            warehouse.complete(self.paths, self.catalog, self.lake)

    def narrate(self) -> None:
        """Write the boards' texts from facts computed in SQL."""
        with self._stage("narrate"), warehouse.connect(self.paths.warehouse) as con:
            results = write_texts(con, self.catalog.boards.values(), self.settings, self.paths, self.run)
            self.report.details["texts"] = {result.slug: result.origin for result in results}
            for result in results:
                if result.fault:
                    self.report.fail(f"text {result.slug}: {result.fault}")

    def site(self) -> None:
        """Draw the pages, assemble the site and check it."""
        with self._stage("site"), warehouse.connect(self.paths.warehouse) as con:
            done = build_site(con, self.catalog, self.paths, self.settings, self.run)
            self.report.details["site"] = done.told()
            for name, reason in done.drawn.failed.items():
                self.report.fail(f"page {name}: {reason}")

    def _note_ingest(self, done: IngestReport) -> None:
        self.report.details["ingest"] = {k: v for k, v in vars(done).items() if k != "failed"}
        for line in _by_reason(done.failed):
            self.report.fail(line, SourceUnavailable.exit_code)

    def _stage(self, name: str) -> _Stopwatch:
        return _Stopwatch(name, self.report)

    def _key(self, manifest: Manifest) -> str:
        run = (self.run.today, self.run.since, self.run.source, self.settings.site_url)
        keys = (self.settings.groq_api_key, self.settings.openrouter_api_key, self.settings.llm_api_key)
        model = (self.settings.llm_base_url, self.settings.llm_model, *(key is not None for key in keys))
        sources = json.dumps(read_memory(self.paths).sources, sort_keys=True)  # pages tell how the night went
        return _digest(manifest.fingerprint(), self.catalog.fingerprint, *run, *model, sources, _code(""))

    def _done(self, stage: str) -> str | None:
        return _read_state(self.paths).get(stage)

    def _remember(self, stage: str, key: str) -> None:
        state = _read_state(self.paths)
        state[stage] = key
        write_json(self.paths.build / "state.json", state)

    def _write_report(self) -> None:
        write_json(self.paths.reports / "run.json", vars(self.report))


@dataclass
class _Stopwatch:
    """Times one stage and logs one line about it."""

    name: str
    report: RunReport
    started: float = 0.0

    def __enter__(self) -> None:
        self.started = time.monotonic()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        seconds = round(time.monotonic() - self.started, 2)
        self.report.seconds[self.name] = seconds
        if error is None:
            log.info("stage done", stage=self.name, seconds=seconds)


def _by_reason(failed: Mapping[str, str]) -> list[str]:
    """Return one line a cause: what it stopped, five by name."""
    series: dict[str, list[str]] = {}
    for name, reason in sorted(failed.items()):
        series.setdefault(reason, []).append(name)
    more = {reason: f" and {len(names) - 5} more" if len(names) > 5 else "" for reason, names in series.items()}
    return [f"{', '.join(names[:5])}{more[reason]}: {reason or 'no reason'}" for reason, names in series.items()]


def _read_state(paths: Paths) -> dict[str, str]:
    """Return what was done with which inputs; a damaged memory is none, and the work is done again."""
    try:
        state = json.loads((paths.build / "state.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()


def _code(stage: str) -> str:
    """Return a hash of the code and templates that a stage is made of."""
    roots = [PACKAGE / stage] if stage else [PACKAGE, PACKAGE.parent / "templates", PACKAGE.parent / "site_src"]
    digest = hashlib.sha256()
    for path in sorted(p for root in roots for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(path.relative_to(PACKAGE.parent).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("mkdocs.yml", "package-lock.json") if not stage else ():
        digest.update((PACKAGE.parent / name).read_bytes())
    return digest.hexdigest()
