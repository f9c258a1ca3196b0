"""The source of a portal that lives: an emulator in this process whose day can be moved and which can have bad nights.

A process of its own is started for a day; four hundred nights are four hundred days of one. The world is simulated
once, up to the last of them: what it is on a day does not depend on how far it was simulated.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

from aiohttp import web

from pipeline.catalog.load import Catalog
from pipeline.emulator.altered import kept_to
from pipeline.emulator.faults import FaultPlan
from pipeline.emulator.server import HEADER, Emulator, listen
from pipeline.emulator.simem_world import SimemWorld
from pipeline.emulator.simulate.official import Official
from pipeline.emulator.simulated import Simulated
from pipeline.emulator.source import ValueBlock
from pipeline.emulator.xm_contract import Contract, contracts

Ill = Literal["", "down", "half", "slow"]
SEED = 7
_ROOM = 2**20


class Moving(Simulated):
    """The simulated source on any day up to the one it was made for."""

    empty_until: dt.date | None = None
    """XM holds nothing for windows that end on this day or before: a past that costs questions and no simulation."""

    def block(self, contract: Contract, first: dt.date, last: dt.date) -> ValueBlock | None:
        """Return what is published of a series between two days."""
        if self.empty_until is not None and last <= self.empty_until:
            return None
        return super().block(contract, first, last)

    def stand_on(self, today: dt.date) -> None:
        """Make it `today`: nothing newer is published, and what is younger than its last version is provisional."""
        self._today = today
        self._month = lru_cache(maxsize=16)(self._make)
        self._simem = SimemWorld(self._month, today)
        self._official = Official(today, self._seed)


class MovingEmulator:
    """The emulator's answers, a count of the questions, and the faults of tonight.

    Attributes:
        source: What it answers from.
        asked: Questions by source (`xm`, `simem`, `noaa`), since the last `fresh`.
        ill: By source: it answers 503 (`down`), one answer in three breaks off (`half`), each takes a while (`slow`).
        altered: What the answers get wrong from the next day on, as `emulator.altered` writes it.
    """

    altered: str = ""

    def __init__(self, catalog: Catalog, last: dt.date) -> None:
        self.source = Moving(last)
        metrics = [metric for metric in catalog.metrics.values() if metric.source == "xm"]
        self._rows: Mapping[tuple[str, str], Contract] = contracts(metrics)
        self._emulator: Emulator | None = None
        self.asked: Counter[str] = Counter()
        self.ill: dict[str, Ill] = {}

    def stand_on(self, today: dt.date) -> None:
        """Make it `today`."""
        self.source.stand_on(today)
        plan = FaultPlan.parse(self.altered, SEED)
        self._emulator = Emulator(kept_to(self._rows, plan.altered), self.source, today, plan)

    def fresh(self) -> None:
        """Count from nothing."""
        self.asked.clear()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one question, as the day and the faults have it."""
        path = request.path.strip("/").lower()
        if not path or self._emulator is None:
            return web.Response(text="", headers={HEADER: "simulated"})
        source = _source_of(path)
        self.asked[source] += 1
        ill = self.ill.get(source, "")
        if ill == "down":
            return web.Response(status=503, text="Service Unavailable")
        if ill == "slow":
            await asyncio.sleep(0.02)
        try:
            good = await self._emulator._answer(request)
        except ConnectionResetError:  # the run was cut and hung up while it was asking
            return web.Response(status=400)
        if ill == "half" and self.asked[source] % 3 == 0 and isinstance(good, web.Response):
            body = good.body if isinstance(good.body, bytes) else b""
            return web.Response(body=body[: len(body) // 2], content_type="application/json")
        return good


def _source_of(path: str) -> str:
    if path.startswith("backend-files/"):
        return "simem"
    return "noaa" if "oni" in path else "xm"


@contextmanager
def serving(emulator: MovingEmulator) -> Iterator[str]:
    """Serve on the loopback from a thread of this process; yield the address."""
    bound = listen("127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    up = threading.Event()

    async def start() -> web.AppRunner:
        app = web.Application(client_max_size=_ROOM)
        app.router.add_route("*", "/{path:.*}", emulator.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, bound).start()
        return runner

    def live() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(start())
        up.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=live, name="emulator", daemon=True)
    thread.start()
    up.wait(10)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
