"""A published portal is read back by address or by folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pipeline.core.errors import SourceUnavailable
from pipeline.extract.portal import read_published
from tests.extract.stub import StubXm


def test_a_folder_and_an_address_give_the_same_bytes(stub: StubXm, tmp_path: Path) -> None:
    """Paths with accents and spaces are reached both ways."""
    path = "datos/lake/Año 1.parquet"
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_bytes(b"PAR1")

    async def answer(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(body=(tmp_path / request.match_info["path"]).read_bytes())

    stub.respond = answer
    assert read_published(f"{stub.url}/", path) == read_published(str(tmp_path), path) == b"PAR1"


@pytest.mark.parametrize("where", ["folder", "address", "http://datos.gov.co"])
def test_what_cannot_be_read_says_so(stub: StubXm, tmp_path: Path, where: str) -> None:
    """A missing file, an error of the server and a plain http address outside: one clear error, exit 75."""

    async def missing(request: web.Request, body: dict[str, Any], turn: int) -> web.Response:
        return web.Response(status=404)

    stub.respond = missing
    origin = {"folder": str(tmp_path), "address": stub.url}.get(where, where)
    with pytest.raises(SourceUnavailable, match="published portal"):
        read_published(origin, "manifest.json")
