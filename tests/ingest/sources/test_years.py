"""Rules that must hold on every day of whole years: hours of a day, the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core import clock
from pipeline.emulator.simulated import Simulated
from pipeline.emulator.wire import data_body
from pipeline.emulator.xm_contract import contracts
from pipeline.ingest.sources.xm_reply import parse
from pipeline.ingest.windows import plan_windows


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
