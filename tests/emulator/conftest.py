"""One simulated emulator shared by the tests of this folder, and a way to ask it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from aiohttp import web
from numpy.typing import NDArray

from pipeline.emulator.server import Emulator, build, listen

TODAY = dt.date(2026, 11, 23)
Table = dict[tuple[str, ...], NDArray[np.float64]]
Ask = Callable[..., Table]


@pytest.fixture(scope="session")
def simulated() -> Emulator:
    """The simulated source on a fixed day."""
    return build("simulated", TODAY)


def ask_raw(emulator: Emulator, metric: str, entity: str, first: str, last: str) -> bytes:
    """Return the reply for one window as bytes."""
    contract = emulator.catalog[metric, entity]
    body = {"MetricId": metric, "Entity": entity, "StartDate": first, "EndDate": last}
    endpoint = "lists" if contract.grain == "list" else contract.grain
    return emulator.reply(endpoint, json.dumps(body).encode())


def read(body: bytes) -> Table:
    """Return a reply as {(date, key…): numbers}, NaN where the text is empty."""
    table: Table = {}
    for item in json.loads(body)["Items"]:
        (rows,) = (value for name, value in item.items() if name != "Date")
        for row in rows:
            values = row.get("Values", {"Value": row.get("Value")})
            texts = [text for name, text in values.items() if name.startswith(("Hour", "Value"))]
            names = [text for name, text in values.items() if not name.startswith(("Hour", "Value"))]
            names += [row[name] for name in ("Code", "Name") if name in row]
            table[item["Date"], *names] = np.array([float(text) if text else np.nan for text in texts])
    return table


@contextmanager
def serving(emulator: Emulator) -> Iterator[str]:
    """Serve an emulator from a thread of the tests and yield its base URL."""
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(emulator.application(), access_log=None, shutdown_timeout=0.2)
    bound = listen("127.0.0.1", 0)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.SockSite(runner, bound).start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def ask(simulated: Emulator) -> Ask:
    """Ask the simulated emulator for one window of one series."""

    def window(metric: str, entity: str, first: str, last: str) -> Table:
        return read(ask_raw(simulated, metric, entity, first, last))

    return window
