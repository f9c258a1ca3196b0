"""What a portal needs besides its lake to go on where it was: what was asked, texts, past figures, past addresses.

A published portal carries them as `datos/backup.json` and the files it names, each with its hash. Without the first a
restored portal would ask the sources for 26 years again; without the second it would pay for its texts again; without
the others what cites a figure, or reads a file of a series, would find nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.core.errors import LakeTooNew, PartCorrupt, SourceUnavailable, UsageError
from pipeline.store import figure_albums, series_files
from pipeline.store.atomic import remove, write_bytes
from pipeline.store.lake import Lake
from pipeline.store.manifest import Manifest, content_hash

NAME = "backup.json"
INGEST = "ingest.json"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Saved:
    """One file of the backup, by its path below the data folder."""

    path: str
    bytes: int
    sha256: str


def files_to_save(data: Path) -> dict[str, Path]:
    """Return what is published for a restore, by its path below the data folder.

    Of the answers of a language model only the newest of each board: the ones the texts of today rest on.
    """
    found = {name: data / name for name in (INGEST, series_files.NAME) if (data / name).is_file()}
    found |= {f"narrative/{path.name}": path for path in sorted((data / "narrative").glob("*.json"))}
    newest: dict[str, Path] = {}
    for path in sorted((data / "narrative" / "cache").glob("*.json"), key=lambda p: (p.stat().st_mtime_ns, p.name)):
        newest[str(json.loads(path.read_bytes()).get("board", path.name))] = path
    found |= {f"narrative/cache/{path.name}": path for path in sorted(newest.values())}
    return found | {f"{figure_albums.FOLDER}/{path.name}": path for path in reversed(figure_albums.albums(data))}


def describe(files: Mapping[str, bytes], manifest: Manifest) -> dict[str, object]:
    """Return the document that names each file with its hash, and the state of the lake they belong to."""
    document: dict[str, object] = {
        "schema": SCHEMA_VERSION,
        "manifest": manifest.as_json()["sha256"],
        "files": [
            {"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in sorted(files.items())
        ],
    }
    return document | {"sha256": content_hash(document)}


def parse_backup(data: bytes, manifest: Manifest, where: str) -> list[Saved]:
    """Return the files a backup names.

    Raises:
        LakeTooNew: A later release wrote it.
        PartCorrupt: It is damaged, or leads out of the data folder.
        SourceUnavailable: It belongs to another state of the lake.
    """
    try:
        document: dict[str, Any] = json.loads(data)
        schema = int(document["schema"])
        saved = [Saved(**entry) for entry in document["files"]] if schema <= SCHEMA_VERSION else []
        sound = content_hash(document) == document["sha256"] and all(_below(file.path) for file in saved)
        same = document["manifest"] == manifest.as_json()["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PartCorrupt(f"A backup cannot be read: {error}", hint="restore from another copy", where=where) from error
    if schema > SCHEMA_VERSION:
        raise LakeTooNew(f"A newer release wrote this backup (schema {schema})", hint="update the code", where=where)
    if not sound:
        raise PartCorrupt("The backup differs from its own hash", hint="restore from another copy", where=where)
    if not same:
        text = "The backup belongs to another state of the lake: the portal is being published"
        raise SourceUnavailable(text, hint="try again later, or restore from another copy", where=where)
    return saved


def check(saved: Saved, content: bytes) -> bytes:
    """Return `content` if it is what the backup names.

    Raises:
        PartCorrupt: It is not.
    """
    if hashlib.sha256(content).hexdigest() != saved.sha256:
        raise PartCorrupt("A file differs from the backup", hint="restore from another copy", path=saved.path)
    return content


def refuse_mixing(data: Path, files: Mapping[str, bytes]) -> None:
    """Keep simulated, replayed and real data apart.

    Raises:
        UsageError: The folder holds data of another kind than the backup.
    """
    here = data / INGEST
    if INGEST not in files or not here.is_file():
        return
    try:
        owner = json.loads(here.read_bytes()).get("source")
    except (ValueError, AttributeError):
        return  # damaged: that is what a restore mends
    coming = json.loads(files[INGEST]).get("source")
    if owner != coming:
        raise UsageError(
            f"{data} holds {owner} data and the backup {coming} data",
            hint="point PORTAL_DATA_DIR to another folder, or empty this one with ./inv clean --data",
        )


def put_in_use(lake: Lake, manifest: Manifest, data: Path, files: Mapping[str, bytes]) -> None:
    """Put a state whose parts are all here in use, with what belongs to it; every hash agreed before.

    What was asked goes first and comes last: a crash in between means asking again, never believing that what the
    lake lacks was asked.
    """
    remove(data / INGEST)
    for path, content in files.items():
        if path != INGEST:
            write_bytes(data / path, content)
    lake.put_in_use(manifest)
    if INGEST in files:
        write_bytes(data / INGEST, files[INGEST], kind="ingest.json")


def _below(path: str) -> bool:
    pure = PurePosixPath(path)
    endings = {"narrative": ".json", figure_albums.FOLDER: figure_albums.ENDING}
    known = path in {INGEST, series_files.NAME} or (
        len(pure.parts) > 1 and path.endswith(endings.get(pure.parts[0], "\0"))
    )
    return known and not pure.is_absolute() and ".." not in pure.parts and "\\" not in path and "\0" not in path
