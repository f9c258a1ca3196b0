"""What the search finds by name: each page of a kind with its words, nothing that has no page, no figure."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import duckdb
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import PublishError
from pipeline.core.paths import ROOT
from pipeline.site.downloads.findable import FOUND, findable

CATALOG = load_catalog()
_NAMED = """
CREATE TABLE named AS FROM (VALUES
    ('plant', 'PES1', 'PES1', 'Ituango', 'ituango'), ('plant', 'GVIO', 'GVIO', 'Guavio', 'guavio'),
    ('agent', 'ENEL COLOMBIA', 'ENDG, ENDC', 'Enel Colombia', 'enel-colombia')
) AS t (kind, thing, code, name, slug);
CREATE TABLE named_kind AS FROM (VALUES ('plant', 'plantas'), ('agent', 'agentes')) AS t (kind, folder);
"""
PAGES = {
    *("index.html", "tableros/precio-bolsa/index.html", "metricas/PrecBolsNaci/index.html", "glosario/index.html"),
    *("plantas/ituango/index.html", "agentes/enel-colombia/index.html", "estado-del-sistema/index.html"),
    *("datos/index.html", "metricas/index.html"),
}


def made(pages: Collection[str] = frozenset(PAGES)) -> dict[str, Any]:
    """Return the document of a site that has only some pages."""
    with duckdb.connect() as con:
        con.execute(_NAMED)
        document: dict[str, Any] = json.loads(findable(con, CATALOG, ROOT / "site_src", pages)[FOUND])
    return document


def test_only_what_has_a_page_is_found() -> None:
    """A page that failed, or that a small portal lacks, is no result."""
    urls = {row[2].partition("#")[0] for row in made()["pages"]}
    assert urls == {page.removesuffix("index.html") for page in PAGES}


def test_things_are_found_by_the_names_people_use() -> None:
    """Other names and every code stand with a plant and a company; a page that asks is a question."""
    document = made()
    found = {row[2]: row for row in document["pages"]}
    groups = [group[0] for group in document["groups"]]
    assert {"Hidroituango", "PES1"} <= set(found["plantas/ituango/"][4])
    assert {"Codensa", "ENDG", "ENDC"} <= set(found["agentes/enel-colombia/"][4])
    assert groups[found["estado-del-sistema/"][0]] == "question"
    assert groups[found["datos/"][0]] == "page"
    assert found["glosario/#precio-de-bolsa"][1] == "Precio de bolsa"
    assert document["folders"] == {"agent": "agentes", "plant": "plantas"}


def test_series_lead_to_their_board_or_their_metric() -> None:
    """Where a board is missing the page of the metric stands in for it; what must be said comes along."""
    series = {row[0]: row for row in made()["series"]}
    assert list(series) == list(CATALOG.headlines)
    assert series["price"][2] == "tableros/precio-bolsa/"
    assert series["demand"][2] == "metricas/DemaSIN/"
    assert series["price"][4] == CATALOG.assistant.cautions["price"]


def test_a_missing_view_is_named() -> None:
    """The error says where to look."""
    with duckdb.connect() as con, pytest.raises(PublishError, match="names for the search"):
        findable(con, CATALOG, ROOT / "site_src", PAGES)
