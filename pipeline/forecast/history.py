"""History of a series: from a frame of the warehouse to days that a model may learn from. The completeness gate.

XM publishes half-built days that look complete: 52.6 GWh over 24 valid hours where the truth is about 230. What may be
quoted is decided before (`views/evidence`); a day that may not is left out, never repaired: it is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import ForecastPolicy, Transform
from pipeline.catalog.value_states import open_states, worst
from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.forecast.forecasters import Array

HOURS = 24
DECIMALS = 4
"""Of forecasts: 0.1 MWh, or 0.1 peso a MWh. Sums of rounded sources are then exact."""


@dataclass(frozen=True)
class GatedHistory:
    """A gated series.

    Attributes:
        y: Valid values on a regular grid of days or hours [stored unit]; NaN where a day is not known. First and
            last day are valid; an hourly grid holds whole days.
        dropped: Days left out and why, by day.
    """

    y: pd.Series[float]
    dropped: dict[date, str]


def gate(given: SeriesInput, policy: ForecastPolicy, today: date, min_history: int) -> GatedHistory:
    """Gate the days of a series.

    A day is left out when it is not over, has fewer than 24 hours, may not be quoted, or is not positive under
    logarithms.

    Args:
        given: Daily frame, any order.
        policy: ForecastPolicy of the series.
        today: Date of the run; today itself is not over.
        min_history: Valid days needed.

    Raises:
        DuplicateKey: Two rows for one day.
        NotEnoughHistory: Fewer valid days than ``min_history``.
    """
    if policy.grain == "hourly":
        return _gate_hours(given, policy, today, min_history)
    frame = given.frame.assign(day=pd.to_datetime(given.frame["day"])).sort_values("day", kind="stable")
    if frame["day"].duplicated().any():
        first = frame.loc[frame["day"].duplicated(), "day"].iloc[0]
        raise DuplicateKey(
            "Two values for one day",
            hint="aggregate the series to one row a day before forecasting",
            series=policy.series,
            day=first.date(),
        )
    frame = frame[(frame["day"] < pd.Timestamp(today)) & frame["value"].notna()].set_index("day")
    reasons = _reasons(frame, policy)
    y = frame["value"].astype("float64")[reasons == ""]
    if len(y) < min_history:
        raise NotEnoughHistory(
            f"{len(y)} valid days, {min_history} needed",
            hint="extract a longer history (--since)",
            series=policy.series,
        )
    grid = y.asfreq("D")
    grid.index.name = "day"
    bad = reasons[reasons != ""]
    return GatedHistory(grid.rename(policy.series), {stamp.date(): str(why) for stamp, why in bad.items()})  # type: ignore[attr-defined]


def _gate_hours(given: SeriesInput, policy: ForecastPolicy, today: date, min_history: int) -> GatedHistory:
    """Gate whole days by their sum; the hours of a day that is left out are left out."""
    hours = given.frame.assign(ts=pd.to_datetime(given.frame["ts"])).sort_values("ts", kind="stable")
    if hours["ts"].duplicated().any():
        first = hours.loc[hours["ts"].duplicated(), "ts"].iloc[0]
        raise DuplicateKey(
            "Two values for one hour",
            hint="aggregate the series to one row an hour before forecasting",
            series=policy.series,
            hour=first,
        )
    hours = hours[hours["value"].notna()]
    if policy.transform == "log":
        hours = hours[hours["value"] > 0]
    by_day = hours.groupby(hours["ts"].dt.normalize())
    days = pd.DataFrame({"value": by_day["value"].sum(), "hours": by_day.size()})
    if "quality" in hours:
        days["quality"] = by_day["quality"].agg(worst)
    frame = days.rename_axis("day").reset_index()
    kept = gate(SeriesInput(frame), policy.model_copy(update={"grain": "daily"}), today, min_history)
    grid = pd.date_range(kept.y.index[0], periods=HOURS * len(kept.y), freq="h", name="ts")
    y = hours.set_index("ts")["value"].astype("float64").reindex(grid)
    y[np.repeat(kept.y.isna().to_numpy(), HOURS)] = np.nan
    return GatedHistory(y.rename(policy.series), kept.dropped)


def _reasons(frame: pd.DataFrame, policy: ForecastPolicy) -> pd.Series[str]:
    """Why each day is left out; an empty text where it is kept. First reason wins."""
    value = frame["value"].astype("float64")
    why = pd.Series("", index=frame.index, dtype="object")

    def mark(mask: pd.Series[bool], text: str) -> None:
        why[mask & (why == "")] = text

    if "hours" in frame:
        mark(frame["hours"].notna() & (frame["hours"] < HOURS), "hours")
    if "quality" in frame:
        mark(frame["quality"].isin(open_states()), "in doubt")
    if policy.transform == "log":
        mark(value <= 0, "not positive")
    return why


def to_space(values: Array, transform: Transform) -> Array:
    """Levels [stored unit] to the model's space."""
    return np.log(values) if transform == "log" else values


def to_levels(values: Array, transform: Transform) -> Array:
    """The model's space back to levels [stored unit]. Under ``log`` a mean becomes a median."""
    return np.exp(values) if transform == "log" else values
