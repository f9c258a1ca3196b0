"""What is known of the faults of the data, as views; and what a series said on a day."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.answers import WholeAnswer
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import logs, warehouse
from pipeline.store.lake import Lake
from pipeline.store.segments import PartLimits

pytestmark = pytest.mark.slow  # each opens a whole warehouse

FIRST = dt.date(2024, 5, 1)
NIGHTS = 10
CODES = [f"P{n:03d}" for n in range(50)]
HOURS = [dt.datetime(2024, 4, 1) + dt.timedelta(hours=h) for h in range(48)]
REVISED, WITHDRAWN = 100, 2  # a night


def rows(values: dict[tuple[str, dt.datetime], float]) -> pa.Table:
    """Return rows of good quality."""
    return pa.table(
        {"code": [c for c, _ in values], "ts": pa.array([t for _, t in values], pa.timestamp("ms")),
         "value": list(values.values()), "quality": ["ok"] * len(values)}
    )  # fmt: skip


def as_of(con: duckdb.DuckDBPyConnection, metric: str, day: dt.date) -> pa.Table:
    """Return what a metric said on a day."""
    return con.cursor().execute(f"FROM as_of('{metric}', DATE '{day}') ORDER BY entity, code, ts").to_arrow_table()


def open_warehouse(paths: Paths, catalog: Catalog, lake: Lake, today: dt.date) -> duckdb.DuckDBPyConnection:
    """Prepare a warehouse without the domain layer and open it."""
    run = RunInfo(today, FIRST, "simulated", dt.datetime.combine(today, dt.time(5, 40)))
    draft = warehouse.prepare(paths, catalog, lake, run, {})
    return duckdb.connect(str(draft), read_only=True)


@pytest.fixture(scope="module")
def revised(
    tmp_path_factory: pytest.TempPathFactory, catalog: Catalog
) -> tuple[duckdb.DuckDBPyConnection, dict[dt.date, dict[tuple[str, dt.datetime], float]]]:
    """A series that is revised 100 times a night for ten nights and loses two values, and what it said after each."""
    home = tmp_path_factory.mktemp("revised")
    paths = Paths(data=home, build=home / "build")
    lake = Lake(paths.lake)
    rng = random.Random(17)
    now = {(code, ts): float(rng.randint(10, 20)) for code in CODES for ts in HOURS}
    said = {}
    for night in range(NIGHTS + 1):
        today = FIRST + dt.timedelta(days=night)
        if night:
            for key in rng.sample(sorted(now), REVISED):
                now[key] += 1.0
            for key in rng.sample(sorted(now), WITHDRAWN):
                del now[key]
        whole = WholeAnswer(HOURS[0].date(), HOURS[-1].date())
        with lake.writing():
            transaction = lake.transaction(today)
            transaction.upsert("Gene", "Recurso", rows(now), answers=[whole])
            transaction.commit(dt.datetime.combine(today, dt.time(5)))
        said[today] = dict(now)
    return open_warehouse(paths, catalog, lake, FIRST + dt.timedelta(days=NIGHTS)), said


def test_a_thousand_revisions_are_a_thousand_rows(
    revised: tuple[duckdb.DuckDBPyConnection, dict[dt.date, dict[tuple[str, dt.datetime], float]]],
) -> None:
    """Each change is kept with the value before and after (I17); a value that went has none after."""
    con, _ = revised
    counted = con.execute("SELECT count(*), count(DISTINCT seen), bool_and(new = old + 1) FROM revision").fetchone()
    gone = con.execute("SELECT count(*) FROM revision WHERE new IS NULL").fetchone()
    lost = NIGHTS * WITHDRAWN
    assert gone == (lost,)
    assert counted is not None
    assert counted[1:] == (NIGHTS, True)
    assert NIGHTS * REVISED <= counted[0] <= NIGHTS * REVISED + lost  # a value may change and go in one night


def test_as_of_tells_what_was_said_on_each_night(
    revised: tuple[duckdb.DuckDBPyConnection, dict[dt.date, dict[tuple[str, dt.datetime], float]]],
) -> None:
    """Whatever the night, `as_of` answers exactly the values of that night, revised once, twice or never."""
    con, said = revised
    for night, values in said.items():
        table = as_of(con, "Gene", night).to_pylist()
        assert len(table) == len(values)
        assert {(r["code"], r["ts"]): r["value"] for r in table} == values
    assert as_of(con, "Gene", dt.date(2024, 4, 1)).num_rows == len(CODES) * 24, "a later hour was not known"


def test_the_macro_is_plain_sql(
    revised: tuple[duckdb.DuckDBPyConnection, dict[dt.date, dict[tuple[str, dt.datetime], float]]],
) -> None:
    """Anybody with the warehouse can ask it."""
    con, said = revised
    total = con.execute(f"SELECT sum(value) FROM as_of('Gene', DATE '{FIRST}')").fetchone()
    assert total == (sum(said[FIRST].values()),)


def test_a_lake_without_findings_answers_with_no_rows(tmp_path: Path, catalog: Catalog) -> None:
    """Every view is there, typed and empty; the declared issues are there in full."""
    paths = Paths(data=tmp_path, build=tmp_path / "build")
    with open_warehouse(paths, catalog, Lake(paths.lake), FIRST) as con:
        for view in ("gap", "quarantine", "revision", "unknown_code", "catalog_drift", "held", "rename"):
            assert con.execute(f"SELECT count(*) FROM {view}").fetchone() == (0,), view
        holes = con.execute("SELECT metric, start FROM known_issue WHERE id = 'demanda-hueco-2022-08'").fetchall()
        assert ("DemaReal", dt.date(2022, 8, 8)) in holes


def test_findings_are_counted_per_series(tmp_path: Path, catalog: Catalog) -> None:
    """Open gaps, quarantined cells, strange codes and drift of today stand beside each series."""
    paths = Paths(data=tmp_path, build=tmp_path / "build")
    lake = Lake(paths.lake)
    name = {"metric": "Gene", "entity": "Recurso"}
    seen = {"first_seen": FIRST, "last_seen": FIRST}
    with lake.writing():
        transaction = lake.transaction(FIRST)
        gaps = [{**name, "start": FIRST, "end": FIRST, "state": state} for state in ("open", "open", "filled")]
        transaction.put_table("_gaps", "log", pa.Table.from_pylist(gaps))
        refused = [{**name, "bronze": "ab", "rule": "not_a_number", "place": "x", "value": "N/D", "seen": FIRST}]
        transaction.put_table("_quarantine", "Gene.Recurso", pa.Table.from_pylist(refused))
        transaction.put_table("_unknown_codes", "log", pa.Table.from_pylist([{**name, "code": "ZZZ1", **seen}]))
        drift = [{"kind": "changed", **name, "field": "unit", "was": "kWh", "now": "MWh", **seen}]
        transaction.put_table("_catalog_drift", "xm", pa.Table.from_pylist(drift))
        transaction.commit(dt.datetime.combine(FIRST, dt.time(5)))
    with open_warehouse(paths, catalog, lake, FIRST) as con:
        row = con.execute(
            "SELECT gaps, quarantined, unknown_codes, drift FROM series_status "
            "WHERE metric = 'Gene' AND entity = 'Recurso'"
        ).fetchone()
        others = con.execute("SELECT sum(gaps + quarantined + unknown_codes + drift) FROM series_status").fetchone()
    assert row == (2, 1, 1, 1)
    assert others == (5,)


def test_two_changes_of_a_day_stay_in_order_across_parts(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a log is cut between two changes of one hour, the first is still the first."""
    small = replace(logs.LOGS["_revisions"], limits=PartLimits(1, 1, least=1))
    monkeypatch.setitem(logs.LOGS, "_revisions", small)
    paths = Paths(data=tmp_path, build=tmp_path / "build")
    lake = Lake(paths.lake)
    for value in (1.0, 2.0, 3.0):
        with lake.writing():
            transaction = lake.transaction(FIRST)
            transaction.upsert("Gene", "Recurso", rows({("P", HOURS[0]): value}))
            transaction.commit(dt.datetime.combine(FIRST, dt.time(5)))
    assert len(lake.manifest().of("_revisions", "log")) == 2
    with open_warehouse(paths, catalog, lake, FIRST) as con:
        changes = con.execute("SELECT old, new FROM revision ORDER BY seen, ordinal").fetchall()
        assert changes == [(1.0, 2.0), (2.0, 3.0)]
        assert as_of(con, "Gene", FIRST - dt.timedelta(days=1))["value"].to_pylist() == [1.0]
