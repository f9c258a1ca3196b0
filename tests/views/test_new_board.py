"""A board is one file: what it declares is enough for its facts and its text."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

from small_world import open_warehouse, rows, series_table, small_catalog

from pipeline.catalog.schema import Board
from pipeline.core.paths import ROOT
from pipeline.narrate.facts import read_facts
from pipeline.narrate.lexicon import load_lexicon
from pipeline.narrate.text import finished, house_sentences

DECLARED = {
    "slug": "noche",
    "title": "La noche",
    "question": "¿Cuánta energía consume la noche?",
    "order": 500,
    "facts": {"demand": ["week"], "losses": {"decimals": 1}},
    "blocks": [{"type": "summary", "id": "resumen"}],
}


def test_a_new_board_speaks_without_a_line_elsewhere(tmp_path: Path) -> None:
    """Two declared series: the one with data becomes two facts and a sentence; the other is left out, not invented."""
    day = dt.date(2024, 4, 30)
    tables = {
        "DemaSIN/Sistema": series_table(
            "DemaSIN/Sistema", [("Sistema", day, 220.0), ("Sistema", day - dt.timedelta(7), 200.0)]
        )
    }
    catalog = dataclasses.replace(small_catalog(), boards={"noche": Board.model_validate(DECLARED)})
    with open_warehouse(tmp_path, tables, dt.date(2024, 5, 2), catalog) as con:
        assert {r["board"] for r in rows(con, "SELECT board FROM facts WHERE board = 'noche'")} == {"noche"}
        facts = {fact.id: fact for fact in read_facts(con, "noche")}
    assert {name: round(fact.value, 1) for name, fact in facts.items()} == {"demand": 220.0, "demand_vs_week": 10.0}
    templates = ROOT / "templates"
    told = house_sentences("noche", "La noche", facts, templates, load_lexicon(templates))
    assert [finished(each, facts) for each in told] == ["El 30 de abril de 2024, demanda del SIN: 220,0\u00a0GWh."]
