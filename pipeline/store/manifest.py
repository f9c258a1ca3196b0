"""What the lake holds, in one document: the manifest. What it does not name did not happen.

A manifest carries the hash of its own content and is named by it (`manifest-<version>-<sha12>.json`); `CURRENT`
holds that name. Each names its parent, so the states of a lake are a chain of hashes.

Schema versions
    1   no hash of its own, named `manifest-<version>.json`, parts without `days` and `codes`. Read, never written.
    2   closed years share parts, a year has one.
    3   a year may have several parts, and then `years` counts their rows by month (`2024-05`).
    4   this one: so may a month, and then `years` counts its rows by thirds (`2024-05-1`).
A reader takes its own version and those before; a newer one is refused, because what it means is not known here.
Nothing is rewritten on the way: a lake of an older schema becomes one of this with its next commit, and its old
manifest stays.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import LakeTooNew, PartCorrupt

SCHEMA_VERSION = 4
MEND = "run ./inv replay to rebuild the lake from the archive, or ./inv restore --from a published portal"
NAME = re.compile(r"manifest-(\d+)(?:-([0-9a-f]{12}))?\.json")


@dataclass(frozen=True)
class Part:
    """One file of the lake, as the manifest names it.

    Attributes:
        years: Rows per calendar year (`2024`), per month (`2024-05`) where the year has several parts, or per third of
            a month (`2024-05-1`) where that has; empty for a table that does not grow.
        days: Different days; 0 when not known.
        codes: Different codes; 0 when not known.
    """

    metric: str
    entity: str
    path: str
    rows: int
    bytes: int
    sha256: str
    min_ts: str | None
    max_ts: str | None
    years: dict[str, int]
    days: int = 0
    codes: int = 0

    @property
    def key(self) -> tuple[str, str]:
        """Metric and entity."""
        return self.metric, self.entity

    def as_json(self) -> dict[str, object]:
        """Return the manifest entry."""
        return dict(vars(self))


@dataclass(frozen=True)
class Manifest:
    """One state of the lake."""

    version: int
    parent: str | None
    created: str
    parts: tuple[Part, ...] = ()
    file: str = field(default="", compare=False)
    schema: int = field(default=SCHEMA_VERSION, compare=False)
    """Of the release that wrote it: its hash, and so its name, hold that number."""

    def of(self, metric: str, entity: str) -> list[Part]:
        """Return the parts of a series, oldest first."""
        return [p for p in self.parts if p.metric == metric and p.entity == entity]

    def keys(self) -> list[tuple[str, str]]:
        """Return every (metric, entity) that has a part."""
        return sorted({p.key for p in self.parts})

    def fingerprint(self, metric: str | None = None) -> str:
        """Return a hash of the content of one metric, or of the whole lake."""
        chosen = sorted(p.sha256 for p in self.parts if metric is None or p.metric == metric)
        return hashlib.sha256("".join(chosen).encode()).hexdigest()

    @property
    def name(self) -> str:
        """Name of its file: the one it was read from, or the one it will have."""
        return self.file or f"manifest-{self.version}-{self.as_json()['sha256']:.12}.json"

    @property
    def state(self) -> str:
        """Number and hash of this state of the lake, as citations and reports name it: `41-3f2a9c81d2e4`."""
        return self.name.removeprefix("manifest-").removesuffix(".json")

    def as_json(self) -> dict[str, object]:
        """Return the document that is written, and published as `datos/manifest.json`."""
        document: dict[str, object] = {
            "schema": self.schema,
            "version": self.version,
            "parent": self.parent,
            "created": self.created,
            "parts": [p.as_json() for p in self.parts],
        }
        return document | {"sha256": content_hash(document)}


EMPTY = Manifest(version=0, parent=None, created="")


def content_hash(document: dict[str, Any]) -> str:
    """Return the sha256 of a document but for its own `sha256`, however it is laid out."""
    rest = {key: value for key, value in document.items() if key != "sha256"}
    text = json.dumps(rest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def parse_manifest(data: bytes, where: str) -> Manifest:
    """Return the manifest in `data`, whole and as it was written.

    Args:
        data: JSON, of a lake or of a published portal.
        where: Where it was found, for the message.

    Raises:
        LakeTooNew: A later release wrote it.
        PartCorrupt: It is damaged, or its paths lead out of the lake.
    """
    try:
        document: dict[str, Any] = json.loads(data)
        schema = int(document["schema"])
        if schema > SCHEMA_VERSION:
            raise LakeTooNew(
                f"This lake was written by a newer release (manifest schema {schema}; this one reads up to "
                f"{SCHEMA_VERSION})",
                hint="update the portal's code, or point PORTAL_DATA_DIR to another folder",
                manifest=where,
            )
        _check_hash(document, schema)
        parts = tuple(Part(**part) for part in document["parts"])
        for part in parts:
            _refuse_escape(part.path)
        return Manifest(document["version"], document["parent"], document["created"], parts, schema=schema)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PartCorrupt(
            f"A manifest cannot be read: {error}",
            hint=MEND,
            manifest=where,
        ) from error


def load_manifest(path: Path) -> Manifest:
    """Read a manifest of a lake; its name must be the one its content gives it.

    Raises:
        LakeTooNew: A later release wrote it.
        PartCorrupt: It is missing, damaged, or another one under this name.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PartCorrupt(
            f"A manifest cannot be read: {error.strerror}",
            hint=MEND,
            manifest=path,
        ) from error
    return _named(data, path)


@lru_cache(maxsize=4)  # a night reads the same manifest a hundred times, each time the file itself
def _named(data: bytes, path: Path) -> Manifest:
    found = parse_manifest(data, str(path))
    name = NAME.fullmatch(path.name)
    if name is None or int(name[1]) != found.version or (name[2] and found.name != path.name):
        raise PartCorrupt(
            "A manifest lies under another's name", hint="run ./inv restore --from a published portal", manifest=path
        )
    return replace(found, file=path.name)


def _check_hash(document: dict[str, Any], schema: int) -> None:
    if schema < 1 or (schema > 1 and content_hash(document) != document["sha256"]):
        raise ValueError("its content differs from its own hash")


def _refuse_escape(path: str) -> None:
    """A manifest may come from elsewhere: a part lies below the lake's folder, wherever the text points."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path or pure.suffix != ".parquet":
        raise ValueError(f"{path!r} is no path of a part")
