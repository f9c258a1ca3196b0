"""Codes against the newest list: variants take its spelling, strangers are kept and told."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.core.errors import RowBalanceError
from pipeline.ingest.codes import Vocabulary, fold
from pipeline.ingest.rows import Balance
from tests.ingest.fake import House

WEDNESDAY = dt.date(2026, 5, 20)


def test_variants_of_case_and_space_are_one_code() -> None:
    """The list's spelling wins; joined ids are looked up one by one; strangers stay as they came."""
    words = Vocabulary.of(["EL QUIMBO", "TBST", "El quimbo"])
    assert fold("  El   Quimbo ") == "el quimbo"
    assert [words.canonical(c) for c in ("el quimbo", "El  Quimbo", "GAS|tbst", "Nueva")] == [
        "EL QUIMBO", "EL QUIMBO", "GAS|TBST", "Nueva",
    ]  # fmt: skip
    assert words.unknown(["el quimbo", "GAS|TBST", "GAS|ZZZ1", "Nueva"]) == ["GAS|ZZZ1", "Nueva"]
    assert Vocabulary().unknown(["anything"]) == [], "without a list nothing is strange"


def test_the_balance_counts_every_cell() -> None:
    """Accounts add up, and one cell too few or too many stops the commit (S13)."""
    total = Balance(10, 5, 2, 1, 1, 1) + Balance(3, 3)
    total.check()
    assert total == Balance(13, 8, 2, 1, 1, 1)
    for wrong in (Balance(3, 2), Balance(2, 3)):
        with pytest.raises(RowBalanceError, match="cells=") as caught:
            wrong.check(metric="Gene")
        assert caught.value.context["metric"] == "Gene"


@pytest.mark.slow
def test_a_river_nobody_listed_keeps_its_flow(house: House) -> None:
    """Two spellings of a listed river are one series; an unlisted one is kept, counted and told with its days (I14)."""
    house.xm.rivers = ("bata", " NARE ", "Río Nuevo")
    report = house.night(WEDNESDAY)
    rows = house.lake.read("AporCaudal", "Rio").to_pandas()
    assert set(rows["code"]) == {"BATA", "NARE", "Río Nuevo"}
    assert rows.groupby("code").size().nunique() == 1, "nothing is dropped"
    assert report.unknown_codes == 1
    thursday = WEDNESDAY + dt.timedelta(days=1)
    house.night(thursday)
    (told,) = house.lake.read("_unknown_codes", "log").to_pylist()
    assert (told["metric"], told["entity"], told["code"]) == ("AporCaudal", "Rio", "Río Nuevo")
    assert (told["first_seen"], told["last_seen"]) == (WEDNESDAY, thursday)
    house.xm.listed = ("BATA", "NARE", "RÍO NUEVO")
    assert house.night(thursday + dt.timedelta(days=1)).unknown_codes == 0


@pytest.mark.slow
def test_a_lost_row_stops_the_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the lake does not account for every row offered, nothing is committed and nothing is noted as asked."""
    from pipeline.store.transaction import Transaction

    honest = Transaction.upsert

    def loses_one(self: Transaction, metric: str, entity: str, rows: object, **how: object) -> object:
        return honest(self, metric, entity, rows.slice(1), **how)  # type: ignore[attr-defined, arg-type]

    monkeypatch.setattr(Transaction, "upsert", loses_one)
    with pytest.raises(RowBalanceError, match="nothing is committed"):
        house.night(WEDNESDAY)
    assert house.lake.manifest().parts == ()
    assert not house.paths.ingest.exists()
