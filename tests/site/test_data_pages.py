"""The pages about the data themselves: quality, changes, records, state, and their feeds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import xml.etree.ElementTree as ET
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from pipeline.catalog.data_pages import DataPage
from pipeline.catalog.schema import Block
from pipeline.core.errors import RenderError
from pipeline.core.paths import PACKAGE
from pipeline.site.context import Page, SiteContext
from pipeline.site.pages.board import board_page
from pipeline.site.pages.data_page import data_page
from pipeline.site.pages.feed import Entry, atom
from pipeline.site.pages.metric_page import metric_page
from tests.site.conftest import KPI, LINE, add_registers, board, with_pages, without_ways
from tests.state_world import DRY, run_rule

ATOM = "{http://www.w3.org/2005/Atom}"
VIEWS = PACKAGE / "views"
KEY = "portal-energetico-colombia/records.xml/demand/high/2026-11-06"  # what identified the entry since it exists
# What ingest wrote down in the nights before, and a year of one headline series.
MORE = """
DELETE FROM metric_daily WHERE metric = 'DemaSIN' AND day BETWEEN '2026-10-20' AND '2026-10-27';
INSERT INTO series_info VALUES (1, 'demand', 'Demanda del SIN', 'GWh', 1, 'DemaSIN', 'like_day');
INSERT INTO daily_series SELECT 'demand' AS series, DATE '2025-11-01' + i::INTEGER AS day,
  CASE i WHEN 100 THEN 300.0 WHEN 370 THEN 301.5 WHEN 372 THEN 302.0 WHEN 379 THEN 999.0 ELSE 200 END AS value,
  i <> 379 AS complete FROM range(380) t(i);
UPDATE headline SET day = '2026-11-14', value = 200.0;
INSERT INTO lake_change VALUES ('DemaSIN', 'Sistema', 38, 40, '2026-11-16', '2026-11-18', '2026-11-21');
INSERT INTO revision VALUES ('DemaSIN', 'Sistema', 'Sistema', '2026-11-10', 230.0, 231.5, '2026-11-22'),
  ('DemaSIN', 'Sistema', 'Sistema', '2026-11-01', 200.0, 220.0, '2026-11-20'),
  ('Gene', 'Recurso', 'AAA1', '2026-11-10 07:00', 0.0, 1.0, '2026-11-22'),
  ('DemaSIN', 'Sistema', 'Sistema', '2026-11-11', 3000.0, NULL, '2026-11-22'),
  ('DemaSIN', 'Sistema', 'Sistema', '2026-11-02', 210.0, NULL, '2026-11-20');
INSERT INTO rename VALUES
  ('VertEner', 'Embalse', 'MIEL I', 'AMANI', '2026-10-01', '2026-10-02', 45, 44, 10.0, 10.5, '2026-11-21'),
  ('VertEner', 'Embalse', 'GUAVIO', 'OTRO', '2026-10-01', '2026-10-02', 45, 45, NULL, NULL, '2026-11-21');
INSERT INTO catalog_alias VALUES ('Embalse', 'GUAVIO', 'OTRO');
INSERT INTO quarantine VALUES ('Gene', 'Recurso', 'not_a_number');
INSERT INTO held VALUES
  ('DemaSIN', 'Sistema', NULL, '2026-10-01', 230.0, 23.0, 24, 24, 'moved', '2026-11-20', ''),
  ('DemaSIN', 'Sistema', NULL, '2026-10-02', NULL, 9.5, 0, 24, 'shift', '2026-11-21', 'refuse'),
  ('DemaSIN', 'Sistema', NULL, '2026-09-30', 231.0, NULL, 24, 0, 'withdrawn', '2026-11-21', '');
INSERT INTO gap VALUES ('DemaSIN', 'Sistema', '2026-10-20', '2026-10-27', 'no_data', 'open');
INSERT INTO catalog_drift SELECT kind, 'DemaSIN', 'Sistema', field, was, now, DATE '2026-11-20', seen FROM (VALUES
  ('field_new', 'Version', '', 'TX2', DATE '2026-11-21'),
  ('reopened', 'ends', '2025-02-28', '2026-10-31', '2026-11-21'),
  ('field_new', 'Vieja', '', 'x', '2026-01-01')) AS t(kind, field, was, now, seen);
