"""The loopback server: XM's five POST addresses, SIMEM's, and the two ways to run it.

`serve` blocks (for `./inv emulator`); `running` starts a process of its own and ends it with the block.
The server refuses any address but the loopback: it must never be mistaken for XM.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import ipaddress
import json
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiohttp import web

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import SourceUnavailable, UsageError
from pipeline.emulator import files, noaa_wire, simem_wire, wire
from pipeline.emulator.altered import altered_records, altered_reply, kept_to
from pipeline.emulator.faults import KINDS, FaultPlan
from pipeline.emulator.replay import Replay, check_folder
from pipeline.emulator.simulated import Simulated
from pipeline.emulator.source import ValueSource
from pipeline.emulator.xm_contract import ENDPOINTS, Contract, contracts

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8765
READY_SECONDS = 60.0
ROOT = Path(__file__).resolve().parents[2]
HEADER = "X-Portal-Emulator"
_SIMEM = "backend-files/api/"
_XM_PATHS = {*ENDPOINTS.values(), "annual"}
_UNKNOWN = "Id de Métrica no encontrada."


class _Refused(Exception):
    """A request XM would answer with 400.

    Args:
        body: What the reply says.
        kind: `text` for plain text, `string` for a bare JSON string, `message` for an object; `status` and
            `errors` for SIMEM's two shapes.
    """

    def __init__(self, body: str, kind: str = "text") -> None:
        super().__init__(body)
        self.body = body
        self.kind = kind

    def response(self) -> web.Response:
        if self.kind == "text":
            return web.Response(status=400, text=self.body)
        documents: dict[str, object] = {
            "string": self.body,
            "message": {"Message": self.body},
            "status": {"status": False, "message": self.body},
            "errors": {"title": "One or more validation errors occurred.", "errors": {"query": [self.body]}},
        }
        return _json(documents[self.kind], 400)


@dataclass(frozen=True)
class Manner:
    """How an emulator answers, apart from its faults.

    Attributes:
        latency: How late every answer comes [s], as over a slow network.
        keep: Keep XM's replies in memory: a benchmark of clients that asks everything once first then measures no
            simulation.
    """

    latency: float = 0.0
    keep: bool = False


@dataclass(frozen=True)
class Emulator:
    """Everything a request needs: the contract, the values and the faults.

    Attributes:
        label: `simulated` or `replayed`: what every answer says in its header, so that no page passes for XM's.
        manner: How it answers: at once, late, from memory.
    """

    catalog: Mapping[tuple[str, str], Contract]
    source: ValueSource
    today: dt.date
    plan: FaultPlan
    label: str = "simulated"
    manner: Manner = Manner()
    _kept: dict[tuple[str, bytes], bytes] = field(default_factory=dict)

    def application(self) -> web.Application:
        """Return the aiohttp application. One handler routes all: XM ignores the case of a path."""
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.path.lower().strip("/")
        good = self.plan.reworded(path, self._route(request.method, path, request, body))
        good.headers[HEADER] = self.label
        if self.manner.latency and path:
            await asyncio.sleep(self.manner.latency)
        kind = self.plan.pick(f"{request.method} {request.path_qs} ".encode() + body) if path else None
        return good if kind is None else await KINDS[kind](request, good)

    def _route(self, method: str, path: str, request: web.Request, body: bytes) -> web.Response:
        query = {name.lower(): value for name, value in request.query.items()}
        try:
            match (method, path.removeprefix(_SIMEM)):
                case ("POST", endpoint) if endpoint in _XM_PATHS:
                    said = self._recalled(endpoint, body)
                    return web.Response(body=said, content_type="application/json", charset="utf-8")
                case ("GET", "detalle-datos-publicos"):
                    return _json(simem_wire.detail(_dataset(query), self.today))
                case ("POST", "datos-publicos"):
                    dataset, first, last = _simem_window(query)
                    rules = _rules(body)
                    return _json([row for row in self._records(dataset, first, last) if simem_wire.keep(row, rules)])
                case ("GET", "publicdata"):
                    dataset, first, last = _simem_window(query)
                    rule = {"Fd": query.get("columndestinyname", ""), "Op": "in", "Vl": query.get("values", "")}
                    found = self._records(dataset, first, last)
                    rows = [row for row in found if not rule["Fd"] or simem_wire.keep(row, [rule])]
                    return _json(simem_wire.envelope(dataset, self.today, first, last, rows))
        except _Refused as refused:
            return refused.response()
        return self._file(path, str(request.url.origin()), query.get("ruta", ""))

    def _file(self, path: str, origin: str, wanted: str) -> web.Response:
        """Answer for the plain files: the portal of files says where one lies, `origin` is its own address."""
        if path == files.SERVICE:
            return _json({"url": files.link(origin, wanted)})
        oni = path == noaa_wire.PATH
        text = noaa_wire.text(self.source.pacific()) if oni else files.text(self.source, path, self.today)
        return web.Response(status=404 if text is None else 200, text="Not Found" if text is None else text)

    def _records(self, dataset: simem_wire.Dataset, first: dt.date, last: dt.date) -> list[simem_wire.Record]:
        if dataset.id == simem_wire.CATALOGUE:
            return simem_wire.inventory(self.today)
        records = self.source.records(dataset.id, first, min(last, self.today))
        return altered_records(records, dataset.id, self.plan.altered)

    def _recalled(self, endpoint: str, body: bytes) -> bytes:
        if not self.manner.keep:
            return self.reply(endpoint, body)
        if (endpoint, body) not in self._kept:
            self._kept[endpoint, body] = self.reply(endpoint, body)
        return self._kept[endpoint, body]

    def reply(self, endpoint: str, body: bytes) -> bytes:
        """Return XM's answer to one request.

        Raises:
            _Refused: With the words and the shape XM uses.
        """
        try:
            asked = json.loads(body)
        except ValueError:  # neither JSON nor text
            asked = None
        if not isinstance(asked, dict):
            raise _Refused("El cuerpo de la solicitud no es un JSON válido.")
        contract = self._find(endpoint, asked)
        return altered_reply(self._good(contract, asked), contract, self.plan.altered)

    def _good(self, contract: Contract, asked: dict[str, object]) -> bytes:
        if contract.grain == "list":
            return wire.list_body(contract, self.today, self._listing(contract))
        first, last = _window(asked, contract)
        wanted = asked.get("Filter")
        codes = frozenset(map(str, wanted)) if isinstance(wanted, list) else frozenset[str]()
        block = self.source.block(contract, first, last)
        if block is not None and contract.entity != "Sistema":
            block = block.select(codes)
        return wire.data_body(contract, first, last, block)

    def _find(self, endpoint: str, asked: dict[str, object]) -> Contract:
        metric = str(asked.get("MetricId", ""))
        pairs = {entity: row for (name, entity), row in self.catalog.items() if name == metric}
        right = [row for row in pairs.values() if ENDPOINTS[row.grain] == endpoint]
        if not right:
            raise _Refused(_UNKNOWN)
        entity = str(asked.get("Entity") or (right[0].entity if endpoint == "lists" else "Sistema"))
        if entity not in pairs:
            text = f"La configuración de la métrica {metric} para la entidad {entity} no encontrada."
            raise _Refused(text, "message")
        return pairs[entity]

    def _listing(self, contract: Contract) -> list[dict[str, object]]:
        if contract.metric == "ListadoMetricas":
            return [row.listing() for row in self.catalog.values()]
        return [dict(row) for row in self.source.listing(contract.metric, contract.entity)]


def _json(document: object, status: int = 200) -> web.Response:
    return web.Response(status=status, text=json.dumps(document, ensure_ascii=False), content_type="application/json")


def _dataset(query: Mapping[str, str]) -> simem_wire.Dataset:
    try:
        return simem_wire.DATASETS[query.get("datasetid", "").lower()]
    except KeyError:
        raise _Refused("El conjunto de datos no existe.", "status") from None


def _simem_window(query: Mapping[str, str]) -> tuple[simem_wire.Dataset, dt.date, dt.date]:
    dataset = _dataset(query)
    try:
        first, last = (dt.date.fromisoformat(query.get(name, "")[:10]) for name in ("startdate", "enddate"))
    except ValueError:
        raise _Refused("The value is not valid.", "errors") from None
    if (last - first).days >= simem_wire.LIMITS[dataset.periodicity]:
        raise _Refused("El rango de fechas supera lo permitido para el conjunto de datos.", "status")
    return dataset, first, last


def _rules(body: bytes) -> list[dict[str, str]]:
    try:
        rules = json.loads(body or b"[]")
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise _Refused("Los filtros no son un JSON válido.", "status") from None
    return rules if isinstance(rules, list) else []


def _window(asked: dict[str, object], contract: Contract) -> tuple[dt.date, dt.date]:
    try:
        first, last = (dt.date.fromisoformat(str(asked[name])[:10]) for name in ("StartDate", "EndDate"))
    except (KeyError, ValueError):
        raise _Refused("error: StartDate y EndDate deben ser fechas AAAA-MM-DD", "string") from None
    if last < first:
        raise _Refused("error: la fecha inicial es posterior a la fecha final", "string")
    if (last - first).days + 1 > contract.max_days:
        text = f"error: Rango de consulta supera los {contract.max_days} días permitidos"
        raise _Refused(text, "string")
    return first, last


def build(
    source: str | Path, today: dt.date, seed: int = 7, faults: str | None = None, manner: Manner = Manner()
) -> Emulator:
    """Assemble an emulator.

    Args:
        source: `simulated`, or the folder to replay.
        today: The day the emulator believes it is; nothing newer is served.
        seed: Seed of the simulated world and of the fault plan.
        faults: Fault plan (`500:0.05,…`), or None.
        manner: How it answers.

    Raises:
        UsageError: If the folder or the plan is wrong.
    """
    plan = FaultPlan.parse(faults, seed)
    rows = kept_to(contracts(m for m in load_catalog().metrics.values() if m.source == "xm"), plan.altered)
    if source == "simulated":
        return Emulator(rows, Simulated(today, seed), today, plan, manner=manner)
    return Emulator(rows, Replay(Path(source), today), today, plan, "replayed", manner)


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket on the loopback.

    Raises:
        UsageError: If the address is not a loopback one, or the port is taken.
    """
    name = LOOPBACK if host == "localhost" else host
    try:
        loopback = ipaddress.ip_address(name).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise UsageError(f"the emulator only listens on the loopback, not on {host}", hint=f"use {LOOPBACK}")
    bound = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((name, port))
        bound.listen(128)  # two sockets may share a bound port; only one may listen on it
    except OSError as error:
        bound.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise UsageError(
                f"port {port} is taken or not allowed", hint="choose another one: ./inv emulator --port 8766"
            ) from None
        raise
    return bound


