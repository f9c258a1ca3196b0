"""The published forecasts as a hub that others can enter: model output, tasks and metadata of the Hubverse.

Only the newest issue is here, every vintage is in the Parquet parts of the lake. Days that were past when the forecast
was issued are no forecast in a hub.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping

import duckdb

from pipeline.catalog.hub import COLUMNS, HORIZON, OURS, OUTPUT, QUANTILES

SCHEMA = "https://raw.githubusercontent.com/hubverse-org/schemas/main/v5.0.0"
_DIGITS = 4


def hub_files(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the files of the hub by path: newest issue of each daily series, and what describes it."""
    rows = con.execute(
        """
        SELECT f.issued, f.series, date_diff('day', f.issued, CAST(f.target AS DATE)) AS horizon,
               CAST(f.target AS DATE) AS target, f.lo95, f.lo80, f.mean, f.hi80, f.hi95
        FROM forecast_latest AS f JOIN forecast_policy AS p USING (series)
        WHERE p.grain = 'daily' AND NOT contains(f.series, ':')
          AND date_diff('day', f.issued, CAST(f.target AS DATE)) BETWEEN 1 AND ?
        ORDER BY f.series, f.target
        """,
        [HORIZON],
    ).fetchall()
    if not rows:
        return {}
    newest = max(row[0] for row in rows)
    lines = [",".join(COLUMNS)]
    for _, series, horizon, target, *values in (row for row in rows if row[0] == newest):
        for level, value in zip(QUANTILES, values, strict=True):
            if value is not None:
                lines.append(f"{newest},{series},{horizon},{target},quantile,{level:g},{round(value, _DIGITS):g}")
    units = con.execute(
        "SELECT series, title_es, unit FROM forecast_policy WHERE grain = 'daily' AND NOT contains(series, ':') "
        "AND published IS NOT NULL ORDER BY rowid"
    ).fetchall()
    config = {"admin": _admin(), "tasks": _tasks(newest.year, units)}
    files = {f"hub/hub-config/{name}.json": f"{json.dumps(it, ensure_ascii=False)}\n" for name, it in config.items()}
    files[f"hub/{OUTPUT}/{OURS}/{newest}-{OURS}.csv"] = "\n".join([*lines, ""])
    team, model = OURS.split("-")
    about = {"team_abbr": team, "model_abbr": model, "designated_model": "true", "license": "CC-BY-4.0"}
    files[f"hub/model-metadata/{OURS}.yml"] = "".join(f"{name}: {value}\n" for name, value in about.items())
    return files


def chain_document(links: Iterable[Mapping[str, object]]) -> dict[str, object]:
    """Return the chain of what was published: the digest of each day's issue, in which that of the one before goes."""
    return {
        "algoritmo": "sha256",
        "emisiones": [
            {"emitido": str(link["issued"]), "filas": link["rows"], "huella": link["digest"]} for link in links
        ],
    }


def _admin() -> dict[str, object]:
    return {
        "schema_version": f"{SCHEMA}/admin-schema.json",
        "name": "Portal Energético de Colombia",
        "maintainer": "Portal Energético de Colombia",
        "file_format": ["csv"],
        "timezone": "America/Bogota",
    }


def _tasks(year: int, units: Iterable[tuple[str, str, str]]) -> dict[str, object]:
    """What may be forecast: any series, any of thirty days ahead, five quantiles of which the median is needed.

    Every day of the year is a round, so that the document is another once a year and not every night.
    """
    known = list(units)
    first = dt.date(year, 1, 1)
    days = [(first + dt.timedelta(days=n)).isoformat() for n in range((dt.date(year + 1, 1, 1) - first).days)]
    targets = [
        {
            "target_id": series, "target_name": title, "target_units": unit, "target_keys": {"target": series},
            "target_type": "continuous", "is_step_ahead": True, "time_unit": "day",
        }
        for series, title, unit in known
    ]  # fmt: skip
    ids = {
        "origin_date": {"required": None, "optional": days},
        "target": {"required": None, "optional": [series for series, _, _ in known]},
        "horizon": {"required": None, "optional": list(range(1, HORIZON + 1))},
        "target_end_date": {"required": None, "optional": None},
    }
    quantile = {
        "output_type_id": {"required": list(QUANTILES)},
        "is_required": True,
        "value": {"type": "double"},
    }
    return {
        "schema_version": f"{SCHEMA}/tasks-schema.json",
        "rounds": [
            {
                "round_id_from_variable": True,
                "round_id": "origin_date",
                "model_tasks": [{"task_ids": ids, "output_type": {"quantile": quantile}, "target_metadata": targets}],
                "submissions_due": {"relative_to": "origin_date", "start": 0, "end": 0},
            }
        ],
        "derived_task_ids": ["target_end_date"],
    }
