"""A commit that would lose something stops, whatever its shape, and changes nothing until a person accepts it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.errors import ShrinkRefused
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
    "half a list": (lambda t: t.put_table("ListadoRecursos", "Sistema", pa.table({"code": ["P0"]})), "10 to 1 rows"),
    "a log": (
        lambda t: (
            t.forget(of(t, "_quarantine", "x")),
            t.put_table("_quarantine", "x", log_rows("z"), mode="append"),
        ),
        "2 to 1 rows",
    ),
    "a settled day": (lambda t: t.upsert("Gene", "Sistema", rows(range(60, 61), ("Sistema",), 160.0)), "2024-03-07"),
    "a unit": (lambda t: t.upsert("Gene", "Recurso", rows(range(DAYS), value=100_000.0)), "would move"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_of_loss_is_stopped(lake: Lake, shape: str) -> None:
    """Refused with the series and the figures, nothing changed; accepted when a person says so."""
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
        again = lake.transaction(TODAY)
        change(again)
        again.commit(CREATED, accept_shrink=True)
    assert lake.pointer() != before


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
