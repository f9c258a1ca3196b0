"""A small XM on loopback, keyed by POST body, that counts what it is asked and fails on command."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Respond = Callable[[web.Request, dict[str, Any], int], Awaitable[web.StreamResponse | None]]
QUICK_FAULTS = ("500", "502", "503", "429", "html", "empty", "truncated", "reset")
SLOW_FAULTS = ("hang", "drip")
# The slow ones cost a timeout each: all ten kinds occur, these two less often.
FAULTS = QUICK_FAULTS * 3 + SLOW_FAULTS


def value(metric: str, code: str, stamp: str) -> str:
    """Return the value of one cell: always the same for the same names."""
    digest = hashlib.blake2b(f"{metric}|{code}|{stamp}".encode(), digest_size=4).hexdigest()
    return f"{int(digest, 16) / 1000:.5f}"


def codes(entity: str) -> list[str]:
    return ["Sistema"] if entity == "Sistema" else ["2E10", "AAGG", "ÑAPA"]


def items(path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a reply to `body` at `path`."""
    metric, entity = body["MetricId"], body.get("Entity", "Sistema")
    if path == "lists":
        rows = [{"Id": entity, "Values": {"Code": code, "Name": f"Planta {code}"}} for code in codes(entity)]
        return [{"Date": "2024-05-06", "ListEntities": rows}]
    first, last = dt.date.fromisoformat(body["StartDate"]), dt.date.fromisoformat(body["EndDate"])
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    if path == "monthly":
        days = [day for day in days if day.day == 1]
    key = {"hourly": "HourlyEntities", "daily": "DailyEntities", "monthly": "MonthlyEntities"}[path]
    return [{"Date": f"{day}", key: [_row(path, metric, entity, code, day) for code in codes(entity)]} for day in days]


def _row(path: str, metric: str, entity: str, code: str, day: dt.date) -> dict[str, Any]:
    if path != "hourly":
        named = {} if entity == "Sistema" else {"Name": code}
        return {"Id": entity, **named, "Value": value(metric, code, f"{day}")}
    hours = {f"Hour{hour:02d}": value(metric, code, f"{day}T{hour:02d}") for hour in range(1, 25)}
    return {"Id": entity, "Values": {"code": code, **hours}}


class StubXm:
    """The server. `respond` may answer instead of it; `asked` keeps every body in order of arrival."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.respond: Respond | None = None
        self.peak = 0
        self.faults = 0
        self.url = ""
        self._busy = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> StubXm:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def clear(self) -> None:
        self.asked.clear()
        self.respond = None
        self.peak = self.faults = 0

    def inject(self, limit: int, *, seed: int = 7, share: float = 0.45, hang: float = 1.0) -> None:
        """Fail about `share` of the requests in ten ways until `limit` faults have been injected."""
        rng = random.Random(seed)

        async def respond(request: web.Request, body: dict[str, Any], _turn: int) -> web.StreamResponse | None:
            if self.faults >= limit or rng.random() >= share:
                return None
            self.faults += 1
            return await fault(rng.choice(FAULTS), request, body, hang)

        self.respond = respond

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        self.peak = max(self.peak, self._busy)
        try:
            path = request.match_info["path"].casefold()
            body = await request.json() if request.can_read_body else {}
            self.asked.append((path, body))
            if self.respond is not None:
                answer = await self.respond(request, body, len(self.asked))
                if answer is not None:
                    return answer
            return web.json_response(envelope(path, body))
        finally:
            self._busy -= 1


def envelope(path: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"Metric": {"Id": body["MetricId"]}, "Items": items(path, body)}


async def fault(kind: str, request: web.Request, body: dict[str, Any], hang: float) -> web.StreamResponse:
    """Answer wrongly in one of ten ways."""
    if kind == "html":
        return web.Response(text="<html><body>Mantenimiento</body></html>", content_type="text/html")
    if kind in {"empty", "hang"}:
        await asyncio.sleep(hang if kind == "hang" else 0)
        return web.Response(body=b"")
    connection = request.transport
    if kind in {"reset", "truncated", "drip"} and connection is not None:
        whole = json.dumps(envelope(request.match_info["path"].casefold(), body)).encode()
        if kind == "reset":
            connection.abort()
            return web.Response()
        response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
        await response.prepare(request)
        if kind == "truncated":
            await response.write(whole[: len(whole) // 2])
        for position in range(10 if kind == "drip" else 0):
            if connection.is_closing():
                break
            await response.write(whole[position : position + 1])
            await asyncio.sleep(hang / 10)
        connection.close()
        return response
    return web.Response(status=int(kind), text="upstream error")
