"""Adaptive bands: honest coverage, delayed feedback, borrowed scale."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.forecast.bands import adaptive_widths, native_widths, relative_size

AHEAD = np.arange(1, 31)
RNG = np.random.default_rng(5)
ORIGINS = np.arange(738_000, 738_000 + 3 * 260, 3)


def coverage(errors, widths, first=60):
    size = np.abs(errors)[first:, :, None]
    return 100 * (size <= widths[first:]).mean(axis=(0, 1))


def test_coverage_is_nominal_on_steady_errors():
    """On independent errors, 80 and 95 % bands cover 80 and 95 %."""
    errors = RNG.normal(0, 0.02, (260, 10))
    found = coverage(errors, adaptive_widths(ORIGINS, errors, 0.02, AHEAD[:10]))
    assert found == pytest.approx([80, 95], abs=2.5)


def test_coverage_recovers_after_a_break():
    """When errors double, the bands widen until they cover again."""
    errors = RNG.normal(0, 0.02, (260, 10))
    errors[120:] *= 2
    adaptive = coverage(errors, adaptive_widths(ORIGINS, errors, 0.03, AHEAD[:10]), first=170)
    frozen = coverage(errors, adaptive_widths(ORIGINS, errors, 0.0, AHEAD[:10]), first=170)
    assert adaptive[0] == pytest.approx(80, abs=4)
    assert adaptive[0] > frozen[0]


def test_a_band_uses_only_outcomes_known_at_its_origin():
    """Changing the errors whose targets come after an origin changes no band up to it."""
    errors = RNG.normal(0, 0.02, (100, 10))
    at = 70
    altered = errors.copy()
    targets = ORIGINS[:100, None] + np.arange(1, 11)[None, :]
    altered[targets > ORIGINS[at]] *= 50
    before, after = (adaptive_widths(ORIGINS[:100], table, 0.02, AHEAD[:10])[: at + 1] for table in (errors, altered))
    assert np.array_equal(before, after, equal_nan=True)
    assert np.isfinite(before[at]).all()


def test_no_band_from_too_few_errors():
    """The first origins have no past errors, hence no calibrated band."""
    widths = adaptive_widths(ORIGINS[:30], RNG.normal(0, 1, (30, 5)), 0.02, AHEAD[:5])
    assert np.isnan(widths[0]).all()
    assert np.isfinite(widths[-1]).all()


def test_relative_size_tends_to_the_ratio_of_errors():
    """Errors twice as large as the engine's give nearly 2 when there are many, nearly 1 when few."""
    engine = RNG.normal(0, 1, (30, 30))
    origins = ORIGINS[:30] * 1
    assert relative_size(origins, 2 * engine, engine, AHEAD, int(origins[-1]) + 30) == pytest.approx(2, abs=0.15)
    assert 1 < relative_size(origins[:1], 2 * engine[:1], engine[:1], AHEAD, int(origins[0]) + 5) < 1.3
    assert relative_size(origins, 2 * engine, engine, AHEAD, int(origins[0])) == 1.0


def test_native_widths_are_gaussian():
    """1.28 and 1.96 standard errors."""
    assert native_widths(np.array([2.0]))[0] == pytest.approx([2.563, 3.920], abs=1e-3)


def test_bands_open_smoothly_with_the_lead():
    """Errors that grow with the square root of the lead give bands that grow so, without ragged steps."""
    scale = 0.02 * np.sqrt(np.arange(1, 31))
    errors = RNG.normal(0, 1, (150, 30)) * scale
    last = adaptive_widths(ORIGINS[:150], errors, 0.02, AHEAD)[-1]
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
        adaptive_widths(ORIGINS[:120], table, 0.02, ahead, smooth=False)[-1] for table in (errors, altered)
    )
    assert np.array_equal(before, after)
    assert before[19, 0] > 3 * before[18, 0]
