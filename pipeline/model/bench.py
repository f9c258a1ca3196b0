"""The forecast bench: floors of accuracy, calibration, honesty and speed on real history.

It is the one module here that reads files: a folder of ``<Metric>.<Entity>.parquet`` in source units, the shape
of ``../shared/realdata/xm`` (columns ``code``, ``ts``, ``value``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from pipeline.core.errors import UsageError
from pipeline.model.backtest import LEADS
from pipeline.model.calendar import calendar_table, holiday_dates
from pipeline.model.contract import Context, ForecastRun, ModelSettings, SeriesInput
from pipeline.model.forecasters import FAST, forecaster
from pipeline.model.policies import BASELINE, POLICIES, Policy
from pipeline.model.run import run

TODAY = date(2026, 1, 1)
KWH_PER_GWH = 1e6
SPEED_FITS = 3
PARTIAL = (52.6, 49.1)
CUT = date(2025, 11, 1)
HONESTY_DAYS = 400
FROM = pd.Timestamp("2014-01-01")


@dataclass(frozen=True)
class BenchLine:
    """One measured figure beside its floor ("-" where it is only told)."""

    what: str
    value: float
    floor: str
    ok: bool


def read_folder(folder: Path) -> dict[str, SeriesInput]:
    """Daily demand [GWh] and mean spot price [COP/kWh] since 2014 from a folder of XM history.

    Raises:
        UsageError: The folder lacks a file.
    """
    demand, price = _read(folder / "DemaSIN.Sistema.parquet"), _read(folder / "PrecBolsNaci.Sistema.parquet")
    hours = price.groupby(price["ts"].dt.normalize())["value"]
    daily = pd.DataFrame({"value": hours.mean(), "hours": hours.size()}).rename_axis("day").reset_index()
    energy = pd.DataFrame({"day": demand["ts"].dt.normalize(), "value": demand["value"] / KWH_PER_GWH})
    return {"demand_daily": SeriesInput(energy), "price_daily": SeriesInput(daily)}


def _read(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UsageError(f"No such file: {path}", hint="give a folder of <Metric>.<Entity>.parquet (--data)")
    frame = pd.read_parquet(path, columns=["ts", "value"])
    return frame[frame["ts"] >= FROM]


def bench_forecast(folder: Path, workers: int = 2, origins: int = 29) -> list[BenchLine]:
    """Measure the forecasts on real history up to 2025-12-31, seed 7.

    Windows: every model on 29 origins, every 18 days, 2024-07-15 to 2025-12-01; bands on the engines' origins
    every 3 days from 2022-09; price against the naive on 160 origins, every 23 days, from 2015-11.

    Args:
        folder: Folder of XM history.
        workers: Processes for the slow models.
        origins: Scored origins of the slow models; fewer make a quicker, coarser bench.

    Raises:
        UsageError: The folder lacks a file.
    """
    inputs = read_folder(folder)
    started = perf_counter()
    result = run(inputs, TODAY, settings=ModelSettings(score_origins=origins, dense_days=1200, workers=workers))
    seconds = perf_counter() - started
    return [
        *_demand(result, inputs),
        *_published(result),
        *_bands(result, inputs),
        *_price(inputs),
        *_honesty(inputs),
        *_speed(inputs),
        BenchLine(f"first run: every model, {origins} origins, 400 dense [s]", round(seconds, 1), "-", True),
    ]


def _at_most(what: str, value: float, floor: float) -> BenchLine:
    return BenchLine(what, round(value, 3), f"<= {floor:g}", value <= floor)


def _near(what: str, value: float, target: float, tolerance: float) -> BenchLine:
    return BenchLine(what, round(value, 2), f"{target:g} ± {tolerance:g}", abs(value - target) <= tolerance)


def _demand(result: ForecastRun, inputs: Mapping[str, SeriesInput]) -> list[BenchLine]:
    """Error of the published demand forecast, on holidays too, and of every model beside it."""
    shown = result.published["demand_daily"]
    scores = result.scores[result.scores["series"] == "demand_daily"]
    mape = scores.set_index(["model", "lead"])["mape"].to_dict()
    lines = [
        _at_most(f"demand, {shown}, MAPE leads 1-7 [%]", mape[shown, "1-7"], 1.75),
        _at_most(f"demand, {shown}, MAPE leads 1-30 [%]", mape[shown, "all"], 1.80),
    ]
    free = holiday_dates(date(2024, 1, 1), TODAY)
    rows = _outcomes(result, inputs, "demand_daily", shown)
    rest = rows[rows["target"].isin(free)]
    error = 100 * float((rest["mean"] / rest["actual"] - 1).abs().mean())
    lines.append(_at_most(f"demand, {shown}, MAPE on holidays, {len(rest)} forecasts [%]", error, 3.2))
    for model in scores["model"].unique():
        for lead in ("1-7", "all"):
            lines.append(BenchLine(f"demand, {model}, MAPE leads {lead} [%]", round(mape[model, lead], 2), "-", True))
    return lines


def _outcomes(result: ForecastRun, inputs: Mapping[str, SeriesInput], series: str, model: str) -> pd.DataFrame:
    """Backtest rows of a model with what happened in column ``actual``; days not known are left out."""
    frame = inputs[series].frame
    truth = dict(zip(pd.to_datetime(frame["day"]).dt.date, frame["value"], strict=True))
    values = result.values
    rows = values[(values["series"] == series) & (values["model"] == model) & (values["run_kind"] == "backtest")]
    return rows.assign(actual=rows["target"].map(truth)).dropna(subset=["actual"])


def _published(result: ForecastRun) -> list[BenchLine]:
    """Every published forecast against the seasonal naive."""
    mae = result.scores.set_index(["series", "model", "lead"])["mae"].to_dict()
    return [
        _at_most(
            f"{series}, {model}: error / seasonal naive", mae[series, model, "all"] / mae[series, BASELINE, "all"], 1
        )
        for series, model in sorted(result.published.items())
    ]


def _bands(result: ForecastRun, inputs: Mapping[str, SeriesInput]) -> list[BenchLine]:
    """Coverage of the engines' bands over all their dense origins."""
    lines: list[BenchLine] = []
    for policy in POLICIES:
        rows = _outcomes(result, inputs, policy.series, policy.engine)
        for name, nominal, tolerance in (("80", 80.0, 2.5), ("95", 95.0, 1.5)):
            inside = (rows["actual"] >= rows[f"lo{name}"]) & (rows["actual"] <= rows[f"hi{name}"])
            what = f"{policy.series}, {policy.engine}, coverage of {name} %, {rows['origin'].nunique()} origins [%]"
            lines.append(_near(what, 100 * float(inside.mean()), nominal, tolerance))
    return lines


