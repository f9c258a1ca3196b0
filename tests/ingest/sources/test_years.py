"""Rules that must hold on every day of whole years: half-built days, hours of a day, the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core import clock
from pipeline.emulator.simulate import world
from pipeline.emulator.simulated import Simulated
from pipeline.emulator.wire import data_body
from pipeline.emulator.xm_contract import contracts
from pipeline.ingest.quality import half_built_days
from pipeline.ingest.sources.xm_reply import parse
from pipeline.ingest.windows import plan_windows

HISTORY = 62  # days the lake hands over with a window


def flags(totals: pd.Series[float], spoil: float = 1.0) -> tuple[int, int, int]:
    """Stand on every day of `totals` with the two newest days at `spoil` of their energy.

    Returns:
        Newest days flagged, other days flagged, days judged.
    """
    days = np.array(totals.index, dtype="datetime64[D]")
    values = totals.to_numpy(dtype=float)
    hit = false = judged = 0
    for end in range(HISTORY, len(days)):
        span = slice(end - HISTORY, end)
        seen = values[span].copy()
        seen[-2:] *= spoil
        rows = pa.table({"ts": pa.array(days[span].astype("datetime64[ms]")), "value": seen})
        newest = days[end - 1].astype(dt.date)
        low = half_built_days(rows, newest + dt.timedelta(days=2))
        recent = {days[end - 1].astype(dt.date), days[end - 2].astype(dt.date)}
        hit += len(low & recent)
        false += len(low - recent)
        judged += 1
    return hit, false, judged


@pytest.mark.slow
def test_five_simulated_years() -> None:
    """Two newest days at 24 %: all flagged. Nothing spoilt: no more than 1 %, whatever day we stand on (I19)."""
    built = world.build(dt.date(2011, 6, 30), 7)
    demand = np.asarray(built.demand, dtype=float)
    totals = pd.Series(
        demand.reshape(len(built.days), -1).sum(axis=1), index=[pd.Timestamp(day).date() for day in built.days]
    )
    five = totals[[day >= dt.date(2006, 4, 1) for day in totals.index]]
    assert len(five) > 5 * 365
    hit, _, judged = flags(five, 0.24)
    assert hit == 2 * judged
    hit, false, judged = flags(five)
    assert hit + false <= 0.01 * judged


@pytest.mark.real
@pytest.mark.slow
def test_five_real_years(realdata: Path) -> None:
    """The same on the demand of 2015 to 2019 as published; the daily total falls no lower than 74 % of its month."""
    frame = pd.read_parquet(realdata / "demanda_sin_diaria.parquet")
    name = next(c for c in ("series", "variable", "metric") if c in frame.columns)
    frame = frame[frame[name] == "DemaSIN"]
    days = pd.to_datetime(frame["date"]).dt.date
    totals = pd.Series(frame["value"].to_numpy(dtype=float), index=list(days)).sort_index()
    five = totals[[dt.date(2014, 11, 1) <= day <= dt.date(2019, 12, 31) for day in totals.index]]
    hit, _, judged = flags(five, 0.24)
    assert hit == 2 * judged
    hit, false, judged = flags(five)
    assert hit + false <= 0.01 * judged


@pytest.mark.slow
def test_every_day_of_a_leap_year_has_24_hours(catalog: Catalog) -> None:
    """Hour01 is 00:00 and no day has 23 or 25 hours: there is no summer time in Colombia (I20)."""
    today = dt.date(2025, 1, 20)
    source, metric = Simulated(today), catalog.metrics["PrecBolsNaci"]
    contract = contracts([metric])[metric.id, "Sistema"]
    hours: dict[dt.date, list[int]] = {}
    for first, last in plan_windows(metric, dt.date(2024, 1, 1), dt.date(2024, 12, 31)):
        body = data_body(contract, first, last, source.block(contract, first, last))
        for stamp in parse(body, metric, "Sistema", first, last).rows["ts"].to_pylist():
            hours.setdefault(stamp.date(), []).append(stamp.hour)
    assert len(hours) == 366
    assert [day for day, found in hours.items() if found != list(range(24))] == []


_CLOCKS = {
    "2026-11-24T04:59:59+00:00": "2026-11-23",  # one second to midnight in Bogota
    "2026-11-24T05:00:00+00:00": "2026-11-24",
    "2026-01-01T04:59:59+00:00": "2025-12-31",
    "2026-01-01T05:00:00+00:00": "2026-01-01",
    "2024-02-29T04:59:59+00:00": "2024-02-28",
    "2024-02-29T12:00:00+00:00": "2024-02-29",
    "2024-03-01T04:59:59+00:00": "2024-02-29",
    "2016-12-31T23:59:59+00:00": "2016-12-31",  # followed by a leap second, 18:59:60 in Bogota
}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Bogota"])
@pytest.mark.parametrize(("instant", "day"), _CLOCKS.items())
def test_the_day_is_bogotas(
    instant: str, day: str, zone: str, monkeypatch: pytest.MonkeyPatch, set_clock: Callable[[dt.datetime], None]
) -> None:
    """Wherever the machine stands, `today` is the date in Bogotá at eight awkward instants (I29)."""
    monkeypatch.setenv("TZ", zone)
    set_clock(dt.datetime.fromisoformat(instant))
    assert clock.now_bogota().date().isoformat() == day


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[dt.datetime], None]:
    """Let the operating system's clock say something else."""

    def put(instant: dt.datetime) -> None:
        class Fixed(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
                return instant.astimezone(tz)

        class Module:
            datetime = Fixed

        monkeypatch.setattr(clock, "dt", Module)

    return put
