"""What would be lost, or moved without reason, stays as it was until a person decides; nobody else waits for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Correction
from pipeline.core.answers import WholeAnswer
from pipeline.core.errors import ShrinkRefused
from pipeline.store.held import TABLE, accept_all, decided_in
from pipeline.store.lake import Lake, Transaction
from pipeline.store.manifest import Part

TODAY = dt.date(2024, 5, 6)
CREATED = dt.datetime(2024, 5, 6, 5, 40)
DAYS = 120


def rows(days: range, codes: tuple[str, ...] = ("A", "B"), value: float = 100.0, hours: int = 1) -> pa.Table:
    """Return rows of `days` before TODAY for each code."""
    stamps = [
        dt.datetime(2024, 5, 6) - dt.timedelta(days=d) + dt.timedelta(hours=h) for d in days for h in range(hours)
    ]
    return pa.table(
        {
            "code": [code for code in codes for _ in stamps],
            "ts": pa.array(stamps * len(codes), pa.timestamp("ms")),
            "value": [value] * (len(codes) * len(stamps)),
            "quality": ["ok"] * (len(codes) * len(stamps)),
        }
    )


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Two metrics, three series, a list and a log."""
    lake = Lake(tmp_path / "lake")
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("Gene", "Recurso", rows(range(DAYS)))
        transaction.upsert("Gene", "Sistema", rows(range(DAYS), ("Sistema",)))
        transaction.upsert("PrecBolsNaci", "Sistema", rows(range(DAYS), ("Sistema",), hours=3))
        transaction.put_table("ListadoRecursos", "Sistema", pa.table({"code": [f"P{i}" for i in range(10)]}))
        transaction.put_table("_quarantine", "x", log_rows("x", "y"), mode="append")
        transaction.commit(CREATED)
    return lake


def log_rows(*codes: str) -> pa.Table:
    """Return rows of a log, written today."""
    return pa.table({"code": codes, "seen": pa.array([TODAY] * len(codes))})


def of(transaction: Transaction, metric: str, entity: str) -> list[Part]:
    """Return the parts of a series before the changes."""
    return transaction.base.of(metric, entity)


def replace(transaction: Transaction, new: pa.Table, metric: str = "Gene", entity: str = "Recurso") -> None:
    """Put other rows in the place of a whole series."""
    transaction.forget(of(transaction, metric, entity))
    transaction.upsert(metric, entity, new)


def shorten_log(transaction: Transaction) -> None:
    """Put one row in the place of a log of two."""
    transaction.forget(of(transaction, "_quarantine", "x"))
    transaction.put_table("_quarantine", "x", log_rows("z"), mode="append")


