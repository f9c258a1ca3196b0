"""Half-built days are recognised by their level, not by blanks."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from pipeline.ingest.quality import half_built_days, mark
from tests.ingest.conftest import metric

TODAY = dt.date(2024, 5, 6)


def days(totals: dict[dt.date, float]) -> pa.Table:
    """Return hourly rows whose days sum to `totals`."""
    stamps = [dt.datetime.combine(d, dt.time(h)) for d in totals for h in range(24)]
    values = [v / 24 for v in totals.values() for _ in range(24)]
    return pa.table({"code": ["Sistema"] * len(stamps), "ts": pa.array(stamps, pa.timestamp("ms")), "value": values})


def normal(until: dt.date, count: int = 40) -> dict[dt.date, float]:
    """Return a calm month of demand with its weekly swing [GWh]."""
    span = [until - dt.timedelta(days=n) for n in range(count, 0, -1)]
    return {d: 230.0 * (0.87 if d.weekday() == 6 else 1.0) for d in span}


def test_published_partial_days_are_marked() -> None:
    """52.6 and 49.1 GWh with 24 valid hours are provisional; the days before are not."""
    totals = {**normal(dt.date(2024, 5, 2)), dt.date(2024, 5, 2): 52.6, dt.date(2024, 5, 3): 49.1}
    assert half_built_days(days(totals), TODAY) == {dt.date(2024, 5, 2), dt.date(2024, 5, 3)}
    quality = mark(days(totals), metric(level_check=True), TODAY)["quality"].to_pylist()
    assert quality.count("provisional") == 48
    assert set(mark(days(totals), metric(), TODAY)["quality"].to_pylist()) == {"ok"}, "only where it is declared"


def test_an_old_low_day_is_real() -> None:
    """The blackout of 2007 is history, not a half-built day."""
    totals = {**normal(dt.date(2007, 4, 26)), dt.date(2007, 4, 26): 60.0}
    assert half_built_days(days(totals), TODAY) == set()


def test_new_year_is_no_half_built_day() -> None:
    """1 January has 74 % of a weekday and stays ok."""
    totals = {**normal(dt.date(2024, 1, 1)), dt.date(2024, 1, 1): 0.74 * 230}
    assert half_built_days(days(totals), dt.date(2024, 1, 4)) == set()


def test_known_history_gives_the_level() -> None:
    """Two new days alone are judged by what the lake knows."""
    fresh = days({dt.date(2024, 5, 2): 229.0, dt.date(2024, 5, 3): 49.1})
    assert half_built_days(fresh, TODAY) == set(), "without history there is nothing to compare with"
    assert half_built_days(fresh, TODAY, days(normal(dt.date(2024, 5, 2)))) == {dt.date(2024, 5, 3)}


@pytest.mark.parametrize("seed", range(5))
def test_clean_years_raise_no_false_flag(seed: int) -> None:
    """On a year of noisy but complete demand at most 1 % of days are flagged, whatever day we stand on."""
    rng = np.random.default_rng(seed)
    totals = {d: v * float(rng.normal(1, 0.03)) for d, v in normal(dt.date(2024, 5, 6), 365).items()}
    assert len(half_built_days(days(totals), TODAY)) <= 3
