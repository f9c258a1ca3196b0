"""Sources fail alone: one that is down keeps what it gave, the others go on, and the run says which."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.core.errors import SourceUnavailable
from pipeline.ingest import rounds
from pipeline.ingest.job import Adaptor, SourceJob
from tests.ingest.fake import House

WEDNESDAY = dt.date(2026, 5, 20)
THURSDAY = WEDNESDAY + dt.timedelta(days=1)
BOTH = ("PrecBolsNaci", "PB_Nal")
pytestmark = [pytest.mark.slow]


def down(job: SourceJob) -> None:
    """Answer nothing."""
    raise SourceUnavailable(f"{job.source} cannot be reached", hint="run again later")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """SIMEM replaced by a source that only tells that it was asked."""
    asked: list[str] = []
    monkeypatch.setitem(rounds.SOURCES, "simem", Adaptor(lambda e: asked.append(e.source), down))
    return asked


def test_another_source_down_stops_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """XM's values come in although SIMEM is away; SIMEM is named."""
    monkeypatch.setitem(rounds.SOURCES, "simem", Adaptor(down, down))
    report = house.night(WEDNESDAY, BOTH)
    assert set(report.down) == {"simem"}
    assert "simem cannot be reached" in report.failed["source simem"]
    assert house.lake.read("PrecBolsNaci", "Sistema").num_rows > 3000


def test_the_main_source_down_keeps_what_there_is(
    house: House, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a lake, the others still go and the lake stays; without one, there is nothing to show and the run ends."""
    xm = rounds.SOURCES["xm"]
    monkeypatch.setitem(rounds.SOURCES, "xm", Adaptor(down, down))
    with pytest.raises(SourceUnavailable, match="xm cannot be reached") as caught:
        house.night(WEDNESDAY, BOTH)
    assert caught.value.exit_code == 75
    assert house.lake.manifest().parts == ()
    monkeypatch.setitem(rounds.SOURCES, "xm", xm)
    house.night(WEDNESDAY, BOTH)
    before = house.lake.manifest().fingerprint()
    monkeypatch.setitem(rounds.SOURCES, "xm", Adaptor(down, down))
    report = house.night(THURSDAY, BOTH)
    assert list(report.down) == ["xm"]
    assert calls == ["simem"] * 3
    assert house.lake.manifest().fingerprint() == before
