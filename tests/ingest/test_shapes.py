"""Answers of another shape: told or failed with the first offending item, never keyed by it, never taken for silence.

The kinds are drawn over every series of XM that the emulator answers.
"""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.emulator.server import Emulator, build
from pipeline.ingest.codes import NO_LIST, Vocabulary, fold, normal
from pipeline.ingest.rows import SeriesRows, unfolded
from pipeline.ingest.sources.xm_reply import judge_xm, read_replies
from pipeline.ingest.states import read_states
from pipeline.store.bronze import BronzeRef
from tests.ingest.fake import House
from tests.ingest.reshape import BESIDE, BLANK, NAMELESS, RESPELLED, UNREADABLE, Change, reshaped

TODAY = dt.date(2026, 11, 23)
FIRST, LAST = dt.date(2026, 10, 1), dt.date(2026, 10, 3)
WEDNESDAY = dt.date(2026, 5, 20)
CATALOG = load_catalog()
SERIES = [
    (metric.id, entity)
    for metric in CATALOG.data_metrics()
    if metric.source == "xm" and metric.grain in {"hourly", "daily"} and not metric.ends
    for entity in metric.entities
]


@cache
def emulator() -> Emulator:
    """The simulated source."""
    return build("simulated", TODAY)


@cache
def answer(metric: str, entity: str) -> bytes:
    """Return a good answer of three days."""
    grain = emulator().catalog[metric, entity].grain
    asked = {"MetricId": metric, "Entity": entity, "StartDate": f"{FIRST}", "EndDate": f"{LAST}"}
    return emulator().reply(grain, json.dumps(asked).encode())


def read(body: bytes, metric: Metric, entity: str, words: Vocabulary = NO_LIST) -> SeriesRows:
    """Read one archived reply."""
    ref = BronzeRef(Path("x"), metric.id, entity, FIRST, LAST, "2026-11-23", "a" * 12)
    found = read_replies(metric, entity, [(ref, body)], words.with_known(words.known.values()))
    found.balance.check()
    return found


def values(series: SeriesRows) -> dict[tuple[str, dt.datetime], float]:
    """Return the rows by code and hour."""
    if not series.rows.num_rows:
        return {}
    return {(row["code"], row["ts"]): row["value"] for row in unfolded(series.rows).to_pylist()}


def texts(document: object) -> list[str]:
    """Return every text of a JSON document."""
    if isinstance(document, str):
        return [document]
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return [text for value in inner for text in texts(value)]


def first_field(metric: Metric, entity: str) -> str:
    """Return a field that identifies a row of a series."""
    return emulator().catalog[metric.id, entity].keys[-1] if emulator().catalog[metric.id, entity].keys else ""


drawn = given(
    series=st.sampled_from(SERIES),
    part=st.sampled_from(["all", "one day", "one row"]),
    data=st.data(),
)


def share(part: str, body: bytes, grain: str) -> tuple[range | list[int], int]:
    """Return the numbers of the rows to change, and how many there are."""
    items = json.loads(body)["Items"]
    days = [item["Date"] for item in items for key, rows in item.items() if key.endswith("Entities") for _ in rows]
    if part == "one row":
        return range(min(1, len(days))), len(days)
    return [n for n, day in enumerate(days) if part == "all" or day == f"{FIRST}"], len(days)


