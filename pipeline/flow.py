"""The line, top to bottom: source → lake → warehouse → forecasts → texts → pages → site.

Each stage is keyed by a hash of what it reads. Unchanged inputs: nothing is recomputed, no file is rewritten, no token
is spent. A metric or a page that fails keeps its last good state; the rest is published, and the run ends non-zero
naming it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PipelineError, SourceUnavailable, UsageError
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.contract import IngestReport
from pipeline.ingest.run import ingest, replay
from pipeline.ingest.states import read_states
from pipeline.model.contract import ForecastRun, ModelSettings, SeriesInput
from pipeline.model.policies import POLICIES
from pipeline.model.run import run as run_models
from pipeline.narrate.write import write_texts
from pipeline.publish.site import publish_site
from pipeline.render.site import render_site
from pipeline.store import warehouse
from pipeline.store.atomic import write_json
from pipeline.store.forecasts import FORECAST_TABLES
from pipeline.store.lake import Lake, Manifest

log = get_logger("flow")

FORECAST_KEY = "daily"
FIRST_DAY = dt.date(2000, 1, 1)  # XM publishes nothing older


@dataclass
class RunReport:
    """What happened, stage by stage; written to `build/reports/run.json`."""

    seconds: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    exit_code: int = 0

    def fail(self, error: PipelineError) -> None:
        """Note a failure that does not stop the line."""
        self.failed.append(str(error))
        self.exit_code = max(self.exit_code, error.exit_code)
        log.error("failed", reason=str(error))


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
        self.extract(metrics, full=full, accept_shrink=accept_shrink)
        key = self._key(self.lake.manifest())
        if not full and self._done("build") == key and (self.paths.site / "index.html").exists():
            self.report.skipped += ["warehouse", "model", "narrate", "render", "publish"]
        else:
            self.model()
            self.narrate()
            self.render()
            self.publish()
            if not self.report.failed:
                self._remember("build", self._key(self.lake.manifest()))
        self._write_report()
        return self.report

    @property
    def lake(self) -> Lake:
        """The lake of this run."""
        return Lake(self.paths.lake)

    def extract(self, metrics: Iterable[str] | None = None, *, full: bool = False, accept_shrink: bool = False) -> None:
        """Ask, archive, parse and commit. An unreachable source is noted: the last good lake is published.

        Raises:
            UsageError: The day lies before the data, or before what is there already.
        """
        self._refuse_the_past()
        with self._stage("extract"):
            try:
                done = ingest(
                    self.catalog, self.settings, self.paths, self.run,
                    metrics=metrics, full=full, accept_shrink=accept_shrink,
                )  # fmt: skip
            except SourceUnavailable as error:
                if not self.lake.manifest().parts:
                    raise
                self.report.fail(error)
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
        with self._stage("validate"):
            done = replay(self.catalog, self.settings, self.paths, self.run, accept_shrink=accept_shrink)
            self._note_ingest(done)

    def model(self) -> None:
        """Prepare the warehouse, make the forecasts, keep their vintages, add the domain layer."""
        with self._stage("warehouse"):
            states: dict[str, dict[str, object]] = {k: dict(v) for k, v in read_states(self.paths).items()}
            draft = warehouse.prepare(self.paths, self.catalog, self.lake, self.run, states)
        with self._stage("model"):
            inputs = _forecast_inputs(draft)
            key = _digest(*(frame.frame.to_csv() for frame in inputs.values()), self.run.today, _code("model"))
            if self._done("model") == key:
                self.report.skipped.append("model")
            else:
                try:
                    self._forecast(inputs)
                    self._remember("model", key)
                except PipelineError as error:
                    self.report.fail(error)
        with self._stage("views"):
            warehouse.complete(self.paths, self.lake)

    def narrate(self) -> None:
        """Write the boards' texts from facts computed in SQL."""
        with self._stage("narrate"), warehouse.connect(self.paths.warehouse) as con:
            results = write_texts(con, self.catalog.boards.values(), self.settings, self.paths, self.run)
            self.report.details["texts"] = {result.slug: result.origin for result in results}
            for result in results:
                if result.fault:
                    self.report.failed.append(f"text {result.slug}: {result.fault}")
                    self.report.exit_code = max(self.report.exit_code, 1)

    def render(self) -> None:
        """Draw the pages."""
        manifest = self.lake.manifest()
        with self._stage("render"), warehouse.connect(self.paths.warehouse) as con:
            names = [*self.catalog.metrics, *(f"_{table}" for table in FORECAST_TABLES)]
            done = render_site(
                con, self.catalog, self.paths, self.run,
                fingerprints={name: manifest.fingerprint(name) for name in names},
                parts=[part.as_json() for part in manifest.parts],
                site_url=self.settings.site_url,
            )  # fmt: skip
            self.report.details["render"] = {
                "pages": done.pages, "written": done.written, "skipped": done.skipped, "rendered": list(done.rendered),
            }  # fmt: skip
            for name, reason in done.failed.items():
                self.report.failed.append(f"page {name}: {reason}")
                self.report.exit_code = max(self.report.exit_code, 1)

    def publish(self) -> None:
        """Assemble the site and check it."""
        with self._stage("publish"), warehouse.connect(self.paths.warehouse) as con:
            done = publish_site(con, self.catalog, self.paths, self.settings, self.run)
            self.report.details["publish"] = {
                "pages": done.pages, "files": done.files, "written": done.written, "bytes": done.bytes,
            }  # fmt: skip

    def _forecast(self, inputs: dict[str, SeriesInput]) -> None:
        lake = self.lake
        known = lake.read("_forecast_value", FORECAST_KEY)
        frame = known.to_pandas() if known.num_rows else None
        result = run_models(inputs, self.run.today, settings=ModelSettings(workers=self.settings.workers), known=frame)
        for note in result.notes:
            log.info("forecast note", series=note.series, model=note.model, kind=note.kind, text=note.text)
        with lake.writing():
            transaction = lake.transaction(self.run.today)
            values, scores = _tables(result)
            transaction.put_table("_forecast_value", FORECAST_KEY, values, mode="append")
            transaction.put_table("_forecast_score", FORECAST_KEY, scores)
            transaction.commit(self.run.created)
        self.report.details["published_models"] = result.published

    def _note_ingest(self, done: IngestReport) -> None:
        self.report.details["ingest"] = {k: v for k, v in vars(done).items() if k != "failed"}
        if done.failed:
            names = ", ".join(sorted(done.failed)[:5])
            self.report.failed.append(f"{len(done.failed)} series failed ({names} …)")
            self.report.exit_code = max(self.report.exit_code, SourceUnavailable.exit_code)

    def _stage(self, name: str) -> _Stopwatch:
        return _Stopwatch(name, self.report)

    def _key(self, manifest: Manifest) -> str:
        run = (self.run.today, self.run.since, self.run.source, self.settings.site_url)
        keys = (self.settings.groq_api_key, self.settings.openrouter_api_key, self.settings.llm_api_key)
        model = (self.settings.llm_base_url, self.settings.llm_model, *(key is not None for key in keys))
        return _digest(manifest.fingerprint(), self.catalog.fingerprint, *run, *model, _code(""))

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


