"""A full disk while the warehouse is made: said as such (exit 75), and the warehouse in use stays."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.core.errors import DiskFull, StoreError
from pipeline.store import warehouse
from pipeline.store.sql import database_error

FULL = [
    'IO Error: Could not write file "/x/y.duckdb": No space left on device',
    'IO Error: Async write failed: {"exception_message":"No space left on device","errno":"28"}',
    "Out of Memory Error: failed to offload data block of size 256.0 KiB (3.4/3.5 MiB)",
]


@pytest.mark.parametrize("text", FULL)
def test_a_full_disk_is_told_from_other_failures(text: str, tmp_path: Path) -> None:
    """The texts DuckDB gives when there is no room, for its file, for an export, for what it puts aside."""
    draft = tmp_path / "draft.duckdb"
    with pytest.raises(DiskFull, match="intact") as caught, warehouse._writing(draft):
        raise duckdb.IOException(text)
    assert caught.value.exit_code == 75
    assert not draft.exists()
    assert isinstance(database_error(duckdb.BinderException("x"), StoreError("y"), draft), StoreError)


def test_another_failure_of_the_database_is_no_trace(tmp_path: Path) -> None:
    """What fails in the SQL is an error of ours, too, and no full disk."""
    with pytest.raises(StoreError, match="cannot be made") as caught, warehouse._writing(tmp_path / "d.duckdb") as con:
        con.execute("SELECT nothing")
    assert not isinstance(caught.value, DiskFull)


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    place = tmp_path / "tiny"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk, where mounts are allowed")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_really_full(tiny: Path) -> None:
    """What DuckDB writes to a disk of four megabytes fails in our words, and leaves the disk empty again."""
    with pytest.raises(DiskFull), warehouse._writing(tiny / "draft.duckdb") as con:
        con.execute("CREATE TABLE t AS SELECT random() AS x FROM range(5000000)")
    assert not list(tiny.iterdir())
    with pytest.raises(DiskFull), warehouse._writing(tiny / "draft.duckdb") as con:
        con.execute("SET memory_limit = '50MB'")
        con.execute(
            "CREATE TABLE t AS SELECT count(*) FROM (SELECT random() AS x, md5(i::VARCHAR) AS m "
            "FROM range(3000000) r(i) ORDER BY m LIMIT 2000000)"
        )
