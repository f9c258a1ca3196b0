"""The line, top to bottom: source → lake → warehouse → forecasts → texts → site.

Each stage is keyed by a hash of what it reads. Unchanged inputs: nothing is recomputed, no file is rewritten, no token
is spent. A metric or a page that fails keeps its last good state; the rest is published, and the run ends non-zero
naming it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PipelineError, ShrinkRefused, SourceUnavailable
from pipeline.core.paths import Paths
from pipeline.core.processes import get_ready
from pipeline.core.run import RunInfo, RunReport
from pipeline.core.settings import Settings
from pipeline.forecast.forecasters import slow_modules
from pipeline.forecast.night import forecast_night
from pipeline.forecast.origins import ModelSettings
from pipeline.ingest.drift import with_reopened
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.states import IngestReport, read_memory
from pipeline.narrate.write import write_texts
from pipeline.site.build import build_site
from pipeline.site.rendering import drawers
from pipeline.site.reports.issue import publish_reports
from pipeline.site.run_report import write_run_report
from pipeline.store import warehouse
from pipeline.store.done import code_of, is_done, key_of_inputs, remember
from pipeline.store.forecast_inputs import read_inputs
from pipeline.store.forecast_log import ForecastLog
from pipeline.store.lake import Lake
from pipeline.store.retention import Keep
from pipeline.store.submissions import read_submissions

_NO_ADDRESS = (
    "PORTAL_SITE_URL is not set: the site map is empty, feeds and citations have no full addresses, and below a path "
    "(https://…/repo/) the page of a wrong address has no style — set it to the portal's public address"
)


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

    @property
    def lake(self) -> Lake:
        """The lake of this run."""
        return Lake(self.paths.lake, Keep.of(self.settings))

    def build(
        self, metrics: Iterable[str] | None = None, *, full: bool = False, accept_shrink: bool = False
    ) -> RunReport:
        """Run the whole line; return what happened, which is written down also where it broke off."""
        try:
            self._build(metrics, full=full, accept_shrink=accept_shrink)
        except PipelineError as error:
            self.report.fail(str(error), error.exit_code)
            with suppress(PipelineError, OSError):  # what stopped the run may stop its report too
                self._write_report()
            raise
        self._write_report()
        return self.report

    def _build(self, metrics: Iterable[str] | None, *, full: bool, accept_shrink: bool) -> None:
        self.ingest(metrics, full=full, accept_shrink=accept_shrink)
        if not full and is_done(self.paths, "build", self._inputs()) and (self.paths.site / "index.html").exists():
            self.report.skipped += ["warehouse", "forecast", "narrate", "reports", "site"]
        else:
            self.forecast()
            self.narrate()
            self.reports()
            self.site()
            if not self.report.failed:
                remember(self.paths, "build", self._inputs())

    def _write_report(self) -> None:
        write_run_report(self.settings, self.paths, self.run, self.report, self.lake.manifest())

    def ingest(self, metrics: Iterable[str] | None = None, *, full: bool = False, accept_shrink: bool = False) -> None:
        """Ask, archive, parse and commit. An unreachable source is noted: the last good lake is published."""
        with self.report.stage("ingest"):
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

    def replay(self, *, accept_shrink: bool = False) -> None:
        """Parse the archive again, commit what changes and make damaged parts again; the source is not asked."""
        with self.report.stage("replay"):
            self._note_ingest(replay(self.catalog, self.settings, self.paths, self.run, accept_shrink=accept_shrink))

    def forecast(self) -> None:
        """Prepare the warehouse, make the forecasts, keep their vintages, add the domain layer."""
        if drawers(self.catalog, self.settings.workers) > 1:
            get_ready([*slow_modules(), build_site.__module__])  # while one core makes the warehouse
        with self.report.stage("warehouse"):
            self.catalog = with_reopened(self.catalog, self.lake.manifest())
            memory = read_memory(self.paths)
            draft = warehouse.prepare(
                self.paths, self.catalog, self.lake, self.run, memory.series, memory.sources, memory.lost
            )
        with self.report.stage("forecast"):
            try:
                log = ForecastLog(self.lake)
                size = ModelSettings(workers=self.settings.workers, dask=self.settings.dask or "")
                inputs, agents = read_inputs(draft, self.catalog.forecasts)
                sent = read_submissions(self.paths.submissions, self.catalog.forecasts)
                inputs = {series: replace(given, outside=sent.rows.get(series)) for series, given in inputs.items()}
                for reason in sent.refused:
                    self.report.fail(reason)
                made = forecast_night(inputs, agents, self.catalog, self.run.today, log, code_of("forecast"), size)
                log.keep(made.rows, self.run)
                told = {"series": made.series, "agents": made.agents, "shown": made.published}
                self.report.details["forecast"] = told
                if not made.series and not made.agents:
                    self.report.skipped.append("forecast")
            except PipelineError as error:
                self.report.fail(str(error), error.exit_code)
        with self.report.stage("views"):
            warehouse.complete(self.paths, self.catalog, self.lake)

    def narrate(self) -> None:
        """Write the boards' texts from claims computed in SQL."""
        with self.report.stage("narrate"), warehouse.connect(self.paths.warehouse) as con:
            done = write_texts(con, self.catalog.boards.values(), self.settings, self.paths, self.run)
            self.report.details["texts"] = {result.slug: result.origin for result in done.results}
            if done.requests or done.faults:
                self.report.details["models"] = {name: value for name, value in vars(done).items() if name != "results"}
            self.report.notes += [f"language model {fault}: rules made the plan" for fault in done.faults]
            for result in done.results:
                if result.fault:
                    self.report.fail(f"text {result.slug}: {result.fault}")

    def reports(self, span: tuple[dt.date, dt.date] | None = None) -> None:
        """Publish the reports that are due, for good; with `span`, those of its days that are not there yet."""
        with self.report.stage("reports"), warehouse.connect(self.paths.warehouse) as con:
            try:
                done = publish_reports(con, self.catalog, self.paths, self.settings, self.run, span)
            except PipelineError as error:
                self.report.fail(str(error), error.exit_code)
                return
            self.report.details["reports"] = done.made
            for name, reason in done.failed.items():
                self.report.fail(f"report {name}: {reason}")

    def site(self) -> None:
        """Draw the pages, assemble the site and check it."""
        with self.report.stage("site"), warehouse.connect(self.paths.warehouse) as con:
            self.catalog = with_reopened(self.catalog, self.lake.manifest())
            done = build_site(con, self.catalog, self.paths, self.settings, self.run)
            self.report.details["site"] = done.told()
            if self.run.source == "xm" and not self.settings.site_url:
                self.report.notes.append(_NO_ADDRESS)
            for name, reason in done.drawn.failed.items():
                self.report.fail(f"page {name}: {reason}")

    def _note_ingest(self, done: IngestReport) -> None:
        self.report.details["ingest"] = {k: v for k, v in vars(done).items() if k != "failed"}
        for line in done.failures():
            self.report.fail(line, SourceUnavailable.exit_code)
        for line in done.held_back:  # trying again does not help: a person decides
            self.report.fail(f"held back until catalog/corrections.yml decides: {line}", ShrinkRefused.exit_code)

    def _inputs(self) -> str:
        """Return a key of all that the pages are made of; they also tell how the night went, and who wrote."""
        run, own = self.run, self.settings
        keys = (own.groq_api_key, own.openrouter_api_key, own.llm_api_key)
        sources = json.dumps(read_memory(self.paths).sources, sort_keys=True)
        return key_of_inputs(
            self.lake.manifest().fingerprint(), self.catalog.fingerprint, run.today, run.since, run.source,
            own.site_url, own.llm_base_url, own.llm_model, *(key is not None for key in keys), sources, code_of(),
        )  # fmt: skip
