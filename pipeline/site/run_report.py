"""How a run went, for people and for machines: `run.json`, `run.html` and `metrics.prom` in the folder of reports.

They are of the run, not of the site: pages that change every night cost bytes. `deploy/alerts.yml` reads the metrics.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import duckdb

from pipeline.core import clock
from pipeline.core.errors import StoreError
from pipeline.core.host import budget_of
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo, RunReport
from pipeline.core.settings import Settings
from pipeline.site.context import environment
from pipeline.store import warehouse
from pipeline.store.atomic import write_bytes, write_json
from pipeline.store.manifest import Manifest

STATES = ("ok", "late", "ended", "empty", "failed")
_HELP: Mapping[str, str] = {
    "portal_info": "Version of the program and whose data these are",
    "portal_run_exit_code": "Exit code of the last run: 0 well, 1 a person must look, 75 try again later",
    "portal_run_created_seconds": "When the last run was begun (Unix time)",
    "portal_run_failures": "What failed and kept its last good state",
    "portal_run_stage_seconds": "How long each stage took",
    "portal_held_back": "Changes that wait for a decision of a person",
    "portal_source_down": "Sources that did not answer",
    "portal_series": "Series by state",
    "portal_series_lag_days": "Age of the newest day of a series",
    "portal_series_objective_days": "Age that the newest day of a series should not exceed",
    "portal_lake_bytes": "Parts of the state in use",
    "portal_lake_rows": "Rows of the state in use",
    "portal_disk_free_bytes": "Room left where the data lie",
    "portal_site_bytes": "The built site",
    "portal_site_limit_bytes": "What the host accepts",
}


class Sample(NamedTuple):
    """One measured value: a name of `_HELP`, the value, its labels."""

    name: str
    value: float
    labels: Mapping[str, str] = {}


class SeriesAge(NamedTuple):
    """A series, its state (`series_state`), and the age of its newest day beside the one that makes it late [days]."""

    series: str
    state: str
    lag: int | None
    objective: int | None
    reason: str


def ages(con: duckdb.DuckDBPyConnection) -> list[SeriesAge]:
    """Return the age of every series, as the page *Estado* tells it. Events and what has ended have no objective."""
    query = "SELECT metric || '/' || entity, state, lag, late_after, coalesce(reason, '') FROM series_state ORDER BY 1"
    return [SeriesAge(*row) for row in con.execute(query).fetchall()]


def samples(
    report: RunReport, run: RunInfo, series: Iterable[SeriesAge], manifest: Manifest, room: Mapping[str, float]
) -> list[Sample]:
    """Return what a run measured.

    Args:
        report: What happened.
        run: Its identity.
        series: Ages of the series.
        manifest: The state of the lake.
        room: Free room, size and limit of the site, by name [B].
    """
    ingest, known = report.details.get("ingest"), list(series)
    told = ingest if isinstance(ingest, dict) else {}
    states, aged = [each.state for each in known], [each for each in known if each.objective is not None]
    return [
        Sample("portal_info", 1, {"version": run.code_version, "source": run.source}),
        Sample("portal_run_exit_code", report.exit_code),
        Sample("portal_run_created_seconds", run.created.replace(tzinfo=clock.BOGOTA).timestamp()),
        Sample("portal_run_failures", len(report.failed)),
        *(Sample("portal_run_stage_seconds", taken, {"stage": stage}) for stage, taken in report.seconds.items()),
        Sample("portal_held_back", len(told.get("held_back", ()))),
        *(Sample("portal_source_down", 1, {"source": name}) for name in told.get("down", ())),
        *(Sample("portal_series", states.count(state), {"state": state}) for state in STATES),
        *(Sample("portal_series_lag_days", s.lag, {"series": s.series}) for s in aged if s.lag is not None),
        *(Sample("portal_series_objective_days", s.objective, {"series": s.series}) for s in aged if s.objective),
        Sample("portal_lake_bytes", sum(part.bytes for part in manifest.parts)),
        Sample("portal_lake_rows", sum(part.rows for part in manifest.parts)),
        *(Sample(f"portal_{name}_bytes", size) for name, size in room.items()),
    ]


def exposition(measured: Iterable[Sample]) -> str:
    """Return samples in Prometheus' text format, each name with its help once."""
    lines: list[str] = []
    for name, value, labels in measured:
        if f"# TYPE {name} gauge" not in lines:
            lines += [f"# HELP {name} {_HELP[name]}", f"# TYPE {name} gauge"]
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{f'{{{told}}}' if told else ''} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def write_run_report(settings: Settings, paths: Paths, run: RunInfo, report: RunReport, manifest: Manifest) -> None:
    """Write what a run leaves behind, also where it broke off; without a warehouse nothing is known of the series."""
    series: list[SeriesAge] = []
    if paths.warehouse.exists():
        try:
            with warehouse.connect(paths.warehouse) as con:
                series = ages(con)
        except (StoreError, duckdb.Error):  # it broke off before it was made
            series = []
    site, limit = report.details.get("site"), budget_of(settings).site
    room = {"disk_free": float(shutil.disk_usage(paths.data).free)}
    room |= {"site": float(site["bytes"])} if isinstance(site, dict) else {}
    room |= {"site_limit": float(limit)} if limit else {}
    measured = samples(report, run, series, manifest, room)
    page = environment(paths.templates).get_template("reports/run.html")
    late = [each for each in series if each.state in {"late", "failed"}]
    sizes = {sample.name: sample.value for sample in measured if sample.name.endswith("_bytes")}
    text = page.render(report=report, run=run, late=late, count=len(series), sizes=sizes)
    write_json(paths.reports / "run.json", vars(report))
    write_bytes(paths.reports / "metrics.prom", exposition(measured).encode())
    write_bytes(paths.reports / "run.html", text.encode())
