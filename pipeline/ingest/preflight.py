"""One quick question before a long run: can the source be reached at all from here?"""

from __future__ import annotations

import dataclasses

from pipeline.core.errors import SourceUnavailable
from pipeline.core.log import get_logger
from pipeline.core.settings import Settings
from pipeline.ingest.listing import LISTING
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.transport import UNREACHABLE_HINT, HttpCall, Settled, SyncTransport
from pipeline.ingest.verdicts import ReplyVerdict, judge_xm

_LOG = get_logger("ingest")
_PATIENCE = 25.0
"""Longest wait for one answer to a probe [s]; two that time out and the second question end within 90 s."""
_ATTEMPTS = 5


def preflight(settings: Settings, *, policy: PacingPolicy | None = None) -> bytes | None:
    """Ask XM for its list of metrics, and tell a dead source from a dead list.

    Returns:
        The raw ListadoMetricas reply (see `catalogue.parse_listing`), or None when XM answers but its list
        does not work: known metrics can still be asked (reliability study F4).

    Raises:
        SourceUnavailable: XM cannot be reached, refuses us, or answers with a web page.
    """
    limits = _impatient(policy or PacingPolicy.from_settings(settings))
    base = settings.xm_base_url.rstrip("/")
    with SyncTransport(limits) as line:
        settled = line.ask(HttpCall(f"{base}/lists", json=LISTING), judge_xm("ListEntities"))
        if settled.verdict.kind in {"ok", "empty"}:
            return settled.body
        if _is_no_answer(settled):
            raise _unreachable(settings, settled.verdict)
        if line.transport.given_up:
            raise _unreachable(settings, ReplyVerdict("retry", line.transport.cause))
        if settled.verdict.reason.startswith("timeout"):
            settled = line.ask(HttpCall(f"{base}/", method="GET"), _anything)
            if settled.verdict.kind != "ok":
                raise _unreachable(settings, ReplyVerdict("retry", line.transport.cause))
    _LOG.warning("the list of metrics does not work; going on with the known ones", why=settled.verdict.reason)
    return None


def _impatient(policy: PacingPolicy) -> PacingPolicy:
    return dataclasses.replace(
        policy,
        attempts=min(_ATTEMPTS, policy.attempts),
        connect_timeout=min(policy.connect_timeout, _PATIENCE),
        read_timeout=min(policy.read_timeout, _PATIENCE),
        total_timeout=min(policy.total_timeout, _PATIENCE),
        backoff_cap=min(policy.backoff_cap, 2.0),
        retry_after_cap=5.0,
        run_deadline=min(policy.run_deadline, 3 * _PATIENCE + 10),
    )


def _anything(_status: int, _body: bytes) -> ReplyVerdict:
    return ReplyVerdict("ok")


def _is_no_answer(settled: Settled) -> bool:
    """Say whether nobody answered, or somebody who is not XM's programme."""
    verdict = settled.verdict
    return verdict.kind == "refused" or verdict.reason.startswith(("connect", "broken", "not_json"))


def _unreachable(settings: Settings, verdict: ReplyVerdict) -> SourceUnavailable:
    proxied = "yes" if settings.xm_proxy else "no"
    hint = UNREACHABLE_HINT
    if "certificate" in verdict.reason:
        hint = "if a private authority signs your connections, name its PEM file in PORTAL_XM_CA_BUNDLE"
    return SourceUnavailable(
        f"XM cannot be reached: {verdict.reason}", hint=hint, code=verdict.reason, url=settings.xm_base_url,
        proxy=proxied,
    )  # fmt: skip
