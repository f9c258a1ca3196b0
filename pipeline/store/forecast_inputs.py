"""What the models read from the warehouse: the history of each declared series, and that of the agents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import ForecastPolicy
from pipeline.store import warehouse


def read_inputs(path: Path, policies: Iterable[ForecastPolicy]) -> tuple[dict[str, SeriesInput], pd.DataFrame]:
    """Return the history of each forecast series, and that of the agents in one frame, from the domain layer."""
    with warehouse.connect(path) as con:
        drivers = con.execute("SELECT name, day, value FROM forecast_driver ORDER BY name, day").df()
        known = drivers.assign(day=pd.to_datetime(drivers["day"])).pivot_table(
            index="day", columns="name", values="value", aggfunc="last"
        )
        inputs = {}
        for policy in policies:
            if policy.grain == "hourly":
                view, columns = "forecast_input_hourly", "ts, value, quality"
            else:
                view, columns = "forecast_input", "day, value, hours, quality"
            rows = con.execute(f"SELECT {columns} FROM {view} WHERE series = ? ORDER BY 1", [policy.series]).df()
            declared = known[[name for name in policy.drivers if name in known]] if policy.drivers else None
            inputs[policy.series] = SeriesInput(rows, declared, _limits(con, policy.series))
        agents = con.execute(
            "SELECT series, day, value, hours, quality FROM forecast_input_agents ORDER BY series, day"
        ).df()
    return inputs, agents


def _limits(con: duckdb.DuckDBPyConnection, series: str) -> pd.DataFrame:
    """Between what a series can be, by the day from which on it was known."""
    rows = con.execute("SELECT day, least, most FROM forecast_range WHERE series = ? ORDER BY day", [series]).df()
    return rows.assign(day=pd.to_datetime(rows["day"])).set_index("day").astype("float64")
