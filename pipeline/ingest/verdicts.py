"""What an answer means, of whatever source: status and bytes in, a verdict out. Each source judges its own documents.

XM and SIMEM report errors in a dozen shapes, some of them with status 200 (reliability study F4 to F9, F22):
bare strings, `{"Message"}`, RFC 9110 `errors`, `{"status": false}`, HTML, nothing at all. Content decides,
never the Content-Type header.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pydantic_core import from_json

from pipeline.core.errors import ParseError

VerdictKind = Literal["ok", "empty", "retry", "split", "refused", "permanent", "unsent"]
Judge = Callable[[int, bytes], "ReplyVerdict"]

RETRYABLE = frozenset({408, 425, 429})
REFUSED = frozenset({401, 403, 407, 451})
_MESSAGE_LIMIT = 4_000
_NOT_JSON = object()
OK = 200
_PHRASES: tuple[tuple[re.Pattern[str], VerdictKind, str], ...] = (
    (re.compile(r"\brango\b|supera .*dias|exceed.* range"), "split", "range_too_long"),
    (re.compile(r"id de m.{1,3}trica no encontrad"), "permanent", "unknown_metric"),
    (re.compile(r"configuraci.{1,3}n .*no encontrad|no existe la entidad"), "permanent", "unknown_entity"),
    (re.compile(r"(dataset|conjunto de datos).* (no encontrad|no existe|not found)"), "permanent", "unknown_dataset"),
)


@dataclass(frozen=True, slots=True)
class ReplyVerdict:
    """What to do with an answer: keep it, ask again, ask for less, or stop asking; `unsent`: it was never asked for.

    `reason` begins with a code that `core.spanish.reason` has words for; behind a colon stand details for the log.
    """

    kind: VerdictKind
    reason: str = ""


def judge_status(status: int, body: bytes) -> ReplyVerdict | None:
    """Settle what the status or a known phrase already decides; None leaves it to the document."""
    said = _message(body)
    plain = _plain(said)
    for pattern, kind, reason in _PHRASES:
        if pattern.search(plain):
            return ReplyVerdict(kind, reason)
    if status >= 300:
        return _judge_failure(status, body, said)
    if not body.strip():
        return ReplyVerdict("retry", "empty_body")
    # Words that are no JSON may be anything between the source and us; in JSON they are its own.
    if said and decoded(body) is not _NOT_JSON:
        return ReplyVerdict("permanent", f"source_said: {said}")
    return None


def judge_file(status: int, body: bytes, *, says: str, looks_right: bool) -> ReplyVerdict:
    """Judge an answer that should be a file of text.

    Args:
        status: The answer's.
        body: The answer's.
        says: What the file should be, in words.
        looks_right: Whether it begins so.
    """
    if status in RETRYABLE or status >= 500:
        return ReplyVerdict("retry", f"http_{status}")
    if status >= 300:
        return ReplyVerdict("permanent", f"http_{status}")
    if not body.strip():
        return ReplyVerdict("retry", "empty_document")
    return ReplyVerdict("ok") if looks_right else ReplyVerdict("retry", f"unexpected_document: {says}")


def _judge_failure(status: int, body: bytes, said: str) -> ReplyVerdict:
    if status in RETRYABLE or status >= 500:
        return ReplyVerdict("retry", f"http_{status}")
    if status < 400:
        return ReplyVerdict("retry", f"http_{status}: redirected")
    # A page in HTML comes from something in front of the source; it says nothing about the metric.
    refused = status in REFUSED or _is_html(body)
    return ReplyVerdict("refused" if refused else "permanent", f"http_{status}: {said or _excerpt(body)}")


def odd_document(document: object, expected: str) -> ReplyVerdict:
    """Judge an answer that is not what was expected: ask again."""
    if document is _NOT_JSON:
        return ReplyVerdict("retry", "not_json")
    return ReplyVerdict("retry", f"unexpected_document: {type(document).__name__} without {expected}")


def decoded(body: bytes) -> object:
    """Return the JSON document of an answer, or a mark that it is none, which `odd_document` knows."""
    try:
        return from_json(body, cache_strings="keys")
    except ValueError:
        pass
    try:
        # The standard decoder also takes a byte-order mark, UTF-16 and half a character; ours is faster and does not.
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NOT_JSON


def document_of(body: bytes) -> object:
    """Return the JSON document of an archived answer.

    Raises:
        ParseError: It is none.
    """
    document = decoded(body)
    if document is _NOT_JSON:
        raise ParseError(f"The reply is not JSON: {_excerpt(body)}", hint="it is asked again on the next run")
    return document


def _message(body: bytes) -> str:
    """Return what the source says in words, when the answer is an error in one of its shapes; else ""."""
    if len(body) > _MESSAGE_LIMIT or _is_html(body):
        return ""
    document = decoded(body)
    if document is _NOT_JSON:
        return "" if body.lstrip()[:1] in (b"{", b"[") else _clean(_text(body))
    if isinstance(document, str):
        return _clean(document)
    return _message_of(document) if isinstance(document, dict) and "Items" not in document else ""


def _message_of(document: dict[str, object]) -> str:
    errors = document.get("errors")
    if errors:
        title = document.get("title") or "invalid request"
        return _clean(f"{title}: {json.dumps(errors, ensure_ascii=False)}")
    failed = document.get("status") is False or document.get("success") is False
    if "result" in document and not failed:
        return ""
    for key in ("Message", "message", "detail", "title", "error"):
        text = document.get(key)
        if isinstance(text, str) and text.strip():
            return _clean(text)
    return "no reason given" if failed else ""


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _clean(text: str) -> str:
    return " ".join(text.split())[:200]


def _excerpt(body: bytes) -> str:
    return _clean(_text(body[:400])) if body.strip() else "no body"


def _is_html(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"
