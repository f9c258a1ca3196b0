"""What machines that look for data read: DCAT-AP 3, schema.org, Croissant, and the contract of the API (OpenAPI 3.1).

None of it holds a value, and little of it changes with the night. Addresses are relative to the document, so
that a copy under any address tells the truth; only what search engines read is absolute, where the address is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.site.downloads.data import FOLDER, LICENCE, PublishedData, json_bytes
from pipeline.site.downloads.export import Export
from pipeline.site.tree import Content, sha256_of

CONTRACT = Path("api") / "openapi.yml"
LICENCE_URL = LICENCE["path"]
NAME = "Portal Energético de Colombia"
_EUROPE = "http://publications.europa.eu/resource/authority"
_FREQUENCY = {"hourly": "DAILY", "daily": "DAILY", "monthly": "MONTHLY", "list": "DAILY"}
_RESOLUTION = {"hourly": "PT1H", "daily": "P1D", "monthly": "P1M"}
_DCAT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_CROISSANT = {
    "@language": "es",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "recordSet": "cr:recordSet",
    "field": "cr:field",
    "source": "cr:source",
    "fileObject": "cr:fileObject",
    "extract": "cr:extract",
    "column": "cr:column",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
}
_CROISSANT_TYPES = {"number": "sc:Float", "boolean": "sc:Boolean", "date": "sc:Date"}


def contract(templates: Path) -> dict[str, Any]:
    """Return the contract of the API: paths and the schema of every document (`templates/api/openapi.yml`)."""
    document: dict[str, Any] = yaml.safe_load((templates / CONTRACT).read_text(encoding="utf-8"))
    return document


def dataset(metric: Metric, source: str, site_url: str) -> dict[str, object]:
    """Return a metric as a `schema.org/Dataset`, which search engines of data read in its page.

    Args:
        metric: The metric.
        source: Who measures it.
        site_url: Public address of the portal; empty when it is not known.
    """
    up = site_url.rstrip("/") + "/" if site_url else "../../"
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": metric.title,
        "description": metric.definition,
        "identifier": metric.id,
        "url": f"{up}metricas/{metric.id}/",
        "license": LICENCE_URL,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": source},
        "includedInDataCatalog": {"@type": "DataCatalog", "name": NAME},
        "spatialCoverage": "Colombia",
        "variableMeasured": {"@type": "PropertyValue", "name": metric.title, "unitText": metric.unit.stored or "1"},
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": "application/json",
                "contentUrl": f"{up}api/v1/metricas/{metric.id}.json",
            }
        ],
    }


def dcat(catalog: Catalog) -> dict[str, object]:
    """Return the catalogue as DCAT-AP 3 in JSON-LD, to stand in `datos/`: one dataset a metric."""
    publisher = {"@id": "../#portal", "@type": "foaf:Agent", "foaf:name": NAME}
    return {
        "@context": _DCAT,
        "@id": "../#catalogo",
        "@type": "dcat:Catalog",
        "dct:title": _said(f"Datos del {NAME}"),
        "dct:description": _said(
            "Series públicas del sistema eléctrico colombiano, de XM y SIMEM, por hora, día y mes, en CSV y Parquet."
        ),
        "dct:publisher": publisher,
        "dct:language": {"@id": f"{_EUROPE}/language/SPA"},
        "dct:license": {"@id": LICENCE_URL},
        "foaf:homepage": {"@id": "../"},
        "dcat:dataset": [_dataset_of(catalog, metric) for metric in catalog.metrics.values()],
    }


def _dataset_of(catalog: Catalog, metric: Metric) -> dict[str, object]:
    source = catalog.sources[metric.source]
    theme = catalog.themes[metric.theme].title if metric.theme in catalog.themes else metric.theme
    found: dict[str, object] = {
        "@id": f"../metricas/{metric.id}/#datos",
        "@type": "dcat:Dataset",
        "dct:title": _said(metric.title),
        "dct:description": _said(metric.definition),
        "dct:identifier": metric.id,
        "dcat:keyword": [_said(theme), _said("energía eléctrica"), _said("Colombia")],
        "dcat:theme": {"@id": f"{_EUROPE}/data-theme/ENER"},
        "dct:publisher": {"@id": "../#portal"},
        "dct:creator": {"@id": source.url, "@type": "foaf:Agent", "foaf:name": source.title},
        "dct:spatial": {"@id": f"{_EUROPE}/country/COL"},
        "dct:accrualPeriodicity": {"@id": f"{_EUROPE}/frequency/{_FREQUENCY[metric.grain]}"},
        "dcat:landingPage": {"@id": f"../metricas/{metric.id}/"},
        "dcat:distribution": [
            {
                "@id": f"../metricas/{metric.id}/#descargas",
                "@type": "dcat:Distribution",
                "dct:title": _said("CSV por días y Parquet completo"),
                "dcat:accessURL": {"@id": f"../metricas/{metric.id}/#descargas"},
                "dct:license": {"@id": LICENCE_URL},
            },
            {
                "@id": f"../api/v1/metricas/{metric.id}.json",
                "@type": "dcat:Distribution",
                "dct:title": _said("Los días más recientes y las direcciones de los archivos"),
                "dcat:accessURL": {"@id": f"../api/v1/metricas/{metric.id}.json"},
                "dcat:downloadURL": {"@id": f"../api/v1/metricas/{metric.id}.json"},
                "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/application/json"},
                "dct:format": {"@id": f"{_EUROPE}/file-type/JSON"},
                "dct:license": {"@id": LICENCE_URL},
            },
        ],
    }
    if metric.grain in _RESOLUTION:
        found["dcat:temporalResolution"] = {"@type": "xsd:duration", "@value": _RESOLUTION[metric.grain]}
    return found


def _said(text: str) -> dict[str, str]:
    return {"@language": "es", "@value": text}


def croissant(exports: Iterable[Export]) -> dict[str, object]:
    """Return the tables that are no metric as a Croissant dataset, to stand in `datos/`: files, and what rows hold."""
    files, records = [], []
    for export in exports:
        for name, path in sorted(export.files().items()):
            if name not in export.whole_files():
                continue
            form = "application/vnd.apache.parquet" if name.endswith(".parquet") else "text/csv"
            files.append(
                {
                    "@type": "cr:FileObject",
                    "@id": name,
                    "name": name,
                    "contentUrl": f"csv/{name}",
                    "encodingFormat": form,
                    "sha256": sha256_of(path),
                }
            )
            records.append(
                {
                    "@type": "cr:RecordSet",
                    "@id": f"filas-{name}",
                    "name": f"filas-{name}",
                    "description": export.title,
                    "field": [
                        {
                            "@type": "cr:Field",
                            "@id": f"filas-{name}/{column}",
                            "name": column,
                            "dataType": _CROISSANT_TYPES.get(kind, "sc:Text"),
                            "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
                        }
                        for column, kind in export.columns
                    ],
                }
            )
    return {
        "@context": _CROISSANT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "portal-energetico-colombia",
        "description": "Cifras diarias principales del sistema eléctrico colombiano, y sus pronósticos.",
        "license": LICENCE_URL,
        "url": "../",
        "version": "1.0.0",
        "cr:citeAs": f"{NAME}: cifras de XM S.A. E.S.P.",
        "distribution": files,
        "recordSet": records,
    }


def open_files(catalog: Catalog, data: PublishedData, templates: Path, site_url: str) -> dict[str, Content]:
    """Return the files for machines, and what hosts and search engines look for at the root."""
    tables = [export for export in data.exports if not export.metric]
    where = f"Sitemap: {site_url.rstrip('/')}/sitemap.xml\n" if site_url else ""
    return {
        "api/v1/openapi.json": json_bytes(contract(templates)),
        f"{FOLDER}/catalogo.jsonld": json_bytes(dcat(catalog)),
        f"{FOLDER}/croissant.json": json_bytes(croissant(tables)),
        "robots.txt": f"User-agent: *\nAllow: /\n{where}".encode(),
        ".nojekyll": b"\n",  # GitHub Pages would drop what begins with an underscore
    }
