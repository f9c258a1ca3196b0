"""Adaptive bands: honest coverage, delayed feedback, borrowed scale."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.forecast.bands import GAUSS, OPENING, RATE, adaptive_widths, native_widths, relative_size
from pipeline.forecast.proper import ALPHAS

AHEAD = np.arange(1, 31)
RNG = np.random.default_rng(5)
ORIGINS = np.arange(738_000, 738_000 + 3 * 260, 3)


def coverage(errors, widths, first=60):
    size = np.abs(errors)[first:, :, None]
    return 100 * (size <= widths[first:]).mean(axis=(0, 1))


def test_coverage_is_nominal_on_steady_errors():
    """On independent errors, 80 and 95 % bands cover 80 and 95 %."""
    errors = RNG.normal(0, 0.02, (260, 10))
    found = coverage(errors, adaptive_widths(ORIGINS, errors, RATE, AHEAD[:10]))
    assert found == pytest.approx([80, 95], abs=2.5)


def test_coverage_recovers_after_a_break():
    """When errors double, the bands widen until they cover again."""
    errors = RNG.normal(0, 0.02, (260, 10))
    errors[120:] *= 2
    adaptive = coverage(errors, adaptive_widths(ORIGINS, errors, RATE, AHEAD[:10]), first=170)
    frozen = coverage(errors, adaptive_widths(ORIGINS, errors, 0.0, AHEAD[:10]), first=170)
    assert adaptive[0] == pytest.approx(80, abs=4)
    assert adaptive[0] > frozen[0]


@pytest.mark.parametrize("drift", [2.0, 0.5])
def test_every_year_is_covered_whatever_the_years_before(drift):
    """Errors of another size each year: 80 and 95 % hold within 4 and 3 points in each of them."""
    rng = np.random.default_rng(11)
    size = np.repeat([1.0, drift, 1.0, drift, 1.0, drift], 122)
    errors = np.cumsum(rng.normal(0, 0.02, (len(size), 10)), axis=1) * size[:, None]
    origins = np.arange(738_000, 738_000 + 3 * len(size), 3)
    widths = adaptive_widths(origins, errors, RATE, AHEAD[:10])
    for year in range(1, 6):
        held = np.abs(errors)[122 * year : 122 * (year + 1), :, None] <= widths[122 * year : 122 * (year + 1)]
        found = 100 * held.mean(axis=(0, 1))
        assert found[0] == pytest.approx(80, abs=4)
        assert found[1] == pytest.approx(95, abs=3)


def test_what_bands_held_or_missed_beyond_their_share_is_owed():
    """Bands that always held cover as many points less; what missed is owed for half a year, and then forgotten."""
    errors = np.ones((520, 5))
    held = adaptive_widths(ORIGINS[0] + 3 * np.arange(520), errors, 0.0, AHEAD[:5])
    narrower = GAUSS * np.exp(-np.array(ALPHAS) / OPENING)
    assert held[-1] == pytest.approx(np.tile(narrower, (5, 1)), rel=1e-6)
    errors[200:215] = 4.0
    missed = adaptive_widths(ORIGINS[0] + 3 * np.arange(520), errors, 0.0, AHEAD[:5])
    # A month later the restlessness is over.
    assert (missed[230] > 1.2 * held[230]).all()
    assert (missed[230] > missed[290]).all()
    assert missed[-1] == pytest.approx(held[-1], rel=0.1)


def test_two_years_are_enough():
    """A night reads the origins of two years only: its band is the one that a longer memory would give."""
    rng = np.random.default_rng(3)
    errors = np.cumsum(rng.normal(0, 0.02, (700, 10)), axis=1) * np.repeat([1, 3, 1, 2, 1, 1, 1], 100)[:, None]
    origins = np.arange(738_000, 738_000 + 2100, 3)
    whole, short = (adaptive_widths(origins[-n:], errors[-n:], RATE, AHEAD[:10])[-1] for n in (700, 243))
    assert np.log(short / whole) == pytest.approx(0, abs=0.1)


def test_bands_of_a_season_ahead_do_not_swing():
    """Errors of a random walk: at no lead does one origin in a hundred have a band three times too wide or too narrow.

    Thirty outcomes of a season ahead are under way at once and tell of the same weeks: each moves its band the less.
    """
    rng = np.random.default_rng(17)
    ahead = np.array([*range(1, 31), *range(35, 91, 5)])
    walk = np.cumsum(rng.normal(0, 0.02, 3 * 1200 + 91))
    origins = np.arange(3 * 1200, step=3)
    errors = walk[origins[:, None] + ahead] - walk[origins][:, None]
    widths = adaptive_widths(origins, errors, RATE, ahead)[300:, :, 0]
    right = 1.2816 * 0.02 * np.sqrt(ahead)
    assert np.quantile(np.abs(np.log(widths / right)), 0.99, axis=0).max() < np.log(3)


def test_a_band_uses_only_outcomes_known_at_its_origin():
    """Changing the errors whose targets come after an origin changes no band up to it."""
    errors = RNG.normal(0, 0.02, (100, 10))
    at = 70
    altered = errors.copy()
    targets = ORIGINS[:100, None] + np.arange(1, 11)[None, :]
    altered[targets > ORIGINS[at]] *= 50
    before, after = (adaptive_widths(ORIGINS[:100], table, RATE, AHEAD[:10])[: at + 1] for table in (errors, altered))
    assert np.array_equal(before, after, equal_nan=True)
    assert np.isfinite(before[at]).all()


def test_no_band_from_too_few_errors():
    """The first origins have no past errors, hence no calibrated band."""
    widths = adaptive_widths(ORIGINS[:30], RNG.normal(0, 1, (30, 5)), 0.1, AHEAD[:5])
    assert np.isnan(widths[0]).all()
    assert np.isfinite(widths[-1]).all()


def test_relative_size_tends_to_the_ratio_of_errors_at_each_lead():
    """Errors twice as large as the engine's give nearly 2 when there are many, nearly 1 when few; leads apart."""
    engine = RNG.normal(0, 1, (60, 30))
    origins = ORIGINS[:60] * 1
    late = int(origins[-1]) + 30
    assert relative_size(origins, 2 * engine, engine, AHEAD, late) == pytest.approx(2, abs=0.15)
    few = relative_size(origins[:1], 2 * engine[:1], engine[:1], AHEAD, int(origins[0]) + 5)
    assert (few < 1.4).all()
    assert few[0] > 1
    assert (relative_size(origins, 2 * engine, engine, AHEAD, int(origins[0])) == 1.0).all()
    worse_far = relative_size(origins, engine * np.linspace(1, 3, 30), engine, AHEAD, late)
    assert worse_far[0] == pytest.approx(1, abs=0.3)
    assert worse_far[-1] == pytest.approx(2.8, abs=0.4)


