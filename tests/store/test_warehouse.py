"""The generated layer of the warehouse."""

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import StoreError, UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.store import warehouse
from pipeline.store.lake import Lake

pytestmark = pytest.mark.slow

RUN = RunInfo(dt.date(2024, 5, 6), dt.date(2024, 5, 1), "simulated", dt.datetime(2024, 5, 6, 5, 40))


def hours(day: dt.date, values: list[float], quality: str = "ok") -> pa.Table:
    """Return hourly rows of one day."""
    stamps = [dt.datetime.combine(day, dt.time(h)) for h in range(len(values))]
    return pa.table(
        {"code": ["Sistema"] * len(values), "ts": pa.array(stamps, pa.timestamp("ms")), "value": values,
         "quality": [quality] * len(values)}
    )  # fmt: skip


@pytest.fixture
def con(tmp_path: Path, catalog: Catalog) -> duckdb.DuckDBPyConnection:
    """A warehouse over three small series."""
    paths = Paths(data=tmp_path, build=tmp_path / "build")
    lake = Lake(paths.lake)
    with lake.writing():
        transaction = lake.transaction(RUN.today)
        transaction.upsert("Gene", "Sistema", hours(dt.date(2024, 5, 1), [9.0] * 24))
        transaction.upsert("Gene", "Sistema", hours(dt.date(2024, 5, 2), [9.0] * 10))
        transaction.upsert("PrecBolsNaci", "Sistema", hours(dt.date(2024, 5, 1), [100.0, 300.0] * 12))
        transaction.upsert("DemaReal", "Sistema", hours(dt.date(2024, 5, 1), [2.0] * 24))
        stamp = pa.array([dt.datetime(2024, 5, 5)], pa.timestamp("ms"))
        rivers = {"entity": ["Sistema"], "code": ["BATA"], "ts": stamp, "name": ["BATA"], "region": ["ORIENTE"]}
        transaction.put_table("ListadoRios", "Sistema", pa.table(rivers))
        transaction.commit(RUN.created)
    warehouse.prepare(paths, catalog, lake, RUN, {"DemaOR/Agente": {"state": "failed", "reason": "timeout"}})
    warehouse.complete(paths, catalog, lake)
    return warehouse.connect(paths.warehouse)


def test_days_follow_the_kind(con: duckdb.DuckDBPyConnection) -> None:
    """Energy is summed, a price is averaged, an incomplete day says how many hours it has."""
    gene = con.execute('SELECT value, hours FROM "Gene_daily" ORDER BY day').fetchall()
    assert gene == [(216.0, 24), (90.0, 10)]
    assert con.execute('SELECT value FROM "PrecBolsNaci_daily"').fetchall() == [(200.0,)]


def test_quality_reaches_the_day(con: duckdb.DuckDBPyConnection) -> None:
    """A day that agrees with nothing is marked in the lake and in the warehouse, and is no last good day."""
    assert con.execute('SELECT quality FROM "DemaReal_daily"').fetchall() == [("provisional",)]
    row = con.execute(
        "SELECT last_day_ok, provisional_days FROM series_status WHERE metric = 'DemaReal' AND entity = 'Sistema'"
    ).fetchone()
    assert row == (None, 1)


def test_every_metric_has_a_view(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Empty metrics answer with no rows and the right columns; every series has a state."""
    for metric in catalog.data_metrics():
        columns = [c[0] for c in con.execute(f'SELECT * FROM "{metric.id}" LIMIT 0').description]
        assert columns == ["entity", "code", "ts", "value", "quality", *(["version"] if metric.versioned else [])]
    states = dict(con.execute("SELECT state, count(*) FROM series_status GROUP BY 1").fetchall())
    assert sum(states.values()) == len(catalog.series())
    assert states["failed"] == 1


def test_lists_show_their_columns(con: duckdb.DuckDBPyConnection) -> None:
    """A list is a table of text."""
    assert con.execute('SELECT code, region FROM "ListadoRios"').fetchall() == [("BATA", "ORIENTE")]
    assert con.execute('SELECT count(*) FROM "ListadoRecursos"').fetchone() == (0,)


def test_no_warehouse_is_a_clear_error(tmp_path: Path) -> None:
    """Asking before building says what to do."""
    with pytest.raises(UsageError, match=r"\./inv build"):
        warehouse.connect(tmp_path / "none.duckdb")


def test_a_broken_view_names_its_file(tmp_path: Path) -> None:
    """An error in the domain layer names the SQL file."""
    (tmp_path / "bad.sql").write_text("CREATE VIEW x AS SELECT nothing FROM run_info")
    nothing = Catalog({}, {}, {}, {}, {}, {}, (), (), "")
    with duckdb.connect() as con:
        con.execute("CREATE TABLE run_info(today DATE)")
        with pytest.raises(StoreError, match=r"bad\.sql"):
            warehouse.create_domain_layer(con, tmp_path, nothing)
