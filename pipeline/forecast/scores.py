"""How wrong each model was, by lead, and whether it beat the seasonal naive at the same origins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.catalog.forecast_frames import FORECAST_TABLES, SCORE
from pipeline.catalog.forecasts import BASELINE, COHERENT, ForecastPolicy
from pipeline.forecast.forecasters import Array
from pipeline.forecast.origins import naive_scale
from pipeline.forecast.proper import ranked_probability_score, weighted_interval_score
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import BANDS, Vintage

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


def scored(run: SeriesRun) -> dict[str, Scored]:
    """Backtest forecasts at the scored origins, by model: the same origins for every model, so that figures compare."""
    policy = run.policy
    dense = {BASELINE, policy.engine, *policy.blends.get(policy.engine, ())}
    sparse = [set(run.vintages.get(model, {})) for model in policy.roster if model not in dense]
    if any(sparse):
        judged = set.union(*sparse)
    else:
        judged = {o for found in run.vintages.values() for o in found if o % run.settings.score_spacing == 0}
    judged = {o for o in judged if run.first <= o < run.last}
    return {
        model: gathered(run, run.vintages[model], ready)
        for model in (*policy.models, COHERENT)
        if (ready := sorted(judged & run.vintages.get(model, {}).keys()))
    }


def scored_live(run: SeriesRun) -> dict[str, Scored]:
    """Live forecasts of earlier runs of which something is known by now, by model."""
    return {
        model: gathered(run, found, ready)
        for model, found in sorted(run.past_live.items())
        if (ready := sorted(o for o in found if run.first <= o < run.last))
    }


def gathered(run: SeriesRun, found: Mapping[int, Vintage], origins: Sequence[int]) -> Scored:
    """Vintages of a model beside what happened."""
    blank = np.full((run.policy.horizon, BANDS), np.nan)
    rows = [found[origin] for origin in origins]
    return Scored(
        np.array(origins, dtype="float64"),
        run.leads,
        np.array([row.mean[run.leads - 1] for row in rows]),
        np.array([(blank if row.bands is None else row.bands)[run.leads - 1] for row in rows]),
        run.truth(origins),
        naive_scale(run.y, origins, max(run.policy.season, 7), run.policy.steps),
    )


def skill(by_model: Mapping[str, Scored], model: str) -> float:
    """Skill of a model against the seasonal naive in the backtest [%]; NaN when there is none."""
    own, base = by_model.get(model), by_model.get(BASELINE)
    if own is None or base is None:
        return float("nan")
    return against(own, base, np.ones(len(own.leads), dtype=bool))[0]


def score(policy: ForecastPolicy, by_model: Mapping[str, Scored], kind: str, published: str) -> pd.DataFrame:
    """Score every model by lead bucket.

    Returns:
        Columns of ``forecast_score``: percentages over the scored steps; mae, wis and crps [stored unit]; bias as
        percentage of the actual (positive = forecast too high); skill = 100 (1 - error / naive's error) and t over the
        origins they share, NaN for the naive itself and t below three origins. MAPE only where the policy gives it a
        meaning.
    """
    rows: list[tuple[object, ...]] = []
    base = by_model.get(BASELINE)
    buckets = HOURLY_LEADS if policy.grain == "hourly" else DAILY_LEADS
    for model, judged in by_model.items():
        for lead, (first, last) in buckets.items():
            cut = (judged.leads >= first) & (judged.leads <= last)
            known = np.isfinite(judged.actual) & np.isfinite(judged.mean) & cut[None, :]
            if not known.any():
                continue
            paired = (np.nan, np.nan) if base is None or model == BASELINE else against(judged, base, cut)
            figures = (*_errors(policy, judged, known), *paired)
            counts = (int(known.sum()), int(known.any(axis=1).sum()))
            rounded = [round(figure, DECIMALS) for figure in figures]
            rows.append((policy.series, model, kind, lead, *counts, *rounded, model == published))
    return pd.DataFrame(rows, columns=list(FORECAST_TABLES[SCORE]))


def _errors(policy: ForecastPolicy, judged: Scored, known: NDArray[np.bool_]) -> tuple[float, ...]:
    """mape, wape, mase, mae, cov80, cov95, bias, wis, crps over the known steps."""
    actual, error = judged.actual[known], (judged.mean - judged.actual)[known]
    scale = np.broadcast_to(judged.scale[:, None], judged.actual.shape)[known]
    total = max(float(np.abs(actual).sum()), 1e-12)
    nonzero = (np.abs(actual) > 0) & policy.percent_errors
    return (
        100 * float(np.mean(np.abs(error[nonzero] / actual[nonzero]))) if nonzero.any() else float("nan"),
        100 * float(np.abs(error).sum()) / total,
        float(np.mean(np.abs(error) / scale)) if (scale > 0).all() else float("nan"),
        float(np.mean(np.abs(error))),
        *(_coverage(judged.actual, judged.bands[..., k], judged.bands[..., k + 1], known) for k in (0, 2)),
        100 * float(error.sum()) / total,
        *(_proper(score, judged, known) for score in (weighted_interval_score, ranked_probability_score)),
    )


def _proper(score: Callable[[Array, Array, Array], Array], judged: Scored, known: NDArray[np.bool_]) -> float:
    """Mean of a proper score over the known steps with a band [stored unit]; NaN without bands."""
    sure = known & np.isfinite(judged.bands).all(axis=2)
    if not sure.any():
        return float("nan")
    return float(score(judged.mean[sure], judged.bands[sure], judged.actual[sure]).mean())


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
