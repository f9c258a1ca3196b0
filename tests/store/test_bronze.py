"""The archive of raw replies."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import PartCorrupt
from pipeline.store.bronze import Bronze, BronzeRef, superseded

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


def test_a_source_that_changes_its_mind_twice_is_kept_in_order(tmp_path: Path) -> None:
    """The same words again, after another window spoke of the same days: they are the last word."""
    bronze = Bronze(tmp_path)
    shorter, beside = (dt.date(2024, 5, 4), WINDOW[1]), (dt.date(2024, 6, 1), dt.date(2024, 6, 30))
    for day, window, body in ((1, WINDOW, b"x"), (2, beside, b"z"), (3, WINDOW, b"x"), (4, shorter, b"y")):
        bronze.put("xm", "Gene", "Recurso", window, dt.date(2024, 6, day), body)
    assert len(list(tmp_path.rglob("*.zst"))) == 3
    for day in (5, 6):
        again = bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, day), b"x")
        assert (again.fetched, bronze.get(again)) == ("2024-06-05", b"x")


def test_a_reply_stays_while_a_newer_one_is_not_believed(tmp_path: Path) -> None:
    """What is held back leaves the lake standing on the older reply."""
    bronze = Bronze(tmp_path)
    for day, body in ((1, b"values"), (2, b"nothing")):
        bronze.put("xm", "Gene", "Recurso", WINDOW, dt.date(2024, 6, day), body)
        bronze.put("xm", "DemaSIN", "Sistema", WINDOW, dt.date(2024, 6, day), body)
    needed = {"Gene": {dt.date(2024, 5, 9)}}
    assert bronze.prune(dt.date(2024, 8, 1), 30, needed=needed, whole=True) == 1
    assert {path.parents[2].name for path in tmp_path.rglob("2024-06-01*.zst")} == {"Gene"}
    assert bronze.prune(dt.date(2024, 8, 1), 30, whole=True) == 1


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


DAY = dt.date(2024, 6, 1)


def days(first: int, last: int, month: int = 5) -> tuple[dt.date, dt.date]:
    """Return a window of a month."""
    return dt.date(2024, month, first), dt.date(2024, month, last)


def kept(bronze: Bronze) -> list[bytes]:
    """Return what is archived, sorted."""
    return sorted(bronze.get(ref) for ref in bronze.every("xm"))


def test_a_reply_goes_when_a_newer_one_about_its_days_is_old_enough(tmp_path: Path) -> None:
    """The newest about each stretch of days stays for ever; windows inside newer ones are replaced too."""
    bronze = Bronze(tmp_path)
    for turn, (window, body) in enumerate(
        [(days(1, 10), b"cut"), (days(1, 31), b"first"), (days(1, 31), b"second"), (days(5, 8), b"newer, inside"),
         (days(1, 30, 4), b"April"), (days(20, 31), b"tail")]
    ):  # fmt: skip
        bronze.put("xm", "Gene", "Recurso", window, DAY + dt.timedelta(days=turn), body)
    assert bronze.prune(DAY + dt.timedelta(days=31), 30, whole=True) == 1, "the first cut, replaced 30 days ago"
    assert bronze.prune(DAY + dt.timedelta(days=32), 30, whole=True) == 1
    assert kept(bronze) == [b"April", b"newer, inside", b"second", b"tail"]
    assert bronze.prune(DAY + dt.timedelta(days=999), 30, whole=True) == 0
    assert not (tmp_path / "xm" / "Gene" / "Recurso" / "2024-05-01_2024-05-10").exists()


def test_every_series_is_looked_at_in_a_week(tmp_path: Path) -> None:
    """A night walks a seventh of the archive; after seven nothing is left over."""
    bronze = Bronze(tmp_path)
    for number in range(30):
        for turn in range(3):
            bronze.put("xm", f"M{number}", "Sistema", WINDOW, DAY + dt.timedelta(days=turn), b"%d" % turn)
    gone = [bronze.prune(DAY + dt.timedelta(days=100 + night), 30) for night in range(7)]
    assert sum(gone) == 60
    assert max(gone) < 30
    assert kept(bronze) == [b"2"] * 30


def test_of_lists_the_newest_stays(tmp_path: Path) -> None:
    """Each reply about a list tells the whole list, under the day it was asked for."""
    bronze = Bronze(tmp_path)
    for turn in range(5):
        day = DAY + dt.timedelta(days=turn)
        for metric in ("ListadoRecursos", "PronUCP"):
            bronze.put("xm", metric, "Sistema", (day, day), day, b"%s %d" % (metric.encode(), turn))
    assert bronze.prune(DAY + dt.timedelta(days=50), 30, {"ListadoRecursos"}, whole=True) == 4
    assert len(kept(bronze)) == 6


def test_nothing_stays_where_nothing_is_wanted(tmp_path: Path) -> None:
    """0 days: the archive is empty after the commit."""
    bronze = Bronze(tmp_path)
    assert bronze.is_empty()
    bronze.put("xm", "Gene", "Recurso", WINDOW, DAY, b"x")
    assert not bronze.is_empty()
    assert bronze.prune(DAY, 0) == 1
    assert bronze.is_empty()


@given(st.lists(st.tuples(st.integers(1, 28), st.integers(0, 9), st.integers(0, 40)), max_size=25), st.integers(0, 40))
def test_every_day_keeps_its_newest_reply(asked: list[tuple[int, int, int]], until: int) -> None:
    """Of each day the newest reply that tells of it is never among the replaced ones."""
    refs = [
        BronzeRef(Path(f"{DAY + dt.timedelta(days=came)}-{n:012d}.json.zst"), "M", "S", dt.date(2024, 1, first),
                  dt.date(2024, 1, first) + dt.timedelta(days=length), str(DAY + dt.timedelta(days=came)), f"{n:012d}")
        for n, (first, length, came) in enumerate(asked)
    ]  # fmt: skip
    limit = str(DAY + dt.timedelta(days=until))
    gone = superseded(refs, limit)
    left = [ref for ref in refs if ref not in gone]
    for offset in range(40):
        day = dt.date(2024, 1, 1) + dt.timedelta(days=offset)
        newest = max((ref.fetched for ref in refs if ref.start <= day <= ref.end), default=None)
        assert newest == max((ref.fetched for ref in left if ref.start <= day <= ref.end), default=None)
    for ref in gone:
        assert any(n.start <= ref.start and n.end >= ref.end and ref.fetched <= n.fetched <= limit for n in left)
