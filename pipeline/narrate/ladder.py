"""The ladder of language models: who is asked, in which order, and when to stop.

Services are tried in the order of the settings; a rung is one model of one service. The policy (attempts,
waits, caps) is ours, so the client library's own retries are off. What fails here is never an error of the
run: the board gets the plan that the rules make.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipeline.core.errors import UsageError
from pipeline.core.settings import LOOPBACK, Settings

GROQ = "https://api.groq.com/openai/v1"
OPENROUTER = "https://openrouter.ai/api/v1"
# Strict JSON schema works on these two at Groq; Llama 3.3 was retired there on 2026-08-16.
MODELS = ("openai/gpt-oss-120b", "openai/gpt-oss-20b")


@dataclass(frozen=True)
class Rung:
    """One model of one service.

    Attributes:
        provider: Short name of the service.
        base_url: Root of its OpenAI-compatible API.
        model: Model asked for.
        key: Its key; never printed.
        extra: Request fields only this service knows.
        bounded: Whether its schema tells how long lists may be; Groq refuses a request that does.
    """

    provider: str
    base_url: str
    model: str
    key: SecretStr
    extra: tuple[tuple[str, object], ...] = ()
    bounded: bool = False

    @property
    def name(self) -> str:
        """`provider:model`, for logs and the cache key."""
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True)
class ModelLimits:
    """Caps and waits. Times in seconds; tokens as the services count them."""

    requests: int = 60
    tokens: int = 150_000
    usd: float = 1.0
    seconds: float = 600.0
    attempts: int = 3
    connect: float = 10.0
    total: float = 60.0
    longest_wait: float = 60.0
    backoff: float = 2.0
    answer_tokens: int = 2_000
    answer_bytes: int = 200_000

    @classmethod
    def of(cls, settings: Settings) -> ModelLimits:
        """Return the caps that the settings give."""
        return cls(
            tokens=settings.llm_tokens,
            usd=settings.llm_usd,
            seconds=settings.llm_total_seconds,
            total=settings.llm_call_seconds,
        )


@dataclass
class ModelBudget:
    """What a run may still spend.

    Attributes:
        limits: The caps.
        clock: Monotonic seconds.
        requests: Requests sent.
        tokens: Tokens spent.
        usd: Dollars spent, as far as services tell.
    """

    limits: ModelLimits
    clock: Callable[[], float] = time.monotonic
    requests: int = 0
    tokens: int = 0
    usd: float = 0.0
    _start: float = field(init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    @property
    def seconds_left(self) -> float:
        """Seconds until the run's cap."""
        return self.limits.seconds - (self.clock() - self._start)

    def spent(self) -> str:
        """Return which cap is reached, or ''."""
        if self.requests >= self.limits.requests:
            return "requests"
        # A request may cost its whole answer: it is not sent when that could pass the cap.
        if self.tokens + self.limits.answer_tokens > self.limits.tokens:
            return "tokens"
        if self.usd > self.limits.usd:
            return "dollars"
        return "seconds" if self.seconds_left <= 0 else ""


def rungs(settings: Settings) -> list[Rung]:
    """Return the ladder of this environment; without a key it is empty.

    Raises:
        UsageError: `PORTAL_LLM_BASE_URL` is not usable, or comes without a model.
    """
    ladder: list[Rung] = []
    if settings.llm_base_url:
        ladder.append(_own(settings, settings.llm_base_url))
    if settings.groq_api_key:
        effort = (("reasoning_effort", "low"),)
        ladder += [Rung("groq", GROQ, model, settings.groq_api_key, effort) for model in MODELS]
    if settings.openrouter_api_key:
        # Without require_parameters OpenRouter drops response_format in silence.
        routing = (("provider", {"require_parameters": True, "data_collection": "deny"}),)
        ladder += [Rung("openrouter", OPENROUTER, model, settings.openrouter_api_key, routing) for model in MODELS]
    return ladder


def _own(settings: Settings, url: str) -> Rung:
    parts = urlsplit(url)
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise UsageError(
            "PORTAL_LLM_BASE_URL cannot be used", hint="use https:// (http:// is accepted for loopback only)"
        )
    if not settings.llm_model:
        raise UsageError("PORTAL_LLM_BASE_URL is set and PORTAL_LLM_MODEL is not", hint="name the model")
    # Local servers ask for no key; the client library insists on one.
    return Rung("own", url.rstrip("/"), settings.llm_model, settings.llm_api_key or SecretStr("none"), bounded=True)
