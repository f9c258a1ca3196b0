"""Replay of a folder of `<Metric>.<Entity>.parquet` (columns code, ts, value in XM's units) in XM's format.

Nothing dated after `today` is served. Lists come from `listado_*.parquet` in the folder or beside it, newest
vintage that is not after `today` (the oldest when all are later).
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.core.errors import UsageError
from pipeline.emulator import noaa_wire
from pipeline.emulator.files import BusForecast
from pipeline.emulator.simem_wire import Record
from pipeline.emulator.source import Floats, ValueBlock
from pipeline.emulator.xm_contract import Contract

_KEPT = 4
_LAST = "Última versión"
_LISTS: dict[tuple[str, str], tuple[str, dict[str, str]]] = {
    ("ListadoRecursos", "Sistema"): (
        "listado_recursos",
        {name: name for name in ("Code", "Name", "Type", "Disp", "RecType", "CompanyCode", "EnerSource", "State")}
        | {"OperStartdate": "OperStartdate"},
    ),
    ("ListadoRecursos", "Agente"): (
        "listado_recursos_por_agente",
        {"code1": "agent", "code2": "resource", "Value": "resource_name"},
    ),
    ("ListadoAgentes", "Sistema"): (
        "listado_agentes",
        {name: name for name in ("Code", "Name", "Activity", "State", "OperStartdate")},
    ),
    ("ListadoEmbalses", "Sistema"): (
        "listado_embalses",
        {name: name for name in ("Code", "Name", "HydroRegion", "Status")},
    ),
    ("ListadoRios", "Sistema"): (
        "listado_rios",
        {name: name for name in ("Code", "Name", "HydroRegion", "Status")},
    ),
}


@dataclass(frozen=True)
class _Table:
    """One file in memory: sorted by hour, codes as small integers (16 bytes a row)."""

    hours: NDArray[np.int64]
    codes: NDArray[np.int32]
    values: NDArray[np.float64]
    names: tuple[str, ...]


def _load(path: Path) -> _Table:
    table = pq.read_table(path, columns=["code", "ts", "value"])
    encoded = pc.dictionary_encode(table["code"].cast(pa.string()).combine_chunks())
    hours = table["ts"].to_numpy().astype("datetime64[h]").astype(np.int64)
    order = np.argsort(hours, kind="stable")
    return _Table(
        hours[order],
        encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)[order],
        table["value"].to_numpy().astype(np.float64)[order],
        tuple(encoded.dictionary.to_pylist()),
    )


def check_folder(folder: Path) -> None:
    """Make sure that a folder can be replayed.

    Raises:
        UsageError: If it is no folder or holds no series.
    """
    if not folder.is_dir():
        raise UsageError(f"no folder {folder}", hint="give the folder that holds <Metric>.<Entity>.parquet")
    if not any(folder.glob("*.*.parquet")):
        raise UsageError(f"{folder} holds no <Metric>.<Entity>.parquet", hint="check the path")


def read_versions(folder: Path) -> list[tuple[dt.date, Record]]:
    """Return the records of EC6945 kept in `simem_*versiones*.parquet`, each with its day.

    One file names its versions «Versión TXR» and «Última versión». The latter is served as TXF: which one it was,
    nobody wrote down, and the invoice is the last that every month has.
    """
    found: list[tuple[dt.date, Record]] = []
    for path in sorted(folder.glob("simem_*versiones*.parquet")):
        for row in pq.read_table(path).to_pylist():
            record: Record = {
                "CodigoVariable": row["metric"],
                "FechaHora": row["ts"].isoformat(),
                "CodigoDuracion": "PT1H",
                "UnidadMedida": row["unit"],
                "Version": "TXF" if row["version"] == _LAST else str(row["version"]).removeprefix("Versión "),
                "Valor": row["value"],
            }
            found.append((row["ts"].date(), record))
    return found


class Replay:
    """A folder of Parquet files, answered as XM would."""

    def __init__(self, folder: Path, today: dt.date) -> None:
        check_folder(folder)
        self._folder = folder
        self._today = today
        self._versions: list[tuple[dt.date, Record]] | None = None
        self._tables: OrderedDict[tuple[str, str], _Table | None] = OrderedDict()

    def _table(self, metric: str, entity: str) -> _Table | None:
        key = (metric, entity)
        if key not in self._tables:
            path = self._folder / f"{metric}.{entity}.parquet"
            self._tables[key] = _load(path) if path.exists() else None
            if len(self._tables) > _KEPT:
                self._tables.popitem(last=False)
        self._tables.move_to_end(key)
        return self._tables[key]

    def block(self, contract: Contract, first: dt.date, last: dt.date) -> ValueBlock | None:
        """Return the stored values between two days, none after `today`."""
        table = self._table(contract.metric, contract.entity)
        last = min(last, self._today)
        if table is None or first > last:
            return None
        low, high = (int(np.datetime64(day, "h").astype(np.int64)) for day in (first, last + dt.timedelta(days=1)))
        rows = slice(*np.searchsorted(table.hours, [low, high]).tolist())
        hours, codes, values = table.hours[rows], table.codes[rows], table.values[rows]
        if not len(hours):
            return None
        days, day_at = np.unique(hours // 24, return_inverse=True)
        seen, code_at = np.unique(codes, return_inverse=True)
        dates = tuple(np.datetime64(int(day), "D").astype(dt.date) for day in days)
        width = len(contract.keys)
        keys = tuple(
            (tuple(table.names[code].split("|", width - 1)) if width > 1 else (table.names[code],) * width)
            for code in seen
        )
        if contract.grain == "hourly":
            grid = np.full((len(days), len(seen), 24), np.nan)
            grid[day_at, code_at, hours % 24] = values
        else:
            grid = np.full((len(days), len(seen)), np.nan)
            grid[day_at, code_at] = values
        return ValueBlock(dates, keys, grid)

    def listing(self, metric: str, entity: str) -> list[dict[str, str]]:
        """Return the rows of a list of the newest vintage known on `today`."""
        if (metric, entity) not in _LISTS:
            return []
        stem, fields = _LISTS[metric, entity]
        places = (self._folder / f"{stem}.parquet", self._folder.parent / f"{stem}.parquet")
        path = next((place for place in places if place.exists()), None)
        if path is None:
            return []
        table = pq.read_table(path)
        vintage = "vintage" if "vintage" in table.column_names else "pulled"
        rows = table.to_pylist()
        known = sorted({str(row[vintage]) for row in rows})
        past = [day for day in known if day <= self._today.isoformat()]
        chosen = past[-1] if past else known[0]
        return [
            {field: "" if row[column] is None else str(row[column]) for field, column in fields.items()}
            for row in rows
            if str(row[vintage]) == chosen
        ]

    def pacific(self) -> list[noaa_wire.Month]:
        """Return the months kept in `oni_mensual.parquet` beside the folder, if it is there."""
        path = self._folder.parent / "oni_mensual.parquet"
        rows = pq.read_table(path).to_pylist() if path.exists() else []
        last = noaa_wire.newest(self._today)
        return [(row["Date"].date(), row["SST"], row["ANOM"]) for row in rows if row["Date"].date() <= last]

    def records(self, dataset: str, first: dt.date, last: dt.date) -> list[Record]:
        """Return the price versions that lie beside the folder; no record of any other dataset."""
        if dataset != "EC6945":
            return []
        if self._versions is None:
            self._versions = read_versions(self._folder.parent)
        last = min(last, self._today)
        return [record for day, record in self._versions if first <= day <= last]

    def official_week(self, monday: dt.date) -> Floats | None:
        """Return None: no file of XM's forecasts is kept with the folder."""
        return None

    def official_buses(self, day: dt.date) -> list[BusForecast]:
        """Return nothing: no file of XM's forecasts is kept with the folder."""
        return []
