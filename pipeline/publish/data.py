"""The published lake and its readable copies: manifest, Parquet parts, CSV by day, data package.

`datos/manifest.json` and `datos/lake/` are the lake itself: a browser prunes by the manifest, and
`./inv restore --from URL` rebuilds a lake from them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core import spanish
from pipeline.core.errors import PublishError
from pipeline.core.log import progress
from pipeline.core.run import RunInfo
from pipeline.publish.forecasts import forecast_tables
from pipeline.publish.table import TableCsv
from pipeline.publish.tree import Content, sha256_of
from pipeline.store import backup
from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import database_error, literal, quoted

FOLDER = "datos"
RECIPE = "1"  # raise it when the queries below change what they write
LICENCE = {
    "name": "datos-abiertos-colombia",
    "title": "Datos públicos, Ley 1712 de 2014; se citan con su fuente y fecha de consulta",
}
HEADLINES = "titulares"
# A spreadsheet runs a text cell that starts with one of these as a formula.
_FORMULA = "^[=+@\\t\\r-]"
_QUALITY = (
    "CASE {incomplete} WHEN quality = 'provisional' THEN 'preliminar' "
    "WHEN quality = 'corrected' THEN 'corregido' ELSE 'ok' END"
)


@dataclass(frozen=True)
class Export:
    """One CSV file: what it holds and where its bytes are."""

    name: str
    metric: str
    entity: str
    path: Path
    columns: tuple[tuple[str, str], ...]
    rows: int
    title: str = ""


_HEADLINES = TableCsv(
    HEADLINES,
    "Cifras diarias principales",
    "SELECT strftime(day, '%Y-%m-%d') AS fecha, metric AS serie, label AS nombre, round(value, 6) AS valor, "
    f"unit AS unidad, {_QUALITY.format(incomplete='')} AS calidad FROM api_daily_headlines ORDER BY ALL",
    (
        ("fecha", "date"),
        ("serie", "string"),
        ("nombre", "string"),
        ("valor", "number"),
        ("unidad", "string"),
        ("calidad", "string"),
    ),
)


@dataclass(frozen=True)
class PublishedData:
    """Everything below `datos/`."""

    tree: dict[str, Content]
    exports: tuple[Export, ...]
    manifest: Manifest
    hashes: dict[str, str] = field(default_factory=dict)


def text_cell(column: str) -> str:
    """Return SQL for a text column whose cells no spreadsheet takes for a formula."""
    return f"CASE WHEN regexp_matches({column}, {literal(_FORMULA)}) THEN '''' || {column} ELSE {column} END"


def publish_data(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    lake: Lake,
    cache: Path,
    run: RunInfo,
    saved: Mapping[str, Path] | None = None,
) -> PublishedData:
    """Return the tree of `datos/`, writing only the CSV files whose series changed.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        lake: The lake behind the warehouse.
        cache: Folder where finished CSV files are kept between runs.
        run: Identity of the run.
        saved: What a restore needs besides the lake (`store.backup.files_to_save`).

    Raises:
        PublishError: A query or a file fails; the message names it.
    """
    manifest = lake.manifest()
    cache.mkdir(parents=True, exist_ok=True)
    series = [(catalog.metrics[s.metric], s.entity) for s in catalog.series() if manifest.of(s.metric, s.entity)]
    exports = [
        _export(con, metric, entity, manifest, cache)
        for metric, entity in progress(series, len(series), "CSV por serie")
    ]
    exports += [_table(con, table, manifest, catalog, cache) for table in (_HEADLINES, *forecast_tables())]
    kept = {export.path.name for export in exports}
    for path in cache.iterdir():
        if path.name not in kept:
            path.unlink()
    tree: dict[str, Content] = {f"{FOLDER}/lake/{part.path}": lake.path(part) for part in manifest.parts}
    tree |= {f"{FOLDER}/csv/{export.name}.csv": export.path for export in exports}
    tree[f"{FOLDER}/manifest.json"] = json_bytes(manifest.as_json())
    tree |= _backup(saved or {}, manifest)
    tree[f"{FOLDER}/datapackage.json"] = json_bytes(_datapackage(catalog, manifest, exports, run))
    tree[f"{FOLDER}/README.txt"] = readme(run).encode()
    return PublishedData(tree=tree, exports=tuple(exports), manifest=manifest)


def _backup(saved: Mapping[str, Path], manifest: Manifest) -> dict[str, Content]:
    """Return the files a restored portal goes on from, and the document with their hashes."""
    files = {path: source.read_bytes() for path, source in saved.items()}
    tree: dict[str, Content] = {f"{FOLDER}/{path}": content for path, content in files.items()}
    return tree | {f"{FOLDER}/{backup.NAME}": json_bytes(backup.describe(files, manifest))}


def json_bytes(document: object) -> bytes:
    """Return a document as readable UTF-8 JSON with a final line break."""
    return (json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _export(con: duckdb.DuckDBPyConnection, metric: Metric, entity: str, manifest: Manifest, cache: Path) -> Export:
    query, columns = _list_query(con, metric, entity) if metric.grain == "list" else _daily_query(metric, entity)
    parts = "".join(part.sha256 for part in manifest.of(metric.id, entity))
    key = hashlib.sha256(f"{RECIPE}\n{query}\n{parts}".encode()).hexdigest()[:12]
    name = f"{metric.id}.{entity}"
    path = cache / f"{name}-{key}.csv"
    if not path.is_file():
        _copy(con, query, path)
    return Export(name, metric.id, entity, path, columns, _lines(path))


def _daily_query(metric: Metric, entity: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    # Events fill only the hours they last; elsewhere a day without its 24 hours is not a day.
    incomplete = "" if metric.sparse else "WHEN hours <> 24 THEN 'incompleto'"
    rows, also, order = f"metric_daily WHERE metric = {literal(metric.id)} AND", "", "code, day"
    if metric.versioned:
        rows, also, order = f"{quoted(metric.id + '_versions_daily')} WHERE", ", version", "code, day, version"
    query = (
        f"SELECT strftime(day, '%Y-%m-%d') AS fecha, {text_cell('code')} AS codigo, round(value, 6) AS valor, "
        f"{literal(metric.unit.stored)} AS unidad, {_QUALITY.format(incomplete=incomplete)} AS calidad{also} "
        f"FROM {rows} entity = {literal(entity)} ORDER BY {order}"
    )
    columns = (
        ("fecha", "date"),
        ("codigo", "string"),
        ("valor", "number"),
        ("unidad", "string"),
        ("calidad", "string"),
    )
    return query, (*columns, ("version", "string")) if metric.versioned else columns


def _list_query(con: duckdb.DuckDBPyConnection, metric: Metric, entity: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    described = con.execute(f"SELECT * FROM {quoted(metric.id)} LIMIT 0").description or []
    names = [str(column[0]) for column in described if column[0] not in ("entity", "ts")]
    texts = {
        str(row[0])
        for row in con.execute(f"DESCRIBE SELECT * FROM {quoted(metric.id)}").fetchall()
        if row[1] == "VARCHAR"
    }
    select = ", ".join(f"{text_cell(quoted(n))} AS {quoted(n)}" if n in texts else quoted(n) for n in names)
    query = (
        f"SELECT {select} FROM {quoted(metric.id)} WHERE entity = {literal(entity)} "
        f"ORDER BY {', '.join(str(i) for i in range(1, len(names) + 1))}"
    )
    return query, tuple((name, "string" if name in texts else "any") for name in names)


def _table(
    con: duckdb.DuckDBPyConnection, table: TableCsv, manifest: Manifest, catalog: Catalog, cache: Path
) -> Export:
    seed = f"{RECIPE}\n{table.query}\n{manifest.fingerprint()}\n{catalog.fingerprint}"
    path = cache / f"{table.name}-{hashlib.sha256(seed.encode()).hexdigest()[:12]}.csv"
    _copy(con, table.query, path)
    return Export(table.name, "", "", path, table.columns, _lines(path), table.title)


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        con.execute(f"COPY ({query}) TO {literal(str(temporary))} (FORMAT csv, HEADER, DELIMITER ',')")
    except duckdb.Error as error:
        temporary.unlink(missing_ok=True)
        fault = PublishError(f"A CSV file could not be written: {error}", hint="check the series", file=path.name)
        raise database_error(error, fault, path) from error
    temporary.replace(path)


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b"")) - 1


def _datapackage(catalog: Catalog, manifest: Manifest, exports: list[Export], run: RunInfo) -> dict[str, object]:
    """Return the Frictionless description of every file."""
    resources: list[dict[str, object]] = []
    for export in exports:
        metric = catalog.metrics.get(export.metric)
        resources.append(
            {
                "name": f"{export.name}-csv".lower(),
                "title": f"{metric.title} ({export.entity})" if metric else export.title,
                "path": f"csv/{export.name}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": export.path.stat().st_size,
                "hash": f"sha256:{sha256_of(export.path)}",
                "schema": {"fields": [{"name": n, "type": t} for n, t in export.columns]},
            }
        )
    for metric_id, entity in sorted({(part.metric, part.entity) for part in manifest.parts}):
        if metric_id in catalog.metrics:
            resources.append(
                {
                    "name": f"{metric_id}.{entity}-parquet".lower(),
                    "title": f"{catalog.metrics[metric_id].title} ({entity}), resolución completa",
                    "path": [f"lake/{part.path}" for part in manifest.of(metric_id, entity)],
                    "format": "parquet",
                    "mediatype": "application/vnd.apache.parquet",
                }
            )
    return {
        "profile": "data-package",
        "name": "portal-energetico-colombia",
        "title": "Portal Energético de Colombia",
        "created": run.created.isoformat(timespec="seconds"),
        "version": str(manifest.version),
        "licenses": [LICENCE],
        "sources": [{"title": s.title, "path": s.url} for s in catalog.sources.values()],
        "resources": resources,
    }


def readme(run: RunInfo) -> str:
    """Return the note that travels with the files."""
    warning = {
        "simulated": "ATENCIÓN: estos datos son SIMULADOS. No describen el sistema real.\n\n",
        "replayed": "ATENCIÓN: copia histórica de XM usada para pruebas.\n\n",
        "xm": "",
    }[run.source]
    today = spanish.date(run.created.date())
    return f"""{warning}Portal Energético de Colombia: datos

