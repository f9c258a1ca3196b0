"""What boards, texts and API rely on: columns, ids, and views that stand with nothing under them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import duckdb
import pytest
from small_world import (
    BOARDS,
    DATA_METRICS,
    LIST_COLUMNS,
    VIEWS,
    World,
    hours,
    metrics_read,
    open_warehouse,
    rows,
    small_catalog,
)

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Block
from tests.forecasts import refresh

COLUMNS = {
    "kpi": {"day", "value", "quality"},
    "line": {"x", "series", "value"},
    "stack": {"x", "series", "value"},
    "bar": {"x", "series", "value"},
    "heatmap": {"x", "y", "value"},
    "mix": {"series", "value"},
    "forecast": {"x", "actual", "mean", "lo80", "hi80", "lo95", "hi95", "model"},
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in which no metric has a row."""
    with open_warehouse(tmp_path_factory.mktemp("empty"), {}, dt.date(2024, 5, 6), small_catalog()) as con:
        yield con


def queries(catalog: Catalog) -> list[tuple[str, Block]]:
    """Every block with a query of the boards of this subject."""
    return [(slug, block) for slug in BOARDS for block in catalog.boards[slug].blocks if block.sql]


def test_inline_metrics_are_those_of_the_catalogue(catalog: Catalog) -> None:
    """The small world declares what the catalogue declares: grain, kind, units, columns of lists."""
    for name, grain, kind, source, stored in DATA_METRICS:
        metric = catalog.metrics[name]
        assert (metric.grain, metric.kind) == (grain, kind), name
        assert (metric.unit.source, metric.unit.stored) == (source, stored), name
    for name, columns in LIST_COLUMNS.items():
        assert set(columns.values()) <= {"code", *catalog.metrics[name].columns.values()}, name
    assert metrics_read() >= {m[0] for m in DATA_METRICS} | set(LIST_COLUMNS)


def test_energy_sources_have_the_labels_of_the_vocabulary(catalog: Catalog, empty: duckdb.DuckDBPyConnection) -> None:
    """Each fuel and technology of the vocabulary gets its palette label in SQL; both speak of the same sources."""
    technologies = {"HIDRAULICA", "TERMICA", "SOLAR", "EOLICA", "COGENERADOR"}
    for name, source in catalog.energy_sources.items():
        if name == "IMPORTACION":
            continue
        sql = "SELECT type_label(?)" if name in technologies else "SELECT fuel_label('TERMICA', ?)"
        assert empty.execute(sql, [name]).fetchall() == [(source.label,)], name


def test_every_view_stands_on_nothing(empty: duckdb.DuckDBPyConnection) -> None:
    """With every metric and list empty, each view answers and no claim or headline is made up."""
    names = [row["table_name"] for row in rows(empty, "SELECT table_name FROM information_schema.tables")]
    for name in names:
        empty.execute(f'SELECT * FROM "{name}"').fetchall()
    for name in ("claim", "headline", "daily_series", "api_daily_headlines", "api_yearly"):
        assert name in names
        assert not empty.execute(f"SELECT * FROM {name}").fetchall(), name


def test_board_queries_return_the_columns_of_their_type(catalog: Catalog, empty: duckdb.DuckDBPyConnection) -> None:
    """Every query of the boards runs without data and gives what its block type asks for."""
    for slug, block in queries(catalog):
        cursor = empty.execute(block.sql)
        names = {column[0] for column in cursor.description or []}
        assert names >= COLUMNS.get(block.type, set()), f"{slug} {block.id}"
        own = set() if block.type == "worded_table" else set(block.columns)
        assert own <= names, f"{slug} {block.id}: a declared column is not in the query"
        assert (slug, block.id) == ("inicio", "estado") or not cursor.fetchall(), (
            f"{slug} {block.id}"
        )  # it says what lacks


def test_boards_have_question_method_and_summary(catalog: Catalog) -> None:
    """Each board asks one question, explains itself and has a text; its blocks name their metrics."""
    for slug in BOARDS:
        board = catalog.boards[slug]
        assert board.question.startswith("¿")
        assert len(board.method) > 300
        assert [b.type for b in board.blocks].count("summary") == 1
        assert all(b.metrics for b in board.blocks if b.sql), slug


def test_every_board_asks_for_claims_that_there_are(world: World) -> None:
    """Each board has claims; each belongs to a declared series or an id written in a view; a pattern names a kind."""
    con = world(a_year_of_everything())
    boards = load_catalog().boards
    found = rows(con, "SELECT id, kind, boards, words, unit FROM claim")
    assert {board for row in found for board in row["boards"]} >= {"inicio", "demanda", "hidrologia", "precio-bolsa"}
    assert len({row["id"] for row in found}) == len(found)
    written = "\n".join(p.read_text(encoding="utf-8") for p in (VIEWS / "claims").glob("*.sql"))
    for slug, board in boards.items():
        assert len(board.tells) > 2, slug
        for told in board.tells:
            assert "." not in told or f"'{told.split('.')[0]}." in written, f"{slug}: {told}"


