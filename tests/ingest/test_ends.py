"""Declared ends are probed each month: silence confirms them, new data reopen the series."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.run import RunInfo
from pipeline.ingest.drift import with_reopened
from pipeline.ingest.plan import due, probe_windows
from pipeline.ingest.states import States, read_states
from pipeline.ingest.windows import Reply, WindowOutcome
from tests.ingest.fake import House

METRICS = ("PrecEscaAct", "PrecBolsNaci")
FIRST = dt.date(2026, 9, 21)
CATALOG = load_catalog()
ENDED = [metric for metric in CATALOG.data_metrics() if metric.ends]


def on(today: dt.date) -> RunInfo:
    """Return a run."""
    return RunInfo(today, dt.date(2020, 1, 1), "simulated", dt.datetime.combine(today, dt.time(5, 40)))


def publishing(house: House, monkeypatch: pytest.MonkeyPatch, until: dt.date | None) -> None:
    """Let the fake XM publish one price a day until a day; None: it has forgotten the metric."""
    honest = house.xm.fetch

    def fetch(source: Any, requests: Any, settings: Any, on_reply: Any, **how: Any) -> list[WindowOutcome]:
        mine = [r for r in requests if r.metric.id == "PrecEscaAct"]
        outcomes = honest(source, [r for r in requests if r not in mine], settings, on_reply, **how)
        for request in mine:
            house.xm.asked.append(request)
            days = [request.start + dt.timedelta(days=n) for n in range(request.days)]
            items = [
                {"Date": f"{day}", "DailyEntities": [{"Id": "Sistema", "Value": "1092.75820"}]}
                for day in days
                if until and day <= until
            ]
            status = "permanent" if until is None else "ok" if items else "empty"
            on_reply(Reply(request, json.dumps({"Items": items}).encode(), status))
            outcomes.append(WindowOutcome(request, status, "" if until else "unknown_metric", 1, 9))
        return outcomes

    monkeypatch.setattr("pipeline.ingest.planned.fetch", fetch)


@given(
    metric=st.sampled_from(ENDED),
    today=st.dates(dt.date(2025, 6, 1), dt.date(2027, 12, 31)),
)
def test_each_month_is_probed_once(metric: Any, today: dt.date) -> None:
    """One whole month past the end, published by now; asked, it is not due before the next month."""
    windows = probe_windows(metric, on(today))
    assert windows
    for window in windows:
        assert metric.ends < window.start
        assert window.end < today - dt.timedelta(days=metric.lag_days)
    states: States = {
        window.key: {
            "state": "", "reason": "",
            "windows": {
                w.start.isoformat(): {"end": w.end.isoformat(), "asked": f"{today}", "status": "empty", "reason": ""}
                for w in windows
            },
        }
        for window in windows
    }  # fmt: skip
    probes = {(w.start, w.end) for w in windows}
    again = [one.request for one in due([metric], on(today), states) if (one.request.start, one.request.end) in probes]
    assert again == []
    following = today + dt.timedelta(days=31)
    later = {(w.start, w.end) for w in probe_windows(metric, on(following))}
    asked = {(one.request.start, one.request.end) for one in due([metric], on(following), states)}
    assert later <= asked
    assert later.isdisjoint(probes)


def test_a_series_without_an_end_is_not_probed() -> None:
    """It is asked anyway."""
    assert all(not probe_windows(metric, on(FIRST)) for metric in CATALOG.metrics.values() if not metric.ends)


@pytest.mark.slow
def test_new_data_reopen_a_series(house: House, monkeypatch: pytest.MonkeyPatch, catalog: Catalog) -> None:
    """PrecEscaAct: the night of the probe says so; from the next on all of it is asked, and no page says it ended."""
    publishing(house, monkeypatch, FIRST)
    report = house.night(FIRST, METRICS)
    assert house.asked("PrecEscaAct") == {dt.date(2026, 8, 1)}, "the newest month that must be out"
    assert "reopened: PrecEscaAct/Sistema ends was 2025-02-28 now 2026-08-31" in report.drift
    assert any("PrecEscaAct: goes on past 2025-02-28" in line for line in report.warnings)
    assert with_reopened(catalog, house.lake.manifest()).metrics["PrecEscaAct"].ends is None
    assert with_reopened(catalog, house.lake.manifest()).metrics["PrecEscaMarg"].ends == dt.date(2025, 2, 28)
    for number in (1, 2):
        publishing(house, monkeypatch, FIRST + dt.timedelta(days=number))
        report = house.night(FIRST + dt.timedelta(days=number), METRICS)
        assert any("PrecEscaAct: goes on" in line for line in report.warnings)
    rows = house.lake.read("PrecEscaAct", "Sistema")
    days = (FIRST + dt.timedelta(days=2) - house.since).days + 1
    assert rows.num_rows == days
    assert not [gap for gap in house.gaps() if gap["metric"] == "PrecEscaAct" and gap["state"] != "filled"]


@pytest.mark.slow
@pytest.mark.parametrize("until", [dt.date(2025, 2, 28), None])
def test_an_end_that_holds_is_no_failure(house: House, monkeypatch: pytest.MonkeyPatch, until: dt.date | None) -> None:
    """An empty answer, or a metric that the source has forgotten: asked once a month, never failed, no gap."""
    publishing(house, monkeypatch, until)
    asked = []
    for number in range(0, 45, 5):
        report = house.night(FIRST + dt.timedelta(days=number), METRICS)
        assert not report.failed
        asked += sorted(house.asked("PrecEscaAct"))
    assert asked == [dt.date(2026, 8, 1), dt.date(2026, 9, 1)]
    assert read_states(house.paths)["PrecEscaAct/Sistema"]["state"] == "empty"
    assert not [gap for gap in house.gaps() if gap["metric"] == "PrecEscaAct"]
