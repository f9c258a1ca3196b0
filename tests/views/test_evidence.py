"""What agrees with a value decides whether it may be quoted: faults of every kind, and true extremes that must pass.

The country is made up of two and a half years of days that close to the last kWh; a fault changes some of its values.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.paths import PACKAGE, ROOT
from pipeline.core.units import factor
from pipeline.store import domain
from pipeline.store.daily import blanks_are_none
from pipeline.store.declared_tables import create_catalog_tables

pytestmark = pytest.mark.slow  # each fault is judged on the whole country

FIRST, LAST, TODAY = dt.date(2021, 11, 1), dt.date(2024, 5, 3), dt.date(2024, 5, 6)
DAYS = [FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
OLD, NEWEST = dt.date(2024, 3, 13), LAST
REAL = ROOT.parent / "shared" / "realdata" / "xm"
Row = tuple[str, str, str, dt.date, float, int | None]
HOURLY = {"Gene", "DemaReal", "DemaCome", "PerdidasEner", "ImpoEner", "ExpoEner", "PrecBolsNaci", "PB_Nal"}
TOTAL = ("DemaSIN", "Gene", "DemaCome", "DemaReal", "VoluUtilDiarEner", "PorcVoluUtilDiar", "CapaUtilDiarEner")
SHARES = {"Agente": (0.5, 0.3, 0.2), "Recurso": (0.6, 0.25, 0.15), "Embalse": (0.45, 0.3, 0.25)}


@cache
def _catalog() -> Catalog:
    return load_catalog()


def _levels() -> dict[dt.date, float]:
    """Return generation by day: weekdays, holidays of the end of the year, growth and noise [GWh]."""
    rng = random.Random(7)
    found = {}
    for n, day in enumerate(DAYS):
        level = 220 * (1 + 0.03 * n / 365) * (0.87 if day.isoweekday() == 7 else 0.96 if day.isoweekday() == 6 else 1)
        level *= 0.75 if (day.month, day.day) in {(1, 1), (12, 25)} else 1
        found[day] = level * math.exp(rng.gauss(0, 0.015))
    return found


def country(load: Mapping[dt.date, float] | None = None, prices: Mapping[dt.date, float] | None = None) -> list[Row]:
    """Return the days of a country that closes, at this generation and with these prices where they are given."""
    rng, level = random.Random(11), _levels() | dict(load or {})
    rows: list[Row] = []
    stored, price = 11_000.0, 150.0
    for n, day in enumerate(DAYS):
        gene, exports = level[day], 1.0 + rng.random() * 3
        unserved = 0.3 if n % 9 == 0 else 0.0
        losses = gene * (0.012 + 0.006 * rng.random())
        inflow = 190 * math.exp(rng.gauss(0, 0.3))
        stored += rng.gauss(0, 60) + 0.02 * (11_000 - stored)
        price = (prices or {}).get(day, 150 * (price / 150) ** 0.95 * math.exp(rng.gauss(0, 0.12)))
        national = {
            "Gene": gene, "ExpoEner": exports, "DemaSIN": gene - exports + unserved, "DemaCome": gene,
            "DemaReal": gene - losses, "VoluUtilDiarEner": stored, "CapaUtilDiarEner": 17_000.0,
            "PorcVoluUtilDiar": stored / 170, "AporEner": inflow, "AporEnerMediHist": 180.0, "PorcApor": inflow / 1.8,
            "PrecBolsNaci": price, "PB_Nal": price, "PPPrecBolsNaci": price * 1.02,
        }  # fmt: skip
        if day < LAST - dt.timedelta(days=18):
            national["PerdidasEner"] = losses
        rows += [
            (name, "Sistema", "Sistema", day, value, 24 if name in HOURLY else None) for name, value in national.items()
        ]
        for name, entity in (
            ("DemaReal", "Agente"), ("DemaCome", "Agente"), ("Gene", "Recurso"), ("VoluUtilDiarEner", "Embalse"),
            ("CapaUtilDiarEner", "Embalse"),
        ):  # fmt: skip
            parts = [national[name] * share for share in SHARES[entity]]
            rows += [(name, entity, code, day, part, 24) for code, part in zip("ABC", parts, strict=True)]
        if unserved:
            rows.append(("DemaNoAtenProg", "Area", "CENTRO", day, unserved, None))
    return rows


def judged(rows: list[Row], today: dt.date = TODAY) -> duckdb.DuckDBPyConnection:
    """Return a warehouse of these days with the tables of the evidence."""
    con = duckdb.connect(config={"threads": 1})
    create_catalog_tables(con, _catalog())
    con.execute("CREATE TABLE run_info AS SELECT ?::DATE AS today", [today])
    con.execute("CREATE TABLE version_agreement(metric VARCHAR, entity VARCHAR, day DATE)")
    con.execute("CREATE TABLE member_lack(metric VARCHAR, entity VARCHAR, day DATE)")
    columns = "metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, low DOUBLE, high DOUBLE"
    con.execute(f"CREATE TABLE hour_shape({columns})")
    con.execute(
        "CREATE TABLE metric_daily(metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, "
        "hours INTEGER, quality VARCHAR)"
    )
    given = list(zip(*rows, strict=True))
    con.execute(
        "INSERT INTO metric_daily SELECT unnest(?), unnest(?), unnest(?), unnest(?::DATE[]), unnest(?::DOUBLE[]), "
        "unnest(?::INTEGER[]), 'ok'",
        [list(column) for column in given],
    )
    judge(con)
    return con


@cache
def _statements() -> list[domain.Statement]:
    return domain.below(domain.statements(PACKAGE / "views", _catalog()), "doubt")


def judge(con: duckdb.DuckDBPyConnection) -> None:
    """Hear the evidence again."""
    for statement in _statements():
        statement.run(con)


@pytest.fixture(scope="module")
def clean() -> duckdb.DuckDBPyConnection:
    """The country as it is."""
    return judged(country())


@pytest.fixture
def con(clean: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The country, for one test to change."""
    clean.execute("BEGIN")
    yield clean
    clean.execute("ROLLBACK")


