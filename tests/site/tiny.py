"""A world small enough to publish in seconds: six series, one board, the real theme and the real hand-written pages."""

from __future__ import annotations

import datetime as dt
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.catalog.fields import UnitPair
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Block, Board, Metric, Source
from pipeline.catalog.vocabulary import EntityKind, Theme
from pipeline.core.paths import PACKAGE, ROOT, Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site.publishing import PublishReport, publish_site
from pipeline.store import warehouse
from pipeline.store.findings import create_findings
from pipeline.store.lake import Lake
from pipeline.store.parts import ROW_SCHEMA
from pipeline.store.report_archive import create_report_view
from tests.forecasts import small_views
from tests.state_world import run_rule

TODAY = dt.date(2026, 11, 20)
DAYS = 40
RUN = RunInfo(TODAY, TODAY - dt.timedelta(days=DAYS), "simulated", dt.datetime(2026, 11, 20, 5, 40))
HOSTILE = "=cmd|' /C calc'!A0 <img src=x onerror=alert(1)>"

_DOMAIN = """
CREATE OR REPLACE TABLE series_info AS FROM (VALUES
    (1, 'demand', 'Demanda del SIN', 'GWh', 1, 'like_day', 'Gene'),
    (2, 'price', 'Precio de bolsa', 'COP/kWh', 2, 'like_day', 'PrecBolsNaci')
) AS t (ordinal, series, label, unit, decimals, compare, metrics);
CREATE OR REPLACE MACRO day_quality(hours, quality) AS CASE WHEN hours <> 24 THEN 'incomplete' ELSE quality END;
CREATE OR REPLACE MACRO quality_word(quality) AS
    CASE quality WHEN 'ok' THEN 'Publicado' WHEN 'incomplete' THEN 'Incompleto' ELSE quality END;
CREATE TABLE headline AS
SELECT CASE metric WHEN 'Gene' THEN 'demand' ELSE 'price' END AS series, max(day) AS day, max_by(value, day) AS value,
       1.0 AS day_ago, max_by(value, day) AS compared, 1.5 AS week_ago, max(day) - 7 AS week_day,
       NULL::DOUBLE AS year_ago, NULL::DATE AS year_day,
       NULL::VARCHAR AS year_basis, 'ok' AS quality
FROM metric_daily WHERE entity = 'Sistema' AND metric IN ('Gene', 'PrecBolsNaci') AND quotable(quality) GROUP BY metric;
CREATE VIEW api_daily_headlines AS
SELECT day, CASE metric WHEN 'Gene' THEN 'demand' ELSE 'price' END AS metric, metric AS label, value,
       CASE metric WHEN 'Gene' THEN 'GWh' ELSE 'COP/kWh' END AS unit, quality
FROM metric_daily WHERE entity = 'Sistema' AND metric IN ('Gene', 'PrecBolsNaci');
CREATE VIEW daily_series AS
SELECT metric AS series, day, value, quality, quotable(quality) AS complete FROM api_daily_headlines;
CREATE VIEW titulares AS
SELECT CAST(day AS VARCHAR) AS fecha, metric AS serie, label AS nombre, round(value, 6) AS valor, unit AS unidad,
       lower(quality_word(quality)) AS estado
FROM api_daily_headlines;
CREATE VIEW comparables AS SELECT '2026-11-19' AS fecha, '2025-11-20' AS comparable;
CREATE VIEW costo_unitario AS SELECT '2026-10' AS mes, 1.0 AS g, 1.0 AS t, 1.0 AS str, 1.0 AS pr, 1.0 AS r,
       5.0 AS total;
CREATE TABLE record_day (series VARCHAR, side VARCHAR, day DATE, best_before DOUBLE, best_before_day DATE);
CREATE VIEW lineas AS SELECT 'A - B 230 kV' AS nombre, 'ISA' AS operador, true AS en_operacion,
       '2001-01-01' AS en_servicio, 230.0 AS kilovoltios, 10.5 AS kilometros;
CREATE VIEW estados_del_sistema AS SELECT '2026-11-01' AS desde, '2026-11-19' AS hasta, 19 AS dias, 'normal' AS estado;
CREATE VIEW series_measure AS SELECT series, if(series = 'price', 'mean', 'total') AS measure FROM series_info;
CREATE VIEW named_thing AS SELECT 'plant' AS kind, 'GVIO' AS thing, 'GVIO' AS code, 'Guavio' AS shown;
CREATE TABLE claim (
    id VARCHAR, kind VARCHAR, subject VARCHAR, figures MAP(VARCHAR, DOUBLE), parts MAP(VARCHAR, DOUBLE),
    words MAP(VARCHAR, VARCHAR), days MAP(VARCHAR, DATE),
    unit VARCHAR, decimals INTEGER, day DATE, period VARCHAR, metrics VARCHAR[]
);
CREATE VIEW named AS SELECT kind, thing, code, shown AS name, NULL::DATE AS since, 'guavio' AS slug FROM named_thing;
CREATE TABLE named_kind(kind VARCHAR, folder VARCHAR, entity VARCHAR);
CREATE TABLE named_latest(kind VARCHAR, thing VARCHAR, slug VARCHAR, name VARCHAR, code VARCHAR, ordinal INTEGER,
    title VARCHAR, unit VARCHAR, day DATE, value DOUBLE, pct DOUBLE);
CREATE VIEW api_yearly AS
SELECT 2026 AS year, 'demand' AS metric, 'Demanda' AS label, sum(value) AS value, 'GWh' AS unit,
       count(*)::INTEGER AS days, 365 AS days_in_year
FROM metric_daily WHERE metric = 'Gene' AND entity = 'Sistema';
"""


