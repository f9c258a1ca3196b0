"""Blends: equal, or by what members were worth of late, from what was known at the origin."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from pipeline.forecast.blends import recent_weights
from tests.forecast.world import FAST_SETTINGS, demand, forecast, given, quick_policy

AHEAD = np.array([*range(1, 31), 35, 60, 90])
ORIGINS = np.arange(738_000, 738_000 + 18 * 30, 18)
LATE = int(ORIGINS[-1]) + 90


def errors(*sizes, seed=4):
    rng = np.random.default_rng(seed)
    return np.array([rng.normal(0, 1, (len(ORIGINS), len(AHEAD))) * size for size in sizes])


def test_members_that_erred_alike_weigh_the_same():
    """Without past, and with the same past, every member weighs the same at every lead."""
    one = errors(1.0)[0]
    nothing = recent_weights(ORIGINS[:0], np.empty((3, 0, len(AHEAD))), AHEAD, LATE)
    assert nothing == pytest.approx(np.full((3, len(AHEAD)), 1 / 3))
    assert recent_weights(ORIGINS, np.array([one, one]), AHEAD, LATE) == pytest.approx(np.full((2, len(AHEAD)), 0.5))


def test_day_one_is_judged_on_its_own():
    """A member that knows tomorrow best leads tomorrow, another the month, with no step between."""
    near = np.where(AHEAD == 1, 0.3, 2.0)
    weights = recent_weights(ORIGINS, errors(near, 1.0), AHEAD, LATE)
    assert weights[0, 0] > 0.8
    assert weights[0, 20] < 0.2
    assert np.abs(np.diff(weights[0])).max() < 0.5
    assert (np.diff(weights[0, :5]) < 0).all()


def test_few_origins_say_little():
    """One origin moves the weights a little, thirty a lot."""
    table = errors(0.5, 1.0)
    one, all_ = (recent_weights(ORIGINS[:n], table[:, :n], AHEAD, LATE)[0, 10] for n in (1, 30))
    assert 0.5 < one < 0.72
    assert all_ > 0.85


@drawn(st.integers(0, 29), st.integers(0, 2))
def test_weights_know_nothing_that_came_later(at, member):
    """Errors whose target comes after a day change no weight of that day; weights are shares."""
    table = errors(1.0, 0.7, 1.3)
    altered = table.copy()
    altered[member][ORIGINS[:, None] + AHEAD > ORIGINS[at]] *= 40
    before, after = (recent_weights(ORIGINS, each, AHEAD, int(ORIGINS[at])) for each in (table, altered))
    assert np.array_equal(before, after)
    assert before.sum(axis=0) == pytest.approx(np.ones(len(AHEAD)))
    assert (before > 0).all()


def test_a_weighted_blend_leans_to_its_better_member():
    """On demand-like days, the blend that weighs follows the harmonic regression, the plain one stays half-way."""
    today = date(2026, 1, 1)
    policies = [quick_policy(blends={"pair": ("dhr_ar", "naive")}, weighted=names) for names in ((), ("pair",))]
    wapes = []
    for policy in policies:
        scores = forecast(given(demand()), today, [policy], FAST_SETTINGS).scores.set_index(["model", "lead"])
        wapes.append([float(scores.loc[(model, "1-7"), "wape"]) for model in ("dhr_ar", "pair", "naive")])
    assert wapes[0][0] == wapes[1][0]
    assert wapes[1][1] < wapes[0][1]
