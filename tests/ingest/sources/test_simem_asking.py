"""SIMEM is asked as its own client asks, with our manners; an error is never rows."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.catalog.load import Catalog
from pipeline.core.settings import Settings
from pipeline.ingest.planned import fetch
from pipeline.ingest.sources.simem import SIMEM
from pipeline.ingest.windows import Reply, WindowRequest, asked_together, months
from tests.ingest.stub import StubXm

START, END = dt.date(2024, 1, 15), dt.date(2024, 3, 1)
# What pydatasimem brings from the server in `sys.argv[1]`; the addresses are literals in its module.
LIBRARY = """
import contextlib, io, json, sys
from pydataxm import pydatasimem
for name in ("base_api_data_url", "base_api_info_url"):
    setattr(pydatasimem, name, getattr(pydatasimem, name).replace("https://www.simem.co", sys.argv[1]))
with contextlib.redirect_stdout(io.StringIO()):
    frame = pydatasimem.ReadSIMEM(*sys.argv[2:]).main()
print(json.dumps(frame.to_dict("records")))
"""


class Simem:
    """Answers SIMEM's two paths; `errors` maps a start date to the answer that goes wrong."""

    def __init__(self) -> None:
        self.errors: dict[str, tuple[int, object]] = {}
        self.spans: list[tuple[str, str]] = []

    async def __call__(self, request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        assert request.query["datasetId"].casefold() == "ec6945"
        if request.path.endswith("detalle-datos-publicos"):
            result = {"name": "Precio de bolsa", "metadata": {"granularity": "Horaria"}, "columns": []}
            return web.json_response({"parameters": {"idDataset": "EC6945"}, "success": True, "result": result})
        assert request.path.endswith("datos-publicos")
        assert request.method == "POST"
        start, end = request.query["startDate"], request.query["endDate"]
        self.spans.append((start, end))
        if start in self.errors:
            status, document = self.errors[start]
            return web.json_response(document, status=status)
        return web.json_response(records(start, end))


def records(start: str, end: str) -> list[dict[str, Any]]:
    """Return one price a day."""
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [
        {"CodigoVariable": "PB_Nal", "FechaHora": f"{day}T00:00:00", "Version": "TX2", "Valor": 1.5} for day in days
    ]


@pytest.fixture
def windows(catalog: Catalog) -> list[WindowRequest]:
    """The months of the price, which shares its dataset with two others."""
    metrics = [catalog.metrics[name] for name in ("PB_Nal", "PB_Int", "PB_Tie")]
    return asked_together(WindowRequest(m, "Sistema", *span) for m in metrics for span in months(START, END))


def rows_of(kept: list[Reply]) -> list[dict[str, Any]]:
    """Return the records of the good replies, oldest first."""
    good = sorted((reply for reply in kept if reply.status == "ok"), key=lambda reply: reply.request.start)
    return [row for reply in good for row in json.loads(reply.body)]


def test_a_dataset_arrives_month_by_month(stub: StubXm, settings: Settings, windows: list[WindowRequest]) -> None:
    """Hourly data are asked by calendar month, once for all metrics, and handed over as raw bytes."""
    stub.respond = simem = Simem()
    kept: list[Reply] = []
    outcomes = fetch(SIMEM, windows, settings, kept.append)
    assert simem.spans == [("2024-01-15", "2024-01-31"), ("2024-02-01", "2024-02-29"), ("2024-03-01", "2024-03-01")]
    assert [(o.status, o.request.start, o.request.end) for o in outcomes] == [
        ("ok", dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in simem.spans
    ]
    assert rows_of(kept) == records("2024-01-15", "2024-03-01")
    assert [each.request.key for each in outcomes[0].series()] == ["PB_Nal/Sistema", "PB_Int/Sistema", "PB_Tie/Sistema"]


@pytest.mark.slow
def test_our_bytes_are_what_the_library_brings(stub: StubXm, settings: Settings, windows: list[WindowRequest]) -> None:
    """Pydatasimem asks for the same spans of the same server, and its frame holds the records of our replies."""
    stub.respond = simem = Simem()
    kept: list[Reply] = []
    fetch(SIMEM, windows, settings, kept.append)
    ours = list(simem.spans)
    simem.spans.clear()
    done = subprocess.run(
        [sys.executable, "-c", LIBRARY, settings.simem_base_url, "EC6945", START.isoformat(), END.isoformat()],
        cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == rows_of(kept)
    assert simem.spans == ours


BAD = [
    (200, {"parameters": {}, "success": False, "message": "Rechazado"}),
    (400, {"title": "One or more validation errors occurred.", "status": 400, "errors": {"endDate": ["bad"]}}),
    (200, {"status": False, "message": "Fechas no válidas"}),
]


@pytest.mark.parametrize(("status", "document"), BAD)
def test_an_error_is_never_rows(
    stub: StubXm, settings: Settings, windows: list[WindowRequest], status: int, document: object
) -> None:
    """Both error shapes, with 200 and with 400: one failed window, 0 rows from it, the others whole (I28)."""
    stub.respond = simem = Simem()
    simem.errors["2024-02-01"] = (status, document)
    kept: list[Reply] = []
    outcomes = fetch(SIMEM, windows, settings, kept.append)
    assert [o.status for o in outcomes] == ["ok", "permanent", "ok"]
    assert len(rows_of(kept)) == 17 + 1


def test_halves_of_a_shared_window_are_shared(windows: list[WindowRequest]) -> None:
    """A window that SIMEM cannot answer is halved without losing a day or a metric."""
    halves = windows[0].halves()
    assert halves is not None
    assert (halves[0].start, halves[1].end) == (START, dt.date(2024, 1, 31))
    assert halves[1].start - halves[0].end == dt.timedelta(days=1)
    assert [len(half.series()) for half in halves] == [3, 3]
    assert windows[-1].halves() is None


def test_a_dataset_that_fails_fails_alone(
    stub: StubXm, settings: Settings, windows: list[WindowRequest], catalog: Catalog
) -> None:
    """Windows of several datasets in one go: a retired dataset gets its outcome, the other one its data."""
    good = Simem()

    async def respond(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        if request.query["datasetId"] == "c1b851":
            return web.json_response({"status": False, "message": "El conjunto de datos no existe"}, status=400)
        return await good(request, body, turn)

    stub.respond = respond
    price = catalog.metrics["PE"]
    assert price.simem is not None
    retired = price.model_copy(update={"simem": price.simem.model_copy(update={"dataset": "c1b851"})})
    kept: list[Reply] = []
    outcomes = fetch(SIMEM, [WindowRequest(retired, "Sistema", START, END), *windows], settings, kept.append)
    assert [o.status for o in outcomes] == ["permanent", "ok", "ok", "ok"]
    assert outcomes[0].reason == "unknown_dataset"
    assert rows_of(kept) == records("2024-01-15", "2024-03-01")