def test_native_widths_are_gaussian():
    """1.28 and 1.96 standard errors."""
    assert native_widths(np.array([2.0]))[0] == pytest.approx([2.563, 3.920], abs=1e-3)


def test_bands_open_smoothly_with_the_lead():
    """Errors that grow with the square root of the lead give bands that grow so, without ragged steps."""
    scale = 0.02 * np.sqrt(np.arange(1, 31))
    errors = RNG.normal(0, 1, (150, 30)) * scale
    last = adaptive_widths(ORIGINS[:150], errors, RATE, AHEAD)[-1]
    assert (np.diff(last[:, 0]) > 0).all()
    assert np.abs(np.diff(np.log(last), n=2, axis=0))[5:].max() < 0.02
    assert last[29, 0] / last[0, 0] == pytest.approx(np.sqrt(30), rel=0.35)
    assert (last[:, 1] > last[:, 0]).all()


def test_hours_wait_for_the_end_of_their_day():
    """A target of the next day is known the day after, whatever its hour; widths of hours are not smoothed."""
    ahead = np.repeat([1, 2], 24)
    scale = np.where(np.arange(48) % 24 == 19, 0.05, 0.01)
    errors = RNG.normal(0, 1, (120, 48)) * scale
    altered = errors.copy()
    altered[-1] *= 100
    before, after = (
        adaptive_widths(ORIGINS[:120], table, RATE, ahead, smooth=False)[-1] for table in (errors, altered)
    )
    assert np.array_equal(before, after)
    assert before[19, 0] > 3 * before[18, 0]
