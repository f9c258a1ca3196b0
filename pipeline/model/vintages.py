"""Vintages: forecasts by model and origin, and the rows of ``forecast_value`` they are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.model.contract import VALUE_COLUMNS, Array
from pipeline.model.policies import Policy


@dataclass(frozen=True)
class Vintage:
    """One forecast [stored unit]: mean (h,), native sigma (h,) in the model's space, bands (h, 4) or None."""

    mean: Array
    sigma: Array
    bands: Array | None = None


Vintages = dict[str, dict[int, Vintage]]
"""By model, by ordinal of the origin."""


def read_rows(rows: pd.DataFrame, horizon: int) -> Vintages:
    """Vintages from rows of ``forecast_value``; those of another horizon are ignored."""
    found: Vintages = {}
    ordered = rows.sort_values(["model", "origin", "h"])
    columns = ["mean", "lo80", "hi80", "lo95", "hi95"]
    for (model, _), block in ordered.groupby(["model", "origin"], sort=True):
        cells = block[columns].to_numpy(dtype="float64")
        if len(cells) == horizon:
            vintage = Vintage(cells[:, 0], np.full(horizon, np.nan), cells[:, 1:])
            found.setdefault(str(model), {})[pd.Timestamp(block["origin"].iloc[0]).toordinal()] = vintage
    return found


def to_rows(
    policy: Policy, vintages: Vintages, kind: str, today: date, skip: Mapping[str, frozenset[int]]
) -> pd.DataFrame:
    """Rows of ``forecast_value`` for the vintages with bands that are not in ``skip``, by model and origin."""
    horizon = policy.horizon
    kept = [
        (model, origin, vintage.mean, vintage.bands)
        for model in policy.models
        for origin, vintage in sorted(vintages.get(model, {}).items())
        if vintage.bands is not None and origin not in skip.get(model, frozenset())
    ]
    if not kept:
        return pd.DataFrame(columns=list(VALUE_COLUMNS))
    models, origins, means, bands = zip(*kept, strict=True)
    start, ahead = np.repeat(origins, horizon), np.tile(np.arange(1, horizon + 1), len(kept))
    columns: dict[str, object] = {
        "series": policy.series,
        "model": np.repeat(np.array(models, dtype=object), horizon),
        "run_kind": kind,
        "issued": today,
        "origin": [date.fromordinal(int(day)) for day in start],
        "h": ahead,
        "target": [date.fromordinal(int(day)) for day in start + ahead],
        "mean": np.concatenate(means),
    }
    stacked = np.concatenate(bands)
    columns |= {name: stacked[:, k] for k, name in enumerate(("lo80", "hi80", "lo95", "hi95"))}
    return pd.DataFrame(columns, columns=list(VALUE_COLUMNS))