def _metric(identity: str, title: str, entities: tuple[str, ...], **more: object) -> Metric:
    fields: dict[str, object] = {
        "definition": f"{title}: texto de prueba con más de treinta letras.",
        "theme": "prueba",
        "grain": "hourly",
        "kind": "flow",
        "unit": UnitPair(source="kWh", stored="GWh"),
        "lag_days": 2,
    }
    return Metric(id=identity, title=title, entities=entities, **(fields | more))  # type: ignore[arg-type]


def tiny_catalog() -> Catalog:
    """Four metrics, six series, one board."""
    metrics = [
        _metric("Gene", "Generación", ("Sistema", "Recurso")),
        _metric(
            "PrecBolsNaci",
            "Precio de bolsa nacional",
            ("Sistema",),
            kind="price",
            weights={"equal": "las horas de un precio cuentan igual"},
            unit=UnitPair(source="COP/kWh", stored="COP/kWh"),
        ),
        _metric("VertEner", "Vertimientos por embalse", ("Embalse",), grain="daily"),
        _metric(
            "ListadoRecursos",
            "Listado de recursos",
            ("Sistema",),
            grain="list",
            kind="list",
            unit=UnitPair(source="", stored=""),
            columns={"Code": "code", "Name": "name"},
        ),
        _metric("Vacia", "Métrica sin un solo dato", ("Sistema",)),
    ]
    board = Board(
        slug="prueba", title="Tablero de prueba", question="¿Funciona?", order=10,
        blocks=(Block(type="text", id="texto", title="Texto", decimals=None),),
    )  # fmt: skip
    source = Source(
        id="xm", title="XM", publisher="XM", url="https://www.xm.com.co", terms="datos abiertos", attribution="XM"
    )
    kinds = [
        EntityKind(id=name, label=name, plural=name, description=name) for name in ("Sistema", "Recurso", "Embalse")
    ]
    return Catalog(
        metrics={m.id: m for m in metrics},
        boards={board.slug: board},
        sources={"xm": source},
        entities={kind.id: kind for kind in kinds},
        themes={"prueba": Theme(id="prueba", title="Tema de prueba", order=1)},
        energy_sources={},
        corrections=(),
        glossary=(),
        fingerprint="tiny",
        search=load_catalog().search,
    )


def hours(codes: list[str], level: float, *, step: int = 1, days: int = DAYS) -> pa.Table:
    """Rows of `days` days for each code, one every `step` hours, waving around `level`."""
    start = dt.datetime.combine(TODAY - dt.timedelta(days=days), dt.time())
    rows = [
        (code, start + dt.timedelta(hours=h), round(level * (1 + i / 10 + 0.2 * math.sin(h / 4)), 4), "ok")
        for i, code in enumerate(codes)
        for h in range(0, days * 24, step)
    ]
    return pa.Table.from_pylist([dict(zip(ROW_SCHEMA.names, row, strict=True)) for row in rows], schema=ROW_SCHEMA)


def fill_lake(lake: Lake) -> None:
    """Write the six series; one code is hostile and one plant begins with a minus sign."""
    listing = pa.table(
        {
            "metric": ["ListadoRecursos"] * 2,
            "entity": ["Sistema"] * 2,
            "code": ["GUAV", "-SOL"],
            "ts": pa.array([dt.datetime(2026, 11, 19)] * 2, pa.timestamp("ms")),
            "name": ["GUAVIO", HOSTILE],
        }
    )
    with lake.writing():
        change = lake.transaction(TODAY)
        change.upsert("Gene", "Sistema", hours(["Sistema"], 9.5))
        change.upsert("Gene", "Recurso", hours(["GUAV", "-SOL", HOSTILE], 0.4))
        change.upsert("PrecBolsNaci", "Sistema", hours(["Sistema"], 180.0))
        change.upsert("VertEner", "Embalse", hours(["PEÑOL", "ÁGREDA"], 1.2, step=24))
        change.put_table("ListadoRecursos", "Sistema", listing)
        change.commit(dt.datetime(2026, 11, 20, 5))