INSERT INTO lost_part VALUES ('DemaSIN', 'Sistema', '2026-10-01', '2026-10-31'), ('_revisions', 'log', NULL, NULL);
"""


@pytest.fixture
def bare(site: SiteContext) -> SiteContext:
    """The small site with the pages about the data, before anything was written down."""
    add_registers(site.con, site.catalog)
    return dataclasses.replace(site, catalog=with_pages(site.catalog))


@pytest.fixture
def full(bare: SiteContext) -> SiteContext:
    """The same after some nights."""
    bare.con.execute(MORE)
    for name in ("headlines/records.sql", "quality/changes.sql"):
        bare.con.execute((VIEWS / name).read_text(encoding="utf-8"))
    return bare


def page(site: SiteContext, slug: str) -> Page:
    """Return a page about the data."""
    return data_page(site, site.catalog.pages[slug])


def feed(made: Page) -> str:
    """Return the text of the page's feed."""
    return next(str(text) for name, text in made.assets.items() if name.endswith(".xml"))


def entries(text: str) -> list[dict[str, str]]:
    """Return the entries of a feed, by element name."""
    root = ET.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{ATOM}{name}")
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    return [
        {child.tag.removeprefix(ATOM): child.text or child.get("href", "") for child in e}
        for e in root.iter(f"{ATOM}entry")
    ]


def test_nothing_written_down_is_said(bare: SiteContext) -> None:
    """Without a row in any register every page stands and says that there is none; no empty table is left."""
    texts = {slug: page(bare, slug).markdown for slug in bare.catalog.pages}
    assert "No falta ningún día esperado." in texts["calidad"]
    assert "Ningún valor ha sido apartado." in texts["calidad"]
    assert "Ningún cambio está retenido." in texts["calidad"]
    assert "No se ha perdido ningún dato." in texts["calidad"]
    assert "Las respuestas tienen la forma declarada." in texts["calidad"]
    assert "se perdi" not in texts["estado"]
    assert "modelo de lenguaje" not in texts["estado"]
    assert "Anoche no cambió nada" in texts["cambios"]
    assert "XM no cambió ningún valor ya publicado." in texts["cambios"]
    assert "Ningún tablero lee las series que cambiaron." in texts["cambios"]
    assert "Aún no hay datos para buscar récords" in texts["records"]
    assert "Máximos" not in texts["records"]
    assert not [slug for slug, text in texts.items() if "None" in text or "<tbody>\n</tbody>" in text]


def test_completeness_counts_days_against_those_due(full: SiteContext) -> None:
    """Eight missing days of October show as 14 of 22; November counts to the day that the lag allows."""
    text = page(full, "calidad").markdown
    head = '<tr><th scope="row"><a href="../metricas/DemaSIN/">Demanda de energía del SIN</a></th>'
    row = text.split(head)[1].split("</tr>")[0]
    assert row.startswith('<td class="q-half" title="octubre de 2026: 14\u00a0días de 22">14</td>')
    assert re.search(r'<td class="q-most" title="noviembre[^"]*">18</td>$', row)
    assert "20 oct 2026".replace(" ", "\u00a0") in text
    assert "no es un número" in text
    assert 'id="c"' in text  # the register of known issues
    assert full.con.execute("SELECT count(*) FROM completeness WHERE subject = 'VertEner'").fetchone() == (2,)


def test_what_is_held_back_is_told_with_both_values_and_the_decision(full: SiteContext) -> None:
    """The day that waits for a person stands before the one that was refused."""
    table = page(full, "calidad").markdown.split('id="retenidos"')[1].split("</table>")[0].replace("\u00a0", " ")
    first, gone, second = table.split("<tbody>")[1].split("</tr>")[:3]
    assert all(part in gone for part in ("30 sep 2026", "231,00 GWh", "sin dato", "dejó de entregar", "por decidir"))
    assert all(part in first for part in ("1 oct 2026", "230,00 GWh", "23,00 GWh", "20 nov 2026", "por decidir"))
    assert all(part in second for part in ("2 oct 2026", "sin dato", "9,50 GWh", "cambiaría de nivel", "no se acepta"))


