"""Reading a published portal back: by address or by folder."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from pipeline.core.errors import PipelineError, SourceRefused, SourceUnavailable, UsageError

TIMEOUT_SECONDS = 60
MANIFEST = "datos/manifest.json"
"""What makes a folder or an address a portal."""
_LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def read_published(origin: str, path: str) -> bytes:
    """Return the bytes of `path` under `origin`.

    Args:
        origin: `https://…` (or http on the loopback), or a folder.
        path: Path below it, with `/`.

    Raises:
        UsageError: There is no portal there, or no such place.
        SourceRefused: The portal lacks the file, or does not give it.
        SourceUnavailable: Its server is down or cannot be reached now.
    """
    try:
        body = _read(origin, path)
    except (OSError, http.client.HTTPException) as error:
        raise _because(error, origin, path) from error
    if path == MANIFEST and body.lstrip()[:1] != b"{":
        raise _no_portal("another document answers", origin)
    return body


def _read(origin: str, path: str) -> bytes:
    if origin.startswith(("https://", *_LOOPBACK)):
        address = f"{origin.rstrip('/')}/{quote(path)}"
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310 - scheme checked above
            body: bytes = reply.read()
            return body
    if "://" in origin:
        raise UsageError("A portal is read over https", hint="http:// is accepted for loopback only", origin=origin)
    return (Path(origin) / path).read_bytes()


def is_missing(error: PipelineError) -> bool:
    """Say whether reading failed because the file is not there, in a portal that answers."""
    cause = error.__cause__
    return isinstance(cause, FileNotFoundError) or getattr(cause, "code", None) in {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
    }


def _because(error: Exception, origin: str, path: str) -> PipelineError:
    """Return the error that says whose fault it is: the address's, the portal's or the hour's."""
    status = error.code if isinstance(error, urllib.error.HTTPError) else 0
    absent = isinstance(error, FileNotFoundError | NotADirectoryError) or status in {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.GONE,
    }
    reason = getattr(error, "reason", None)
    unknown = isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_AGAIN
    if unknown or (absent and path == MANIFEST):
        return _no_portal(str(error), origin)
    text = f"The published portal cannot be read: {error}"
    local = not origin.startswith("http")
    if local or (status and status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LATER):
        return SourceRefused(text, hint="restore from another copy", origin=origin, path=path)
    return SourceUnavailable(text, hint="try again later, or restore from another copy", origin=origin, path=path)


def _no_portal(why: str, origin: str) -> UsageError:
    return UsageError(
        f"There is no published portal there: {why}",
        hint="give the address or folder that holds datos/manifest.json",
        origin=origin,
    )
