"""The forecasts of a night as a whole, on synthetic series and fast models."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import FORECAST_TABLES, SCORE, VALUE, SeriesInput
from tests.forecast.world import FAST_SETTINGS, demand, forecast, given, quick_policy

pytestmark = pytest.mark.slow

TODAY = date(2026, 1, 1)


def quick(frame, today=TODAY, **changes):
    return forecast(given(frame), today, (quick_policy(**changes),), FAST_SETTINGS)


def csv(frame):
    return frame.to_csv(index=False, float_format="%.17g")


@pytest.fixture(scope="module")
def result():
    return quick(demand())


def test_columns_are_those_of_the_tables(result):
    """Values and scores have exactly the agreed columns, no missing figure, unique keys."""
    assert tuple(result.values.columns) == tuple(FORECAST_TABLES[VALUE])
    assert tuple(result.scores.columns) == tuple(FORECAST_TABLES[SCORE])
    assert not result.values.isna().any().any()
    judged = result.scores[result.scores["model"] != "seasonal_naive"]
    assert not judged.isna().any().any()
    assert set(result.scores["run_kind"]) == {"backtest"}
    assert not result.values.duplicated(["series", "model", "run_kind", "origin", "h"]).any()


def test_live_forecast_starts_the_day_after_the_newest_day(result):
    """The live vintage covers days 1 to 30 after the last complete day, for every model."""
    live = result.values[result.values["run_kind"] == "live"]
    assert set(live["model"]) == {"seasonal_naive", "naive", "dhr_ar", "theta", "pair"}
    assert set(live["origin"]) == {date(2025, 12, 31)}
    assert sorted(live.loc[live["model"] == "dhr_ar", "target"]) == [
        date(2025, 12, 31) + timedelta(days=h) for h in range(1, 31)
    ]


def test_bands_are_nested_and_positive(result):
    """lo95 <= lo80 <= mean <= hi80 <= hi95, and energy is never negative."""
    ordered = result.values[["lo95", "lo80", "mean", "hi80", "hi95"]].to_numpy()
    assert (np.diff(ordered, axis=1) >= 0).all()
    assert (ordered > 0).all()


def test_the_engine_finds_week_and_holidays(result):
    """On a series made of weeks and holidays the harmonic regression nearly halves the naive's error."""
    table = result.scores[result.scores["lead"] == "all"].set_index("model")
    assert table.loc["dhr_ar", "skill"] > 40
    assert table.loc["dhr_ar", "mae"] < 0.6 * table.loc["seasonal_naive", "mae"]
    assert result.published == {"demand_daily": "dhr_ar"}
    assert list(table.index[table["published"]]) == ["dhr_ar"]


def test_nothing_after_an_origin_reaches_it():
    """Altering every value after an origin leaves each forecast up to it byte-identical."""
    frame = demand()
    cut = date(2025, 11, 15)
    altered = frame.copy()
    late = altered["day"] > cut
    altered.loc[late, "value"] = 150 + 10 * np.arange(late.sum()) % 70
    early = [
        csv(values[pd.to_datetime(values["origin"]).dt.date <= cut]).encode()
        for values in (quick(frame).values, quick(altered).values)
    ]
    assert early[0] == early[1]
    assert len(early[0]) > 10_000


def test_two_runs_give_the_same_bytes(result):
    """Same input, same bytes, whatever the order of the rows."""
    again = quick(demand().sample(frac=1, random_state=3))
    assert csv(again.values) == csv(result.values)
    assert csv(again.scores) == csv(result.scores)


def test_half_built_days_change_nothing():
    """Two newest days of 52.6 and 49.1 GWh over 24 hours give the forecast made without them, and a note."""
    frame = demand()
    partial = pd.DataFrame(
        [(date(2026, 1, 1), 52.6, 24, "provisional"), (date(2026, 1, 2), 49.1, 24, "provisional")],
        columns=frame.columns,
    )
    today = date(2026, 1, 3)
    with_partial = quick(pd.concat([frame, partial]), today)
    assert csv(with_partial.values) == csv(quick(frame, today).values)
    assert [note.kind for note in with_partial.notes] == ["partial"]
    assert "2026-01-02 (in doubt)" in with_partial.notes[0].text


