"""Figures of past nights: what was shown stays as long as was promised, and what nobody needs goes."""

from __future__ import annotations

import datetime as dt
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.store.figure_albums import KEPT, albums, is_figure, keep_album, read_album, unpacked

FIRST = dt.date(2026, 1, 1)


def _name(figure: str, version: int) -> str:
    return f"figuras/tablero/{figure}-{version:012x}.svg"


def _shown(folder: Path, versions: dict[str, int]) -> dict[str, Path]:
    """Return the figures of a night, written where a page would write them."""
    found = {}
    for figure, version in versions.items():
        path = folder / f"{figure}-{version}.svg"
        path.write_text(f"<svg>{figure} {version}</svg>")
        found[_name(figure, version)] = path
    return found


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sets(st.sampled_from("abc")), min_size=45, max_size=90))
def test_a_figure_stays_for_the_days_that_were_promised(changes: list[set[str]]) -> None:
    """However often each changes, what a night showed is there, the same, every night up to the last one promised."""
    with tempfile.TemporaryDirectory() as place:
        data, drawn = Path(place) / "data", Path(place) / "drawn"
        drawn.mkdir()
        versions, last = dict.fromkeys("abc", 0), dict[str, tuple[dt.date, str]]()
        for night, changed in enumerate(changes):
            today = FIRST + dt.timedelta(days=night)
            versions |= {figure: versions[figure] + 1 for figure in changed}
            shown = _shown(drawn, versions)
            keep_album(data, today, shown)
            last |= {name: (today, path.read_text()) for name, path in shown.items()}
            held = {name: text.decode() for album in albums(data) for name, text in read_album(album).items()}
            for name, (day, text) in last.items():
                if (today - day).days <= KEPT:
                    assert held[name] == text
        assert len(albums(data)) <= KEPT + 12


def test_a_night_made_twice_is_one_album_and_the_same_bytes(tmp_path: Path) -> None:
    """The same figures write nothing; a figure that came later that night is added to them."""
    keep_album(tmp_path, FIRST, _shown(tmp_path, {"a": 1}))
    (album,) = albums(tmp_path)
    before, stamp = album.read_bytes(), album.stat().st_mtime_ns
    keep_album(tmp_path, FIRST, _shown(tmp_path, {"a": 1}))
    assert (album.read_bytes(), album.stat().st_mtime_ns) == (before, stamp)
    keep_album(tmp_path, FIRST, _shown(tmp_path, {"a": 2}))
    assert set(read_album(album)) == {_name("a", 1), _name("a", 2)}
    keep_album(tmp_path, FIRST + dt.timedelta(days=1), _shown(tmp_path, {"a": 2}))
    assert albums(tmp_path) == [album], "nothing new, no album"


def test_an_album_is_unpacked_once_and_goes_with_it(tmp_path: Path) -> None:
    """What is there is not written again; the files of an album that went, go."""
    keep_album(tmp_path, FIRST, _shown(tmp_path, {"a": 1}))
    (found,) = unpacked(tmp_path, tmp_path / "work")
    stamps = {path: path.stat().st_mtime_ns for path in found.values()}
    (again,) = unpacked(tmp_path, tmp_path / "work")
    assert {path: path.stat().st_mtime_ns for path in again.values()} == stamps
    albums(tmp_path)[0].unlink()
    assert unpacked(tmp_path, tmp_path / "work") == []
    assert not list((tmp_path / "work").iterdir())


def test_a_damaged_album_costs_itself(tmp_path: Path) -> None:
    """The night goes on with the others."""
    keep_album(tmp_path, FIRST, _shown(tmp_path, {"a": 1}))
    keep_album(tmp_path, FIRST + dt.timedelta(days=1), _shown(tmp_path, {"a": 2}))
    oldest = albums(tmp_path)[-1]
    oldest.write_bytes(oldest.read_bytes()[:100])
    assert [set(album) for album in unpacked(tmp_path, tmp_path / "work")] == [{_name("a", 2)}, set()]
    oldest.write_bytes(b"<html>404</html>")
    assert read_album(oldest) == {}


def test_nothing_leaves_its_folder(tmp_path: Path) -> None:
    """What is no figure of ours is not taken out of an album, wherever it would go."""
    path = tmp_path / "figures" / "2026-01-01.tar.xz"
    path.parent.mkdir()
    (tmp_path / "x").write_text("x")
    with tarfile.open(path, "w:xz") as album:
        for name in ("../x.svg", "index.html", "figuras/../../x-0123456789ab.svg"):
            album.add(tmp_path / "x", name)
            assert not is_figure(name)
    assert read_album(path) == {}