@dataclass(frozen=True)
class World:
    """A published tiny world and what is needed to publish it again."""

    paths: Paths
    catalog: Catalog
    settings: Settings

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A warehouse in memory over the lake, with stand-ins for the domain layer."""
        lake = Lake(self.paths.lake)
        with duckdb.connect() as con:
            warehouse.create_views(con, self.catalog, lake, lake.manifest(), TODAY)
            create_findings(con, self.catalog, lake, lake.manifest())
            create_report_view(con, lake, lake.manifest())
            warehouse._run_info(con, RUN)
            warehouse._status(con, self.catalog, lake.manifest(), {})
            con.execute(_DOMAIN)
            con.execute((PACKAGE / "views" / "rules" / "calendar.sql").read_text(encoding="utf-8"))
            small_views(con)
            run_rule(con)
            con.execute((PACKAGE / "views" / "headlines" / "checkable.sql").read_text(encoding="utf-8"))
            yield con

    def publish(self, run: RunInfo = RUN) -> PublishReport:
        """Publish once."""
        with self.connection() as con:
            return publish_site(con, self.catalog, self.paths, self.settings, run)


def _page(title: str, body: str) -> str:
    head = f"---\ntitle: {title}\ndescription: Página de prueba de {title}.\nhide: [navigation, toc]\n---\n"
    return f'{head}<div class="page">\n<h1>{title}</h1>\n{body}\n</div>\n'


def write_docs(docs: Path, catalog: Catalog, lake: Lake) -> None:
    """Stand-ins for the pages that `render` makes; the home page shows the last day of the lake."""
    demand = sum(lake.read("Gene", "Sistema")["value"].to_pylist()[-24:])
    price = sum(lake.read("PrecBolsNaci", "Sistema")["value"].to_pylist()[-24:]) / 24
    pages = {
        "index.md": _page(
            "Inicio",
            f'<p>Demanda: <data value="{demand}">{demand:.1f}</data> GWh.</p>'
            f'<p>Precio: <data value="{price}">{price:.1f}</data> COP/kWh.</p>',
        ),
        "tableros/prueba.md": _page("Tablero", '<p><a href="../../metricas/Gene/">Generación</a> 12,5 GWh</p>'),
        "metricas/index.md": _page("Métricas", '<p><a href="Gene/">Gene</a></p>'),
        "pronosticos.md": _page("Pronósticos", "<p>Mañana: 230 GWh.</p>"),
        "aciertos.md": _page("Aciertos", "<p>Error: 1,6 %.</p>"),
        "preguntas.md": _page("Preguntas", "<p>Bien: 159.</p>"),
        "estado-del-sistema.md": _page("Racionamiento", "<p>Normal.</p>"),
        "estado.md": _page("Estado", "<p>6 series.</p>"),
        "glosario.md": _page("Glosario", '<p id="agc">AGC: control.</p>'),
    }
    pages |= {f"metricas/{m}.md": _page(m, f"<p>Energía de {m}: generación eléctrica.</p>") for m in catalog.metrics}
    for name, text in pages.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def make_world(folder: Path, vendor: Path | None = None) -> World:
    """Lay a checkout-like root in `folder`, with the project's theme, pages and lock file, and fill its lake.

    Args:
        folder: An empty folder.
        vendor: Stand-in for the bundled browser assets; the real ones are built when None.
    """
    root = folder / "root"
    root.mkdir()
    for name in ("mkdocs.yml", "package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, root / name)
    for name in ("theme", "api", "readers", "texts"):
        shutil.copytree(ROOT / "templates" / name, root / "templates" / name)
    shutil.copytree(ROOT / "site_src", root / "site_src")
    paths = Paths(data=folder / "data", build=folder / "build", root=root)
    catalog = tiny_catalog()
    fill_lake(Lake(paths.lake))
    write_docs(paths.docs, catalog, Lake(paths.lake))
    if vendor is not None:
        shutil.copytree(vendor, paths.vendor)
    return World(paths, catalog, Settings(site_url="https://portal.example.org/energia/", _env_file=None))  # type: ignore[call-arg]
