"""Ridge regression and the design that the calendar models share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.forecast.forecasters import Array

YEAR = 365.2425
RIDGE_WEEKDAY = 0.01
RIDGE_HARMONIC = 2.0
RIDGE_CALENDAR = 0.05


def ridge(x: Array, y: Array, penalty: Array) -> Array:
    """Ridge coefficients, one penalty a column; a trace of jitter keeps constant series solvable.

    Args:
        x: Regressors, shape (n, p).
        y: Targets, shape (n,) or (n, m).
        penalty: Shape (p,).
    """
    gram = x.T @ x + np.diag(penalty + 1e-9)
    solution: Array = np.linalg.solve(gram, x.T @ y)
    return solution


def calendar_design(days: pd.DatetimeIndex, calendar: pd.DataFrame, harmonics: int) -> tuple[Array, Array, slice]:
    """Level, trend, weekday, yearly harmonics and calendar groups.

    Args:
        days: Days in a row.
        calendar: Calendar regressors, indexed by day.
        harmonics: Pairs of waves of the year.

    Returns:
        Regressors, shape (days, columns), their ridge penalties and the columns of the calendar.
    """
    weekday = days.dayofweek.to_numpy()
    elapsed = np.arange(len(days)) / YEAR
    angle = 2 * np.pi * (elapsed + int(days[0].dayofyear) / YEAR)
    columns: list[Array] = [np.ones(len(days)), elapsed]
    penalty = [0.0, 0.0]
    for day in range(1, 7):
        columns.append((weekday == day).astype("float64"))
        penalty.append(RIDGE_WEEKDAY)
    for order in range(1, harmonics + 1):
        columns += [np.sin(order * angle), np.cos(order * angle)]
        penalty += [RIDGE_HARMONIC * order**2] * 2
    start = len(columns)
    cells = calendar.reindex(days).to_numpy(dtype="float64")
    penalty += [RIDGE_CALENDAR] * cells.shape[1]
    return np.column_stack([*columns, cells]), np.array(penalty), slice(start, start + cells.shape[1])