@settings(max_examples=120, deadline=None)
@drawn
def test_what_cannot_be_read_is_a_failure_and_names_the_first_item(
    series: tuple[str, str], part: str, data: st.DataObject
) -> None:
    """Values under another name, or none that is a number: of a whole answer, of a day, of a row."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    body = answer(*series)
    if not values(read(body, metric, entity)):
        return  # nothing was published in these days
    name = data.draw(st.sampled_from(sorted(UNREADABLE)))
    chosen, total = share(part, body, metric.grain)
    if not len(chosen):
        return
    changed = read(reshaped(body, UNREADABLE[name], "", lambda n: n in chosen), metric, entity)
    clean = values(read(body, metric, entity))
    assert values(changed).items() <= clean.items(), "nothing is invented"
    if len(chosen) == total:
        assert not values(changed)
    days = {ts.date() for _, ts in clean} - {ts.date() for _, ts in values(changed)}
    if days or UNREADABLE[name] not in [UNREADABLE[k] for k in ("words", "thousands", "beyond any bound")]:
        (reason,) = changed.unreadable.values()
        assert reason.startswith("unreadable: ")
        assert "Items[" in reason or "out_of_bounds" in reason
    assert judge_xm("HourlyEntities" if metric.grain == "hourly" else "DailyEntities")(200, body).kind == "ok"


@settings(max_examples=120, deadline=None)
@drawn
def test_an_undeclared_field_is_told_and_never_a_key(series: tuple[str, str], part: str, data: st.DataObject) -> None:
    """The same rows under the same codes, whether the field stands in every row or in some; its name is told."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    body = answer(*series)
    chosen, _ = share(part, body, metric.grain)
    if not len(chosen):
        return
    name = data.draw(st.sampled_from(sorted(BESIDE)))
    changed = read(reshaped(body, BESIDE[name], "", lambda n: n in chosen), metric, entity)
    assert values(changed) == values(read(body, metric, entity))
    assert not changed.unreadable
    assert [kind for kind, _ in changed.strange] == ["field_new"]


@settings(max_examples=120, deadline=None)
@drawn
def test_a_missing_identity_is_a_failure(series: tuple[str, str], part: str, data: st.DataObject) -> None:
    """Rows that cannot be told apart are refused, by name; the others are kept as they are."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    body, field = answer(*series), first_field(CATALOG.metrics[series[0]], series[1])
    chosen, _ = share(part, body, metric.grain)
    if entity == "Sistema" or not len(chosen):
        return  # the system as a whole needs no name
    name = data.draw(st.sampled_from(sorted(NAMELESS)))
    changed = read(reshaped(body, NAMELESS[name], field, lambda n: n in chosen), metric, entity)
    assert values(changed).items() <= values(read(body, metric, entity)).items()
    (reason,) = changed.unreadable.values()
    assert reason.startswith("unreadable: identity at Items[")


@settings(max_examples=120, deadline=None)
@drawn
def test_letter_case_and_blanks_make_no_other_code(series: tuple[str, str], part: str, data: st.DataObject) -> None:
    """Known codes keep their spelling, from a list or from the lake; `SISTEMA` is `Sistema` for every series."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    body = answer(*series)
    clean = read(body, metric, entity)
    known = sorted({code for code, _ in values(clean)})
    listed = data.draw(st.booleans())
    words = Vocabulary.of([part for code in known for part in code.split("|")]) if listed else NO_LIST.with_known(known)
    chosen, _ = share(part, body, metric.grain)
    name = data.draw(st.sampled_from(sorted(RESPELLED)))
    changed = read(reshaped(body, RESPELLED[name], "", lambda n: n in chosen), metric, entity, words)
    assert values(changed) == values(clean)
    assert not changed.unreadable
    told = {(kind, code, fold(other)) for (kind, code), other in changed.strange.items()}
    # A plant whose hours are all blank has no value, and is told all the same.
    named = {code: fold(code) for code in (*known, *map(fold, texts(json.loads(body))))}
    assert told <= {("respelled", code, folded) for code, folded in named.items()}
    if part == "all" and name in (cases := {"capitals": str.upper, "small letters": str.lower}):
        other = cases[name]
        assert {code for _, code, _ in told} == {code for code in known if normal(other(code)) != code}


