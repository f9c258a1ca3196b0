"""Sentences over rows: what is missing writes nothing, data are escaped, what nobody returned is a fault."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import RenderError
from pipeline.site.wording import Wording, records, span_text

NBSP = "\u00a0"
WORDS = Wording(load_catalog(), "../")


def test_a_missing_value_writes_no_word() -> None:
    """None passes through every filter; a number keeps its no-break space while other blanks are one."""
    row = {"value": None, "day": dt.date(2026, 11, 22), "share": 34.4}
    assert WORDS.text("{{ value | cantidad('GWh', 2) }}{{ value | fecha }}{{ value | plural('a', 'b') }}", row) == ""
    assert WORDS.text("  {{ day | fecha }},\n  {{ share | porcentaje }}", row) == f"22{NBSP}nov{NBSP}2026, 34,4{NBSP}%"


def test_html_escapes_the_data_and_not_the_template() -> None:
    """A name from the source cannot write HTML; links and badges are made by filters."""
    row = {"name": "<b>", "metric": "DemaSIN", "state": "late"}
    assert WORDS.html("<i>{{ name }}</i>", row) == "<i>&lt;b&gt;</i>"
    assert WORDS.text("{{ name }}", row) == "<b>"
    assert WORDS.html("{{ metric | metrica(name) }}", row) == '<a href="../metricas/DemaSIN/">&lt;b&gt;</a>'
    assert WORDS.html("{{ name | metrica }}", row) == "&lt;b&gt;"
    assert WORDS.html("{{ state | rotulo('series_state') }}", row) == '<span class="state warn">! Atrasada</span>'


def test_a_code_without_words_has_those_of_the_others() -> None:
    """English codes reach no page where the vocabulary says what to call the rest."""
    assert WORDS.text("{{ 'strange' | palabra('quarantine_rule') }}") == "otra regla del portal"
    assert WORDS.text("{{ 'strange' | palabra('record_side') }}") == "strange"


@pytest.mark.parametrize("template", ["{{ nobody }}", "{{ 'x' | fecha }}", "{{ 1 | nothing }}", "{% if %}"])
def test_a_sentence_that_cannot_be_filled_in_is_named(template: str) -> None:
    """The error carries the template."""
    with pytest.raises(RenderError, match="A sentence cannot be filled in") as caught:
        WORDS.text(template)
    assert caught.value.context["template"] == template


def test_phrases_are_parts_of_sentences_over_the_same_row() -> None:
    """A phrase reads the row of the sentence that includes it, and its names count as the sentence's."""
    words = Wording(load_catalog(), phrases={"when": "el {{ day | dia }}", "who": "{{ name }}, {% include 'when' %}"})
    row = {"name": "<b>", "day": dt.date(2026, 11, 23)}
    assert words.text("{% include 'who' %}.", row) == "<b>, el lunes 23 de noviembre."
    assert words.html("<i>{% include 'who' %}</i>", row) == "<i>&lt;b&gt;, el lunes 23 de noviembre</i>"
    assert words.names("{% include 'who' %}{{ n }}") == {"name", "day", "n"}
    with pytest.raises(RenderError, match="no phrase is called 'why'"):
        words.names("{% include 'why' %}")


def test_figures_of_forecasts_are_written_as_headlines_and_tables_do() -> None:
    """Three digits in a sentence, the decimals of the unit in a table; a day of the week alone."""
    row = {"value": 1234.567, "unit": "GWh", "day": dt.date(2026, 11, 23)}
    assert WORDS.text("{{ value | titular(unit) }}; {{ value | decimales(unit) }}", row) == f"1.235{NBSP}GWh; 1.234,57"
    assert WORDS.text("{{ 'm3/s' | unidad }} {{ day | dia_semana }}", row) == "m³/s lunes"
    assert WORDS.text("{{ '25-168' | anticipacion(true) }}", row) == "2 a 7 días"


def test_rows_come_as_templates_read_them() -> None:
    """Missing values of every kind are None, lists are lists."""
    frame = pd.DataFrame({"a": [1.5, float("nan")], "b": pd.to_datetime(["2026-11-22", None]), "c": ["x", None]})
    assert records(frame) == [
        {"a": 1.5, "b": dt.datetime(2026, 11, 22), "c": "x"},
        {"a": None, "b": None, "c": None},
    ]
    assert records(frame.head(0)) == []


def test_a_span_of_days_in_words() -> None:
    """One day, two ends, an open end, none."""
    first, last = dt.date(2026, 11, 1), dt.date(2026, 11, 22)
    assert span_text(first, first) == f"1{NBSP}nov{NBSP}2026"
    assert span_text(first, last) == f"1{NBSP}nov{NBSP}2026 a 22{NBSP}nov{NBSP}2026"
    assert span_text(first, None) == f"Desde el 1{NBSP}nov{NBSP}2026"
    assert span_text(None, last) == f"Hasta el 22{NBSP}nov{NBSP}2026"
    assert span_text(None, None) == ""
