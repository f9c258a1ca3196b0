"""XM's portal of files: official demand forecasts, asked through the same transport as everything else.

The portal answers a question for a file with a small document that says where it lies (`{"url": …}`), or with the file
itself. Addresses and layouts are as public programs that read them show them; they have not been checked against the
real service, so every answer is judged and nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import json
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit

from pipeline.core.errors import SourceRefused
from pipeline.core.settings import LOOPBACK, Settings
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import HttpCall, Settled, SyncTransport
from pipeline.ingest.verdicts import RETRYABLE, ReplyVerdict

SERVICE = "/administracion-archivos/ficheros/descarga-archivo"
STORE = "storageportalxm"
FOLDER = "M:/InformacionAgentes/Usuarios/Publico/DEMANDAS/Pronostico Oficial"
_MISSING = frozenset({204, 404, 410})


def weekly(monday: dt.date) -> str:
    """Return the path of the forecast of the week that begins on `monday`."""
    return f"{FOLDER}/{monday:%Y-%m}/PRONSIN{monday:%m%d}.txt"


def by_bus(day: dt.date) -> str:
    """Return the path of the forecast of each bus for `day`."""
    return f"{FOLDER}/{day:%Y-%m}/PRON_BARRA{day:%m%d}.txt"


def base_of(settings: Settings) -> str | None:
    """Return the address of the portal, None when no one set it; an emulated XM has its own files.

    A build on an emulator must not mix in real values.
    """
    if settings.xm_files_url is not None:
        return settings.xm_files_url
    host = urlsplit(settings.xm_base_url).hostname
    return settings.xm_base_url if host in LOOPBACK else None


class FilePortal:
    """The portal of files, open for one run. Use as a context manager.

    Args:
        base: Address of the portal.
        settings: How hard it may be pressed.
    """

    def __init__(self, base: str, settings: Settings) -> None:
        self._base = base.rstrip("/")
        self._line = SyncTransport(PacingPolicy.from_settings(settings))

    def __enter__(self) -> Self:
        self._line.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.__exit__(kind, error, trace)

    @property
    def given_up(self) -> bool:
        """True once the portal was asked in vain for too long."""
        return self._line.transport.given_up

    @property
    def cause(self) -> str:
        """Code of the last failure; empty when there was none."""
        return self._line.transport.cause

    def ask(self, path: str) -> Settled:
        """Return how asking for a file ended: verdict `ok` with its bytes, `empty` when it is not published.

        Raises:
            SourceRefused: The portal points to an address that is not safe to follow.
        """
        address = f"{self._base}{SERVICE}?ruta={quote(path, safe='')}&nombreBlobContainer={STORE}"
        settled = self._line.ask(HttpCall(address, method="GET"), judge_file)
        link = _link(settled.body) if settled.verdict.kind == "ok" else None
        if link is None:
            return settled
        self._check(link)
        return self._line.ask(HttpCall(link, method="GET"), judge_table)

    def _check(self, link: str) -> None:
        """Follow links to https only; to this machine only when the portal itself is on it."""
        here, there = urlsplit(self._base), urlsplit(link)
        local = there.hostname in LOOPBACK
        if there.hostname and (here.hostname in LOOPBACK if local else there.scheme == "https"):
            return
        raise SourceRefused(
            "The portal of files points to an address that is not followed", hint="only https links are", url=link[:200]
        )


def judge_file(status: int, body: bytes) -> ReplyVerdict:
    """Say what the answer to a question for a file means: a link, a table, or nothing there."""
    if status < 300 and _link(body) is not None:
        return ReplyVerdict("ok")
    return judge_table(status, body)


def judge_table(status: int, body: bytes) -> ReplyVerdict:
    """Say what a file means: lines of values between commas."""
    if status in _MISSING:
        return ReplyVerdict("empty", "not_published")
    if status in RETRYABLE or status >= 500:
        return ReplyVerdict("retry", f"http_{status}")
    if status >= 300:
        return ReplyVerdict("permanent", f"http_{status}")
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    if not head:
        return ReplyVerdict("retry", "empty_document")
    if head[:1] in b"<{[" or b"," not in head:
        return ReplyVerdict("retry", "unexpected_document: no table of values between commas")
    return ReplyVerdict("ok")


def _link(body: bytes) -> str | None:
    """Return the address in an answer `{"url": …}`, None for any other answer."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        document = json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    url = document.get("url") if isinstance(document, dict) else None
    return url if isinstance(url, str) and url else None
