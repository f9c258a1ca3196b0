"""Folders compared by content."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pipeline.core.errors import DiskFull, PublishError
from pipeline.site import tree


def test_sync_writes_what_differs_and_removes_leftovers(tmp_path: Path) -> None:
    """Changed and new files are written, equal ones are not touched, leftovers and empty folders go."""
    site = tmp_path / "site"
    first = tree.sync(site, {"a/b.txt": b"1", "c.txt": b"2", "old/x.txt": b"3"})
    assert first.written == ("a/b.txt", "c.txt", "old/x.txt")
    before = (site / "c.txt").stat().st_mtime_ns
    second = tree.sync(site, {"a/b.txt": b"changed", "c.txt": b"2"})
    assert (second.written, second.removed, second.total, second.size) == (("a/b.txt",), ("old/x.txt",), 2, 8)
    assert (site / "c.txt").stat().st_mtime_ns == before
    assert not (site / "old").exists()


def test_a_copy_is_another_file(tmp_path: Path) -> None:
    """One flipped byte does not hit both: neither new copies nor links that an older release made stay links."""
    source = tmp_path / "part.parquet"
    source.write_bytes(b"immutable")
    site = tmp_path / "site"
    site.mkdir()
    (site / "p").hardlink_to(source)
    assert tree.differs(site, {"p": source})
    assert tree.sync(site, {"p": source}).written == ("p",)
    (site / "p").write_bytes(b"immutablE")
    assert source.read_bytes() == b"immutable"
    assert tree.sync(site, {"p": source}).written == ("p",), "a damaged copy is made again"
    assert (site / "p").read_bytes() == b"immutable"


def test_an_unchanged_copy_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lake is copied once: after that, size and time say that nothing changed."""
    source = tmp_path / "part.parquet"
    source.write_bytes(b"immutable")
    tree.sync(tmp_path / "site", {"p": source})
    monkeypatch.setattr(tree.filecmp, "cmp", lambda *_, **__: pytest.fail("bytes were compared"))
    assert tree.sync(tmp_path / "site", {"p": source}).written == ()


def test_differs_agrees_with_sync(tmp_path: Path) -> None:
    """`differs` is True exactly when `sync` would do something."""
    site = tmp_path / "site"
    wanted = {"a": b"1", "b": b"2"}
    assert tree.differs(site, wanted)
    tree.sync(site, wanted)
    assert not tree.differs(site, wanted)
    assert tree.differs(site, {"a": b"1"})
    assert tree.differs(site, wanted | {"a": b"x"})


@pytest.mark.parametrize(("code", "error"), [(errno.ENOSPC, DiskFull), (errno.EACCES, PublishError)])
def test_a_failed_write_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    """When the device refuses, the old file is whole, no temporary file is left, and the error says what to do."""
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def refuse(self: Path, data: bytes) -> int:
        raise OSError(code, "refused")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(error):
        tree.write_if_changed(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_fingerprint_sees_names_and_bytes(tmp_path: Path) -> None:
    """Renaming or editing a file changes the fingerprint of its folder; the time of writing does not."""
    (tmp_path / "a").write_text("1")
    first = tree.fingerprint(tree.files_below(tmp_path))
    (tmp_path / "a").write_text("1")
    assert tree.fingerprint(tree.files_below(tmp_path)) == first
    (tmp_path / "a").rename(tmp_path / "b")
    second = tree.fingerprint(tree.files_below(tmp_path))
    (tmp_path / "b").write_text("2")
    assert len({first, second, tree.fingerprint(tree.files_below(tmp_path))}) == 3
