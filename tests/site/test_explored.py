"""What of the portal opens in the Explorer, and that it is said in the Explorer's own words."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from pydantic import ValidationError

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Block
from pipeline.core.paths import ROOT
from pipeline.site.blocks.chart import explored_by
from pipeline.site.blocks.chart_view import explored

SETTINGS = ("s", "ultimos", "paso", "comparar", "ver", "ventana", "grafico")


def _block(**more: object) -> Block:
    return Block(type="line", id="a", title="A", **({"sql": "SELECT 1"} | more))  # type: ignore[arg-type]


def test_a_code_of_any_letters_survives_the_address() -> None:
    """A code may hold what an address writes otherwise; settings stay as they are; without series there is no link."""
    fragment = explored(["AporCaudal.Rio.A. SAN=LORENZO&Ñ"], "paso=hora")
    assert parse_qsl(fragment) == [("s", "AporCaudal.Rio.A. SAN=LORENZO&Ñ"), ("paso", "hora")]
    assert explored([], "paso=hora") == ""


def test_a_chart_opens_what_it_declares_or_the_years_that_it_compares() -> None:
    """A query that is nobody's series opens nothing."""
    assert explored_by(_block(explore=("titulares.price", "paso=mes"))) == "s=titulares.price&paso=mes"
    pair = _block(sql="SELECT x FROM year_pair WHERE series = 'demand' ORDER BY x")
    assert parse_qsl(explored_by(pair))[0] == ("s", "titulares.demand")
    assert explored_by(_block(sql="SELECT x FROM map_plant")) == ""


def test_boards_declare_what_exists_in_words_that_the_explorer_knows() -> None:
    """Every board has a chart that opens it; its settings are ones that the address has, in their values."""
    question = (ROOT / "site_src" / "js" / "lib" / "exploration.js").read_text(encoding="utf-8")
    found = [block for board in load_catalog().boards.values() for block in board.blocks if explored_by(block)]
    assert len(found) > 30
    for block in found:
        for key, value in parse_qsl(explored_by(block)):
            assert key in SETTINGS
            assert key in ("s", "ultimos", "ventana") or f'{value}: "' in question or f'"{value}": "' in question


@pytest.mark.parametrize("item", ["titulares.nada", "Nada.Sistema.Sistema", "<img>", "paso"])
def test_what_is_not_declared_is_refused(item: str) -> None:
    """A series that nobody declares, or a word that is neither series nor setting, fails at load."""
    context = {"metric": ["DemaSIN"], "headline series": ["demand"]}
    said = {"type": "line", "id": "a", "sql": "SELECT 1"}
    Block.model_validate(
        said | {"explore": ["titulares.demand", "DemaSIN.Sistema.Sistema", "paso=mes"]}, context=context
    )
    with pytest.raises(ValidationError):
        Block.model_validate(said | {"explore": [item]}, context=context)
