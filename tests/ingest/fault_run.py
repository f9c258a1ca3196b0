"""Fetching through any number of injected faults, and the account of what was lost.

`python -m tests.ingest.fault_run 10000` prints the account of a run with that many faults.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import sys
import time
from collections import Counter
from typing import Any

from pipeline.core.settings import Settings
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.planned import fetch
from pipeline.ingest.sources.xm import XM
from pipeline.ingest.sources.xm_cells import LIST_KEYS
from pipeline.ingest.windows import Reply, WindowRequest, plan_requests
from tests.ingest.conftest import metric
from tests.ingest.stub import StubXm, items

SHARE = 0.45
"""Share of the requests that fail while faults are left."""


class Archive:
    """Keeps replies as bronze would, and reads the cells back."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def __call__(self, reply: Reply) -> None:
        self.replies.append(reply)

    def cells(self) -> Counter[tuple[str, str, str, str]]:
        """Count every (metric, entity, code, date) that arrived."""
        found: Counter[tuple[str, str, str, str]] = Counter()
        for reply in self.replies:
            if reply.status != "ok":
                continue
            key = LIST_KEYS[reply.request.metric.grain]
            for item in json.loads(reply.body)["Items"]:
                for row in item[key]:
                    code = row.get("Values", row).get("code") or row.get("Name") or row["Id"]
                    found[(reply.request.metric.id, row["Id"], code, item["Date"])] += 1
        return found


def expected_cells(requests: list[WindowRequest]) -> Counter[tuple[str, str, str, str]]:
    """Count what a server without faults has for `requests`."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    for request in requests:
        body = {
            "MetricId": request.metric.id,
            "Entity": request.entity,
            "StartDate": f"{request.start}",
            "EndDate": f"{request.end}",
        }
        for item in items(request.metric.grain, body):
            for row in item[LIST_KEYS[request.metric.grain]]:
                code = row.get("Values", row).get("code") or row.get("Name") or row["Id"]
                found[(request.metric.id, row["Id"], code, item["Date"])] += 1
    return found


def lifted(settings: Settings, **limits: Any) -> PacingPolicy:
    """Return a policy for fault tests: no budget, no breaker, no slowing down, short timeouts."""
    defaults: dict[str, Any] = {
        "retry_share": math.inf,
        "breaker_threshold": 10**9,
        "unanswered": 10**9,
        "patience": math.inf,
        "timeout_burst": 10**9,
        "attempts": 40,
        "read_timeout": 0.5,
        "total_timeout": 0.7,
    }
    return dataclasses.replace(PacingPolicy.from_settings(settings), **(defaults | limits))


@dataclasses.dataclass(frozen=True)
class FaultRun:
    """Account of one run: faults injected, cells lost and doubled, windows never answered, requests, seconds."""

    faults: int
    cells: int
    lost: int
    duplicates: int
    left: int
    requests: int
    seconds: float


def plan(faults: int) -> list[WindowRequest]:
    """Return windows enough to draw `faults` faults at the given share, of three grains."""
    first, last = dt.date(2010, 1, 1), dt.date(2019, 12, 31)
    requests: list[WindowRequest] = []
    number = 0
    while len(requests) * SHARE / (1 - SHARE) < 1.2 * faults + 20:
        grain = ("hourly", "daily", "daily", "monthly")[number % 4]
        entity = "Recurso" if number % 5 == 0 else "Sistema"
        requests += plan_requests(metric(f"M{number}", grain, (entity,)), first, last)  # type: ignore[arg-type]
        number += 1
    return requests


def run_faulted(stub: StubXm, settings: Settings, faults: int, *, seed: int = 7) -> FaultRun:
    """Fetch while the server injects `faults` faults; ask again what is left, as the gaps pass does."""
    begun = time.monotonic()
    requests = plan(faults)
    archive = Archive()
    stub.inject(faults, seed=seed, share=SHARE, hang=1.0)
    policy = lifted(settings)
    outcomes = fetch(XM, requests, settings, archive, policy=policy)
    left = [outcome.request for outcome in outcomes if outcome.status != "ok"]
    for _ in range(3):
        if not left:
            break
        left = [o.request for o in fetch(XM, left, settings, archive, policy=policy) if o.status != "ok"]
    found, wanted = archive.cells(), expected_cells(requests)
    return FaultRun(
        faults=stub.faults,
        cells=wanted.total(),
        lost=(wanted - found).total(),
        duplicates=(found - wanted).total(),
        left=len(left),
        requests=len(stub.asked),
        seconds=time.monotonic() - begun,
    )


def main() -> None:
    """Run with as many faults as the first argument says."""
    stub = StubXm().start()
    settings = Settings(_env_file=None, xm_base_url=stub.url, xm_backoff=0.01, xm_read_timeout=2)
    sys.stdout.write(f"{run_faulted(stub, settings, int(sys.argv[1]))}\n")
    stub.stop()


if __name__ == "__main__":
    main()
