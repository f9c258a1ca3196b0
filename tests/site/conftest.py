"""A small warehouse with the views the pages read, and a catalogue of four metrics and two boards."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Board, Correction, Metric, Source
from pipeline.catalog.vocabulary import EntityKind, Term, Theme
from pipeline.core import palette
from pipeline.core.paths import PACKAGE, ROOT, Paths
from pipeline.core.run import RunInfo
from pipeline.site import publishing
from pipeline.site.context import SiteContext, environment, read_names, read_states
from pipeline.store.declared_tables import create_catalog_tables, create_forecast_info
from pipeline.store.findings import _issue_table
from pipeline.store.forecast_log import create_tables
from pipeline.store.model_faults import create_model_faults
from pipeline.store.reference import load_reference
from pipeline.store.warehouse import _lost_parts, _source_state
from tests.forecasts import fill, refresh, small_views
from tests.once import Once
from tests.site.tiny import World, make_world
from tests.state_world import run_rule

TODAY = dt.date(2026, 11, 22)
SCHEMA = """
CREATE MACRO proper_name(name) AS name;
CREATE MACRO day_quality(hours, quality) AS quality;
CREATE MACRO quality_word(quality) AS
  CASE quality WHEN 'ok' THEN 'Publicado' WHEN 'provisional' THEN 'Preliminar' ELSE quality END;
CREATE TABLE metric_daily(metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, hours INTEGER,
  quality VARCHAR);
-- demand: 40 days, the last two provisional; 200 GWh a day, one more each day
INSERT INTO metric_daily SELECT 'DemaSIN', 'Sistema', 'Sistema', DATE '2026-10-10' + i::INTEGER, 200 + i, NULL,
  CASE WHEN i >= 38 THEN 'provisional' ELSE 'ok' END FROM range(40) t(i);
-- price of two plants (never added) and generation of three plants (a flow, added), one code like a float
INSERT INTO metric_daily SELECT 'PrecOfer', 'Recurso', c, DATE '2026-11-10' + i::INTEGER, v + i, NULL, 'ok'
  FROM range(5) t(i), (VALUES ('AAA1', 100.0), ('2E10', 300.0)) p(c, v);
INSERT INTO metric_daily SELECT 'Gene', 'Recurso', c, DATE '2026-11-10' + i::INTEGER, v, 24, 'ok'
  FROM range(5) t(i), (VALUES ('AAA1', 10.0), ('2E10', 20.0), ('CCC3', 0.5)) p(c, v);
INSERT INTO metric_daily VALUES ('Gene', 'Recurso', 'AAA1', DATE '2026-11-15', 3.0, 7, 'ok');
CREATE VIEW "DemaSIN" AS SELECT entity, code, day::TIMESTAMP AS ts, value, quality
  FROM metric_daily WHERE metric = 'DemaSIN';
CREATE VIEW "DemaSIN_daily" AS SELECT * EXCLUDE (metric) FROM metric_daily WHERE metric = 'DemaSIN';
CREATE VIEW "Gene" AS SELECT entity, code, day::TIMESTAMP AS ts, value, quality FROM metric_daily WHERE metric = 'Gene';
CREATE TABLE "ListadoRecursos" AS
  SELECT 'Sistema' AS entity, 'AAA1' AS code, 'Guavio <1>' AS name, 'AGUA' AS energy_source;
CREATE TABLE series_status(metric VARCHAR, entity VARCHAR, state VARCHAR, reason VARCHAR, rows BIGINT, codes BIGINT,
  first_ts TIMESTAMP, last_ts TIMESTAMP, last_day_ok DATE, provisional_days BIGINT);
INSERT INTO series_status VALUES
  ('DemaSIN', 'Sistema', 'ok', '', 40, 1, '2026-10-10', '2026-11-18', '2026-11-16', 2),
  ('PrecOfer', 'Recurso', 'ok', '', 10, 2, '2026-11-10', '2026-11-14', '2026-11-14', 0),
  ('Gene', 'Recurso', 'ok', '', 16, 3, '2026-11-10', '2026-11-15', '2026-11-14', 0),
  ('ListadoRecursos', 'Sistema', 'ok', '', 1, 0, NULL, NULL, NULL, 0),
  ('VertEner', 'Embalse', 'empty', 'no_data', 0, 0, NULL, '2025-03-02', NULL, 0);
CREATE TABLE revision(metric VARCHAR, entity VARCHAR, code VARCHAR, ts TIMESTAMP, old DOUBLE, new DOUBLE, seen DATE);
CREATE TABLE run_info AS SELECT DATE '2026-11-22' AS today;
CREATE TABLE withdrawn_night(metric VARCHAR, entity VARCHAR, seen DATE, unit VARCHAR, n INTEGER, days INTEGER,
  first_day DATE, last_day DATE, codes INTEGER, code VARCHAR, largest DOUBLE);
