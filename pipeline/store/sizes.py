"""What the data weigh, and what bounds each part of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import PartCorrupt
from pipeline.core.paths import Paths
from pipeline.core.settings import Settings
from pipeline.store import retention
from pipeline.store.figure_albums import FOLDER, KEPT
from pipeline.store.lake import EMPTY, Lake
from pipeline.store.logs import LOGS
from pipeline.store.segments import PART_BYTES


@dataclass(frozen=True)
class Holding:
    """One part of what lies on the disk: its name, its size [bytes], and what bounds it."""

    name: str
    bytes: int
    bound: str = ""


def holdings(paths: Paths, settings: Settings) -> list[Holding]:
    """Return what lies in the data and build folders."""
    lake = Lake(paths.lake)
    try:
        parts = lake.manifest().parts
    except PartCorrupt:
        parts = EMPTY.parts
    logs = sum(part.bytes for part in parts if part.metric in LOGS)
    current = sum(part.bytes for part in parts)
    past = max(len(retention.manifests(paths.lake)) - 1, 0)
    largest = max((part.bytes for part in parts), default=0)
    nights, months = settings.keep_nights, settings.keep_months
    kept = f"the newest reply about each day, and replaced ones for {settings.bronze_days} days (PORTAL_BRONZE_DAYS)"
    return [
        Holding("lake, state in use", current, f"largest part {_mb(largest)} of {_mb(PART_BYTES)} MB"),
        Holding("  of it logs", logs, "a night writes the newest part of each"),
        Holding(
            f"lake, {past} past states",
            max(folder_bytes(paths.lake) - current, 0),
            f"{nights} nights and {months} month ends (PORTAL_KEEP_NIGHTS, PORTAL_KEEP_MONTHS)",
        ),
        Holding("bronze", folder_bytes(paths.bronze), kept if settings.bronze_days else "nothing (PORTAL_BRONZE_DAYS)"),
        Holding("warehouse", folder_bytes(paths.warehouse), "made anew by each run"),
        Holding("texts", folder_bytes(paths.narrative), "./inv clean --old leaves the newest of each board"),
        Holding("figures of past nights", folder_bytes(paths.data / FOLDER), f"{KEPT} days after they were shown"),
        Holding("site", folder_bytes(paths.site), "a copy of the state in use, pages and files"),
    ]


def size_lines(paths: Paths, settings: Settings) -> list[str]:
    """Return the holdings as lines of a table."""
    lines = [f"{'on disk':<42}{'MB':>10}  bound"]
    return lines + [f"{h.name:<42}{_mb(h.bytes):>10}  {h.bound}" for h in holdings(paths, settings)]


def folder_bytes(place: Path) -> int:
    """Return the bytes of a file, or of every file below a folder; 0 when there is none."""
    if place.is_file():
        return place.stat().st_size
    total = 0
    for folder, _, names in os.walk(place):
        for name in names:
            try:
                total += (Path(folder) / name).lstat().st_size
            except FileNotFoundError:  # a run that is writing took it away
                continue
    return total


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f}"
