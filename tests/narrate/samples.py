"""Claims of one day, as the table has them: one or more of every kind, with what a sentence of each must say."""

# ruff: noqa: E501 - sentences are kept whole
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import duckdb

from pipeline.narrate.claims import Claim

DAY = dt.date(2026, 11, 26)


def claim(
    identity: str,
    kind: str,
    said: str = "",
    figures: Mapping[str, float] | None = None,
    words: Mapping[str, str] | None = None,
    *,
    unit: str = "GWh",
    decimals: int = 1,
    day: dt.date = DAY,
    period: str = "day",
    days: Mapping[str, dt.date] | None = None,
    parts: Mapping[str, float] | None = None,
    subject: str = "",
    significance: float = 0.5,
    metric: str = "DemaSIN",
) -> Claim:
    """Return a claim; what is not given is as it is for a value of a day."""
    named = {"said": said, "share_of": "", "manner": "flow", **(words or {})}
    return Claim(
        identity, kind, ("inicio",), subject or identity.split(".")[1], "país", dict(figures or {}), dict(parts or {}),
        named, dict(days or {}), unit, decimals, day, period, "ok", "última publicada", significance, (metric,),
        f"SELECT 1 AS one -- {identity}",
    )  # fmt: skip


WEEK, YEAR = ({"base": DAY - dt.timedelta(days=days)} for days in (7, 364))
LIKE = {"basis": "el jueves de la semana anterior", "against": "week"}
DEMAND = claim(
    "compare.demand.week", "comparison", "la demanda del país",
    {"value": 247.47, "base": 256.44, "change": -3.498, "span": 1}, LIKE, days=WEEK, significance=0.9,
)  # fmt: skip
SAMPLES: tuple[Claim, ...] = (
    claim("value.demand", "value", "la demanda del país", {"value": 247.47, "span": 1}, significance=0.1),
    DEMAND,
    claim(
        "compare.demand.year", "comparison", "la demanda del país", {"value": 247.47, "base": 238.55, "change": 3.74, "span": 1},
        {"basis": "el jueves comparable de 2025", "against": "year"}, days=YEAR, significance=0.4,
    ),
    claim(
        "rank.demand.high", "rank", "la demanda del país", {"value": 247.47, "days": 40, "span": 1},
        {"side": "high", "record": ""}, days={"since": dt.date(2026, 10, 17)},
    ),
    claim(
        "run.demand.above", "run", "la demanda del país", {"days": 7, "value": 247.47, "span": 1},
        {"side": "above", "open": "", "basis": "el día comparable de un año antes"}, days={"since": dt.date(2026, 11, 20)},
    ),
    claim(
        "compare.demand.to_date_month", "comparison", "la demanda del país", {"value": 6170.2, "change": 4.04, "days": 26},
        {"adds": "yes", "basis": "los días comparables de 2025"}, decimals=0, period="month_to_date",
        days={"start": dt.date(2026, 11, 1)},
    ),
    claim(
        "compare.inflows_pct.week", "comparison", "los aportes de los ríos", {"value": 51.4, "base": 63.4, "change": -12.0, "span": 7},
        {"share_of": "de su media histórica", "basis": "los siete días anteriores", "against": "week"}, unit="%", metric="PorcApor", days=WEEK,
    ),
    claim(
        "compare.price.year", "comparison", "el precio promedio de bolsa", {"value": 944.56, "base": 123.43, "change": 665.2, "span": 1},
        {"basis": "el jueves comparable de 2025", "against": "year"}, unit="COP/kWh", decimals=0, metric="PrecBolsNaci", significance=1.0,
        days=YEAR,
    ),
    claim(
        "record.demand.high", "rank", "la demanda del país", {"value": 269.37, "days": 57, "span": 0},
        {"side": "high", "standing": "yes"}, days={"at": dt.date(2026, 9, 30), "since": dt.date(2024, 1, 1)},
    ),
    claim(
        "rank.reservoir.low", "rank", "el embalse Chuza", {"value": 23.3, "of": 18, "span": 1},
        {"side": "low", "extreme": "los embalses", "share_of": "de su capacidad útil", "manner": "stock"}, unit="%", metric="VoluUtilDiarEner",
    ),
    claim(
        "threshold.hsin", "threshold", "los aportes de las últimas cuatro semanas", {"value": 58.97, "threshold": 90, "of": 24, "days": 137},
        {"share_of": "de su media histórica", "manner": "stock", "what": "el nivel", "whose": "que fija la Resolución CREG 026 de 2014",
         "side": "below", "crossed": "yes"}, unit="%", subject="threshold_hsin", metric="AporEner", significance=1.0,
    ),
    claim(
        "threshold.scarcity_hours", "threshold", "el precio de bolsa", {"value": 8, "threshold": 944.6, "of": 24, "days": 33},
        {"manner": "hours", "side": "above", "crossed": "yes"}, unit="COP/kWh", decimals=0, metric="PrecBolsNaci", significance=1.0,
    ),
    claim(
        "threshold.pbp", "threshold", "el precio promedio de bolsa", {"value": 5, "threshold": 944.6, "of": 7, "days": 3},
        {"manner": "days", "side": "above", "crossed": "yes"}, unit="COP/kWh", decimals=0, metric="PrecBolsNaci",
    ),
    claim(
        "threshold.oni", "threshold", "el índice oceánico de El Niño (ONI)", {"value": 1.38, "threshold": 0.5, "of": 5, "days": 4},
        {"manner": "seasons", "side": "above", "crossed": "yes"}, unit="°C", day=dt.date(2026, 9, 1), period="month", metric="ONI",
    ),
    claim(
        "composition.generation", "composition", "la generación del país", {"total": 252.6, "listed": 100},
        parts={"la hidráulica": 52.35, "la térmica": 38.53, "la solar": 7.93, "la eólica": 0.12}, subject="whole_generation", metric="Gene",
    ),
    claim(
        "balance.firm", "balance", "la energía firme de las plantas (ENFICC)", {"left": 244.68, "right": 246.22, "difference": 1.54},
        {"other": "la demanda media de siete días", "side": "below"}, metric="ENFICC",
    ),
    claim(
        "forecast.demand", "forecast", "la demanda del país", {"value": 242.77, "known": 244.75, "change": -0.81},
        days={"issued": DAY, "first": dt.date(2026, 12, 1)}, day=dt.date(2026, 12, 1), period="next_week",
    ),
    claim(
        "forecast.demand.day", "forecast", "la demanda del país", {"value": 249.6, "low": 242.89, "high": 256.51},
        days={"issued": DAY, "first": dt.date(2026, 12, 1)}, day=dt.date(2026, 12, 1),
    ),
    claim(
        "event.record.price.high", "event", "el precio promedio de bolsa", {"value": 1434.67, "previous": 1096.06, "span": 0},
        {"event": "record", "side": "high"}, unit="COP/kWh", decimals=0, day=dt.date(2026, 11, 18), subject="price",
        days={"previous": dt.date(2026, 10, 6), "from": dt.date(2024, 1, 1)}, metric="PrecBolsNaci",
    ),
    claim(
        "event.state", "event", "", {"days": 23, "span": 0}, {"event": "state", "state": "risk", "before": "watch", "whole": ""},
        days={"since": dt.date(2026, 11, 6)}, metric="PrecBolsNaci",
    ),
    claim(
        "contrast.reserves_inflows", "contrast", "las reservas de los embalses", {"left": 0.26, "right": -3.64, "span": 1, "other_span": 7},
        {"share_of": "de su capacidad útil", "other": "los aportes de los ríos", "other_share_of": "", "other_unit": "GWh",
         "link": "pese a que", "against": "week", "left": "compare.reserves.week", "right": "compare.inflows.week"},
        unit="%", days={"other": DAY}, metric="VoluUtilDiarEner",
    ),
)  # fmt: skip
BY_ID = {sample.id: sample for sample in SAMPLES}
TELLS = ("threshold.scarcity_hours", "price", "demand", "threshold.hsin", "composition.generation")


def table_of(boards: Mapping[str, tuple[Claim, ...]]) -> duckdb.DuckDBPyConnection:
    """Return a connection whose table `claim` holds the claims of each board."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE claim (id TEXT, kind TEXT, boards TEXT[], subject TEXT, scope TEXT, figures MAP(TEXT, DOUBLE), "
        "parts MAP(TEXT, DOUBLE), words MAP(TEXT, TEXT), days MAP(TEXT, DATE), unit TEXT, decimals INTEGER, day DATE, "
        "period TEXT, state TEXT, version TEXT, significance DOUBLE, metrics TEXT[], sql TEXT)"
    )
    for board, claims in boards.items():
        for each in claims:
            row = [getattr(each, name) for name in Claim.__slots__]
            row[2] = [board]
            row[16] = list(each.metrics)
            con.execute(f"INSERT INTO claim VALUES ({', '.join('?' * len(row))})", row)
    return con