@settings(max_examples=60, deadline=None)
@given(series=st.sampled_from(SERIES), name=st.sampled_from(sorted(BLANK)))
def test_only_blanks_say_that_there_is_nothing(series: tuple[str, str], name: str) -> None:
    """Hours blank as XM sends blanks: an answer without rows, and no failure."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    found = read(reshaped(answer(*series), BLANK[name], ""), metric, entity)
    assert not values(found)
    assert not found.unreadable


@settings(max_examples=40, deadline=None)
@given(series=st.sampled_from(SERIES), narrowed=st.booleans())
def test_an_answer_about_other_days_is_none(series: tuple[str, str], narrowed: bool) -> None:
    """Days of another year confirm nothing; a reply that is read again for some of its days is no failure."""
    metric, entity = CATALOG.metrics[series[0]], series[1]
    body = answer(*series).replace(b'"Date":"2026-', b'"Date":"2025-')
    asked = f"{FIRST}_{LAST}" if not narrowed else f"{FIRST}_2026-10-31"
    ref = BronzeRef(Path(asked) / "x", metric.id, entity, FIRST, LAST, "2026-11-23", "a" * 12)
    found = read_replies(metric, entity, [(ref, body)])
    assert not values(found)
    assert bool(found.unreadable) == (bool(found.balance.cells) and not narrowed)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hours without a zero", "other names", "words"])
def test_eleven_nights_of_other_names_are_no_confirmation(
    house: House, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each night fails by name; what was there stays; nobody says that XM has nothing; when it mends, all is there."""
    house.night(WEDNESDAY)
    before = house.lake.read("PrecBolsNaci", "Sistema").num_rows
    _spoil(house, monkeypatch, UNREADABLE[name])
    for night in range(1, 12):
        report = house.night(WEDNESDAY + dt.timedelta(days=night))
        assert "PrecBolsNaci/Sistema" in report.failed
        assert report.failed["PrecBolsNaci/Sistema"].startswith("unreadable: ")
        assert "Items[0][0]" in report.failed["PrecBolsNaci/Sistema"]
    assert "confirmed_absent" not in {gap["state"] for gap in house.gaps() if gap["metric"] == "PrecBolsNaci"}
    assert house.lake.read("PrecBolsNaci", "Sistema").num_rows == before
    monkeypatch.undo()
    _answer_again(house, monkeypatch)
    report = house.night(WEDNESDAY + dt.timedelta(days=12))
    assert "PrecBolsNaci/Sistema" not in report.failed
    assert house.lake.read("PrecBolsNaci", "Sistema").num_rows == before + 12 * 24
    assert not [gap for gap in house.gaps() if gap["metric"] == "PrecBolsNaci" and gap["state"] == "open"]


@pytest.mark.slow
def test_an_added_field_is_told_for_as_long_as_it_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row of drift with its days; the code stays `Sistema`; re-asked days are the rows that were there."""
    house.night(WEDNESDAY)
    before = house.lake.read("PrecBolsNaci", "Sistema").num_rows
    _spoil(house, monkeypatch, BESIDE["version"])
    for night in (1, 2):
        report = house.night(WEDNESDAY + dt.timedelta(days=night))
        assert "field_new: PrecBolsNaci/Sistema Version now TX2" in report.drift
        assert not report.failed
    rows = house.lake.read("PrecBolsNaci", "Sistema")
    assert rows["code"].unique().to_pylist() == ["Sistema"]
    assert rows.num_rows == before + 48
    (told,) = [r for r in house.lake.read("_catalog_drift", "xm").to_pylist() if r["metric"] == "PrecBolsNaci"]
    assert (told["kind"], told["field"], told["now"]) == ("field_new", "Version", "TX2")
    assert (told["first_seen"], told["last_seen"]) == tuple(WEDNESDAY + dt.timedelta(days=n) for n in (1, 2))
    assert read_states(house.paths)["PrecBolsNaci/Sistema"]["state"] == "ok"


def _spoil(house: House, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Let the fake XM change the shape of its hourly answers."""
    honest = house.xm._body
    monkeypatch.setattr(
        house.xm,
        "_body",
        lambda request: reshaped(honest(request), change, "") if request.metric.grain == "hourly" else honest(request),
    )


def _answer_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fake XM be asked again after its shape was mended."""
    monkeypatch.setattr("pipeline.ingest.planned.fetch", house.xm.fetch)
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", house.xm.preflight)
