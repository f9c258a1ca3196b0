"""What workers share is made by one of them."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.once import Once


def test_it_is_made_once_and_read_by_all(tmp_path: Path) -> None:
    """Four askers at the same moment: one makes it, all get the same; another name is another thing."""
    together, made, got = Barrier(4), [], []

    def make(folder: Path) -> Path:
        made.append(folder)
        (folder / "thing").write_text("done")
        return folder / "thing"

    def ask() -> None:
        together.wait()
        got.append(Once(tmp_path)("it", make))

    askers = [Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert [path.read_text() for path in got] == ["done"] * 4
    assert len(made) == 1
    assert Once(tmp_path)("other", make) != got[0]


def test_what_failed_is_made_again_from_nothing(tmp_path: Path) -> None:
    """A half-filled folder is no result."""

    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        Once(tmp_path)("it", fail)
    assert Once(tmp_path)("it", lambda folder: sorted(folder.iterdir())) == []
