"""Working days, Saturdays, Sundays and Colombian holidays, and what each does to demand."""

from __future__ import annotations

import holidays
import numpy as np
from numpy.typing import NDArray

from pipeline.emulator.simulate.rng import Floats

WEEKDAY, SATURDAY, SUNDAY, HOLIDAY = range(4)
Days = NDArray[np.datetime64]
_MONTH = np.array([0.976, 1.011, 0.999, 0.993, 0.997, 0.993, 1.003, 1.014, 1.022, 1.003, 1.001, 0.995])
_WEEK = np.array([0.988, 1.001, 1.007, 1.010, 1.009, 0.962, 0.873])
# Holidays by their name in the `holidays` package; any other is an Emiliani Monday.
_NAMED = {
    "Año Nuevo": 0.74,
    "Viernes Santo": 0.80,
    "Jueves Santo": 0.85,
    "Navidad": 0.85,
    "Día de la Independencia": 0.93,
    "Batalla de Boyacá": 0.93,
    "La Inmaculada Concepción": 0.94,
}
_EMILIANI = 0.88
_HALF_DAYS = {(12, 24): 0.94, (12, 31): 0.92, (1, 2): 0.93, (12, 30): 0.965}


def days_between(first: str, last: str) -> Days:
    """Return every day from `first` to `last`, both included."""
    return np.arange(np.datetime64(first), np.datetime64(last) + 1)


def months_of(days: Days) -> NDArray[np.int64]:
    """Return the month number (1–12) of each day."""
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def years_of(days: Days) -> NDArray[np.int64]:
    """Return the year of each day."""
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def day_types(days: Days) -> tuple[NDArray[np.int64], Floats]:
    """Return the type of each day and its demand relative to a mean working day.

    Args:
        days: Ascending days.

    Returns:
        Types (WEEKDAY, SATURDAY, SUNDAY, HOLIDAY) and factors, month of the year included.
    """
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    types = np.where(weekday == 6, SUNDAY, np.where(weekday == 5, SATURDAY, WEEKDAY))
    factors = _WEEK[weekday] * _MONTH[months_of(days) - 1]
    years = range(int(years_of(days[:1])[0]), int(years_of(days[-1:])[0]) + 1)
    position = {day: index for index, day in enumerate(days.tolist())}
    for day, name in holidays.country_holidays("CO", years=years, language="es").items():
        index = position.get(day)
        if index is not None:
            types[index] = HOLIDAY
            factors[index] = min(_NAMED.get(name, _EMILIANI), factors[index])
    for day, index in position.items():
        half = _HALF_DAYS.get((day.month, day.day))
        if half is not None and types[index] == WEEKDAY:
            factors[index] *= half
    return types, factors
