"""The expressions of workflows (`${{ … }}`), as far as ours use them: names, texts, and, or, not, equality, calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:'((?:[^']|'')*)'|(&&|\|\||==|!=|!|\(|\)|,)|([\w.*-]+))")
_SLOT = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
Call = Callable[..., Any]


class Expressions:
    """Reads expressions over contexts (`github`, `steps` …) and calls (`always`, `hashFiles` …)."""

    def __init__(self, contexts: Mapping[str, Any], calls: Mapping[str, Call]) -> None:
        self.contexts = contexts
        self.calls = calls

    def text(self, written: object) -> str:
        """Return a text with every `${{ … }}` in it replaced by its value."""
        return _SLOT.sub(lambda slot: _as_text(self.value(slot[1])), _as_text(written))

    def value(self, written: str) -> Any:
        """Return the value of an expression, with or without its braces."""
        bare = _SLOT.fullmatch(written.strip())
        self._left = [(m[1], m[2], m[3]) for m in _TOKEN.finditer((bare[1] if bare else written).strip())]
        found = self._either()
        assert not self._left, f"{written!r}: cannot read {self._left}"
        return found

    def _next(self, *signs: str) -> str:
        if self._left and self._left[0][1] in signs:
            return self._left.pop(0)[1]
        return ""

    def _either(self) -> Any:
        found = self._both()
        while self._next("||"):
            other = self._both()
            found = found or other
        return found

    def _both(self) -> Any:
        found = self._same()
        while self._next("&&"):
            other = self._same()
            found = found and other
        return found

    def _same(self) -> Any:
        found = self._one()
        while sign := self._next("==", "!="):
            found = (_as_text(found) == _as_text(self._one())) is (sign == "==")
        return found

    def _one(self) -> Any:
        if self._next("!"):
            return not self._one()
        if self._next("("):
            found = self._either()
            assert self._next(")")
            return found
        words, sign, name = self._left.pop(0)
        assert not sign, f"a value is due, not {sign}"
        if not name:
            return (words or "").replace("''", "'")
        if self._next("("):
            given = []
            while not self._next(")"):
                given.append(self._either())
                self._next(",")
            return self.calls[name](*given)
        return {"true": True, "false": False}[name] if name in {"true", "false"} else self._named(name)

    def _named(self, name: str) -> Any:
        found: Any = self.contexts
        for part in name.split("."):
            if found is self.contexts:
                assert part in found, f"no context {part!r}"
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        return found


def _as_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: ""}[value]
    return str(value)
