"""Forecasts that others sent: files in the exchange format, read and checked one by one.

A file that is not what it must be is refused whole, with its reason; the others count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalog.forecasts import ForecastPolicy
from pipeline.catalog.hub import COLUMNS, HORIZON, OUTPUT, OUTSIDE, QUANTILES, TEAM
from pipeline.core.errors import ParseError


@dataclass(frozen=True)
class Submissions:
    """What was sent: rows by series, columns `OUTSIDE`, and why each refused file was."""

    rows: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def read_submissions(folder: Path, policies: Iterable[ForecastPolicy]) -> Submissions:
    """Read every file of ``folder/model-output/<team-model>/``; no folder, no submissions.

    Args:
        folder: Where submissions lie.
        policies: The declared series; daily ones may be forecast by anyone.
    """
    series = {policy.series for policy in policies if policy.grain == "daily"}
    found, refused = [], []
    for path in sorted((folder / OUTPUT).glob("*/*.csv")):
        try:
            found.append(_read(path, series))
        except ParseError as error:
            refused.append(f"submission {path.parent.name}/{path.name}: {error.message}")
    if not found:
        return Submissions(refused=tuple(refused))
    rows = pd.concat(found, ignore_index=True)
    by_series = {
        str(name): block[list(OUTSIDE)].sort_values(["team", "origin", "h"]).reset_index(drop=True)
        for name, block in rows.groupby("target", sort=True)
    }
    return Submissions(by_series, tuple(refused))


def _read(path: Path, series: set[str]) -> pd.DataFrame:
    team, day = path.parent.name, path.name[:10]
    if not TEAM.fullmatch(team) or path.name != f"{day}-{team}.csv":
        raise _wrong("name", f"it must be called AAAA-MM-DD-{team}.csv, the folder team-model")
    try:
        origin = dt.date.fromisoformat(day)
        table = pd.read_csv(path, dtype={"origin_date": str, "target": str, "target_end_date": str})
    except (ValueError, OSError) as error:
        raise _wrong("file", str(error)) from error
    if missing := [name for name in COLUMNS if name not in table and name != "target_end_date"]:
        raise _wrong("columns", f"without {', '.join(missing)}")
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in ("horizon", "value", "output_type_id")}
    level = numbers["output_type_id"].where(table["output_type"] != "median", 0.5)
    faults = {
        "origin_date": table["origin_date"] != origin.isoformat(),
        "target": ~table["target"].isin(series),
        "horizon": ~numbers["horizon"].isin(range(1, HORIZON + 1)),
        "output_type": ~table["output_type"].isin(["quantile", "median"]),
        "output_type_id": ~level.isin(list(QUANTILES)),
        "value": ~np.isfinite(numbers["value"]),
    }
    for name, wrong in faults.items():
        if wrong.any():
            raise _wrong(name, f"line {int(np.flatnonzero(wrong)[0]) + 2}")
    return _wide(team, origin, table["target"], numbers["horizon"], level, numbers["value"])


def _wide(
    team: str, origin: dt.date, target: pd.Series[str], horizon: pd.Series[float], level: pd.Series[float],
    value: pd.Series[float],
) -> pd.DataFrame:  # fmt: skip
    """One row a series and lead, one column a quantile."""
    long = pd.DataFrame({"target": target, "h": horizon.astype("int64"), "level": level, "value": value})
    if long.duplicated(["target", "h", "level"]).any():
        raise _wrong("rows", "two values for one quantile")
    wide = long.pivot_table(index=["target", "h"], columns="level", values="value", aggfunc="first")
    wide = wide.reindex(columns=list(QUANTILES))
    if wide[0.5].isna().any():
        raise _wrong("output_type_id", "a forecast without its median")
    ordered = wide.ffill(axis=1)
    if (ordered.diff(axis=1) < 0).any(axis=None):
        raise _wrong("value", "quantiles that fall")
    return wide.rename(columns=QUANTILES).reset_index().assign(team=team, origin=origin.isoformat())


def _wrong(what: str, why: str) -> ParseError:
    return ParseError(f"{what}: {why}", hint="see data/submissions/README.md")
