"""What readers are told beside the numbers, in Spanish: why this model, what holidays do, which misses were worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import holidays
import numpy as np
import pandas as pd

from pipeline.catalog.forecasts import BASELINE, COHERENT, Policy, words
from pipeline.catalog.schema import Correction
from pipeline.core import spanish
from pipeline.forecast.calendar import GROUPS, calendar_table, groups_of, holiday_dates
from pipeline.forecast.contract import EFFECT_COLUMNS, MISS_COLUMNS, POLICY_COLUMNS
from pipeline.forecast.desk import Desk
from pipeline.forecast.forecasters.dhr_ar import regress
from pipeline.forecast.prepare import to_space
from pipeline.forecast.scores import Scored
from pipeline.forecast.vintages import Vintages

LEVEL_DAYS = 365
NORMAL_95 = 1.959963984540054
WORST = 10
NEAR_DAYS = 7
CLEAR_T = 2.0


def policy_row(policy: Policy, shown: str | None, reason: str) -> tuple[object, ...]:
    """One row of ``forecast_policy``; ``shown`` is None when there is no forecast."""
    title = policy.title or policy.series
    roster = ", ".join(policy.models)
    return (
        policy.series, title, policy.metric, policy.entity, policy.unit, policy.grain, policy.horizon, roster, shown,
        reason,
    )  # fmt: skip


def policy_table(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Columns ``POLICY_COLUMNS``."""
    return pd.DataFrame(rows, columns=list(POLICY_COLUMNS))


def reason_of(desk: Desk, by_model: Mapping[str, Scored], scores: pd.DataFrame) -> str:
    """Why the model that is shown is shown."""
    say = words()
    base, shown = by_model.get(BASELINE), desk.shown
    if base is None:
        return say.no_history
    origins = spanish.plural(len(base.origins), say.origin, say.origins)
    if shown == BASELINE:
        recent = any(note.kind == "fallback" and "last" in note.text for note in desk.notes)
        return (say.naive_recent if recent else say.naive_unbeaten).format(origins=origins)
    row = scores[(scores["model"] == shown) & (scores["lead"] == "all")].iloc[0]
    gain, t = float(row["skill"]), float(row["t"])
    repeated = say.last_day if desk.policy.season == desk.policy.steps else say.last_week
    proof = say.gain.format(origins=origins, gain=spanish.number(gain, 0), repeated=repeated)
    if np.isfinite(t):
        proof += (say.sure if t > CLEAR_T else say.unsure).format(t=spanish.number(t, 1))
    return " ".join(part for part in (desk.policy.why, _adding_up(desk), f"{proof}.") if part)


def _adding_up(desk: Desk) -> str:
    """What the shown forecast was made to add up to."""
    if desk.shown != COHERENT:
        return ""
    if not desk.policy.day:
        return words().sources_sum
    return words().hours_sum if desk.policy.day_is == "sum" else words().hours_mean


def missing_reason(kind: str) -> str:
    """Why a series has no forecast, by the kind of its note."""
    why = words().too_short if kind == "NotEnoughHistory" else words().no_data
    return words().missing.format(why=why)


def effects(desk: Desk) -> pd.DataFrame:
    """Effect of each class of the calendar on demand [stored unit], with its 95 % band, columns ``EFFECT_COLUMNS``.

    Taken from the harmonic regression in logarithms, at the mean level of the last year. A class that was not seen has
    no row. Classes add up: 25 December on a Thursday is a midweek holiday and Christmas.
    """
    y = desk.y
    first, last = date.fromordinal(desk.first), date.fromordinal(desk.last)
    calendar = calendar_table(first, last)
    inner = pd.Series(to_space(y.to_numpy(), desk.policy.transform), index=y.index)
    fitted = regress(inner, 0, calendar)
    level = float(np.nanmean(y.to_numpy()[-LEVEL_DAYS:]))
    seen = calendar.loc[y.index[y.notna()]].iloc[-fitted.days :].sum()
    rows = []
    for place, name in enumerate(GROUPS):
        if not seen[name]:
            continue
        centre, error = float(fitted.effects[place]), float(fitted.effect_errors[place])
        bounds = (centre, centre - NORMAL_95 * error, centre + NORMAL_95 * error)
        if desk.policy.transform == "log":
            bounds = tuple(level * (np.exp(b) - 1) for b in bounds)
        rows.append((desk.policy.series, name, words().calendar[name], *(round(b, 4) for b in bounds), int(seen[name])))
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def misses(desk: Desk, corrections: Sequence[Correction]) -> pd.DataFrame:
    """The worst misses of what is shown, a week ahead at most, one a target, columns ``MISS_COLUMNS``.

    A miss is explained only by a declared fact: a holiday, or a fault or event of the source in the catalogue.
    """
    found = _misses_of(desk, desk.vintages) + _misses_of(desk, desk.past_live)
    worst: dict[pd.Timestamp, tuple[float, tuple[object, ...]]] = {}
    for size, target, row in found:
        if target not in worst or size > worst[target][0]:
            worst[target] = (size, row)
    names = _holiday_names(desk)
    ordered = sorted(worst.items(), key=lambda item: (-item[1][0], item[0]))[:WORST]
    rows = [(*row, _fact(desk.policy, target.date(), names, corrections)) for target, (_, row) in ordered]
    return pd.DataFrame(rows, columns=list(MISS_COLUMNS))


def _misses_of(desk: Desk, table: Vintages) -> list[tuple[float, pd.Timestamp, tuple[object, ...]]]:
    steps = desk.policy.steps
    last = min(NEAR_DAYS * steps, desk.policy.horizon)
    values = desk.y.to_numpy()
    rows: list[tuple[float, pd.Timestamp, tuple[object, ...]]] = []
    for origin, vintage in sorted(table.get(desk.shown, {}).items()):
        start = (origin - desk.first + 1) * steps
        for lead in range(1, last + 1):
            place = start + lead - 1
            if not 0 <= place < len(values):
                continue
            actual, mean = float(values[place]), float(vintage.mean[lead - 1])
            if np.isfinite(actual) and np.isfinite(mean):
                target = pd.Timestamp(desk.y.index[place])
                error = round(mean - actual, 6)
                day = date.fromordinal(origin)
                row = (desk.policy.series, desk.shown, day, target, lead, mean, round(actual, 6), error)
                rows.append((abs(error), target, row))
    return rows


def _holiday_names(desk: Desk) -> dict[date, str]:
    years = range(date.fromordinal(desk.first).year, date.fromordinal(desk.last).year + 1)
    named = holidays.country_holidays("CO", years=years, language="es")
    return {day: str(name) for day, name in sorted(named.items())}


def _fact(policy: Policy, day: date, names: Mapping[date, str], corrections: Sequence[Correction]) -> str:
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
