"""The words of the search name what there is, once each, and are written as they are compared."""

from __future__ import annotations

from typing import get_args

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.catalog.search_words import GroupId, SearchWords
from pipeline.site.terms import plain

WORDS = load_catalog().search


def test_every_kind_has_its_group() -> None:
    """What can be found is shown under a heading of its own."""
    assert {group.id for group in WORDS.groups} == set(get_args(GroupId))
    assert len({group.label for group in WORDS.groups}) == len(WORDS.groups)


def test_every_board_has_words_and_every_refusal_is_one_of_the_assistant() -> None:
    """A board that is added gets its words, too."""
    catalog = load_catalog()
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


@pytest.mark.parametrize(("kind", "field"), [("term", "terms"), ("page", "pages"), ("board", "boards")])
def test_words_of_what_there_is_not_are_refused(kind: str, field: str) -> None:
    """The loader names a term, a page or a board that is none."""
    with pytest.raises(ValueError, match=f"'nada' is no declared {kind}"):
        SearchWords.model_validate({field: {"nada": ["x"]}}, context={kind: {"algo"}})
