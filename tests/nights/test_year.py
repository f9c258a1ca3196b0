"""A third of a year in the tests: what `./inv bench nights --only small` shows of 400 nights, in less."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.nights_small import year_lines
from tests.nights.year import MISHAPS, live_a_year

NIGHTS, SHARE = 90, 0.4


@pytest.mark.slow
@pytest.mark.xdist_group("nights")
def test_the_last_night_is_like_the_first(tmp_path: Path) -> None:
    """Mishaps drawn from a seed: nothing lost, late or fatter, and the same rows as a portal made from nothing."""
    year = live_a_year(tmp_path, NIGHTS, share=SHARE)
    assert year.faults == []
    assert year.late == []
    assert year.differs == []
    assert set(year.mishaps) == {*MISHAPS, "none"}
    assert [line for line in year_lines(year, NIGHTS) if not line.ok] == []
