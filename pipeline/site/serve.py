"""A small server for the built site: byte ranges, right types, text compressed, nothing cached. Loopback only."""

from __future__ import annotations

import gzip
import io
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import BinaryIO
from urllib.parse import urlsplit

from pipeline.core.errors import UsageError
from pipeline.core.log import get_logger

HOST = "127.0.0.1"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")
_CHUNK = 1 << 16
#: What a static host compresses on the way; Parquet, images and workbooks are compressed already.
_PACKED = {".html", ".css", ".js", ".mjs", ".json", ".svg", ".csv", ".txt", ".xml"}


class SiteHandler(SimpleHTTPRequestHandler):
    """Serve a folder below an optional prefix, as a static host with ranges would.

    DuckDB-WASM and hyparquet read Parquet files by range; the standard handler knows none.
    """

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 (the base class declares it so)
        **SimpleHTTPRequestHandler.extensions_map,
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

    def __init__(self, *args: object, prefix: str = "/", **kwargs: object) -> None:
        self.prefix = prefix
        self._left: int | None = None
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        """Map an address below the prefix to a file; anything outside it to a name that cannot exist."""
        clean = urlsplit(path).path
        if not clean.startswith(self.prefix):
            return str(Path(self.directory) / "\0outside")
        return super().translate_path("/" + clean.removeprefix(self.prefix))

    def end_headers(self) -> None:
        """Add the headers every answer carries."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def send_head(self) -> BinaryIO | None:
        """Answer with the file, a part of it, or the portal's own 404 page."""
        path = Path(self.translate_path(self.path)) if "\0" not in self.translate_path(self.path) else None
        if path is None or not path.exists():
            self._not_found()
            return None
        wanted = _RANGE.match(self.headers.get("Range", ""))
        if path.is_dir() or wanted is None or wanted.groups() == ("", ""):
            self._left = None
            page = path / "index.html" if path.is_dir() and urlsplit(self.path).path.endswith("/") else path
            if page.suffix in _PACKED and page.is_file() and "gzip" in self.headers.get("Accept-Encoding", ""):
                return self._packed(page)
            return super().send_head()
        return self._part(path, *wanted.groups())

    def _packed(self, path: Path) -> BinaryIO:
        body = _gzip(path, path.stat().st_mtime_ns)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def _part(self, path: Path, first: str, last: str) -> BinaryIO | None:
        size = path.stat().st_size
        start = int(first) if first else max(size - int(last), 0)
        end = min(int(last), size - 1) if first and last else size - 1
        if start >= size or start > end:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        stream = path.open("rb")
        stream.seek(start)
        self._left = end - start + 1
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
        self.send_header("Content-Length", str(self._left))
        self.end_headers()
        return stream

    def _not_found(self) -> None:
        page = Path(self.directory) / "404.html"
        body = page.read_bytes() if page.is_file() else b"404"
        self.send_response(HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        """Send the stream, or only the part that was asked for."""
        left = self._left
        while chunk := source.read(_CHUNK if left is None else min(_CHUNK, left)):
            outputfile.write(chunk)
            if left is not None:
                left -= len(chunk)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: a person reads the address once, not every request."""


@lru_cache(maxsize=1024)
def _gzip(path: Path, _written: int) -> bytes:
    """Return a file compressed as a host would keep it beside itself (nginx `gzip_static`)."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


class _Server(ThreadingHTTPServer):
    """A visitor who leaves in the middle of an answer is no fault worth a trace."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent when the other side hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _server(site: Path, port: int, prefix: str) -> ThreadingHTTPServer:
    if not (site / "index.html").is_file():
        raise UsageError("There is no built site to serve", hint="run ./inv demo or ./inv build first", folder=site)
    handler = partial(SiteHandler, directory=str(site), prefix=prefix)
    try:
        return _Server((HOST, port), handler)
    except OSError as error:
        raise _port_refused(port, error) from error


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
    server = _server(site, port, prefix)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def check_port(port: int) -> None:
    """Fail before any work is done when `port` cannot be used.

    Raises:
        UsageError: The port is taken or not allowed.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except (OSError, OverflowError, ValueError) as error:
            raise _port_refused(port, error) from error


def _port_refused(port: object, error: Exception) -> UsageError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return UsageError(f"Port {port} cannot be used: {reason}", hint="choose another with --port", port=port)


def serve_site(site: Path, port: int | str = 8000) -> None:
    """Serve `site` until interrupted, saying where.

    Raises:
        UsageError: No site, or the port is taken.
    """
    check_port(int(port))
    with _server(site, int(port), "/") as server:
        get_logger("publish").info("serving", address=f"http://{HOST}:{port}/", stop="Ctrl+C")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
