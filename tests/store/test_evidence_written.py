"""The states that the evidence finds are those of the lake: written once, lifted when the source corrects itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Alias
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import warehouse
from pipeline.store.lake import Lake

TODAY = dt.date(2024, 5, 6)
RUN = RunInfo(TODAY, TODAY - dt.timedelta(days=200), "replayed", dt.datetime(2024, 5, 6, 5))
FAULT = dt.date(2024, 1, 17)
DAYS = [TODAY - dt.timedelta(days=n) for n in range(160, 3, -1)]


def daily(values: dict[dt.date, float]) -> pa.Table:
    """Return rows of a national series."""
    stamps = pa.array([dt.datetime.combine(day, dt.time()) for day in values], pa.timestamp("ms"))
    return pa.table({"code": ["Sistema"] * len(values), "ts": stamps, "value": list(values.values())}).append_column(
        "quality", pa.array(["ok"] * len(values))
    )


def hourly(values: dict[dt.date, float]) -> pa.Table:
    """Return rows of 24 hours that add up to each day."""
    rows = [
        (dt.datetime.combine(day, dt.time(hour)), total / 24) for day, total in values.items() for hour in range(24)
    ]
    stamps = pa.array([ts for ts, _ in rows], pa.timestamp("ms"))
    return pa.table(
        {"code": ["Sistema"] * len(rows), "ts": stamps, "value": [value for _, value in rows]}
    ).append_column("quality", pa.array(["ok"] * len(rows)))


def ask(paths: Paths, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query on the finished warehouse."""
    with warehouse.connect(paths.warehouse) as con:
        return con.execute(sql).fetchall()


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A lake of 157 days that close, but for demand on one of them."""
    paths = Paths(data=tmp_path, build=tmp_path / "build")
    level = {day: 200.0 + 3 * day.isoweekday() for day in DAYS}
    put(paths, {"Gene": hourly(level), "ExpoEner": hourly(dict.fromkeys(DAYS, 2.4))})
    put(paths, {"DemaSIN": daily({day: (value - 2.4) * (0.24 if day == FAULT else 1) for day, value in level.items()})})
    return paths


def put(paths: Paths, tables: dict[str, pa.Table]) -> None:
    """Commit rows as a night does."""
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(TODAY, decide=lambda *_: "accept")
        for metric, rows in tables.items():
            transaction.upsert(metric, "Sistema", rows, reported=metric == "DemaSIN")
        transaction.commit(RUN.created)


def build(paths: Paths, catalog: Catalog) -> None:
    """Make the warehouse."""
    warehouse.prepare(paths, catalog, Lake(paths.lake), RUN, {})
    warehouse.complete(paths, catalog, Lake(paths.lake))


def stored(paths: Paths, metric: str) -> dict[dt.date, str]:
    """Return the states of the lake that are not the usual one."""
    rows = Lake(paths.lake).read(metric, "Sistema").to_pylist()
    return {row["ts"].date(): row["quality"] for row in rows if row["quality"] != "ok"}


def test_a_doubt_is_the_same_word_in_lake_and_warehouse(paths: Paths, catalog: Catalog) -> None:
    """The Parquet part, the table by day, the headline series and the quality page; the record is another day."""
    build(paths, catalog)
    assert stored(paths, "DemaSIN") == {FAULT: "doubtful"}
    assert stored(paths, "Gene") == {}
    assert ask(paths, "SELECT day FROM metric_daily WHERE quality = 'doubtful'") == [(FAULT,)]
    assert ask(paths, "SELECT day FROM daily_series WHERE series = 'demand' AND NOT complete") == [(FAULT,)]
    assert ask(paths, "SELECT count(*) FROM record_now WHERE series = 'demand' AND day = DATE '2024-01-17'") == [(0,)]
    told = ask(paths, "SELECT metric, day, reason, others, round(pct) FROM doubt_told")
    assert [row[:3] + row[4:] for row in told] == [("DemaSIN", FAULT, "identity", 76.0)]
    assert str(told[0][3]).startswith("Gene")


def test_a_night_on_which_nothing_changes_writes_nothing(paths: Paths, catalog: Catalog) -> None:
    """Neither the evidence heard again nor the same values given again make a new state of the lake."""
    build(paths, catalog)
    lake, before = Lake(paths.lake), Lake(paths.lake).pointer()
    build(paths, catalog)
    rows = lake.read("DemaSIN", "Sistema").select(["code", "ts", "value"])
    put(paths, {"DemaSIN": rows.append_column("quality", pa.array(["ok"] * rows.num_rows))})
    assert lake.pointer() == before


def test_what_a_doubtful_series_weighs_is_not_written_again_every_night(paths: Paths, catalog: Catalog) -> None:
    """The day of the factor is as uncertain as its weight, and its own hours say nothing of it."""
    fell = {DAYS[-1]: 40.0}
    put(paths, {"Gene": hourly(fell), "factorEmisionCO2e": hourly(dict.fromkeys(DAYS, 240.0))})
    build(paths, catalog)
    said = "SELECT quality FROM metric_daily WHERE metric = 'factorEmisionCO2e' AND NOT quotable(quality)"
    assert ask(paths, said) == [("provisional",)]
    assert stored(paths, "factorEmisionCO2e") == {}
    later = dataclasses.replace(RUN, today=TODAY + dt.timedelta(days=1))
    with Lake(paths.lake).writing():  # nothing is written, so nobody is waited for
        warehouse.prepare(paths, catalog, Lake(paths.lake), later, {})


def test_the_states_of_a_renamed_code_are_kept_under_the_code_it_came_with(paths: Paths, catalog: Catalog) -> None:
    """The rows of the lake are those of the source, whoever declares what later."""
    lake = Lake(paths.lake)
    agents = hourly({day: 20.0 + 3 * day.isoweekday() for day in DAYS} | {DAYS[-1]: 2.0})
    rows = agents.set_column(0, "code", pa.array(["VIEJ"] * agents.num_rows))
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.upsert("DemaReal", "Agente", rows)
        transaction.commit(RUN.created)
    entry = {"id": "x", "entity": "Agente", "old": "VIEJ", "new": "NUEV", "text": "Cambio de código.", "source": "XM"}
    build(paths, dataclasses.replace(catalog, aliases=(Alias.model_validate(entry),)))
    doubtful = 'SELECT DISTINCT code, ts::DATE FROM "DemaReal" WHERE NOT quotable(quality)'
    assert ask(paths, doubtful) == [("NUEV", DAYS[-1])]
    kept = lake.read("DemaReal", "Agente").to_pylist()
    assert {row["code"] for row in kept} == {"VIEJ"}
    assert {row["ts"].date() for row in kept if row["quality"] != "ok"} == {DAYS[-1]}


def test_a_correction_lifts_the_doubt_and_says_so(paths: Paths, catalog: Catalog) -> None:
    """The source gives the day again, whole: it is quotable, corrected, and the old value is kept."""
    build(paths, catalog)
    put(paths, {"DemaSIN": daily({FAULT: 200.0 + 3 * FAULT.isoweekday() - 2.4})})
    build(paths, catalog)
    assert stored(paths, "DemaSIN") == {FAULT: "corrected"}
    assert ask(paths, "SELECT complete FROM daily_series WHERE series = 'demand' AND day = DATE '2024-01-17'") == [
        (True,)
    ]
    assert ask(paths, "SELECT metric, ts::DATE, old < new FROM revision") == [("DemaSIN", FAULT, True)]


def test_old_months_are_final_and_young_ones_published(paths: Paths, catalog: Catalog) -> None:
    """No part is written for it: the lake says the same of both."""
    build(paths, catalog)
    found = dict(ask(paths, "SELECT day, quality FROM metric_daily WHERE metric = 'Gene'"))
    assert {found[day] for day in DAYS if day < dt.date(2024, 2, 1)} == {"final"}
    assert {found[day] for day in DAYS if day >= dt.date(2024, 2, 1)} == {"ok"}


def test_the_hours_of_a_day_in_doubt_are_in_doubt(paths: Paths, catalog: Catalog) -> None:
    """The view by hour reads the parts that were written again."""
    with_half = {DAYS[-1]: 40.0}
    put(paths, {"DemaCome": hourly({day: 200.0 + 3 * day.isoweekday() for day in DAYS} | with_half)})
    build(paths, catalog)
    found = ask(paths, 'SELECT DISTINCT ts::DATE, quality FROM "DemaCome" WHERE NOT quotable(quality)')
    assert found == [(DAYS[-1], "provisional")]
    with duckdb.connect() as con:
        files = [str(Lake(paths.lake).path(part)) for part in Lake(paths.lake).manifest().of("DemaCome", "Sistema")]
        rows = con.execute("SELECT count(*) FROM read_parquet(?) WHERE quality = 'provisional'", [files]).fetchone()
    assert rows == (24,)


def test_ten_hours_that_slipped_are_in_doubt(paths: Paths, catalog: Catalog) -> None:
    """No identity sees the cost of restrictions, and the level of a day hides a part of it."""
    rows = hourly({day: 3000.0 + 2500 * (number % 3) for number, day in enumerate(DAYS)})
    slipped = [
        value * (0.001 if ts.date() == FAULT and 8 <= ts.hour <= 17 else 1)
        for ts, value in zip(rows["ts"].to_pylist(), rows["value"].to_pylist(), strict=True)
    ]
    put(paths, {"RestAliv": rows.set_column(2, "value", pa.array(slipped))})
    build(paths, catalog)
    assert ask(paths, "SELECT day, reason FROM doubt WHERE metric = 'RestAliv'") == [(FAULT, "shape")]
