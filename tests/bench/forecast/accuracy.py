"""What the forecasts promise in accuracy and calibration: demand by day and hour, price, water."""

from __future__ import annotations

from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.forecasts import BASELINE, COHERENT, ForecastPolicy
from pipeline.catalog.load import load_catalog
from pipeline.forecast.calendar import holiday_dates
from pipeline.forecast.forecasters import FAST
from pipeline.forecast.night import ForecastRun
from pipeline.forecast.origins import ModelSettings
from tests.bench.forecast.data import History
from tests.bench.forecast.table import figure, mape, near, outcomes, wape, window
from tests.bench.table import Line, at_most, told
from tests.forecast.world import forecast

END = date(2026, 1, 1)
"""The real history ends the day before."""
SINCE = "2014-01-01"
ORIGINS = 29
HYDRO_YEAR = pd.Timestamp("2025-01-01")
"""The first of the origins that the floor of hydro generation was set on; the real data end with that year."""
PRICE_LEADS = {"1-7": (1, 7), "8-14": (8, 14), "15-30": (15, 30), "1-30": (1, 30)}


def fast_only(policy: ForecastPolicy) -> ForecastPolicy:
    """The policy without its slow models, by itself."""
    roster = tuple(model for model in policy.roster if model in FAST)
    blends = {name: members for name, members in policy.blends.items() if set(members) <= FAST}
    shown = tuple(model for model in policy.published if model in (*roster, *blends)) or (policy.engine,)
    update = {"roster": roster, "blends": blends, "published": shown, "group": "", "role": ""}
    return policy.model_copy(update=update)


