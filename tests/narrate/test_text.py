"""The house's own sentences: good Spanish from whatever facts exist, through the same guard."""

from __future__ import annotations

import itertools
import re

import pytest

from pipeline.core.errors import NarrativeError, UngroundedNumber
from pipeline.core.paths import ROOT
from pipeline.narrate.lexicon import load_lexicon
from pipeline.narrate.text import finished, house_sentences
from pipeline.narrate.text_guard import Sentence
from tests.narrate.samples import BOARDS, changed, facts_of

TEMPLATES = ROOT / "templates"
LEXICON = load_lexicon(TEMPLATES)


def write(board, facts):
    """Return the finished sentences of a board."""
    return [finished(each, facts) for each in house_sentences(board, "x", facts, TEMPLATES, LEXICON)]


@pytest.mark.parametrize("board", BOARDS)
def test_two_to_four_sentences(board):
    """With all facts a board has two to four sentences, and no template code is left in them."""
    lines = write(board, facts_of(board))
    assert 2 <= len(lines) <= 4
    assert not any("{" in line or "  " in line for line in lines)


def test_the_published_figures_read_as_the_portal_says():
    """The sentences of the home page, word by word."""
    plain = [line.replace("\u00a0", " ") for line in write("inicio", facts_of("inicio"))]
    assert plain[0] == (
        "El 5 de mayo de 2024, los embalses están al 34,42 %, 2,1 puntos más que la semana anterior "
        "y 21,0 puntos menos que hace un año."
    )
    assert plain[2] == (
        "El precio de bolsa promedió 127,12 COP/kWh, 58,2 % menos que la semana anterior "
        "y sin cambio frente al año anterior (0,0 %)."
    )


@pytest.mark.parametrize("board", BOARDS)
def test_any_subset_of_facts_gives_clean_text(board):
    """Leaving out any one or two facts leaves out what depends on them, and nothing else breaks."""
    facts = facts_of(board)
    pairs = itertools.islice(itertools.combinations(facts, 2), 0, None, 5)
    for gone in itertools.chain(itertools.combinations(facts, 1), pairs):
        left = {name: fact for name, fact in facts.items() if name not in gone}
        for line in write(board, left):
            assert "sin dato" not in line
    assert write(board, {}) == []


@pytest.mark.parametrize("board", BOARDS)
def test_provisional_is_said(board):
    """Every sentence with a provisional figure says «preliminar», and no other does."""
    assert all("preliminar" in line for line in write(board, facts_of(board, provisional=True)))
    assert not any("preliminar" in line for line in write(board, facts_of(board)))


def test_direction_follows_the_sign():
    """The same template says more or less as the sign of the fact says."""
    facts = changed(facts_of("inicio"), "demand_vs_week", value=3.0)
    assert any(re.search(r"3,0\s% más que la semana anterior", line) for line in write("inicio", facts))


@pytest.mark.parametrize("board", BOARDS)
def test_a_change_that_prints_as_zero_is_told_beside_its_own_base(board):
    """Any change may come to nothing on some day: the sentence still passes the guard, alone or beside another."""
    facts = facts_of(board)
    changes = [name for name, fact in facts.items() if fact.is_change]
    for name in changes:
        assert write(board, changed(facts, name, value=0.0))
    for name in changes:
        facts = changed(facts, name, value=0.0)
    assert write(board, facts)


def test_a_board_without_a_template_has_text():
    """A board added as one YAML file gets plain sentences of its first levels."""
    lines = write("nuevo", facts_of("precio-bolsa"))
    assert lines and "127,12" in lines[0]


def test_a_wrong_template_is_an_error(tmp_path):
    """A template that writes a digit of its own, or names a fact nobody gave, fails with its name."""
    folder = tmp_path / "narrative"
    folder.mkdir()
    for body in ("La demanda fue de 5 {{ f('demand') }}.", "{{ f('nothing') }}", "{{ nothing }}", "{% if %}"):
        (folder / "inicio.j2").write_text(body, encoding="utf-8")
        with pytest.raises(NarrativeError, match=r"inicio\.j2"):
            house_sentences("inicio", "x", facts_of("inicio"), tmp_path, LEXICON)


def test_second_line_stops_a_figure_the_guard_let_by():
    """A figure that is no fact is refused even in a sentence that skipped the guard."""
    with pytest.raises(UngroundedNumber):
        finished(Sentence("La demanda fue de 999 {{demand}}.", ("demand",)), facts_of("inicio"))
