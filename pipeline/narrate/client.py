"""One question to the ladder: attempts, waits, downgrades and dead rungs. No fault outlives the declared seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import PurePosixPath
from typing import cast
from urllib.parse import urlsplit

import httpx2
import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONObject, ResponseFormatJSONSchema
from pydantic import ValidationError

from pipeline.core.errors import ProviderFailed
from pipeline.core.log import get_logger
from pipeline.core.settings import LOOPBACK
from pipeline.narrate.ladder import ModelBudget, Rung
from pipeline.narrate.prompt import Message, Question

log = get_logger("narrate")

_REFUSED = {401, 402, 403}
_GONE = {404, 410}
_GONE_WORDS = ("decommissioned", "model_not_found", "does not exist")


@dataclass(frozen=True)
class Answer:
    """What a model said, who it was, and what it took: tokens, dollars where told, seconds."""

    text: str
    provider: str
    model: str
    served: str
    tokens: int
    usd: float | None = None
    seconds: float = 0.0


#: Why a model does not answer: for the log, and by its key in `core/reasons.yml` for the page.
_WHY = {
    "late": "no answer in time", "unreachable": "cannot be reached",
    "garbled": "answers something that is no completion", "flood": "answers far more than asked for",
    "refused": "refuses us", "gone": "does not exist any more", "limited": "limits our rate",
    "format": "refuses the request", "broken": "is out of order", "other": "answers",
}  # fmt: skip


class _Fault(Exception):
    """Why there is no answer: a key of `_WHY`, and the status of HTTP where there is one."""

    def __init__(self, code: str, status: int = 0) -> None:
        super().__init__(_WHY[code] + (f" ({status})" if status else ""))
        self.code, self.status = code, status


class _Retry(_Fault):
    """The same rung may be asked again after `wait` seconds (None: our own backoff)."""

    def __init__(self, code: str, status: int = 0, wait: float | None = None) -> None:
        super().__init__(code, status)
        self.wait = wait


class _NextRung(_Fault):
    """This model will not answer; nor will any of its service where that refuses us."""


@dataclass(frozen=True)
class ModelFault:
    """A model that did not answer: its rung, the key of the reason, and both in words for the run."""

    rung: Rung
    code: str
    why: str

    @property
    def model(self) -> str:
        """Its name for a page."""
        return label(self.rung.model)

    def __str__(self) -> str:
        return f"{self.rung.name} {self.why}"


class _LooserFormat(Exception):
    """The service cannot enforce the schema: ask for plain JSON with the schema in the prompt."""


@dataclass
class Asker:
    """Asks the ladder within a budget; remembers for the run which rungs are dead and which formats work.

    Attributes:
        ladder: Rungs, first choice first.
        budget: What may still be spent.
        spell_schema: Turns a question into messages with the schema written out.
        sleep: Waits the given seconds.
        faults: Who did not answer, and why; the run tells them.
    """

    ladder: Sequence[Rung]
    budget: ModelBudget
    spell_schema: Callable[[Question], list[Message]]
    sleep: Callable[[float], None] = time.sleep
    faults: list[ModelFault] = field(default_factory=list)
    _dead: set[str] = field(default_factory=set)
    _loose: set[str] = field(default_factory=set)
    _clients: dict[str, openai.OpenAI] = field(default_factory=dict, repr=False)

    def ask(self, asked: Question) -> Answer:
        """Return the first answer any rung gives.

        Raises:
            ProviderFailed: No rung answered, or a cap of the run is reached.
        """
        for rung in self.ladder:
            if rung.name in self._dead or rung.provider in self._dead:
                continue
            try:
                return self._ask_rung(rung, asked)
            except _NextRung as reason:
                dead = rung.provider if reason.code == "refused" else rung.name
                self._dead.add(dead)
                self.faults.append(ModelFault(rung, reason.code, str(reason)))
                log.warning("model does not answer", model=rung.name, why=str(reason), given_up=dead)
        raise ProviderFailed("No language model answered", hint="the rules make the plan")

    def _ask_rung(self, rung: Rung, asked: Question) -> Answer:
        last = _Fault("other")
        for attempt in range(self.budget.limits.attempts):
            try:
                try:
                    return self._once(rung, asked)
                except _LooserFormat:
                    self._loose.add(rung.name)
                    return self._once(rung, asked)
            except _LooserFormat as error:
                raise _NextRung("format", 400) from error
            except _Retry as fault:
                last = fault
                wait = self.budget.limits.backoff * 2**attempt if fault.wait is None else fault.wait
                over = attempt + 1 == self.budget.limits.attempts
                if over or wait > self.budget.limits.longest_wait or wait >= self.budget.seconds_left:
                    break
                self.sleep(wait)
        raise _NextRung(last.code, last.status)

    def _once(self, rung: Rung, asked: Question) -> Answer:
        """Send one request; sort every way it can fail into retry, next rung or looser format."""
        cap = self.budget.spent()
        if cap:
            raise ProviderFailed(f"The run's cap of {cap} is reached", hint="the rules make the plan")
        self.budget.requests += 1
        began = self.budget.clock()
        try:
            body = self._send(rung, asked)
        except openai.APITimeoutError as error:
            raise _Retry("late") from error
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise _Retry("unreachable") from error
        except openai.APIStatusError as error:
            self._sort_status(rung, error)
            raise
        try:
            completion = ChatCompletion.model_validate_json(body)
        except ValidationError as error:
            raise _Retry("garbled") from error
        used = completion.usage.total_tokens if completion.usage else len(body) // 3
        self.budget.tokens += used
        cost = (completion.usage.model_extra or {}).get("cost") if completion.usage else None
        usd = float(cost) if isinstance(cost, int | float) and cost >= 0 else None
        self.budget.usd += usd or 0.0
        seconds = round(self.budget.clock() - began, 1)
        text = (completion.choices[0].message.content or "") if completion.choices else ""
        return Answer(text, rung.provider, label(rung.model), label(completion.model or rung.model), used, usd, seconds)

    def _send(self, rung: Rung, asked: Question) -> bytes:
        """Return the body of a 200, whole before the deadline or not at all.

        The request runs beside: a server that sends its headers byte by byte keeps every timeout of a socket.
        """
        limits = self.budget.limits
        total = min(limits.total, max(self.budget.seconds_left, 0.1))
        deadline = self.budget.clock() + total
        client = self._client(rung)
        body, failed = bytearray(), list[Exception]()

        def receive() -> None:
            try:
                self._receive(client, rung, asked, total, deadline, body)
            except (openai.OpenAIError, httpx2.HTTPError, OSError, _Retry, _NextRung) as error:
                failed.append(error)  # raised again where it is awaited

        beside = threading.Thread(target=receive, name=f"ask-{rung.provider}", daemon=True)
        beside.start()
        beside.join(total)
        if beside.is_alive():
            self._clients.pop(rung.provider).close()
            raise _Retry("late")
        if failed:
            raise failed[0]
        return bytes(body)

    def _receive(
        self, client: openai.OpenAI, rung: Rung, asked: Question, total: float, deadline: float, body: bytearray
    ) -> None:
        """Read an answer in pieces, so that neither a trickle nor a flood can hold the run."""
        limits = self.budget.limits
        loose = rung.name in self._loose
        messages = self.spell_schema(asked) if loose else list(asked.messages)
        request = client.chat.completions.with_streaming_response.create(
            model=rung.model,
            messages=cast(list[ChatCompletionMessageParam], messages),
            response_format=_format(asked, rung, loose=loose),
            temperature=0,
            seed=7,
            max_tokens=limits.answer_tokens,
            extra_body=dict(rung.extra) or None,
            timeout=openai.Timeout(total, connect=min(limits.connect, total)),
        )
        with request as response:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > limits.answer_bytes:
                    raise _NextRung("flood")
                if self.budget.clock() > deadline:
                    raise _Retry("late")

    def _client(self, rung: Rung) -> openai.OpenAI:
        """Return the client of a service, made once: it loads certificates."""
        if rung.provider not in self._clients:
            local = urlsplit(rung.base_url).hostname in LOOPBACK
            self._clients[rung.provider] = openai.OpenAI(
                api_key=rung.key.get_secret_value(),
                base_url=rung.base_url,
                max_retries=0,
                # A proxy of the environment cannot reach this machine's loopback. A redirect would take the key and
                # the question to another address; a packed answer could be a bomb.
                http_client=openai.DefaultHttpxClient(
                    trust_env=not local, follow_redirects=False, headers={"accept-encoding": "identity"}
                ),
            )
        return self._clients[rung.provider]

    def _sort_status(self, rung: Rung, error: openai.APIStatusError) -> None:
        """Raise what a status means; provider messages are not kept, they may echo the key."""
        status = error.status_code
        if status in _REFUSED:
            raise _NextRung("refused", status) from None
        gone = status in _GONE or any(word in str(error.body).lower() for word in _GONE_WORDS)
        if gone and (status not in _GONE or _retry_after(error) is None):
            raise _NextRung("gone", status) from None
        if status == 429:
            raise _Retry("limited", status, _retry_after(error)) from None
        if status in (400, 422):
            if rung.name in self._loose:
                raise _NextRung("format", status) from None
            raise _LooserFormat from None
        if status >= 500 or status in (404, 408, 409, 410):
            raise _Retry("broken", status, _retry_after(error)) from None
        raise _NextRung("other", status) from None


def label(name: str) -> str:
    """Return a model's name for a page: a server may call it by the path of its file."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(char for char in last if char.isalnum() or char in "-_.:+ ")[:60] or "modelo"


def _format(asked: Question, rung: Rung, *, loose: bool) -> ResponseFormatJSONObject | ResponseFormatJSONSchema:
    if loose:
        return {"type": "json_object"}
    schema = asked.bounded_schema if rung.bounded else asked.schema
    return {"type": "json_schema", "json_schema": {"name": "text_plan", "strict": True, "schema": schema}}


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Return the seconds of `retry-after`, a number or a date beside the answer's own; None without one."""
    headers = error.response.headers
    told = headers.get("retry-after", "")
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError):
        return None
