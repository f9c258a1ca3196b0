"""Which series to run again: what each forecast depends on, as one key a series; what has its last key stays.

A key holds the days that passed the gate and why others did not, the drivers and the range the policy declares, what
others sent, the policy, what may explain a miss, the size of the backtest, and the words and code that make the rows.
The day of the run is not in it: on a day without new data the forecast of yesterday is still the one. Nor is what
another series reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.catalog.forecasts import ForecastPolicy, words
from pipeline.catalog.schema import Correction
from pipeline.forecast.origins import ModelSettings
from pipeline.forecast.series_run import Refused, SeriesRun


def key_of(
    opened: SeriesRun | Refused, settings: ModelSettings, code: str, corrections: Sequence[Correction] = ()
) -> str:
    """Return the key of a series: its gated days, or why there are none, and all else that its rows follow from.

    Args:
        opened: The series.
        settings: Size of the backtest.
        code: Hash of the code that makes the rows.
        corrections: Declared faults and events of the source.
    """
    digest = hashlib.sha256()
    # How many processes fit it does not change a forecast.
    size = replace(settings, workers=1, dask="")
    facts = [fact.model_dump_json() for fact in corrections if opened.policy.metric in fact.metrics]
    for text in (opened.policy.model_dump_json(), words().model_dump_json(), repr(size), code, *facts):
        digest.update(text.encode() + b"\0")
    if isinstance(opened, Refused):
        digest.update(opened.kind.encode())
        return digest.hexdigest()
    y, dropped = opened.y, opened.history.dropped
    digest.update(f"{y.index[0]}\0{sorted(dropped.items())}\0".encode() + y.to_numpy().tobytes())
    if opened.drivers is not None:
        known = opened.drivers.loc[: y.index[-1]]
        digest.update(f"{list(known.columns)}\0{list(known.index[:1])}\0{list(known.index[-1:])}\0".encode())
        digest.update(known.index.to_numpy().tobytes() + known.to_numpy(dtype="float64").tobytes())
    if opened.limits is not None:
        digest.update(opened.limits.loc[: y.index[-1]].to_numpy(dtype="float64").tobytes())
    if opened.outside is not None:
        digest.update(opened.outside.to_csv(index=False).encode())
    return digest.hexdigest()


def stale(policies: Sequence[ForecastPolicy], keys: Mapping[str, str], done: Mapping[str, str]) -> list[str]:
    """Return the series to run: those with another key, and all that must add up with one of them.

    Sources and their total, hours and their day are made to add up together: if one moves, so do the others, and their
    known origins are not fitted again.

    Args:
        policies: The declared series.
        keys: Their keys now.
        done: The keys of the rows that are kept.
    """
    moved = {policy.series for policy in policies if done.get(policy.series) != keys[policy.series]}
    bonds = [{p.series for p in policies if p.group == group} for group in {p.group for p in policies if p.group}]
    bonds += [{policy.series, policy.day} for policy in policies if policy.day]
    while touched := [bond for bond in bonds if bond & moved]:
        moved = moved.union(*touched)
        bonds = [bond for bond in bonds if bond not in touched]
    return [policy.series for policy in policies if policy.series in moved]
