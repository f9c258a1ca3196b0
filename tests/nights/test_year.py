"""A third of a year in the tests: what `./inv bench nights --only small` shows of 400 nights, in less."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.nights_small import year_lines
from tests.nights.year import MISHAPS, live_a_year

NIGHTS, SHARE = 90, 0.4
WRITTEN = "MB written, last month over first"
#: The bench holds this to 1.1. In its first month the log of revisions is still empty: a third of a year shows 1.19, as
#: the file of its newest month is written every night; nothing else grows.
FULL_LOG = 1.25


@pytest.mark.slow
@pytest.mark.again
def test_the_last_night_is_like_the_first(tmp_path: Path) -> None:
    """Mishaps drawn from a seed: nothing lost, late or fatter, and the same rows as a portal made from nothing."""
    year = live_a_year(tmp_path, NIGHTS, share=SHARE)
    assert year.faults == []
    assert year.late == []
    assert year.differs == []
    assert set(year.mishaps) == {*MISHAPS, "none"}
    lines = {line.what.removeprefix(f"{NIGHTS} nights: "): line for line in year_lines(year, NIGHTS)}
    assert lines.pop(WRITTEN).value <= FULL_LOG
    assert [line for line in lines.values() if not line.ok] == []
