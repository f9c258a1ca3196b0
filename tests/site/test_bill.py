"""The calculator: a table without JavaScript, the same figures for the browser with it."""

from __future__ import annotations

import html
import json
import re

import pytest

from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.site.context import SiteContext
from pipeline.site.pages.board import board_page
from tests.site.conftest import KPI, board

ROWS = (
    "SELECT * FROM (VALUES ('Generación (G)', 300.25, 310.5, 420.0), ('Suma', 380.0, 390.5, 500.0)) "
    'AS t ("Parte", "Mes más barato", "Último mes", "Mes más caro")'
)


def block(sql: str = ROWS) -> Block:
    """Return the calculator over `sql`."""
    fields = {"type": "bill", "id": "calculadora", "title": "Calcule", "unit": "COP/kWh", "sql": sql}
    return Block.model_validate(fields | {"options": {"kwh": 130}, "metrics": ["DemaSIN"]})


def test_without_javascript_it_is_a_table_and_with_it_the_same_figures(site: SiteContext) -> None:
    """What the browser multiplies is what the page shows; the form waits hidden."""
    text = board_page(site, board("x", KPI, block().model_dump())).markdown
    told = re.search(r'data-bill="([^"]*)"', text)
    assert told is not None
    assert json.loads(html.unescape(told.group(1))) == [
        ["Generación (G)", 300.25, 310.5, 420.0],
        ["Suma", 380.0, 390.5, 500.0],
    ]
    assert "390,50" in text
    assert '<form class="bill-form" hidden>' in text
    assert 'value="130"' in text


def test_a_calculator_without_data_says_why(site: SiteContext) -> None:
    """No form over nothing."""
    text = board_page(site, board("x", KPI, block(f"{ROWS} WHERE false").model_dump())).markdown
    assert "data-bill" not in text
    assert 'class="empty"' in text


@pytest.mark.parametrize("sql", ["SELECT 1 AS uno", ROWS.replace("310.5", "NULL")])
def test_a_calculator_that_lacks_a_figure_is_refused(site: SiteContext, sql: str) -> None:
    """A part without value would be counted as nothing."""
    with pytest.raises(RenderError, match="board=x, block=calculadora"):
        board_page(site, board("x", block(sql).model_dump()))
