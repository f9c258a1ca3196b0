"""Boards: figures first, honest about what is missing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from urllib.parse import parse_qs

import pandas as pd
import pytest

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.core.spanish import NBSP
from pipeline.site.blocks import TYPES, Place, build_block
from pipeline.site.blocks.chart_view import until
from pipeline.site.blocks.kpi import KpiView, kpi_view
from pipeline.site.blocks.prose import text_view
from pipeline.site.context import SiteContext
from pipeline.site.page import source_words
from pipeline.site.pages.board import board_page
from pipeline.site.pages.home import home_page, opening
from tests.site.conftest import KPI, LINE, board, with_pages


def kpi(site: SiteContext, select: str, **fields: object) -> KpiView:
    """Return the card of a one-row query."""
    block = Block.model_validate(KPI | fields)
    return kpi_view(site, block, site.query(f"SELECT {select}"), "No hay datos.")


def test_page_is_complete_without_javascript(site: SiteContext) -> None:
    """Number, date, drawing, table and source are in the HTML; links go up two levels."""
    page = board_page(site, site.catalog.boards["demanda"])
    assert page.path == "tableros/demanda.md"
    text = page.markdown
    assert '<data value="237.0">237,0</data> <small>GWh</small>' in text
    assert f"16{NBSP}nov{NBSP}2026" in text
    assert '<svg class="static"' in text
    assert "<caption>La demanda, día a día</caption>" in text
    assert 'data-figure="../../assets/figures/demanda/diaria.json"' in text
    assert "Fuente: simulador del portal" in text
    files = {f"assets/figures/demanda/diaria.{kind}" for kind in ("json", "csv", "xlsx", "parquet")}
    image = re.search(r'<a href="../../(figuras/demanda/diaria-[0-9a-f]{12}.svg)" download>', text)
    assert image
    assert set(page.assets) == {*files, image[1], "incrustar/demanda/diaria.md", "tarjetas/demanda.png"}


def test_body_is_one_block_of_html_without_blank_lines(site: SiteContext) -> None:
    """MkDocs must take the body as it is: it starts with a tag and Markdown never cuts it."""
    text = board_page(site, site.catalog.boards["demanda"]).markdown
    front, body = text.split("---\n\n", 1)
    assert front.startswith('---\ntitle: "Demanda"\n')
    assert body.startswith("<div ")
    assert "\n\n" not in body.rstrip("\n")


def test_a_corrected_ratio_leads_to_the_part_that_was_revised(site: SiteContext) -> None:
    """It is corrected with any of its parts: the link goes to one that has a revision to show, of that day first."""
    row = "DATE '2026-11-16' AS day, 87.0 AS value, 'corrected' AS quality"
    card = kpi(site, row, metrics=["Gene", "DemaSIN", "PrecOfer"])
    assert (card.state, card.revisions) == ("corrected", "")
    site.con.execute("INSERT INTO revision VALUES ('DemaSIN', 'Sistema', 'Sistema', '2026-11-12', 1, 2, '2026-11-22')")
    assert kpi(site, row, metrics=["Gene", "DemaSIN"]).revisions == "metricas/DemaSIN/#corregidos"
    site.con.execute("INSERT INTO revision VALUES ('PrecOfer', 'Recurso', 'AAA1', '2026-11-16', 1, 2, '2026-11-22')")
    assert kpi(site, row, metrics=["Gene", "DemaSIN", "PrecOfer"]).revisions == "metricas/PrecOfer/#corregidos"


def test_good_and_bad_are_words(site: SiteContext) -> None:
    """A fall of the reserves is unfavourable, in points, against a stated day."""
    view = kpi(
        site,
        "DATE '2026-11-16' AS day, 34.4 AS value, 36.5 AS week_ago, 'el lunes anterior' AS week_basis, "
        "30.1 AS year_ago, 'ok' AS quality",
        unit="%",
        good="up",
    )
    assert [(d.text, d.basis, d.word) for d in view.deltas] == [
        (f"▼ 2,1{NBSP}puntos", "vs. el lunes anterior", "desfavorable")
    ], "a value of a year ago without words for its day is no comparison"


def test_a_change_says_which_day_it_is_against(site: SiteContext) -> None:
    """The words of the basis come with the row, and so does its day; without a like day there is no change."""
    view = kpi(
        site,
        "DATE '2025-01-13' AS day, 220 AS value, NULL AS week_ago, NULL AS week_basis, 200 AS year_ago, "
        "DATE '2024-01-15' AS year_day, 'el lunes comparable de 2024' AS year_basis",
    )
    assert [(d.text, d.basis, d.day) for d in view.deltas] == [
        (f"▲ 10,0{NBSP}%", "vs. el lunes comparable de 2024", dt.date(2024, 1, 15))
    ]


def test_a_series_of_means_sets_a_mean_against_a_mean(site: SiteContext) -> None:
    """One dry day of 40 in a week of 100 is no fall: the week before had 100 too."""
    view = kpi(
        site,
        "DATE '2026-11-16' AS day, 40.0 AS value, 100.0 AS compared, 100.0 AS week_ago, "
        "'los siete días anteriores, en promedio' AS week_basis",
        good="up",
    )
    assert view.value == "40,0"
    assert [(d.word, d.basis) for d in view.deltas] == [("", "vs. los siete días anteriores, en promedio")]


def test_provisional_values_never_become_headlines(site: SiteContext) -> None:
    """A preliminary figure leaves the card without a number and says why."""
    view = kpi(
        site, "DATE '2026-11-18' AS day, 52.6 AS value, 230 AS week_ago, 231 AS year_ago, 'provisional' AS quality"
    )
    assert view.value == ""
    assert "preliminar" in view.empty


def test_an_empty_block_says_what_is_missing_since_when_and_why(site: SiteContext) -> None:
    """The reason comes from the state of the series, not from a guess."""
    text = board_page(site, site.catalog.boards["demanda"]).markdown
    assert (
        f"Vertimientos, Embalse: no hay datos desde el 2{NBSP}mar{NBSP}2025 (la fuente no tiene datos del periodo)"
        in text
    )


def test_a_block_that_fails_names_board_and_block(site: SiteContext) -> None:
    """A broken query stops its page with an error a person can act on."""
    wrong = board("roto", LINE | {"id": "malo", "sql": "SELECT no_such_column"})
    with pytest.raises(RenderError, match="board=roto, block=malo"):
        board_page(site, wrong)


def test_text_is_escaped(site: SiteContext) -> None:
    """A name from the source cannot write HTML."""
    block = Block.model_validate(
        {"type": "table", "id": "t", "sql": "SELECT '<script>alert(1)</script>' AS \"Planta\""}
    )
    page = board_page(site, board("x", block.model_dump()))
    assert "<script>" not in page.markdown
    assert "&lt;script&gt;" in page.markdown


def test_summary_leads_with_its_checked_text(site: SiteContext) -> None:
    """The text of the board answers the question under it, and says how many figures were checked."""
    site = dataclasses.replace(
        site, texts={"x": {"slug": "x", "paragraphs": ["Todo bien <3."], "checked_figures": 3, "origin": "reglas"}}
    )
    page = board_page(site, board("x", {"type": "summary", "id": "resumen"}, KPI))
    assert '<p class="answer">Todo bien &lt;3.</p>' in page.markdown
    assert "3 cifras y fechas verificadas" in page.markdown


def test_the_answer_of_the_day_is_the_title_and_the_question_stands_under_it(site: SiteContext) -> None:
    """A text that has a headline gives the page its title; without one the question is the title, and said once."""
    text = {"slug": "x", "paragraphs": ["La demanda bajó 3 %."], "headline": "La demanda <bajó>", "origin": "reglas"}
    asking = board("x", {"type": "summary", "id": "resumen"}, KPI)
    page = board_page(dataclasses.replace(site, texts={"x": text}), asking).markdown
    assert '<h1 class="told">La demanda &lt;bajó&gt;</h1>' in page
    assert page.count(f'<p class="question">{asking.question}</p>') == 1
    silent = board_page(site, asking).markdown
    assert f"<h1>{asking.question}</h1>" in silent
    assert 'class="question"' not in silent


def test_a_sentence_that_the_title_says_is_not_said_again(site: SiteContext) -> None:
    """Its day stands by the question; a first sentence that says more than the title stays whole."""
    asking = board("x", {"type": "summary", "id": "resumen"}, KPI)
    text = {"slug": "x", "headline": "La demanda bajó", "origin": "reglas"}

    def page(*paragraphs: str) -> str:
        return board_page(dataclasses.replace(site, texts={"x": text | {"paragraphs": paragraphs}}), asking).markdown

    again = page("El 16 de noviembre, la demanda bajó.", "El precio subió.")
    assert again.count("emanda bajó") == 1
    assert f'<p class="question">{asking.question} <span class="when">El 16 de noviembre</span></p>' in again
    assert "El precio subió." in again
    more = page("El 16 de noviembre, la demanda bajó; es su nivel más bajo.", "El precio subió.")
    assert '<p class="answer">El 16 de noviembre, la demanda bajó; es su nivel más bajo.</p>' in more
    assert 'class="when">El 16' not in more


def test_blocks_of_a_theme_lie_in_one_fold_and_the_index_leads_there(site: SiteContext) -> None:
    """What has no theme shows at once, in order; a theme is one closed fold that names what it holds."""
    first, second = (LINE | {"id": name, "fold": "Mes a mes", "title": f"Gráfico {name}"} for name in ("uno", "dos"))
    other = LINE | {"id": "tres", "fold": "Las plantas"}
    page = board_page(site, board("x", KPI, LINE, first, second, other)).markdown
    assert page.count('<details class="fold"') == 2
    assert '<li><a href="#tema-1">Mes a mes</a></li>' in page
    assert "<b>Mes a mes</b> <span>Gráfico uno · Gráfico dos</span>" in page
    shown, mine, rest = page.partition('id="tema-1"')[0], *page.partition('id="tema-1"')[2].split('id="tema-2"')
    assert f'id="{LINE["id"]}"' in shown
    assert 'id="uno"' in mine and 'id="dos"' in mine and 'id="tres"' not in mine
    assert 'id="tres"' in rest


@pytest.mark.parametrize("themes", [("Mes", "", "Mes"), ("Mes", "Año", "Mes"), ("Mes", "")])
def test_blocks_of_a_theme_that_stand_apart_are_refused(themes: tuple[str, ...]) -> None:
    """They would make two folds of one name, or hide what should show: the message names the theme."""
    blocks = [LINE | {"id": f"b{place}", "fold": theme} for place, theme in enumerate(themes)]
    with pytest.raises(ValueError, match="together"):
        board("x", *blocks)


def test_boards_that_share_metrics_are_related_the_nearest_first(site: SiteContext) -> None:
    """At most three, never the home page nor the board itself, and none that shares nothing."""
    asked = board("x", KPI).model_copy(update={"metrics": ("Gene", "DemaSIN")})
    others = {"inicio": ("Gene",), "a": ("Gene",), "b": ("Gene", "DemaSIN"), "c": ("PrecOfer",), "x": ("Gene",)}
    boards = {slug: board(slug, KPI).model_copy(update={"metrics": shared}) for slug, shared in others.items()}
    page = board_page(dataclasses.replace(site, catalog=dataclasses.replace(site.catalog, boards=boards)), asked)
    found = re.findall(r'tableros/(\w+)/"><b>', page.markdown.partition('class="related"')[2])
    assert found == ["b", "a"]


def test_without_a_text_the_figures_answer(site: SiteContext) -> None:
    """A board whose text is missing still answers in figures."""
    page = board_page(site, board("x", {"type": "summary", "id": "resumen"}, KPI))
    assert f"Demanda: 237,0{NBSP}GWh." in page.markdown
    assert text_view(None, "r", "").empty


def test_mix_and_heat_map_are_static(site: SiteContext) -> None:
    """What the basic Plotly bundle cannot draw has no live file and promises none."""
    place = Place.on_board(site, board("x", KPI), "tableros/x/")
    block = Block.model_validate(
        {
            "type": "mix",
            "id": "m",
            "unit": "GWh",
            "sql": "SELECT 'Gas' AS series, 3.0 AS value, DATE '2026-11-16' AS day",
        }
    )
    view = build_block(block, place)
    files = [f"assets/figures/x/m.{kind}" for kind in ("csv", "xlsx", "parquet")]
    assert list(place.assets) == [*files, getattr(view, "image", None), "incrustar/x/m.md"]
    assert getattr(view, "figure", None) == ""


def test_home_opens_with_figures_and_lists_the_boards(site: SiteContext) -> None:
    """The sentence, the cards, and the other boards with their datum."""
    page = home_page(site, site.catalog.boards["inicio"])
    assert page.path == "index.md"
    assert f"Colombia consumió 237,0{NBSP}GWh el 16 de noviembre." in page.markdown
    assert 'href="./tableros/demanda/"' in page.markdown
    assert f"publicado 22{NBSP}nov{NBSP}2026, 5:40" in page.markdown


def test_home_tells_the_alerts_in_force_and_what_could_not_be_checked(site: SiteContext) -> None:
    """A crossed reference has its word and its board; one without data is counted, never taken for quiet."""
    sql = (
        "SELECT * FROM (VALUES ('Los aportes son bajos', 'warn', 'demanda', DATE '2026-11-16', true), "
        "('Callada', 'bad', 'demanda', DATE '2026-11-16', false), ('Sin dato', 'bad', 'demanda', NULL, NULL)) "
        'AS t ("Alerta", "Tono", "Tablero", "Día", "Vigente")'
    )
    block = {"type": "table", "id": "alertas", "title": "Alertas vigentes", "note": "Oficiales.", "sql": sql}
    text = home_page(site, board("inicio", KPI, block)).markdown
    assert (
        f'<span class="state dot warn">Vigilancia</span> <span class="when">16{NBSP}nov{NBSP}2026</span> '
        '<a href="./tableros/demanda/">Los aportes son bajos</a>' in text
    )
    assert "Callada" not in text
    assert "Oficiales. Sin datos para revisar: 1." in text
    quiet = home_page(site, board("inicio", KPI, block | {"sql": f'{sql} WHERE NOT "Vigente"'})).markdown
    assert "Ninguna de las 1 referencias revisadas está en alerta." in quiet


@pytest.mark.parametrize(
    ("row", "tone", "words"),
    [
        (
            "'risk', DATE '2026-11-16', ['Los embalses están bajos', 'Otra'], []::VARCHAR[]",
            "bad",
            "los embalses están bajos.",
        ),
        ("'watch', DATE '2026-11-16', ['Llovió poco'], ['Precio']", "warn", "llovió poco. Falta el dato de Precio."),
        ("'unknown', NULL, []::VARCHAR[], ['Precio', 'Agua']", "none", "Falta el dato de Precio y Agua."),
        (
            "'normal', DATE '2026-11-16', []::VARCHAR[], []::VARCHAR[]",
            "good",
            "ninguno pasa su umbral",
        ),
    ],
)
def test_home_says_the_state_of_the_system_in_one_word(site: SiteContext, row: str, tone: str, words: str) -> None:
    """One colour, its word, why, what is missing, and the way to the page; with the heaviest reason only."""
    sql = f'SELECT * FROM (VALUES ({row})) AS t ("Estado", "Día", "Razones", "Falta")'
    block = {"type": "table", "id": "estado", "title": "Estado", "sql": sql}
    text = home_page(dataclasses.replace(site, catalog=with_pages(site.catalog)), board("inicio", KPI, block)).markdown
    said = text.partition('class="answer system-state"')[2].partition("</p>")[0]
    assert f'<a href="./estado-del-sistema/"><span class="state dot {tone}">' in said
    assert words in said
    assert "según los índices publicados" in said
    assert "Otra" not in said


def test_a_light_is_a_word_and_a_reason_not_only_a_colour(site: SiteContext) -> None:
    """The semaphore says what it stands on; without one the card has none."""
    select = "DATE '2026-11-16' AS day, 34.4 AS value, 'ok' AS quality"
    view = kpi(site, f"{select}, 'watch' AS light")
    assert view.light is not None
    assert (view.light.tone, view.light.word) == ("warn", "Atención")
    assert view.light.reason == "entre los dos mínimos operativos"
    assert kpi(site, f"{select}, NULL AS light").light is None


def test_opening_uses_settled_figures_only() -> None:
    """A card without a value is not part of the sentence."""
    assert "Colombia consumió" not in opening([KpiView("demanda", "Demanda", "", "GWh", empty="sin dato")])


def test_replayed_and_real_pages_name_their_source(site: SiteContext) -> None:
    """A copy of old data says so; only a real build names XM plainly; a simulated one never does."""
    words = {}
    for source in ("simulated", "replayed", "xm"):
        run = dataclasses.replace(site.run, source=source)
        words[source] = source_words(dataclasses.replace(site, run=run))
    assert words == {
        "simulated": "simulador del portal, con el formato de XM",
        "replayed": "XM S.A. E.S.P., copia histórica",
        "xm": "XM S.A. E.S.P.",
    }


def test_every_block_of_every_board_has_a_drawer(catalog: Catalog) -> None:
    """The catalogue names block types freely; each one is a chart module or a block the boards know."""
    types = {block.type for board in catalog.boards.values() for block in board.blocks}
    assert types
    assert types <= TYPES.keys()


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (["2026-08-01", "2026-09-01"], "sep 2026"),
        (["2025-01-01", "2026-01-01"], "2026"),
        (["2026-08-31", "2026-09-01"], "1 sep 2026"),
        (["2026-09-01"], "1 sep 2026"),
    ],
)
def test_a_series_ends_in_its_own_grain(days: list[str], text: str) -> None:
    """Months end in a month and years in a year: no day that nobody measured."""
    rows = pd.DataFrame({"x": pd.to_datetime(days), "value": 1.0})
    assert until(rows).replace(NBSP, " ") == text


def test_a_board_without_its_first_figure_says_so_on_the_home_page(site: SiteContext) -> None:
    """No empty number stands beside the name of a board that has no data."""
    bare = board("vacio", KPI | {"sql": "FROM headline WHERE false"})
    boards = {"inicio": board("inicio", KPI), "vacio": bare}
    page = home_page(
        dataclasses.replace(site, catalog=dataclasses.replace(site.catalog, boards=boards)), boards["inicio"]
    )
    assert '<p class="datum">Sin dato reciente</p>' in page.markdown


def test_too_few_data_are_named_with_their_days(site: SiteContext) -> None:
    """A block whose metrics are all there, only too short, says which days there are."""
    place = Place.on_board(site, board("corto", LINE), "tableros/corto/")
    found = place.missing(Block.model_validate(LINE | {"metrics": ["DemaSIN"]}))
    assert found.replace(NBSP, " ") == (
        "Los datos que hay no alcanzan. Demanda de energía del SIN, Sistema: del 10 oct 2026 al 18 nov 2026."
    )


CLAIM = {
    "id": "compare.demand.week", "kind": "comparison", "figures": {"value": 237.0, "change": -3.5, "span": 1.0},
    "parts": {}, "words": {}, "unit": "GWh", "decimals": 1, "day": "2024-04-30", "state": "ok",
    "sql": "SELECT day, value FROM daily_series WHERE day = DATE '2024-04-30'", "shown": True,
}  # fmt: skip


def test_a_text_opens_to_what_it_stands_on(site: SiteContext) -> None:
    """Its claims with figures, day, state and query; what was left out; who made the plan; and the same as a file."""
    asked = {"served": "m<1>", "provider": "own", "tokens": 321, "usd": 0.01, "seconds": 2.5, "fault": ""}
    text = {
        "slug": "x", "paragraphs": ["La demanda bajó."], "headline": "La demanda bajó", "checked_figures": 2,
        "origin": "modelo", "model": "m<1>", "asked": asked, "dropped": 1, "plan": {"headline": CLAIM["id"]},
        "sentences": [{"text": "La demanda bajó.", "claims": [CLAIM["id"]]}],
        "prompt_hash": "ab" * 32, "claims_hash": "cd" * 32,
        "claims": [CLAIM, {**CLAIM, "id": "value.demand", "shown": False}],
    }  # fmt: skip
    page = board_page(
        dataclasses.replace(site, texts={"x": text}), board("x", {"type": "summary", "id": "resumen"}, KPI)
    )
    said = page.markdown.replace(NBSP, " ")
    assert "<summary>2 cifras y fechas verificadas</summary>" in said
    assert "valor 237,0 GWh; cambio −3,5 %" in said and "2024-04-30" in said
    query = re.search(r'<a href="[^"]*consulta/#([^"]*)">Abrir la consulta</a>', said)
    assert query is not None
    assert parse_qs(html.unescape(query[1]))["sql"] == [CLAIM["sql"]]
    assert "m&lt;1&gt;" in said and "m<1>" not in said and "321 tokens" in said and "1 clave desconocida" in said
    assert "1 afirmación quedó fuera" in said
    assert "datos/narrative/x.json" in said
