"""The past in rounds and over nights: each round stands for itself, and what was not sent is simply not yet asked."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import PartCorrupt
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.ingest import plan
from pipeline.ingest.gaps import KEEP_FILLED, Ledger
from pipeline.ingest.states import Memory, Window, choose_wanted, read_memory, read_states, write_memory
from pipeline.ingest.windows import Status
from pipeline.store.lake import Lake
from tests.ingest.fake import METRICS, House
from tests.ingest.kept import write_states

WEDNESDAY = dt.date(2026, 5, 20)
SINCE = dt.date(2019, 1, 1)
ONE = dt.timedelta(days=1)
slow = [pytest.mark.slow]


@pytest.fixture
def backlog(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house that wants seven years, at 60 questions a night in rounds of 25."""
    monkeypatch.setattr(plan, "ROUND", 25)
    house.since, house.requests = SINCE, 60
    return house


@pytest.mark.slow
def test_the_past_comes_in_over_nights_and_is_the_same_lake(backlog: House, tmp_path: Path) -> None:
    """Newest first, nothing twice a night, progress told; in the end the lake of one great night."""
    today, reached = WEDNESDAY, []
    for _ in range(6):
        report = backlog.night(today)
        assert len(backlog.xm.asked) <= 60
        assert len({(r.key, r.start) for r in backlog.xm.asked}) == len(backlog.xm.asked)
        assert dt.date(today.year, today.month, 1) in backlog.asked("PrecBolsNaci"), "new days are never late"
        assert not report.failed
        reached.append(report.progress["all"]["complete_since"])
        states = read_states(backlog.paths)
        assert {states[f"{m}"]["state"] for m in ("PrecBolsNaci/Sistema", "AporCaudal/Rio")} == {"ok"}
        if report.progress["all"]["asked"] == report.progress["all"]["wanted"]:
            break
        today += ONE
    assert reached == sorted(reached, reverse=True) and reached[-1] == SINCE.isoformat()
    assert read_memory(backlog.paths).sources["xm"]["complete_since"] == SINCE.isoformat()
    assert backlog.gaps() == []
    once = House(backlog.xm, tmp_path / "once", SINCE)
    once.night(today)
    for name in METRICS:
        assert once.lake.manifest().fingerprint(name) == backlog.lake.manifest().fingerprint(name), name


