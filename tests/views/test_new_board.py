"""A board is one file: what it declares is enough for its claims and its text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from small_world import open_warehouse, series_table, small_catalog

from pipeline.catalog.schema import Board
from pipeline.narrate.claims import read_claims
from pipeline.narrate.editor import edit
from pipeline.narrate.paragraph import realise

NIGHT = {
    "slug": "noche",
    "title": "La noche",
    "question": "¿Cuánto se consume?",
    "order": 900,
    "tells": ["demand", "losses"],
    "blocks": [{"type": "summary", "id": "resumen"}],
}


def test_a_declared_board_tells_what_it_asks_for(tmp_path: Path) -> None:
    """Two declared series: the one with data becomes a sentence; the other is left out, not invented."""
    day = dt.date(2024, 4, 30)
    board = Board.model_validate(NIGHT)
    catalog = replace(small_catalog(), boards={"noche": board})
    demand = [("Sistema", day, 220.0), ("Sistema", day - dt.timedelta(days=7), 200.0)]
    tables = {"DemaSIN/Sistema": series_table("DemaSIN/Sistema", demand)}
    with open_warehouse(tmp_path / "lake", tables, dt.date(2024, 5, 6), catalog) as con:
        claims = read_claims(con, "noche")  # type: ignore[arg-type]
    assert {claim.id for claim in claims} == {"value.demand", "compare.demand.week"}
    text = realise(edit(claims, board.tells), claims)
    (sentence,) = text.sentences
    said = sentence.text.replace("\u00a0", " ")
    assert said.startswith("El 30 de abril de 2024, la demanda del país ") and "220,0 GWh" in said
    assert said.endswith("martes de la semana anterior.") and "10,0 %" in said