CREATE TABLE catalog_metric AS SELECT 'DemaSIN' AS id, 3 AS lag_days;
-- demand by day and the same at every hour, for as long as a backtest needs
CREATE TABLE forecast_input AS SELECT 'demand_daily' AS series, DATE '2026-05-01' + i::INTEGER AS day,
  200 + i % 7 + 5 * sin(i) AS value, NULL::INTEGER AS hours, 'ok' AS quality
  FROM range(202) t(i);
CREATE TABLE forecast_input_hourly AS SELECT 'demand_hourly' AS series,
  TIMESTAMP '2026-10-01' + to_hours(i::INTEGER) AS ts, 8 + (i % 24) / 12 AS value, 'ok' AS quality
  FROM range(1100) t(i);
CREATE TABLE forecast_input_agents AS SELECT 'retailer_daily:' || c AS series, day, v AS value, 24 AS hours,
  'ok' AS quality FROM forecast_input, (VALUES ('ENDC', 44.1), ('EPMC', 36.2)) a(c, v);
-- XM's official forecast: a little high
CREATE TABLE "PronSIN_daily" AS SELECT 'Sistema' AS entity, 'Sistema' AS code, day, value * 1.02 AS value, 24 AS hours,
  'ok' AS quality FROM forecast_input;
CREATE TABLE "Festivos" AS SELECT '2026-12-08' AS code, 'La Inmaculada Concepción' AS name;
CREATE TABLE headline AS
  SELECT DATE '2026-11-16' AS day, 237.0 AS value, 230.0 AS week_ago, NULL::DOUBLE AS year_ago, 'ok' AS quality;
"""


# What ingest writes down besides the data, as the warehouse has it before anything happened.
REGISTERS = """
CREATE TABLE daily_series(series VARCHAR, day DATE, value DOUBLE, complete BOOLEAN);
CREATE TABLE series_info(ordinal INTEGER, series VARCHAR, label VARCHAR, unit VARCHAR, decimals INTEGER,
  metrics VARCHAR, compare VARCHAR);
CREATE TABLE lake_change(metric VARCHAR, entity VARCHAR, rows_before BIGINT, rows_now BIGINT, last_before DATE,
  last_now DATE, since DATE);
CREATE TABLE quarantine(metric VARCHAR, entity VARCHAR, rule VARCHAR);
CREATE TABLE held(metric VARCHAR, entity VARCHAR, version VARCHAR, day DATE, old DOUBLE, new DOUBLE, old_count BIGINT,
  new_count BIGINT, reason VARCHAR, first_seen DATE, decision VARCHAR);
CREATE TABLE doubt_told(metric VARCHAR, entity VARCHAR, day DATE, state VARCHAR, value DOUBLE, against DOUBLE,
  difference DOUBLE, unit VARCHAR, pct DOUBLE, reason VARCHAR, others VARCHAR, counterpart VARCHAR);
CREATE TABLE gap(metric VARCHAR, entity VARCHAR, start DATE, "end" DATE, reason VARCHAR, state VARCHAR);
CREATE TABLE rename(metric VARCHAR, entity VARCHAR, old VARCHAR, new VARCHAR, until DATE, since DATE, compared BIGINT,
  alike BIGINT, level_old DOUBLE, level_new DOUBLE, first_seen DATE);
CREATE TABLE catalog_alias(entity VARCHAR, old VARCHAR, new VARCHAR);
CREATE TABLE catalog_drift(kind VARCHAR, metric VARCHAR, entity VARCHAR, field VARCHAR, was VARCHAR, now VARCHAR,
  first_seen DATE, last_seen DATE);
CREATE TABLE report(published DATE, kind VARCHAR, name VARCHAR, address VARCHAR, first DATE, last DATE, title VARCHAR,
  summary VARCHAR, past BOOLEAN);
CREATE OR REPLACE MACRO tidy(value) AS round(value, 8);
CREATE VIEW exchange_daily AS SELECT DATE '2026-11-01' AS day, 0.0 AS import_gwh, 0.0 AS export_gwh, 'ok' AS quality;
CREATE TABLE named_kind(kind VARCHAR, folder VARCHAR, entity VARCHAR);
CREATE TABLE named_latest(kind VARCHAR, thing VARCHAR, slug VARCHAR, name VARCHAR, code VARCHAR, ordinal INTEGER,
    title VARCHAR, unit VARCHAR, day DATE, value DOUBLE, pct DOUBLE);
CREATE TABLE named(kind VARCHAR, thing VARCHAR, slug VARCHAR, name VARCHAR);
CREATE TABLE named_fact(kind VARCHAR, thing VARCHAR, measure VARCHAR, value DOUBLE, pct DOUBLE, share_pct DOUBLE,
  place INTEGER);