SHAPES: dict[str, tuple[Callable[[Transaction], object], str]] = {
    "rows": (lambda t: replace(t, rows(range(DAYS)).slice(1)), "to 239 rows"),
    "rows of a year": (
        lambda t: replace(t, pa.concat_tables([rows(range(DAYS - 2)), rows(range(200, 202))])),
        "fewer rows in 2024",
    ),
    "days": (lambda t: replace(t, rows(range(DAYS - 40), hours=2)), "to 80 days"),
    "first days": (lambda t: replace(t, rows(range(DAYS - 1), ("A", "B", "C"))), "starts 2024"),
    "last days": (lambda t: replace(t, rows(range(1, DAYS), ("A", "B", "C"))), "ends 2024-05-05"),
    "codes": (lambda t: replace(t, rows(range(DAYS), ("A",), hours=2)), "from 2 to 1 codes"),
    "whole series": (lambda t: t.forget(of(t, "Gene", "Recurso")), "Gene/Recurso: the whole series"),
    "whole metric": (lambda t: t.forget(of(t, "PrecBolsNaci", "Sistema")), "PrecBolsNaci: the whole metric"),
    "a log": (shorten_log, "2 to 1 rows"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_loss_that_cannot_stay_as_it_was_is_stopped(lake: Lake, shape: str) -> None:
    """Damaged parts and our own logs: refused with the series and the figures, until a person accepts."""
    change, words = SHAPES[shape]
    before = lake.pointer()
    with lake.writing():
        transaction = lake.transaction(TODAY)
        change(transaction)
        with pytest.raises(ShrinkRefused, match=words) as refused:
            transaction.commit(CREATED)
        assert "--accept-shrink" in str(refused.value)
        assert lake.pointer() == before
        assert not lake.verify()
        again = lake.transaction(TODAY, decide=accept_all)
        change(again)
        again.commit(CREATED)
    assert lake.pointer() != before


SISTEMA = ("Sistema",)
HELD: dict[str, tuple[tuple[str, str], Callable[[Transaction], object], str, int]] = {
    "half a list": (
        ("ListadoRecursos", "Sistema"),
        lambda t: t.put_table("ListadoRecursos", "Sistema", pa.table({"code": ["P0"]})),
        "2024-05-06 from 10 to 1 in 1 values (loss)",
        1,
    ),
    "a settled day": (
        ("Gene", "Sistema"),
        lambda t: t.upsert("Gene", "Sistema", rows(range(60, 61), SISTEMA, 160.0)),
        "2024-03-07 from 100 to 160 in 1 values (moved)",
        1,
    ),
    "a unit": (
        ("Gene", "Recurso"),
        lambda t: t.upsert("Gene", "Recurso", rows(range(-1, DAYS), value=100_000.0)),
        "2024-01-08 from 200 to 200000 in 2 values (shift) and 120 more up to 2024-05-07",
        121,
    ),
}


@pytest.mark.parametrize("shape", HELD)
def test_what_is_in_doubt_is_held_back_alone(lake: Lake, shape: str) -> None:
    """The series stays as it was and is told; another series of the same night is committed; accepted, it comes in."""
    key, change, told, count = HELD[shape]
    before = lake.manifest()
    with lake.writing():
        transaction = lake.transaction(TODAY)
        change(transaction)
        transaction.upsert("PrecBolsNaci", "Sistema", rows(range(-1, 0), SISTEMA, 101.0))
        after = transaction.commit(CREATED)
        assert after.of(*key) == before.of(*key)
        assert after.of("PrecBolsNaci", "Sistema") != before.of("PrecBolsNaci", "Sistema")
        assert not after.of("_revisions", "log")
        assert transaction.held_back.told() == [f"{key[0]}/{key[1]}: {told}"]
        assert lake.read(*TABLE).num_rows == count
        assert lake.transaction(TODAY).held_back.told() == [f"{key[0]}/{key[1]}: {told}"]
        again = lake.transaction(TODAY, decide=accept_all)
        change(again)
        assert again.commit(CREATED).of(*key) != before.of(*key)
    assert lake.read(*TABLE).num_rows == 0


def test_a_lone_day_in_doubt_does_not_hold_the_rest_of_its_answer(lake: Lake) -> None:
    """The day stays; its neighbours, revised a little in the same answer, and the newest day come in."""
    answer = pa.concat_tables([rows(range(-1, 60), SISTEMA, 103.0), rows(range(60, 61), SISTEMA, 400.0)])
    with lake.writing():
        transaction = lake.transaction(TODAY)
        merge = transaction.upsert("Gene", "Sistema", answer)
        transaction.commit(CREATED)
    assert (merge.added, merge.revised, merge.unchanged, merge.held) == (1, 60, 0, 1)
    assert lake.read("_revisions", "log").num_rows == 60
    values = dict(zip(*(lake.read("Gene", "Sistema")[c].to_pylist() for c in ("ts", "value")), strict=True))
    assert values[dt.datetime(2024, 3, 7)] == 100.0
    assert values[dt.datetime(2024, 5, 7)] == values[dt.datetime(2024, 3, 8)] == 103.0


def test_a_version_in_doubt_does_not_hold_the_others_of_its_day(lake: Lake) -> None:
    """Of a day that comes with a wild first version, the second one comes in."""

    def settled(days: range, version: str, value: float) -> pa.Table:
        table = rows(days, SISTEMA, value)
        return table.append_column("version", pa.repeat(pa.scalar(version), table.num_rows))

    answer = pa.concat_tables([settled(range(60, 61), "TX1", 400.0), settled(range(60, 61), "TX2", 105.0)])
    with lake.writing():
        for came in (settled(range(DAYS), "TX1", 100.0), answer):
            transaction = lake.transaction(TODAY)
            merge = transaction.upsert("PB_Nal", "Sistema", came)
            transaction.commit(CREATED)
    assert (merge.added, merge.revised, merge.held) == (1, 0, 1)
    there = lake.read("PB_Nal", "Sistema").to_pylist()
    assert [(r["version"], r["value"]) for r in there if r["ts"] == dt.datetime(2024, 3, 7)] == [
        ("TX1", 100.0), ("TX2", 105.0),
    ]  # fmt: skip
    assert [(row["day"], row["version"]) for row in lake.read(*TABLE).to_pylist()] == [(dt.date(2024, 3, 7), "TX1")]


@pytest.mark.parametrize("wrong", [3_000.0, 24.0, -100.0], ids=["a spike", "half published", "another sign"])
def test_a_change_towards_the_days_around_it_passes(lake: Lake, wrong: float) -> None:
    """What was wrong when it was young and is corrected later needs nobody, and is a revision."""
    with lake.writing():
        for day, value in ((TODAY, wrong), (TODAY + dt.timedelta(days=18), 104.0)):
            transaction = lake.transaction(day)
            transaction.upsert("Gene", "Sistema", rows(range(2, 3), SISTEMA, value))
            transaction.upsert("Gene", "Sistema", rows(range(-17, 0), SISTEMA)) if value == 104.0 else None
            transaction.commit(CREATED)
    assert lake.read("_revisions", "log")["new"].to_pylist() == [wrong, 104.0]
    assert lake.read(*TABLE).num_rows == 0


def test_what_the_source_takes_back_is_held_no_more(lake: Lake) -> None:
    """The row goes with the answer that has the old value again; a day that did not come again stays told."""
    days = rows(range(60, 62), SISTEMA, 170.0)
    with lake.writing():
        for answer, left in ((days, 2), (rows(range(61, 62), SISTEMA), 1), (rows(range(0, 1), SISTEMA), 1)):
            transaction = lake.transaction(TODAY)
            transaction.upsert("Gene", "Sistema", answer)
            transaction.commit(CREATED)
            assert lake.read(*TABLE).num_rows == left
    (row,) = lake.read(*TABLE).to_pylist()
    assert (row["day"], row["old"], row["new"], row["first_seen"]) == (dt.date(2024, 3, 7), 100.0, 170.0, TODAY)


def test_decisions_are_by_name(lake: Lake, catalog: Catalog) -> None:
    """An accepted day comes in, a refused one stays and waits for nobody, another series is not meant."""
    entry = {"kind": "decision", "metrics": ["Gene"], "entities": ["Sistema"], "text": "Porque sí.", "source": "Acta"}
    made = [
        Correction.model_validate(entry | {"id": decision, "decision": decision, "start": day, "end": day})
        for decision, day in (("accept", dt.date(2024, 3, 7)), ("refuse", dt.date(2024, 3, 6)))
    ]
    decide = decided_in(dataclasses.replace(catalog, corrections=(*catalog.corrections, *made)))
    with lake.writing():
        transaction = lake.transaction(TODAY, decide=decide)
        transaction.upsert("Gene", "Sistema", rows(range(60, 62), SISTEMA, 170.0))
        transaction.upsert("Gene", "Recurso", rows(range(60, 61), value=170.0))
        transaction.commit(CREATED)
    assert transaction.held_back.told() == ["Gene/Recurso: 2024-03-07 from 200 to 340 in 2 values (moved)"]
    assert transaction.held_back.days() == {("Gene", "Recurso"): [dt.date(2024, 3, 7)]}
    held = lake.read(*TABLE).to_pylist()
    assert [(r["entity"], r["day"].day, r["decision"]) for r in held] == [("Recurso", 7, ""), ("Sistema", 6, "refuse")]
    assert lake.read("_revisions", "log")["ts"].to_pylist() == [dt.datetime(2024, 3, 7)]


FAULTS = st.tuples(
    st.integers(-20, DAYS + 5), st.integers(1, 60), st.sampled_from([-1.0, 0.001, 0.24, 0.6, 1.3, 1.6, 30.0, 1_000.0])
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fault=FAULTS, other=FAULTS)
def test_no_fault_freezes_another_series_and_nothing_goes_unsaid(
    tmp_path_factory: pytest.TempPathFactory, fault: tuple[int, int, float], other: tuple[int, int, float]
) -> None:
    """Whatever comes: a sound series is brought up to date, and each value offered is there, or its day is told."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    keys = ("Gene", "Sistema"), ("DemaSIN", "Sistema"), ("PrecBolsNaci", "Sistema")
    with lake.writing():
        transaction = lake.transaction(TODAY)
        for key in keys:
            transaction.upsert(*key, rows(range(DAYS), SISTEMA))
        transaction.commit(CREATED)
        transaction = lake.transaction(TODAY)
        answers = [rows(range(first, first + n), SISTEMA, 100.0 * by) for first, n, by in (fault, other)]
        answers.append(rows(range(-1, 30), SISTEMA, 101.0))
        merges = [transaction.upsert(*key, answer) for key, answer in zip(keys, answers, strict=True)]
        transaction.commit(CREATED)
    held = {(row["metric"], row["day"]) for row in lake.read(*TABLE).to_pylist()}
    assert "PrecBolsNaci" not in {metric for metric, _ in held}
    revised = lake.read("_revisions", "log")
    for (metric, entity), answer, merge in zip(keys, answers, merges, strict=True):
        values = dict(zip(*(lake.read(metric, entity)[c].to_pylist() for c in ("ts", "value")), strict=True))
        came = dict(zip(answer["ts"].to_pylist(), answer["value"].to_pylist(), strict=True))
        assert merge.added + merge.revised + merge.unchanged + merge.held == len(came)
        assert {t for t, v in came.items() if values.get(t) != v} == {t for t in came if (metric, t.date()) in held}
        assert sum(name == metric for name in revised["metric"].to_pylist()) == merge.revised
        assert len(values) == DAYS + merge.added
    assert not lake.verify()


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.upsert("Gene", "Recurso", rows(range(5), value=190.0)),
        lambda t: t.upsert("Gene", "Sistema", rows(range(60, 61), ("Sistema",), 140.0)),
        lambda t: t.upsert("PrecBolsNaci", "Sistema", rows(range(60, 62), ("Sistema",), hours=24)),
        lambda t: t.put_table("ListadoRecursos", "Sistema", pa.table({"code": [f"P{i}" for i in range(8)]})),
        lambda t: replace(t, rows(range(DAYS + 1), ("A", "B", "C"))),
    ],
    ids=["young days", "a revision", "a hole filled", "a plant retired", "more of all"],
)
def test_an_ordinary_night_is_not_stopped(lake: Lake, change: Callable[[Transaction], object]) -> None:
    """What the source does every week needs nobody."""
    with lake.writing():
        transaction = lake.transaction(TODAY)
        change(transaction)
        assert transaction.commit(CREATED).version == 2


def test_small_and_signed_values_raise_no_alarm(lake: Lake) -> None:
    """A day near zero may double: it is measured against the usual size of a day."""
    signed = rows(range(DAYS), ("Sistema",)).to_pandas()
    signed["value"] = [(-1) ** i * 50.0 for i in range(len(signed))]
    signed.loc[70, "value"] = 0.01
    small = rows(range(70, 71), ("Sistema",), 1.0)
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("Desv", "Sistema", pa.Table.from_pandas(signed, preserve_index=False))
        transaction.commit(CREATED)
        transaction = lake.transaction(TODAY)
        transaction.upsert("Desv", "Sistema", small)
        assert transaction.commit(CREATED).version == 3


def month(lacking: range, codes: tuple[str, ...] = SISTEMA, *, first: int = 40, last: int = 69) -> pa.Table:
    """Return the rows of some days before TODAY (`first` days ago to `last`), but for those of `lacking`."""
    return pa.concat_tables([rows(range(day, day + 1), codes) for day in range(first, last + 1) if day not in lacking])


def answer_of(first: int = 40, last: int = 69, *, empty: bool = False) -> WholeAnswer:
    """Return a whole answer about those days."""
    return WholeAnswer(TODAY - dt.timedelta(days=last), TODAY - dt.timedelta(days=first), empty)


@pytest.mark.parametrize(
    ("lacking", "gone", "told"),
    [(range(50, 51), 1, 0), (range(50, 53), 3, 0), (range(50, 54), 0, 4), (range(40, 70), 0, 30)],
    ids=["a day", "three", "four", "all"],
)
def test_few_days_are_withdrawn_and_many_wait(lake: Lake, lacking: range, gone: int, told: int) -> None:
    """Logged with what they were; those that wait are told, and a shorter answer about them does not let them go."""
    with lake.writing():
        transaction = lake.transaction(TODAY)
        came = month(lacking) if len(lacking) < 30 else rows(range(0), SISTEMA)
        merge = transaction.upsert("Gene", "Sistema", came, answers=[answer_of()])
        transaction.commit(CREATED)
        assert (merge.withdrawn, merge.held, lake.read(*TABLE).num_rows) == (gone, 0, told)
        assert lake.read("Gene", "Sistema").num_rows == DAYS - gone
        log = lake.read("_revisions", "log").to_pylist() if gone else []
        assert [(row["old"], row["new"]) for row in log] == [(100.0, None)] * gone
        again = lake.transaction(TODAY)
        again.upsert("Gene", "Sistema", rows(range(51, 53), SISTEMA), answers=[answer_of(50, 52)])
        again.commit(CREATED)
    assert lake.read(*TABLE).num_rows == max(told - 2, 0)
    assert lake.read("Gene", "Sistema").num_rows == (DAYS if told else DAYS - 1)


def test_an_empty_answer_takes_not_even_one_day(lake: Lake) -> None:
    """A source in trouble answers with nothing at all; with blanks it speaks of the day. What waits goes on waiting."""
    nothing = rows(range(0), SISTEMA)
    for key, empty, told in ((("PrecBolsNaci", "Sistema"), True, 2), (("Gene", "Sistema"), False, 0)):
        for said in (empty, False):
            with lake.writing():
                transaction = lake.transaction(TODAY)
                transaction.upsert(*key, nothing, answers=[answer_of(50, 51, empty=said)])
                transaction.commit(CREATED)
            assert len([line for line in transaction.held_back.told() if line.startswith(key[0])]) == min(told, 1)
        assert len({ts.date() for ts in lake.read(*key)["ts"].to_pylist()}) == (DAYS if told else DAYS - 2)
    assert lake.read(*TABLE)["reason"].to_pylist() == ["withdrawn"] * 2


def test_a_code_that_takes_the_place_of_another_is_no_loss(lake: Lake) -> None:
    """Thirty days under another code pass; at another level they wait, and nothing is counted twice meanwhile."""
    for value, codes in ((100_000.0, {"A", "B"}), (101.0, {"A", "B", "C"})):
        came = pa.concat_tables([rows(range(40, 70), ("A",)), rows(range(40, 70), ("C",), value)])
        with lake.writing():
            transaction = lake.transaction(TODAY)
            transaction.upsert("Gene", "Recurso", came, answers=[answer_of()])
            transaction.commit(CREATED)
        there = lake.read("Gene", "Recurso")
        assert (there.num_rows, set(there["code"].to_pylist())) == (2 * DAYS, codes)
    assert transaction.fresh_codes("Gene", "Recurso") == {"C"}


def test_a_version_that_follows_another_takes_nothing_back(lake: Lake) -> None:
    """An answer may hold the newest version only; what a version lacks beside its own rows, or all do, is withdrawn."""

    def settled(days: range, version: str, value: float = 100.0) -> pa.Table:
        table = rows(days, SISTEMA, value, hours=2)
        return table.append_column("version", pa.repeat(pa.scalar(version), table.num_rows))

    night = settled(range(60, 61), "TX2", 101.0), settled(range(61, 62), "TX1").slice(1), settled(range(63, 66), "TX1")
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("PB_Nal", "Sistema", settled(range(DAYS), "TX1"))
        transaction.commit(CREATED)
        transaction = lake.transaction(TODAY)
        answers = [answer_of(60, 65)]
        merge = transaction.upsert("PB_Nal", "Sistema", pa.concat_tables(night), answers=answers, order=("TX1", "TX2"))
        transaction.commit(CREATED)
    assert (merge.added, merge.withdrawn) == (2, 1 + 2)
    log = lake.read("_revisions", "log").to_pylist()
    assert {(row["ts"].date(), row["version"]) for row in log} == {
        (TODAY - dt.timedelta(days=61), "TX1"), (TODAY - dt.timedelta(days=62), "TX1"),
    }  # fmt: skip
    there = lake.read("PB_Nal", "Sistema").to_pylist()
    assert [r["version"] for r in there if r["ts"] == dt.datetime(2024, 3, 7)] == ["TX1", "TX2"]


def test_what_goes_without_a_word_of_the_source_is_still_a_loss(lake: Lake) -> None:
    """A withdrawal covers its own rows and no others."""
    with lake.writing():
        transaction = lake.transaction(TODAY)
        replace(transaction, rows(range(DAYS)).slice(5))
        transaction.upsert("Gene", "Recurso", month(range(50, 51), ("A", "B")), answers=[answer_of()])
        with pytest.raises(ShrinkRefused, match="than the source withdrew"):
            transaction.commit(CREATED)
