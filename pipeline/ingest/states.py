"""What was asked and how it ended, kept in `data/ingest.json` from one run to the next."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NotRequired, TypedDict

from pipeline.catalog.schema import Metric
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.log import get_logger
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.ingest.rows import Balance
from pipeline.ingest.windows import Status
from pipeline.store.atomic import write_json

log = get_logger("ingest")
FIRST_DAY = dt.date(2000, 1, 1)  # XM publishes nothing older
NOT_CONFIGURED = "not_configured"  # nobody said where the source is: no data, and no failure
_NAMED = {"held": "no_room"}  # what files of older releases call it
NOT_ASKED = "not_asked"  # its turn has not come: the past is brought in over several nights


class Window(TypedDict):
    """How the last question about one window ended."""

    end: str
    asked: str
    status: Status
    reason: str


class SeriesMemory(TypedDict):
    """What is known of one series: its windows by start day, where it stands, the longest span the source takes."""

    state: str
    reason: str
    windows: dict[str, Window]
    longest: NotRequired[int]


class SourceMemory(TypedDict, total=False):
    """What is known of one source: how much of the past was asked, what ails it, when its catalogue was compared.

    Attributes:
        wanted: Windows wanted since the first day.
        asked: Those of them that were ever asked.
        complete_since: First day from which everything was asked; empty when not even the newest days were.
        down: Code of what kept it from being asked in the last run; empty when nothing did.
        compared: Last day on which its own list of metrics was compared with the catalogue.
        no_room: The host that has no room for more of the past; empty where there is room.
    """

    wanted: int
    asked: int
    complete_since: str
    down: str
    compared: str
    no_room: str


class LostSpan(TypedDict):
    """A part of the lake that was lost: its series or table, its days (empty: it has none), when it was told first."""

    metric: str
    entity: str
    start: str
    end: str
    told: str


@dataclass(frozen=True)
class Wanted:
    """What a lake is to hold: since when, and which metrics (None: all)."""

    since: dt.date
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Progress:
    """Windows wanted, windows ever asked, and the first day (ISO) from which everything was asked."""

    wanted: int
    asked: int
    complete_since: str

    def __add__(self, other: Progress) -> Progress:
        both = self.complete_since, other.complete_since
        return Progress(self.wanted + other.wanted, self.asked + other.asked, max(both) if all(both) else "")


States = dict[str, SeriesMemory]


def fresh_state() -> SeriesMemory:
    """Return the state of a series nobody asked for yet."""
    return {"state": "", "reason": "", "windows": {}}


def fail(states: States, key: str, reason: str) -> None:
    """Note that a series (`Metric/Entity`) failed; it keeps its last good rows."""
    state = states.setdefault(key, fresh_state())
    state["state"], state["reason"] = "failed", reason


@dataclass
class IngestReport:
    """Account of one ingest. Cells: see `Balance`."""

    asked: int = 0
    failed_windows: int = 0
    cells: int = 0
    accepted: int = 0
    blank: int = 0
    duplicate: int = 0
    clipped: int = 0
    quarantined: int = 0
    rejects: int = 0
    rows_added: int = 0
    rows_revised: int = 0
    rows_withdrawn: int = 0
    rows_held: int = 0
    bytes: int = 0
    seconds: float = 0.0
    changed: bool = False
    gaps: int = 0
    """Gaps open after this ingest."""
    unknown_codes: int = 0
    drift: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    held_back: list[str] = field(default_factory=list)
    """Series with changes that wait for a person: a line each with days, old and new value."""
    renames: list[str] = field(default_factory=list)
    """Codes that look renamed: a line a pair with the evidence, and what to declare."""
    failed: dict[str, str] = field(default_factory=dict)
    down: dict[str, str] = field(default_factory=dict)
    """Sources that could not be asked at all, with the code of the reason."""
    progress: dict[str, dict[str, object]] = field(default_factory=dict)
    """By source, and for `all`: windows wanted, asked, and since when all of them were asked."""

    def count(self, balance: Balance) -> None:
        """Add the cells of a series."""
        for name, cells in vars(balance).items():
            setattr(self, name, getattr(self, name) + cells)

    @property
    def balance(self) -> Balance:
        """The cells of the whole ingest."""
        return Balance(self.cells, self.accepted, self.blank, self.duplicate, self.clipped, self.quarantined)

    def failures(self) -> list[str]:
        """Return one line a cause: what it stopped, five by name."""
        series: dict[str, list[str]] = {}
        for name, reason in sorted(self.failed.items()):
            series.setdefault(reason, []).append(name)
        more = {reason: f" and {len(names) - 5} more" if len(names) > 5 else "" for reason, names in series.items()}
        return [f"{', '.join(names[:5])}{more[reason]}: {reason or 'no reason'}" for reason, names in series.items()]


@dataclass
class Memory:
    """`data/ingest.json`: whose data these are, what is wanted, known of each source and series, and was lost."""

    source: str | None = None
    wanted: Wanted | None = None
    sources: dict[str, SourceMemory] = field(default_factory=dict)
    series: States = field(default_factory=dict)
    lost: list[LostSpan] = field(default_factory=list)

    def want(self, wanted: Wanted, source: str) -> None:
        """Keep what is wanted, and of whose data, and say so when it changes."""
        if self.wanted != wanted:
            names = "all" if wanted.metrics is None else ",".join(wanted.metrics)
            log.info("wanted from now on", since=wanted.since.isoformat(), metrics=names)
        self.wanted, self.source = wanted, source

    def as_json(self) -> dict[str, object]:
        """Return the document."""
        wanted = self.wanted and {
            "since": self.wanted.since.isoformat(),
            "metrics": None if self.wanted.metrics is None else list(self.wanted.metrics),
        }
        series = {key: {**state, "windows": _packed(state["windows"])} for key, state in self.series.items()}
        document = {"source": self.source, "wanted": wanted, "sources": self.sources, "series": series}
        return document | ({"lost": self.lost} if self.lost else {})


def read_memory(paths: Paths) -> Memory:
    """Return what the last ingest left; nothing where there was none.

    Raises:
        PartCorrupt: The file is damaged.
    """
    try:
        data = paths.ingest.read_bytes()
    except FileNotFoundError:
        return Memory()
    return parse_memory(data, paths.ingest)


def parse_memory(data: bytes, path: Path) -> Memory:
    """Return what the content of `ingest.json` says. Files of before have no `wanted`, and name each window apart.

    Raises:
        PartCorrupt: It is damaged.
    """
    try:
        document = json.loads(data)
        told = document.get("wanted")
        wanted = told and Wanted(
            dt.date.fromisoformat(told["since"]), None if told["metrics"] is None else tuple(told["metrics"])
        )
        entries: dict[str, SeriesMemory] = document["series"]
        series: States = {key: {**state, "windows": _unpacked(state["windows"])} for key, state in entries.items()}
        lost: list[LostSpan] = [dict(span) for span in document.get("lost", [])]  # type: ignore[misc]
        sources: dict[str, SourceMemory] = {
            name: {_NAMED.get(field, field): told for field, told in state.items()}  # type: ignore[misc]
            for name, state in document.get("sources", {}).items()
        }
        return Memory(document["source"], wanted, sources, series, lost)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PartCorrupt(
            f"What was asked of the sources cannot be read: {type(error).__name__}",
            hint="./inv restore --from a published portal brings it back; or delete the file: the lake stays as it is, "
            "and the next run asks again for what is wanted",
            path=path,
        ) from error


class _Run(TypedDict):
    """Windows that follow each other, asked on one day with one end: named one by one they are 6 MB since 2000."""

    asked: str
    status: Status
    reason: str
    start: str
    ends: list[str]


def _packed(windows: dict[str, Window]) -> list[_Run]:
    """Return windows as runs, in the order of their days."""
    runs: list[_Run] = []
    for start, window in sorted(windows.items()):
        asked, status, reason = window["asked"], window["status"], window["reason"]
        last = runs[-1] if runs else None
        if (
            last is not None
            and (last["asked"], last["status"], last["reason"]) == (asked, status, reason)
            and _day_after(last["ends"][-1]) == start
        ):
            last["ends"].append(window["end"])
        else:
            runs.append({"asked": asked, "status": status, "reason": reason, "start": start, "ends": [window["end"]]})
    return runs


def _unpacked(told: list[_Run] | dict[str, Window]) -> dict[str, Window]:
    """Return the windows of runs by start day; of a file of before as they are."""
    if isinstance(told, dict):
        return dict(told)
    windows: dict[str, Window] = {}
    for run in told:
        starts = [run["start"], *map(_day_after, run["ends"][:-1])]
        for start, end in zip(starts, run["ends"], strict=True):
            windows[start] = {"end": end, "asked": run["asked"], "status": run["status"], "reason": run["reason"]}
    return windows


def _day_after(day: str) -> str:
    """Return the next day (ISO); nothing after what is no day."""
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat() if day[:1].isdigit() else ""


def write_memory(paths: Paths, memory: Memory) -> None:
    """Keep it for the next run."""
    write_json(paths.ingest, memory.as_json())


def read_states(paths: Paths) -> States:
    """Return the state of every series as the last ingest left it."""
    return read_memory(paths).series


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


def refuse_past(paths: Paths, run: RunInfo) -> None:
    """Keep a run from a day before the data, or before what was asked already.

    Raises:
        UsageError: It stands on such a day.
    """
    if run.today < FIRST_DAY:
        raise UsageError(f"There are no data before {FIRST_DAY}", hint="give a later --today", today=run.today)
    windows = (window for state in read_states(paths).values() for window in state["windows"].values())
    newest = max((window["asked"] for window in windows), default="")
    if newest > run.today.isoformat():
        raise UsageError(
            f"{paths.data} was brought up to date on {newest}, after --today {run.today}",
            hint="give that day or a later one, or point PORTAL_DATA_DIR to another folder",
        )


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
