"""Words of the glossary lead to what they mean, once a page and in its prose alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.vocabulary import Term
from pipeline.site.terms import anchor_of, linked_terms

GLOSSARY = tuple(load_catalog().glossary)
TAG = re.compile(r"<[^>]+>")


def linked(html: str) -> list[str]:
    """Return what is linked, as it is written."""
    made = linked_terms(html, GLOSSARY, "../")
    assert TAG.sub("", made) == TAG.sub("", html), "no word changes"
    return re.findall(r'<a class="term" href="\.\./glosario/#[a-z0-9-]+">([^<]*)</a>', made)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<p>El precio de bolsa superó el de escasez; otro precio de bolsa no.</p>", ["precio de bolsa"]),
        ("<p>Las restricciones y los usuarios regulados</p>", ["restricciones", "usuarios regulados"]),
        ("<p>El SIN, sin más: FAER y PRONE</p>", ["SIN", "FAER"]),
        ("<p>Durante La Niña y El Niño</p>", ["La Niña"]),
        ("<p>257,9\u00a0GWh, y 3 GWh</p>", []),
        ("<p>en GWh</p>", ["GWh"]),
        ('<h2>Precio de bolsa</h2><p class="sub">Precio de bolsa</p><p class="meta">XM</p>', []),
        ('<p><a href="x">El precio de bolsa</a> y el MEM</p>', ["MEM"]),
        ('<p><abbr title="precio de bolsa">STN</abbr> y <code>STR</code></p><p class="note">STR</p>', ["STR"]),
        ("<p>agentes-tipo y subgenerador</p>", []),
        ("<p>Llega a otro río por una desviación</p>", []),
        ('<p class="why">Las obligaciones de energía firme</p>', ["obligaciones de energía firme"]),
    ],
)
def test_the_first_mention_in_prose_is_linked(text: str, found: list[str]) -> None:
    """In one number or the other; a unit behind a figure, a title, a link and a code stay as they are."""
    assert linked(text) == found


@pytest.mark.parametrize("term", [t for t in GLOSSARY if t.linked], ids=lambda term: anchor_of(term.term))
def test_every_term_is_found(term: Term) -> None:
    """As it is declared, and by its abbreviation."""
    for name in filter(None, (term.term, term.abbreviation)):
        assert linked(f"<p>Así es: {name}.</p>")


@given(st.lists(st.sampled_from([t.term for t in GLOSSARY] + ["<b>", "</b>", "<p>", "</p>", "1 ", "y", "<br>"])))
def test_no_page_loses_a_word_and_no_term_is_linked_twice(pieces: list[str]) -> None:
    """Whatever stands around them."""
    made = linked_terms(" ".join(pieces), GLOSSARY, "")
    assert re.sub(r'<a class="term"[^>]*>|</a>', "", made) == " ".join(pieces)
    places = re.findall(r"#([a-z0-9-]+)", made)
    assert len(places) == len(set(places))
