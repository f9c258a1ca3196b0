"""A published portal is read back by address or by folder."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import PipelineError, SourceRefused, SourceUnavailable, UsageError
from pipeline.ingest.published import MANIFEST, is_missing, read_published
from tests.ingest.stub import StubXm


def test_a_folder_and_an_address_give_the_same_bytes(stub: StubXm, tmp_path: Path) -> None:
    """Paths with accents and spaces are reached both ways."""
    path = "datos/lake/Año 1.parquet"
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(b"PAR1")

    async def answer(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(body=(tmp_path / request.match_info["path"]).read_bytes())

    stub.respond = answer
    assert read_published(f"{stub.url}/", path) == read_published(str(tmp_path), path) == b"PAR1"


@pytest.mark.parametrize("where", ["folder", "address", "page", "nowhere", "http://datos.gov.co"])
def test_where_no_portal_is_is_wrong_usage(stub: StubXm, tmp_path: Path, where: str) -> None:
    """An empty folder, a 404, a web page, no such folder, plain http outside: the address is wrong, exit 2."""

    async def missing(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(text="<html>") if where == "page" else web.Response(status=404)

    stub.respond = missing
    places = {"folder": str(tmp_path), "address": stub.url, "page": stub.url, "nowhere": str(tmp_path / "no")}
    with pytest.raises(UsageError) as caught:
        read_published(places.get(where, where), MANIFEST)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("status", "kind"), [(503, SourceUnavailable), (429, SourceUnavailable), (403, SourceRefused), (404, SourceRefused)]
)
def test_a_portal_that_does_not_give_a_file_says_whose_fault_it_is(
    stub: StubXm, status: int, kind: type[PipelineError]
) -> None:
    """Down: later (75). Refused, or a file it names is not there: no matter of time (1)."""

    async def answer(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(status=status)

    stub.respond = answer
    with pytest.raises(kind) as caught:
        read_published(stub.url, "datos/lake/a.parquet")
    assert caught.value.exit_code == kind.exit_code
    assert is_missing(caught.value) == (status == 404)


def test_a_server_that_is_down_is_asked_again_later() -> None:
    """Nobody listens: exit 75."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        with pytest.raises(SourceUnavailable):
            read_published(f"http://127.0.0.1:{probe.getsockname()[1]}", MANIFEST)
