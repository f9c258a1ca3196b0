"""The states of a value: one ordered vocabulary (`vocabularies.yml › quality`), one precedence, in Python and in SQL.

A figure that is made of several values is as good as the worst of them. Nothing else knows the order, or which states
may be quoted: Python asks here, and the warehouse gets its macros from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

from pipeline.catalog.vocabulary import ValueState

PRELIMINARY, DOUBTFUL, CORRECTED, PUBLISHED, FINAL = "provisional", "doubtful", "corrected", "ok", "final"
#: What the lake keeps of a row. That a value is final follows from its day: no part is rewritten for growing old.
STORED = (PUBLISHED, PRELIMINARY, CORRECTED, DOUBTFUL)  # their places are numbers in PostgreSQL


@cache
def value_states() -> dict[str, ValueState]:
    """Return the states by their code, the worst first."""
    told = yaml.safe_load(Path(__file__).with_name("vocabularies.yml").read_text(encoding="utf-8"))
    return {state.id: state for state in map(ValueState.model_validate, told["quality"])}


def worst(codes: Iterable[str | None]) -> str | None:
    """Return the state of a figure made of values in these states; None stays out."""
    known = {code for code in codes if code is not None}
    return next((code for code in value_states() if code in known), None)


@cache
def open_states() -> frozenset[str]:
    """Return the states of values that may not be quoted: in no headline, text, record, comparison or line."""
    return frozenset(code for code, state in value_states().items() if not state.quotable)


def word(code: str) -> str:
    """Return the Spanish word of a state, as it stands inside a sentence; an unknown code is its own word."""
    state = value_states().get(code)
    return state.label.lower() if state else code


def rank_sql(column: str) -> str:
    """Return SQL for the place of a state among all, the worst the highest; NULL for NULL."""
    places = enumerate(reversed(value_states()), 1)
    cases = " ".join(f"WHEN '{code}' THEN {place}" for place, code in places)
    return f"CASE {column} {cases} END"


def worst_sql(column: str) -> str:
    """Return the aggregate `worst` in SQL."""
    return f"{_listed()}[max({rank_sql(column)})]"


def word_sql(column: str, *, lower: bool = False) -> str:
    """Return SQL for the Spanish word of a state."""
    words = ((code, word(code) if lower else state.label) for code, state in value_states().items())
    cases = " ".join(f"WHEN '{code}' THEN '{said}'" for code, said in words)
    return f"CASE {column} {cases} END"


def macros() -> Iterator[str]:
    """Yield the statements that give SQL the same rules.

    `worst_of` (an aggregate) and `worse_quality(a, b)` are the precedence, `quotable`, `quality_word` the vocabulary;
    `quotable_words()` is the condition of `quotable` on the words of published files, as text for queries;
    `day_quality(hours, quality)` is the state of a day: without its 24 hours it is preliminary. `hours` is NULL for
    metrics that are published by day or month.
    """
    yield f"CREATE OR REPLACE MACRO worst_of(quality) AS {worst_sql('quality')}"
    both = f"greatest({rank_sql('a')}, {rank_sql('b')})"
    yield f"CREATE OR REPLACE MACRO worse_quality(a, b) AS {_listed()}[{both}]"
    may = ", ".join(f"'{code}'" for code, state in value_states().items() if state.quotable)
    yield f"CREATE OR REPLACE MACRO quotable(quality) AS quality IN ({may})"
    yield f"CREATE OR REPLACE MACRO quality_word(quality) AS {word_sql('quality')}"
    may_not = ", ".join(f"''{word(code)}''" for code, state in value_states().items() if not state.quotable)
    yield f"CREATE OR REPLACE MACRO quotable_words() AS 'estado NOT IN ({may_not})'"
    yield (
        "CREATE OR REPLACE MACRO day_quality(hours, quality) AS "
        f"CASE WHEN hours <> 24 THEN '{PRELIMINARY}' ELSE coalesce(quality, '{PUBLISHED}') END"
    )


def _listed() -> str:
    codes = ", ".join(f"'{code}'" for code in reversed(value_states()))
    return f"(ARRAY[{codes}])"  # as DuckDB and PostgreSQL write a list
