"""A part of the lake that is damaged on disk: left out, told, asked again; the night goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.errors import PartCorrupt
from pipeline.ingest.states import read_memory
from tests.ingest.fake import House

WEDNESDAY = dt.date(2026, 5, 20)
pytestmark = [pytest.mark.slow]


def flip(path: Path) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def rows(house: House) -> dict[tuple[str, str], list[dict[str, object]]]:
    """Return what the lake holds of the series."""
    keys = [key for key in house.lake.manifest().keys() if not key[0].startswith("_")]  # noqa: SIM118
    return {key: house.lake.read(*key).to_pylist() for key in keys if key[0] != "ListadoRios"}


@pytest.mark.parametrize("harm", [flip, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("metric", ["PrecBolsNaci", "AporCaudal"])
def test_a_damaged_part_is_asked_again(house: House, harm: Callable[[Path], object], metric: str) -> None:
    """Without an archive, too: the same night brings the days back, names them, and fails nothing."""
    house.night(WEDNESDAY)
    before = rows(house)
    part = next(part for part in house.lake.manifest().parts if part.metric == metric)
    harm(house.lake.path(part))
    report = house.night(WEDNESDAY)
    assert not report.failed
    assert [line for line in report.warnings if line.startswith(f"lost: {metric}/")]
    assert rows(house) == before
    assert not house.lake.verify()
    (span,) = read_memory(house.paths).lost
    assert (span["metric"], span["told"]) == (metric, WEDNESDAY.isoformat())
    report = house.night(WEDNESDAY + dt.timedelta(days=1))
    assert not [line for line in report.warnings if line.startswith("lost")]
    assert read_memory(house.paths).lost == []


def test_what_does_not_come_back_stays_told(house: House) -> None:
    """As long as the source does not give the days again, the pages say that they were lost."""
    house.night(WEDNESDAY)
    part = next(part for part in house.lake.manifest().parts if part.metric == "PrecBolsNaci")
    house.lake.path(part).unlink()
    house.xm.failing = {dt.date(2026, month, 1) for month in range(1, 6)}
    for number in range(3):
        house.night(WEDNESDAY + dt.timedelta(days=number))
        (span,) = read_memory(house.paths).lost
        assert (span["metric"], span["start"]) == ("PrecBolsNaci", "2026-01-01")
    house.xm.failing = set()
    house.night(WEDNESDAY + dt.timedelta(days=3))
    house.night(WEDNESDAY + dt.timedelta(days=4))
    assert read_memory(house.paths).lost == []


def test_a_disk_that_lost_most_of_the_lake_is_no_accident_of_a_file(house: House) -> None:
    """Nothing is left out by itself: a person looks at the disk first."""
    house.night(WEDNESDAY)
    before = house.lake.manifest()
    for part in before.parts:
        house.lake.path(part).unlink()
    with pytest.raises(PartCorrupt):
        house.night(WEDNESDAY)
    assert house.lake.manifest() == before