def doubts(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, dt.date], str]:
    """Return the state of every series and day that may not be quoted."""
    return {(m, e, d): s for m, e, d, s in con.execute("SELECT metric, entity, day, state FROM doubt").fetchall()}


def fault(
    con: duckdb.DuckDBPyConnection, metric: str, day: dt.date, times: float, entity: str = "Sistema", code: str = "%"
) -> dict[tuple[str, str, dt.date], str]:
    """Multiply the values of a series on a day; return what may then not be quoted."""
    con.execute(
        "UPDATE metric_daily SET value = value * ? WHERE metric = ? AND entity = ? AND day = ? AND code LIKE ?",
        [times, metric, entity, day, code],
    )
    judge(con)
    return doubts(con)


def test_a_country_that_closes_has_no_doubt(clean: duckdb.DuckDBPyConnection) -> None:
    """Holidays, week-ends and noise included."""
    assert doubts(clean) == {}


def test_an_old_half_built_day_is_never_quotable(con: duckdb.DuckDBPyConnection) -> None:
    """It was published at a quarter of its energy and nobody completed it; two months later nothing agrees with it."""
    assert fault(con, "DemaSIN", OLD, 0.24) == {("DemaSIN", "Sistema", OLD): "doubtful"}
    told = con.execute("SELECT reason, identity, round(difference / against, 2) FROM doubt").fetchall()
    assert told == [("identity", "demand", -0.76)]


def test_demand_half_built_together_is_found_by_generation(con: duckdb.DuckDBPyConnection) -> None:
    """DemaReal and DemaCome with 22 % of the energy agree with each other alone; their agents go along."""
    for metric in ("DemaReal", "DemaCome", "PerdidasEner"):
        for entity in ("Sistema", "Agente"):
            fault(con, metric, OLD, 0.22, entity)
    found = doubts(con)
    assert {(metric, entity) for metric, entity, _ in found} >= {
        (metric, entity) for metric in ("DemaReal", "DemaCome") for entity in ("Sistema", "Agente")
    }
    assert {day for *_, day in found} == {OLD}
    assert not {"Gene", "DemaSIN"} & {metric for metric, *_ in found}


