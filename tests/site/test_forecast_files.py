"""Forecasts as files: CSV and JSON say what the views say."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

import duckdb
import pytest

from pipeline.site.downloads.forecast_files import forecast_tables, forecasts_document, record_document
from pipeline.site.downloads.hub_files import chain_document, hub_files
from pipeline.store.forecast_log import create_tables
from pipeline.store.submissions import read_submissions
from tests.forecast.world import quick_policy
from tests.forecasts import fill, refresh, small_views


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A demand of half a year with made-up forecasts, and XM's own a little high."""
    with duckdb.connect() as opened:
        create_tables(opened)
        opened.execute("CREATE TABLE run_info AS SELECT DATE '2026-11-22' AS today")
        small_views(opened)
        opened.execute(
            "INSERT INTO forecast_input SELECT 'demand_daily', DATE '2026-05-01' + i::INTEGER, 200 + i % 7, NULL, "
            "'ok' FROM range(202) t(i)"
        )
        opened.execute("INSERT INTO catalog_metric VALUES ('DemaSIN', 3)")
        opened.execute(
            "INSERT INTO \"PronSIN_daily\" SELECT 'Sistema', 'Sistema', day, value * 1.01, 24, 'ok' FROM forecast_input"
        )
        fill(opened)
        refresh(opened)
        yield opened


@pytest.mark.parametrize("table", forecast_tables(), ids=lambda table: table.name)
def test_each_table_has_the_columns_it_declares_and_rows(con, table) -> None:
    """What the data package says of the file is what the file has."""
    shown = con.execute(table.query)
    assert [column[0] for column in shown.description] == [name for name, _ in table.columns]
    assert len(shown.fetchall()) > 5


def test_the_newest_forecast_is_told_with_its_bands_and_origin(con) -> None:
    """Ninety days from the newest origin; days without an hour are written as days."""
    document = forecasts_document(con)
    (series,) = document["pronosticos"]  # type: ignore[misc]
    assert (series["serie"], series["modelo"], series["unidad"]) == ("demand_daily", "combined", "GWh")
    assert (series["emitido"], series["datos_hasta"]) == ("2026-11-22", "2026-11-18")
    first = series["valores"][0]
    assert first["instante"] == "2026-11-19" and len(series["valores"]) == 90
    assert first["bajo_95"] < first["bajo_80"] < first["pronostico"] < first["alto_80"] < first["alto_95"]


def test_the_record_keeps_live_and_backtest_apart_and_has_the_naive(con) -> None:
    """Each row says its class; the naive stands beside every score; XM on the same days."""
    document = record_document(con)
    rows = document["puntajes"]
    classes = {(row["clase"], row["modelo"]) for row in rows}  # type: ignore[union-attr]
    assert classes == {
        (kind, model) for kind in ("publicado", "prueba con el pasado") for model in ("combined", "seasonal_naive")
    }
    duel = {(row["clase"], row["quien"]): row for row in document["frente_a_xm"]}  # type: ignore[union-attr]
    assert duel["publicado", "xm"]["mape_pct"] == 1.0
    assert duel["publicado", "xm"]["dias"] == duel["publicado", "portal"]["dias"]
    assert dt.date.fromisoformat(duel["publicado", "xm"]["desde"]).weekday() == 0


def test_without_forecasts_the_documents_are_empty_and_not_missing() -> None:
    """An empty list is an answer."""
    with duckdb.connect() as empty:
        create_tables(empty)
        small_views(empty)
        assert forecasts_document(empty)["pronosticos"] == []
        assert record_document(empty)["puntajes"] == []


def test_the_newest_issue_is_a_hub_that_its_own_reader_accepts(con, tmp_path) -> None:
    """What is published in the exchange format is what a submission must be: the round trip gives the same values."""
    files = hub_files(con)
    (path,) = (name for name in files if name.endswith(".csv"))
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    sent = read_submissions(tmp_path / "hub", [quick_policy()])
    assert sent.refused == ()
    assert path == "hub/model-output/portalenergetico-publicado/2026-11-22-portalenergetico-publicado.csv"
    rows = sent.rows["demand_daily"]
    assert rows["h"].tolist() == list(range(1, 31))
    target = dt.date(2026, 11, 22) + dt.timedelta(days=30)
    mean, low = con.execute("SELECT mean, lo80 FROM forecast_latest WHERE target = ?", [target]).fetchone()
    assert (rows["mean"].iloc[-1], rows["lo80"].iloc[-1]) == pytest.approx((mean, low), rel=1e-5)


def test_the_tasks_of_the_hub_name_series_units_and_quantiles(con) -> None:
    """Whoever reads the configuration knows what to send."""
    (tasks,) = json.loads(hub_files(con)["hub/hub-config/tasks.json"])["rounds"][0]["model_tasks"]
    assert tasks["task_ids"]["target"]["optional"] == ["demand_daily"]
    assert tasks["output_type"]["quantile"]["output_type_id"]["required"] == [0.025, 0.1, 0.5, 0.9, 0.975]
    assert tasks["target_metadata"][0]["target_units"] == "GWh"


def test_the_published_chain_is_that_of_the_lake() -> None:
    """One entry a day of issue, in order."""
    links = [{"issued": dt.date(2026, 11, 20), "rows": 3, "digest": "ab"}]
    assert chain_document(links)["emisiones"] == [{"emitido": "2026-11-20", "filas": 3, "huella": "ab"}]