@pytest.mark.slow
def test_a_kill_costs_one_round(backlog: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was committed before stays and is not asked again; the next run goes on."""
    fetch = backlog.xm.fetch

    def killed(*rest: object, **how: object) -> object:
        if len(backlog.xm.asked) >= 40:
            raise KeyboardInterrupt
        return fetch(*rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.ingest.planned.fetch", killed)
    with pytest.raises(KeyboardInterrupt):
        backlog.night(WEDNESDAY)
    before = backlog.lake.manifest()
    assert before.version >= 2 and before.of("PrecBolsNaci", "Sistema")
    known = {(key, start) for key, state in read_states(backlog.paths).items() for start in state["windows"]}
    monkeypatch.setattr("pipeline.ingest.planned.fetch", fetch)
    report = backlog.night(WEDNESDAY)
    assert not report.failed
    assert not {(r.key, r.start.isoformat()) for r in backlog.xm.asked} & known


@pytest.mark.slow
def test_a_usual_night_is_one_commit_and_one_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night that is not large is one round; XM's list of metrics is asked once, however many there are."""
    lists: list[int] = []
    preflight = house.xm.preflight
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", lambda s: (lists.append(1), preflight(s))[1])
    house.night(WEDNESDAY)
    version = house.lake.manifest().version
    house.night(WEDNESDAY + ONE)
    assert house.lake.manifest().version == version + 1
    monkeypatch.setattr(plan, "ROUND", 5)
    house.since, before = SINCE, len(lists)
    house.night(WEDNESDAY + 2 * ONE)
    assert house.lake.manifest().version > version + 10
    assert len(lists) == before + 1


@pytest.mark.slow
def test_a_source_that_goes_down_halfway_is_told_once(backlog: House) -> None:
    """What came is kept; what was not sent is no failed window, no gap, no failed series; tomorrow it is asked."""
    backlog.xm.power = 30
    report = backlog.night(WEDNESDAY)
    assert report.down == {"xm": "http_503"} and set(report.failed) == {"source xm"}
    assert (report.failed_windows, backlog.gaps(), len(backlog.xm.asked)) == (0, [], 30)
    statuses = {w["status"] for state in read_states(backlog.paths).values() for w in state["windows"].values()}
    assert statuses == {"ok"}
    assert backlog.lake.read("PrecBolsNaci", "Sistema").num_rows
    backlog.xm.power = 0
    report = backlog.night(WEDNESDAY + ONE)
    assert set(report.failed) == {"source xm"}
    assert read_memory(backlog.paths).sources["xm"]["down"] == "http_503"
    backlog.xm.power = None
    assert not backlog.night(WEDNESDAY + ONE).failed
    assert read_memory(backlog.paths).sources["xm"]["down"] == ""


@pytest.mark.slow
def test_a_series_whose_turn_has_not_come_says_so(backlog: House) -> None:
    """No question was left for it: empty, not asked, and no failure."""
    backlog.requests = 4
    report = backlog.night(WEDNESDAY, ["AporCaudal", "PrecBolsNaci", "DemaSIN", "Gene", "ListadoRios"])
    reasons = {state["reason"] for state in read_states(backlog.paths).values() if state["state"] == "empty"}
    assert reasons == {"not_asked"}
    assert not report.failed


@pytest.mark.slow
def test_a_hole_between_years_is_seen_when_the_older_year_comes(backlog: House) -> None:
    """Two empty years are no gap while nothing older is known; once 2021 is there, they are."""
    backlog.since = dt.date(2020, 1, 1)
    hole = {dt.date(2022, 1, 1) + n * ONE for n in range(730)}
    backlog.xm.absent = hole
    backlog.requests = 80
    today = WEDNESDAY
    for _ in range(8):
        report = backlog.night(today, ["PrecBolsNaci"])
        if report.progress["all"]["asked"] == report.progress["all"]["wanted"]:
            break
        today += ONE
    found = [(g["start"], g["end"]) for g in backlog.gaps() if g["state"] == "open"]
    days = {start + n * ONE for start, end in found for n in range((end - start).days + 1)}
    assert days == hole


def test_gaps_filled_long_ago_leave_the_ledger(house: House) -> None:
    """Open and confirmed ones stay, whatever their age."""
    key, ledger = ("PrecBolsNaci", "Sistema"), Ledger()
    for day in range(3):
        ledger.missing(key, 739_000 + 2 * day, "no_data", WEDNESDAY, answered=True)
    ledger.arrived(key, 739_000, WEDNESDAY)
    ledger.forget(WEDNESDAY + KEEP_FILLED * ONE)
    assert ledger.table(house.xm.catalog).num_rows == 3
    ledger.forget(WEDNESDAY + (KEEP_FILLED + 1) * ONE)
    assert {row["state"] for row in ledger.table(house.xm.catalog).to_pylist()} == {"open"}


def test_what_is_wanted_is_kept_with_the_lake(tmp_path: Path) -> None:
    """Told once it stays; told otherwise it changes; `all` forgets the choice of metrics."""
    paths, first = Paths(data=tmp_path, build=tmp_path / "build"), dt.date(2000, 1, 1)
    assert choose_wanted(paths, None, None, first) == (first, None)
    document = {"source": "xm", "wanted": {"since": "2019-05-01", "metrics": ["Gene"]}, "series": {}}
    paths.ingest.write_text(json.dumps(document))
    assert choose_wanted(paths, None, None, first) == (dt.date(2019, 5, 1), ["Gene"])
    assert choose_wanted(paths, first, ["DemaSIN"], first) == (first, ["DemaSIN"])
    assert choose_wanted(paths, None, ["all"], first) == (dt.date(2019, 5, 1), None)
    paths.ingest.write_text(json.dumps({"source": "xm", "series": {}}))
    assert choose_wanted(paths, None, None, first) == (first, None), "a file of before still reads"


@pytest.mark.slow
def test_an_ingest_keeps_what_it_was_asked_for(house: House) -> None:
    """In the file that travels with the backup; states written by others leave it alone."""
    house.night(WEDNESDAY)
    document = json.loads(house.paths.ingest.read_text())
    assert document["wanted"] == {"since": "2026-01-01", "metrics": list(METRICS)}
    memory = read_memory(house.paths)
    write_states(house.paths, house_run(house), {})
    assert read_memory(house.paths).wanted == memory.wanted


def house_run(house: House) -> RunInfo:
    """Return a run of that house."""
    return RunInfo(WEDNESDAY, house.since, "simulated", dt.datetime(2026, 5, 20))


@pytest.mark.parametrize(
    "text", ["", "{", '{"source": "xm"}', '{"series": []}', "[]", '{"source": 1, "series": {"a": 1}}']
)
def test_a_damaged_memory_is_a_clear_error(house: House, text: str) -> None:
    """Whatever is wrong with it: which file, and what to do; the lake stays."""
    house.paths.data.mkdir(exist_ok=True)
    house.paths.ingest.write_text(text)
    with pytest.raises(PartCorrupt, match="restore") as caught:
        house.night(WEDNESDAY)
    assert "ingest.json" in str(caught.value)
    assert Lake(house.paths.lake).is_empty()


_DAYS = st.integers(0, 40)
_WINDOWS = st.lists(
    st.tuples(
        _DAYS, st.integers(1, 9), st.sampled_from(["2026-05-01", "2026-05-02"]), st.sampled_from(["ok", "empty"])
    ),
    max_size=12,
)


@given(_WINDOWS)
def test_windows_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, int, str, Status]]
) -> None:
    """Whether they follow each other, overlap or lie apart; a file that names each window apart still reads."""
    first, windows = dt.date(2026, 1, 1), dict[str, Window]()
    for place, length, asked, status in drawn:
        start = first + dt.timedelta(days=place)
        end = (start + dt.timedelta(days=length - 1)).isoformat()
        windows[start.isoformat()] = {"end": end, "asked": asked, "status": status, "reason": ""}
    memory = Memory("xm", series={"Gene/Sistema": {"state": "ok", "reason": "", "windows": windows}})
    paths = Paths(data=tmp_path_factory.mktemp("memory"), build=tmp_path_factory.mktemp("build"))
    write_memory(paths, memory)
    assert read_memory(paths).series == memory.series
    paths.ingest.write_text(json.dumps({"source": "xm", "series": memory.series}))
    assert read_memory(paths).series == memory.series


def test_a_month_after_the_other_costs_one_more_day(tmp_path: Path) -> None:
    """Twenty-six years of 193 series were 6 MB of the same words, written anew every night."""
    months = pd.date_range("2000-01-01", "2026-01-01", freq="MS").date
    windows: dict[str, Window] = {
        str(start): {"end": str(end - dt.timedelta(days=1)), "asked": "2026-05-01", "status": "ok", "reason": ""}
        for start, end in pairwise(months)
    }
    paths = Paths(data=tmp_path, build=tmp_path)
    write_memory(paths, Memory("xm", series={"Gene/Sistema": {"state": "ok", "reason": "", "windows": windows}}))
    assert paths.ingest.stat().st_size < 14 * len(windows) + 300


def test_what_an_older_release_called_otherwise_is_read(house: House) -> None:
    """The host without room was once said to hold the past."""
    told = {"xm": {"asked": 1, "held": "GitHub Pages"}}
    house.paths.ingest.write_text(json.dumps({"source": "xm", "sources": told, "series": {}}), encoding="utf-8")
    assert read_memory(house.paths).sources == {"xm": {"asked": 1, "no_room": "GitHub Pages"}}
