"""What the forecast bench compares: tables byte by byte, forecasts with what happened."""

from __future__ import annotations

import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.forecast.night import ForecastRun
from tests.bench.table import Line


def near(what: str, value: float, target: float, tolerance: float) -> Line:
    """A figure that must be near a target."""
    return Line(what, round(value, 2), f"{target:g} ± {tolerance:g}", abs(value - target) <= tolerance)


def same(what: str, left: pd.DataFrame, right: pd.DataFrame) -> Line:
    """Whether two tables are the same bytes (1 = yes), and not empty."""
    equal = len(left) > 0 and as_bytes(left) == as_bytes(right)
    return Line(what, float(equal), "identical", equal)


def as_bytes(frame: pd.DataFrame) -> bytes:
    """A table as text, every digit."""
    return frame.to_csv(index=False, float_format="%.17g").encode()


def outcomes(result: ForecastRun, given: SeriesInput, series: str, model: str) -> pd.DataFrame:
    """Backtest rows of a model with what happened in column ``actual``; steps not known are left out."""
    hourly = "ts" in given.frame
    frame, values = given.frame, result.hourly if hourly else result.values
    truth = dict(zip(pd.to_datetime(frame["ts" if hourly else "day"]), frame["value"], strict=True))
    rows = values[(values["series"] == series) & (values["model"] == model) & (values["run_kind"] == "backtest")]
    return rows.assign(actual=pd.to_datetime(rows["target"]).map(truth)).dropna(subset=["actual"])


def mape(rows: pd.DataFrame) -> float:
    """Mean absolute percentage error of rows with their outcome [%]."""
    return 100 * float((rows["mean"] / rows["actual"] - 1).abs().mean())


def wape(rows: pd.DataFrame) -> float:
    """Absolute error over what happened [%]."""
    return 100 * float((rows["mean"] - rows["actual"]).abs().sum() / rows["actual"].abs().sum())


def figure(scores: pd.DataFrame, series: str, model: str, lead: str, name: str) -> float:
    """One figure of the backtest's scores."""
    rows = scores[(scores["series"] == series) & (scores["model"] == model) & (scores["lead"] == lead)]
    return float(rows.loc[rows["run_kind"] == "backtest", name].iloc[0])


def window(rows: pd.DataFrame) -> str:
    """How many origins, from when to when."""
    days = pd.to_datetime(rows["origin"])
    return f"{days.nunique()} origins {days.min().date()} to {days.max().date()}"
