"""Units: factors are derived, dimensions never meet by accident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import UsageError
from pipeline.core.units import UNITS, convert, dimension, factor


@pytest.mark.parametrize(
    ("source", "stored", "expected"),
    [("kWh", "GWh", 1e-6), ("kW", "MW", 1e-3), ("1", "%", 100), ("COP", "MCOP", 1e-6), ("m3", "hm3", 1e-6)],
)
def test_factor_of_known_pairs(source: str, stored: str, expected: float) -> None:
    """The factors the sector uses come out of the table."""
    assert factor(source, stored) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(("source", "stored"), [("kWh", "MW"), ("kW", "GWh"), ("COP", "COP/kWh"), ("1", "GWh")])
def test_dimensions_do_not_mix(source: str, stored: str) -> None:
    """Energy is no power and money is no price."""
    with pytest.raises(UsageError, match="different dimensions"):
        factor(source, stored)


def test_unknown_unit_is_named() -> None:
    """A unit nobody declared is refused by name."""
    with pytest.raises(UsageError, match="Wh/año"):
        dimension("Wh/año")


@given(st.floats(-1e12, 1e12), st.sampled_from([(a, b) for a in UNITS for b in UNITS if dimension(a) == dimension(b)]))
def test_round_trip(value: float, pair: tuple[str, str]) -> None:
    """There and back again is the same value to a part in 10¹²."""
    source, stored = pair
    assert convert(convert(value, source, stored), stored, source) == pytest.approx(value, rel=1e-12, abs=1e-300)
