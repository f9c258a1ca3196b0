"""An XM in memory: a few series, with holes, faults, strange codes and a list of metrics that can change."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.xm_contract import contracts
from pipeline.ingest.rounds import ingest
from pipeline.ingest.states import IngestReport
from pipeline.ingest.windows import Reply, WindowOutcome, WindowRequest
from pipeline.store.lake import Lake

SINCE = dt.date(2026, 1, 1)
METRICS = ("PrecBolsNaci", "AporCaudal", "ListadoRios")


@dataclass
class FakeXm:
    """What XM would answer.

    Attributes:
        absent: Days without data.
        failing: First days of windows that get no answer.
        rivers: Names under which the rivers send their flow.
        listed: Names in the list of rivers.
        spoilt: First days of windows whose reply is no document.
        stumbling: The same, but only the first time each window is asked.
        power: Questions it answers before it goes down; None: it never does.
        listing: Rows of ListadoMetricas; None when the list is dead.
        asked: Windows asked, in order.
    """

    catalog: Catalog
    absent: set[dt.date] = field(default_factory=set)
    failing: set[dt.date] = field(default_factory=set)
    rivers: tuple[str, ...] = ("BATA", "NARE")
    listed: tuple[str, ...] = ("BATA", "NARE")
    spoilt: set[dt.date] = field(default_factory=set)
    stumbling: set[dt.date] = field(default_factory=set)
    listing: list[dict[str, object]] | None = field(default_factory=list)
    asked: list[WindowRequest] = field(default_factory=list)
    today: dt.date = SINCE
    power: int | None = None

    def preflight(self, _settings: object) -> bytes | None:
        """Answer ListadoMetricas."""
        if self.listing is None:
            return None
        pairs = contracts([m for m in self.catalog.metrics.values() if m.source == "xm"])
        rows = self.listing or [pair.listing() for pair in pairs.values()]
        return _list(self.today, rows)

    def fetch(
        self,
        _source: object,
        requests: Sequence[WindowRequest],
        _settings: object,
        on_reply: Callable[[Reply], None],
        **_how: object,
    ) -> list[WindowOutcome]:
        """Answer each window at once, as `planned.fetch` does."""
        outcomes = []
        for request in requests:
            if self.power is not None and len(self.asked) >= self.power:
                on_reply(Reply(request, b"", "unsent", "source_down: http_503"))
                outcomes.append(WindowOutcome(request, "unsent", "source_down: http_503", 0, 0))
                continue
            self.asked.append(request)
            if request.start in self.failing and request.metric.grain != "list":
                on_reply(Reply(request, b"", "retry_later", "timeout"))
                outcomes.append(WindowOutcome(request, "retry_later", "timeout", 5, 0))
                continue
            body = self._body(request)
            status = "ok" if request.metric.grain == "list" or b'"Date"' in body else "empty"
            stumbles = request.start in self.stumbling and self.asked.count(request) == 1
            if (request.start in self.spoilt or stumbles) and request.metric.grain == "hourly":
                body, status = b'{"Items": 5}', "ok"
            on_reply(Reply(request, body, status))  # type: ignore[arg-type]
            outcomes.append(WindowOutcome(request, status, "", 1, len(body)))  # type: ignore[arg-type]
        return outcomes

    def _body(self, request: WindowRequest) -> bytes:
        if request.metric.grain == "list":
            return _list(self.today, [{"Name": n, "Code": n[:8], "HydroRegion": "CENTRO"} for n in self.listed])
        newest = self.today - dt.timedelta(days=request.metric.lag_days)
        items = []
        for offset in range((min(request.end, newest) - request.start).days + 1):
            day = request.start + dt.timedelta(days=offset)
            if day in self.absent:
                continue
            if request.metric.grain == "hourly":
                hours = {f"Hour{h + 1:02d}": str(100 + h) for h in range(24)}
                entities = {"HourlyEntities": [{"Id": "Sistema", "Values": {"code": "Sistema", **hours}}]}
            else:
                rows = [{"Id": "Rio", "Name": name, "Value": "12.5"} for name in self.rivers]
                entities = {"DailyEntities": rows}
            items.append({"Date": day.isoformat(), **entities})
        return json.dumps({"Items": items}).encode()


def _list(day: dt.date, rows: Sequence[object]) -> bytes:
    entities = [{"Id": "Sistema", "Values": row} for row in rows]
    return json.dumps({"Items": [{"Date": day.isoformat(), "ListEntities": entities}]}).encode()


@dataclass
class House:
    """A data folder that is brought up to date night by night from a fake XM."""

    xm: FakeXm
    home: Path
    since: dt.date = SINCE
    requests: int = 7200

    @property
    def paths(self) -> Paths:
        """Where things lie."""
        return Paths(data=self.home, build=self.home / "build")

    @property
    def lake(self) -> Lake:
        """The lake."""
        return Lake(self.paths.lake)

    def night(self, today: dt.date, metrics: Sequence[str] = METRICS, *, full: bool = False) -> IngestReport:
        """Run one ingest."""
        self.xm.today = today
        self.xm.asked.clear()
        settings = load_settings(
            xm_base_url="http://127.0.0.1:9", data_dir=self.home, workers=1, requests=self.requests
        )
        run = RunInfo(today, self.since, "simulated", dt.datetime.combine(today, dt.time(5, 40)))
        return ingest(self.xm.catalog, settings, self.paths, run, metrics=metrics, full=full)

    def gaps(self) -> list[dict[str, object]]:
        """Return the gaps as the lake has them."""
        table = self.lake.read("_gaps", "log")
        return table.to_pylist() if table.num_rows else []

    def asked(self, metric: str) -> set[dt.date]:
        """Return the first days of the windows asked last night."""
        return {r.start for r in self.xm.asked if r.metric.id == metric}


@pytest.fixture
def house(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house whose XM is the fake one."""
    xm = FakeXm(catalog)
    monkeypatch.setattr("pipeline.ingest.planned.fetch", xm.fetch)
    monkeypatch.setattr("pipeline.ingest.sources.xm.preflight", xm.preflight)
    return House(xm, tmp_path)