def test_a_retailer_that_is_missing_makes_the_newest_day_preliminary(con: duckdb.DuckDBPyConnection) -> None:
    """80 % of the energy of the newest day does not close with the commercial demand nor with generation."""
    assert fault(con, "DemaReal", NEWEST, 0.8)["DemaReal", "Sistema", NEWEST] == "provisional"
    assert {metric for metric, *_ in doubts(con)} == {"DemaReal"}


def test_an_aggregate_without_a_member_is_found_by_its_own_ratio(con: duckdb.DuckDBPyConnection) -> None:
    """The volume lacks a reservoir, in the total and among the members; XM's own percentage has it."""
    con.execute(
        "DELETE FROM metric_daily WHERE metric = 'VoluUtilDiarEner' AND entity = 'Embalse' AND code = 'C' AND day = ?",
        [NEWEST],
    )
    found = fault(con, "VoluUtilDiarEner", NEWEST, 0.75)
    assert set(found) == {("VoluUtilDiarEner", "Sistema", NEWEST), ("VoluUtilDiarEner", "Embalse", NEWEST)}


def test_plants_that_do_not_add_up_are_not_quoted_and_the_total_is(con: duckdb.DuckDBPyConnection) -> None:
    """A plant is missing among the plants; generation closes with demand."""
    con.execute(
        "DELETE FROM metric_daily WHERE metric = 'Gene' AND entity = 'Recurso' AND code = 'B' AND day = ?", [OLD]
    )
    judge(con)
    assert set(doubts(con)) == {("Gene", "Recurso", OLD)}


@pytest.mark.parametrize("missing", ["", "B"])
def test_plants_without_a_total_are_borne_out_by_what_the_country_used(
    con: duckdb.DuckDBPyConnection, missing: str
) -> None:
    """The source has no total of the day: the demand bears out all plants, and finds the one that is missing."""
    con.execute(
        "DELETE FROM metric_daily WHERE metric = 'Gene' AND day = ? AND (entity = 'Sistema' OR code = ?)",
        [OLD, missing],
    )
    judge(con)
    plants = ("Gene", "Recurso", OLD)
    assert (plants in con.execute("SELECT * FROM evidence_confirmed").fetchall()) == (not missing)
    assert set(doubts(con)) == ({plants} if missing else set())


@pytest.mark.parametrize("alone", [False, True])
def test_a_spike_inside_wide_bounds_waits_for_another_price(con: duckdb.DuckDBPyConnection, alone: bool) -> None:
    """3,000 where the days around are near 150; the weighted price of the day bears it out, or it does not."""
    con.execute("UPDATE metric_daily SET value = 3000 WHERE metric = 'PrecBolsNaci' AND day = ?", [OLD])
    if not alone:
        con.execute("UPDATE metric_daily SET value = 2900 WHERE metric = 'PPPrecBolsNaci' AND day = ?", [OLD])
    judge(con)
    assert (("PrecBolsNaci", "Sistema", OLD) in doubts(con)) == alone


def test_a_second_version_bears_out_a_spike(con: duckdb.DuckDBPyConnection) -> None:
    """TX2 repeats what TX1 said."""
    con.execute("UPDATE metric_daily SET value = 1500 WHERE metric = 'PB_Nal' AND day = ?", [NEWEST])
    judge(con)
    assert ("PB_Nal", "Sistema", NEWEST) in doubts(con)
    con.execute("INSERT INTO version_agreement VALUES ('PB_Nal', 'Sistema', ?)", [NEWEST])
    judge(con)
    assert ("PB_Nal", "Sistema", NEWEST) not in doubts(con)


