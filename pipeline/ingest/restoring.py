"""A lake made again from a published portal: every hash agrees, or nothing is put in use; a lost file costs itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipeline.core.errors import PartCorrupt, SourceRefused, SourceUnavailable, UsageError
from pipeline.core.log import get_logger, progress
from pipeline.core.paths import Paths
from pipeline.core.settings import Settings
from pipeline.ingest.lost import note_lost, told_lines, too_many
from pipeline.ingest.published import MANIFEST, read_published
from pipeline.ingest.states import Memory, parse_memory
from pipeline.store import backup
from pipeline.store.atomic import json_bytes
from pipeline.store.lake import Lake, Manifest, Part
from pipeline.store.manifest import parse_manifest
from pipeline.store.retention import Keep
from pipeline.store.series_files import addresses

log = get_logger("restore")
_AT_ONCE = 8
"""Files brought side by side: a thousand small ones cost a round trip each."""


def restore_lake(settings: Settings, origin: str, *, older: bool = False) -> str:
    """Rebuild lake, texts and the memory of what was asked from a published portal.

    Nothing is put in use before every hash agreed: a damaged or half-read copy leaves what is here as it is.

    Args:
        settings: Where the data are.
        origin: Address or folder of a portal (the one that holds `datos/manifest.json`).
        older: Put a state in use that is older than the one here.

    Raises:
        PartCorrupt: A file differs from its hash.
        LakeTooNew: A later release wrote the portal.
        SourceError: The portal cannot be read.
        UsageError: There is no portal there, it holds data of another kind, or it is older than what is here.
    """
    if not origin or origin.startswith("-"):
        raise UsageError(
            f"{origin!r} is no place to restore from" if origin else "Nowhere to restore from",
            hint="./inv restore --from https://… or a folder",
        )
    paths = Paths.of(settings)
    lake = Lake(paths.lake, Keep.of(settings))
    document = read_published(origin, MANIFEST)
    manifest = parse_manifest(document, f"{origin}/datos/manifest.json")
    with lake.writing():
        if not older:
            _refuse_older(lake, manifest, origin)
        files, missing = _saved_files(origin, manifest)
        backup.refuse_mixing(paths.data, files)
        where = addresses(manifest)
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            kept = pool.map(lambda part: _adopted(lake, origin, part, where[part.path]), manifest.parts)
            told = zip(manifest.parts, kept, strict=True)
            lost = [part for part, here in progress(told, len(manifest.parts), "restore") if not here]
        finally:
            pool.shutdown(cancel_futures=True)  # a server that went down is not asked for the thousand others
        if too_many(lost, manifest):
            raise SourceRefused(
                f"{len(lost)} of the {len(manifest.parts)} parts that the portal names are not there, or damaged",
                hint="restore from another copy",
                origin=origin,
            )
        memory = parse_memory(files[backup.INGEST], paths.ingest) if backup.INGEST in files else Memory()
        if lost:
            note_lost(memory, lost)
            manifest = replace(manifest, parts=tuple(part for part in manifest.parts if part not in lost), file="")
            if backup.INGEST in files:
                files[backup.INGEST] = json_bytes(memory.as_json())
        backup.put_in_use(lake, manifest, paths.data, files)
    rows = sum(p.rows for p in manifest.parts)
    warnings = [*(f"lost: {name}" for name in missing), *(told_lines(memory.lost) if lost else ())]
    return "\n".join(
        [
            f"restored {len(manifest.parts)} parts, {rows} rows and {len(files)} other files from {origin}",
            *(f"warning: {line}" for line in warnings),
            "./inv status tells what is there; ./inv build brings it up to date and makes the portal",
        ]
    )


def _adopted(lake: Lake, origin: str, part: Part, where: str) -> bool:
    """Bring one part of a published portal; say whether the lake has it now. One that is lost is not the portal's end.

    What is here already, from a cache or from an attempt that broke off, is not asked for again. A portal of before the
    lasting addresses has every part under its own name.

    Raises:
        SourceUnavailable: The portal's server is down.
    """
    if not lake.bad_parts(Manifest(0, None, "", (part,))):
        return True
    for address in dict.fromkeys((where, f"lake/{part.path}")):
        try:
            lake.adopt(part, _file(origin, f"datos/{address}"))
        except (SourceRefused, PartCorrupt) as error:
            reason = error.message
        else:
            return True
    log.warning("a part of the portal is lost", path=part.path, reason=reason)
    return False


def _file(origin: str, path: str) -> bytes:
    """Return a file of a published portal.

    Raises:
        SourceRefused: It is not there, or only this one file cannot be had.
        SourceUnavailable: The portal's server is down.
    """
    try:
        return read_published(origin, path)
    except SourceUnavailable as error:
        read_published(origin, MANIFEST)  # a server that gives it is not down
        raise SourceRefused(error.message, hint="restore from another copy", path=path) from error


def _refuse_older(lake: Lake, coming: Manifest, origin: str) -> None:
    """Keep what is here from being replaced by what was published before it.

    Raises:
        UsageError: The state that would come is older than the one in use.
    """
    try:
        here = lake.manifest()
    except PartCorrupt:
        return  # what is here cannot be read: any sound copy is better
    if (coming.created, coming.version) < (here.created, here.version):
        raise UsageError(
            f"{origin} is older than the lake here: version {coming.version} of {coming.created} against version "
            f"{here.version} of {here.created}",
            hint="what came since would be lost; if that is wanted, give --older",
        )


def _saved_files(origin: str, manifest: Manifest) -> tuple[dict[str, bytes], list[str]]:
    """Return what the portal carries besides the lake, and what of it is lost: texts are written again.

    A portal of before the backup carries nothing.
    """
    where = f"datos/{backup.NAME}"
    try:
        saved = backup.parse_backup(_file(origin, where), manifest, f"{origin}/{where}")
    except (SourceRefused, PartCorrupt) as error:
        log.warning("no backup.json: the next run asks the sources for everything again", reason=error.message)
        return {}, [f"{backup.NAME}: the sources are asked for everything again"]
    files, lost = {}, []
    for file in saved:
        try:
            files[file.path] = backup.check(file, _file(origin, f"datos/{file.path}"))
        except (SourceRefused, PartCorrupt) as error:
            log.warning("a file of the portal is lost", path=file.path, reason=error.message)
            lost.append(file.path)
    return files, lost
