"""The published figures as a folder that the emulator replays, so that the whole line runs on them in every clone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.anchors.anchored import Anchor, anchors, listed, metrics, stamped

FIRST: Final = dt.date(2024, 4, 1)
TODAY: Final = dt.date(2024, 5, 6)
VINTAGE: Final = "2024-05-06"
_PLANT: Final = ("Code", "Name", "Type", "Disp", "RecType", "CompanyCode", "EnerSource", "State", "OperStartdate")
_RIVER: Final = ("Code", "Name", "HydroRegion", "Status")
_HEADS: Final = {"code": "Code", "name": "Name", "type": "Type", "energy_source": "EnerSource", "region": "HydroRegion"}


def of_the_span() -> list[Anchor]:
    """Return the figures of April and May 2024."""
    return [anchor for anchor in anchors() if FIRST <= anchor.day < TODAY]


def write_folder(home: Path) -> Path:
    """Write the figures as `Metric.Entity.parquet` in XM's units, lists and versions beside them; return the folder."""
    folder = home / "xm"
    folder.mkdir(parents=True)
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    records: list[dict[str, Any]] = []
    for anchor in of_the_span():
        for ts, value in stamped(anchor):
            if metrics()[anchor.metric].simem is not None:
                version, unit = anchor.code.partition("|")[2], anchor.unit
                records.append({"metric": anchor.metric, "ts": ts, "unit": unit, "version": version, "value": value})
            else:
                rows[anchor.metric, anchor.entity].append({"code": anchor.code, "ts": ts, "value": value})
    for (metric, entity), found in rows.items():
        pq.write_table(pa.Table.from_pylist(found), folder / f"{metric}.{entity}.parquet")
    pq.write_table(pa.Table.from_pylist(records), home / "simem_versiones.parquet")
    for name, stem, heads in (("ListadoRecursos", "recursos", _PLANT), ("ListadoRios", "rios", _RIVER)):
        told = [{_HEADS[key]: value for key, value in row.items()} for row in listed()[name]]
        entries = [{head: row.get(head) for head in heads} | {"vintage": VINTAGE} for row in told]
        pq.write_table(pa.Table.from_pylist(entries), home / f"listado_{stem}.parquet")
    return folder
