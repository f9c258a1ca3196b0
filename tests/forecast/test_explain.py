"""What readers are told beside the numbers."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import EFFECT, FORECAST_TABLES, MISS, POLICY
from pipeline.catalog.forecasts import words
from pipeline.catalog.schema import Correction
from pipeline.forecast.calendar import GROUPS
from tests.forecast.world import FAST_SETTINGS, demand, forecast, given, quick_policy

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)
OUTAGE = Correction(
    id="x", metrics=("DemaSIN",), start=date(2025, 11, 12), kind="event", text="Apagón del 12.", source="XM"
)


@pytest.fixture(scope="module")
def result():
    frame = demand(days=800)
    frame.loc[frame["day"] == date(2025, 11, 12), "value"] *= 0.85
    policies = (quick_policy(title="Demanda", why="Conoce los festivos.", effects=True), quick_policy(series="absent"))
    return forecast(given(frame), TODAY, policies, FAST_SETTINGS, corrections=(OUTAGE,))


def test_every_class_of_the_calendar_has_a_name():
    """Titles and groups go together."""
    assert set(words().calendar) == set(GROUPS)


def test_a_holiday_costs_what_it_costs(result):
    """Holidays are 13 % lower in this world: about 30 GWh of 230, and the band holds it."""
    assert tuple(result.effects.columns) == tuple(FORECAST_TABLES[EFFECT])
    row = result.effects.set_index("class").loc["monday_holiday"]
    assert row["lo"] < -0.122 * 235 < row["hi"]
    assert row["effect"] == pytest.approx(-0.122 * 235, abs=3)
    assert row["n"] > 15


def test_a_miss_is_explained_by_a_declared_fact_only(result):
    """The outage of 12 November is the worst miss and says so; an ordinary day says nothing."""
    assert tuple(result.misses.columns) == tuple(FORECAST_TABLES[MISS])
    assert len(result.misses) == 10
    worst = result.misses.iloc[0]
    assert pd.Timestamp(worst["target"]) == pd.Timestamp("2025-11-12")
    assert worst["note_es"] == "Apagón del 12."
    assert worst["error"] == pytest.approx(worst["mean"] - worst["actual"], abs=1e-6)
    assert (result.misses["note_es"] == "").any()
    assert result.misses["target"].is_unique


def test_the_policy_says_what_is_shown_and_why(result):
    """Model, origins, gain over the naive, in Spanish; a series without data says that."""
    table = result.policies.set_index("series")
    assert tuple(result.policies.columns) == tuple(FORECAST_TABLES[POLICY])
    reason = table.loc["demand_daily", "reason"]
    assert reason.startswith("Conoce los festivos. En 3\u00a0pruebas con el pasado se equivocó")
    assert "% menos que repetir la última semana" in reason
    assert "t =" not in reason
    assert pd.isna(table.loc["absent", "published"])
    assert table.loc["absent", "reason"] == "Sin pronóstico: no hay datos."


def test_a_published_naive_is_labelled():
    """When nothing beats the naive the reason says so, and with no history to prove anything, that."""
    found = forecast(given(demand()), TODAY, (quick_policy(published=("naive",)),), FAST_SETTINGS)
    found_reason = found.policies["reason"].iloc[0]
    assert "Se publica la ingenua estacional porque, en 3\u00a0pruebas con el pasado" in found_reason
    short = forecast(given(demand(days=100)), TODAY, (quick_policy(),), FAST_SETTINGS)
    assert "aún no hay historia suficiente" in short.policies["reason"].iloc[0]
