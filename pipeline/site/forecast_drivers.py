"""What moves a forecast, in sentences: level, week, holidays, water and Pacific. Every number is in the warehouse."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from pipeline.core import spanish
from pipeline.site.context import SiteContext
from pipeline.site.forecast_words import Policy, day_of

WEEK = pd.Timedelta(days=7)
HOLIDAYS_AHEAD, HOLIDAYS_SHOWN = 45, 3
#: Holidays with an effect of their own, by month and day; Holy Week moves and is found by its name.
_FIXED = {(1, 1): "new_year", (12, 25): "christmas", (5, 1): "labour_day"}
_NAMED = {"Viernes Santo": "good_friday", "Jueves Santo": "maundy_thursday"}
_STATES = (
    ("reserves", "los embalses están al {}"),
    ("inflows_pct", "los ríos traen {} de su media histórica"),
    ("oni", "el índice de El Niño va en {}"),
)
#: Where reservoirs, rivers and the Pacific stand.
STATE = (
    "SELECT h.series, h.day, h.value, i.unit, i.decimals FROM headline AS h JOIN series_info AS i USING (series) "
    f"WHERE h.series IN ({', '.join(repr(series) for series, _ in _STATES)})"
)


def drivers(site: SiteContext, policy: Policy, rows: pd.DataFrame, future: pd.DataFrame) -> list[str]:
    """Return the sentences, the most telling first.

    Args:
        site: Shared context.
        policy: The series.
        rows: `x, actual, mean, lo80, hi80`: what is known and what is forecast.
        future: The rows from tomorrow on.
    """
    past = rows.dropna(subset=["actual"])
    found = [_level(policy, past, future), _extremes(policy, future)]
    if "holidays" in policy.shown.drivers:
        found += _holidays(site, policy, future)
    if "water" in policy.shown.drivers:
        found.append(_water(site))
    return [text for text in found if text]


def _level(policy: Policy, past: pd.DataFrame, future: pd.DataFrame) -> str:
    """Say how the next seven days compare with the last seven that are known."""
    known = past[past["x"] > past["x"].max() - WEEK]["actual"] if len(past) else past["actual"]
    ahead = future[future["x"] < future["x"].min() + WEEK]
    if known.empty or ahead.empty:
        return ""
    before = float(known.mean())
    if not policy.shown.line:
        last = ahead.iloc[-1]
        if pd.isna(last["lo80"]):
            return ""
        low, high = (spanish.number(float(last[c])) for c in ("lo80", "hi80"))
        return (
            f"Los últimos siete días conocidos promediaron {spanish.headline(before, policy.unit)}; "
            f"dentro de una semana cabe esperar entre {low} y {high}."
        )
    now = float(ahead["mean"].mean())
    change = spanish.variation(now, before)
    if change.direction == "unknown" or change.pct is None:
        return ""
    how = (
        "igual que"
        if change.direction == "flat"
        else f"{spanish.percent(abs(change.pct))} {'más' if change.pct > 0 else 'menos'} que"
    )
    unit = f"{spanish.unit_label(policy.unit)} por {'hora' if policy.hourly else 'día'}"
    if policy.stock:
        unit = spanish.unit_label(policy.unit)
    return (
        f"Los próximos siete días promediarían {spanish.number(now)}{spanish.NBSP}{unit}, "
        f"{how} los últimos siete conocidos."
    )


def _extremes(policy: Policy, future: pd.DataFrame) -> str:
    """Name the highest and the lowest day of the next week, where the week matters."""
    if "extremes" not in policy.shown.drivers:
        return ""
    week = future[future["x"] < future["x"].min() + WEEK]
    if len(week) < 7:
        return ""
    high, low = (week.loc[getattr(week["mean"], which)()] for which in ("idxmax", "idxmin"))
    return (
        f"El día más alto sería el {_day(high['x'])} ({spanish.headline(float(high['mean']), policy.unit)}) "
        f"y el más bajo el {_day(low['x'])} ({spanish.headline(float(low['mean']), policy.unit)})."
    )


def _holidays(site: SiteContext, policy: Policy, future: pd.DataFrame) -> list[str]:
    """Say what each holiday ahead takes, from the effects of its classes."""
    if not site.has("Festivos") or future.empty:
        return []
    first = day_of(future["x"].min())
    names = site.query(
        'SELECT code, name FROM "Festivos" WHERE CAST(code AS DATE) BETWEEN ? AND ? ORDER BY code',
        [first, first + dt.timedelta(HOLIDAYS_AHEAD)],
    )
    effects = {
        str(row["class"]): row
        for row in site.query(
            'SELECT "class", effect, lo, hi FROM forecast_effect WHERE series = ?', [policy.series]
        ).to_dict("records")
    }
    said = []
    for row in names.to_dict("records")[:HOLIDAYS_SHOWN]:
        day = day_of(row["code"])
        known = [effects[name] for name in classes_of(day, str(row["name"])) if name in effects]
        if not known:
            continue
        size = sum(float(effect["effect"]) for effect in known)
        verb = "baja" if size < 0 else "sube"
        amount = spanish.headline(abs(size), policy.unit)
        band = ""
        if len(known) == 1:
            low, high = sorted(abs(float(known[0][c])) for c in ("lo", "hi"))
            band = f" (entre {spanish.number(low)} y {spanish.number(high)} en 95 de cada 100 casos)"
        said.append(f"{row['name']}, {_day(day)}: la demanda {verb} {amount} por ser festivo{band}.")
    return said


def classes_of(day: dt.date, name: str) -> list[str]:
    """Return the classes of the calendar that a holiday belongs to; their effects add up."""
    weekday = day.weekday()
    plain = {0: "monday_holiday", 5: "saturday_holiday"}.get(weekday, "midweek_holiday" if weekday < 5 else "")
    own = _FIXED.get((day.month, day.day)) or next((c for n, c in _NAMED.items() if n in name), "")
    return [found for found in (plain, own) if found]


def _water(site: SiteContext) -> str:
    """Say where reservoirs, rivers and the Pacific stand, each with its day."""
    if not site.has("headline") or not site.has("series_info"):
        return ""
    rows = {str(row["series"]): row for row in site.query(STATE).to_dict("records")}
    said = []
    for series, words in _STATES:
        if series in rows:
            row = rows[series]
            value = spanish.quantity(float(row["value"]), str(row["unit"]), min(int(row["decimals"]), 1))
            said.append(f"{words.format(value)} ({spanish.date(day_of(row['day']))})")
    text = spanish.join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _day(moment: object) -> str:
    day = day_of(moment)
    return f"{spanish.weekday(day)} {day.day} de {spanish.MONTHS[day.month - 1]}"