CREATE TABLE named_last_month(kind VARCHAR, measure VARCHAR, month DATE);
CREATE TABLE plant_page(thing VARCHAR, slug VARCHAR, name VARCHAR, code VARCHAR, technology VARCHAR, mw DOUBLE,
  department VARCHAR, agent VARCHAR, agent_name VARCHAR);
CREATE TABLE water_page(kind VARCHAR, thing VARCHAR, slug VARCHAR, name VARCHAR, code VARCHAR, region_name VARCHAR);
CREATE TABLE agent_page(thing VARCHAR, slug VARCHAR, name VARCHAR, codes VARCHAR[]);
CREATE TABLE thin_plant(thing VARCHAR);
CREATE TABLE "ListadoAgentes" AS SELECT 'Sistema' AS entity, 'EPMC' AS code, 'Compañía Ñandú' AS name;
DROP TABLE headline;
CREATE TABLE headline AS
  SELECT 'demand' AS series, DATE '2026-11-16' AS day, 237.0 AS value, 230.0 AS week_ago, 'ok' AS quality;
"""
DATA_VIEWS = (
    *(
        "rules/calendar.sql",
        "quality/series_state.sql",
        "quality/quality.sql",
        "quality/changes.sql",
        "headlines/records.sql",
    ),
    "forecasts/forecast_pages.sql",
)


def add_registers(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Add all that the pages about the data read to the small warehouse: declarations, registers and their views."""
    con.execute(REGISTERS)
    con.execute("DROP TABLE catalog_metric")
    create_catalog_tables(con, catalog)
    create_forecast_info(con, catalog)
    _source_state(con, {})
    _lost_parts(con, [])
    create_model_faults(con)
    _issue_table(con, catalog)
    for name in DATA_VIEWS:
        con.execute((PACKAGE / "views" / name).read_text(encoding="utf-8"))
    run_rule(con)


@cache
def declared() -> Catalog:
    """Return the project's own catalogue, which tests read and never change."""
    return load_catalog()


def with_pages(catalog: Catalog) -> Catalog:
    """Return a catalogue with the pages about the data and the vocabularies of the project."""
    own = declared()
    return dataclasses.replace(catalog, pages=own.pages, words=own.words)


def metric(**fields: object) -> Metric:
    """Return a metric with the fields a test cares about."""
    base = {
        "title": "Demanda de energía del SIN",
        "definition": "Energía que el país necesitó en el día, según XM y nadie más.",
        "theme": "demanda",
        "entities": ["Sistema"],
        "grain": "daily",
        "kind": "flow",
        "unit": {"source": "kWh", "stored": "GWh"},
        "lag_days": 3,
    }
    return Metric.model_validate(base | fields)


def without_ways(page: str) -> str:
    """Return a page whose words lead nowhere into the glossary."""
    return re.sub(r'<a class="term"[^>]*>([^<]*)</a>', r"\1", page)


def board(slug: str, *blocks: dict[str, object], **fields: object) -> Board:
    """Return a board of the given blocks."""
    base = {"slug": slug, "title": slug.title(), "question": "¿Cuánto?", "order": 1, "blocks": list(blocks)}
    return Board.model_validate(base | fields)


KPI = {
    "type": "kpi",
    "id": "demanda",
    "title": "Demanda",
    "unit": "GWh",
    "decimals": 1,
    "good": "none",
    "sql": "FROM headline",
}
LINE = {
    "type": "line",
    "id": "diaria",
    "title": "La demanda, día a día",
    "subtitle": "GWh por día",
    "unit": "GWh",
    "sql": "SELECT day AS x, 'Demanda' AS series, value, quality FROM \"DemaSIN_daily\"",
}
EMPTY = {"type": "bar", "id": "vertimientos", "title": "Vertimientos", "unit": "GWh", "metrics": ["VertEner"],
         "sql": "SELECT day AS x, code AS series, value FROM metric_daily WHERE metric = 'VertEner'"}  # fmt: skip