def test_what_xm_withdrew_is_told_apart_from_what_it_changed(full: SiteContext) -> None:
    """With its days and the largest value; on the page of the metric with those of the nights before."""
    made = page(full, "cambios")
    (row,) = made.markdown.split('id="retirados"')[1].split("</table>")[0].split("<tbody>")[1].split("</tr>")[:-1]
    assert all(part in row.replace("\u00a0", " ") for part in ("11 nov 2026", "3.000,00 GWh", "todo el sistema"))
    assert "XM retiró 1\u00a0valor que ya había publicado." in made.markdown
    told = metric_page(full, full.catalog.metrics["DemaSIN"]).markdown.replace("\u00a0", " ")
    assert "<b>11 nov 2026.</b> La fuente retiró 1 valor (sistema) el 22 nov 2026, sin dar otro" in told
    assert re.search(r"El mayor era 210[,0]* GWh\.", told)


def test_a_likely_rename_is_told_with_its_evidence_until_it_is_declared(full: SiteContext) -> None:
    """Values compared, levels before and after, and the line to paste."""
    text = page(full, "calidad").markdown.split('id="renombrados"')[1].split('id="problemas"')[0]
    text = " ".join(text.replace("\u00a0", " ").split())
    assert "MIEL I → AMANI" in text
    assert "44 de los 45 valores" in text
    assert "en 10,00 GWh y el segundo empieza el 2 oct 2026 en 10,50 GWh" in text
    assert '{id: embalse-miel-i-amani, entity: Embalse, old: "MIEL I", new: "AMANI"' in text
    assert "GUAVIO" not in text


def test_what_comes_in_another_shape_is_told_with_its_days(full: SiteContext) -> None:
    """A field that is not used, an end that was none; what was seen months ago is over."""
    table = page(full, "calidad").markdown.split('id="forma"')[1].split("</table>")[0].replace("\u00a0", " ")
    assert "las respuestas traen un campo no declarado, que no se usa: Version" in table
    assert "se sigue publicando después de su fin declarado: se consulta otra vez</td>" in table
    assert all(part in table for part in ("TX2", "28 feb 2025", "31 oct 2026", "20 nov 2026", "21 nov 2026"))
    assert "Vieja" not in table


def test_what_was_lost_is_said_where_readers_look_first(full: SiteContext) -> None:
    """Estado counts the files and names them; Calidad says of each what follows."""
    text = page(full, "estado").markdown.replace("\u00a0", " ")
    assert "se perdieron 2 archivos" in text
    table = page(full, "calidad").markdown.split('id="perdidos"')[1].split("</table>")[0].replace("\u00a0", " ")
    assert "se pide otra vez a la fuente" in table
    assert "registro propio (_revisions)" in table
    assert "no se puede pedir otra vez" in table


def test_a_model_that_did_not_answer_is_said(full: SiteContext) -> None:
    """Estado names the model and why, in words; the texts are whole all the same."""
    full.con.execute("INSERT INTO model_fault VALUES ('gpt-oss-120b', 'model_limited')")
    full.kept.clear()
    text = page(full, "estado").markdown.replace("\u00a0", " ")
    full.con.execute("DELETE FROM model_fault")
    assert "El modelo de lenguaje gpt-oss-120b" in text
    assert "su servicio puso un límite a las consultas. Los textos están completos" in text


def test_share_of_days_is_never_rounded_up_to_all(full: SiteContext) -> None:
    """A hundred per cent is said only when no day is missing."""
    text = page(full, "calidad").markdown
    assert "de los días esperados tiene dato" in text
    assert "El 100" not in text


