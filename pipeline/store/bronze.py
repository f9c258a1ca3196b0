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
from dataclasses import dataclass
from pathlib import Path

import zstandard

from pipeline.core.errors import PartCorrupt
from pipeline.store.atomic import TEMP_PREFIX, flush, sweep, write_bytes

_COMPRESSION_LEVEL = 1  # replies are bulky and read once or twice: speed counts more than size
_SEAL = bytes.fromhex("502a4d18") + (32).to_bytes(4, "little")  # head of a skippable frame of 32 bytes
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
        if path is None or not path.name.endswith(f"-{sha12}.json.zst"):
            # Of several replies of one day the last one counts, and the name must say which that is.
            turn = sum(other.name.startswith(fetched.isoformat()) for other in known)
            path = folder / f"{fetched.isoformat()}{f'.{turn:02d}' if turn else ''}-{sha12}.json.zst"
        elif _body(path) == body:
            return reference(path)
        sealed = _sealed(zstandard.compress(body, _COMPRESSION_LEVEL))
        write_bytes(path, sealed, durable=False, kind="bronze", scratch=self.root / _SCRATCH)
        return reference(path)

    def settle(self) -> None:
        """Force every reply to the device, in one call: the lake must not remember what the archive may lose."""
        flush()

    def sweep(self) -> int:
        """Delete what a dead run left half written; return how many files. Call it under the writer's lock."""
        return sweep(self.root / _SCRATCH)

    def get(self, ref: BronzeRef) -> bytes:
        """Return the reply as received.

        Raises:
            PartCorrupt: The bytes are not those that were archived.
        """
        body = _body(ref.path)
        if body is None or hashlib.sha256(body).hexdigest()[:12] != ref.sha12:
            raise PartCorrupt(
                "An archived reply is damaged", hint="delete it and run ./inv extract --full", path=ref.path
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
