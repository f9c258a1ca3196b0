"""Processes beside this one: what they give, and what is said when one dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.paths import ROOT
from pipeline.core.processes import is_wanted, processes

#: A parent whose process writes until nobody wants it.
_PARENT = """
import sys, time
from pathlib import Path
from pipeline.core.processes import is_wanted, processes

def write(path):
    while is_wanted():
        Path(path).write_text(str(time.monotonic()))
        time.sleep(0.05)

if __name__ == "__main__":
    with processes(1, []) as pool:
        pool.submit(write, sys.argv[1]).result()
"""


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_told_in_a_sentence() -> None:
    """No traceback of the library: what happened, and what works without it."""
    with pytest.raises(PipelineError, match="killed") as told, processes(1, []) as pool:
        pool.submit(_die).result()
    assert "PORTAL_WORKERS=1" in told.value.hint


def test_a_process_whose_parent_was_killed_is_not_wanted(tmp_path: Path) -> None:
    """It stops before its next page: the next run may be writing the same one."""
    script, written = tmp_path / "parent.py", tmp_path / "written"
    script.write_text(_PARENT)
    parent = subprocess.Popen([sys.executable, str(script), str(written)], env={"PYTHONPATH": str(ROOT)})
    _until(written.exists)
    parent.kill()
    parent.wait()
    time.sleep(0.5)
    last = written.read_text()
    time.sleep(0.5)
    assert written.read_text() == last
    assert is_wanted(), "this one was asked for by nobody"


def _until(seen, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)