def test_changes_tell_new_days_revisions_and_boards(full: SiteContext) -> None:
    """Two new days, one value revised tonight, one board that reads it; nobody compared the catalogue yet."""
    made = page(full, "cambios")
    assert "1\u00a0serie tiene días nuevos" in made.markdown
    assert "230,00 → 231,50\u00a0GWh" in made.markdown
    assert "<td>AAA1, 10\u00a0nov\u00a02026, 7:00</td>" in made.markdown
    assert "<td>—</td><td>0,00 → 1,00\u00a0GWh</td>" in made.markdown  # no share of nothing
    assert "tableros/demanda/" in made.markdown
    assert "Sin registro todavía." in made.markdown
    found = entries(feed(made))
    assert [e["updated"][:10] for e in found] == ["2026-11-22", "2026-11-20"]
    assert "y XM cambió 2\u00a0valores que ya había publicado, frente al estado del 21 de" in found[0]["summary"]
    told = "XM cambió 2\u00a0valores que ya había publicado, de 1\u00a0métrica; de ellos retiró 1, sin dar otro."
    assert told in found[1]["summary"]


def test_first_load_compares_with_nothing(full: SiteContext) -> None:
    """Without an earlier state the page says so instead of counting everything as new."""
    full.con.execute("UPDATE lake_change SET since = NULL, rows_before = 0, last_before = NULL")
    assert "Primera carga de los datos" in page(full, "cambios").markdown


def test_records_need_a_year_and_join_a_climb(full: SiteContext) -> None:
    """Day 371 broke the mark of day 101 and fell two days later: one record; the unsettled 999 is none."""
    made = page(full, "records")
    found = entries(feed(made))
    assert len(found) == 1
    assert found[0]["id"] == f"urn:uuid:{uuid5(NAMESPACE_URL, KEY)}"
    assert f"<p>{found[0]['summary']}</p></li>" in made.markdown
    assert f'<p class="answer">{found[0]["summary"]}</p>' in made.markdown
    assert "302,0\u00a0GWh el 8\u00a0nov\u00a02026, el valor más alto de 373 días" in found[0]["summary"]
    assert "300,0\u00a0GWh del 9\u00a0feb\u00a02026, cayó el 6\u00a0nov\u00a02026" in found[0]["summary"]
    assert "999" not in made.markdown


def test_a_revision_withdraws_its_record(full: SiteContext) -> None:
    """The record is computed, not kept: without its value it is gone."""
    full.con.execute("UPDATE daily_series SET value = 200 WHERE value IN (301.5, 302.0)")
    full.con.execute((VIEWS / "headlines" / "records.sql").read_text(encoding="utf-8"))
    assert entries(feed(page(full, "records"))) == []


def test_state_counts_every_series_and_explains(bare: SiteContext) -> None:
    """Each series has a state in words, its lag and the reason it is missing; metrics of events are never late."""
    text = page(bare, "estado").markdown
    assert "<h1>2 de 5 series están al día</h1>" in text
    assert "la fuente no tiene datos del periodo" in text
    assert '<span class="state none">○ Sin datos</span>' in text
    assert '<span class="state warn">! Atrasada</span>' in text  # PrecOfer and Gene: 8 days against 3 expected
    states = "SELECT state FROM series_state WHERE metric = 'Gene'"
    bare.con.execute("UPDATE catalog_metric SET late_after = NULL")  # of events
    assert bare.con.execute(states).fetchone() == ("ok",)
    bare.con.execute("UPDATE catalog_metric SET ends = DATE '2026-11-15'")
    assert bare.con.execute(states).fetchone() == ("ended",)
    bare.con.execute("UPDATE series_status SET state = 'failed', rows = 0")
    assert bare.con.execute(states).fetchone() == ("failed",)


def test_a_sentence_names_its_template_where_it_cannot_be_filled_in(bare: SiteContext) -> None:
    """A name that no query returns stops its page with an error a person can act on."""
    wrong = bare.catalog.pages["estado"].model_copy(update={"headline": "{{ fersh | num }} series"})
    with pytest.raises(RenderError, match=r"'fersh' is undefined.*page=estado"):
        data_page(bare, wrong)


