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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa

from pipeline.catalog.forecasts import Policy
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PipelineError, SourceUnavailable, UsageError
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.ingest.contract import IngestReport
from pipeline.ingest.run import ingest, replay
from pipeline.ingest.states import read_states
from pipeline.model.agents import SETTINGS as AGENT_SETTINGS
from pipeline.model.agents import due, run_agents
from pipeline.model.contract import VALUE_COLUMNS, ModelSettings, SeriesInput
from pipeline.model.run import run as run_models
from pipeline.narrate.write import write_texts
from pipeline.publish.host import check_ahead
from pipeline.publish.site import publish_site
from pipeline.render.site import render_site
from pipeline.store import warehouse
from pipeline.store.atomic import write_json
from pipeline.store.forecasts import FORECAST_TABLES
from pipeline.store.forecasts import KEYS as FORECAST_KEYS
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
        return Lake(self.paths.lake, Keep.of(self.settings))

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
            inputs, agents = _forecast_inputs(draft, self.catalog.forecasts)
            data = [text for given in inputs.values() for text in _as_text(given)]
            key = _digest(*data, agents.to_csv(), self.catalog.fingerprint, self.run.today, _code("model"))
            if self._done("model") == key:
                self.report.skipped.append("model")
            else:
                try:
                    self._forecast(inputs, agents)
                    self._remember("model", key)
                except PipelineError as error:
                    self.report.fail(error)
        with self._stage("views"):
            warehouse.complete(self.paths, self.catalog, self.lake)

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
            check_ahead(con, self.catalog, manifest, self.settings, self.run.today)
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

    def _forecast(self, inputs: dict[str, SeriesInput], agents: pd.DataFrame) -> None:
        """Make the forecasts and keep them: vintages are appended, what follows from them is replaced."""
        settings = ModelSettings(workers=self.settings.workers, dask=self.settings.dask or "")
        known = {key: self._vintages(key) for key in FORECAST_KEYS}
        policies, corrections = self.catalog.forecasts, self.catalog.corrections
        past = pd.concat([known["daily"], known["hourly"]], ignore_index=True)
        result = run_models(inputs, self.run.today, policies, settings, past, corrections)
        for note in result.notes:
            log.info("forecast note", series=note.series, model=note.model, kind=note.kind, text=note.text)
        tables = {
            ("_forecast_value", "daily"): result.values,
            ("_forecast_value", "hourly"): result.hourly,
            ("_forecast_score", "daily"): result.scores,
            ("_forecast_policy", "daily"): result.policies,
            ("_forecast_effect", "daily"): result.effects,
            ("_forecast_miss", "daily"): result.misses,
        }
        if len(agents) and due(known["agents"], self.run.today):
            size = replace(AGENT_SETTINGS, workers=settings.workers, dask=settings.dask)
            batch = run_agents(agents, self.run.today, known["agents"], size)
            tables["_forecast_value", "agents"] = batch.values
            tables["_forecast_score", "agents"] = batch.scores
            tables["_forecast_policy", "agents"] = batch.policies
        lake = self.lake
        with lake.writing():
            transaction = lake.transaction(self.run.today)
            for (metric, key), frame in tables.items():
                if metric == "_forecast_value" and frame.empty:
                    continue
                mode: Literal["append", "replace"] = "append" if metric == "_forecast_value" else "replace"
                transaction.put_table(metric, key, _table(frame), mode=mode)
            transaction.commit(self.run.created)
        self.report.details["published_models"] = result.published

    def _vintages(self, key: str) -> pd.DataFrame:
        """Return the forecasts of earlier runs; none is an empty frame."""
        table = self.lake.read("_forecast_value", key)
        return table.to_pandas() if table.num_rows else pd.DataFrame(columns=list(VALUE_COLUMNS))

    def _note_ingest(self, done: IngestReport) -> None:
        self.report.details["ingest"] = {k: v for k, v in vars(done).items() if k != "failed"}
        if done.failed:
            self.report.failed += _by_reason(done.failed)
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
    for name in ("mkdocs.yml", "package-lock.json"):
        digest.update((PACKAGE.parent / name).read_bytes())
    return digest.hexdigest()


def _as_text(given: SeriesInput) -> Iterator[str]:
    """Yield all that a series' forecast may depend on."""
    yield given.frame.to_csv()
    for other in (given.reference, given.drivers):
        if other is not None:
            yield other.to_csv()


def _forecast_inputs(path: Path, policies: Iterable[Policy]) -> tuple[dict[str, SeriesInput], pd.DataFrame]:
    """Return the history of each forecast series, and that of the agents in one frame, from the domain layer."""
    with warehouse.connect(path) as con:
        drivers = con.execute("SELECT name, day, value FROM forecast_driver ORDER BY name, day").df()
        table = drivers.assign(day=pd.to_datetime(drivers["day"])).pivot_table(
            index="day", columns="name", values="value", aggfunc="last"
        )
        inputs = {}
        for policy in policies:
            if policy.grain == "hourly":
                view, columns = "forecast_input_hourly", "ts, value, quality"
            else:
                view, columns = "forecast_input", "day, value, hours, quality, reference"
            sql = f"SELECT {columns} FROM {view} WHERE series = ? ORDER BY 1"
            frame = con.execute(sql, [policy.series]).df()
            reference = None
            if "reference" in frame and frame["reference"].notna().any():
                known = frame[frame["reference"].notna()]
                reference = pd.Series(known["reference"].to_numpy(), index=pd.to_datetime(known["day"]))
            frame = frame.drop(columns="reference", errors="ignore")
            inputs[policy.series] = SeriesInput(frame, reference, table if policy.drivers else None)
        agents = con.execute(
            "SELECT series, day, value, hours, quality FROM forecast_input_agents ORDER BY series, day"
        ).df()
    return inputs, agents


def _table(frame: pd.DataFrame) -> pa.Table:
    """Return a forecast table as the lake keeps it: days as dates, hours as times of milliseconds, texts plain."""
    made = frame.copy()
    columns: dict[str, pa.DataType] = {"h": pa.int32(), "n": pa.int32(), "origins": pa.int32(), "horizon": pa.int32()}
    for name in ("issued", "origin", "target"):
        if name not in made:
            continue
        stamps = pd.to_datetime(made[name])
        hours = name == "target" and bool((stamps != stamps.dt.normalize()).any())
        columns[name] = pa.timestamp("ms") if hours else pa.date32()
        made[name] = stamps if hours else stamps.dt.date
    table = pa.Table.from_pandas(made, preserve_index=False)
    # Texts as the lake reads them back, or a night could not be added to the last one; a column without any is text.
    texts = [f.name for f in table.schema if pa.types.is_large_string(f.type) or pa.types.is_null(f.type)]
    columns = dict.fromkeys(texts, pa.string()) | columns
    schema = pa.schema([field.with_type(columns.get(field.name, field.type)) for field in table.schema])
    return table.cast(schema)
