"""Vintages: forecasts by model and origin, and the rows of ``forecast_value`` they are kept in.

A vintage keeps every lead up to a month and then one in five: errors at neighbouring leads are nearly the same, and
kept rows are kept for ever. What is shown today keeps all of its leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecast_frames import FORECAST_TABLES, VALUE, no_rows
from pipeline.catalog.forecasts import BASELINE, COHERENT, ForecastPolicy
from pipeline.forecast.forecasters import Array

DENSE_LEADS = 30
LEAD_STEP = 5
BANDS = 4
EPOCH = date(1970, 1, 1).toordinal()
MANY_DAYS = 10_000_000
"""More than any ordinal of a day: model and origin make one number."""


@dataclass(frozen=True)
class Vintage:
    """One forecast [stored unit]: mean (h,), native sigma (h,) in the model's space, bands (h, 4) or None.

    Leads that are not kept are NaN in a vintage that was read back.
    """

    mean: Array
    sigma: Array
    bands: Array | None = None


Vintages = dict[str, dict[int, Vintage]]
"""By model, by ordinal of the origin."""


def kept_leads(policy: ForecastPolicy) -> NDArray[np.int64]:
    """Leads that are kept and judged, increasing."""
    if policy.grain == "hourly":
        return np.arange(1, policy.horizon + 1)
    near = np.arange(1, min(DENSE_LEADS, policy.horizon) + 1)
    far = np.arange(DENSE_LEADS + LEAD_STEP, policy.horizon + 1, LEAD_STEP)
    return np.concatenate([near, far])


def read_rows(rows: pd.DataFrame, policy: ForecastPolicy) -> Vintages:
    """Vintages from rows of ``forecast_value``; those that lack a kept lead are ignored, the later of two counts."""
    rows = rows[rows["h"] <= policy.horizon]
    if rows.empty:
        return {}
    leads = kept_leads(policy)
    codes, names = pd.factorize(rows["model"])
    days = pd.to_datetime(rows["origin"]).to_numpy().astype("datetime64[D]").astype("int64") + EPOCH
    # One table for all: thousands of nights by models would be as many small frames.
    each, place = np.unique(codes * MANY_DAYS + days, return_inverse=True)
    cells = np.full((len(each), policy.horizon, 1 + BANDS), np.nan)
    columns = ["mean", "lo80", "hi80", "lo95", "hi95"]
    cells[place, rows["h"].to_numpy(dtype="int64") - 1] = rows[columns].to_numpy(dtype="float64")
    blank = np.full(policy.horizon, np.nan)
    found: Vintages = {}
    for row in np.flatnonzero(np.isfinite(cells[:, leads - 1, 0]).all(axis=1)):
        model, origin = divmod(int(each[row]), MANY_DAYS)
        found.setdefault(str(names[model]), {})[origin] = Vintage(cells[row, :, 0], blank, cells[row, :, 1:])
    return dict(sorted(found.items()))


def to_rows(
    policy: ForecastPolicy,
    vintages: Vintages,
    kind: str,
    today: date,
    skip: Mapping[str, frozenset[int]],
) -> pd.DataFrame:
    """Rows of ``forecast_value`` for the vintages with bands that are not in ``skip``, by model and origin."""
    leads = kept_leads(policy)
    everything = np.arange(1, policy.horizon + 1)
    shown = {BASELINE, COHERENT, *policy.published}
    blocks = [
        _block(policy, model, origin, vintage, everything if kind == "live" and model in shown else leads)
        for model in (*policy.models, COHERENT)
        for origin, vintage in sorted(vintages.get(model, {}).items())
        if vintage.bands is not None and origin not in skip.get(model, frozenset())
    ]
    if not blocks:
        return no_rows(VALUE)
    frame = pd.concat(blocks, ignore_index=True)
    frame = frame.assign(series=policy.series, run_kind=kind, issued=today, scenario="")
    return frame[list(FORECAST_TABLES[VALUE])]


def _block(policy: ForecastPolicy, model: str, origin: int, vintage: Vintage, leads: NDArray[np.int64]) -> pd.DataFrame:
    start = date.fromordinal(origin)
    if policy.grain == "hourly":
        first = pd.Timestamp(start) + pd.Timedelta(days=1)
        target: object = first + pd.to_timedelta(leads - 1, unit="h")
    else:
        target = [date.fromordinal(origin + int(h)) for h in leads]
    columns: dict[str, object] = {"model": model, "origin": start, "h": leads, "target": target}
    columns["mean"] = vintage.mean[leads - 1]
    if vintage.bands is not None:
        names = ("lo80", "hi80", "lo95", "hi95")
        columns |= {name: vintage.bands[leads - 1, k] for k, name in enumerate(names)}
    return pd.DataFrame(columns)
