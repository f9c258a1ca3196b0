"""What of the past a lake keeps: the last state of each of the newest days, those of month ends, and what they name.

The state in use, the one before it and the last one of an earlier day stay whatever the policy: a reader that opened
the lake before a commit reads on in peace, and every run can say what is new since the day before. What no kept state
names goes: parts of a run that died, states of a run that died, and temporary files.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.clock import months_between
from pipeline.core.settings import Settings
from pipeline.store.atomic import checkpoint, remove, sweep
from pipeline.store.manifest import NAME, Manifest


@dataclass(frozen=True)
class Keep:
    """The policy.

    Attributes:
        nights: Newest days whose last state is kept.
        months: Past months whose last state is kept.
    """

    nights: int = 30
    months: int = 12

    @classmethod
    def of(cls, settings: Settings) -> Keep:
        """Return the policy of these settings."""
        return cls(settings.keep_nights, settings.keep_months)

    def has_night(self, day: dt.date, today: dt.date) -> bool:
        """Say whether the last state of `day` is kept for its day."""
        return (today - day).days < self.nights

    def has_month(self, day: dt.date, today: dt.date) -> bool:
        """Say whether the last state of the month of `day` is kept for its month."""
        return months_between(day, today) <= self.months


@dataclass(frozen=True)
class State:
    """What the keeper needs to know of one manifest."""

    path: Path
    version: int
    created: str
    parts: frozenset[str] | None
    """None: it cannot be read."""


def manifests(root: Path) -> list[Path]:
    """Return every manifest file, by version."""
    named = {path: NAME.fullmatch(path.name) for path in root.glob("manifest-*.json")}
    return sorted((path for path, name in named.items() if name), key=lambda p: (_version(p), p.name))


def was_in_use(root: Path) -> bool:
    """Return whether a commit was ever made here: a first manifest alone may be one that died before it."""
    return any(_version(path) > 1 for path in manifests(root))


def history(root: Path, current: Manifest) -> list[State]:
    """Return the states that were in use, oldest first, the current one last.

    A manifest as young as the current one or younger, that is not it, was written by a run that died before its
    commit: it never was a state.
    """
    found = [_state(path) for path in manifests(root)]
    past = [s for s in found if s.version < current.version or s.path.name == current.name]
    return sorted(past, key=lambda s: s.version)


def kept(states: list[State], current: Manifest, keep: Keep) -> list[State]:
    """Return those of `states` that stay, oldest first.

    What a state that cannot be read held is not known: it stays until the state after it is out of the policy's reach.
    """
    today = _day(current.created)
    if today is None:
        return states
    of_day: dict[dt.date, int] = {}
    of_month: dict[str, int] = {}
    for state in states:
        if (day := _day(state.created)) is not None:
            of_day[day], of_month[state.created[:7]] = state.version, state.version
    always = {state.version for state in states[-2:]} | {of_day[day] for day in sorted(of_day)[-2:]}
    staying: list[State] = []
    reached = True
    for state in reversed(states):
        if (day := _day(state.created)) is None:
            stays = reached
        else:
            night = of_day[day] == state.version and keep.has_night(day, today)
            month = of_month[state.created[:7]] == state.version and keep.has_month(day, today)
            stays = night or month or state.version in always
            reached = keep.has_night(day, today) or keep.has_month(day, today)
        if stays:
            staying.append(state)
    return staying[::-1]


def in_use_on(states: list[State], day: dt.date, keep: Keep) -> State | None:
    """Return the state that was in use at the end of `day`; None when it is not kept any more.

    Args:
        states: What is kept, oldest first, the current one last.
        day: The day asked for.
        keep: The policy they are kept by.
    """
    today = _day(states[-1].created)
    past = [state for state in states if state.created and state.created[:10] <= day.isoformat()]
    if not past or today is None:
        return past[-1] if past else None
    found = past[-1]
    after = [state for state in states if state.version > found.version]
    born = _day(found.created)
    # Others that are not kept may have been in use after it; but it is the last one of a kept day, of a kept month, or
    # of all days before the one in use.
    whole = not after or after[0].version == found.version + 1
    last = born is not None and (keep.has_night(born, today) or (born.year, born.month) == (day.year, day.month))
    before = [state for state in states if state.created and state.created[:10] < today.isoformat()]
    return found if whole or last or found in before[-1:] else None


def collect(root: Path, current: Manifest, keep: Keep | None) -> int:
    """Delete what no kept state needs; return how many files went. Call it under the writer's lock.

    Args:
        root: Folder of the lake.
        current: The state in use.
        keep: The policy; None: nothing but the state in use stays.
    """
    checkpoint("before sweep")
    gone = sweep(root, deep=True)
    states = history(root, current)
    staying = kept(states, current, keep) if keep else states[-1:]
    names = {state.path for state in staying}
    for path in sorted(root.glob("manifest-*.json")):
        if path not in names:
            remove(path)
            gone += 1
    checkpoint("manifests swept")
    if any(state.parts is None for state in staying):
        return gone  # what a damaged manifest names is not known: no part goes until it is mended
    needed = frozenset().union(*(state.parts or () for state in staying))
    for path in sorted(root.rglob("*.parquet")):
        if path.relative_to(root).as_posix() not in needed:
            remove(path)
            gone += 1
    checkpoint("parts swept")
    return gone


def _state(path: Path) -> State:
    version = _version(path)
    try:
        document = json.loads(path.read_bytes())
        parts = frozenset(str(part["path"]) for part in document["parts"])
        return State(path, version, str(document["created"]), parts)
    except (OSError, ValueError, KeyError, TypeError):
        return State(path, version, "", None)


def _version(path: Path) -> int:
    return int(path.stem.split("-")[1])


def _day(created: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(created[:10])
    except ValueError:
        return None
