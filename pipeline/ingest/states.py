"""What was asked and how it ended, kept in `data/ingest.json` from one run to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.catalog.schema import Metric
from pipeline.core.errors import UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.extract.contract import Outcome, WindowRequest
from pipeline.ingest.contract import IngestReport, SeriesState, States, Window, fresh_state
from pipeline.store.atomic import write_json

NOT_CONFIGURED = "not_configured"  # nobody said where the source is: no data, and no failure


def read_states(paths: Paths) -> States:
    """Return the state of every series as the last ingest left it."""
    if not paths.ingest.exists():
        return {}
    document: dict[str, dict[str, SeriesState]] = json.loads(paths.ingest.read_text())
    return document["series"]


def write_states(paths: Paths, run: RunInfo, states: States) -> None:
    """Keep the states for the next run."""
    write_json(paths.ingest, {"source": run.source, "series": states})


def refuse_mixing(paths: Paths, run: RunInfo) -> None:
    """Keep simulated, replayed and real data apart: a folder belongs to the source that filled it first.

    Raises:
        UsageError: The folder holds data of another kind.
    """
    if not paths.ingest.exists():
        return
    owner = json.loads(paths.ingest.read_text()).get("source")
    if owner != run.source:
        raise UsageError(
            f"{paths.data} holds {owner} data and this run brings {run.source} data",
            hint="point PORTAL_DATA_DIR to another folder, or empty this one with ./inv clean --data",
        )


def window_key(request: WindowRequest) -> str:
    """Return the key of a window in its series' state."""
    return "list" if request.metric.grain == "list" else request.start.isoformat()


def note_outcomes(
    outcomes: list[Outcome[WindowRequest]], states: States, run: RunInfo, report: IngestReport
) -> dict[str, str]:
    """Remember how each window ended; return the series the source refused, with its words."""
    refused: dict[str, str] = {}
    for outcome in outcomes:
        request = outcome.request
        state = states.setdefault(request.key, fresh_state())
        state["windows"][window_key(request)] = {
            "end": request.end.isoformat(), "asked": run.today.isoformat(), "status": outcome.status,
            "reason": outcome.reason if outcome.status not in {"ok", "empty"} else "",
        }  # fmt: skip
        state["state"] = state["reason"] = ""
        if outcome.status in {"retry_later", "permanent"}:
            report.failed_windows += 1
            refused[request.key] = outcome.reason
    return refused


def settle_state(states: States, metric: Metric, entity: str, *, rows: int, run: RunInfo) -> None:
    """Give a series that did not fail its state: `ok` with rows, `empty` with the reason why."""
    state = states.setdefault(f"{metric.id}/{entity}", fresh_state())
    if state["state"] == "failed":
        return
    state["state"] = "ok" if rows else "empty"
    if rows or state["reason"] != NOT_CONFIGURED:
        state["reason"] = "" if rows else _why_empty(metric, run)


def _why_empty(metric: Metric, run: RunInfo) -> str:
    """Return a code that core.spanish.reason turns into words."""
    if metric.ends and metric.ends < run.since:
        return f"ended {metric.ends.isoformat()}"
    if metric.starts and metric.starts > run.today:
        return f"starts {metric.starts.isoformat()}"
    if metric.sparse:
        return "no_event"
    if (run.today - run.since).days <= metric.lag_days:
        return "not_yet"
    return "no_data"


def prune(states: States) -> None:
    """Forget windows that lie inside another one asked on the same day or later (the range of a run moves)."""
    for state in states.values():
        reached, newest = "", ""
        kept: dict[str, Window] = {}
        for start, window in sorted(state["windows"].items()):
            if window["end"] <= reached and window["asked"] <= newest:
                continue
            kept[start] = window
            if window["end"] > reached:
                reached, newest = window["end"], window["asked"]
        state["windows"] = kept


def summarise(report: IngestReport, states: Mapping[str, SeriesState]) -> None:
    """Count the states into the report and name what failed."""
    for key, state in states.items():
        report.states[state["state"]] = report.states.get(state["state"], 0) + 1
        if state["state"] == "failed":
            report.failed[key] = state["reason"]