def small_catalog(*boards: Board) -> Catalog:
    """Return a catalogue of four metrics, one list and the given boards."""
    metrics = [
        metric(id="DemaSIN"),
        metric(id="Gene", title="Generación real", entities=["Recurso"], grain="hourly", theme="generacion"),
        metric(
            id="PrecOfer",
            title="Precio de oferta",
            entities=["Recurso"],
            kind="price",
            weights={"equal": "las horas de un precio cuentan igual"},
            unit={"source": "COP/kWh", "stored": "COP/kWh"},
        ),
        metric(id="VertEner", title="Vertimientos", entities=["Embalse"], note="Puede ser cero."),
        metric(
            id="ListadoRecursos",
            title="Listado de plantas",
            grain="list",
            kind="list",
            unit={"source": "", "stored": ""},
            columns={"Code": "code", "Name": "name", "EnerSource": "energy_source"},
        ),
    ]
    entities = {"Recurso": "Plantas", "Embalse": "Embalses", "Sistema": "Sistema"}
    return Catalog(
        metrics={m.id: m for m in metrics},
        boards={b.slug: b for b in boards},
        sources={
            "xm": Source(
                id="xm",
                title="XM",
                publisher="XM S.A. E.S.P., operador",
                url="https://xm.com.co",
                terms="Públicos",
                attribution="Fuente: XM.",
            )
        },
        entities={k: EntityKind(id=k, label=v.removesuffix("s"), plural=v, description=v) for k, v in entities.items()},
        themes={t: Theme(id=t, title=t.title(), order=i) for i, t in enumerate(("demanda", "generacion"))},
        energy_sources={},
        corrections=(
            Correction(
                id="c",
                metrics=("DemaSIN",),
                start=dt.date(2026, 11, 1),
                kind="unit",
                text="Cambió la unidad.",
                source="XM",
            ),
        ),
        glossary=(
            Term(term="Ética", definition="Última."),
            Term(term="Aportes", abbreviation="AP", definition="Agua.", metrics=("DemaSIN",)),
        ),
        fingerprint="x",
        forecasts=declared().forecasts,
    )


@pytest.fixture(scope="session")
def warehouse_file(once: Once) -> Path:
    """The small warehouse as it is before a test changes it."""
    return once("site-warehouse", _make_warehouse)


def _make_warehouse(folder: Path) -> Path:
    made = folder / "small.duckdb"
    with duckdb.connect(str(made)) as connection:
        create_tables(connection)
        connection.execute(SCHEMA)
        load_reference(connection, ROOT / "data" / "reference")
        connection.execute((PACKAGE / "views" / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        small_views(connection)
        fill(connection)
        refresh(connection)
    return made


@pytest.fixture
def con(warehouse_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of one's own with the contract's views."""
    own = tmp_path_factory.mktemp("warehouse") / warehouse_file.name
    shutil.copyfile(warehouse_file, own)
    with duckdb.connect(str(own)) as connection:
        yield connection
    own.unlink()


@pytest.fixture
def run() -> RunInfo:
    """A simulated run."""
    return RunInfo(TODAY, dt.date(2026, 10, 1), "simulated", dt.datetime(2026, 11, 22, 5, 40))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Output under a temporary folder, the project's own templates."""
    return Paths(data=tmp_path / "data", build=tmp_path / "build", root=ROOT)


@pytest.fixture
def small() -> Catalog:
    """Two boards: the home page and one more with an empty block."""
    return small_catalog(board("inicio", KPI, LINE), board("demanda", KPI, LINE, EMPTY, metrics=["DemaSIN"]))


@pytest.fixture
def site(con: duckdb.DuckDBPyConnection, run: RunInfo, small: Catalog, paths: Paths) -> SiteContext:
    """The shared context of the small site."""
    parts = [
        {
            "metric": "DemaSIN",
            "entity": "Sistema",
            "path": "DemaSIN/Sistema/2026-abc.parquet",
            "rows": 40,
            "bytes": 2_345,
        }
    ]
    return SiteContext(
        con, small, run, environment(paths.templates), {}, parts, read_states(con), read_names(con, small)
    )


# What the whole site is published with: its browser assets are stand-ins, npm and the network are not needed.
@pytest.fixture(scope="session")
def fake_vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stand-ins for the bundled browser assets."""
    folder = tmp_path_factory.mktemp("vendor")
    for name in ("duckdb/duckdb.js", "duckdb/duckdb-eh.wasm", "plotly-basic.min.js", "LICENCIAS.txt", "manifest.json"):
        path = folder / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}\n")
    return folder


@pytest.fixture(scope="session")
def fake_web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our browser code as it is written, not bundled."""
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(ROOT / "site_src" / "js", folder / "js")
    (folder / "css").mkdir()
    (folder / "css" / "site.css").write_text(palette.css())
    return folder


@pytest.fixture
def world(tmp_path: Path, fake_vendor: Path, fake_web: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A fresh tiny world, not yet published."""
    monkeypatch.setattr(publishing, "vendor_folder", lambda root, cache: fake_vendor)
    monkeypatch.setattr(publishing, "web_folder", lambda root, cache: fake_web)
    return make_world(tmp_path)


@pytest.fixture(scope="session")
def published(once: Once, fake_vendor: Path, fake_web: Path) -> World:
    """A tiny world published once; tests that share it only read it."""

    def publish(folder: Path) -> World:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publishing, "vendor_folder", lambda root, cache: fake_vendor)
            patch.setattr(publishing, "web_folder", lambda root, cache: fake_web)
            shared = make_world(folder)
            shared.publish()
        return shared

    return once("published", publish)
