"""What was asked and how it ended, kept in `data/ingest.json` from one run to the next."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.catalog.schema import Metric
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.ingest.job import IngestReport, SeriesMemory, SourceMemory, States, Wanted, Window, fresh_state
from pipeline.ingest.windows import WindowOutcome, WindowRequest
from pipeline.store.atomic import write_json

NOT_CONFIGURED = "not_configured"  # nobody said where the source is: no data, and no failure
NOT_ASKED = "not_asked"  # its turn has not come: the past is brought in over several nights


@dataclass
class Memory:
    """`data/ingest.json`: whose data these are, what is wanted, what is known of each source and each series."""

    source: str | None = None
    wanted: Wanted | None = None
    sources: dict[str, SourceMemory] = field(default_factory=dict)
    series: States = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the document."""
        wanted = self.wanted and {
            "since": self.wanted.since.isoformat(),
            "metrics": None if self.wanted.metrics is None else list(self.wanted.metrics),
        }
        return {"source": self.source, "wanted": wanted, "sources": self.sources, "series": self.series}


def read_memory(paths: Paths) -> Memory:
    """Return what the last ingest left; nothing where there was none. Files of before `wanted` have none.

    Raises:
        PartCorrupt: The file is damaged.
    """
    try:
        document = json.loads(paths.ingest.read_bytes())
        told = document.get("wanted")
        wanted = told and Wanted(
            dt.date.fromisoformat(told["since"]), None if told["metrics"] is None else tuple(told["metrics"])
        )
        entries: dict[str, SeriesMemory] = document["series"]
        series: States = {key: {**state, "windows": dict(state["windows"])} for key, state in entries.items()}
        return Memory(document["source"], wanted, dict(document.get("sources", {})), series)
    except FileNotFoundError:
        return Memory()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PartCorrupt(
            f"What was asked of the sources cannot be read: {type(error).__name__}",
            hint="./inv restore --from a published portal brings it back; or delete the file: the lake stays as it is, "
            "and the next run asks again for what is wanted",
            path=paths.ingest,
        ) from error


def write_memory(paths: Paths, memory: Memory) -> None:
    """Keep it for the next run."""
    write_json(paths.ingest, memory.as_json())


def read_states(paths: Paths) -> States:
    """Return the state of every series as the last ingest left it."""
    return read_memory(paths).series


def write_states(paths: Paths, run: RunInfo, states: States) -> None:
    """Keep the states of the series for the next run, and the rest as it is."""
    write_memory(paths, replace(read_memory(paths), source=run.source, series=states))


def choose_wanted(
    paths: Paths, since: dt.date | None, metrics: Sequence[str] | None, first: dt.date
) -> tuple[dt.date, list[str] | None]:
    """Return since when, and which metrics, are wanted: what is told now, else what is kept with the lake.

    Args:
        paths: Where things lie.
        since: What the command line or a setting says; None: nothing.
        metrics: The same; `["all"]` forgets an earlier choice.
        first: First day of a lake for which nobody ever said any.
    """
    kept = read_memory(paths).wanted or Wanted(first)
    chosen = kept.metrics if metrics is None else None if list(metrics) == ["all"] else tuple(metrics)
    return since or kept.since, None if chosen is None else list(chosen)


def refuse_mixing(paths: Paths, run: RunInfo) -> None:
    """Keep simulated, replayed and real data apart: a folder belongs to the source that filled it first.

    Raises:
        UsageError: The folder holds data of another kind.
    """
    owner = read_memory(paths).source
    if owner is not None and owner != run.source:
        raise UsageError(
            f"{paths.data} holds {owner} data and this run brings {run.source} data",
            hint="point PORTAL_DATA_DIR to another folder, or empty this one with ./inv clean --data",
        )


def is_calendar(metric: Metric) -> bool:
    """Say whether a list grows by period, and is asked for in windows like a series."""
    return metric.grain == "list" and metric.simem is not None and not metric.simem.snapshot


def window_key(request: WindowRequest) -> str:
    """Return the key of a window in its series' state."""
    listed = request.metric.grain == "list" and not is_calendar(request.metric)
    return "list" if listed else request.start.isoformat()


def note_outcomes(
    outcomes: list[WindowOutcome[WindowRequest]], states: States, run: RunInfo, report: IngestReport
) -> dict[str, str]:
    """Remember how each window that was asked ended; return the series the source refused, with its words."""
    refused: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.status == "unsent":
            continue
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


def settle_state(
    states: States, metric: Metric, entity: str, *, rows: int, run: RunInfo, pending: bool = False
) -> None:
    """Give a series that did not fail its state: `ok` with rows, `empty` with the reason why.

    Args:
        states: Of every series.
        metric: Declaration of the series.
        entity: Its entity kind.
        rows: What the lake holds of it.
        run: The day of the run, and since when.
        pending: Some of what is wanted of it was never asked.
    """
    state = states.setdefault(f"{metric.id}/{entity}", fresh_state())
    if state["state"] == "failed":
        return
    state["state"] = "ok" if rows else "empty"
    if rows or state["reason"] != NOT_CONFIGURED:
        state["reason"] = "" if rows else _why_empty(metric, run, pending=pending and not state["windows"])
        if not rows and pending and state["reason"] == "no_data":
            state["reason"] = NOT_ASKED


def _why_empty(metric: Metric, run: RunInfo, *, pending: bool) -> str:
    """Return a code that core.spanish.reason turns into words."""
    if metric.ends and metric.ends < run.since:
        return f"ended {metric.ends.isoformat()}"
    if metric.starts and metric.starts > run.today:
        return f"starts {metric.starts.isoformat()}"
    if pending:
        return NOT_ASKED
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


def summarise(report: IngestReport, states: Mapping[str, SeriesMemory]) -> None:
    """Count the states into the report and name what failed."""
    for key, state in states.items():
        report.states[state["state"]] = report.states.get(state["state"], 0) + 1
        if state["state"] == "failed":
            report.failed[key] = state["reason"]
