"""The small server: ranges, types, sub-path, faults."""

from __future__ import annotations

import gzip
import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pipeline.core.errors import UsageError
from pipeline.site.serve import check_port, running, serve_site

BODY = bytes(range(200))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of four files."""
    (tmp_path / "secret.txt").write_text("x")
    site = tmp_path / "site"
    site.mkdir()
    (site / "sub").mkdir()
    (site / "index.html").write_text("<p>inicio</p>")
    (site / "404.html").write_text("<p>no está</p>")
    (site / "sub" / "a.parquet").write_bytes(BODY)
    (site / "sub" / "m.wasm").write_bytes(b"\0asm")
    return site


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site, served below a sub-path."""
    with running(site, prefix="/energia/") as url:
        yield url


def _get(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=190-", 190, 199), ("bytes=-5", 195, 199), ("bytes=150-900", 150, 199)],
)
def test_ranges(address: str, asked: str, first: int, last: int) -> None:
    """A part is answered with 206, its bytes and its place in the file."""
    status, headers, body = _get(address, "/energia/sub/a.parquet", Range=asked)
    assert status == 206
    assert body == BODY[first : last + 1]
    assert headers["content-range"] == f"bytes {first}-{last}/200"


def test_range_beyond_the_end(address: str) -> None:
    """A part that does not exist is refused with 416 and the size."""
    status, headers, _ = _get(address, "/energia/sub/a.parquet", Range="bytes=900-")
    assert (status, headers["content-range"]) == (416, "bytes */200")


def test_types_and_headers(address: str) -> None:
    """WebAssembly and Parquet have their types; nothing may be cached without asking."""
    assert _get(address, "/energia/sub/m.wasm")[1]["content-type"] == "application/wasm"
    status, headers, body = _get(address, "/energia/sub/a.parquet")
    assert (status, headers["content-type"], body) == (200, "application/vnd.apache.parquet", BODY)
    assert headers["cache-control"] == "no-cache"
    assert headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "path", ["/secret.txt", "/", "/energia/nada", "/energia/../secret.txt", "/energia/%2e%2e/%2e%2e/etc/passwd"]
)
def test_outside_the_prefix_there_is_nothing(address: str, path: str) -> None:
    """Unknown addresses and ways out of the folder get the portal's 404 page."""
    status, _, body = _get(address, path)
    assert status == 404
    assert "no está" in body.decode()


def test_taken_port_and_missing_site(site: Path, tmp_path: Path) -> None:
    """A port in use and a folder without a site are wrong usage, said in one line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for call in (lambda: check_port(port), lambda: serve_site(site, port)):
            with pytest.raises(UsageError, match=rf"Port {port} cannot be used.*--port") as caught:
                call()
            assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match="70000"):
        check_port(70000)
    with pytest.raises(UsageError, match="no built site"), running(tmp_path / "none"):
        pass


def test_text_is_compressed_for_those_who_ask(address: str, site: Path) -> None:
    """A page comes as gzip when it is accepted, plain when not; a folder is its page; data stay as they are."""
    status, headers, body = _get(address, "/energia/", Accept_Encoding="gzip, br")
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
    assert gzip.decompress(body) == (site / "index.html").read_bytes()
    plain = _get(address, "/energia/index.html")
    assert "content-encoding" not in plain[1]
    assert plain[2] == (site / "index.html").read_bytes()
    assert "content-encoding" not in _get(address, "/energia/sub/a.parquet", Accept_Encoding="gzip")[1]
    (site / "index.html").write_text("<p>otro día</p>")
    assert gzip.decompress(_get(address, "/energia/", Accept_Encoding="gzip")[2]) == "<p>otro día</p>".encode()
