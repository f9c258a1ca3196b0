"""The order of the domain layer follows from what its statements read, and its faults name file and entry."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import HeadlineSeries
from pipeline.core.errors import StoreError
from pipeline.core.paths import PACKAGE
from pipeline.store import domain, warehouse

NOTHING = Catalog({}, {}, {}, {}, {}, {}, (), (), "")


def layer(folder: Path, **files: str) -> Path:
    """Write SQL files; `__` in a name is a folder."""
    for name, sql in files.items():
        path = folder / f"{name.replace('__', '/')}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql, encoding="utf-8")
    return folder


def order(folder: Path, catalog: Catalog = NOTHING, *known: str) -> list[str]:
    """Return the names in the order in which they are made, but for the families of the catalogue."""
    found = domain.in_order(domain.statements(folder, catalog), set(known))
    return [statement.name for statement in found if not statement.where.startswith("catalog/")]


def test_names_of_files_mean_nothing(tmp_path: Path) -> None:
    """What is read is made first, whatever its file is called, also through macros and table expressions."""
    layer(
        tmp_path,
        a="CREATE OR REPLACE VIEW last AS WITH middle AS (SELECT * FROM middle) SELECT twice(n) AS n FROM middle",
        b__z="CREATE OR REPLACE TABLE first AS SELECT 1 AS n",
        b__y="CREATE OR REPLACE VIEW middle AS FROM first; CREATE OR REPLACE MACRO twice(n) AS n * (SELECT 2)",
    )
    made = order(tmp_path)
    assert made.index("first") < made.index("middle") < made.index("last") > made.index("twice")
    with duckdb.connect() as con:
        warehouse.create_domain_layer(con, tmp_path, NOTHING)
        assert con.execute("FROM last").fetchall() == [(2,)]


def test_the_order_is_the_same_every_time() -> None:
    """The real layer, twice: the same statements in the same order; shuffled, it is still a valid one."""
    catalog = load_catalog()
    found = domain.statements(PACKAGE / "views", catalog)
    known = {name for s in found for name in s.tables} - {s.name for s in found}
    first = [s.name for s in domain.in_order(found, known)]
    assert first == [s.name for s in domain.in_order(domain.statements(PACKAGE / "views", catalog), known)]
    mixed = list(found)
    random.Random(7).shuffle(mixed)
    place = {s.name: i for i, s in enumerate(domain.in_order(mixed, known))}
    assert place.keys() == set(first)
    for statement in found:
        for below in (statement.tables | statement.functions) & place.keys():
            assert place[below] < place[statement.name], (statement.name, below)


def test_forecasts_are_read_late_and_never_learned_from(tmp_path: Path) -> None:
    """What reads a forecast, directly or not, is made after it; an input of the models that does is refused."""
    layer(
        tmp_path,
        a="CREATE VIEW far AS FROM near; CREATE VIEW near AS FROM forecast_value; CREATE VIEW data AS SELECT 1",
    )
    found = domain.in_order(domain.statements(tmp_path, NOTHING), {"forecast_value"})
    late = domain.read_forecasts(found)
    assert late["far"] == ("far", "near", "forecast_value") and "data" not in late
    layer(tmp_path, b="CREATE VIEW forecast_driver AS FROM far")
    found = domain.in_order(domain.statements(tmp_path, NOTHING), {"forecast_value"})
    with pytest.raises(StoreError, match=r"forecast_driver → far → near → forecast_value.*b\.sql"):
        domain.read_forecasts(found)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a": "CREATE VIEW one AS FROM two", "b": "CREATE VIEW two AS FROM one"}, ["one", "two", "a.sql", "b.sql"]),
        ({"a": "CREATE VIEW one AS FROM oen"}, ["one reads oen, which nobody makes", "a.sql"]),
        (
            {"a": "CREATE VIEW one AS SELECT 1", "b": "CREATE VIEW one AS SELECT 2"},
            ["Two places make one", "a.sql", "b.sql"],
        ),
        ({"a": "CREATE VIEW one AS SELEC 1"}, ["not SQL", "a.sql"]),
        ({"a": "DROP TABLE run_info"}, ["makes no view, table or macro", "a.sql", "DROP TABLE"]),
        ({"a": "CREATE VIEW one AS SELECT nada FROM (SELECT 1 AS n)"}, ["one cannot be made", "nada", "a.sql"]),
    ],
)
def test_a_fault_names_what_and_where(tmp_path: Path, files: dict[str, str], words: list[str]) -> None:
    """Cycles, unknown names, names made twice, and what is no view."""
    with duckdb.connect() as con, pytest.raises(StoreError) as caught:
        warehouse.create_domain_layer(con, layer(tmp_path, **files), NOTHING)
    assert all(word in str(caught.value) for word in words), caught.value


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT day, value FROM demand", ["add quality to the SELECT"]),
        ("SELECT day, value, quality, value AS valor FROM demand", ["nobody reads valor"]),
        ("SELECT day, value, quality FROM demanda", ["reads demanda, which nobody makes"]),
        ("SELECT day, value, quality FROM headline", ["Views read each other", "headline"]),
        ("DELETE FROM demand", ["no query"]),
        ("SELECT day, suma(value) AS value, quality FROM demand", ["suma"]),
    ],
)
def test_a_declared_series_names_its_own_file(tmp_path: Path, sql: str, words: list[str]) -> None:
    """A series short of a column used to blame another file."""
    series = HeadlineSeries(id="demand", label="Demanda", unit="GWh", decimals=1, metrics=("DemaSIN",), sql=sql)
    catalog = Catalog(
        {}, {}, {}, {}, {}, {}, (), (), "", headlines={"demand": series},
        places={"series/demand": "series/country.yml › demand"},
    )  # fmt: skip
    layer(tmp_path, headlines="CREATE VIEW headline AS FROM series_value")
    with duckdb.connect() as con:
        con.execute("CREATE TABLE demand(day DATE, value DOUBLE, quality VARCHAR)")
        with pytest.raises(StoreError) as caught:
            warehouse.create_domain_layer(con, tmp_path, catalog)
    assert "catalog/series/country.yml › demand" in str(caught.value)
    assert all(word in str(caught.value) for word in words), caught.value