def test_every_block_type_may_stand_on_every_page(bare: SiteContext) -> None:
    """A chart and a figure on a page about the data, with their files; a list on a board, which names what it must."""
    own = bare.catalog.pages["estado"]
    blocks = (Block.model_validate(LINE), Block.model_validate(KPI | {"sql": "FROM headline"}))
    made = data_page(bare, own.model_copy(update={"blocks": blocks}))
    assert '<svg class="static"' in made.markdown and "237,0" in made.markdown
    assert {f"assets/figures/estado/diaria.{kind}" for kind in ("json", "csv")} <= set(made.assets)
    told = {
        "type": "list",
        "id": "lista",
        "title": "Lista",
        "sql": "SELECT 7 AS n",
        "options": {"item": "<li>{{ n }}</li>"},
    }
    assert "<li>7</li>" in board_page(bare, board("x", told)).markdown
    with pytest.raises(RenderError, match=r"No block type is called 'nada'.*use one of .*worded_table"):
        board_page(bare, board("x", told | {"type": "nada"}))


ROWS = """
  SELECT * FROM (VALUES ('b', 1, 10.0), ('b', 2, 20.0), ('a', 1, 5.0), ('a', 2, NULL)) AS t (kind, x, value)
"""
SECTIONS: list[dict[str, Any]] = [
    {
        "type": "section",
        "id": "clases",
        "title": "Clase {{ kind }}",
        "sql": "SELECT * FROM (VALUES ('a', 1), ('b', 2), ('c', 3), ('d', 4)) AS t (kind, n)",
        "options": {"each": "kind", "style": "record", "anchor": "k-{{ kind }}",
                    "empty": "{% if n == 3 %}Nada de {{ kind }}{% endif %}"},
        "blocks": [
            {"type": "worded_text", "id": "uno", "title": "Uno", "note": "n = {{ n }}\n\n{% if n > 5 %}no{% endif %}",
             "sentence": "x = {{ x }}", "sql": ROWS, "options": {"row": "pair", "foot": "fin"}},
            {"type": "line", "id": "curva", "title": "Hasta {{ top | num }} de {{ n }}", "unit": "GWh",
             "sql": f"SELECT kind, x, value, max(value) OVER (PARTITION BY kind) AS top, 'v' AS series FROM ({ROWS})",
             "columns": {"series": {"text": "Serie {{ kind }}"}},
             "options": {"anchor": "{{ kind }}-curva", "row": "pair", "head": "h3"}},
            {"type": "worded_table", "id": "tabla", "title": "Tabla", "sql": ROWS,
             "columns": {"x": {"text": "{{ x }}"}, "v": {"text": "{{ value | num }}", "optional": True},
                         "w": {"text": "{{ value | num }}", "title": "v", "small": "de {{ kind }}"}},
             "options": {"search": "{{ kind }} {{ x }}", "frame": "agents"}},
        ],
    }
]  # fmt: skip


def test_a_section_repeats_its_blocks_with_their_own_rows(bare: SiteContext) -> None:
    """A section a row, its blocks with the rows of its value; one that says why it is empty shows that and no block."""
    own = bare.catalog.pages["estado"].model_dump() | {"slug": "prueba", "blocks": SECTIONS}
    made = data_page(bare, DataPage.model_validate(own))
    parts = made.markdown.split('<section class="record" id="k-')[1:]
    assert [part[0] for part in parts] == ["a", "b", "c", "d"]
    assert "<h2>Clase a</h2>" in parts[0] and "<h3>Uno</h3>\n<p>n = 1</p>\n<p>x = 1</p>\n<p>x = 2</p>" in parts[0]
    assert '<div class="pair">\n<div class="prose">' in parts[0] and '<p class="why">fin</p>' in parts[0]
    assert "<figcaption><h3>Hasta 5 de 1</h3>" in parts[0]
    assert '<tr data-text="a 2"><th scope="row">2</th><td>—</td><td>—</td></tr>' in parts[0]
    assert '<th scope="col">v <small>de b</small></th>' in parts[1]
    assert '<div class="scroll scroll--agents"' in parts[1]
    assert '<p class="empty" role="status">Nada de c</p>' in parts[2] and "<h3>" not in parts[2]
    assert "<p>n = 4</p>" in parts[3] and "<figure" not in parts[3] and "<table" not in parts[3]
    assert (
        made.assets["assets/figures/prueba/b-curva.csv"]
        == "posición,valor,unidad,serie\n1,10.0,GWh,Serie b\n2,20.0,GWh,Serie b\n"
    )
    assert "incrustar/prueba/a-curva.md" in made.assets