def serve(
    port: int = DEFAULT_PORT,
    source: str | Path = "simulated",
    today: dt.date | None = None,
    seed: int = 7,
    faults: str | None = None,
    host: str = LOOPBACK,
    ready: Callable[[str], None] | None = None,
    manner: Manner = Manner(),
) -> None:
    """Serve until interrupted.

    Args:
        port: Port on the loopback; 0 picks a free one.
        source: `simulated`, or the folder to replay.
        today: The day the emulator believes it is.
        seed: Seed of the world and of the faults.
        faults: Fault plan, or None.
        host: A loopback address.
        ready: Called with the base URL once the server answers.
        manner: How it answers.

    Raises:
        UsageError: If an argument is wrong, the port is taken or the address is not a loopback one.
    """
    if today is None:
        raise UsageError("the emulator needs a day", hint="pass --today AAAA-MM-DD")
    bound = listen(host, port)
    url = f"http://{host}:{bound.getsockname()[1]}"
    app = build(source, today, seed, faults, manner).application()

    async def announce(_: web.Application) -> None:
        if ready is not None:
            ready(url)

    app.on_startup.append(announce)
    web.run_app(app, sock=bound, print=None, access_log=None, handle_signals=True, shutdown_timeout=1.0)


@contextmanager
def running(
    source: str | Path = "simulated",
    today: dt.date | None = None,
    seed: int = 7,
    faults: str | None = None,
    manner: Manner = Manner(),
) -> Iterator[str]:
    """Run an emulator in a process of its own on a free port and yield its base URL.

    The process ends with the block, and also when the caller dies (it watches its standard input).

    Raises:
        UsageError: If an argument is wrong.
        SourceUnavailable: If the emulator does not come up.
    """
    if today is None:
        raise UsageError("the emulator needs a day", hint="pass today=date(…)")
    FaultPlan.parse(faults)
    if source != "simulated":
        check_folder(Path(source))
    place = source if source == "simulated" else str(Path(source).resolve())
    order = json.dumps(
        {"source": str(place), "today": today.isoformat(), "seed": seed, "faults": faults, "manner": asdict(manner)}
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.emulator.worker", order],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _await_ready(process)
    finally:
        _end(process)


def _await_ready(process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + READY_SECONDS
    stream = process.stdout
    if stream is None:
        raise SourceUnavailable("the emulator gave no output")
    while time.monotonic() < deadline:
        readable, _, _ = select.select([stream], [], [], 0.2)
        if readable:
            said = json.loads(stream.readline() or "{}")
            if "url" in said:
                return str(said["url"])
            if "usage" in said:
                raise UsageError(said["usage"], hint=said["hint"])
            break
    raise SourceUnavailable("the emulator did not start", hint="run ./inv emulator to see why")


def _end(process: subprocess.Popen[str]) -> None:
    with process:  # closes what it reads and writes, and waits for its end
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
