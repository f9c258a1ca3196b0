"""Ten thousand injected faults: every cell that a clean fetch brings must arrive, once (I1)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic_core import from_json

from pipeline.catalog.load import load_catalog
from pipeline.core.clock import add_months
from pipeline.core.settings import Settings, load_settings
from pipeline.emulator.server import running
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import fetch
from pipeline.ingest.sources.xm import XM
from pipeline.ingest.sources.xm_cells import LIST_KEYS
from pipeline.ingest.windows import Reply, WindowRequest, plan_requests
from tests.bench.table import Line, at_least, at_most, exactly, told

FAULTS = 10_000
SEED = 7
SECONDS_FLOOR = 240.0
TODAY = dt.date(2026, 6, 30)
FIRST_MONTH = dt.date(2013, 1, 1)
MONTHS_AT_ONCE = 3
# 45 % of all requests fail, in ten ways; the two that cost a timeout each are rarer.
PLAN = (
    "500:0.06,502:0.06,503:0.06,429:0.05,html:0.05,empty:0.05,truncated:0.06,reset:0.052,hang:0.004,drip:0.004"
)  # fmt: skip
_GAP_PASSES = 3
Cell = tuple[str, str, str, str]


class Cells:
    """Keeps what arrives: every row of every reply, counted by series, day and content."""

    def __init__(self) -> None:
        self.found: Counter[Cell] = Counter()

    def __call__(self, reply: Reply) -> None:
        """Count the rows of one reply."""
        if reply.status != "ok":
            return
        key = LIST_KEYS[reply.request.metric.grain]
        for item in from_json(reply.body)["Items"]:
            for row in item[key]:
                self.found[reply.request.key, item["Date"], str(row.get("Name", "")), repr(row)] += 1


@dataclass
class FaultRun:
    """Account of a run: requests that failed, windows, rows, and what was lost, doubled or never answered."""

    faults: int = 0
    windows: int = 0
    rows: int = 0
    lost: int = 0
    duplicates: int = 0
    left: int = 0
    seconds: float = 0.0


def lifted(settings: Settings) -> PacingPolicy:
    """Return a policy without retry budget, breaker or slowing down, and with short timeouts: all faults are ours."""
    return dataclasses.replace(
        PacingPolicy.from_settings(settings),
        retry_share=math.inf,
        breaker_threshold=10**9,
        unanswered=10**9,
        patience=math.inf,
        timeout_burst=10**9,
        attempts=40,
        read_timeout=1.0,
        total_timeout=1.5,
        run_deadline=3600.0,
    )


def slabs() -> Iterator[list[WindowRequest]]:
    """Yield the windows of every series of the system as a whole, some months at a time (the emulator keeps those)."""
    metrics = [m for m in load_catalog().metrics.values() if m.source == "xm" and "Sistema" in m.entities]
    first = FIRST_MONTH
    while first < TODAY:
        following = add_months(first, MONTHS_AT_ONCE)
        last = min(following - dt.timedelta(days=1), TODAY)
        yield [
            request
            for metric in metrics
            if metric.grain in {"hourly", "daily"}
            for request in plan_requests(metric, first, last, entities=("Sistema",))
        ]
        first = following


def run_faulted(faults: int, *, seed: int = SEED) -> FaultRun:
    """Fetch through faults until `faults` requests have failed, and compare with a fetch without any."""
    run = FaultRun()
    with running("simulated", TODAY, seed, PLAN) as faulty, running("simulated", TODAY, seed) as clean:
        for requests in slabs():
            if run.faults >= faults:
                break
            arrived, wanted = Cells(), Cells()
            started = time.monotonic()
            _fetch_to_the_end(requests, _settings(faulty), arrived, run)
            run.seconds += time.monotonic() - started
            fetch(XM, requests, _settings(clean), wanted)
            run.rows += wanted.found.total()
            run.lost += (wanted.found - arrived.found).total()
            run.duplicates += (arrived.found - wanted.found).total()
    return run


def _settings(url: str) -> Settings:
    return load_settings(xm_base_url=url, simem_base_url=url, xm_backoff=0.01)


def _fetch_to_the_end(requests: list[WindowRequest], settings: Settings, cells: Cells, run: FaultRun) -> None:
    """Fetch; ask again what is left, as the gaps pass does."""
    left = requests
    run.windows += len(requests)
    for _ in range(_GAP_PASSES):
        outcomes = fetch(XM, left, settings, cells, policy=lifted(settings))
        run.faults += sum(o.attempts - (o.status in {"ok", "empty"}) for o in outcomes)
        left = [o.request for o in outcomes if o.status not in {"ok", "empty"}]
        if not left:
            return
    run.left += len(left)


def bench_faults() -> list[Line]:
    """Inject ten thousand faults of ten kinds."""
    run = run_faulted(FAULTS)
    return [
        at_least(f"faults that hit a request (10 kinds, seed {SEED})", run.faults, FAULTS),
        told("faults: windows asked", run.windows),
        told("faults: rows wanted", run.rows),
        exactly("faults: rows lost", run.lost, 0),
        exactly("faults: duplicates", run.duplicates, 0),
        exactly("faults: windows never answered", run.left, 0),
        at_most("faults [s]", run.seconds, SECONDS_FLOOR),
    ]
