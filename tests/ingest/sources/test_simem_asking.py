"""SIMEM through pydatasimem: the same manners, and an error is never rows."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import SourceRefused, SourceSchemaChanged, SourceUnavailable, UsageError
from pipeline.core.settings import Settings
from pipeline.ingest.download import Reply
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.plan import months
from pipeline.ingest.sources.simem import DatasetRequest, SimemReader, fetch_windows, pydatasimem
from pipeline.ingest.transport import SyncTransport
from tests.ingest.stub import StubXm

START, END = dt.date(2024, 1, 15), dt.date(2024, 3, 1)
MONTHS = [DatasetRequest("EC6945", *month) for month in months(START, END)]


def describe(dataset: str, start: dt.date, end: dt.date, settings: Settings) -> None:
    """Ask what a dataset is, as is done before its windows are asked for."""
    with SyncTransport(PacingPolicy.from_settings(settings)) as line:
        SimemReader(DatasetRequest(dataset, start, end), settings.simem_base_url, line.ask)


class Simem:
    """Answers SIMEM's two paths; `errors` maps a start date to the answer that goes wrong."""

    def __init__(self, granularity: str = "Horaria") -> None:
        self.granularity = granularity
        self.described: web.Response | None = None
        self.errors: dict[str, tuple[int, object]] = {}
        self.spans: list[tuple[str, str]] = []

    async def __call__(self, request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        assert request.query["datasetId"].casefold() == "ec6945"
        if request.path.endswith("detalle-datos-publicos"):
            assert request.method == "GET"
            return self.described or web.json_response(
                {
                    "parameters": {"idDataset": "EC6945"},
                    "success": True,
                    "result": {
                        "name": "Precio de bolsa",
                        "metadata": {"granularity": self.granularity, "lastUpdate": "2024-05-06"},
                        "columns": [{"nameColumn": "FechaHora"}, {"nameColumn": "Valor"}],
                    },
                }
            )
        assert request.path.endswith("datos-publicos")
        assert request.method == "POST"
        start, end = request.query["startDate"], request.query["endDate"]
        self.spans.append((start, end))
        if start in self.errors:
            status, document = self.errors[start]
            return web.json_response(document, status=status)
        return web.json_response(records(start, end))


def records(start: str, end: str) -> list[dict[str, Any]]:
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [
        {"CodigoVariable": "PB_Nal", "FechaHora": f"{day}T00:00:00", "Version": "TX2", "Valor": 1.5} for day in days
    ]


def test_a_dataset_arrives_month_by_month(stub: StubXm, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """Hourly data are asked by calendar month, handed over as raw bytes; nothing is printed, no handler is left."""
    stub.respond = simem = Simem()
    handlers = list(logging.getLogger().handlers)
    kept: list[Reply[DatasetRequest]] = []
    outcomes = fetch_windows(MONTHS, settings, kept.append)
    assert simem.spans == [("2024-01-15", "2024-01-31"), ("2024-02-01", "2024-02-29"), ("2024-03-01", "2024-03-01")]
    assert [(o.status, o.request.start, o.request.end) for o in outcomes] == [
        ("ok", dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in simem.spans
    ]
    rows = [row for reply in sorted(kept, key=lambda r: r.request.start) for row in json.loads(reply.body)]
    assert rows == records("2024-01-15", "2024-03-01")
    assert "Inicializando" not in capsys.readouterr().out
    assert capsys.readouterr().out == ""
    assert logging.getLogger().handlers == handlers


BAD = [
    (200, {"parameters": {}, "success": False, "message": "Rechazado"}),
    (400, {"title": "One or more validation errors occurred.", "status": 400, "errors": {"endDate": ["bad"]}}),
    (200, {"status": False, "message": "Fechas no válidas"}),
]


@pytest.mark.parametrize(("status", "document"), BAD)
def test_an_error_is_never_rows(stub: StubXm, settings: Settings, status: int, document: object) -> None:
    """Both error shapes, with 200 and with 400: one failed window, 0 rows from it, the others whole (I28)."""
    stub.respond = simem = Simem()
    simem.errors["2024-02-01"] = (status, document)
    kept: list[Reply[DatasetRequest]] = []
    outcomes = fetch_windows(MONTHS, settings, kept.append)
    assert [o.status for o in outcomes] == ["ok", "permanent", "ok"]
    rows = [row for reply in kept if reply.status == "ok" for row in json.loads(reply.body)]
    assert len(rows) == 17 + 1
    with SyncTransport(PacingPolicy.from_settings(settings)) as line:
        reader = SimemReader(DatasetRequest("EC6945", START, END), settings.simem_base_url, line.ask)
        with pytest.raises(SourceRefused):
            reader.main()


def test_the_library_still_makes_frames(stub: StubXm, settings: Settings) -> None:
    """`main()` of pydatasimem works on our transport and gives the rows of the raw replies."""
    stub.respond = Simem()
    with SyncTransport(PacingPolicy.from_settings(settings)) as line:
        frame = SimemReader(DatasetRequest("EC6945", START, END), settings.simem_base_url, line.ask).main()
    assert frame.to_dict("records") == records("2024-01-15", "2024-03-01")


def test_what_cannot_be_described_raises(stub: StubXm, settings: Settings) -> None:
    """An unknown dataset, a dead SIMEM, a strange granularity: typed errors before any window is asked."""
    stub.respond = simem = Simem()
    simem.described = web.json_response({"success": False, "message": "El dataset no existe"})
    with pytest.raises(SourceRefused, match="unknown_dataset"):
        describe("EC6945", START, END, settings)
    stub.respond = simem = Simem()
    simem.described = web.Response(status=502)
    with pytest.raises(SourceUnavailable, match="http_502"):
        describe("EC6945", START, END, settings.model_copy(update={"xm_attempts": 1}))
    stub.respond = simem = Simem("Quincenal")
    with pytest.raises(SourceSchemaChanged, match="granularity"):
        describe("EC6945", START, END, settings)
    assert simem.spans == []


@pytest.mark.parametrize("dataset", ["EC694", "EC6945X", "EC 945", "EC-945", "", "ÉC6945"])
def test_identifiers_are_checked(settings: Settings, dataset: str) -> None:
    """What cannot be a dataset is refused before it is asked (D14)."""
    with pytest.raises(UsageError, match="six letters"):
        describe(dataset, START, END, settings)


def test_reversed_dates_are_refused(settings: Settings) -> None:
    """The library would fail with 'pop from empty list' (D14)."""
    with pytest.raises(UsageError, match="earlier date first"):
        describe("EC6945", END, START, settings)


def test_the_library_cannot_ask_by_itself() -> None:
    """Parts of pydatasimem that we do not use reach nothing."""
    with pytest.raises(SourceUnavailable, match="by itself"):
        pydatasimem.VariableSIMEM._read_json()


def test_halves_tile_a_dataset_window() -> None:
    """A window that SIMEM cannot answer is halved without losing a day."""
    request = DatasetRequest("EC6945", START, END)
    halves = request.halves()
    assert halves is not None
    assert (halves[0].start, halves[1].end) == (START, END)
    assert halves[1].start - halves[0].end == dt.timedelta(days=1)
    assert DatasetRequest("EC6945", START, START).halves() is None


def test_a_dataset_that_fails_fails_alone(stub: StubXm, settings: Settings) -> None:
    """Windows of several datasets in one go: a retired dataset gets its outcome, the other one its data."""
    good = Simem()

    async def respond(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        if request.query["datasetId"] == "c1b851":
            return web.json_response({"status": False, "message": "El conjunto de datos no existe"}, status=400)
        return await good(request, body, turn)

    stub.respond = respond
    kept: list[Reply[DatasetRequest]] = []
    days = [(dt.date(2024, month, 1), dt.date(2024, month, 28)) for month in (1, 2)]
    requests = [DatasetRequest(name, *window) for name in ("c1b851", "EC6945") for window in days]
    outcomes = fetch_windows(requests, settings, kept.append)
    assert [(o.request.dataset, o.status) for o in outcomes] == [
        ("EC6945", "ok"), ("EC6945", "ok"), ("c1b851", "permanent"), ("c1b851", "permanent"),
    ]  # fmt: skip
    assert "no existe" in outcomes[-1].reason or "unknown_dataset" in outcomes[-1].reason
    assert sorted(reply.request.start for reply in kept) == [first for first, _ in days]
