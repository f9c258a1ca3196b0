"""Pages say how much of the past is there, which source was down, and when nothing was compared."""

from __future__ import annotations

import dataclasses
import datetime as dt

import duckdb
import pytest

from pipeline.render import home
from pipeline.render.changes_page import _no_drift
from pipeline.render.context import SiteContext, SourceState, read_sources
from pipeline.render.index_pages import _source_sentence
from pipeline.render.registers import NO_RECORD
from pipeline.store.warehouse import _source_state


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, ""),
        (SourceState("xm", 100, 100, dt.date(2000, 1, 1), "", None), ""),
        (
            SourceState("xm", 54_468, 33_226, dt.date(2014, 1, 1), "", None),
            "El pasado que se toma de XM está completo desde el 1\xa0ene\xa02014 (61\xa0% de lo pedido); cada noche se "
            "completa una parte.",
        ),
        (
            SourceState("xm", 100, 61, dt.date(2014, 1, 1), "", None, "GitHub Pages"),
            "El pasado que se toma de XM está completo desde el 1\xa0ene\xa02014 (61\xa0% de lo pedido): en el "
            "alojamiento de este portal (GitHub Pages) no cabe más.",
        ),
        (
            SourceState("xm", 10, 10, None, "http_503", None),
            "En la última actualización no se pudo consultar XM: la fuente falló (respondió 503). Se muestra lo último "
            "que se tenía.",
        ),
    ],
)
def test_estado_says_how_far_a_source_was_asked(state: SourceState | None, words: str) -> None:
    """Nothing to say when all is there; never 100 % before it is."""
    assert _source_sentence(state, "xm") == words


def test_a_catalogue_that_was_not_read_is_not_said_to_agree(site: SiteContext) -> None:
    """Compared tonight: it agrees. Not compared: why, and when it last was."""
    today = site.run.today
    for state, words in (
        (None, NO_RECORD),
        ({"compared": today.isoformat()}, "El catálogo de XM es el que el portal declara."),
        ({"down": "http_503"}, "Anoche no se comparó el catálogo de XM con el que el portal declara: la fuente falló"),
        ({"compared": "2026-01-01"}, "La última comparación es del 1\xa0ene\xa02026."),
    ):
        with duckdb.connect(":memory:") as con:
            con.execute("CREATE TABLE catalog_drift(kind VARCHAR)")
            _source_state(con, {"xm": state} if state else {})
            assert words in _no_drift(dataclasses.replace(site, con=con))


def test_inicio_names_a_source_that_was_down(site: SiteContext) -> None:
    """Who reads only the home page learns that what it shows is what was there before."""
    board = site.catalog.boards["inicio"]
    for state, told in (({"down": "http_503"}, True), ({"down": ""}, False)):
        with duckdb.connect(":memory:") as con:
            _source_state(con, {"xm": state})
            sources = read_sources(con)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(home, "read_sources", lambda _, found=sources: found)
            text = home.home_page(site, board).markdown
        assert ("no se pudo consultar XM: la fuente falló (respondió 503)" in text) is told
