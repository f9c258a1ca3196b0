"""Forecasts of others: read in the exchange format, refused with a reason, scored with the code of ours."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.catalog.forecast_frames import SeriesInput
from pipeline.catalog.hub import COLUMNS, OUTSIDE, QUANTILES
from pipeline.store.submissions import read_submissions
from tests.forecast.world import FAST_SETTINGS, demand, forecast, quick_policy

TEAM = "vecinos-ingenuo"
TODAY = date(2026, 1, 1)
DAY = date(2025, 12, 1)


def naive_rows(frame: pd.DataFrame, day: date = DAY, widen: float = 0.02) -> pd.DataFrame:
    """Last week again, with bands of some per cent: what anybody could send."""
    known = dict(zip(frame["day"], frame["value"], strict=True))
    rows = []
    for h in range(1, 15):
        target = day + timedelta(days=h)
        value = known[day - timedelta(days=1) - timedelta(days=(day - timedelta(days=1) - target).days % 7)]
        for level in QUANTILES:
            shift = {0.025: -2, 0.1: -1.28, 0.5: 0, 0.9: 1.28, 0.975: 2}[level]
            rows.append((day, "demand_daily", h, target, "quantile", level, value * (1 + widen * shift)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def send(folder: Path, rows: pd.DataFrame, day: str = DAY.isoformat(), team: str = TEAM) -> None:
    """Lay a file into the folder of submissions."""
    place = folder / "model-output" / team
    place.mkdir(parents=True, exist_ok=True)
    rows.to_csv(place / f"{day}-{team}.csv", index=False)


def test_a_naive_submission_is_scored_as_the_naive(tmp_path: Path) -> None:
    """Who repeats the week has the error of repeating the week, by the same code, and coverage and WIS of his bands."""
    frame = demand()
    send(tmp_path, naive_rows(frame))
    policy = quick_policy()
    sent = read_submissions(tmp_path, [policy])
    assert sent.refused == ()
    assert list(sent.rows["demand_daily"].columns) == list(OUTSIDE)
    given = {"demand_daily": SeriesInput(frame, outside=sent.rows["demand_daily"])}
    scores = forecast(given, TODAY, [policy], FAST_SETTINGS).scores
    table = scores[scores["run_kind"] == "outside"].set_index(["model", "lead"])
    own = table.loc[(TEAM, "1-7")]
    assert own["n"] == 7
    assert 0 < own["mape"] < 20
    assert own["skill"] == pytest.approx(0, abs=1e-6)
    assert 0 < own["wis"] < own["mae"]
    assert own["cov95"] >= own["cov80"] > 0
    assert not table["published"].any()
    assert set(table.index) == {(TEAM, lead) for lead in ("1-7", "8-14", "all")}


def test_a_submission_changes_nothing_of_ours(tmp_path: Path) -> None:
    """Vintages and our scores are the same with and without it; days to come are not scored."""
    frame = demand()
    late = TODAY - timedelta(days=1)
    send(tmp_path, naive_rows(frame))
    send(tmp_path, naive_rows(frame, late), day=late.isoformat())
    policy = quick_policy()
    outside = read_submissions(tmp_path, [policy]).rows["demand_daily"]
    with_, without = (
        forecast({"demand_daily": SeriesInput(frame, outside=rows)}, TODAY, [policy], FAST_SETTINGS)
        for rows in (outside, None)
    )
    pd.testing.assert_frame_equal(with_.values, without.values)
    ours = with_.scores[with_.scores["run_kind"] != "outside"].reset_index(drop=True)
    pd.testing.assert_frame_equal(ours, without.scores)
    assert with_.scores.loc[with_.scores["run_kind"] == "outside", "origins"].max() == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"target": "demanda"}, "target: line 2"),
        ({"origin_date": "2025-12-02"}, "origin_date: line 2"),
        ({"horizon": 31}, "horizon: line 2"),
        ({"horizon": 1.5}, "horizon: line 2"),
        ({"output_type": "mean"}, "output_type: line 2"),
        ({"output_type_id": 0.3}, "output_type_id: line 2"),
        ({"value": "mucho"}, "value: line 2"),
        ({"value": 1e9}, "value: quantiles that fall"),
        ({"output_type_id": 0.1}, "rows: two values for one quantile"),
    ],
)
def test_what_is_wrong_is_refused_whole_and_named(tmp_path: Path, change: dict[str, object], reason: str) -> None:
    """One wrong cell refuses the file, with its place; the file of another team counts."""
    rows = naive_rows(demand())
    wrong = rows.astype(object)
    for name, value in change.items():
        wrong.loc[0, name] = value
    send(tmp_path, wrong)
    send(tmp_path, rows, team="otros-ingenuo")
    sent = read_submissions(tmp_path, [quick_policy()])
    assert sent.refused == (f"submission {TEAM}/{DAY}-{TEAM}.csv: {reason}",)
    assert set(sent.rows["demand_daily"]["team"]) == {"otros-ingenuo"}


def test_the_median_is_needed_and_the_name_tells_the_day(tmp_path: Path) -> None:
    """Without the median there is no forecast; a file of another name, or without a column, is refused."""
    rows = naive_rows(demand())
    send(tmp_path, rows[rows["output_type_id"] != 0.5])
    send(tmp_path, rows, day="hoy-hoy-ho")
    send(tmp_path, rows.drop(columns="value"), team="c-c")
    send(tmp_path, rows[rows["output_type_id"] == 0.5].assign(output_type="median", output_type_id=""), team="d-d")
    sent = read_submissions(tmp_path, [quick_policy()])
    assert [reason.split(": ", 1)[1].split(":")[0] for reason in sent.refused] == ["columns", "output_type_id", "file"]
    assert set(sent.rows["demand_daily"]["team"]) == {"d-d"}
    assert sent.rows["demand_daily"]["lo80"].isna().all()


def test_no_folder_no_submissions(tmp_path: Path) -> None:
    """The portal runs without any."""
    sent = read_submissions(tmp_path / "nowhere", [quick_policy()])
    assert not sent.rows
    assert not sent.refused
