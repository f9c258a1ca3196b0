"""One run at a time: who comes second is turned away at once and told by whom."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import LockHeld, StoreError
from pipeline.core.lock import HOLDER, LOCK, alone, at_work
from pipeline.core.paths import Paths

NOW = dt.datetime(2026, 5, 20, 5, 40)
HOLD = (
    "import sys, datetime as dt\nfrom pathlib import Path\nfrom pipeline.core.lock import alone\n"
    "from pipeline.core.paths import Paths\n"
    "with alone(Paths(Path(sys.argv[1]), Path(sys.argv[2])), 'build', dt.datetime(2026, 5, 20, 5, 40)):\n"
    "    print('held', flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "data", tmp_path / "build")


def test_a_second_command_is_turned_away_and_told_by_whom(paths: Paths) -> None:
    """Another process holds the folders: its command, number and hour are named; when it is killed they are free."""
    command = [sys.executable, "-c", HOLD, str(paths.data), str(paths.build)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(
                LockHeld, match=rf"\./inv build \(process {other.pid}, since 2026-05-20 05:40:00\)"
            ) as caught,
            alone(paths, "model", NOW),
        ):
            pass
        assert caught.value.exit_code == 75
        assert "./inv build" in at_work(paths)
        other.kill()
    assert at_work(paths) == ""  # its note is still there, but nobody is at work
    with alone(paths, "model", NOW):
        assert json.loads((paths.data / HOLDER).read_text())["command"] == "model"
    assert not (paths.data / HOLDER).exists()


@pytest.mark.parametrize("shared", ["data", "build"])
def test_one_shared_folder_is_enough(paths: Paths, shared: str, tmp_path: Path) -> None:
    """Two portals that share their data, or their site, cannot be written at once; and the other folder is let go."""
    other = Paths(
        paths.data if shared == "data" else tmp_path / "d2", paths.build if shared == "build" else tmp_path / "b2"
    )
    with alone(paths, "build", NOW), pytest.raises(LockHeld), alone(other, "build", NOW):
        pass
    with alone(other, "build", NOW), pytest.raises(LockHeld), alone(paths, "build", NOW):
        pass
    with alone(paths, "build", NOW):
        pass


def test_two_portals_do_not_wait_for_each_other(paths: Paths) -> None:
    """The demo's folders lie below those of the portal and are held apart."""
    demo = Paths(paths.data / "demo", paths.build / "demo")
    with alone(paths, "build", NOW), alone(demo, "demo", NOW):
        assert (paths.data / LOCK).exists()
        assert (demo.data / LOCK).exists()


def test_a_torn_note_is_no_reason_to_fail(paths: Paths) -> None:
    """The note of who holds is a courtesy: torn, empty or strange, the answer is still one clear line."""
    for text in ("", "{", "[]", '{"pid": "x"}', "null"):
        with alone(paths, "build", NOW):
            (paths.data / HOLDER).write_text(text)
            with pytest.raises(LockHeld, match="just starting"), alone(paths, "model", NOW):
                pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where a folder should be: an error of ours, with the place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"), alone(Paths(tmp_path / "file" / "data", tmp_path), "build", NOW):
        pass
