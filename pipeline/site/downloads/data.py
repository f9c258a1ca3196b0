"""The published lake and its readable copies: manifest, Parquet parts, CSV by day, data package.

`datos/manifest.json` and the parts it names are the lake itself: a browser prunes by the manifest, and
`./inv restore --from URL` rebuilds a lake from them. Each part of a series stands at an address that stays
(`store/series_files.py`), the portal's own registers below `datos/lake/`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.value_states import value_states
from pipeline.core.run import RunInfo
from pipeline.site.downloads.calendar_file import NAME as CALENDAR
from pipeline.site.downloads.calendar_file import calendar_file
from pipeline.site.downloads.export import (
    CsvLimits,
    Export,
    TableCsv,
    daily_months,
    export_series,
    export_table,
)
from pipeline.site.downloads.forecast_files import forecast_tables
from pipeline.site.downloads.hub_files import chain_document, hub_files
from pipeline.site.tree import Content, sha256_of
from pipeline.store import backup, series_files
from pipeline.store.forecast_chain import CHAIN, WHOLE
from pipeline.store.lake import Lake, Manifest

FOLDER = "datos"
LICENCE = {
    "name": "datos-abiertos-colombia",
    "title": "Datos públicos, Ley 1712 de 2014; se citan con su fuente y fecha de consulta",
    "path": "https://www.funcionpublica.gov.co/eva/gestornormativo/norma.php?i=56882",
}
HEADLINES = "titulares"
_LASTING = """Direcciones que no cambian
  series/<métrica>.<entidad>/hasta-2025.parquet      años cerrados hasta ese, después del archivo anterior
  series/<métrica>.<entidad>/desde-2026.parquet      años cerrados desde ese, hasta el archivo siguiente
  series/<métrica>.<entidad>/abierto-par-01.parquet  lo que XM corrige todavía de un año par (de uno impar, impar),
                                                    desde ese mes hasta el archivo siguiente; cuando el año cierra,
                                                    sus filas pasan a un archivo cerrado y este queda vacío
  series/<métrica>.<entidad>.parquet                una lista
  Una dirección que se publicó una vez responde siempre. series.json dice cuáles tiene cada serie y qué períodos hay en
  cada una; las que no dicen período son de antes: la serie está completa, y una sola vez, en las demás. portal.sql hace
  de ellas una vista de DuckDB por métrica.
