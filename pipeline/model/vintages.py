"""Vintages: forecasts by model and origin, and the rows of ``forecast_value`` they are kept in.

A vintage keeps every lead up to a month and then one in five: errors at neighbouring leads are nearly the same, and
kept rows are kept for ever. What is shown today keeps all of its leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecasts import BASELINE, COHERENT, Policy
from pipeline.model.contract import VALUE_COLUMNS, Array

DENSE_LEADS = 30
LEAD_STEP = 5


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


def kept_leads(policy: Policy) -> NDArray[np.int64]:
    """Leads that are kept and judged, increasing."""
    if policy.grain == "hourly":
        return np.arange(1, policy.horizon + 1)
    near = np.arange(1, min(DENSE_LEADS, policy.horizon) + 1)
    far = np.arange(DENSE_LEADS + LEAD_STEP, policy.horizon + 1, LEAD_STEP)
    return np.concatenate([near, far])


def read_rows(rows: pd.DataFrame, policy: Policy) -> Vintages:
    """Vintages from rows of ``forecast_value``; those that lack a kept lead are ignored."""
    found: Vintages = {}
    leads = kept_leads(policy)
    ordered = rows[rows["h"] <= policy.horizon].sort_values(["model", "origin", "h"])
    columns = ["mean", "lo80", "hi80", "lo95", "hi95"]
    for (model, _), block in ordered.groupby(["model", "origin"], sort=True):
        cells = np.full((policy.horizon, len(columns)), np.nan)
        cells[block["h"].to_numpy(dtype="int64") - 1] = block[columns].to_numpy(dtype="float64")
        if np.isfinite(cells[leads - 1, 0]).all():
            vintage = Vintage(cells[:, 0], np.full(policy.horizon, np.nan), cells[:, 1:])
            found.setdefault(str(model), {})[pd.Timestamp(block["origin"].iloc[0]).toordinal()] = vintage
    return found


def to_rows(
    policy: Policy,
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
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    frame = pd.concat(blocks, ignore_index=True)
    frame = frame.assign(series=policy.series, run_kind=kind, issued=today, scenario="")
    return frame[list(VALUE_COLUMNS)]


def _block(policy: Policy, model: str, origin: int, vintage: Vintage, leads: NDArray[np.int64]) -> pd.DataFrame:
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


def stack(frames: Iterable[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    """Frames one under the other; an empty frame with the columns where there is none."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
