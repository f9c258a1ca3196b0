"""Faults on purpose: what XM has been seen to do, drawn from a seeded plan.

A plan is written `kind:probability,…` (`500:0.05,reset:0.02`). What the answers say is altered in the same plan
(`scale:DemaReal/Sistema@2026-05-16=0.8`, see `altered`). Whether a request fails depends on the seed, the
request and how often it was asked before, never on timing, so that a run can be repeated. To add a kind, write
its function and name it in `KINDS`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from pipeline.core.errors import UsageError
from pipeline.emulator.altered import KINDS as ALTERING
from pipeline.emulator.altered import Alteration, altered_bytes

Fault = Callable[[web.Request, web.Response], Awaitable[web.StreamResponse]]
SLOW_SECONDS = 0.4
HANG_SECONDS = 3600.0
DRIPS = 100


def _status(code: int, text: str, headers: dict[str, str] | None = None) -> Fault:
    async def answer(request: web.Request, good: web.Response) -> web.StreamResponse:
        return web.Response(status=code, text=text, headers=headers)

    return answer


async def _html(request: web.Request, good: web.Response) -> web.StreamResponse:
    page = "<!DOCTYPE html><html><body><h1>Sitio en mantenimiento</h1></body></html>"
    return web.Response(text=page, content_type="text/html")


async def _empty(request: web.Request, good: web.Response) -> web.StreamResponse:
    return web.Response(status=200, body=b"", content_type="application/json")


def _bytes(good: web.Response) -> bytes:
    return good.body if isinstance(good.body, bytes) else b""


async def _truncated(request: web.Request, good: web.Response) -> web.StreamResponse:
    """Half of the body with a coherent length: valid HTTP, broken JSON."""
    body = _bytes(good)
    return web.Response(body=body[: len(body) // 2], content_type="application/json")


async def _reset(request: web.Request, good: web.Response) -> web.StreamResponse:
    """Promise the whole body, send a part, and drop the connection."""
    body = _bytes(good)
    response = web.StreamResponse(headers={"Content-Length": str(max(len(body), 2))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        request.transport.abort()
    return response


async def _slow(request: web.Request, good: web.Response) -> web.StreamResponse:
    await asyncio.sleep(SLOW_SECONDS)
    return good


async def _hang(request: web.Request, good: web.Response) -> web.StreamResponse:
    await asyncio.sleep(HANG_SECONDS)
    return good


async def _drip(request: web.Request, good: web.Response) -> web.StreamResponse:
    """Promise the whole body and send a byte now and then."""
    body = _bytes(good)
    response = web.StreamResponse(headers={"Content-Length": str(max(len(body), DRIPS + 1))})
    await response.prepare(request)
    for place in range(DRIPS):
        if request.transport is None or request.transport.is_closing():
            break
        await response.write(body[place : place + 1] or b" ")
        await asyncio.sleep(SLOW_SECONDS / 4)
    if request.transport is not None:
        request.transport.abort()
    return response


KINDS: dict[str, Fault] = {
    "500": _status(500, "Internal Server Error"),
    "502": _status(502, "Bad Gateway"),
    "503": _status(503, "Service Unavailable"),
    "429": _status(429, "Too Many Requests", {"Retry-After": "1"}),
    "html": _html,
    "empty": _empty,
    "truncated": _truncated,
    "reset": _reset,
    "slow": _slow,
    "hang": _hang,
    "drip": _drip,
}


@dataclass
class FaultPlan:
    """Which share of the requests fails, and how.

    Attributes:
        shares: Kind → probability [0–1].
        altered: What the answers get wrong, all of the time.
        injected: How many faults of each kind were served so far.
    """

    seed: int = 0
    shares: dict[str, float] = field(default_factory=dict)
    altered: tuple[Alteration, ...] = ()
    injected: Counter[str] = field(default_factory=Counter)
    _asked: Counter[bytes] = field(default_factory=Counter)

    @classmethod
    def parse(cls, text: str | None, seed: int = 0) -> FaultPlan:
        """Read `kind:probability,…`, alterations among them.

        Raises:
            UsageError: If a kind is unknown, a probability is no number, or they add up to more than 1.
        """
        shares: dict[str, float] = {}
        altered: list[Alteration] = []
        for part in filter(None, (piece.strip() for piece in (text or "").split(","))):
            kind, _, share = part.partition(":")
            if kind in ALTERING:
                altered.append(Alteration.parse(part))
                continue
            try:
                shares[kind] = float(share)
            except ValueError:
                raise UsageError(f"fault {part!r} has no probability", hint="write kind:0.05") from None
            if kind not in KINDS:
                raise UsageError(f"unknown fault {kind!r}", hint=f"use {', '.join([*KINDS, *ALTERING])}")
            if not 0 <= shares[kind] <= 1:
                raise UsageError(f"fault {part!r}: a probability lies between 0 and 1")
        if sum(shares.values()) > 1:
            raise UsageError("the probabilities of the faults add up to more than 1", hint="lower them")
        return cls(seed, shares, tuple(altered))

    def reworded(self, path: str, good: web.Response) -> web.Response:
        """Return a good answer as the alterations of its address make it: with other words, or not there."""
        if not self.altered or not isinstance(good.body, bytes):
            return good
        said = altered_bytes(path, good.body, self.altered)
        if said is None:
            return web.Response(status=404)
        good.body = said
        return good

    def pick(self, request: bytes) -> str | None:
        """Return the fault this request gets, or None. The same request asked again is drawn anew."""
        attempt = self._asked[request]
        self._asked[request] += 1
        if not self.shares:
            return None
        digest = hashlib.blake2b(b"%d|%d|" % (self.seed, attempt) + request, digest_size=8).digest()
        draw = int.from_bytes(digest, "big") / 2**64
        for kind, share in self.shares.items():
            draw -= share
            if draw < 0:
                self.injected[kind] += 1
                return kind
        return None