def test_known_vintages_are_not_made_again(result):
    """A second run returns nothing new and the same scores; the next day adds only what is new."""
    frame = demand(days=401, last=date(2026, 1, 1))
    policy = (quick_policy(),)
    same = forecast(given(frame), TODAY, policy, FAST_SETTINGS, known=result.values)
    assert same.values.empty
    assert same.scores.equals(result.scores)
    tomorrow = forecast(given(frame), date(2026, 1, 2), policy, FAST_SETTINGS, known=result.values)
    fresh = forecast(given(frame), date(2026, 1, 2), policy, FAST_SETTINGS)
    keys = ["model", "origin", "h"]
    new = tomorrow.values[tomorrow.values["run_kind"] == "live"]
    expected = fresh.values[fresh.values["run_kind"] == "live"]
    assert csv(new) == csv(expected)
    assert len(tomorrow.values) < len(fresh.values) / 4
    assert not tomorrow.values.merge(result.values, on=["run_kind", *keys]).shape[0]


def test_naive_is_published_when_nothing_beats_it():
    """A model worse than the seasonal naive is not shown: the naive is, and a note gives the errors."""
    found = quick(demand(), published=("naive",))
    assert found.published == {"demand_daily": "seasonal_naive"}
    assert set(found.scores.loc[found.scores["published"], "model"]) == {"seasonal_naive"}
    assert [note.kind for note in found.notes] == ["fallback", "naive"]
    assert "worse than the seasonal naive" in found.notes[0].text


def test_gaps_are_left_open():
    """Missing days neither stop the models nor are scored."""
    frame = demand()
    holes = frame[~frame["day"].isin([date(2025, 11, d) for d in range(3, 12)])]
    found = quick(holes)
    assert found.notes == ()
    full = quick(frame).scores.set_index(["model", "lead"])["n"]
    assert (found.scores.set_index(["model", "lead"])["n"] <= full).all()
    assert found.scores["n"].sum() < full.sum()


def test_short_history_gives_a_note_and_no_rows():
    """Forty days are too few: no forecast, no error, a note that says what to do."""
    found = quick(demand(days=40))
    assert found.values.empty
    assert tuple(found.values.columns) == tuple(FORECAST_TABLES[VALUE])
    assert [note.kind for note in found.notes] == ["NotEnoughHistory"]
    assert "--since" in found.notes[0].text


def test_history_too_short_to_backtest_publishes_the_naive():
    """With a hundred days nothing can be proven better: the naive is shown, with bands."""
    found = quick(demand(days=100))
    assert found.published == {"demand_daily": "seasonal_naive"}
    assert found.scores.empty
    assert not found.values.isna().any().any()


def test_a_missing_series_does_not_stop_the_others(result):
    """A series without data is a note; the other one is forecast as if alone."""
    policies = (quick_policy(series="absent"), quick_policy())
    found = forecast(given(demand()), TODAY, policies, FAST_SETTINGS)
    assert csv(found.values) == csv(result.values)
    assert [(note.series, note.kind) for note in found.notes] == [("absent", "missing")]


def test_a_constant_series_is_forecast_constant():
    """No variance is no reason to fail: every model repeats the constant."""
    frame = demand().assign(value=200.0)
    found = quick(frame)
    assert np.allclose(found.values["mean"], 200.0, rtol=1e-3)
    assert [note.kind for note in found.notes if note.kind == "failed"] == []


def test_a_failing_model_is_noted_and_the_others_go_on(monkeypatch, result):
    """A model that raises or returns nonsense is out for the run; the others are untouched."""
    from pipeline.core.errors import ForecastError
    from pipeline.forecast import fits
    from pipeline.forecast.forecasters import forecaster

    def broken(y, horizon, context):
        raise ForecastError("no convergence")

    monkeypatch.setattr(fits, "forecaster", lambda name: broken if name == "theta" else forecaster(name))
    found = quick(demand())
    assert set(found.values["model"]) == {"seasonal_naive", "naive", "dhr_ar"}
    keep = result.values["model"].isin(["seasonal_naive", "naive", "dhr_ar"])
    assert csv(found.values) == csv(result.values[keep])
    assert {note.kind for note in found.notes if note.model == "theta"} == {"failed"}


def test_two_values_for_a_day_are_refused():
    """A duplicated day is a fault of the data, told as a note."""
    frame = pd.concat([demand(), demand().tail(1)])
    found = forecast({"demand_daily": SeriesInput(frame)}, TODAY, (quick_policy(),), FAST_SETTINGS)
    assert [note.kind for note in found.notes] == ["DuplicateKey"]
