"""The one place that imports pydataxm, XM's own client, and keeps it from changing the process.

Version 0.3.19 silences every warning of the process and replaces `asyncio.run` at import (defects D8, D9),
and calls `requests.post` without a timeout (D5). Here it gets a `nest_asyncio` that does nothing, a fence
around the warning filters, and a `requests` that goes through our transport or not at all.
"""

from __future__ import annotations

import logging
import sys
import types
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from typing import Self

from pipeline.core.errors import SourceUnavailable


def _harmless_nest_asyncio() -> types.ModuleType:
    stub = types.ModuleType("nest_asyncio", "Stands in for nest_asyncio: pydataxm must not patch asyncio.")

    def apply(_loop: object = None) -> None:
        """Do nothing."""

    stub.apply = apply  # type: ignore[attr-defined]
    return stub


sys.modules.setdefault("nest_asyncio", _harmless_nest_asyncio())
with warnings.catch_warnings():
    from pydataxm import pydatasimem, pydataxm


class _Answer:
    """The part of `requests.Response` that pydataxm reads."""

    def __init__(self, content: bytes) -> None:
        self.content = content


class _Session:
    """Stands in for `requests.Session`, which pydatasimem opens although our readers never use it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing was opened."""

    def close(self) -> None:
        """Nothing was opened."""


class _Requests:
    """Stands in for `requests` inside pydataxm: asks through the reader in charge, never by itself."""

    Session = _Session

    def post(self, url: str, json: object = None) -> _Answer:
        """Send `json` to `url` through the transport of the reader in charge."""
        send = posting.get()
        if send is None:
            raise _by_itself(url)
        return _Answer(send(url, json))

    def get(self, url: str) -> _Answer:
        """Refuse: no reader of ours asks this way."""
        raise _by_itself(url)


def _by_itself(url: str) -> SourceUnavailable:
    return SourceUnavailable(
        "pydataxm tried to reach the network by itself",
        hint="use the readers of pipeline.extract",
        url=url,
    )


posting: ContextVar[Callable[[str, object], bytes] | None] = ContextVar("posting", default=None)
"""How `requests.post` inside pydataxm reaches the network; set by `XmReader` while it works."""

pydataxm.requests = pydatasimem.requests = _Requests()
# `logging.info` on the module gives the root logger a handler; a named logger does not.
pydatasimem.logging = logging.getLogger("pydataxm")
ReadDB = pydataxm.ReadDB
ReadSIMEM = pydatasimem.ReadSIMEM
