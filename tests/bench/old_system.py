"""A lake, and a database of the system before that holds the same days with every fault it is known for.

Each row is made with the faults it is to be found with, and with what is to become of it. The values that the lake
lacks and the old database has are known: nothing else may be kept.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from adbc_driver_postgresql.dbapi import connect

from pipeline.core.paths import Paths
from pipeline.ingest.states import Memory, fresh_state, write_memory
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 1, 30)
LAST = TODAY - dt.timedelta(days=100)
IN_LAKE, ELSE = "in the lake", "the lake says otherwise"
PERIOD = 50
#: Day of each fifty → is it in the lake; what the old number is beside the true one; faults; what becomes of it.
STORAGE: dict[int, tuple[bool, float, tuple[str, ...], str]] = {
    10: (False, 1.0, (), "kept"),
    15: (False, 0.0, ("false_zero",), "a zero that may be a blank"),
    20: (False, 1000.0, ("out_of_range",), "out of range"),
    25: (True, 0.0, ("false_zero",), ELSE),
    30: (True, 1.5, ("differs",), ELSE),
    35: (True, 1 / 24, ("differs", "unit_changes"), ELSE),
    36: (False, 1 / 24, ("out_of_range",), "unit not proven"),
    37: (True, 1 / 24, ("differs", "unit_changes"), ELSE),
    45: (True, 1.0, ("conflicting",), "refused"),
}


@dataclass
class OldSystem:
    """What the old database holds, and what is to be said of it."""

    tables: dict[str, list[pa.Table]] = field(default_factory=lambda: {"metrics": [], "metrics_hourly": []})
    faults: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    true: dict[tuple[str, str, dt.datetime], float] = field(default_factory=dict)
    lost_hours: int = 0

    def add(
        self, table: str, metric: str, entity: str, codes: Sequence[str | None], days: Sequence[dt.date],
        values: Sequence[float | None], unit: str, faults: Sequence[str], fate: str, hours: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        """Add rows that all have the same faults and the same fate."""
        count = len(days)
        value, columns = ("valor_mwh", {"hora": pa.array(hours, pa.int32())}) if hours else ("valor_gwh", {})
        self.tables[table].append(
            pa.table(
                {
                    "fecha": pa.array(days, pa.date32()), **columns, "metrica": [metric] * count,
                    "entidad": [entity] * count, "recurso": pa.array(codes, pa.string()),
                    value: pa.array(values, pa.float64()), "unidad": [unit] * count,
                }
            )
        )  # fmt: skip
        self.rows += count
        self.fates[fate] += count
        for fault in faults:
            self.faults[fault] += count

    def into_sqlite(self, path: Path) -> str:
        """Write the tables, and three rows of a forecast; return the address."""
        with sqlite3.connect(path) as con:
            for name, pieces in self.tables.items():
                columns = pieces[0].column_names
                con.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(columns)})")
                marks = ", ".join("?" * len(columns))
                for piece in pieces:
                    texts = piece.set_column(0, "fecha", piece["fecha"].cast(pa.string()))
                    rows = zip(*(column.to_pylist() for column in texts.columns), strict=True)
                    con.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", rows)
            con.execute("CREATE TABLE predictions AS SELECT 'Solar' AS fuente UNION ALL SELECT 'Solar'")
        con.close()
        return f"sqlite:///{path}"

    def into_postgres(self, url: str) -> str:
        """Write the tables; return the address."""
        with connect(url) as connection, connection.cursor() as cursor:
            for name, pieces in self.tables.items():
                cursor.adbc_ingest(name, pa.concat_tables(pieces), mode="replace")
            connection.commit()
        return url


def old_system(paths: Paths, rows: int, days: int = 400, reservoirs: int = 4) -> OldSystem:
    """Make the lake under `paths` and the old database beside it, with at least `rows` rows."""
    old = OldSystem()
    dates = [LAST - dt.timedelta(days=days - 1 - place) for place in range(days)]
    series = {
        ("VoluUtilDiarEner", "Embalse"): _storage(old, dates, [f"EMB{n}" for n in range(reservoirs)]),
        ("AporCaudal", "Rio"): _flows(old, dates),
        ("RestAliv", "Sistema"): _constraints(old, dates),
        ("PrecBolsNaci", "Sistema"): _prices(old, dates),
    }
    _nonsense(old, dates)
    plants = max(2, -(-(rows - old.rows) // days))
    series["CapEfecNeta", "Recurso"] = _capacity(old, dates, plants)
    lake, memory = Lake(paths.lake), Memory("xm")
    with lake.writing():
        transaction = lake.transaction(TODAY)
        for (metric, entity), table in series.items():
            transaction.upsert(metric, entity, table)
            memory.series[f"{metric}/{entity}"] = fresh_state()
            if metric != "AporCaudal":  # nobody asked for it yet
                window = {"end": LAST.isoformat(), "asked": TODAY.isoformat(), "status": "ok", "reason": ""}
                memory.series[f"{metric}/{entity}"]["windows"][dates[0].isoformat()] = window  # type: ignore[assignment]
        listed = {"entity": ["Sistema"] * 2, "code": ["P0", "P1"], "name": ["PLANTA CERO", "PLANTA UNO"],
                  "ts": pa.array([dt.datetime(2026, 1, 1)] * 2, pa.timestamp("ms"))}  # fmt: skip
        transaction.put_table("ListadoRecursos", "Sistema", pa.table(listed))
        transaction.commit(dt.datetime.combine(TODAY, dt.time(5, 40)))
    write_memory(paths, memory)
    return old


def _level(code: int, place: int) -> float:
    """Return the true value of a day: between 50 and 100, never one of the scales of another."""
    return 50.0 + (code * 7919 + place * 104_729) % 4999 / 100


def _lake_rows(found: list[tuple[str, dt.datetime, float]]) -> pa.Table:
    codes, times, values = zip(*sorted(found), strict=True)
    return pa.table(
        {
            "code": pa.array(codes, pa.string()), "ts": pa.array(times, pa.timestamp("ms")),
            "value": pa.array(values, pa.float64()), "quality": ["ok"] * len(codes),
        }
    )  # fmt: skip


def _at(day: dt.date, hour: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour))


def _storage(old: OldSystem, dates: list[dt.date], codes: list[str]) -> pa.Table:
    """Daily and in its own unit: values that the lake lacks among zeros, other units, doubles and contradictions."""
    rows = []
    name = ("metrics", "VoluUtilDiarEner", "Embalse")
    for number, code in enumerate(codes):
        for place, day in enumerate(dates):
            true = _level(number, place)
            there, scale, faults, fate = STORAGE.get(place % PERIOD, (True, 1.0, (), IN_LAKE))
            if there:
                rows.append((code, _at(day), true))
            old.add(*name, [code], [day], [true * scale], "GWh", faults, fate)
            if fate == "kept":
                old.true["VoluUtilDiarEner", code, _at(day)] = true
            if place % PERIOD == 40:
                old.add(*name, [code], [day], [true], "GWh", ("duplicate",), "repeated")
            if place % PERIOD == 45:
                old.add(*name, [code], [day], [true * 2], "GWh", ("conflicting", *_TWICE), "refused")
    return _lake_rows(rows)


_TWICE = ("differs",)  # the other of two values is none of the lake's


def _flows(old: OldSystem, dates: list[dt.date]) -> pa.Table:
    """Cubic metres a second under the label GWh; days that nobody asked for yet are not kept."""
    there = [place for place in range(len(dates)) if place % PERIOD != 10]
    for chosen, fate in ((there, IN_LAKE), (range(10, len(dates), PERIOD), "its source may still give it")):
        values = [_level(90, place) for place in chosen]
        days = [dates[place] for place in chosen]
        old.add("metrics", "AporCaudal", "Rio", ["NARE"] * len(days), days, values, "GWh", ("wrong_unit",), fate)
    return _lake_rows([("NARE", _at(dates[place]), _level(90, place)) for place in there])


def _constraints(old: OldSystem, dates: list[dt.date]) -> pa.Table:
    """Days of hours, as their mean instead of their sum, under three names of the country."""
    rows = []
    for place, day in enumerate(dates):
        hour = _level(91, place)
        there = place % PERIOD != 10
        if there:
            rows += [("Sistema", _at(day, each), hour) for each in range(24)]
        spelled = (None, "_SISTEMA_", "Sistema")[place % 3]
        faults = ["wrong_unit", "hours_collapsed", *(["national_spelling"] if spelled != "Sistema" else [])]
        fate = IN_LAKE if there else "a day of unknown hours"
        old.add("metrics", "RestAliv", "Sistema", [spelled], [day], [hour], "GWh", faults, fate)
    return _lake_rows(rows)


def _prices(old: OldSystem, dates: list[dt.date]) -> pa.Table:
    """Hours of a price, divided by a thousand like everything there; hours of zero are lost."""
    rows = []
    for place, day in enumerate(dates):
        there, free = place % PERIOD != 10, place % 10 == 1
        hours = [hour for hour in range(24) if not (free and hour == 3)]
        values = [_level(92, place) + hour / 10 for hour in range(24)]
        if there:
            rows += [("Sistema", _at(day, h), values[h] if h in hours else 0.0) for h in range(24)]
            old.lost_hours += free
        else:
            old.true |= {("PrecBolsNaci", "Sistema", _at(day, h)): values[h] for h in hours}
        old.add(
            "metrics_hourly", "PrecBolsNaci", "Sistema", ["Sistema"] * len(hours), [day] * len(hours),
            [values[h] / 1000 for h in hours], "MWh", ("wrong_unit",), IN_LAKE if there else "kept",
            [h + 1 for h in hours],
        )  # fmt: skip
    return _lake_rows(rows)


def _nonsense(old: OldSystem, dates: list[dt.date]) -> None:
    """What stands for nothing: metrics and entities that XM has not, days and hours that are none."""
    day = dates[len(dates) // 2]
    daily = ("metrics", "VoluUtilDiarEner", "Embalse")
    old.add(
        "metrics",
        "CapEfecNeto",
        "Recurso",
        ["P1"] * 2,
        [day, dates[0]],
        [1.0, 2.0],
        "GWh",
        ("unknown_metric",),
        "refused",
    )
    old.add(
        "metrics", "AporCaudal", "Agente", ["X"] * 2, [day, dates[0]], [1.0, 2.0], "GWh", ("unknown_entity",), "refused"
    )
    old.add(
        *daily,
        ["EMB0"] * 2,
        [dt.date(1999, 1, 1), dt.date(2099, 1, 1)],
        [70.0, 70.0],
        "GWh",
        ("impossible_day",),
        "refused",
    )
    old.add(*daily, ["OTRO"] * 2, [day, dates[0]], [None, None], "GWh", ("no_number",), "refused")
    old.add("metrics", "CapEfecNeta", "Recurso", ["Recurso", None], [day, dates[0]], [0.02, 0.02], "GWh",
            ("members_collapsed", "wrong_unit"), "refused")  # fmt: skip
    old.add("metrics_hourly", "PrecBolsNaci", "Sistema", ["Sistema"] * 2, [day] * 2, [0.07, 0.07], "MWh",
            ("impossible_hour", "wrong_unit"), "refused", [0, 25])  # fmt: skip


def _capacity(old: OldSystem, dates: list[dt.date], plants: int) -> pa.Table:
    """The bulk: kW divided as if they were kWh, half of them zeros that are true, one plant under its name."""
    pieces = []
    name = ("metrics", "CapEfecNeta", "Recurso")
    stamps = pa.array([_at(day) for day in dates], pa.timestamp("ms"))
    for number in range(plants):
        values = np.array([_level(number, place) for place in range(len(dates))]) * (number % 2 == 0)
        code = pa.array([f"P{number}"] * len(dates))
        quality = ["ok"] * len(dates)
        pieces.append(pa.table({"code": code, "ts": stamps, "value": pa.array(values), "quality": quality}))
        spelled = "Planta Cero" if number == 0 else f"P{number}"
        faults = ("wrong_unit", *(["name_for_code"] if number == 0 else []))
        old.add(*name, [spelled] * len(dates), dates, list(values / 1000), "GWh", faults, IN_LAKE)
    return pa.concat_tables(pieces)
