"""How the old portal ingested: pydataxm as it is shipped, pandas, one daily row per metric, entity and code in SQLite.

Run as a process of its own: the library silences warnings and patches
asyncio for the whole process. The steps follow the old `etl_xm_to_sqlite.py`: `request_data` for the whole span
of a series, hours added up, `iterrows`, bulk upsert. Its pauses between requests are left out, and it is asked for
whole calendar months, where the library makes no mistake with dates.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import aiohttp
import pandas as pd

HOME = "https://servapibi.xm.com.co"
_HOURS = [f"Values_Hour{hour:02d}" for hour in range(1, 25)]
_NAMES = ("Name", "Values_code", "Id", "Resources", "Embalse", "Rio", "Agente")
_SCHEMA = """
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, fecha DATE NOT NULL, metrica VARCHAR(50) NOT NULL,
    entidad VARCHAR(100) NOT NULL, recurso VARCHAR(100), valor_gwh REAL NOT NULL, unidad VARCHAR(10) DEFAULT 'GWh',
    fecha_actualizacion TIMESTAMP DEFAULT CURRENT_TIMESTAMP, UNIQUE (fecha, metrica, entidad, recurso));
CREATE INDEX by_day ON metrics (fecha);
CREATE INDEX by_metric ON metrics (metrica, entidad);
CREATE INDEX by_day_metric ON metrics (fecha, metrica);
CREATE INDEX by_all ON metrics (fecha, metrica, entidad);
CREATE INDEX by_plant ON metrics (recurso) WHERE recurso IS NOT NULL;
"""
_UPSERT = """
INSERT INTO metrics (fecha, metrica, entidad, recurso, valor_gwh, unidad) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (fecha, metrica, entidad, recurso)
DO UPDATE SET valor_gwh = excluded.valor_gwh, unidad = excluded.unidad, fecha_actualizacion = CURRENT_TIMESTAMP
"""


class Order(NamedTuple):
    """What both sides are asked to bring: the series, the first and the last day, the source, the place."""

    url: str
    series: list[tuple[str, str]]
    since: str
    today: str
    folder: str

    def as_text(self) -> str:
        """Return the order as one argument of a command."""
        return json.dumps(self._asdict())

    @classmethod
    def read(cls, text: str) -> Order:
        """Return the order that `as_text` wrote."""
        order = cls(**json.loads(text))
        return order._replace(series=[(metric, entity) for metric, entity in order.series])


def _point_at(url: str) -> None:
    """Send what the library posts to XM to `url`: the addresses are literals inside its functions."""
    from pydataxm import pydataxm

    post, ask = pydataxm.requests.post, aiohttp.ClientSession.post
    pydataxm.requests.post = lambda address, **rest: post(address.replace(HOME, url), **rest)
    aiohttp.ClientSession.post = (  # type: ignore[method-assign]
        lambda session, address, **rest: ask(session, str(address).replace(HOME, url), **rest)
    )


def _values(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every row its daily value, as `convertir_unidades` did."""
    frame = frame.copy()
    hours = [column for column in _HOURS if column in frame.columns]
    if hours:
        frame["Value"] = frame[hours].apply(pd.to_numeric, errors="coerce").sum(axis=1) / 1e6
    return frame


def _rows(frame: pd.DataFrame, metric: str, entity: str) -> list[tuple[str, str, str, str, float, str]]:
    rows = []
    for _, row in frame.iterrows():
        name = next((row.get(column) for column in _NAMES if column in frame.columns), None)
        code = "_SISTEMA_" if name is None or str(name).strip().lower() == "sistema" else str(name)
        rows.append((str(row["Date"])[:10], metric, entity, code, float(row["Value"]), "GWh"))
    return rows


def ingest_as_before(order: Order) -> int:
    """Bring the series of `order` into SQLite; return the daily rows written."""
    from pydataxm.pydataxm import ReadDB

    _point_at(order.url)
    reader = ReadDB()
    written = 0
    with sqlite3.connect(Path(order.folder) / "portal.db") as con:
        con.executescript(_SCHEMA)
        for metric, entity in order.series:
            frame = reader.request_data(
                metric, entity, dt.date.fromisoformat(order.since), dt.date.fromisoformat(order.today)
            )
            rows = _rows(_values(frame), metric, entity)
            con.executemany(_UPSERT, rows)
            con.commit()
            written += len(rows)
    return written


def main(arguments: Sequence[str]) -> int:
    """Run one order and print the rows written."""
    sys.stdout.write(f"{ingest_as_before(Order.read(arguments[0]))}\n")
    return 0
