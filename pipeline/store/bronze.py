"""The archive of raw replies: bytes as received, compressed, never edited.

`bronze/<source>/<metric>/<entity>/<start>_<end>/<fetched>-<sha12>.json.zst`. The same bytes seen again
are the same file, so asking twice costs nothing. Parsing is a pure function of what lies here: a parser
that learns something new can be run over the whole archive without asking the source again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path

import zstandard

from pipeline.core.errors import PartCorrupt
from pipeline.store.atomic import write_bytes

_COMPRESSION_LEVEL = 1  # replies are bulky and read once or twice: speed counts more than size


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
        """Archive `body` and return its reference.

        Not forced to the device: a reply lost in a power cut is asked again, because the window is noted as
        asked only after the lake's commit.
        """
        sha12 = hashlib.sha256(body).hexdigest()[:12]
        folder = self._folder(source, metric, entity, *window)
        for known in sorted(folder.glob(f"*-{sha12}.json.zst")) if folder.exists() else []:
            return _reference(known)
        path = folder / f"{fetched.isoformat()}-{sha12}.json.zst"
        write_bytes(path, zstandard.compress(body, _COMPRESSION_LEVEL), durable=False)
        return _reference(path)

    def get(self, ref: BronzeRef) -> bytes:
        """Return the reply as received.

        Raises:
            PartCorrupt: The bytes are not those that were archived.
        """
        try:
            body = zstandard.decompress(ref.path.read_bytes())
        except zstandard.ZstdError as error:
            raise PartCorrupt(
                "An archived reply cannot be read", hint="delete it; it is asked again", path=ref.path
            ) from error
        if hashlib.sha256(body).hexdigest()[:12] != ref.sha12:
            raise PartCorrupt(
                "An archived reply does not match its name",
                hint="delete it; it is asked again",
                path=ref.path,
            )
        return body

    def newest(self, source: str, metric: str, entity: str) -> list[BronzeRef]:
        """Return the newest reply of each window of a series, in order of window."""
        base = self.root / source / metric / entity
        found = [
            _reference(max(window.glob("*.json.zst")))
            for window in sorted(base.glob("*_*"))
            if any(window.glob("*.json.zst"))
        ]
        return sorted(found, key=lambda ref: (ref.start, ref.end))

    def _folder(self, source: str, metric: str, entity: str, start: dt.date, end: dt.date) -> Path:
        return self.root / source / metric / entity / f"{start.isoformat()}_{end.isoformat()}"


def _reference(path: Path) -> BronzeRef:
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
        fetched,
        sha12,
    )
