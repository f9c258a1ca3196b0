"""The words of the search name what there is, once each, and are written as they are compared."""

from __future__ import annotations

from typing import get_args

import pytest

from pipeline.catalog.load import HERE, load_catalog
from pipeline.catalog.search_words import GroupId, SearchWords
from pipeline.core.paths import ROOT
from pipeline.site.pages.index_pages import plain

WORDS = load_catalog().search


def test_every_kind_has_its_group() -> None:
    """What can be found is shown under a heading of its own."""
    assert {group.id for group in WORDS.groups} == set(get_args(GroupId))
    assert len({group.label for group in WORDS.groups}) == len(WORDS.groups)


def test_words_stand_with_pages_that_there_are() -> None:
    """A page that is renamed takes its words with it."""
    catalog = load_catalog()
    written = {f"{path.stem}/" for path in (ROOT / "site_src").glob("*.md")}
    known = {"", "metricas/", "glosario/", *written, *(f"{slug}/" for slug in catalog.pages)}
    assert set(WORDS.pages) <= known
    assert set(WORDS.boards) == set(catalog.boards) - {"inicio"}
    assert set(WORDS.refusals) <= {refusal.topic for refusal in catalog.assistant.refusals}


def test_no_word_stands_twice_with_a_page() -> None:
    """Words are told apart without accents."""
    for page, words in {**WORDS.boards, **WORDS.pages, **WORDS.terms}.items():
        bare = [plain(word) for word in words]
        assert len(set(bare)) == len(bare), page


def test_what_is_matched_as_it_stands_is_plain() -> None:
    """Hints and fillers are held against a text without accents or capitals."""
    words = [*WORDS.fillers, *(word for group in WORDS.groups for word in group.asked)]
    assert [word for word in words if word != plain(word)] == []


def test_a_term_that_is_none_is_refused() -> None:
    """The loader names it."""
    with pytest.raises(ValueError, match="no declared term"):
        SearchWords.model_validate({"terms": {"Nada": ["x"]}}, context={"term": {"Agente"}})
    assert (HERE / "search_words.yml").is_file()
