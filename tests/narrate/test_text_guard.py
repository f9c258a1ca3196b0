"""The guard refuses every wrong text and lets honest ones through."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.core.paths import ROOT
from pipeline.narrate.lexicon import Lexicon, load_lexicon
from pipeline.narrate.text import finished
from pipeline.narrate.text_guard import Sentence, check
from tests.narrate.completions import BAD, bad, good, sentence
from tests.narrate.samples import changed, facts_of


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load_lexicon(ROOT / "templates")


def test_mutations_are_all_rejected(lexicon):
    """Of more than 500 completions wrong in 34 ways, none passes."""
    made, passed = Counter(), []
    for kind, facts, sentences in bad(each=20):
        made[kind] += 1
        if check(sentences, facts, lexicon).accepted:
            passed.append((kind, [each.text for each in sentences]))
    assert set(made) == set(BAD) and made.total() >= 500
    assert passed == []


def test_good_texts_are_accepted(lexicon):
    """Of 240 true texts in many wordings at least 98 % pass, and their figures pass the second line too."""
    total = accepted = 0
    for _board, facts, sentences in good(240):
        total += 1
        if check(sentences, facts, lexicon).accepted:
            accepted += 1
            assert all(finished(each, facts) for each in sentences)
    assert accepted / total >= 0.98


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("El {{demand.dia}}, la demanda fue de 231 GWh, no de {{demand}}.", "numbers"),
        ("El {{demand.dia}}, la demanda fue el doble: {{demand}}.", "numbers"),
        ("El {{demand.dia}}, la demanda de abril fue de {{demand}}.", "dates"),
        ("El {{demand.dia}}, la demanda fue de {{demand}} GWh.", "units"),
        ("El {{demand.dia}}, la demanda fue de {{demand}} por la sequía.", "causes"),
        ("El {{demand.dia}}, la demanda fue de {{demand}} en Chivor.", "vocabulary"),
        ("El {{demand.dia}}, la demanda fue de {{nothing}}.", "facts: no such fact"),
        ("El {{demand.dia}}, la demanda subió {{demand_vs_week}} frente a la semana anterior.", "says up"),
        ("El {{demand.dia}}, la demanda bajó {{demand_vs_week}} frente a hace un año.", "reference"),
        ("El {{demand.dia}}, la generación bajó {{demand_vs_week}} frente a la semana anterior.", "subject"),
        ("El {{demand.dia}}, la demanda bajó a {{demand_vs_week}} frente a la semana anterior.", "written as a level"),
        ("El {{demand.dia}}, la demanda bajó {{demand}}.", "written as a change"),
        ("El {{demand.dia}}, el precio fue de {{demand}}.", "subject"),
        ("El {{demand.dia}}, los embalses están al {{reserves}}.", "figures of another day"),
        ("La demanda fue de {{demand}}.", "the first sentence gives the date"),
        ("El {{price.dia}}, el precio subió {{price_vs_year}} frente al año anterior.", "says up, the facts say flat"),
        ("El {{inflows.dia}}, los aportes fueron el {{inflows_pct}}.", "de la media histórica"),
        ("El {{hydro_share.dia}}, la hidráulica fue de {{hydro_share}}.", "share"),
    ],
)
def test_reason_is_named(lexicon, text, reason):
    """Each kind of fault is refused with a reason that tells a writer what to mend."""
    facts = facts_of("inicio")
    known = "nothing" not in text
    given = sentence(text, facts) if known else Sentence(text, ("demand", "nothing"))
    assert any(reason in why for why in check([given], facts, lexicon).reasons())


@pytest.mark.parametrize(
    ("board", "text", "reason"),
    [
        ("precio-bolsa", "El {{price.dia}}, el precio máximo fue de {{price}}.", "claimed of a figure"),
        ("precio-bolsa", "El {{price_max.dia}}, el precio fue de {{price_max}}.", "must be called so"),
        ("precio-bolsa", "El {{price_max.dia}}, el precio mínimo fue de {{price_max}}.", "claimed of a figure"),
        ("precio-bolsa", "El {{price.dia}}, el precio osciló entre {{price_max}} y {{price_min}}.", "a min to a max"),
        ("precio-bolsa", "El {{price.dia}}, el precio fue de {{price}} en la hora.", "an hour is named"),
        ("precio-bolsa", "El {{price.dia}}, el precio máximo fue en {{price_max_hour}}.", "write «hora"),
        ("precio-bolsa", "El {{price.dia}}, el precio llegó al {{price}}.", "goes with a percentage"),
        ("precio-bolsa", "El {{price.dia}}, el precio de escasez fue de {{price_to_scarcity}}.", "part of a whole"),
        ("precio-bolsa", "El {{price.dia}}, el precio fue de {{price}} del precio.", "no part of what follows"),
        ("precio-bolsa", "El {{price.dia}}, el precio fue de {{price_month}}.", "subject"),
        ("generacion-fuentes", "El {{plants.dia}} la cifra de plantas fue {{plants}}.", "is a count"),
        ("generacion-fuentes", "El {{plants.dia}} generaron {{gen_solar}} plantas.", "counts nothing"),
        ("generacion-fuentes", "El {{plants.dia}} la participación solar fue de {{gen_solar}}.", "no part of a whole"),
        ("generacion-fuentes", "El {{plants.dia}} la generación fue de {{gen_hydro}}.", "subject"),
        ("hidrologia", "El {{inflows.dia}}, los aportes llegaron al {{inflows_pct}}, por debajo de la media histórica.",
         "percentage of the historical mean"),
        ("hidrologia", "El {{inflows.dia}}, los aportes son el {{inflows_month_pct}} de la media histórica.", "mes"),
    ],
)  # fmt: skip
def test_extremes_shares_counts_and_hours(lexicon, board, text, reason):
    """A figure is only called what it is: an extreme, an hour, a count, a part of a whole."""
    facts = facts_of(board)
    assert any(reason in why for why in check([sentence(text, facts)], facts, lexicon).reasons())


def test_declarations_must_match(lexicon):
    """The declared facts and relation are compared with what the sentence shows."""
    facts = facts_of("inicio")
    text = "El {{demand.dia}}, la demanda fue de {{demand}}, {{demand_vs_week}} menos que la semana anterior."
    honest = Sentence(text, ("demand", "demand_vs_week"), "down")
    assert check([honest], facts, lexicon).accepted
    assert not check([Sentence(text, ("demand",), "down")], facts, lexicon).accepted
    assert not check([Sentence(text, honest.facts, "up")], facts, lexicon).accepted


def test_provisional_goes_with_the_word(lexicon):
    """A provisional figure needs «preliminar», a settled one must not carry it."""
    settled = facts_of("inicio")
    open_ = changed(settled, "demand", quality="provisional")
    plain = "El {{demand.dia}}, la demanda fue de {{demand}}."
    marked = "El {{demand.dia}}, la demanda fue de {{demand}}, dato preliminar."
    assert check([sentence(plain, settled)], settled, lexicon).accepted
    assert not check([sentence(plain, open_)], open_, lexicon).accepted
    assert check([sentence(marked, open_)], open_, lexicon).accepted
    assert not check([sentence(marked, settled)], settled, lexicon).accepted


def test_sign_decides_not_the_words(lexicon):
    """The same words are refused when the fact changes sign."""
    facts = facts_of("inicio")
    text = "El {{demand.dia}}, la demanda bajó {{demand_vs_week}} frente a la semana anterior."
    assert check([sentence(text, facts)], facts, lexicon).accepted
    turned = changed(facts, "demand_vs_week", value=1.94)
    assert not check([sentence(text, turned)], turned, lexicon).accepted


def test_text_as_a_whole(lexicon):
    """No text, too many sentences and a repeated sentence are refused."""
    facts = facts_of("inicio")
    one = sentence("El {{demand.dia}}, la demanda fue de {{demand}}.", facts)
    assert not check([], facts, lexicon).accepted
    assert not check([one, one], facts, lexicon).accepted
    assert check([one], facts, lexicon).rejected == 0