def _read_state(paths: Paths) -> dict[str, str]:
    path = paths.build / "state.json"
    state: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return state


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(str(part) for part in parts).encode()).hexdigest()


def _code(stage: str) -> str:
    """Return a hash of the code and templates that a stage is made of."""
    roots = [PACKAGE / stage] if stage else [PACKAGE, PACKAGE.parent / "templates", PACKAGE.parent / "site_src"]
    digest = hashlib.sha256()
    for path in sorted(p for root in roots for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(path.relative_to(PACKAGE.parent).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("mkdocs.yml", "package-lock.json"):
        digest.update((PACKAGE.parent / name).read_bytes())
    return digest.hexdigest()


def _forecast_inputs(path: Path) -> dict[str, SeriesInput]:
    """Return the daily history of each forecast series from the generated layer."""
    with warehouse.connect(path) as con:

        def daily(metric: str, entity: str) -> pd.DataFrame:
            return con.execute(
                f'SELECT day, value, hours, quality FROM "{metric}_daily" WHERE entity = ? ORDER BY day', [entity]
            ).df()

        inputs = {p.series: SeriesInput(daily(p.metric, p.entity)) for p in POLICIES}
        if "demand_daily" in inputs:
            # Demand is generation plus imports minus exports: an independent level to tell half-built days.
            balance = con.execute(
                """
                SELECT g.day, g.value + coalesce(i.value, 0) - coalesce(e.value, 0) AS value
                FROM "Gene_daily" g
                LEFT JOIN "ImpoEner_daily" i ON i.day = g.day AND i.entity = 'Sistema'
                LEFT JOIN "ExpoEner_daily" e ON e.day = g.day AND e.entity = 'Sistema'
                WHERE g.entity = 'Sistema' AND g.quality = 'ok' AND g.hours = 24 ORDER BY g.day
                """
            ).df()
            reference = pd.Series(balance["value"].to_numpy(), index=pd.to_datetime(balance["day"]))
            inputs["demand_daily"] = SeriesInput(inputs["demand_daily"].frame, reference)
    return inputs


def _tables(result: ForecastRun) -> tuple[pa.Table, pa.Table]:
    values = result.values.copy()
    for column in ("issued", "origin", "target"):
        values[column] = pd.to_datetime(values[column]).dt.date
    return (
        pa.Table.from_pandas(values, preserve_index=False),
        pa.Table.from_pandas(result.scores, preserve_index=False),
    )