Qué hay aquí
  csv/<métrica>.<entidad>.csv   valores diarios, uno por línea
  csv/{HEADLINES}.csv             las cifras principales, una por día
  csv/pronosticos.csv           el último pronóstico de cada serie, con sus intervalos
  csv/puntajes.csv              el error de cada modelo, por serie y anticipación
  csv/pronostico-oficial.csv    nuestro pronóstico de demanda y el de XM, los mismos días
  lake/...                      todos los valores, hora por hora, en Parquet
  manifest.json                 cada archivo Parquet: filas, bytes, SHA-256, primera y última hora
  backup.json                   lo que hace falta, además, para restaurar el portal desde aquí
  datapackage.json              descripción de cada archivo (Frictionless Data Package)

Columnas de los CSV (UTF-8, coma, punto decimal)
  fecha     AAAA-MM-DD, hora de Colombia
  codigo    código de XM (Sistema cuando es el total nacional)
  valor     en la unidad de la columna siguiente
  unidad    GWh, MW, COP/kWh, %, hm3, m3/s...; MCOP = millones de pesos
  calidad   ok · preliminar (XM puede corregirlo) · corregido · incompleto (faltan horas)
  Un valor que falta es una línea que falta: nunca un cero.
  Un texto que empieza por = + - @ lleva un apóstrofo delante, para que la hoja de cálculo no lo ejecute.

Columnas del Parquet
  metric, entity, code, ts (inicio de la hora, hora de Colombia, sin zona), value, quality

Cómo citar
  XM S.A. E.S.P., métrica <código>, consultada en el Portal Energético de Colombia el {today}.

Los datos son públicos (Ley 1712 de 2014) y XM puede revisarlos durante meses: anote la fecha de consulta.
"""
