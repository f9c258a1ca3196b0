"""The benchmark of the pages: its parts, and how the search is judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import UsageError
from tests.bench.search_score import Found, Query, queries, wrong_answers
from tests.bench.web import bench_web

PRICE = Query("bolsa", "board", "tableros/precio-bolsa/", "synonym", "price")


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    """A typing error costs a second."""
    with pytest.raises(UsageError, match="nonsense") as refused:
        bench_web(["nonsense"])
    assert "search" in refused.value.hint


def test_queries_are_many_and_of_every_sort() -> None:
    """More than 120, each once, of groups that there are, with and without accents, synonyms and mistakes."""
    catalog = load_catalog()
    asked = [query for group in queries().values() for query in group]
    assert len(asked) >= 120
    assert len({query.q for query in asked}) == len(asked)
    assert {query.group for query in asked} <= {group.id for group in catalog.search.groups}
    assert {query.answer for query in asked} - {"", "none"} <= set(catalog.headlines)
    kinds = [query.kind for query in asked]
    assert all(kinds.count(kind) >= 3 for kind in {*kinds, "accent", "synonym", "mistake"} - {"part"})


def test_a_query_is_judged_by_its_first_group_and_its_first_three_pages() -> None:
    """The fourth page is none of the first three; a day in an address may be any."""
    pages = ("a/", "b/", "c/", "tableros/precio-bolsa/")
    assert not Found(PRICE, ("board", "term"), pages, None, 1).placed
    assert Found(PRICE, ("board", "term"), pages[1:], None, 1).placed
    assert not Found(PRICE, ("term", "board"), pages, None, 1).grouped
    weekly = Query("boletin", "report", "informes/*-S*/", "synonym")
    assert Found(weekly, ("report",), ("informes/2026-S47/",), None, 1).placed


def test_a_first_line_has_to_be_the_published_figure(tmp_path: Path) -> None:
    """Another figure is wrong, none where one was meant too, and one where none was."""
    (tmp_path / "api/v1").mkdir(parents=True)
    published = {"titulares": [{"serie": "price", "texto": "127 COP/kWh", "valor": 127.0}]}
    (tmp_path / "api/v1/titulares.json").write_text(json.dumps(published), encoding="utf-8")
    silent = Query("recibo", "board", "x/", "synonym", "none")

    def judged(query: Query, figure: str) -> int:
        answer = {"figure": figure} if figure else None
        return len(list(wrong_answers([Found(query, (), (), answer, 1)], tmp_path)))

    assert judged(PRICE, "127 COP/kWh") == judged(silent, "") == 0
    assert judged(PRICE, "128 COP/kWh") == judged(PRICE, "") == judged(silent, "127 COP/kWh") == 1
