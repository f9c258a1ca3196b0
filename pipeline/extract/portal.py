"""Reading a published portal back: by address or by folder."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from urllib.parse import quote

from pipeline.core.errors import SourceUnavailable

TIMEOUT_SECONDS = 60


def read_published(origin: str, path: str) -> bytes:
    """Return the bytes of `path` under `origin`.

    Args:
        origin: `https://…` (or http on the loopback), or a folder.
        path: Path below it, with `/`.

    Raises:
        SourceUnavailable: It cannot be read.
    """
    try:
        if origin.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            address = f"{origin.rstrip('/')}/{quote(path)}"
            with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as reply:  # noqa: S310 - scheme checked above
                body: bytes = reply.read()
                return body
        return (Path(origin) / path).read_bytes()
    except OSError as error:
        raise SourceUnavailable(
            f"The published portal cannot be read: {error}",
            hint="check the address or folder",
            origin=origin,
            path=path,
        ) from error
