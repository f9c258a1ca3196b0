"""NOAA's Oceanic Niño Index: one small text file, asked through the same transport as everything else."""

from __future__ import annotations

from pipeline.core.settings import LOOPBACK, Settings
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import HttpCall, SyncTransport, usable
from pipeline.ingest.verdicts import RETRYABLE, ReplyVerdict

HOME = "https://www.cpc.ncep.noaa.gov"
PATH = "/data/indices/oni.ascii.txt"


def address(settings: Settings) -> str:
    """Return where the file lies: at NOAA, unless a setting says otherwise or XM itself is emulated.

    A build on an emulator must not mix in real values.
    """
    base = settings.noaa_base_url
    if base is None:
        host = settings.xm_base_url.partition("://")[2].partition("/")[0].rpartition(":")[0]
        base = settings.xm_base_url if host.strip("[]") in LOOPBACK else HOME
    return f"{base.rstrip('/')}{PATH}"


def fetch_oni(settings: Settings) -> bytes:
    """Return the file as it is published.

    Raises:
        SourceUnavailable: NOAA cannot be reached, or does not give the file now.
        SourceRefused: It refuses for good.
    """
    call = HttpCall(address(settings), method="GET")
    with SyncTransport(PacingPolicy.from_settings(settings)) as line:
        return usable(line.ask(call, judge_oni), call)


def judge_oni(status: int, body: bytes) -> ReplyVerdict:
    """Say what an answer means: the file begins with the names of its columns."""
    if status in RETRYABLE or status >= 500:
        return ReplyVerdict("retry", f"http_{status}")
    if status >= 300:
        return ReplyVerdict("permanent", f"http_{status}")
    if body.lstrip()[:4] != b"SEAS":
        return ReplyVerdict("retry", "unexpected_document: no table of seasons")
    return ReplyVerdict("ok")
