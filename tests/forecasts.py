"""Plausible forecasts for the tests of views and pages: what the model stage would write, made up and seeded.

Every series gets the published model and the seasonal naive, backtests and live vintages, scores, policies, effects,
misses and scenarios. Nothing here is fitted: a forecast is what happened (or the last week, where nothing has yet) with
an error that grows with the lead.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from pipeline.catalog.value_states import macros
from pipeline.core.paths import PACKAGE

NAIVE = "seasonal_naive"
VIEWS = PACKAGE / "views"
_STANDINS = """
CREATE TABLE IF NOT EXISTS forecast_input(series VARCHAR, day DATE, value DOUBLE, hours INTEGER, quality VARCHAR);
CREATE TABLE IF NOT EXISTS forecast_input_hourly(series VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR);
CREATE TABLE IF NOT EXISTS forecast_input_agents(series VARCHAR, day DATE, value DOUBLE, hours INTEGER,
  quality VARCHAR);
CREATE TABLE IF NOT EXISTS catalog_metric(id VARCHAR, lag_days INTEGER);
CREATE TABLE IF NOT EXISTS "PronSIN_daily"(entity VARCHAR, code VARCHAR, day DATE, value DOUBLE, hours INTEGER,
  quality VARCHAR);
"""


def small_views(con: duckdb.DuckDBPyConnection) -> None:
    """Create the views of forecasts and of their record in a warehouse that has little else.

    What they read and the warehouse lacks is created empty; the forecast tables must be there.
    """
    for macro in macros():
        con.execute(macro)
    con.execute((VIEWS / "rules" / "rules.sql").read_text(encoding="utf-8"))
    con.execute(_STANDINS)
    refresh(con)


def refresh(con: duckdb.DuckDBPyConnection) -> None:
    """Make the views again: the record is worked out once, from the rows that are there."""
    for name in ("forecasts/forecasts.sql", "forecasts/forecast_scores.sql"):
        con.execute((VIEWS / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Made:
    """A made-up policy: title, metric, unit, model shown, relative error at one day and its growth with the lead."""

    series: str
    title: str
    metric: str
    unit: str
    model: str
    error: float
    entity: str = "Sistema"
    hourly: bool = False
    horizon: int = 90


MADE = (
    Made("demand_daily", "Demanda diaria de energía", "DemaSIN", "GWh", "combined", 0.012),
    Made("demand_hourly", "Demanda horaria de energía", "DemaSIN", "GWh", "lear", 0.018, hourly=True, horizon=168),
    Made("generation_total_daily", "Generación diaria total", "Gene", "GWh", "combined", 0.014),
    Made("hydro_daily", "Generación diaria hidráulica", "Gene", "GWh", "combined", 0.03, "Recurso"),
    Made("thermal_daily", "Generación diaria térmica", "Gene", "GWh", "combined", 0.12, "Recurso"),
    Made("solar_daily", "Generación diaria solar", "Gene", "GWh", "combined", 0.10, "Recurso"),
    Made("wind_daily", "Generación diaria eólica", "Gene", "GWh", "theta", 0.3, "Recurso"),
    Made("cogeneration_daily", "Generación diaria con biomasa", "Gene", "GWh", "combined", 0.1, "Recurso"),
    Made("price_daily", "Precio de bolsa diario", "PrecBolsNaci", "COP/kWh", "mean_reversion", 0.1),
    Made("price_hourly", "Precio de bolsa horario", "PrecBolsNaci", "COP/kWh", "hours_combined", 0.2, hourly=True,
         horizon=168),
    Made("inflow_daily", "Aportes hídricos diarios", "AporEner", "GWh", "combined", 0.15),
    Made("volume_daily", "Volumen útil diario de los embalses", "VoluUtilDiarEner", "GWh", "balance", 0.004),
    Made("losses_daily", "Pérdidas diarias del STN", "PerdidasEner", "GWh", "combined", 0.04),
    Made("exports_daily", "Exportaciones diarias de energía", "ExpoEner", "GWh", "theta", 0.3),
)  # fmt: skip


def fill(con: duckdb.DuckDBPyConnection, *, live_nights: int = 28, origins: int = 6, agents: int = 12) -> None:
    """Replace the rows of the forecast tables by made-up ones, from the series of `forecast_input`.

    Args:
        con: A warehouse with the views that the models read.
        live_nights: Nights with a live vintage, the newest last.
        origins: Backtest origins per series.
        agents: Retailers and operators, of each.
    """
    for name in ("forecast_value", "forecast_score", "forecast_policy", "forecast_effect", "forecast_miss"):
        con.execute(f"DELETE FROM {name}")
    row = con.execute("SELECT today FROM run_info").fetchone()
    assert row is not None
    today: dt.date = row[0]
    values: list[pd.DataFrame] = []
    for number, made in enumerate(MADE):
        known = _history(con, made)
        if len(known) < 60:
            continue
        rng = np.random.default_rng(number)
        values += _series(made, known, today, live_nights, origins, rng)
        _policy(con, made)
    if not values:
        return
    values += _agents(con, today, agents)
    table = pd.concat(values, ignore_index=True)
    con.register("made", table)
    con.execute("INSERT INTO forecast_value BY NAME SELECT * FROM made")
    con.unregister("made")
    _scores(con)
    _explanations(con)


def _history(con: duckdb.DuckDBPyConnection, made: Made) -> pd.Series[float]:
    view, column = ("forecast_input_hourly", "ts") if made.hourly else ("forecast_input", "day")
    rows = con.execute(
        f"SELECT {column} AS ts, value FROM {view} WHERE series = ? AND quality <> 'provisional' "
        "AND value IS NOT NULL ORDER BY 1",
        [made.series],
    ).df()
    return pd.Series(rows["value"].to_numpy(), index=pd.to_datetime(rows["ts"]))


def _series(
    made: Made, known: pd.Series[float], today: dt.date, live: int, origins: int, rng: np.random.Generator
) -> list[pd.DataFrame]:
    last = known.index[-1].normalize()
    step = pd.Timedelta(hours=1) if made.hourly else pd.Timedelta(days=1)
    frames = []
    plan = [("backtest", today, last - pd.Timedelta(days=18 * (k + 1))) for k in range(origins)]
    for night in range(live):
        origin = last - pd.Timedelta(days=night)
        plan.append(("live", today - dt.timedelta(days=night), origin))
    for kind, issued, origin in plan:
        start = origin + pd.Timedelta(days=1)
        if origin <= known.index[0] + pd.Timedelta(days=30):
            continue
        targets = pd.date_range(start, periods=made.horizon, freq=step)
        lead = np.arange(1, made.horizon + 1)
        days = np.ceil(lead / 24) if made.hourly else lead
        base = _expected(known, targets, origin, made)
        spread = made.error * np.sqrt(1 + days / 6.0)
        shock = made.error * np.cumsum(rng.normal(size=made.horizon)) / np.sqrt(lead) * 0.7
        mean = base * np.exp(shock)
        for model, centre, wide in (
            (made.model, mean, spread),
            (NAIVE, _naive(known, targets, origin, made), spread * 1.8),
        ):
            frames.append(_rows(made.series, model, kind, issued, origin, lead, targets, centre, wide))
        if made.series == "volume_daily" and issued == today and kind == "live":
            for scenario, tilt in (("nino", -0.3), ("neutral", 0.0), ("nina", 0.2)):
                centre = mean * (1 + tilt * days / days.max())
                frame = _rows(made.series, made.model, kind, issued, origin, lead, targets, centre, spread)
                frames.append(frame.assign(scenario=scenario))
    return frames


def _expected(known: pd.Series[float], targets: pd.DatetimeIndex, origin: pd.Timestamp, made: Made) -> np.ndarray:
    """What happened where it is known, else the last week again."""
    truth = known.reindex(targets).to_numpy()
    return np.where(np.isfinite(truth), truth, _naive(known, targets, origin, made))


def _naive(known: pd.Series[float], targets: pd.DatetimeIndex, origin: pd.Timestamp, made: Made) -> np.ndarray:
    """Return the value of the same weekday (and hour) of the last week known at the origin."""
    week = pd.Timedelta(days=7)
    end = origin + pd.Timedelta(days=1)
    back = [target - week * (int((target - end) // week) + 1) for target in targets]
    past = known[known.index < end]
    fallback = float(past.iloc[-1])
    return np.array([float(past.get(moment, fallback)) for moment in back])


def _rows(
    series: str, model: str, kind: str, issued: dt.date, origin: pd.Timestamp, lead: np.ndarray,
    targets: pd.DatetimeIndex, mean: np.ndarray, spread: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    width = np.abs(mean) * spread
    return pd.DataFrame(
        {
            "series": series, "model": model, "run_kind": kind, "issued": issued, "origin": origin.date(), "h": lead,
            "target": targets, "mean": mean, "lo80": mean - 1.28 * width, "hi80": mean + 1.28 * width,
            "lo95": mean - 1.96 * width, "hi95": mean + 1.96 * width, "scenario": "",
        }
    )  # fmt: skip


def _policy(con: duckdb.DuckDBPyConnection, made: Made) -> None:
    con.execute(
        "INSERT INTO forecast_policy BY NAME SELECT ? AS series, ? AS title_es, ? AS metric, ? AS entity, ? AS unit, "
        "? AS grain, ? AS horizon, ? AS roster, ? AS published, ? AS reason",
        [
            made.series, made.title, made.metric, made.entity, made.unit, "hourly" if made.hourly else "daily",
            made.horizon, f"{NAIVE}, {made.model}", made.model,
            "Su promedio falla menos que cualquiera de sus partes.",
        ],
    )  # fmt: skip


def _agents(con: duckdb.DuckDBPyConnection, today: dt.date, count: int) -> list[pd.DataFrame]:
    frames = []
    found = con.execute(
        "SELECT series, avg(value) AS value, max(day) AS last FROM forecast_input_agents "
        "GROUP BY series ORDER BY 2 DESC"
    ).df()
    for prefix in ("retailer", "operator"):
        for row in found[found["series"].str.startswith(prefix)].head(count).to_dict("records"):
            origin = pd.Timestamp(row["last"])
            targets = pd.date_range(origin + pd.Timedelta(days=1), periods=30, freq="D")
            con.execute(
                "INSERT INTO forecast_policy BY NAME SELECT ? AS series, 'daily' AS grain, 'dhr_ar' AS published",
                [row["series"]],
            )
            lead = np.arange(1, 31)
            mean = np.full(30, float(row["value"]))
            frames.append(
                _rows(row["series"], "dhr_ar", "live", today, origin, lead, targets, mean, 0.02 + lead * 0.001)
            )
    return frames


def _scores(con: duckdb.DuckDBPyConnection) -> None:
    """Score what there is by bucket, as the model stage does."""
    con.execute(
        """
        INSERT INTO forecast_score BY NAME
        WITH paired AS (
            SELECT v.*, a.value AS actual, v.series LIKE '%_hourly' AS hourly
            FROM forecast_value AS v
            JOIN (SELECT series, CAST(day AS TIMESTAMP) AS target, value FROM forecast_input
                  WHERE quality <> 'provisional'
                  UNION ALL SELECT series, ts, value FROM forecast_input_hourly WHERE value IS NOT NULL) AS a
              USING (series, target)
            WHERE scenario = ''
        ), buckets (hourly, lead, first, last) AS (
            VALUES (FALSE, '1-7', 1, 7), (FALSE, '8-14', 8, 14), (FALSE, '15-30', 15, 30), (FALSE, '31-90', 31, 90),
                   (FALSE, 'all', 1, 10000), (TRUE, '1-24', 1, 24), (TRUE, '25-168', 25, 168), (TRUE, 'all', 1, 10000)
        ), scored AS (
            SELECT p.series, p.model, p.run_kind, b.lead, count(*) AS n, count(DISTINCT p.origin) AS origins,
                   avg(abs(p.mean / nullif(p.actual, 0) - 1)) * 100 AS mape,
                   sum(abs(p.mean - p.actual)) / nullif(sum(abs(p.actual)), 0) * 100 AS wape,
                   avg(abs(p.mean - p.actual)) AS mae,
                   avg(CAST(p.actual BETWEEN p.lo80 AND p.hi80 AS INTEGER)) * 100 AS cov80,
                   avg(CAST(p.actual BETWEEN p.lo95 AND p.hi95 AS INTEGER)) * 100 AS cov95,
                   sum(p.mean - p.actual) / nullif(sum(abs(p.actual)), 0) * 100 AS bias,
                   avg(0.5 * abs(p.mean - p.actual) + 0.1 * (p.hi80 - p.lo80) + greatest(p.lo80 - p.actual, 0)
                       + greatest(p.actual - p.hi80, 0) + 0.025 * (p.hi95 - p.lo95) + greatest(p.lo95 - p.actual, 0)
                       + greatest(p.actual - p.hi95, 0)) / 2.5 AS wis
            FROM paired AS p JOIN buckets AS b ON b.hourly = p.hourly AND p.h BETWEEN b.first AND b.last
            GROUP BY ALL
        )
        SELECT s.*, s.mae / nullif(n.mae, 0) AS mase, (1 - s.mae / nullif(n.mae, 0)) * 100 AS skill,
               CASE WHEN s.model <> 'seasonal_naive' THEN 3.1 END AS t,
               s.model = p.published AS published
        FROM scored AS s
        JOIN scored AS n ON n.series = s.series AND n.run_kind = s.run_kind AND n.lead = s.lead
                        AND n.model = 'seasonal_naive'
        JOIN forecast_policy AS p ON p.series = s.series
        """
    )


def _explanations(con: duckdb.DuckDBPyConnection) -> None:
    effects = [
        ("new_year", "Año Nuevo", -56.1, -61.0, -51.2, 4),
        ("good_friday", "Viernes Santo", -41.0, -46.5, -35.5, 4),
        ("holiday_monday", "Lunes festivo", -24.2, -27.0, -21.4, 36),
        ("holiday_midweek", "Festivo entre semana", -21.5, -26.0, -17.0, 14),
        ("bridge", "Día puente", -3.4, -8.0, 1.2, 9),
        ("day_after", "Día después de un festivo", 1.1, -1.0, 3.2, 40),
    ]
    con.executemany("INSERT INTO forecast_effect VALUES ('demand_daily', ?, ?, ?, ?, ?, ?)", effects)
    con.execute(
        """
        INSERT INTO forecast_miss BY NAME
        SELECT v.series, v.model, v.origin, v.target, v.h, v.mean, i.value AS actual, v.mean - i.value AS error,
               CASE WHEN row_number() OVER (PARTITION BY v.series ORDER BY abs(v.mean / i.value - 1) DESC) = 1
                    THEN 'Festivo: hay pocos días parecidos en la historia.' ELSE '' END AS note_es
        FROM forecast_value AS v
        JOIN forecast_policy AS p ON p.series = v.series AND p.published = v.model
        JOIN forecast_input AS i ON i.series = v.series AND CAST(i.day AS TIMESTAMP) = v.target
        WHERE v.run_kind = 'backtest' AND v.h <= 7 AND i.value > 0
        QUALIFY row_number() OVER (PARTITION BY v.series ORDER BY abs(v.mean / i.value - 1) DESC) <= 5
        """
    )
