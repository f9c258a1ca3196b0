"""Completeness, identities and records on a few inline rows, and the identities on XM's own values."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from small_world import REAL, World, hours, one, rows

pytestmark = pytest.mark.slow  # each world builds every view of the domain layer

DAY = dt.date(2024, 4, 30)


def test_identities_close_or_say_by_how_much(world: World) -> None:
    """Demand is 1 GWh too high, plants and system agree, reserves are 50 of 100; half-built days are not compared."""
    late = dt.date(2024, 5, 1)
    con = world(
        {
            "Gene/Sistema": [*hours(DAY, 10.0), *hours(late, 10.0)],
            "Gene/Recurso": [*hours(DAY, 4.0, "A"), *hours(DAY, 6.0, "B"), *hours(late, 1.0, "A", "provisional")],
            "ImpoEner/Sistema": [*hours(DAY, 0.5)],
            "DemaSIN/Sistema": [("Sistema", DAY, 253.0, "ok"), ("Sistema", late, 9.0, "provisional")],
            "VoluUtilDiarEner/Sistema": [("Sistema", DAY, 50.0, "ok")],
            "CapaUtilDiarEner/Sistema": [("Sistema", DAY, 100.0, "ok")],
            "PorcVoluUtilDiar/Sistema": [("Sistema", DAY, 50.05, "ok")],
        }
    )
    found = {r["identity"]: r for r in rows(con, "SELECT * FROM balance_summary")}
    assert (found["plants"]["days"], found["plants"]["closing"]) == (1, 1)
    assert (found["demand"]["closing"], found["demand"]["worst"], found["demand"]["worst_day"]) == (0, 1.0, DAY)
    assert (found["reserves"]["closing"], found["reserves"]["worst"]) == (1, 0.05)
    assert (found["losses"]["days"], found["losses"]["worst"]) == (0, None)


def test_expected_days_end_with_the_usual_lag(world: World) -> None:
    """One day of April is missing; May is due up to the day of the run (the small catalogue has no lag)."""
    days = [dt.date(2024, 4, d) for d in range(1, 31) if d != 12] + [dt.date(2024, 5, d) for d in range(1, 4)]
    con = world({"DemaSIN/Sistema": [("Sistema", d, 200.0, "ok") for d in days]})
    found = rows(con, "SELECT month, days, expected FROM quality_month")
    assert [(r["month"].month, r["days"], r["expected"]) for r in found] == [(4, 29, 30), (5, 3, 6)]


def test_rank_of_the_last_day_and_the_mark_before(world: World) -> None:
    """The highest day keeps its record on a tie; the last day ranks first of four."""
    values = [200.0, 210.0, 205.0, 210.0]
    con = world(
        {"DemaSIN/Sistema": [("Sistema", DAY + dt.timedelta(days=i - 3), v, "ok") for i, v in enumerate(values)]}
    )
    found = one(con, "SELECT day, value, previous, rank, days FROM record_now WHERE side = 'high'")
    assert found == {"day": dt.date(2024, 4, 28), "value": 210.0, "previous": 200.0, "rank": 1, "days": 4}
    assert not rows(con, "FROM record_event")


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason=f"the held-out data of XM are not at {REAL}")
def test_xms_own_values_close() -> None:
    """On 30 April 2024, national demand is generation plus net imports and unserved demand, within 0.1 %."""
    con = duckdb.connect()
    path = str(REAL / "xm")
    day = "ts >= '2024-04-30' AND ts < '2024-05-01'"

    def total(name: str) -> float:
        return float(
            con.execute(f"SELECT coalesce(sum(value), 0) / 1e6 FROM '{path}/{name}.parquet' WHERE {day}").fetchall()[0][
                0
            ]
        )

    gene, demand, commercial = total("Gene.Sistema"), total("DemaSIN.Sistema"), total("DemaCome.Sistema")
    imports, exports = total("ImpoEner.Sistema"), total("ExpoEner.Sistema")
    unserved = total("DemaNoAtenProg.Area") + total("DemaNoAtenNoProg.Area")
    assert demand == pytest.approx(gene + imports - exports + unserved, rel=1e-3)
    assert commercial == pytest.approx(gene + imports, rel=1e-3)
    assert commercial == pytest.approx(total("DemaReal.Sistema") + total("PerdidasEner.Sistema"), rel=1e-3)
    assert total("Gene.Recurso") == pytest.approx(gene, rel=1e-3)
