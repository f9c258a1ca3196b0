"""What stands beside the parts so that a reader can rely on addresses: those of the past, and views for any DuckDB.

The addresses in `datos/portal.sql` stay: a night writes it again only when a file of some series begins.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.site.tree import Content
from pipeline.store.lake import Lake, Manifest
from pipeline.store.series_files import Names, address, left, names
from pipeline.store.sql import literal, quoted

NAME = "portal.sql"
_HEAD = """-- Las series del portal como vistas de DuckDB, una por métrica; se leen por partes, sin bajarlas enteras.
--   Python   duckdb.execute(urllib.request.urlopen("{where}{name}").read().decode())
--   consola  curl -s {where}{name} > portal.sql && duckdb -init portal.sql
-- Columnas: entity, code, ts (inicio de la hora, hora de Colombia), value (su unidad, en el comentario), quality.
{note}SET VARIABLE portal = {base};
"""
_UNKNOWN = "-- Escriba aquí la dirección de la carpeta datos/ del portal, o la de una copia, con la barra final.\n"


def lasting_files(
    catalog: Catalog, lake: Lake, manifest: Manifest, known: Names, cache: Path, site_url: str
) -> dict[str, Content]:
    """Return what answers at the addresses of the past, and `portal.sql`, by address on the site.

    Args:
        catalog: The declarations.
        lake: The lake.
        manifest: The state that is published.
        known: Every address of a series that ever was.
        cache: Folder of the files of the past, kept between runs.
        site_url: Public address of the site; empty when it is not known.
    """
    tree: dict[str, Content] = {f"datos/{where}": path for where, path in left(lake, manifest, known, cache).items()}
    return tree | {f"datos/{NAME}": portal_sql(catalog, names(manifest), site_url).encode()}


def portal_sql(catalog: Catalog, own: Names, site_url: str) -> str:
    """Return the statements that make a view of each metric.

    Args:
        catalog: The declarations.
        own: The names of the files of each series (`store.series_files.names`).
        site_url: Public address of the site; empty when it is not known.
    """
    where = f"{site_url.rstrip('/')}/datos/" if site_url else ""
    head = _HEAD.format(
        where=where or "https://…/datos/", name=NAME, base=literal(where), note="" if where else _UNKNOWN
    )
    return head + "".join(_view(metric, files) for metric in catalog.metrics.values() if (files := _files(metric, own)))


def _files(metric: Metric, own: Names) -> list[str]:
    """Return the addresses of a metric's files, oldest first."""
    found = []
    for entity in metric.entities:
        key = f"{metric.id}.{entity}"
        files = own.get(key, {})
        found += [address(key, name) for name in sorted(files, key=files.__getitem__)]
    return found


def _view(metric: Metric, files: list[str]) -> str:
    listed = ",\n  ".join(f"getvariable('portal') || {literal(file)}" for file in files)
    unit = f" [{metric.unit.stored}]" if metric.unit.stored else ""
    name, columns = quoted(metric.id), "*" if metric.grain == "list" else "* EXCLUDE (metric)"
    return (
        f"CREATE OR REPLACE VIEW {name} AS SELECT {columns} FROM read_parquet([\n  {listed}], union_by_name = true);\n"
        f"COMMENT ON VIEW {name} IS {literal(f'{metric.title}{unit}')};\n"
    )
