"""The whole catalogue against the built-in emulator, which speaks XM's and SIMEM's contract over HTTP."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections.abc import Iterator

import pytest

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.settings import Settings
from pipeline.emulator.server import running
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import fetch
from pipeline.ingest.sources.simem import SIMEM
from pipeline.ingest.sources.xm import XM, compare, parse_listing, preflight
from pipeline.ingest.windows import Reply, WindowRequest, months, plan_requests
from tests.ingest.peer import ask_pydataxm, columns_of

pytestmark = pytest.mark.slow
TODAY = dt.date(2024, 5, 6)
START, END = dt.date(2024, 3, 1), dt.date(2024, 3, 7)


def settings_for(url: str) -> Settings:
    return Settings(_env_file=None, xm_base_url=url, simem_base_url=url, xm_backoff=0.02)


@pytest.fixture(scope="module")
def emulated() -> Iterator[Settings]:
    """Settings of an emulator without faults."""
    with running("simulated", TODAY) as url:
        yield settings_for(url)


def test_preflight_brings_a_listing_without_drift(emulated: Settings, catalog: Catalog) -> None:
    """The emulator lists exactly the 193 declared pairs."""
    body = preflight(emulated)
    assert body is not None
    listed = parse_listing(body)
    assert len(listed) == 193
    assert compare(catalog, listed) == []


def of_xm(catalog: Catalog) -> list[Metric]:
    """Return the metrics of XM's own API."""
    return [metric for metric in catalog.metrics.values() if metric.source == "xm"]


def is_due(metric: Metric) -> bool:
    """Say whether a metric should have something in the days asked."""
    alive = (metric.starts or START) <= END and (metric.ends or END) >= START
    return alive and not metric.sparse and START + dt.timedelta(days=metric.lag_days) < TODAY


def test_every_series_ends_well(emulated: Settings, catalog: Catalog) -> None:
    """193 of 193 series: `ok`, or `empty` for a reason (I2)."""
    requests = [r for metric in of_xm(catalog) for r in plan_requests(metric, START, END)]
    outcomes = fetch(XM, requests, emulated, lambda reply: None)
    assert [outcome.request for outcome in outcomes] == requests
    assert len(outcomes) == 193
    assert {outcome.status for outcome in outcomes} <= {"ok", "empty"}
    assert sum(outcome.status == "ok" for outcome in outcomes) > 150
    unexplained = [o.request.key for o in outcomes if o.status == "empty" and is_due(o.request.metric)]
    # Monthly metrics are dated on the 1st; the rest have lives or events that miss this week.
    assert len(unexplained) <= 12, unexplained


def test_our_bytes_are_what_the_library_answers_for_every_series(emulated: Settings, catalog: Catalog) -> None:
    """Inside a month our bytes hold what pydataxm's request_data returns, series by series (I27, 193 of 193)."""
    replies: dict[str, Reply] = {}
    requests = [
        WindowRequest(metric, entity, START, START + dt.timedelta(days=1))
        for metric in of_xm(catalog)
        for entity in metric.entities
    ]
    fetch(XM, requests, emulated, lambda reply: replies.__setitem__(reply.request.key, reply))
    theirs = ask_pydataxm(emulated.xm_base_url, requests)
    ours = [columns_of(replies[request.key].body, request) for request in requests]
    assert [r.key for r, our, their in zip(requests, ours, theirs, strict=True) if our != their] == []
    assert len(requests) == 193


def test_faults_of_the_emulator_lose_nothing(catalog: Catalog, emulated: Settings) -> None:
    """With a third of the requests failing, the bytes are those of a server without faults (I1)."""
    chosen = [catalog.metrics[name] for name in ("Gene", "AporEner", "PrecBolsNaci", "DemaCome")]
    requests = [r for m in chosen for r in plan_requests(m, dt.date(2023, 11, 15), dt.date(2024, 2, 1))]
    clean: dict[tuple[str, dt.date], bytes] = {}
    fetch(XM, requests, emulated, lambda r: clean.__setitem__((r.request.key, r.request.start), r.body))
    plan = "500:0.05,502:0.05,503:0.05,429:0.01,html:0.05,empty:0.05,truncated:0.05,reset:0.05"
    got: dict[tuple[str, dt.date], bytes] = {}
    with running("simulated", TODAY, faults=plan) as url:
        policy = dataclasses.replace(
            PacingPolicy.from_settings(settings_for(url)), attempts=30, retry_share=math.inf, breaker_threshold=10**6
        )
        outcomes = fetch(
            XM,
            requests,
            settings_for(url),
            lambda r: got.__setitem__((r.request.key, r.request.start), r.body),
            policy=policy,
        )
    assert sum(outcome.attempts for outcome in outcomes) > len(requests)
    assert got == clean


def test_simem_versions_arrive(emulated: Settings, catalog: Catalog) -> None:
    """Spot price by settlement version, over the end of a month."""
    kept: list[Reply] = []
    spans = months(dt.date(2024, 1, 20), dt.date(2024, 2, 1))
    windows = [WindowRequest(catalog.metrics["PB_Nal"], "Sistema", *span) for span in spans]
    outcomes = fetch(SIMEM, windows, emulated, kept.append)
    assert [outcome.status for outcome in outcomes] == ["ok", "ok"]
    records = [record for reply in kept for record in json.loads(reply.body)]
    days = {record["FechaHora"][:10] for record in records}
    assert min(days) == "2024-01-20"
    assert max(days) == "2024-02-01"
    assert len({record["Version"] for record in records}) > 1
