"""CONTRIBUTING followed to the letter: one more of each kind is one file, and all that follows from it is there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import plotly.graph_objects as go
import pytest

from pipeline.catalog.load import HERE, Catalog, load_catalog
from pipeline.catalog.schema import Block
from pipeline.check.catalogue import Queries, problems
from pipeline.check.small_lake import RUN, small_lake
from pipeline.check.trial import Trial, in_memory
from pipeline.core.paths import PACKAGE, Paths
from pipeline.core.settings import load_settings
from pipeline.site.blocks import TYPES, Place
from pipeline.site.blocks.block_types import block_type
from pipeline.site.blocks.chart import as_block_type
from pipeline.site.charts import REGISTRY, ChartSpec, build_figure
from pipeline.site.charts.base import chart, new_figure
from pipeline.store import warehouse
from pipeline.store.lake import Lake

from .additions import FOLDERS, KINDS, add, copy_catalogue

DAY = dt.date(2024, 4, 30)  # a Tuesday


def files(root: Path) -> dict[str, bytes]:
    """Return every declaration by its name."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*.yml"))}


@pytest.mark.parametrize("kind", KINDS)
def test_one_more_is_one_file(tmp_path: Path, kind: str) -> None:
    """One file changes or is new, and the catalogue has one more of that kind and of nothing else."""
    root = copy_catalogue(tmp_path)
    before, had = files(root), load_catalog(root)
    touched = add(root, kind)
    after, has = files(root), load_catalog(root)
    assert [name for name, raw in after.items() if before.get(name) != raw] == [touched.relative_to(root).as_posix()]
    counted = {
        "metric": len(has.metrics) - len(had.metrics),
        "series": len(has.headlines) - len(had.headlines),
        "board": len(has.boards) - len(had.boards),
        "page": len(has.pages) - len(had.pages),
        "forecast": len(has.forecasts) - len(had.forecasts),
    }
    assert counted == {name: int(name == kind) for name in KINDS}


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The project's catalogue with one more of each kind."""
    root = copy_catalogue(tmp_path_factory.mktemp("catalogue") / "catalog")
    for kind in KINDS:
        add(root, kind)
    return load_catalog(root)


@pytest.fixture(scope="module")
def made(more: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of that catalogue in which two days of demand are known."""
    folder = tmp_path_factory.mktemp("made")
    paths = Paths(folder, folder)
    with in_memory() as con:
        warehouse.create_generated_layer(con, paths, more, Lake(paths.lake), RUN, {})
        for day, value in ((DAY, 220.0), (dt.date(2024, 4, 28), 180.0)):
            con.execute(
                "INSERT INTO metric_daily VALUES ('DemaSIN', 'Sistema', 'Sistema', ?, ?, NULL, 'ok')", [day, value]
            )
        con.execute("INSERT INTO metric_daily VALUES ('DemaReal', 'Sistema', 'Sistema', ?, 200, 24, 'ok')", [DAY])
        warehouse.create_domain_layer(con, PACKAGE / "views", more)
        yield con


@pytest.mark.slow
def test_what_follows_from_them_is_there(made: duckdb.DuckDBPyConnection, more: Catalog) -> None:
    """View of the metric; values of the series, in its order; claims and rows of the board; history of the forecast."""
    assert made.execute('SELECT count(*) FROM "DemaPrueba_daily"').fetchone() == (0,)
    known = made.execute("SELECT day, value FROM daily_series WHERE series = 'demand_weekday'").fetchall()
    assert known == [(DAY, 220.0)], "the Sunday stays out"
    order = [row[0] for row in made.execute("SELECT series FROM series_info ORDER BY ordinal").fetchall()]
    assert order == list(more.headlines) and order.index("demand_weekday") == order.index("losses_share") + 1
    told = made.execute("SELECT id, figures['value'] FROM claim WHERE list_contains(boards, 'prueba')").fetchall()
    assert told == [("value.demand", 220.0)]
    (block,) = (block for block in more.boards["prueba"].blocks if block.sql)
    assert len(made.execute(block.sql).fetchall()) == 2
    history = made.execute("SELECT day, value, hours FROM forecast_input WHERE series = 'real_daily'")
    assert history.fetchall() == [(DAY, 200.0, 24)]


@pytest.mark.slow
def test_the_check_finds_nothing_wrong_with_them(more: Catalog, tmp_path: Path) -> None:
    """`./inv check --catalog` accepts them; a chart type and a block type are one module, which says what it reads."""

    @chart("prueba", columns=("x", "value"), options=("grueso",))
    def prueba(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
        """Draw nothing but a frame."""
        return new_figure(spec)

    @block_type("letrero", ("frase",), options=("tono",))
    def letrero(block: Block, rows: pd.DataFrame, place: Place) -> str:
        """Say the first sentence."""
        return f"{place.title}: {rows['frase'].iloc[0]}"

    as_block_type(REGISTRY["prueba"])
    nothing = Paths(tmp_path, tmp_path)
    try:
        with in_memory() as empty, in_memory() as small:
            trial = Trial(empty, small)
            assert trial.build(more, nothing, small_lake(load_settings(), load_catalog())) == []
            assert problems(trial, more) == []
            sql = "SELECT day AS x, gwh AS value FROM demand_daily"
            block = Block(
                type="prueba", id="nuevo", unit="GWh", sql=sql, options={"grueso": True}, metrics=("DemaSIN",)
            )
            assert list(Queries(trial, more).block("prueba", block)) == []
            words = Block(type="letrero", id="aviso", sql="SELECT 'hola' AS frase", options={"tono": 1})
            assert list(Queries(trial, more).block("prueba", words)) == []
        assert build_figure(pd.DataFrame({"x": [1], "value": [2.0]}), ChartSpec("nuevo", "prueba")).layout.height > 0
    finally:
        REGISTRY.pop("prueba")
        for name in ("prueba", "letrero"):
            TYPES.pop(name)


def test_contributing_says_where(more: Catalog) -> None:
    """The folders that CONTRIBUTING names are those in which the additions were written."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for folder in FOLDERS:
        assert f"pipeline/catalog/{folder}/" in text and (HERE / folder).is_dir()
    for command in ("./inv check --catalog", "./inv check --schemas"):
        assert command in text