"""

_HEADLINES = TableCsv(
    HEADLINES,
    "Cifras diarias principales",
    "FROM titulares ORDER BY ALL",
    (
        ("fecha", "any"),
        ("serie", "string"),
        ("nombre", "string"),
        ("valor", "number"),
        ("unidad", "string"),
        ("estado", "string"),
    ),
    day="fecha",
)
_COMPARED = TableCsv(
    "comparables",
    "Con qué día del año anterior se compara cada día",
    "FROM comparables ORDER BY ALL",
    (("fecha", "date"), ("comparable", "date")),
)
_UNIT_COST = TableCsv(
    "costo_unitario",
    "El costo unitario que los datos de XM permiten calcular, por mes y componente, en COP/kWh",
    "FROM costo_unitario ORDER BY mes",
    (("mes", "string"), *((name, "number") for name in ("g", "t", "str", "pr", "r", "total"))),
)
_LINES = TableCsv(
    "lineas",
    "Las líneas de transmisión, una fila por circuito",
    "FROM lineas ORDER BY ALL",
    (
        ("nombre", "string"),
        ("operador", "string"),
        ("en_operacion", "boolean"),
        ("en_servicio", "date"),
        ("kilovoltios", "number"),
        ("kilometros", "number"),
    ),
)
_STATES = TableCsv(
    "estados_del_sistema",
    "Los estados del sistema de los últimos dos años, por tramos de días",
    "FROM estados_del_sistema ORDER BY desde",
    (("desde", "date"), ("hasta", "date"), ("dias", "number"), ("estado", "string")),
)
_TABLES = (_HEADLINES, _COMPARED, _UNIT_COST, _LINES, _STATES)


@dataclass(frozen=True)
class PublishedData:
    """Everything below `datos/`."""

    tree: dict[str, Content]
    exports: tuple[Export, ...]
    manifest: Manifest
    addresses: dict[str, str] = field(default_factory=dict)
    """Where each part stands below `datos/`, by its path in the lake."""


def publish_data(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    lake: Lake,
    cache: Path,
    run: RunInfo,
    limits: CsvLimits,
    saved: Mapping[str, Path] | None = None,
) -> PublishedData:
    """Return the tree of `datos/`, writing only the CSV files whose series changed.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        lake: The lake behind the warehouse.
        cache: Folder where finished CSV files are kept between runs.
        run: Identity of the run.
        limits: When a CSV is cut.
        saved: What a restore needs besides the lake (`store.backup.files_to_save`).

    Raises:
        PublishError: A query or a file fails; the message names it.
    """
    manifest = lake.manifest()
    cache.mkdir(parents=True, exist_ok=True)
    series = [(catalog.metrics[s.metric], s.entity) for s in catalog.series() if manifest.of(s.metric, s.entity)]
    exports = list(export_series(con, series, daily_months(con, catalog), limits, cache))
    exports += [export_table(con, table, limits, cache) for table in (*_TABLES, *forecast_tables())]
    kept = {path.name for export in exports for path in export.files().values()}
    for path in cache.iterdir():
        if path.name not in kept:
            path.unlink()
    addresses = series_files.addresses(manifest)
    tree: dict[str, Content] = {f"{FOLDER}/{addresses[part.path]}": lake.path(part) for part in manifest.parts}
    tree |= {f"{FOLDER}/csv/{name}": path for export in exports for name, path in export.files().items()}
    tree[f"{FOLDER}/manifest.json"] = json_bytes(manifest.as_json())
    tree |= _backup(saved or {}, manifest)
    links = lake.read(CHAIN, WHOLE, manifest).to_pylist()
    tree[f"{FOLDER}/pronosticos/cadena.json"] = json_bytes(chain_document(links))
    tree |= {f"{FOLDER}/pronosticos/{name}": content.encode() for name, content in hub_files(con).items()}
    tree[f"{FOLDER}/datapackage.json"] = json_bytes(_datapackage(catalog, manifest, exports, run))
    tree[f"{FOLDER}/{CALENDAR}"] = calendar_file(catalog, run.today.year)
    tree[f"{FOLDER}/README.txt"] = readme(run, limits).encode()
    return PublishedData(tree=tree, exports=tuple(exports), manifest=manifest, addresses=addresses)


def _backup(saved: Mapping[str, Path], manifest: Manifest) -> dict[str, Content]:
    """Return the files a restored portal goes on from, and the document with their hashes."""
    files = {path: source.read_bytes() for path, source in saved.items()}
    tree: dict[str, Content] = {f"{FOLDER}/{path}": content for path, content in files.items()}
    return tree | {f"{FOLDER}/{backup.NAME}": json_bytes(backup.describe(files, manifest))}


def json_bytes(document: object) -> bytes:
    """Return a document as UTF-8 JSON in its own order, without white space, and a final line break."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode()


def _datapackage(catalog: Catalog, manifest: Manifest, exports: list[Export], run: RunInfo) -> dict[str, object]:
    """Return the Frictionless description of the CSV files, and of the manifest that names the Parquet parts."""
    resources = [resource for export in exports for resource in _resources(catalog, export)]
    resources.append(
        {
            "name": "lake",
            "title": "Todas las series, resolución completa: el manifiesto nombra los archivos Parquet de cada una",
            "path": "manifest.json",
            "format": "json",
            "mediatype": "application/json",
        }
    )
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "portal-energetico-colombia",
        "title": "Portal Energético de Colombia",
        "created": f"{run.created.isoformat(timespec='seconds')}-05:00",
        "version": str(manifest.version),
        "licenses": [LICENCE],
        "sources": [{"title": s.title, "path": s.url} for s in catalog.sources.values()],
        "resources": resources,
    }


def _resources(catalog: Catalog, export: Export) -> Iterator[dict[str, object]]:
    """Yield the description of the CSV files of an export and, where there is one, of the whole as Parquet."""
    metric = catalog.metrics.get(export.metric)
    title = f"{metric.title} ({export.entity})" if metric else export.title
    fields = [{"name": n, "type": t} for n, t in export.columns]
    paths = [f"csv/{piece.name}.csv" for piece in export.pieces]
    csv: dict[str, object] = {
        "name": f"{export.name}-csv".lower(),
        "type": "table",
        "title": title,
        "path": paths[0] if len(paths) == 1 else paths,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": sum(piece.path.stat().st_size for piece in export.pieces),
        "schema": {"fields": fields},
    }
    # A resource of several files has one schema and no hash of its own.
    yield csv | ({"hash": f"sha256:{sha256_of(export.pieces[0].path)}"} if len(paths) == 1 else {})
    if export.whole:
        yield {
            "name": f"{export.name}-parquet".lower(),
            "title": f"{title}, completo",
            "path": f"csv/{export.name}.parquet",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
        }


