"""What the public reads: Spanish, finished, and never the same twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

_ENGLISH = re.compile(r"\b(the|and|of|with|from|energy|price|market|which|value|hourly|daily)\b", re.IGNORECASE)
# Frequent words of these texts that are wrong without their accent or eñe.
_UNACCENTED = re.compile(
    r"\b(energia|electrica|generacion|despues|dia|dias|ultimo|ultimos|numero|rio|rios|regulacion|traves|"
    r"ademas|tambien|maximo|minimo|termica|termicas|hidraulica|transmision|espanol|anos)\b",
    re.IGNORECASE,
)


def _texts(catalog) -> Iterator[tuple[str, str]]:
    for metric in catalog.metrics.values():
        yield f"{metric.id} definition", metric.definition
        if metric.note:
            yield f"{metric.id} note", metric.note
    for fault in catalog.corrections:
        yield f"correction {fault.id}", fault.text
    for term in catalog.glossary:
        yield f"term {term.term}", term.definition
    for entity in catalog.entities.values():
        yield f"entity {entity.id}", entity.description
    for theme in catalog.themes.values():
        yield f"theme {theme.id}", theme.description
    for word in catalog.quality.values():
        yield f"quality {word.id}", word.description
    for source in catalog.sources.values():
        yield f"source {source.id} terms", source.terms
        yield f"source {source.id} attribution", source.attribution
        yield f"source {source.id} lag", source.lag_note


def test_texts_are_finished_sentences(catalog):
    """Each text starts with a capital or a figure, ends with a period and has no stray blanks."""
    bad = [
        where
        for where, text in _texts(catalog)
        if not text.endswith(".") or text != " ".join(text.split()) or not (text[0].isupper() or text[0] == "«")
    ]
    assert bad == []


def test_texts_are_spanish(catalog):
    """No English words and no Spanish word stripped of its accent, XM's own codes aside."""
    quoted = re.compile(r"«[^»]*»|https?://\S+|Oceanic Niño Index|Climate Prediction Center")
    bad = []
    for where, text in _texts(catalog):
        plain = quoted.sub("", text)
        bad += [(where, word.group()) for word in _ENGLISH.finditer(plain)]
        bad += [(where, word.group()) for word in _UNACCENTED.finditer(plain)]
    assert bad == []


def test_accents_are_present_over_the_corpus(catalog):
    """Files were saved as UTF-8 with their accents: a share of letters that Spanish always has."""
    corpus = " ".join(text for _, text in _texts(catalog))
    accents = sum(corpus.count(letter) for letter in "áéíóúñ")
    assert accents / len(corpus) > 0.012
    assert "Ã" not in corpus
    assert "�" not in corpus


def test_titles_are_unique_and_short(catalog):
    """A title names one metric, fits a heading and carries no final period."""
    titles = Counter(metric.title for metric in catalog.metrics.values())
    assert [title for title, times in titles.items() if times > 1] == []
    assert [title for title in titles if len(title) > 72 or title.endswith(".")] == []


def test_no_two_definitions_read_alike(catalog):
    """No boilerplate: any two definitions differ in most of their words."""
    words = {metric.id: metric.definition.split() for metric in catalog.metrics.values()}
    alike = []
    for (one, first), (other, second) in combinations(words.items(), 2):
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        if matcher.real_quick_ratio() > 0.7 and matcher.quick_ratio() > 0.7 and matcher.ratio() > 0.7:
            alike.append((one, other))
    assert alike == []


def test_definitions_are_one_to_three_sentences(catalog):
    """A definition is read at a glance."""
    sentence = re.compile(r"\.(?=\s+[A-ZÁÉÍÓÚÑ«])")
    long = [
        metric.id
        for metric in catalog.metrics.values()
        if len(sentence.findall(metric.definition)) > 2 or len(metric.definition) > 420
    ]
    assert long == []


def test_glossary_is_of_a_useful_size(catalog):
    """Forty to seventy terms, none repeated, abbreviations unique."""
    assert 40 <= len(catalog.glossary) <= 70
    short = [term.abbreviation for term in catalog.glossary if term.abbreviation]
    assert len(short) == len(set(short))
