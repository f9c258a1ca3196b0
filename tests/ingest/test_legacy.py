"""The way over from the system before: every known fault counted, nothing false kept, the same twice."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import SourceRefused, UsageError
from pipeline.core.paths import Paths
from pipeline.ingest.legacy import Migration, migrate
from pipeline.store.lake import Lake
from pipeline.store.legacy_rows import TABLE
from tests.bench.old_system import TODAY, OldSystem, _at, old_system
from tests.store.test_mirror import ask, database

__all__ = ["database"]  # a fixture


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def paths(tmp_path) -> Paths:
    return Paths(data=tmp_path / "data", build=tmp_path / "build")


def brought(catalog: Catalog, paths: Paths, url: str, *, keep: bool = True) -> Migration:
    """Return what a migration finds."""
    return migrate(catalog, paths, url, TODAY, _at(TODAY), keep=keep)


def totals(told: dict[str, dict[str, int]]) -> dict[str, int]:
    """Return counts over the tables with values, without zeros."""
    found: dict[str, int] = {}
    for table in ("metrics", "metrics_hourly"):
        for name, count in told[table].items():
            found[name] = found.get(name, 0) + count
    return {name: count for name, count in found.items() if count}


def kept(paths: Paths) -> dict:
    """Return the rows that the lake keeps of the old system."""
    lake = Lake(paths.lake)
    parts = [part for part in lake.manifest().parts if part.metric == TABLE]
    rows = [row for part in parts for row in lake.rows(part).to_pylist()]
    return {(row["metric"], row["code"], row["ts"]): row for row in rows}


def assert_only_true(paths: Paths, old: OldSystem) -> None:
    """Every kept value is the true one, and every true one is kept, with its unit and where it came from."""
    rows = kept(paths)
    assert rows.keys() == old.true.keys()
    assert all(rows[key]["value"] == pytest.approx(value, rel=1e-9) for key, value in old.true.items())
    assert {(row["metric"], row["unit"], row["origin"], row["factor"]) for row in rows.values()} == {
        ("VoluUtilDiarEner", "GWh", "metrics", 1.0), ("PrecBolsNaci", "COP/kWh", "metrics_hourly", 1000.0),
    }  # fmt: skip


def test_every_fault_is_counted_and_nothing_false_is_kept(catalog, paths, tmp_path):
    """From a SQLite file: faults and fates are those that the rows were made with; a second time keeps nothing new."""
    old = old_system(paths, rows=6000)
    url = old.into_sqlite(tmp_path / "old.db")
    before = Lake(paths.lake).pointer()
    looked = brought(catalog, paths, url, keep=False)
    assert Lake(paths.lake).pointer() == before and looked.kept == 0
    found = brought(catalog, paths, url)
    assert totals(found.faults) == dict(old.faults)
    assert totals(found.fates) == dict(old.fates)
    assert (found.rows["predictions"], found.lost_hours, found.kept) == (2, old.lost_hours, len(old.true))
    assert_only_true(paths, old)
    after = Lake(paths.lake).pointer()
    assert brought(catalog, paths, url).kept == 0 and Lake(paths.lake).pointer() == after
    assert "newly kept" in str(found) and not list(paths.build.glob("migrate*"))


@pytest.mark.postgres
def test_the_same_from_postgres(catalog, paths, database):
    """From PostgreSQL the answer is the same, and the old database is as it was."""
    old = old_system(paths, rows=4000)
    url = old.into_postgres(database)
    found = brought(catalog, paths, url)
    assert totals(found.faults) == dict(old.faults) and totals(found.fates) == dict(old.fates)
    assert_only_true(paths, old)
    assert ask(database, "SELECT count(*) FROM metrics") == [(found.rows["metrics"],)]


def test_days_that_are_no_days(catalog, paths, tmp_path):
    """A text for a day and a text for a number, which SQLite takes, are named and refused."""
    old_system(paths, rows=100)
    with sqlite3.connect(tmp_path / "old.db") as con:
        con.execute("CREATE TABLE metrics (fecha, metrica, entidad, recurso, valor_gwh, unidad)")
        con.execute("INSERT INTO metrics VALUES ('ayer', 'AporCaudal', 'Rio', 'NARE', 5.0, 'm3/s')")
        con.execute("INSERT INTO metrics VALUES ('2025-05-01', 'AporCaudal', 'Rio', 'NARE', 'mucho', 'm3/s')")
        con.execute("CREATE TABLE commercial_metrics (metric_code, fecha, valor, unidad, agente_comprador)")
        con.execute("INSERT INTO commercial_metrics VALUES ('PrecBolsNaci', '2025-05-01', 0.0, 'COP/kWh', NULL)")
    con.close()
    found = brought(catalog, paths, f"sqlite:///{tmp_path / 'old.db'}")
    assert {name: count for name, count in found.faults["metrics"].items() if count} == {
        "unreadable_day": 1, "no_number": 1,
    }  # fmt: skip
    assert found.faults["commercial_metrics"]["false_zero"] == 1 and found.kept == 0


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["metrics", "metrics_hourly"]),
            st.sampled_from(["VoluUtilDiarEner", "PrecBolsNaci", "CapEfecNeta", "Gene", "", "'; DROP TABLE old; --"]),
            st.sampled_from(["Embalse", "Sistema", "Recurso", ""]),
            st.sampled_from([None, "EMB0", "Sistema", "_SISTEMA_", "P0", "planta uno", "\u202e⚡"]),
            st.dates(min_value=TODAY.replace(year=2024)),
            st.one_of(st.none(), st.floats(), st.sampled_from([0.0, -0.0, 1e308, 75.0])),
            st.sampled_from(["GWh", "MWh", "COP", "", None, "TX1"]),
            st.integers(-3, 30),
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_whatever_else_it_holds_nothing_false_is_kept(catalog, tmp_path_factory, rows):
    """Rows of any kind beside the known ones: each gets one answer, and none of them is kept."""
    folder = tmp_path_factory.mktemp("any")
    paths = Paths(data=folder / "data", build=folder / "build")
    old = old_system(paths, rows=100, days=60, reservoirs=1)
    true = dict(old.true)
    for table, metric, entity, code, day, value, unit, hour in rows:
        hours = [hour] if table == "metrics_hourly" else None
        old.add(table, metric, entity, [code], [day], [value], unit, (), "", hours)
    found = brought(catalog, paths, old.into_sqlite(folder / "old.db"))
    assert sum(totals(found.fates).values()) == old.rows
    for key, row in kept(paths).items():
        # A row that contradicts another takes it along: what is kept is true, and all that is true need not be kept.
        assert row["value"] == pytest.approx(true[key], rel=1e-4)


@pytest.mark.parametrize("url", ["", "mysql://h/d", "sqlite:///nowhere.db"])
def test_no_database_is_wrong_usage(catalog, paths, url):
    """An address that names none is wrong usage, and nothing is left behind."""
    old_system(paths, rows=100, days=20, reservoirs=1)
    with pytest.raises(UsageError):
        brought(catalog, paths, url)
    assert not list(paths.build.glob("migrate*"))


def test_other_files_and_no_lake(catalog, paths, tmp_path):
    """A file that is no SQLite, one without the old tables, and a portal without data are each told."""
    with pytest.raises(UsageError, match="no lake"):
        brought(catalog, paths, "sqlite:///x.db")
    old_system(paths, rows=100, days=20, reservoirs=1)
    other = tmp_path / "other.db"
    other.write_bytes(b"no database at all" * 100)
    with pytest.raises(SourceRefused):
        brought(catalog, paths, f"sqlite:///{other}")
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(UsageError, match="no table"):
        brought(catalog, paths, f"sqlite:///{tmp_path / 'empty.db'}")
