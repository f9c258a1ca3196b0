"""A build knows whose data it shows."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import SourceUnavailable
from pipeline.ingest.addresses import HEADER, identify
from tests.ingest.stub import StubXm


@pytest.mark.parametrize(
    ("status", "told", "source"),
    [
        (200, "simulated", "simulated"),
        (404, "simulated", "simulated"),
        (404, "replayed", "replayed"),
        (200, None, "replayed"),
    ],
)
def test_the_emulator_says_what_it_serves(stub: StubXm, status: int, told: str | None, source: str) -> None:
    """Loopback data are simulated only when the server says so; without a word they are test data, never XM's."""

    async def answer(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(status=status, headers={HEADER: told} if told else {})

    stub.respond = answer
    assert identify(stub.url) == source


def test_an_outside_address_is_xm_and_is_not_asked() -> None:
    """Only the loopback can be an emulator."""
    assert identify("https://servapibi.xm.com.co") == "xm"


def test_nobody_on_the_loopback_says_so() -> None:
    """An emulator that was not started is named, with the command that starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(SourceUnavailable, match="inv emulator"):
            identify(f"http://127.0.0.1:{probe.getsockname()[1]}")
