"""What of the past a lake keeps: the states of 400 days and of each month's end, and every part they name.

The state in use and the one before it stay whatever their age: a reader that opened the lake before a commit reads on
in peace. What no kept state names goes: parts of a run that died, states of a run that died, and temporary files.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.store.atomic import checkpoint, remove, sweep
from pipeline.store.manifest import NAME, Manifest

KEEP_DAYS = 400


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


def kept(states: list[State], current: Manifest) -> list[State]:
    """Return those of `states` that stay: young ones, month ends, the current one and the one before it."""
    today = _day(current.created)
    if today is None:
        return states
    month_end: dict[str, int] = {}
    for state in states:
        month_end[state.created[:7]] = state.version
    last_two = {state.version for state in states[-2:]}
    return [
        state
        for state in states
        if state.parts is None
        or state.version in last_two
        or state.version == month_end[state.created[:7]]
        or (day := _day(state.created)) is None
        or (today - day).days <= KEEP_DAYS
    ]


def collect(root: Path, current: Manifest) -> int:
    """Delete what no kept state needs; return how many files went. Call it under the writer's lock."""
    checkpoint("before sweep")
    gone = sweep(root, deep=True)
    staying = kept(history(root, current), current)
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
