"""What the forecasts promise in running: nothing leaks, nothing wavers, and the night is short."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cached_property
from time import perf_counter

import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import VALUE, SeriesInput, no_rows
from pipeline.catalog.forecasts import BASELINE, COHERENT, ForecastPolicy
from pipeline.forecast.agents import AGENT_SETTINGS, open_agents
from pipeline.forecast.calendar import calendar_table
from pipeline.forecast.forecasters import Context, forecaster
from pipeline.forecast.night import ForecastRun, forecast_series
from pipeline.forecast.origins import ModelSettings
from tests.bench.forecast.accuracy import END, Bench, fast_only
from tests.bench.forecast.data import History, until
from tests.bench.forecast.table import figure, mape, outcomes, same
from tests.bench.table import Line, at_most, told
from tests.forecast.world import forecast

PARTIAL = (52.6, 49.1)
CUT = date(2022, 5, 1)
NIGHT = date(2022, 7, 1)
"""The last day on which demand, hours, price, all sources, inflows and stored water are all at hand."""
SHORT = "2021-01-01"
AGENTS = 1000
SPEED_FITS = 3


def whole_set(history: History, since: str) -> dict[str, SeriesInput]:
    """Every declared series but the losses, to 30 June 2022 (losses by day are in no copy of the real data)."""
    found = {
        "demand_daily": history.demand(since),
        "demand_hourly": history.demand_hours(max(since, "2020-01-01")),
        "price_daily": history.price(since),
        "price_hourly": history.price_hours(max(since, "2020-01-01")),
        "inflow_daily": history.inflow(since),
        "volume_daily": history.volume(),
        "exports_daily": history.exports(since),
        **history.sources(since),
    }
    return {name: until(given, "2022-06-30") for name, given in sorted(found.items())}


class Running:
    """Runs of the whole set.

    Args:
        bench: The real history and how many origins.
    """

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.policies = [policy for policy in bench.policies.values() if policy.series != "losses_daily"]

    @cached_property
    def inputs(self) -> dict[str, SeriesInput]:
        """The whole set since 2016."""
        return whole_set(self.bench.history, "2016-01-01")

    @cached_property
    def first(self) -> tuple[ForecastRun, float]:
        """The first run ever on the whole set, and its seconds."""
        eve = {name: until(given, "2022-06-29") for name, given in self.inputs.items()}
        settings = ModelSettings(score_origins=min(24, self.bench.origins), workers=self.bench.workers)
        started = perf_counter()
        return forecast(eve, NIGHT - timedelta(days=1), self.policies, settings), perf_counter() - started

    def published(self) -> list[Line]:
        """Every published forecast against the seasonal naive, and the sources against their total."""
        result, _ = self.first
        lines, good = [], 0
        for series, model in sorted(result.published.items()):
            error, base = (figure(result.scores, series, m, "all", "mae") for m in (model, BASELINE))
            error /= base
            t = figure(result.scores, series, model, "all", "t")
            origins = int(figure(result.scores, series, model, "all", "origins"))
            good += error <= 1
            lines.append(told(f"{series}, {model}: error / seasonal naive, {origins} origins, t = {t:.1f}", error))
        share = 100 * good / max(len(result.published), 1)
        what = f"published no worse than the seasonal naive in their backtest, {len(result.published)} series [%]"
        return [Line(what, share, "= 100", share == 100), *lines, self._coherence(result)]

    def _coherence(self, result: ForecastRun) -> Line:
        live = result.values[result.values["run_kind"] == "live"]
        group = [policy for policy in self.policies if policy.group]
        table = {p.series: live[(live["series"] == p.series) & (live["model"] == COHERENT)] for p in group}
        sums = {name: rows.set_index("h")["mean"] for name, rows in table.items()}
        total = next(p.series for p in group if p.role == "total")
        gap = (sum(values for name, values in sums.items() if name != total) - sums[total]).abs().max()
        return at_most("sources against their total, largest gap over 90 days [GWh]", float(gap), 1e-6)

    def honesty(self) -> list[Line]:
        """Leak, partial days and determinism, by comparing bytes (1 = identical); every series, fast models."""
        recent = {name: _tail(given, SHORT) for name, given in self.inputs.items()}
        policies = [self._quick(policy) for policy in self.policies]
        first, again = forecast(recent, NIGHT, policies), forecast(recent, NIGHT, policies)
        altered = {name: _shaken(given) for name, given in recent.items()}
        moved = forecast(altered, NIGHT, policies)
        frame = recent["demand_daily"].frame
        # Half built, and marked so by the evidence (views/evidence): models read the mark and do not judge again.
        tail = pd.DataFrame({"day": [NIGHT, NIGHT + timedelta(days=1)], "value": PARTIAL, "quality": "provisional"})
        tail["day"] = pd.to_datetime(tail["day"])
        partial = {**recent, "demand_daily": SeriesInput(pd.concat([frame, tail]))}
        later = NIGHT + timedelta(days=2)
        rows = (_rows(first), _rows(moved))
        early = [table[pd.to_datetime(table["origin"]).dt.date <= CUT] for table in rows]
        whole = [table[table["model"] != COHERENT] for table in early]
        return [
            same("leak test: nothing after an origin reaches it (models)", *whole),
            same("partial-day test: 52.6 and 49.1 GWh change nothing",
                 _rows(forecast(recent, later, policies)), _rows(forecast(partial, later, policies))),
            same("determinism: two runs, same bytes", _rows(first), _rows(again)),
        ]  # fmt: skip

    def _quick(self, policy: ForecastPolicy) -> ForecastPolicy:
        quick = fast_only(policy)
        return quick.model_copy(update={"group": policy.group, "role": policy.role})

    def nightly(self) -> list[Line]:
        """The night after: one day more; and a thousand agents' series at once."""
        result, seconds = self.first
        known = _rows(result)
        workers = self.bench.workers
        started = perf_counter()
        settings = ModelSettings(score_origins=min(24, self.bench.origins), workers=workers)
        forecast(self.inputs, NIGHT, self.policies, settings, known)
        night = perf_counter() - started
        agents = _thousand(self.bench.history.agents())
        started = perf_counter()
        size = replace(AGENT_SETTINGS, workers=workers)
        batch = forecast_series(open_agents(agents, END, size), END, no_rows(VALUE), size)
        hundreds = perf_counter() - started
        made = batch.values["series"].nunique()
        return [
            at_most(f"a night: {len(self.policies)} series, hours included, {workers} processes [s]", night, 90),
            at_most(f"{made} retailers' series, 4 fits each [s]", hundreds, 60),
            told("the first run ever of the same series [s]", seconds),
        ]

    def speed(self) -> list[Line]:
        """Seconds a fit of the engine and of Prophet on six years of demand, best of three, beside their errors."""
        frame = self.bench.demand_input.frame.tail(6 * 365)
        days = pd.DatetimeIndex(frame["day"])
        y: pd.Series[float] = pd.Series(np.log(frame["value"].to_numpy()), index=days).asfreq("D")
        context = Context(calendar_table(y.index[0].date(), date(2026, 3, 1)))
        best = {model: _seconds(model, y, context) for model in ("dhr_ar", "prophet", "prophet_calendar")}
        error = {model: self._error(model) for model in best}
        lines = [
            at_most("dhr_ar, one fit and forecast [s]", best["dhr_ar"], 0.1),
            told("dhr_ar, MAPE leads 1-30 of the demand run [%]", error["dhr_ar"]),
        ]
        for model in ("prophet", "prophet_calendar"):
            ratio = best[model] / best["dhr_ar"]
            lower = error["dhr_ar"] < error[model]
            errors = f"{error['dhr_ar']:.2f} against {error[model]:.2f} %"
            what = f"dhr_ar faster than {model} at lower error ({errors}) [times]"
            lines.append(Line(what, round(ratio, 1), ">= 30", ratio >= 30 and lower))
        return lines

    def _error(self, model: str) -> float:
        result = self.bench.demand_run
        at = set(outcomes(result, self.bench.demand_input, "demand_daily", "prophet")["origin"])
        rows = outcomes(result, self.bench.demand_input, "demand_daily", model)
        return mape(rows[rows["origin"].isin(at) & (rows["h"] <= 30)])