def test_every_headline_series_is_made_of_its_declaration(world: World) -> None:
    """`series_info` is the catalogue's, in its order; no value belongs to a series that nobody declares."""
    con = world(a_year_of_everything())
    found = [tuple(r.values()) for r in rows(con, "SELECT series, label, unit, decimals, metrics FROM series_info")]
    declared = load_catalog().headlines.values()
    assert found == [(s.id, s.label, s.unit, s.decimals, ",".join(s.metrics)) for s in declared]
    assert rows(con, "SELECT series FROM daily_series ANTI JOIN series_info USING (series)") == []


def test_changes_are_points_between_percentages_and_per_cent_otherwise(world: World) -> None:
    """Reserves rise 10 points; demand rises 10 %."""
    con = world(a_year_of_everything())
    found = {
        r["id"]: r["figures"]["change"] for r in rows(con, "SELECT id, figures FROM claim WHERE kind = 'comparison'")
    }
    assert (found["compare.reserves.week"], found["compare.demand.week"]) == (10.0, 10.0)


def test_forecast_starts_after_the_last_quotable_day(world: World) -> None:
    """The newest live vintage of the published model is drawn; backtests and days already known are not."""
    day = dt.date(2024, 4, 30)
    con = world({"DemaSIN/Sistema": [("Sistema", day, 228.3)]})
    con.execute(
        "INSERT INTO forecast_score BY NAME SELECT 'demand_daily' AS series, m AS model, 'backtest' AS run_kind, "
        "'1' AS lead, 5.0 AS mape, m = 'combined' AS published FROM (VALUES ('combined'), ('naive')) AS t (m)"
    )
    con.execute(
        "INSERT INTO forecast_value BY NAME SELECT 'demand_daily' AS series, m AS model, k AS run_kind, o AS issued, "
        "o AS origin, h, o + h AS target, 200.0 + h AS mean, '' AS scenario "
        "FROM (VALUES ('combined', 'live', DATE '2024-04-29'), "
        "('combined', 'live', DATE '2024-04-20'), ('combined', 'backtest', DATE '2024-04-30'), "
        "('naive', 'live', DATE '2024-04-29')) AS t (m, k, o), (SELECT unnest([1, 2, 3]) AS h)"
    )
    refresh(con)
    found = rows(con, "SELECT x, actual, mean, model FROM forecast_chart WHERE series = 'demand_daily'")
    assert found == [
        {"x": dt.datetime(2024, 4, 30), "actual": 228.3, "mean": None, "model": None},
        {"x": dt.datetime(2024, 5, 1), "actual": None, "mean": 202.0, "model": "combined"},
        {"x": dt.datetime(2024, 5, 2), "actual": None, "mean": 203.0, "model": "combined"},
    ]


def a_year_of_everything() -> dict[str, list[tuple[str, dt.date | dt.datetime, float, str]]]:
    """Enough rows for every fact: the day, the day before, a week, a month and a year ago, and 300 priced days."""
    last = dt.date(2024, 4, 30)
    near = [last - dt.timedelta(days=d) for d in (0, 1, 7, 30)] + [dt.date(2023, 4, 30)]
    month = [dt.date(2024, 4, d) for d in range(1, 31)]

    def daily(days: list[dt.date], now: float, then: float) -> list[tuple[str, dt.date | dt.datetime, float, str]]:
        return [("Sistema", day, now if day == last else then, "ok") for day in days]

    sun = [0.0] * 6 + [1.0] * 12 + [0.0] * 6
    plants = [row for day in near for row in (*hours(day, 5.0, "HIDR"), *hours(day, sun, "SOL1"))]
    system = [row for day in near for row in hours(day, [5.0 + s for s in sun])]
    priced = [last - dt.timedelta(days=d) for d in range(366)]
    prices = [row for day in priced for row in hours(day, [100.0 + h for h in range(24)])]
    return {
        "DemaSIN/Sistema": daily(near, 220.0, 200.0),
        "Gene/Recurso": [*plants],
        "Gene/Sistema": [*system],
        "VoluUtilDiarEner/Sistema": daily(near, 60.0, 50.0),
        "CapaUtilDiarEner/Sistema": daily(near, 100.0, 100.0),
        "VoluUtilDiarEner/Embalse": [("GUAVIO", last, 20.0, "ok")],
        "CapaUtilDiarEner/Embalse": [("GUAVIO", last, 100.0, "ok")],
        "AporEner/Sistema": daily(month, 300.0, 250.0),
        "AporEnerMediHist/Sistema": daily(month, 250.0, 250.0),
        "VertEner/Sistema": daily(near, 5.0, 4.0),
        "PrecBolsNaci/Sistema": [*prices],
        "PrecBolsNaciTX1/Sistema": [*hours(last, 100.0)],
        "PPPrecBolsNaci/Sistema": daily(near, 120.0, 110.0),
        "PrecEsca/Sistema": daily(near, 750.0, 740.0),
    }


def test_a_card_says_what_it_compares_with(catalog: Catalog) -> None:
    """Whoever gives a value of the past gives the words for it: without them it is not shown."""
    cards = [block for board in catalog.boards.values() for block in board.blocks if block.type == "kpi"]
    assert len(cards) > 40
    silent = [
        f"{block.id}: {span}"
        for block in cards
        for span in ("week", "year")
        if f"{span}_basis" not in block.sql
        and f"{span}_ago" in re.sub(rf"(CAST\(NULL AS DOUBLE\)|NULL(::DOUBLE)?) AS {span}_ago", "", block.sql)
    ]
    assert silent == []
