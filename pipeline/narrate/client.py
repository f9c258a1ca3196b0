"""One question to the ladder: attempts, waits, downgrades and dead rungs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam
from openai.types.shared_params import ResponseFormatJSONObject, ResponseFormatJSONSchema
from pydantic import ValidationError

from pipeline.core.errors import ProviderFailed
from pipeline.core.log import get_logger
from pipeline.core.settings import LOOPBACK
from pipeline.narrate.ladder import ModelBudget, Rung
from pipeline.narrate.prompt import SCHEMA, Message

log = get_logger("narrate")

_REFUSED = {401, 402, 403}
_GONE = {404, 410}
_GONE_WORDS = ("decommissioned", "model_not_found", "does not exist")


@dataclass(frozen=True)
class Answer:
    """What a model said, and who it was."""

    text: str
    provider: str
    model: str
    served: str
    tokens: int


class _Retry(Exception):
    """The same rung may be asked again after `wait` seconds (None: our own backoff)."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class _NextRung(Exception):
    """This model will not answer; `whole_provider` when none of its service will."""

    def __init__(self, why: str, *, whole_provider: bool = False) -> None:
        super().__init__(why)
        self.whole_provider = whole_provider


class _LooserFormat(Exception):
    """The service cannot enforce the schema: ask for plain JSON with the schema in the prompt."""


@dataclass
class Asker:
    """Asks the ladder within a budget; remembers for the run which rungs are dead and which formats work.

    Attributes:
        ladder: Rungs, first choice first.
        budget: What may still be spent.
        spell_schema: Turns messages into messages with the schema written out.
        sleep: Waits the given seconds.
    """

    ladder: Sequence[Rung]
    budget: ModelBudget
    spell_schema: Callable[[Sequence[Message]], list[Message]]
    sleep: Callable[[float], None] = time.sleep
    _dead: set[str] = field(default_factory=set)
    _loose: set[str] = field(default_factory=set)
    _clients: dict[str, openai.OpenAI] = field(default_factory=dict, repr=False)

    def ask(self, asked: Sequence[Message]) -> Answer:
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
                dead = rung.provider if reason.whole_provider else rung.name
                self._dead.add(dead)
                log.warning("model does not answer", model=rung.name, why=str(reason), given_up=dead)
        raise ProviderFailed("No language model answered", hint="the house's text is used")

    def _ask_rung(self, rung: Rung, asked: Sequence[Message]) -> Answer:
        why = ""
        for attempt in range(self.budget.limits.attempts):
            try:
                try:
                    return self._once(rung, asked)
                except _LooserFormat:
                    self._loose.add(rung.name)
                    return self._once(rung, asked)
            except _LooserFormat as error:
                raise _NextRung("refuses the request (400)") from error
            except _Retry as fault:
                why = str(fault)
                wait = self.budget.limits.backoff * 2**attempt if fault.wait is None else fault.wait
                last = attempt + 1 == self.budget.limits.attempts
                if last or wait > self.budget.limits.longest_wait or wait >= self.budget.seconds_left:
                    break
                self.sleep(wait)
        raise _NextRung(why)

    def _once(self, rung: Rung, asked: Sequence[Message]) -> Answer:
        """Send one request; sort every way it can fail into retry, next rung or looser format."""
        cap = self.budget.spent()
        if cap:
            raise ProviderFailed(f"The run's cap of {cap} is reached", hint="the house's text is used")
        self.budget.requests += 1
        try:
            body = self._send(rung, asked)
        except openai.APITimeoutError as error:
            raise _Retry("no answer in time") from error
        except openai.APIConnectionError as error:
            raise _Retry("cannot be reached") from error
        except openai.APIStatusError as error:
            self._sort_status(rung, error)
            raise
        try:
            completion = ChatCompletion.model_validate_json(body)
        except ValidationError as error:
            raise _Retry("answers something that is no completion") from error
        used = completion.usage.total_tokens if completion.usage else len(body) // 3
        self.budget.tokens += used
        text = (completion.choices[0].message.content or "") if completion.choices else ""
        return Answer(text, rung.provider, rung.model, str(completion.model or rung.model)[:80], used)

    def _send(self, rung: Rung, asked: Sequence[Message]) -> bytes:
        """Return the body of a 200; it is read in pieces, so that neither a trickle nor a flood can hold the run."""
        limits = self.budget.limits
        loose = rung.name in self._loose
        total = min(limits.total, max(self.budget.seconds_left, 1.0))
        deadline = self.budget.clock() + total
        request = self._client(rung).chat.completions.with_streaming_response.create(
            model=rung.model,
            messages=cast(list[ChatCompletionMessageParam], self.spell_schema(asked) if loose else list(asked)),
            response_format=_format(loose),
            temperature=0,
            seed=7,
            max_tokens=limits.answer_tokens,
            extra_body=dict(rung.extra) or None,
            timeout=openai.Timeout(total, connect=min(limits.connect, total)),
        )
        body = b""
        with request as response:
            for piece in response.iter_bytes():
                body += piece
                if len(body) > limits.answer_bytes:
                    raise _NextRung("answers far more than asked for")
                if self.budget.clock() > deadline:
                    raise _Retry("no answer in time")
        return body

    def _client(self, rung: Rung) -> openai.OpenAI:
        """Return the client of a service, made once: it loads certificates."""
        if rung.provider not in self._clients:
            local = urlsplit(rung.base_url).hostname in LOOPBACK
            self._clients[rung.provider] = openai.OpenAI(
                api_key=rung.key.get_secret_value(),
                base_url=rung.base_url,
                max_retries=0,
                # A proxy of the environment cannot reach this machine's loopback.
                http_client=openai.DefaultHttpxClient(trust_env=not local),
            )
        return self._clients[rung.provider]

    def _sort_status(self, rung: Rung, error: openai.APIStatusError) -> None:
        """Raise what a status means; provider messages are not kept, they may echo the key."""
        status = error.status_code
        if status in _REFUSED:
            raise _NextRung(f"refuses us ({status})", whole_provider=True) from None
        gone = status in _GONE or any(word in str(error.body).lower() for word in _GONE_WORDS)
        if gone:
            raise _NextRung(f"does not exist any more ({status})") from None
        if status == 429:
            raise _Retry("limits our rate (429)", _retry_after(error)) from None
        if status in (400, 422):
            if rung.name in self._loose:
                raise _NextRung(f"refuses the request ({status})") from None
            raise _LooserFormat from None
        if status >= 500 or status in (408, 409):
            raise _Retry(f"is out of order ({status})") from None
        raise _NextRung(f"answers {status}") from None


def _format(loose: bool) -> ResponseFormatJSONObject | ResponseFormatJSONSchema:
    if loose:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "board_text", "strict": True, "schema": SCHEMA}}


def _retry_after(error: openai.APIStatusError) -> float | None:
    """Return the seconds of `retry-after`, or None when it is absent or a date."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:
        return None
