"""Values by day that the checker knows: the last months with tonight's claims, every older month in a file of its own.

A month that no source revises any more is never written again, so that the past costs a night nothing. What each day is
compared with travels beside the values: the browser works out the change of any day by the rule of the claims.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import duckdb

from pipeline.catalog.load import Catalog

MONTH: Final = "datos/verificar/{}.json"
#: Days that stand with the claims of the night, to whole months: what sources revise as a rule, and a month [days].
RECENT: Final = 75
#: What a daily report said of its day and is another value by now.
_REPORTED = """
WITH told AS (
    SELECT first AS day, unnest(from_json(record -> '$.figures',
        '[{"series": "VARCHAR", "value": "DOUBLE", "measure": "VARCHAR"}]')) AS figure
    FROM report WHERE kind = 'daily'
)
SELECT strftime(t.day, '%Y-%m') AS month, i.series, t.day, t.figure.value
FROM told AS t
JOIN series_info AS i ON i.series = t.figure.series
JOIN daily_series AS d ON d.series = i.series AND d.day = t.day AND d.complete
WHERE t.figure.measure = 'day' AND round(t.figure.value, i.decimals) <> round(d.value, i.decimals)
ORDER BY ALL
"""
_BACKS = """
SELECT strftime(day, '%Y-%m') AS month, compare, span, list(week ORDER BY day), list(year ORDER BY day),
       list(last ORDER BY day)
FROM checkable_back WHERE day >= ? AND day <= ? GROUP BY ALL ORDER BY ALL
"""
Older = list[list[object]]


class CheckableDays:
    """Values, older versions and bases of comparison, by month.

    An older version has the day on which it was another; none where a report alone tells of it.

    Args:
        con: Open warehouse.
        last: Newest day with a value.

    Raises:
        duckdb.Error: A view is missing or fails.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, catalog: Catalog, last: dt.date) -> None:
        self.first = (last - dt.timedelta(days=RECENT)).replace(day=1)
        self._values: dict[str, dict[str, list[float | None]]] = defaultdict(dict)
        for month, series, values in con.execute("FROM checkable_value ORDER BY ALL").fetchall():
            if series in catalog.headlines:
                self._values[month][series] = values
        self._older: dict[str, dict[str, Older]] = defaultdict(dict)
        for month, series, day, value, seen in con.execute("FROM checkable_older ORDER BY ALL").fetchall():
            told = [day.isoformat(), round(value, 6), seen.isoformat()]
            self._older[month].setdefault(series, []).append(told)
        for month, series, day, value in con.execute(_REPORTED).fetchall():
            known = self._older[month].setdefault(series, [])
            told = [day.isoformat(), round(value, 6), ""]
            if not any(each[:2] == told[:2] for each in known):
                known.append(told)
        self._marks: dict[str, dict[str, dict[str, list[object]]]] = defaultdict(dict)
        for month, series, side, value, day in con.execute("FROM checkable_mark ORDER BY ALL").fetchall():
            self._marks[month].setdefault(series, {})[side] = [round(value, 6), day.isoformat()]
        self._backs: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
        since = dt.date.fromisoformat(f"{min(self._values, default=last.isoformat()[:7])}-01")
        for month, how, span, *backs in con.execute(_BACKS, [since, last]).fetchall():
            self._backs[month][how] = {"tramo": span, **dict(zip(("week", "year", "last"), backs, strict=True))}

    @property
    def series(self) -> list[str]:
        """Series with values."""
        return sorted({name for month in self._values.values() for name in month})

    @property
    def archive(self) -> str | None:
        """First month that has a file of its own; None without one."""
        return min(self._past(), default=None)

    def recent(self, series: str) -> tuple[dt.date, list[float | None], Older]:
        """Return the values of the last months, from the day of the first on, and what they were."""
        months = [month for month in sorted(self._values) if month >= self.first.isoformat()[:7]]
        known = [month for month in months if series in self._values[month]]
        values = [v for month in known for v in self._values[month][series]]
        older = [told for month in known for told in self._older[month].get(series, [])]
        return (dt.date.fromisoformat(f"{known[0]}-01") if known else self.first), values, older

    def holds(self, series: str, day: dt.date) -> bool:
        """Return whether the values of the last months say what a series was on a day."""
        return day >= self.first and series in self._values[day.isoformat()[:7]]

    def recent_marks(self) -> dict[str, dict[str, list[object]]]:
        """Return the records that stood before the last months, of each series and side, with their day."""
        return self._marks.get(self.first.isoformat()[:7], {})

    def recent_backs(self) -> dict[str, dict[str, object]]:
        """Return what the days of the last months are compared with."""
        joined: dict[str, dict[str, object]] = {}
        for month in sorted(self._backs):
            if month >= self.first.isoformat()[:7]:
                for how, told in self._backs[month].items():
                    known = joined.setdefault(how, {"tramo": told["tramo"], "week": [], "year": [], "last": []})
                    for basis in ("week", "year", "last"):
                        known[basis] = [*known[basis], *told[basis]]  # type: ignore[misc]
        return {how: _brief(told) for how, told in joined.items()}

    def months(self) -> dict[str, dict[str, object]]:
        """Return the document of each month of the past, by its address."""
        return {
            MONTH.format(month): {
                "mes": month,
                "valores": self._values.get(month, {}),
                "antes": self._older.get(month, {}),
                "marcas": self._marks.get(month, {}),
                "bases": {how: _brief(told) for how, told in self._backs[month].items()},
            }
            for month in self._past()
        }

    def _past(self) -> list[str]:
        # Every day since the first value is compared with one: a month without values has its file too.
        return [month for month in sorted(self._backs) if month < self.first.isoformat()[:7]]


def _brief(told: Mapping[str, object]) -> dict[str, object]:
    """Return bases with one number for all days where it is one."""
    return {name: days[0] if isinstance(days, list) and len(set(days)) == 1 else days for name, days in told.items()}
