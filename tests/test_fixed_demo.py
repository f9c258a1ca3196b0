"""The proof of a refactoring tells one tree from another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixed_demo import hashes


def test_a_byte_or_a_name_that_changes_shows(tmp_path: Path) -> None:
    """One line per file of each folder, in order; another content or place is another line."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "two").write_bytes(b"2")
    (tmp_path / "one").write_bytes(b"1")
    before = list(hashes({"site": tmp_path}))
    assert [line.partition("  ")[2] for line in before] == ["site/b/two", "site/one"]
    assert list(hashes({"site": tmp_path})) == before
    (tmp_path / "one").write_bytes(b"0")
    assert [old == new for old, new in zip(before, hashes({"site": tmp_path}), strict=True)] == [True, False]


def test_a_folder_without_files_proves_nothing(tmp_path: Path) -> None:
    """Two empty lists are equal too: that is no proof, and is told."""
    with pytest.raises(FileNotFoundError, match="site"):
        list(hashes({"site": tmp_path / "nowhere"}))
