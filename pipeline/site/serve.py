"""A small server for the built site, as a static host is one: byte ranges, right types, packed text. Loopback only."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from threading import Event, Thread

from aiohttp import web

from pipeline.core.errors import UsageError
from pipeline.core.log import get_logger

HOST = "127.0.0.1"
#: What a static host compresses on the way; Parquet, images and workbooks are compressed already.
_PACKED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".csv", ".txt", ".xml"}
#: Types that a machine's own list may lack or call otherwise.
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {"Cache-Control": "no-cache", "Accept-Ranges": "bytes", "X-Content-Type-Options": "nosniff"}


@contextmanager
def running(site: Path, *, port: int = 0, prefix: str = "/") -> Iterator[str]:
    """Serve `site` in a thread of this process.

    Args:
        site: Folder of the built site.
        port: Port on loopback; 0 takes a free one.
        prefix: Sub-path the site lives under, with both slashes (`/portal/`).

    Yields:
        The address of the home page.

    Raises:
        UsageError: No site, or the port is taken.
    """
    if not (site / "index.html").is_file():
        raise UsageError("There is no built site to serve", hint="run ./inv demo or ./inv build first", folder=site)
    bound, loop = _bound(port), asyncio.new_event_loop()
    runner = web.AppRunner(_application(site, prefix), access_log=None, shutdown_timeout=1)
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, bound).start()

    try:
        asyncio.run_coroutine_threadsafe(start(), loop).result()
        yield f"http://{HOST}:{bound.getsockname()[1]}{prefix}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        bound.close()


def serve_site(site: Path, port: int | str = 8000) -> None:
    """Serve `site` until interrupted, saying where.

    Raises:
        UsageError: No site, or the port is taken.
    """
    check_port(port)
    with suppress(KeyboardInterrupt), running(site, port=int(port)) as address:
        get_logger("site").info("serving", address=address, stop="Ctrl+C")
        Event().wait()


def check_port(port: int | str) -> None:
    """Fail before any work is done when `port` cannot be used.

    Raises:
        UsageError: The port is taken or not allowed.
    """
    _bound(port).close()


def _bound(port: int | str) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, int(port)))
    except (OSError, OverflowError, ValueError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"Port {port} cannot be used: {reason}", hint="choose another with --port", port=port
        ) from error
    return bound


def _application(site: Path, prefix: str) -> web.Application:
    """Return the application that answers with the files of `site` below `prefix`, and with its own 404 page."""
    root = site.resolve()

    async def answer(request: web.Request) -> web.StreamResponse:
        path = _file(root, request.path, prefix)
        if path is None:
            page = root / "404.html"
            body = page.read_bytes() if page.is_file() else b"404"
            return web.Response(status=404, body=body, headers=_HEADERS | {"Content-Type": _TYPES[".html"]})
        if path.is_dir():
            raise web.HTTPMovedPermanently(f"{request.path}/")
        headers = _HEADERS | {
            "Content-Type": _TYPES.get(path.suffix) or guess_type(path)[0] or "application/octet-stream"
        }
        wanted = request.headers
        if path.suffix in _PACKED and "gzip" in wanted.get("Accept-Encoding", "") and "Range" not in wanted:
            packed = headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            return web.Response(body=_gzip(path, path.stat().st_mtime_ns), headers=packed)
        return web.FileResponse(path, headers=headers)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)  # and HEAD
    return application


def _file(root: Path, address: str, prefix: str) -> Path | None:
    """Return the file or folder at an address, None where there is none: outside the prefix there is nothing."""
    if not address.startswith(prefix) or "\0" in address:
        return None
    path = (root / address.removeprefix(prefix).lstrip("/")).resolve()
    page = path / "index.html" if path.is_dir() and address.endswith("/") else path
    return page if page.exists() and page.is_relative_to(root) else None


@lru_cache(maxsize=1024)
def _gzip(path: Path, _written: int) -> bytes:
    """Return a file compressed as a host would keep it beside itself (nginx `gzip_static`)."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)
