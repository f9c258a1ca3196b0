"""SIMEM's two addresses, and its older one: envelope, filters and both error shapes.

Datasets served: EC6945 (hourly spot price by settlement version) and 24914F (which version of a day is in force).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Dataset:
    """What SIMEM says about one dataset."""

    id: str
    name: str
    description: str
    periodicity: str
    columns: tuple[tuple[str, str, str], ...]
    variables: tuple[tuple[str, str, str], ...]


DATASETS = {
    dataset.id.lower(): dataset
    for dataset in (
        Dataset(
            "EC6945",
            "Precio de Bolsa Nacional horario por versión",
            "Precio de bolsa nacional de cada hora, en todas sus versiones de liquidación.",
            "Horaria",
            (
                ("CodigoVariable", "string", "Código de la variable"),
                ("FechaHora", "datetime", "Hora de inicio"),
                ("CodigoDuracion", "string", "Duración ISO 8601"),
                ("UnidadMedida", "string", "Unidad"),
                ("Version", "string", "Versión de la liquidación"),
                ("Valor", "decimal", "Valor"),
            ),
            (("PB_Nal", "Precio de bolsa nacional", "COP/kWh"),),
        ),
        Dataset(
            "24914F",
            "Versiones de la liquidación",
            "Versión de liquidación vigente para cada periodo.",
            "Diaria",
            (
                ("FechaInicio", "date", "Primer día"),
                ("FechaFin", "date", "Último día"),
                ("Version", "string", "Versión de la liquidación"),
                ("EsMaximaVersion", "int", "1 si es la última"),
                ("FechaPublicacion", "date", "Día en que se publicó"),
            ),
            (),
        ),
    )
}


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
                "category": "Precios",
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
    dataset: Dataset, today: dt.date, first: dt.date, last: dt.date, records: list[dict[str, str]]
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


def keep(record: dict[str, str], rules: list[dict[str, str]]) -> bool:
    """Say whether a record passes SIMEM's filters (`Fd` field, `Op` operator, `Vl` values joined by commas)."""
    for rule in rules:
        value, wanted = record.get(rule.get("Fd", ""), ""), rule.get("Vl", "")
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
