"""One vocabulary, one precedence: SQL, Python and the browser say the same of the state of a value."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.value_states import FINAL, PUBLISHED, STORED, macros, open_states, value_states, word, worst
from pipeline.core.paths import ROOT

CODES = st.lists(st.sampled_from([*value_states(), None]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """A database with the macros of the states."""
    opened = duckdb.connect()
    for macro in macros():
        opened.execute(macro)
    return opened


@given(CODES)
def test_sql_and_python_agree_on_the_worst(con: duckdb.DuckDBPyConnection, codes: list[str | None]) -> None:
    """The aggregate is the worst of all rows, and so is the macro of two, whatever their order."""
    rows = con.execute("SELECT worst_of(q) FROM (SELECT unnest(?::VARCHAR[]) AS q)", [codes]).fetchall()
    assert rows == [(worst(codes),)]
    first, last = codes[0], codes[-1]
    pair = con.execute("SELECT worse_quality(?, ?), worse_quality(?, ?)", [first, last, last, first]).fetchone()
    assert pair == (worst([first, last]),) * 2


def test_every_state_has_a_word_and_a_place(con: duckdb.DuckDBPyConnection) -> None:
    """What may not be quoted is worse than anything that may, and SQL uses the words of the vocabulary."""
    quotable = [state.quotable for state in value_states().values()]
    assert quotable == sorted(quotable), "the worst first"
    for code, state in value_states().items():
        found = con.execute("SELECT quality_word(?), quotable(?)", [code, code]).fetchone()
        assert found == (state.label, code not in open_states())
        assert word(code) == state.label.lower()
        assert len(state.description) > 40
    assert not any("onsolidad" in state.label + state.description for state in value_states().values())


def test_a_day_without_its_hours_is_preliminary(con: duckdb.DuckDBPyConnection) -> None:
    """Hours count where there are hours."""
    found = con.execute(
        "SELECT day_quality(23, 'final'), day_quality(24, 'doubtful'), day_quality(NULL, 'ok')"
    ).fetchone()
    assert found == ("provisional", "doubtful", "ok")


def test_the_lake_keeps_no_state_that_only_age_brings() -> None:
    """A part is not written again because its days grew old; the numbers of PostgreSQL stay what they are."""
    assert set(STORED) == set(value_states()) - {FINAL}
    assert STORED[:3] == (PUBLISHED, "provisional", "corrected")


def test_readers_know_the_same_order() -> None:
    """The reader for Python and the Explorer work out the state of a day from the same list, the worst first."""
    worst = [code for code in value_states() if code in STORED and code != PUBLISHED]
    reader = (ROOT / "templates" / "readers" / "portal.py").read_text(encoding="utf-8")
    explorer = (ROOT / "site_src" / "js" / "lib" / "columns.js").read_text(encoding="utf-8")
    found = [re.search(form, text) for form, text in ((r"peor = \[(.*?)\]", reader), (r"STATES = \[(.*?)\]", explorer))]
    assert all(found)
    lists = [re.findall(r'"(\w+)"', match[1]) for match in found if match]
    assert lists == [worst, [PUBLISHED, *reversed(worst)]]
