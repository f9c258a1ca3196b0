"""The archive of raw replies."""

import datetime as dt
from pathlib import Path

import pytest

from pipeline.core.errors import PartCorrupt
from pipeline.store.bronze import Bronze

WINDOW = (dt.date(2024, 5, 1), dt.date(2024, 5, 31))


def test_bytes_come_back_as_received(tmp_path: Path) -> None:
    """Odd bytes included."""
    bronze = Bronze(tmp_path)
    ref = bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 1), b'{"a": "\xc3\xb1"}\n')
    assert bronze.get(ref) == b'{"a": "\xc3\xb1"}\n'


def test_the_same_reply_is_kept_once(tmp_path: Path) -> None:
    """Asking again and hearing the same costs no file."""
    bronze = Bronze(tmp_path)
    first = bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 1), b"x")
    again = bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 2), b"x")
    assert again.path == first.path
    assert len(list(tmp_path.rglob("*.zst"))) == 1


def test_newest_reply_of_each_window(tmp_path: Path) -> None:
    """A revised reply stands before the one it replaces; both stay."""
    bronze = Bronze(tmp_path)
    bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 1), b"old")
    bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 9), b"new")
    (ref,) = bronze.newest("xm", "Gene", "Recurso")
    assert bronze.get(ref) == b"new"
    assert (ref.start, ref.end) == WINDOW
    assert len(list(tmp_path.rglob("*.zst"))) == 2


def test_damage_is_noticed(tmp_path: Path) -> None:
    """A damaged reply is an error, never data."""
    bronze = Bronze(tmp_path)
    ref = bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, 1), b"x" * 100)
    ref.path.write_bytes(b"junk")
    with pytest.raises(PartCorrupt):
        bronze.get(ref)
