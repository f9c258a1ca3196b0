"""Real values of 2023 to 2025: what is withheld though nothing is wrong, May 2024, and what a day is compared with."""

from __future__ import annotations

from typing import Final

from pipeline.core.log import get_logger
from tests.bench.table import Line, at_most, exactly, told
from tests.bench.truth_world import REAL_LAST, REAL_SINCE, Worlds, absent
from tests.truth.real import HALF, MONTH, days_with_value, extreme_days, withheld_days, wrong_signs

log = get_logger("bench")
SIGNED: Final = ("demand", "generation", "demand_real", "demand_commercial")


def bench_clean(worlds: Worlds) -> list[Line]:
    """Count what may not be quoted on the real window though nothing is wrong with it."""
    what = "clean: days wrongly withheld, all headline series [%]"
    if not worlds.has_real:
        return [absent(what), absent("clean: true extremes withheld")]
    with worlds.real() as con:
        held = withheld_days(con, REAL_SINCE, REAL_LAST)
        days = days_with_value(con, REAL_SINCE, REAL_LAST)
        extremes = list(extreme_days(con, REAL_SINCE, REAL_LAST))
    for series, found in held.items():
        log.warning("withheld", series=series, days=len(found), first=f"{found[0]}", last=f"{found[-1]}")
    missing = [(series, day) for series, day, complete in extremes if not complete]
    for series, day in missing:
        log.warning("true extreme withheld", series=series, day=f"{day}")
    return [
        told("clean: days of all headline series", days),
        at_most(what, sum(map(len, held.values())) / max(days, 1) * 100, 0.3),
        told("clean: true extremes looked at (three highest and lowest of each)", len(extremes)),
        exactly("clean: true extremes withheld", len(missing), 0),
    ]


def bench_may(worlds: Worlds) -> list[Line]:
    """Tell restrictions per kWh of 3 May 2024 and of its month: right, or unknown."""
    names = ("may: restrictions of 3 May 2024 [COP/kWh], 27.98 or unknown", "may: of May 2024, 45.9 or unknown")
    if not worlds.has_real:
        return [absent(name) for name in names]
    with worlds.real() as con:
        day = con.execute(
            "SELECT value FROM daily_series WHERE series = 'rest_before_unit' AND day = ? AND complete", [HALF]
        ).fetchone()
        month = con.execute("SELECT before_unit FROM restrictions_monthly WHERE month = ?", [MONTH]).fetchone()
    lines = []
    for name, row, right in zip(names, (day, month), (27.98, 45.9), strict=True):
        value = row[0] if row and row[0] is not None else None
        ok = value is None or abs(value - right) <= 0.6
        lines.append(Line(name, -1.0 if value is None else value, f"= {right:g}", ok=ok))
    return lines


def bench_like(worlds: Worlds) -> list[Line]:
    """Count the year-ago changes whose sign is not that of the like day."""
    what = "like: year-ago changes of another sign than the like day's [%]"
    if not worlds.has_real:
        return [absent(what)]
    with worlds.real() as con:
        found = [wrong_signs(con, series) for series in SIGNED]
    wrong, dated, count = (sum(row[n] for row in found) for n in range(3))
    return [
        told("like: changes compared", count),
        told("like: another sign by the same date, as before [%]", dated / max(count, 1) * 100),
        exactly(what, wrong / max(count, 1) * 100, 0) if count else absent(what),
    ]