def readme(run: RunInfo, limits: CsvLimits) -> str:
    """Return the note that travels with the files."""
    warning = {
        "simulated": "ATENCIÓN: estos datos son SIMULADOS. No describen el sistema real.\n\n",
        "replayed": "ATENCIÓN: copia histórica de XM usada para pruebas.\n\n",
        "xm": "",
    }[run.source]
    older = ""
    if limits.first:
        older = f"\nAntes de {limits.first} las series cortadas están solo en series/: sus CSV no caben aquí."
    return f"""{warning}Portal Energético de Colombia: datos

Qué hay aquí
  csv/<métrica>.<entidad>.csv   valores diarios, uno por línea
  csv/{HEADLINES}.csv             las cifras principales, una por día; si son muchas, {HEADLINES}.parquet
  csv/<métrica>.<entidad>.<año>.csv, csv/<métrica>.<entidad>.<año>-<mes>.csv
                                una serie larga: los años cerrados, juntos mientras sean livianos, y el año en curso
                                aparte, por meses si pesa mucho (completa está en series/; datapackage.json lista las
                                partes)
  csv/comparables.csv           con qué día del año anterior se compara cada día: uno de su misma clase
  csv/lineas.csv, csv/costo_unitario.csv, csv/estados_del_sistema.csv: datapackage.json dice qué son
  csv/pronosticos.csv           el último pronóstico de cada serie, con sus intervalos
  csv/puntajes.csv              el error de cada modelo, por serie y anticipación
  csv/pronostico-oficial.csv    nuestro pronóstico de demanda y el de XM, los mismos días
  pronosticos/cadena.json       la huella (SHA-256) de los pronósticos de cada emisión; encierra la de la emisión
                                anterior: quien guarde una puede comprobar después que nada de lo publicado cambió
  pronosticos/hub/              el último pronóstico en el formato de Hubverse; hub-config/tasks.json dice qué trae y
                                cómo es el que otro quiera entregar
  verificar/cifras.json         lo que sabe el Verificador: nombres, valores por día y afirmaciones del último día; el
                                pasado está por meses (verificar/<año>-<mes>.json)
  asistente.json                lo que entiende el asistente: nombres de series y de plantas, términos, festivos
  busqueda.json                 lo que el buscador encuentra por su nombre, con las palabras con que la gente lo busca
  series/...                    todos los valores, hora por hora, en Parquet
  lake/...                      lo que el portal lleva por su cuenta: pronósticos, informes, revisiones
  manifest.json                 cada archivo Parquet: filas, bytes, SHA-256, primera y última hora
  figures/<día>.tar.xz          los gráficos nuevos de cada noche, como se mostraron
  backup.json                   lo que hace falta, además, para restaurar el portal desde aquí
  datapackage.json              descripción de cada archivo (Frictionless Data Package)

Ningún CSV pasa de {limits.file / 1_000_000:g} MB ni de lo que cabe en una hoja de cálculo; si {HEADLINES}.csv no cabe,
se corta igual y queda completo en csv/{HEADLINES}.parquet.{older}

{_LASTING}
Columnas de los CSV (UTF-8, coma, punto decimal)
  fecha     AAAA-MM-DD, hora de Colombia; AAAA-MM en las series mensuales
  codigo    código de XM (Sistema cuando es el total nacional)
  valor     en la unidad de la columna siguiente
  unidad    GWh, MW, COP/kWh, %, hm3, m3/s...; MCOP = millones de pesos
  estado    {" · ".join(state.label.lower() for state in value_states().values())} (ver Metodología)
  versión   solo donde XM publica varias: la de la liquidación
  Un valor que falta es una línea que falta: nunca un cero.
  Un texto que empieza por = + - @ lleva un apóstrofo delante, para que la hoja de cálculo no lo ejecute.

Columnas del Parquet
  metric, entity, code, ts (inicio de la hora, hora de Colombia, sin zona), value, quality

Cómo citar
  XM S.A. E.S.P., métrica <código>, consultada en el Portal Energético de Colombia el [fecha].

Los datos son públicos (Ley 1712 de 2014) y XM puede revisarlos durante meses: anote la fecha de consulta.
"""
