"""Several nights: revisions are kept, and the archive alone brings everything back as it grew (S10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest.rounds import replay
from pipeline.ingest.states import read_states
from pipeline.ingest.windows import WindowRequest
from pipeline.store.lake import Lake
from tests.ingest.fake import METRICS, FakeXm, House

WEDNESDAY = dt.date(2026, 5, 20)
pytestmark = [pytest.mark.slow]


@dataclass
class RevisingXm(FakeXm):
    """An XM that gives May another price each night, and that cannot be read well on one of them."""

    def _body(self, request: WindowRequest) -> bytes:
        body = super()._body(request)
        if request.start == dt.date(2026, 5, 1) and request.metric.grain == "hourly":
            body = body.replace(b'"Hour07": "106"', b'"Hour07": "%d"' % (900 + self.today.day))
            body = body.replace(b'"Hour08": "107"', b'"Hour08": "N/D"')
        return body


@pytest.fixture
def revising(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose XM revises."""
    xm = RevisingXm(house.xm.catalog)
    monkeypatch.setattr("pipeline.ingest.planned.fetch", xm.fetch)
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", xm.preflight)
    return House(xm, house.home)


def test_an_archive_of_three_nights_is_the_lake(revising: House, tmp_path: Path) -> None:
    """Values, revisions with their days and quarantine: replayed into an empty folder they are the same bytes."""
    nights = [WEDNESDAY + dt.timedelta(days=n) for n in range(3)]
    reports = [revising.night(night) for night in nights]
    assert reports[0].rows_revised == 0
    assert reports[1].rows_revised >= 16
    assert reports[2].quarantined >= 16
    again = Paths(data=tmp_path / "again", build=tmp_path / "build")
    again.data.mkdir()
    again.bronze.symlink_to(revising.paths.bronze)
    run = RunInfo(nights[-1], revising.since, "simulated", dt.datetime.combine(nights[-1], dt.time(5, 40)))
    replay(revising.xm.catalog, load_settings(workers=1), again, run)
    grown, replayed = revising.lake.manifest(), Lake(again.lake).manifest()
    for name in (*METRICS, "_revisions", "_quarantine"):
        assert grown.fingerprint(name) == replayed.fingerprint(name), name
    seen = Lake(again.lake).read("_revisions", "log")["seen"].unique().to_pylist()
    assert seen == nights[1:]


def test_a_length_once_learned_is_kept(revising: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What XM accepts at most is remembered from run to run (I8)."""
    fetch = revising.xm.fetch
    given: list[dict[str, int]] = []

    def learns(*args: object, longest: dict[str, int], **how: object) -> object:
        given.append(dict(longest))
        if any(r.key == "PrecBolsNaci/Sistema" for r in args[1]):  # type: ignore[attr-defined]
            longest["PrecBolsNaci/Sistema"] = 15
        return fetch(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.ingest.planned.fetch", learns)
    revising.night(WEDNESDAY)
    assert read_states(revising.paths)["PrecBolsNaci/Sistema"]["longest"] == 15
    revising.night(WEDNESDAY + dt.timedelta(days=1))
    assert given[-1] == {"PrecBolsNaci/Sistema": 15}