def _price(inputs: Mapping[str, SeriesInput]) -> list[BenchLine]:
    """Published price forecast against the last value, by lead, over ten years."""
    policy = _fast_only(next(p for p in POLICIES if p.series == "price_daily"))
    settings = ModelSettings(score_origins=160, score_spacing=23, dense_spacing=23, dense_days=0)
    result = run(inputs, TODAY, (policy,), settings)
    shown = policy.published[0]
    wape = result.scores.set_index(["model", "lead"])["wape"].to_dict()
    lines = [
        _at_most(f"price, {shown} / naive, leads {lead}", wape[shown, lead] / wape["naive", lead], 1.01)
        for lead in LEADS
    ]
    for model in (shown, "naive"):
        rows = _outcomes(result, inputs, "price_daily", model)
        last = rows[rows["h"] == policy.horizon]
        error = 100 * float((last["mean"] - last["actual"]).abs().sum() / last["actual"].sum())
        what = f"price, {model}, WAPE at day {policy.horizon}, {len(last)} origins [%]"
        lines.append(_at_most(what, error, 47) if model == shown else BenchLine(what, round(error, 2), "-", True))
    return lines


def _fast_only(policy: Policy) -> Policy:
    """The policy without its slow models."""
    roster = tuple(model for model in policy.roster if model in FAST)
    blends = {name: members for name, members in policy.blends.items() if set(members) <= FAST}
    shown = tuple(model for model in policy.published if model in (*roster, *blends))
    return replace(policy, roster=roster, blends=blends, published=shown)


def _honesty(inputs: Mapping[str, SeriesInput]) -> list[BenchLine]:
    """Leak, partial days and determinism, by comparing bytes (1 = identical)."""
    policies = [_fast_only(policy) for policy in POLICIES]
    recent = {name: SeriesInput(given.frame.tail(HONESTY_DAYS)) for name, given in inputs.items()}
    first = run(recent, TODAY, policies).values
    again = run(recent, TODAY, policies).values
    altered = {name: SeriesInput(_shaken(given.frame)) for name, given in recent.items()}
    moved = run(altered, TODAY, policies).values
    frame = recent["demand_daily"].frame
    tail = pd.DataFrame({"day": pd.to_datetime(["2026-01-01", "2026-01-02"]), "value": PARTIAL})
    later = date(2026, 1, 3)
    partial = {**recent, "demand_daily": SeriesInput(pd.concat([frame, tail]))}
    pairs = {
        "leak test: nothing after an origin reaches it": (first[first["origin"] <= CUT], moved[moved["origin"] <= CUT]),
        "partial-day test: 52.6 and 49.1 GWh change nothing": (
            run(recent, later, policies).values,
            run(partial, later, policies).values,
        ),
        "determinism: two runs, same bytes": (first, again),
    }
    return [
        BenchLine(what, float(same := _bytes(left) == _bytes(right)), "identical", same)
        for what, (left, right) in pairs.items()
    ]


def _shaken(frame: pd.DataFrame) -> pd.DataFrame:
    late = pd.to_datetime(frame["day"]) > pd.Timestamp(CUT)
    return frame.assign(value=np.where(late, frame["value"] * 1.3 + 7, frame["value"]))


def _bytes(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, float_format="%.17g").encode()


def _speed(inputs: Mapping[str, SeriesInput]) -> list[BenchLine]:
    """Seconds a fit of the engine and of Prophet on six years of demand; best of three."""
    frame = inputs["demand_daily"].frame.tail(6 * 365)
    days = pd.DatetimeIndex(frame["day"])
    y: pd.Series[float] = pd.Series(np.log(frame["value"].to_numpy()), index=days).asfreq("D")
    context = Context(calendar_table(y.index[0].date(), date(2026, 3, 1)))
    best: dict[str, float] = {}
    for model in ("dhr_ar", "prophet", "prophet_calendar"):
        fit = forecaster(model)
        times = []
        for _ in range(SPEED_FITS):
            started = perf_counter()
            fit(y, 30, context)
            times.append(perf_counter() - started)
        best[model] = min(times)
    lines = [_at_most("dhr_ar, one fit and forecast [s]", best["dhr_ar"], 0.1)]
    for model in ("prophet", "prophet_calendar"):
        ratio = best[model] / best["dhr_ar"]
        lines.append(BenchLine(f"dhr_ar faster than {model} [times]", round(ratio, 1), ">= 30", ratio >= 30))
    return lines