def test_a_unit_that_slipped_for_weeks_is_no_new_level(con: duckdb.DuckDBPyConnection) -> None:
    """COP/MWh instead of COP/kWh from a day on: a thousand times their own past, whatever they say of each other."""
    con.execute("UPDATE metric_daily SET value = value * 1000 WHERE metric = 'PB_Nal' AND day >= ?", [OLD])
    judge(con)
    found = {day for metric, _, day in doubts(con) if metric == "PB_Nal"}
    assert found == {day for day in DAYS if day >= OLD}


@settings(max_examples=25)
@given(
    st.sampled_from(TOTAL),
    st.sampled_from([day for day in DAYS if day >= dt.date(2022, 2, 1)]),
    st.sampled_from([0.001, 0.1, 0.24, 0.5, 0.61, 0.8, 0.88, 1.25, 2.0, 24.0, 1000.0]),
)
def test_whatever_the_total_the_day_and_the_fault(
    clean: duckdb.DuckDBPyConnection, metric: str, day: dt.date, times: float
) -> None:
    """What was changed is not quotable, no other day is touched, and what it is compared with stays quotable."""
    clean.execute("BEGIN")
    try:
        found = fault(clean, metric, day, times)
    finally:
        clean.execute("ROLLBACK")
    assert (metric, "Sistema", day) in found
    assert {d for *_, d in found} == {day}
    others = {name for name, entity, _ in found if entity == "Sistema"} - {metric}
    assert others <= ({"VoluUtilDiarEner", "PorcVoluUtilDiar", "CapaUtilDiarEner"} if metric in TOTAL[4:] else set())


def test_a_lockdown_passes() -> None:
    """Demand 20 % lower from one day to the next, for five weeks: generation says the same."""
    start = dt.date(2024, 3, 25)
    level = {day: value * 0.8 for day, value in _levels().items() if start <= day < start + dt.timedelta(days=35)}
    assert doubts(judged(country(load=level))) == {}


def test_a_blackout_passes() -> None:
    """Six hours of a Wednesday are lost, and the balance closes."""
    assert doubts(judged(country(load={OLD: 0.62 * _levels()[OLD]}))) == {}


def test_a_scarcity_passes() -> None:
    """The prices of September and October 2015, day by day (XM; daily means rounded to tens)."""
    shape = (330, 430, 710, 900, 800, 870, 930, 920, 970, 970, 950, 1220, 1630, 1890, 1700, 1800, 1850, 1850, 1940,
             1870, 970, 610, 1020, 1180, 1230, 1010, 1000)  # fmt: skip
    start = dt.date(2024, 3, 1)
    prices = {start + dt.timedelta(days=n): float(price) for n, price in enumerate(shape)}
    found = {day for metric, _, day in doubts(judged(country(prices=prices))) if metric == "PrecBolsNaci"}
    assert found == set()


def test_a_day_whose_hours_slipped_in_part_is_in_doubt(con: duckdb.DuckDBPyConnection) -> None:
    """A level hides ten hours of a day; what closes keeps them, and a series that has such hours now and then."""
    for metric in ("RespComerAGC", "RestAliv"):
        copied = (
            f"SELECT '{metric}', entity, code, day, 5000, 24, quality FROM metric_daily WHERE metric = 'PrecBolsNaci'"
        )
        con.execute(f"INSERT INTO metric_daily {copied}")
    days = [NEWEST - dt.timedelta(days=n) for n in range(60)]
    for metric in ("RespComerAGC", "DemaSIN", "RestAliv"):
        for number, day in enumerate(days):
            low = 0.01 if not number or (metric == "RestAliv" and number % 10 == 0) else 0.6
            con.execute(f"INSERT INTO hour_shape VALUES ('{metric}', 'Sistema', 'Sistema', ?, ?, 1.4)", [day, low])
    judge(con)
    found = con.execute("SELECT metric, day FROM doubt WHERE reason = 'shape'").fetchall()
    assert found == [("RespComerAGC", days[0])]


