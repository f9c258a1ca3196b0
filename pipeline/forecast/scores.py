"""How wrong each model was, by lead, and whether it beat the seasonal naive at the same origins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecasts import BASELINE, Policy
from pipeline.forecast.contract import SCORE_COLUMNS, Array

DAILY_LEADS: dict[str, tuple[int, int]] = {
    "1-7": (1, 7), "8-14": (8, 14), "15-30": (15, 30), "31-90": (31, 90), "all": (1, 10_000),
}  # fmt: skip
HOURLY_LEADS: dict[str, tuple[int, int]] = {"1-24": (1, 24), "25-168": (25, 168), "all": (1, 10_000)}
"""Lead buckets, first and last step ahead."""
MIN_PAIRED = 3
DECIMALS = 6


@dataclass(frozen=True)
class Scored:
    """Forecasts of one model at its scored origins [stored unit], rows aligned.

    Attributes:
        origins: Ordinals, shape (n,).
        leads: Steps ahead of the columns, shape (k,).
        mean: Forecasts, shape (n, k).
        bands: lo80, hi80, lo95, hi95, shape (n, k, 4).
        actual: What happened, NaN where not known, shape (n, k).
        scale: Mean absolute seasonal difference before each origin [stored unit], shape (n,).
    """

    origins: Array
    leads: NDArray[np.int64]
    mean: Array
    bands: Array
    actual: Array
    scale: Array


def score(policy: Policy, by_model: Mapping[str, Scored], kind: str, published: str) -> pd.DataFrame:
    """Score every model by lead bucket.

    Returns:
        Columns ``SCORE_COLUMNS``: percentages over the scored steps, mae [stored unit], bias as percentage of the
        actual (positive = forecast too high); skill = 100 (1 - error / naive's error) and t over the origins they
        share, NaN for the naive itself and t below three origins. MAPE only where the policy gives it a meaning.
    """
    rows: list[tuple[object, ...]] = []
    base = by_model.get(BASELINE)
    buckets = HOURLY_LEADS if policy.grain == "hourly" else DAILY_LEADS
    for model, scored in by_model.items():
        for lead, (first, last) in buckets.items():
            cut = (scored.leads >= first) & (scored.leads <= last)
            known = np.isfinite(scored.actual) & np.isfinite(scored.mean) & cut[None, :]
            if not known.any():
                continue
            paired = (np.nan, np.nan) if base is None or model == BASELINE else against(scored, base, cut)
            figures = (*_errors(policy, scored, known), *paired)
            counts = (int(known.sum()), int(known.any(axis=1).sum()))
            rounded = [round(figure, DECIMALS) for figure in figures]
            rows.append((policy.series, model, kind, lead, *counts, *rounded, model == published))
    return pd.DataFrame(rows, columns=list(SCORE_COLUMNS))


def _errors(policy: Policy, scored: Scored, known: NDArray[np.bool_]) -> tuple[float, ...]:
    """mape, wape, mase, mae, cov80, cov95, bias over the known steps."""
    actual, error = scored.actual[known], (scored.mean - scored.actual)[known]
    scale = np.broadcast_to(scored.scale[:, None], scored.actual.shape)[known]
    total = max(float(np.abs(actual).sum()), 1e-12)
    nonzero = (np.abs(actual) > 0) & policy.percent_errors
    return (
        100 * float(np.mean(np.abs(error[nonzero] / actual[nonzero]))) if nonzero.any() else float("nan"),
        100 * float(np.abs(error).sum()) / total,
        float(np.mean(np.abs(error) / scale)) if (scale > 0).all() else float("nan"),
        float(np.mean(np.abs(error))),
        *(_coverage(scored.actual, scored.bands[..., k], scored.bands[..., k + 1], known) for k in (0, 2)),
        100 * float(error.sum()) / total,
    )


def _coverage(actual: Array, low: Array, high: Array, known: NDArray[np.bool_]) -> float:
    """Share of known steps inside a band [%]; NaN without bands."""
    sure = known & np.isfinite(low) & np.isfinite(high)
    if not sure.any():
        return float("nan")
    return 100 * float(((actual >= low) & (actual <= high))[sure].mean())


def against(own: Scored, base: Scored, cut: NDArray[np.bool_]) -> tuple[float, float]:
    """Skill [%] and paired t [-] of a model against another at the origins they share; positive is better."""
    _, left, right = np.intersect1d(own.origins, base.origins, return_indices=True)
    mine = np.abs(own.mean - own.actual)[left][:, cut]
    theirs = np.abs(base.mean - base.actual)[right][:, cut]
    both = np.isfinite(mine) & np.isfinite(theirs)
    rows = both.any(axis=1)
    if not rows.any():
        return float("nan"), float("nan")
    mine, theirs, both = mine[rows], theirs[rows], both[rows]
    gain = np.where(both, theirs - mine, 0.0).sum(axis=1) / both.sum(axis=1)
    spread = float(np.std(gain, ddof=1)) if len(gain) >= MIN_PAIRED else 0.0
    t = float(gain.mean() / (spread / np.sqrt(len(gain)))) if spread > 0 else float("nan")
    return 100 * (1 - float(mine[both].sum()) / max(float(theirs[both].sum()), 1e-12)), t
