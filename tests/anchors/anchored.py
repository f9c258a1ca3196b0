"""The published figures of `anchors.csv`, and a small warehouse made of them.

A row is one figure as its publisher wrote it: metric, entity, code, day, hour, value in the publisher's unit, and `of`,
how many published values it stands for. Where `of` is more than 1 it is their sum (of a price, their mean): the 24
hours of a day, or the plants of one technology too many to be written one by one ('OTRAS SOLAR RAD SOLAR').
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import yaml

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.core.units import UNITS
from tests.views.small_world import Row, Warehouse, list_table, one, open_warehouse, series_table, small_catalog

HERE: Final = Path(__file__).parent
# The days of most figures: whole ones, one of which XM had a fourth of the demand, and the last one of the water.
A, B, HALF, LAST = "2024-04-29", "2024-04-30", "2024-05-03", "2024-05-05"
GWH, MILLION = 1e6, 1e6  # kWh of a GWh, pesos of a MCOP
# Type and fuel of the plants named one by one (ListadoRecursos of 2024-05-06).
THERMAL: Final = {
    "TBST": "GAS", "TCDT": "GAS", "TFL4": "GAS", "TEC1": "ACPM", "TSR1": "ACPM", "TSJ2": "CARBON",
}  # fmt: skip
HYDRO: Final = ("ALBG", "CHBG", "GTPE", "GTRG", "PES1", "PGUG", "PLYS", "SNCR")
RIVERS: Final = ("ALTOANCHICAYA", "CALIMA", "CAUCA SALVAJINA", "DIGUA", "FLORIDA II")  # all of the region VALLE


@dataclass(frozen=True)
class Anchor:
    """One published figure.

    Attributes:
        hour: Hour that it begins, 0 to 23; None when it is of the day, or of the month that begins then.
        value: In `unit`, the publisher's.
        of: How many published values it adds, or averages.
        source: Entry of `sources.yml`.
    """

    metric: str
    entity: str
    code: str
    day: dt.date
    hour: int | None
    value: float
    unit: str
    of: int
    source: str


@cache
def anchors() -> tuple[Anchor, ...]:
    """Return all figures."""
    with (HERE / "anchors.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Anchor(
                row["metric"], row["entity"], row["code"], dt.date.fromisoformat(row["day"]),
                int(row["hour"]) if row["hour"] else None, float(row["value"]), row["unit"], int(row["of"]),
                row["source"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


@cache
def sources() -> Mapping[str, Mapping[str, Any]]:
    """Return who published the figures."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "sources.yml").read_text(encoding="utf-8"))
    return found


def value(metric: str, day: str, code: str = "Sistema", hour: int | None = None) -> float:
    """Return one figure as published, in its own unit."""
    found = [
        a.value
        for a in anchors()
        if (a.metric, a.code, a.hour) == (metric, code, hour) and a.day == dt.date.fromisoformat(day)
    ]
    assert len(found) == 1, f"{len(found)} figures of {metric} {code} on {day} at {hour}"
    return found[0]


def values(metric: str, day: str, entity: str = "Sistema") -> dict[tuple[str, int | None], float]:
    """Return all figures of an entity and day: (code, hour) → value as published."""
    wanted = dt.date.fromisoformat(day)
    return {(a.code, a.hour): a.value for a in anchors() if (a.metric, a.entity, a.day) == (metric, entity, wanted)}


@cache
def metrics() -> Mapping[str, Metric]:
    """Return the metrics of the catalogue."""
    return load_catalog().metrics


def stamped(anchor: Anchor) -> list[tuple[dt.datetime, float]]:
    """Return the figure at the hours of its metric, in the publisher's unit.

    The figure of a whole day of an hourly metric is spread evenly: what adds or averages the hours does not see it.
    """
    metric = metrics()[anchor.metric]
    midnight = dt.datetime.combine(anchor.day, dt.time())
    if metric.grain != "hourly":
        return [(midnight, anchor.value)]
    if anchor.hour is not None:
        return [(midnight + dt.timedelta(hours=anchor.hour), anchor.value)]
    part = anchor.value / 24 if metric.kind == "flow" else anchor.value
    return [(midnight + dt.timedelta(hours=hour), part) for hour in range(24)]


def tables(of: Iterable[Anchor]) -> dict[str, pa.Table]:
    """Return figures as tables of the lake, by `Metric/Entity`, in stored units."""
    found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for anchor in of:
        metric = metrics()[anchor.metric]
        divisor = UNITS[metric.unit.stored].base / UNITS[metric.unit.source].base
        code, version = anchor.code, ""
        if metric.simem is not None:
            code, _, version = anchor.code.partition("|")
        found[f"{anchor.metric}/{anchor.entity}"][version] += [(code, ts, v / divisor) for ts, v in stamped(anchor)]
    return {key: pa.concat_tables(_versioned(key, *item) for item in said.items()) for key, said in found.items()}


def _versioned(key: str, version: str, rows: list[Row]) -> pa.Table:
    table = series_table(key, rows)
    return table.append_column("version", pa.array([version] * table.num_rows, pa.string())) if version else table


def open_anchors(folder: Path, first: dt.date, last: dt.date) -> Warehouse:
    """Return a warehouse over the figures of `first` to `last`, built on the day after."""
    made = tables(a for a in anchors() if first <= a.day <= last)
    for name, rows in listed().items():
        made[f"{name}/Sistema"] = list_table(name, rows)
    return open_warehouse(folder, made, last + dt.timedelta(days=1), small_catalog())


def listed() -> dict[str, list[dict[str, str | None]]]:
    """Return the rows of the lists that the figures need: plants by type and fuel, rivers by region."""
    codes = {a.code for a in anchors() if a.entity == "Recurso" and a.code.startswith("OTRAS ")}
    plants: list[dict[str, str | None]] = []
    for code in sorted(codes):
        _, kind, *fuel = code.split(" ", 2)
        plants.append({"code": code, "name": code, "type": kind, "energy_source": fuel[0] if fuel else None})
    plants += [{"code": c, "name": c, "type": "TERMICA", "energy_source": fuel} for c, fuel in THERMAL.items()]
    plants += [{"code": c, "name": c, "type": "HIDRAULICA", "energy_source": "AGUA"} for c in HYDRO]
    rivers: list[dict[str, str | None]] = [{"code": r, "name": r, "region": "VALLE"} for r in RIVERS]
    return {"ListadoRecursos": plants, "ListadoRios": rivers}


def of_day(con: Warehouse, view: str, day: str) -> dict[str, Any]:
    """Return the only row of a view and day."""
    return one(con, f"SELECT * FROM {view} WHERE day = '{day}'")
