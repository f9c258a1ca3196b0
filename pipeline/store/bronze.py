"""The archive of raw replies: bytes as received, compressed, never edited.

`bronze/<source>/<metric>/<entity>/<start>_<end>/<fetched>-<sha12>.json.zst`. The same bytes seen again
are the same file, so asking twice costs nothing. Parsing is a pure function of what lies here: a parser
that learns something new can be run over the whole archive without asking the source again.

A file is a zstd frame and behind it a skippable frame with the sha256 of the first, so that any damage is seen, even
one that leaves the reply readable. Any zstd tool reads it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import zstandard

from pipeline.core.errors import PartCorrupt
from pipeline.store.atomic import TEMP_PREFIX, flush, remove, sweep, write_bytes

_COMPRESSION_LEVEL = 1  # replies are bulky and read once or twice: speed counts more than size
_SEAL = bytes.fromhex("502a4d18") + (32).to_bytes(4, "little")  # head of a skippable frame of 32 bytes
_DAY = len("AAAA-MM-DD")  # a name begins so
_ROUND = 7  # days in which every series is looked at once
_SCRATCH = f"{TEMP_PREFIX}files"


@dataclass(frozen=True)
class BronzeRef:
    """One archived reply."""

    path: Path
    metric: str
    entity: str
    start: dt.date
    end: dt.date
    fetched: str
    sha12: str

    @property
    def whole(self) -> bool:
        """Whether its span is that of the question: one that is read again may count for some of its days only."""
        return self.path.parent.name == f"{self.start.isoformat()}_{self.end.isoformat()}"


class Bronze:
    """Raw replies under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(
        self,
        source: str,
        metric: str,
        entity: str,
        window: tuple[dt.date, dt.date],
        fetched: dt.date,
        body: bytes,
    ) -> BronzeRef:
        """Archive `body` and return its reference; a damaged copy of it is replaced.

        Not forced to the device file by file: `settle` does it for all, before the commit that relies on them.
        """
        sha12 = hashlib.sha256(body).hexdigest()[:12]
        folder = self._folder(source, metric, entity, *window)
        known = sorted(folder.glob("*.json.zst"))
        path = known[-1] if known else None
        if path is None or not path.name.endswith(f"-{sha12}.json.zst") or self._overtaken(path, window):
            # Of several replies of one day the last one counts, and the name must say which that is.
            turn = sum(other.name.startswith(fetched.isoformat()) for other in known)
            path = folder / f"{fetched.isoformat()}{f'.{turn:02d}' if turn else ''}-{sha12}.json.zst"
        elif _body(path) == body:
            return reference(path)
        sealed = _sealed(zstandard.compress(body, _COMPRESSION_LEVEL))
        write_bytes(path, sealed, durable=False, kind="bronze", scratch=self.root / _SCRATCH)
        return reference(path)

    def _overtaken(self, path: Path, window: tuple[dt.date, dt.date]) -> bool:
        """Say whether a reply about some of the same days, asked in another window, came after this one.

        The source then changed its mind twice, and the archive must say in which order.
        """
        for folder in path.parent.parent.glob("*_*"):
            first, _, last = folder.name.partition("_")
            if folder != path.parent and first <= window[1].isoformat() and last >= window[0].isoformat():
                newest = max((other.name for other in folder.glob("*.json.zst")), default="")
                if newest[:_DAY] > path.name[:_DAY]:
                    return True
        return False

    def settle(self) -> None:
        """Force every reply to the device, in one call: the lake must not remember what the archive may lose."""
        flush()

    def sweep(self) -> int:
        """Delete what a dead run left half written; return how many files. Call it under the writer's lock."""
        return sweep(self.root / _SCRATCH)

    def is_empty(self) -> bool:
        """Return whether no reply is archived."""
        return next(self.root.glob("*/*/*/*_*/*.json.zst"), None) is None

    def prune(
        self,
        today: dt.date,
        days: int,
        snapshots: Collection[str] = (),
        *,
        needed: Mapping[str, Collection[dt.date]] | None = None,
        whole: bool = False,
    ) -> int:
        """Delete replies that newer ones have taken the place of; call it after the commit, under the writer's lock.

        A seventh of the series is looked at on each day, so that a night does not walk the whole archive.

        Args:
            today: Day of the run.
            days: How long a reply stays after a newer one about its days came; 0: no reply stays at all.
            snapshots: Metrics and datasets whose every reply tells the whole, whatever day it was asked for: lists.
            needed: By metric or dataset, days whose newer replies were not believed: nothing of them goes.
            whole: Look at every series.

        Returns:
            How many replies went.
        """
        gone = 0
        for series in sorted(self.root.glob("*/*/*")):
            name = series.relative_to(self.root).as_posix()
            turn = (zlib.crc32(name.encode()) + today.toordinal()) % _ROUND == 0
            if series.is_dir() and (whole or turn or not days):
                refs = [reference(path) for path in sorted(series.glob("*_*/*.json.zst"))]
                limit = (today - dt.timedelta(days=days)).isoformat()
                old = superseded(refs, limit, snapshot=series.parent.name in snapshots) if days else refs
                kept = (needed or {}).get(series.parent.name, ()) if days else ()
                old = [ref for ref in old if not any(ref.start <= day <= ref.end for day in kept)]
                for ref in old:
                    remove(ref.path)
                for folder in {ref.path.parent for ref in old}:
                    with suppress(OSError):  # replies are left in it
                        folder.rmdir()
                gone += len(old)
        return gone

    def get(self, ref: BronzeRef) -> bytes:
        """Return the reply as received.

        Raises:
            PartCorrupt: The bytes are not those that were archived.
        """
        body = _body(ref.path)
        if body is None or hashlib.sha256(body).hexdigest()[:12] != ref.sha12:
            raise PartCorrupt(
                "An archived reply is damaged", hint="delete it and run ./inv ingest --full", path=ref.path
            )
        return body

    def verify(self) -> list[str]:
        """Return one line per archived reply that is damaged, with its path below the archive."""
        faults = []
        for path in sorted(self.root.rglob("*.json.zst")):
            try:
                self.get(reference(path))
            except (PartCorrupt, ValueError):
                faults.append(f"{path.relative_to(self.root).as_posix()}: bytes differ from its name")
        return faults

    def newest(self, source: str, metric: str, entity: str) -> list[BronzeRef]:
        """Return the newest reply of each window of a series, in order of window."""
        base = self.root / source / metric / entity
        found = [
            reference(max(window.glob("*.json.zst")))
            for window in sorted(base.glob("*_*"))
            if any(window.glob("*.json.zst"))
        ]
        return sorted(found, key=lambda ref: (ref.start, ref.end))

    def every(self, source: str) -> list[BronzeRef]:
        """Return every archived reply of a source, in order of path."""
        return [reference(path) for path in sorted((self.root / source).glob("*/*/*_*/*.json.zst"))]

    def _folder(self, source: str, metric: str, entity: str, start: dt.date, end: dt.date) -> Path:
        return self.root / source / metric / entity / f"{start.isoformat()}_{end.isoformat()}"