def test_members_whose_day_is_not_out_are_preliminary(con: duckdb.DuckDBPyConnection) -> None:
    """They lack hours that they have on other days, recent or not; *Calidad* says so."""
    con.execute("INSERT INTO member_lack VALUES ('Gene', 'Recurso', ?)", [NEWEST])
    judge(con)
    found = con.execute("SELECT metric, entity, day, reason, state FROM doubt").fetchall()
    assert found == [("Gene", "Recurso", NEWEST, "hours", "provisional")]
    for statement in domain.below(domain.statements(PACKAGE / "views", _catalog()), "doubt_told")[-1:]:
        statement.run(con)
    assert con.execute("SELECT entity, day, reason FROM doubt_told").fetchall() == [("Recurso", NEWEST, "hours")]


@pytest.fixture(scope="module")
def real() -> duckdb.DuckDBPyConnection:
    """XM's own values of 2000 to March 2025, by day."""
    if not REAL.is_dir():
        pytest.skip(f"no real data at {REAL}: they are never part of the project")
    today = dt.date(2025, 4, 1)
    con = judged([("Gene", "Sistema", "Sistema", FIRST, 1.0, 24)], today)
    con.execute("DELETE FROM metric_daily")
    for path in sorted(Path(REAL).glob("*.parquet")):
        name, entity = path.stem.split(".")
        metric = _catalog().metrics.get(name)
        if metric is None or metric.grain not in ("hourly", "daily"):
            continue
        whole = {"flow": "sum", "stock": "last"}.get(metric.kind, "avg")
        counted = (
            metric.grain == "hourly" and not metric.sparse and (entity == "Sistema" or not blanks_are_none(metric))
        )
        hours = "count(*)::INTEGER" if counted else "NULL"
        con.execute(
            f"INSERT INTO metric_daily SELECT ?, ?, code, ts::DATE, {whole}(value) * ?, {hours}, 'ok' "
            "FROM read_parquet(?) WHERE value IS NOT NULL AND ts < ? GROUP BY ALL",
            [name, entity, factor(metric.unit.source, metric.unit.stored), str(path), today],
        )
        if metric.grain == "hourly" and not metric.sparse and entity == "Sistema":
            con.execute(
                "INSERT INTO hour_shape SELECT ?, 'Sistema', code, ts::DATE, min(value) / nullif(median(value), 0), "
                "max(value) / nullif(median(value), 0) FROM read_parquet(?) WHERE ts < ? GROUP BY ALL "
                "HAVING count(*) = 24",
                [name, str(path), today],
            )
    judge(con)
    return con


@pytest.mark.real
def test_of_real_days_next_to_none_is_withheld(real: duckdb.DuckDBPyConnection) -> None:
    """2023-01 to 2025-03, every national series: what is withheld is half built, and is told apart by name."""
    span = "day BETWEEN '2023-01-01' AND '2025-03-31' AND entity = 'Sistema'"
    days = real.execute(f"SELECT count(*) FROM evidence_total WHERE {span}").fetchone()
    found = real.execute(f"SELECT metric, day FROM doubt WHERE {span} ORDER BY ALL").fetchall()
    half_built = {(metric, dt.date(2024, 5, day)) for metric in ("DemaCome", "DemaReal") for day in (2, 3)}
    assert half_built <= set(found)
    assert days is not None
    assert len(set(found) - half_built) <= 0.003 * days[0]


@pytest.mark.real
def test_the_extremes_of_the_record_pass(real: duckdb.DuckDBPyConnection) -> None:
    """The blackout of 2007, the first weeks of the pandemic, 1 January, and the prices of October 2015."""
    found = real.execute(
        "SELECT metric, day FROM doubt WHERE entity = 'Sistema' AND metric IN ('DemaSIN', 'Gene', 'PrecBolsNaci') AND "
        "(day = '2007-04-26' OR day BETWEEN '2020-03-20' AND '2020-05-31' OR (month(day) = 1 AND day(day) = 1) "
        "OR day BETWEEN '2015-09-15' AND '2015-10-31')"
    ).fetchall()
    assert found == []
