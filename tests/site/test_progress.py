"""Pages say how much of the past is there, which source was down, and when nothing was compared."""

from __future__ import annotations

import dataclasses
import re

import pytest

from pipeline.site.context import SiteContext
from pipeline.site.pages.data_page import data_page
from pipeline.site.pages.home import home_page
from pipeline.store.warehouse import _source_state
from tests.site.conftest import add_registers, with_pages

DOWN = (
    "En la última actualización no se pudo consultar XM: la fuente falló (respondió 503). Se muestra lo último que se "
    "tenía."
)


def told(site: SiteContext, slug: str, state: dict[str, object] | None) -> str:
    """Return the text of a page when this is known of XM."""
    add_registers(site.con, site.catalog)
    site.con.execute("DROP TABLE source_state")
    _source_state(site.con, {"xm": state} if state else {})
    site = dataclasses.replace(site, catalog=with_pages(site.catalog))
    return data_page(site, site.catalog.pages[slug]).markdown


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, []),
        ({"wanted": 100, "asked": 100, "complete_since": "2000-01-01"}, []),
        (
            {"wanted": 54_468, "asked": 33_226, "complete_since": "2014-01-01"},
            [
                "El pasado que se toma de XM está completo desde el 1\xa0ene\xa02014 (61\xa0% de lo pedido); cada "
                "noche se completa una parte."
            ],
        ),
        (
            {"wanted": 1000, "asked": 999, "no_room": "GitHub Pages"},
            [
                "El pasado que se toma de XM apenas empieza a llegar (99\xa0% de lo pedido): en el alojamiento de este "
                "portal (GitHub Pages) no cabe más."
            ],
        ),
        (
            {"wanted": 10, "asked": 10, "down": "http_503"},
            [DOWN],
        ),
        (
            {"wanted": 10, "asked": 5, "down": "http_503"},
            [
                f"{DOWN} El pasado que se toma de XM apenas empieza a llegar (50\xa0% de lo pedido); cada noche se "
                "completa una parte."
            ],
        ),
    ],
)
def test_estado_says_how_far_a_source_was_asked(
    site: SiteContext, state: dict[str, object] | None, words: list[str]
) -> None:
    """Nothing to say when all is there; never 100 % before it is."""
    first, *rest = re.findall(r'<p class="answer">(.*)</p>', told(site, "estado", state))
    assert first.startswith("El rezago se cuenta")
    assert rest == words


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "Sin registro todavía."),
        ({"compared": "2026-11-22"}, "El catálogo de XM es el que el portal declara."),
        (
            {"down": "http_503"},
            "Anoche no se comparó el catálogo de XM con el que el portal declara: la fuente falló (respondió 503).",
        ),
        (
            {"compared": "2026-01-01"},
            "Anoche no se comparó el catálogo de XM con el que el portal declara. La última comparación es del "
            "1\xa0ene\xa02026.",
        ),
    ],
)
def test_a_catalogue_that_was_not_read_is_not_said_to_agree(
    site: SiteContext, state: dict[str, object] | None, words: str
) -> None:
    """Compared tonight: it agrees. Not compared: why, and when it last was."""
    assert f'<p class="why">{words}</p>' in told(site, "cambios", state)


def test_inicio_names_a_source_that_was_down(site: SiteContext) -> None:
    """Who reads only the home page learns that what it shows is what was there before."""
    add_registers(site.con, site.catalog)
    for state, expected in (({"down": "http_503"}, True), ({"down": ""}, False)):
        site.con.execute("DROP TABLE IF EXISTS source_state")
        _source_state(site.con, {"xm": state})
        named = dataclasses.replace(site, catalog=with_pages(site.catalog))
        text = home_page(named, site.catalog.boards["inicio"]).markdown
        assert (DOWN in text) is expected