class Bench:
    """The real history and the runs that several parts share.

    Args:
        history: Where the data are.
        workers: Processes for the slow models.
        origins: Scored origins of the slow models; fewer make a quicker, coarser bench.
    """

    def __init__(self, history: History, workers: int = 2, origins: int = ORIGINS) -> None:
        self.history, self.workers, self.origins = history, workers, origins
        self.policies = {policy.series: policy for policy in load_catalog().forecasts}

    @cached_property
    def demand_input(self) -> SeriesInput:
        """Demand by day."""
        return self.history.demand(SINCE)

    @cached_property
    def demand_run(self) -> ForecastRun:
        """Every model on demand, to the end of 2025; the engine at 400 origins."""
        settings = ModelSettings(score_origins=self.origins, dense_days=1200, workers=self.workers)
        return forecast({"demand_daily": self.demand_input}, END, [self.policies["demand_daily"]], settings)

    def demand(self) -> list[Line]:
        """Error of the published demand forecast, on holidays too, and of every model beside it."""
        result = self.demand_run
        shown = result.published["demand_daily"]
        rows = outcomes(result, self.demand_input, "demand_daily", shown)
        month = rows[rows["h"] <= 30]
        free = holiday_dates(date(2024, 1, 1), date(2026, 4, 1))
        rest = month[pd.to_datetime(month["target"]).dt.date.isin(free)]
        lines = [
            at_most(f"demand, {shown}, MAPE leads 1-7, {window(rows)} [%]", mape(rows[rows["h"] <= 7]), 1.75),
            at_most(f"demand, {shown}, MAPE leads 1-30 [%]", mape(month), 1.80),
            at_most(f"demand, {shown}, MAPE on holidays, {len(rest)} forecasts, leads 1-30 [%]", mape(rest), 3.2),
        ]
        at = set(rows["origin"])
        for model in self.policies["demand_daily"].models:
            own = outcomes(result, self.demand_input, "demand_daily", model)
            own = own[own["origin"].isin(at)]
            lines.append(told(f"demand, {model}, MAPE leads 1-7 [%]", mape(own[own["h"] <= 7])))
            lines.append(told(f"demand, {model}, MAPE leads 1-30 [%]", mape(own[own["h"] <= 30])))
        far = figure(result.scores, "demand_daily", shown, "31-90", "mape")
        return [*lines, told(f"demand, {shown}, MAPE leads 31-90 [%]", far)]

    def hourly(self) -> list[Line]:
        """Hours of the demand in 2023, and the same made to add up to the day."""
        inputs = {"demand_daily": self.demand_input, "demand_hourly": self.history.demand_hours("2020-01-01")}
        policies = [fast_only(self.policies["demand_daily"]), self.policies["demand_hourly"]]
        settings = ModelSettings(score_origins=32, score_spacing=11, dense_spacing=11, dense_days=730)
        result = forecast(inputs, date(2024, 1, 1), policies, settings)
        lines: list[Line] = []
        shown = result.published["demand_hourly"]
        for model in dict.fromkeys((shown, "lear", COHERENT, BASELINE)):
            rows = outcomes(result, inputs["demand_hourly"], "demand_hourly", model)
            rows = rows[pd.to_datetime(rows["origin"]).dt.year == 2023]
            if rows.empty:
                continue
            first, all_ = mape(rows[rows["h"] <= 24]), mape(rows)
            what = f"hourly demand 2023 (DemaSIN's day in DemaCome's hours; c1b851 is not at hand), {model}"
            if model == shown:
                lines.append(at_most(f"{what}, {window(rows)}, MAPE day 1 [%]", first, 1.60))
                lines.append(at_most(f"{what}, MAPE 7 days [%]", all_, 2.00))
            else:
                lines += [told(f"{what}, MAPE day 1 [%]", first), told(f"{what}, MAPE 7 days [%]", all_)]
        table = result.hourly[(result.hourly["model"] == COHERENT) & (result.hourly["run_kind"] == "live")]
        days = table.groupby(pd.to_datetime(table["target"]).dt.normalize())["mean"].sum()
        live = result.values[(result.values["model"] == result.published["demand_daily"])]
        live = live[live["run_kind"] == "live"].set_index(pd.to_datetime(live[live["run_kind"] == "live"]["target"]))
        gap = float((days - live["mean"].reindex(days.index)).abs().max())
        return [*lines, at_most("hourly demand: hours against their day, largest gap [GWh]", gap, 1e-6)]

    def bands(self) -> list[Line]:
        """Coverage of the engines' bands over all their dense origins, leads 1 to 30."""
        price = {"price_daily": self.history.price(SINCE)}
        policy = fast_only(self.policies["price_daily"])
        priced = forecast(price, END, [policy], ModelSettings(score_origins=0, dense_days=1200))
        runs = (("demand_daily", self.demand_run, self.demand_input), ("price_daily", priced, price["price_daily"]))
        lines: list[Line] = []
        for series, result, given in runs:
            engine = self.policies[series].engine
            rows = outcomes(result, given, series, engine)
            rows = rows[rows["h"] <= 30]
            for name, nominal, tolerance in (("80", 80.0, 2.5), ("95", 95.0, 1.5)):
                inside = (rows["actual"] >= rows[f"lo{name}"]) & (rows["actual"] <= rows[f"hi{name}"])
                what = f"{series}, {engine}, coverage of the {name} % band, {window(rows)} [%]"
                lines.append(near(what, 100 * float(inside.mean()), nominal, tolerance))
        return lines

    def price(self) -> list[Line]:
        """Published price forecast against the last value, by lead, over ten years."""
        given = {"price_daily": self.history.price(SINCE)}
        policy = fast_only(self.policies["price_daily"])
        settings = ModelSettings(score_origins=160, score_spacing=23, dense_spacing=23, dense_days=0)
        result = forecast(given, END, [policy], settings)
        shown = policy.published[0]
        own, base = (outcomes(result, given["price_daily"], "price_daily", model) for model in (shown, "naive"))
        own = own[own["origin"].isin(set(base["origin"]))]
        lines = []
        for lead, (first, last) in PRICE_LEADS.items():
            errors = [wape(rows[rows["h"].between(first, last)]) for rows in (own, base)]
            what = f"price, {shown} / last value, leads {lead}, {window(own)}"
            lines.append(at_most(what, errors[0] / errors[1], 1.01))
        lines.append(at_most(f"price, {shown}, WAPE at day 30 [%]", wape(own[own["h"] == 30]), 47))
        return [*lines, told("price, last value, WAPE at day 30 [%]", wape(base[base["h"] == 30]))]

    def water(self) -> list[Line]:
        """Hydro generation at 30 days, in the years of the study and in the drought; stored water at day 30."""
        return [*self._hydro(), *self._volume()]

    def _hydro(self) -> list[Line]:
        """The floor comes from the study's 2025-26, of which 2025 is at hand; the drought of 2024 is told beside it."""
        given = {"hydro_daily": self.history.recent_source("HIDRAULICA")}
        policy = self.policies["hydro_daily"].model_copy(update={"group": "", "role": ""})
        result = forecast(given, END, [policy], ModelSettings(score_origins=self.origins, workers=self.workers))
        shown = policy.published[0]
        rows, base = (outcomes(result, given["hydro_daily"], "hydro_daily", model) for model in (shown, BASELINE))
        base = base[base["origin"].isin(set(rows["origin"]))]
        rows, base = (each[each["h"] <= 30] for each in (rows, base))
        own, naive = (each[pd.to_datetime(each["origin"]) >= HYDRO_YEAR] for each in (rows, base))
        drought = f"hydro, the drought of 2024 inside, {window(rows)}"
        return [
            at_most(f"hydro, {shown}, WAPE leads 1-30, {window(own)} [%]", wape(own), 4.6),
            at_most(f"hydro, {shown} / seasonal naive, leads 1-30, {window(own)}", wape(own) / wape(naive), 1.0),
            told(f"{drought}, {shown}, WAPE leads 1-30 [%]", wape(rows)),
            at_most(f"{drought}, {shown} / seasonal naive", wape(rows) / wape(base), 1.0),
        ]

    def _volume(self) -> list[Line]:
        given = self.history.volume()
        policy = fast_only(self.policies["volume_daily"])
        settings = ModelSettings(score_origins=0, score_spacing=7, dense_spacing=7, dense_days=3010)
        result = forecast({"volume_daily": given}, date(2025, 4, 1), [policy], settings)
        drivers = given.drivers
        capacity = drivers["capacity"].dropna() if drivers is not None else pd.Series(dtype="float64")
        lines = []
        for model in (policy.engine, BASELINE):
            rows = outcomes(result, given, "volume_daily", model)
            rows = rows[(rows["h"] == 30) & (pd.to_datetime(rows["origin"]) >= pd.Timestamp("2017-01-01"))]
            full = capacity.reindex(pd.to_datetime(rows["origin"])).to_numpy()
            points = 100 * float(np.mean((rows["mean"] - rows["actual"]).abs().to_numpy() / full))
            what = f"useful volume, {model}, error at day 30, {window(rows)} [points of capacity]"
            lines.append(at_most(what, points, 4.3) if model == policy.engine else told(what, points))
        return lines