def _seconds(model: str, y: pd.Series[float], context: Context) -> float:
    fit = forecaster(model)
    times = []
    for turn in range(SPEED_FITS):
        # Another seed each time: a fit that was just made would be answered from memory.
        fresh = replace(context, seed=turn)
        started = perf_counter()
        fit(y, 30, fresh)
        times.append(perf_counter() - started)
    return min(times)


def _rows(result: ForecastRun) -> pd.DataFrame:
    hourly = result.hourly.assign(target=pd.to_datetime(result.hourly["target"]))
    daily = result.values.assign(target=pd.to_datetime(result.values["target"]))
    made: pd.DataFrame = pd.concat([daily, hourly], ignore_index=True)
    return made


def _tail(given: SeriesInput, since: str) -> SeriesInput:
    name = "ts" if "ts" in given.frame else "day"
    frame = given.frame[pd.to_datetime(given.frame[name]) >= pd.Timestamp(since)]
    return SeriesInput(frame, given.drivers)


def _shaken(given: SeriesInput) -> SeriesInput:
    """The input with everything after the cut changed, drivers too."""
    name = "ts" if "ts" in given.frame else "day"
    cut = pd.Timestamp(CUT) + pd.Timedelta(days=1)
    late = pd.to_datetime(given.frame[name]) >= cut
    frame = given.frame.assign(value=np.where(late, given.frame["value"] * 1.02 + 0.01, given.frame["value"]))
    drivers = given.drivers
    if drivers is not None:
        drivers = drivers.copy()
        drivers.loc[drivers.index >= cut] = drivers.loc[drivers.index >= cut] * 1.3
    return SeriesInput(frame, drivers)


def _thousand(agents: pd.DataFrame) -> pd.DataFrame:
    """A thousand series: the real ones repeated with 2 % of noise (seed 7), two years each."""
    recent = agents[agents["day"] >= agents["day"].max() - pd.Timedelta(days=730)]
    newest = recent.groupby("series")["day"].transform("max")
    count = recent.groupby("series")["day"].transform("size")
    alive = recent[(newest >= recent["day"].max() - pd.Timedelta(days=30)) & (count > 200)]
    names = sorted(alive["series"].unique())
    rng = np.random.default_rng(7)
    blocks = {str(name): block for name, block in alive.groupby("series")}
    copies = []
    for turn in range(AGENTS):
        block = blocks[names[turn % len(names)]]
        noise = rng.normal(1, 0.02, len(block)) if turn >= len(names) else 1.0
        copies.append(block.assign(series=f"{block['series'].iloc[0]}#{turn}", value=block["value"] * noise))
    made: pd.DataFrame = pd.concat(copies, ignore_index=True)
    return made