def test_a_column_without_a_word_is_left_out_where_it_may_be(bare: SiteContext) -> None:
    """An optional column of nothing has no head; a section of nothing leaves no trace."""
    table = SECTIONS[0]["blocks"][2] | {"sql": f"SELECT 'b' AS kind, x, CAST(NULL AS DOUBLE) AS value FROM ({ROWS})"}
    nothing = SECTIONS[0] | {"sql": "SELECT 'z' AS kind, 1 AS n", "id": "otra", "blocks": [SECTIONS[0]["blocks"][1]]}
    own = bare.catalog.pages["estado"].model_dump() | {"slug": "prueba", "blocks": [table, nothing]}
    text = data_page(bare, DataPage.model_validate(own)).markdown
    assert '<th scope="col">x</th><th scope="col">v <small>de b</small></th></tr>' in text
    assert "k-z" not in text


def test_a_heading_gives_no_row_the_unit_of_another(bare: SiteContext) -> None:
    """Where rows have their own unit, it stands beside each figure or the page stops."""
    own = bare.catalog.pages["estado"].model_dump() | {"slug": "prueba", "blocks": [SECTIONS[0]["blocks"][2]]}
    with pytest.raises(RenderError, match=r"A heading speaks for every row.*column=w.*de a.*de b"):
        data_page(bare, DataPage.model_validate(own))


def test_feed_is_stable_and_absolute_only_with_an_address(site: SiteContext) -> None:
    """Same run, same bytes; ids do not depend on where the site lives; text is escaped."""
    given = [Entry("a", "Uno & <dos>", "Texto", "records/", dt.date(2026, 11, 20))]
    bare = atom(site, "x.xml", "T", "S", "records/", given)
    assert bare == atom(site, "x.xml", "T", "S", "records/", given)
    here = atom(dataclasses.replace(site, site_url="https://e.co/p"), "x.xml", "T", "S", "records/", given)
    assert (entries(bare)[0]["link"], entries(here)[0]["link"]) == ("records/", "https://e.co/p/records/")
    assert entries(bare)[0]["id"] == entries(here)[0]["id"]
    assert entries(bare)[0]["title"] == "Uno & <dos>"
    assert entries(bare)[0]["updated"] == "2026-11-20T00:00:00-05:00"


@pytest.fixture
def dry(bare: SiteContext) -> SiteContext:
    """The small site with forty days of water and prices, the last of them dry."""
    run_rule(bare.con, DRY)
    return bare


def test_the_state_of_the_system_says_what_is_official_and_what_would_change_it(dry: SiteContext) -> None:
    """Inflows are below their threshold: watch, with its reason, its source, and how far each index is from its own."""
    made = page(dry, "estado-del-sistema")
    text = " ".join(re.sub(r"<[^>]+>", " ", made.markdown).split())
    assert "Los índices publicados piden vigilancia; ninguno señala riesgo" in text
    assert "menos del 90 % que fija el Estatuto" in text
    assert "La condición del sistema la declara el Centro Nacional de Despacho" in text
    assert "Res. CREG 026 de 2014" in text
    assert "Vigilancia con 4.942 GWh menos; riesgo con 5.955 GWh menos" in text
    assert re.search(r"Normal con [\d,]+ puntos más", text)
    assert "Riesgo con 4 días más" in text
    assert "Vigilancia con 1 hora más" in text
    strip = made.markdown.partition('id="historia"')[2]
    assert strip.count('class="strip-row"') == 5  # the state, and each index that decides
    told = entries(feed(made))
    assert [e["title"] for e in told] == ["Vigilancia, después de normal", "Normal, después de sin datos suficientes"]
    assert "por aportes. No es una declaración oficial." in told[0]["summary"]


def test_the_state_of_the_system_without_data_says_what_is_missing(bare: SiteContext) -> None:
    """No reading at all: it is not known, and every index that decides is named."""
    text = without_ways(page(bare, "estado-del-sistema").markdown)
    assert "No hay datos suficientes para decirlo" in text
    assert "Aportes de cuatro semanas (HSIN)" in text
