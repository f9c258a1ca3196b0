"""What readers are told beside the numbers, in Spanish: why this model, what holidays do, which misses were worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import holidays
import numpy as np
import pandas as pd

from pipeline.catalog.forecast_frames import EFFECT, FORECAST_TABLES, MISS
from pipeline.catalog.forecasts import BASELINE, COHERENT, ForecastPolicy, words
from pipeline.catalog.schema import Correction
from pipeline.core import spanish
from pipeline.forecast.calendar import GROUPS, calendar_table, groups_of, holiday_dates
from pipeline.forecast.forecasters.dhr_ar import regress
from pipeline.forecast.history import to_space
from pipeline.forecast.scores import Scored
from pipeline.forecast.series_run import SeriesRun
from pipeline.forecast.vintages import Vintages

LEVEL_DAYS = 365
NORMAL_95 = 1.959963984540054
WORST = 10
NEAR_DAYS = 7
CLEAR_T = 2.0
EVEN = 0.5
"""Gain over the naive below which nobody is called better [%]."""


def policy_row(policy: ForecastPolicy, shown: str | None, reason: str) -> tuple[object, ...]:
    """One row of ``forecast_policy``; ``shown`` is None when there is no forecast."""
    title = policy.title or policy.series
    roster = ", ".join(policy.models)
    return (
        policy.series, title, policy.metric, policy.entity, policy.unit, policy.grain, policy.horizon, roster, shown,
        reason,
    )  # fmt: skip


def reason_of(run: SeriesRun, by_model: Mapping[str, Scored], scores: pd.DataFrame) -> str:
    """Why the model that is shown is shown."""
    say = words()
    base, shown = by_model.get(BASELINE), run.shown
    if base is None:
        return say.no_history
    origins = spanish.plural(len(base.origins), say.origin, say.origins)
    if shown == BASELINE:
        recent = any(note.kind == "fallback" and "last" in note.text for note in run.notes)
        return (say.naive_recent if recent else say.naive_unbeaten).format(origins=origins)
    row = scores[(scores["model"] == shown) & (scores["lead"] == "all")].iloc[0]
    gain, t = float(row["skill"]), float(row["t"])
    repeated = say.last_day if run.policy.season == run.policy.steps else say.last_week
    compared = say.even if abs(gain) < EVEN else say.gain if gain > 0 else say.loss
    proof = compared.format(origins=origins, gain=spanish.number(abs(gain), 0), repeated=repeated)
    if np.isfinite(t) and compared is not say.even:
        proof += say.sure if abs(t) > CLEAR_T else say.unsure
    # What the file says of the preferred model is not said of another one.
    why = run.policy.why if run.base == run.policy.published[0] else say.second_choice
    return " ".join(part for part in (why, _adding_up(run), f"{proof}.") if part)


def _adding_up(run: SeriesRun) -> str:
    """What the shown forecast was made to add up to."""
    if run.shown != COHERENT:
        return ""
    if not run.policy.day:
        return words().sources_sum
    return words().hours_sum if run.policy.day_is == "sum" else words().hours_mean


def missing_reason(kind: str) -> str:
    """Why a series has no forecast, by the kind of its note."""
    why = words().too_short if kind == "NotEnoughHistory" else words().no_data
    return words().missing.format(why=why)


def effects(run: SeriesRun) -> pd.DataFrame:
    """Effect of each class of the calendar on demand [stored unit], with its 95 % band, columns of ``forecast_effect``.

    Taken from the harmonic regression in logarithms, at the mean level of the last year. A class that was not seen has
    no row. Classes add up: 25 December on a Thursday is a midweek holiday and Christmas.
    """
    y = run.y
    first, last = date.fromordinal(run.first), date.fromordinal(run.last)
    calendar = calendar_table(first, last)
    inner = pd.Series(to_space(y.to_numpy(), run.policy.transform), index=y.index)
    fitted = regress(inner, 0, calendar)
    level = float(np.nanmean(y.to_numpy()[-LEVEL_DAYS:]))
    seen = calendar.loc[y.index[y.notna()]].iloc[-fitted.days :].sum()
    rows = []
    for place, name in enumerate(GROUPS):
        if not seen[name]:
            continue
        centre, error = float(fitted.effects[place]), float(fitted.effect_errors[place])
        bounds = (centre, centre - NORMAL_95 * error, centre + NORMAL_95 * error)
        if run.policy.transform == "log":
            bounds = tuple(level * (np.exp(b) - 1) for b in bounds)
        rows.append((run.policy.series, name, words().calendar[name], *(round(b, 4) for b in bounds), int(seen[name])))
    return pd.DataFrame(rows, columns=list(FORECAST_TABLES[EFFECT]))


def misses(run: SeriesRun, corrections: Sequence[Correction]) -> pd.DataFrame:
    """The worst misses of what is shown, a week ahead at most, one a target, columns of ``forecast_miss``.

    A miss is explained only by a declared fact: a holiday, or a fault or event of the source in the catalogue.
    """
    found = _misses_of(run, run.vintages) + _misses_of(run, run.past_live)
    worst: dict[pd.Timestamp, tuple[float, tuple[object, ...]]] = {}
    for size, target, row in found:
        if target not in worst or size > worst[target][0]:
            worst[target] = (size, row)
    names = _holiday_names(run)
    ordered = sorted(worst.items(), key=lambda item: (-item[1][0], item[0]))[:WORST]
    rows = [(*row, _fact(run.policy, target.date(), names, corrections)) for target, (_, row) in ordered]
    return pd.DataFrame(rows, columns=list(FORECAST_TABLES[MISS]))


def _misses_of(run: SeriesRun, table: Vintages) -> list[tuple[float, pd.Timestamp, tuple[object, ...]]]:
    steps = run.policy.steps
    last = min(NEAR_DAYS * steps, run.policy.horizon)
    values = run.y.to_numpy()
    rows: list[tuple[float, pd.Timestamp, tuple[object, ...]]] = []
    for origin, vintage in sorted(table.get(run.shown, {}).items()):
        start = (origin - run.first + 1) * steps
        for lead in range(1, last + 1):
            place = start + lead - 1
            if not 0 <= place < len(values):
                continue
            actual, mean = float(values[place]), float(vintage.mean[lead - 1])
            if np.isfinite(actual) and np.isfinite(mean):
                target = pd.Timestamp(run.y.index[place])
                error = round(mean - actual, 6)
                day = date.fromordinal(origin)
                row = (run.policy.series, run.shown, day, target, lead, mean, round(actual, 6), error)
                rows.append((abs(error), target, row))
    return rows


def _holiday_names(run: SeriesRun) -> dict[date, str]:
    years = range(date.fromordinal(run.first).year, date.fromordinal(run.last).year + 1)
    named = holidays.country_holidays("CO", years=years, language="es")
    return {day: str(name) for day, name in sorted(named.items())}


def _fact(policy: ForecastPolicy, day: date, names: Mapping[date, str], corrections: Sequence[Correction]) -> str:
    """A declared fact about a day, in Spanish; empty when there is none."""
    if day in names:
        return words().holiday.format(name=names[day])
    groups = groups_of(day, holiday_dates(date(day.year - 1, 12, 1), date(day.year + 1, 1, 31)))
    if groups:
        return words().special_day.format(name=words().calendar[groups[-1]].lower())
    for fact in corrections:
        inside = fact.start is not None and fact.start <= day <= (fact.end or fact.start)
        if inside and policy.metric in fact.metrics and fact.kind in ("gap", "event", "partial"):
            return fact.text
    return ""
