"""Proper scores: hand calculations, and no gain for who says what he does not believe."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from pipeline.forecast.proper import LEVELS, ranked_probability_score, weighted_interval_score

BANDS = np.array([[90.0, 110.0, 80.0, 120.0]])
MEAN = np.array([100.0])
GAUSS = np.array([-1.959964, -1.281552, 0.0, 1.281552, 1.959964])


def both(actual, mean=MEAN, bands=BANDS):
    actual = np.array([actual])
    return [float(score(mean, bands, actual)[0]) for score in (weighted_interval_score, ranked_probability_score)]


def test_the_interval_score_is_that_of_a_hand_calculation():
    """Inside both bands their widths count; outside, the distance too, by two over the miss rate."""
    assert both(100.0)[0] == pytest.approx((0.1 * 20 + 0.025 * 40) / 2.5)
    assert both(125.0)[0] == pytest.approx((0.5 * 25 + 0.1 * (20 + 10 * 15) + 0.025 * (40 + 40 * 5)) / 2.5)


@drawn(st.floats(60, 140))
def test_the_ranked_score_is_the_integral_that_defines_it(actual):
    """The closed form is the sum over fine steps of (F(x) - 1[x >= y])^2, ends of the distribution at the 95 % band."""
    grid = np.linspace(40, 160, 240_001)
    heights = np.interp(grid, [80, 90, 100, 110, 120], LEVELS)
    heights = np.where(grid < 80, 0.0, np.where(grid > 120, 1.0, heights))
    step = grid[1] - grid[0]
    assert both(actual)[1] == pytest.approx(float(((heights - (grid >= actual)) ** 2).sum() * step), abs=2e-3)


def test_a_point_without_width_scores_its_error():
    """Bands of no width leave the absolute error, for CRPS exactly."""
    flat = np.full((1, 4), 100.0)
    assert both(107.0, bands=flat)[1] == pytest.approx(7)


@pytest.mark.parametrize("score", [weighted_interval_score, ranked_probability_score])
@pytest.mark.parametrize("bent", [0.5, 0.7, 1.5, 2.5])
def test_honest_bands_score_best(score, bent):
    """On Gaussian outcomes, the bands of that Gaussian beat narrower and wider ones."""
    rng = np.random.default_rng(8)
    actual = rng.normal(100, 10, 20_000)

    def mean_score(width):
        edges = 100 + 10 * width * GAUSS
        bands = np.tile(edges[[1, 3, 0, 4]], (len(actual), 1))
        return float(score(np.full(len(actual), 100.0), bands, actual).mean())

    assert mean_score(1.0) < mean_score(bent)


def test_no_band_no_score():
    """Without bands both are not a number."""
    assert np.isnan(both(100.0, bands=np.full((1, 4), np.nan))).all()
