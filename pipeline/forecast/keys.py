"""What each forecast depends on, as one key a series: what has the key of the last run is not run again.

A key holds the days that passed the gate and why others did not, the drivers the policy declares, the policy, what may
explain a miss, the size of the backtest, and the words and code that make the rows. The day of the run is not in it:
on a day without new data the forecast of yesterday is still the one. Nor is what another series reads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from pipeline.catalog.forecasts import Policy, words
from pipeline.catalog.schema import Correction
from pipeline.core.errors import DuplicateKey, NotEnoughHistory
from pipeline.forecast.contract import ModelSettings, SeriesInput
from pipeline.forecast.prepare import Prepared, prepare


def series_keys(
    inputs: Mapping[str, SeriesInput],
    today: date,
    policies: Sequence[Policy],
    settings: ModelSettings,
    corrections: Sequence[Correction] = (),
    code: str = "",
) -> tuple[dict[str, str], dict[str, date]]:
    """Return the key of each declared series, and the newest day of those that can be forecast.

    Args:
        inputs: History by forecast series.
        today: Date of the run.
        policies: The declared series.
        settings: Size of the backtest.
        corrections: Declared faults and events of the source.
        code: Hash of the code that makes the rows.
    """
    keys, newest = {}, {}
    for policy in policies:
        given = inputs.get(policy.series)
        facts = [fact.model_dump_json() for fact in corrections if policy.metric in fact.metrics]
        if given is None or given.frame.empty:
            keys[policy.series] = key_of(policy, "no data", None, settings, code, *facts)
            continue
        try:
            prepared = prepare(given, policy, today, settings.min_history)
        except (NotEnoughHistory, DuplicateKey) as error:
            keys[policy.series] = key_of(policy, type(error).__name__, None, settings, code, *facts)
            continue
        newest[policy.series] = prepared.y.index[-1].date()
        drivers = None
        if given.drivers is not None:
            drivers = given.drivers[[name for name in policy.drivers if name in given.drivers]]
            drivers = drivers.loc[: prepared.y.index[-1]]
        keys[policy.series] = key_of(policy, prepared, drivers, settings, code, *facts)
    return keys, newest


def key_of(
    policy: Policy, data: Prepared | str, drivers: pd.DataFrame | None, settings: ModelSettings, code: str, *facts: str
) -> str:
    """Return the key of a series: its gated days, or why there are none, and all else that its rows follow from."""
    digest = hashlib.sha256()
    # How many processes fit it does not change a forecast.
    size = replace(settings, workers=1, dask="")
    for text in (policy.model_dump_json(), words().model_dump_json(), repr(size), code, *facts):
        digest.update(text.encode() + b"\0")
    if isinstance(data, str):
        digest.update(data.encode())
    else:
        digest.update(f"{data.y.index[0]}\0{sorted(data.dropped.items())}\0".encode() + data.y.to_numpy().tobytes())
    if drivers is not None:
        digest.update(f"{list(drivers.columns)}\0{list(drivers.index[:1])}\0{list(drivers.index[-1:])}\0".encode())
        digest.update(drivers.index.to_numpy().tobytes() + drivers.to_numpy(dtype="float64").tobytes())
    return digest.hexdigest()


def stale(policies: Sequence[Policy], keys: Mapping[str, str], done: Mapping[str, str]) -> list[Policy]:
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
    return [policy for policy in policies if policy.series in moved]
