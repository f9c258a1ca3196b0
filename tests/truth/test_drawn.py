"""Faults drawn over the kinds: a handful here, a hundred in `./inv bench truth`; and true extremes, which must pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.truth_faults import drawn_night
from tests.once import Once
from tests.truth.drawn import drawn, extremes, withheld
from tests.truth.house import FIRST, live, read
from tests.truth.scenes import base_of, truth_of
from tests.truth.shown import said_by_day

pytestmark = [pytest.mark.slow]


@pytest.mark.parametrize("seed", [1])
def test_drawn_faults_do_no_harm(seed: int, once: Once, tmp_path: Path) -> None:
    """Nothing wrong is quotable, nothing freezes, nothing is silent: a dozen faults in one night."""
    base = base_of(once)
    verdict = drawn_night(tmp_path, drawn(seed), base, truth_of("clean", once))
    assert (verdict.wrong, verdict.frozen, verdict.silent) == ([], [], [])


def test_true_extremes_may_be_quoted(once: Once, tmp_path: Path) -> None:
    """A blackout, a quarantine and a price of scarcity, all of whose identities close."""
    portal = live(tmp_path, [(FIRST, extremes(base_of(once)))], run=read)
    assert list(withheld(portal, said_by_day(portal, quotable=True))) == []


def test_every_group_and_kind_is_drawn() -> None:
    """A hundred draws cover every series that may err, and values, shapes, codes and lists."""
    draws = [draw for seed in range(1, 10) for draw in drawn(seed)]
    assert len(draws) >= 100
    assert {each.kind for draw in draws for each in draw.altered} >= {"scale", "blank", "put", "field", "drop"}
    assert {draw.group for draw in draws} >= {"demand", "reserves", "price", "lists", "members"}
