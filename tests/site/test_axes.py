"""Ranges and ticks."""

from __future__ import annotations

import pytest

from pipeline.site.drawing import axes


def test_bars_start_at_zero_and_snug_lines_do_not() -> None:
    """Lengths are honest from zero; a line far from zero shows its shape."""
    assert axes.y_range([200, 240], zero=True)[0] == 0
    low, high = axes.y_range([200, 240], zero=False)
    assert 190 < low < 200
    assert 240 < high < 250


def test_a_line_near_zero_starts_at_zero() -> None:
    """Cutting the last bit of axis would hide how close the line came."""
    assert axes.y_range([5, 100], zero=False)[0] == 0


def test_negative_bars_keep_zero_inside() -> None:
    """A range of negative lengths ends at zero."""
    assert axes.y_range([-5, -1], zero=True) == (pytest.approx(-5.3), 0.0)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 254, ["0", "50", "100", "150", "200", "250"]),
        (191, 249, ["200", "210", "220", "230", "240"]),
        (0, 1.3, ["0,0", "0,5", "1,0"]),
    ],
)
def test_y_ticks_are_round_and_colombian(low: float, high: float, texts: list[str]) -> None:
    """Ticks repeat Plotly's 1-2-5 rule and are written with a decimal comma."""
    assert [text for _, text in axes.y_ticks(low, high)] == texts


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-11-20", "2026-11-21", "20 nov"),
        ("2026-11-01", "2026-11-20", "1 nov"),
        ("2025-11-22", "2026-11-22", "ene 2026"),
        ("2010-01-01", "2026-11-22", "2020"),
    ],
)
def test_time_ticks_are_spanish_and_few(first: str, last: str, expected: str) -> None:
    """Any span gets between two and nine ticks in Spanish."""
    texts = [text for _, text in axes.time_ticks(axes.millis(first), axes.millis(last))]
    assert expected in texts
    assert 2 <= len(texts) <= 9


def test_millis_and_iso_are_inverse() -> None:
    """An hour survives the trip to numbers and back."""
    assert axes.from_millis(axes.millis("2026-11-22 05:00")) == "2026-11-22 05:00"
