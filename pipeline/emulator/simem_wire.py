"""SIMEM's two addresses, and its older one: envelope, filters, limits and the datasets it knows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

Record = dict[str, str | float | None]
# Longest span of one request by how often a dataset has a value [days]: a calendar month, or 24 months.
LIMITS = {"Horaria": 31, "Diaria": 31, "Mensual": 731}
CATALOGUE = "e007fb"


@dataclass(frozen=True)
class Dataset:
    """What SIMEM says about one dataset. `columns` and `variables` hold (name, type or unit, text)."""

    id: str
    name: str
    description: str
    periodicity: str
    category: str
    columns: tuple[tuple[str, str, str], ...]
    variables: tuple[tuple[str, str, str], ...]


_VERSION = ("Version", "string", "Versión de la liquidación")
_DURATION = ("CodigoDuracion", "string", "Duración ISO 8601")
_PUBLISHED = ("FechaPublicacion", "date", "Día en que se publicó")
_RESERVOIR = (
    _PUBLISHED,
    ("Fecha", "date", "Día"),
    ("CodigoEmbalse", "string", "Código del embalse"),
    ("RegionHidrologica", "string", "Región hidrológica"),
)


def _long(stamp: str, *more: tuple[str, str, str]) -> tuple[tuple[str, str, str], ...]:
    return (
        ("CodigoVariable", "string", "Código de la variable"),
        (stamp, "datetime", "Inicio del período"),
        _DURATION,
        ("UnidadMedida", "string", "Unidad"),
        *more,
        ("Valor", "decimal", "Valor"),
    )


def _numbers(*names: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, "decimal", name) for name in names)


def _texts(*names: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, "string", name) for name in names)


def _variables(unit: str, *names: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((name, name, unit) for name in names)


DATASETS = {
    dataset.id.lower(): dataset
    for dataset in (
        Dataset(
            "EC6945",
            "Precio de bolsa horario",
            "Precios de bolsa de cada hora, en todas sus versiones de liquidación.",
            "Horaria",
            "Precios",
            _long("FechaHora", _VERSION),
            _variables("COP/kWh", "PB_Nal", "PB_Int", "PB_Tie"),
        ),
        Dataset(
            "24914F",
            "Versiones de factura para la liquidación mensual",
            "Versiones publicadas para cada período y cuál está vigente.",
            "Diaria",
            "Liquidación",
            (
                ("FechaInicio", "date", "Primer día"),
                ("FechaFin", "date", "Último día"),
                _VERSION,
                ("EsMaximaVersion", "int", "1 si es la última"),
                _PUBLISHED,
            ),
            (),
        ),
        Dataset(
            "B0E933",
            "Volumen de Embalses en Energía",
            "Volumen útil y total, capacidad y vertimientos de cada embalse.",
            "Diaria",
            "Hidrología",
            (
                *_RESERVOIR,
                *_numbers(
                    "VolumenUtilDiarioEnergia", "CapacidadUtilEnergia", "VolumenTotalEnergia", "VertimientosEnergia"
                ),
                _DURATION,
            ),
            _variables(
                "kWh", "VolumenUtilDiarioEnergia", "CapacidadUtilEnergia", "VolumenTotalEnergia", "VertimientosEnergia"
            ),
        ),
        Dataset(
            "c51127",
            "Reservas Hidráulicas Energía",
            "Mínimos operativos de cada embalse.",
            "Diaria",
            "Hidrología",
            (*_RESERVOIR, *_numbers("MinimoOperativoSuperior", "MinimoOperativoInferior"), _DURATION),
            _variables("kWh", "MinimoOperativoSuperior", "MinimoOperativoInferior"),
        ),
        Dataset(
            "7538fd",
            "Parámetros técnicos de las líneas de transmisión",
            "Líneas del STN y de los STR con su tensión, longitud y subestaciones.",
            "Diaria",
            "Transmisión",
            (
                _PUBLISHED,
                ("Fecha", "date", "Día"),
                *_texts("CodigoLinea", "NombreLinea", "CodigoOperador", "FPO", "Sistema"),
                *_numbers("Tension", "Longitud", "ParticipacionLineaNivelTension", "ParticipacionLineaTotal"),
                *_numbers("LongitudNivelTension", "LongitudTotal"),
                *_texts("CodigoSubAreaOperativa", "CodigoAreaOperativa", "CodigoSubestacionOrigen"),
                *_texts("CodigoAreaOperativaOrigen", "CodigoSubAreaOperativaOrigen", "CodigoSubestacionDestino"),
                *_texts("CodigoAreaOperativaDestino", "CodigoSubAreaOperativaDestino"),
                _DURATION,
            ),
            (),
        ),
        Dataset(
            "ae3f23",
            "Precios de escasez del Cargo por Confiabilidad",
            "Precios de escasez de cada mes.",
            "Mensual",
            "Cargo por confiabilidad",
            _long("Fecha"),
            _variables("COP/kWh", "PE", "PrecioEscasezActivacion"),
        ),
        Dataset(
            "d0d746",
            "Pérdidas Energía Asignadas Agente",
            "Pérdidas de energía del STN que la liquidación asigna a cada agente.",
            "Horaria",
            "Pérdidas",
            _long("FechaHora", ("CodigoSICAgente", "string", "Código del agente"), _VERSION),
            _variables("kWh", "PerdidasEnergia", "PerdidasDemandaTie"),
        ),
        Dataset(
            CATALOGUE,
            "Inventario de conjuntos de datos",
            "Conjuntos de datos de SIMEM con su vigencia.",
            "Diaria",
            "Catálogo",
            _texts(
                "idDataset", "nombreConjuntoDatos", "fechaPublicacion", "fechaActualizacion", "inicioDato", "finDato"
            ),
            (),
        ),
    )
}


def inventory(today: dt.date) -> list[Record]:
    """Return the records of the catalogue of datasets."""
    return [
        {
            "idDataset": dataset.id,
            "nombreConjuntoDatos": dataset.name,
            "fechaPublicacion": "2023-01-01T00:00:00",
            "fechaActualizacion": f"{today.isoformat()}T05:00:00",
            "inicioDato": "2022-01-01T00:00:00",
            "finDato": f"{today.isoformat()}T00:00:00",
        }
        for dataset in DATASETS.values()
        if dataset.id != CATALOGUE
    ]


def detail(dataset: Dataset, today: dt.date) -> dict[str, object]:
    """Return the answer of `detalle-datos-publicos`."""
    return {
        "parameters": {"idDataset": dataset.id},
        "success": True,
        "message": "",
        "result": {
            "name": dataset.name,
            "metadata": {
                "description": dataset.description,
                "creationDate": "2023-01-01",
                "lastUpdate": today.isoformat(),
                "entity": "ASIC",
                "category": dataset.category,
                "periodicity": dataset.periodicity,
                "granularity": dataset.periodicity,
                "historicData": True,
            },
            "variables": [
                {
                    "variableCode": code,
                    "variableName": name,
                    "measurementUnit": unit,
                    "description": name,
                }
                for code, name, unit in dataset.variables
            ],
            "columns": [
                {"nameColumn": name, "dataType": kind, "description": text} for name, kind, text in dataset.columns
            ],
        },
    }


def envelope(
    dataset: Dataset, today: dt.date, first: dt.date, last: dt.date, records: list[Record]
) -> dict[str, object]:
    """Return the answer of the older `PublicData` address: the detail with its records."""
    document = detail(dataset, today)
    document["parameters"] = {
        "idDataset": dataset.id,
        "startDate": first.isoformat(),
        "endDate": last.isoformat(),
    }
    result = document["result"]
    if isinstance(result, dict):
        result["records"] = records
    return document


def keep(record: Record, rules: list[dict[str, str]]) -> bool:
    """Say whether a record passes SIMEM's filters (`Fd` field, `Op` operator, `Vl` values joined by commas)."""
    for rule in rules:
        found, wanted = record.get(rule.get("Fd", "")), rule.get("Vl", "")
        value = "" if found is None else str(found)
        listed = value in wanted.split(",")
        passed = {
            "eq": value == wanted,
            "neq": value != wanted,
            "ct": wanted in value,
            "dnc": wanted not in value,
            "in": listed,
            "nin": not listed,
            "gt": value > wanted,
            "gte": value >= wanted,
            "lt": value < wanted,
            "lte": value <= wanted,
        }.get(rule.get("Op", ""), True)
        if not passed:
            return False
    return True
