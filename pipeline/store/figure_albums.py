"""The figures of past nights, as each was shown: what cites one goes on finding it where it was.

A night's new figures are one album, ``figures/<day>.tar.xz``: pictures of one house in one file take a tenth of their
size. A published portal carries the albums, so that they come back with the rest of it (`backup.py`), and shows what
is in them where it stood.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import lzma
import re
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.core.log import get_logger
from pipeline.store.atomic import remove, write_bytes

FOLDER, ENDING = "figures", ".tar.xz"
KEPT = 30
"""How long a figure stays after the last night that showed it [days]."""
_AGAIN = 10  # a figure that still stands is put into an album again after so many days
_FIGURE = re.compile(r"figuras/(?:[\w-]+/)+[\w-]+-[0-9a-f]{12}\.svg")
_log = get_logger("store")


def is_figure(name: str) -> bool:
    """Return whether an address is that of a figure as it was shown, named by its content."""
    return _FIGURE.fullmatch(name) is not None


def albums(data: Path) -> list[Path]:
    """Return the albums, the newest first."""
    return sorted((data / FOLDER).glob(f"*{ENDING}"), reverse=True)


def keep_album(data: Path, today: dt.date, shown: Mapping[str, Path]) -> None:
    """Put the figures of a night into its album, but for those that a recent one has, and let old albums go.

    Args:
        data: The data folder.
        today: The night.
        shown: Where each figure that the portal shows lies, by its address.
    """
    own = data / FOLDER / f"{today.isoformat()}{ENDING}"
    past = [path for path in albums(data) if path != own]
    recent = (today - dt.timedelta(days=_AGAIN)).isoformat()
    known = {name for path in past if path.name >= recent for name in read_album(path)}
    held = read_album(own) if own.is_file() else {}
    fresh = held | {name: path.read_bytes() for name, path in shown.items() if name not in known and name not in held}
    if len(fresh) > len(held):
        write_bytes(own, _packed(fresh))
    oldest = (today - dt.timedelta(days=KEPT + _AGAIN)).isoformat()
    for path in past:
        if path.name < oldest:
            remove(path)


def read_album(path: Path) -> dict[str, bytes]:
    """Return the figures of an album by their addresses; of a damaged one none: it costs itself, not the night."""
    try:
        with tarfile.open(path, "r:xz") as album:
            members = [member for member in album if member.isreg() and is_figure(member.name)]
            return {member.name: stream.read() for member in members if (stream := album.extractfile(member))}
    except (tarfile.TarError, lzma.LZMAError, EOFError) as error:
        _log.warning("an album of figures cannot be read", path=str(path), error=str(error))
        return {}


def unpacked(data: Path, work: Path) -> list[dict[str, Path]]:
    """Return where the figures of each album lie, by their addresses, the newest album first.

    Args:
        data: The data folder.
        work: Folder kept between runs: an album is unpacked once.
    """
    found, wanted = [], set[str]()
    for path in albums(data):
        folder = work / hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        wanted.add(folder.name)
        if not folder.is_dir():
            half = folder.with_suffix(".tmp")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(parents=True)
            for name, content in read_album(path).items():
                write_bytes(half / name, content, durable=False)
            half.rename(folder)
        found.append({f.relative_to(folder).as_posix(): f for f in sorted(folder.rglob("*.svg"))})
    for folder in work.iterdir() if work.is_dir() else ():
        if folder.name not in wanted:
            shutil.rmtree(folder)
    return found


def _packed(figures: Mapping[str, bytes]) -> bytes:
    """Return figures as one file; the same figures give the same bytes."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:xz", preset=6, format=tarfile.USTAR_FORMAT) as album:
        for name, content in sorted(figures.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            album.addfile(member, io.BytesIO(content))
    return sink.getvalue()