def superseded(refs: Iterable[BronzeRef], until: str, *, snapshot: bool = False) -> list[BronzeRef]:
    """Return the replies whose days lie inside the window of a newer reply that came on `until` or before.

    Args:
        refs: Replies of one series.
        until: A day (`AAAA-MM-DD`).
        snapshot: Every reply tells the whole: each takes the place of all before it.
    """
    found: list[BronzeRef] = []
    newer: list[tuple[dt.date, dt.date]] = []  # windows that stand for their days, in order of start
    longest = dt.timedelta()
    for ref in sorted(refs, key=lambda ref: (ref.fetched, ref.end - ref.start, ref.path.name), reverse=True):
        place = bisect_right(newer, (ref.start, dt.date.max))
        near = takewhile(lambda window: window[0] >= ref.start - longest, reversed(newer[:place]))  # noqa: B023
        if (snapshot and newer) or any(end >= ref.end for _, end in near):
            found.append(ref)
        elif ref.fetched <= until:
            newer.insert(place, (ref.start, ref.end))
            longest = max(longest, ref.end - ref.start)
    return found


def _sealed(frame: bytes) -> bytes:
    return frame + _SEAL + hashlib.sha256(frame).digest()


def _body(path: Path) -> bytes | None:
    """Return the reply in a file, or None when the file is damaged. Files of before the seal have none."""
    data = path.read_bytes()
    try:
        decompressor = zstandard.ZstdDecompressor().decompressobj()
        body: bytes = decompressor.decompress(data)
    except zstandard.ZstdError:
        return None
    seal: bytes = decompressor.unused_data
    if not decompressor.eof or (seal and data != _sealed(data[: -len(seal)])):
        return None
    return body


def reference(path: Path) -> BronzeRef:
    """Return the reference of an archived file: everything is in its path."""
    start, end = path.parent.name.split("_")
    stem = path.name.removesuffix(".json.zst")
    fetched, _, sha12 = stem.rpartition("-")
    entity = path.parent.parent
    return BronzeRef(
        path,
        entity.parent.name,
        entity.name,
        dt.date.fromisoformat(start),
        dt.date.fromisoformat(end),
        fetched.partition(".")[0],
        sha12,
    )
