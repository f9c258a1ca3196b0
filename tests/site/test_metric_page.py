"""Metric pages: nothing is added that cannot be added."""

from __future__ import annotations

from pipeline.site.context import SiteContext
from pipeline.site.pages.metric_data import corrected_table, entity_table, main_series
from pipeline.site.pages.metric_page import metric_page

NBSP = "\u00a0"


def page(site: SiteContext, name: str) -> str:
    """Return the Markdown of a metric's page."""
    return metric_page(site, site.catalog.metrics[name]).markdown


def test_page_says_what_the_metric_is_and_offers_every_file(site: SiteContext) -> None:
    """Name, code, unit with its factor, last settled value, downloads and a ready query."""
    text = page(site, "DemaSIN")
    assert "<h1>Demanda de energía del SIN</h1>" in text
    assert "divide entre 1.000.000" in text
    assert '<data value="237.0">237,00</data>' in text
    assert '<div data-slot="descargas/DemaSIN"></div>' in text  # publish knows the files
    assert "../../consulta/#sql=SELECT%20ts" in text
    assert "Cambió la unidad." in text


def test_provisional_days_are_marked_and_out_of_the_headline(site: SiteContext) -> None:
    """The last days are in the table as preliminary; the headline stands on the last settled one."""
    text = page(site, "DemaSIN")
    assert "preliminar" in text
    assert "239,00</data>" not in text
    assert f"Datos hasta 16{NBSP}nov{NBSP}2026" in text


def test_flows_are_added_over_entities_on_whole_days_only(site: SiteContext) -> None:
    """Generation without a national series is the sum of the plants; a half-published day is left out."""
    series = main_series(site, site.catalog.metrics["Gene"], "Recurso", "Plantas")
    assert series.added
    assert series.rows["value"].tolist() == [30.5] * 5
    assert "Suma de lo que reporta cada entidad" in page(site, "Gene")


def test_prices_are_never_added(site: SiteContext) -> None:
    """Prices of plants stand side by side and have no single headline."""
    series = main_series(site, site.catalog.metrics["PrecOfer"], "Recurso", "Plantas")
    assert not series.added
    assert sorted(series.rows["value"].unique()) == [*range(100, 105), *range(300, 305)]
    assert "Último valor</h2>" not in page(site, "PrecOfer")


def test_entities_are_listed_by_value_with_their_names(site: SiteContext) -> None:
    """Codes stay text, biggest first, with the name the list gives, escaped."""
    text = page(site, "Gene")
    assert text.index(">2E10<") < text.index(">AAA1<")
    assert "Guavio &lt;1&gt;" in text


def test_an_empty_metric_says_what_is_missing_since_when_and_why(site: SiteContext) -> None:
    """The page exists, explains, and keeps the definition."""
    text = page(site, "VertEner")
    assert f"no hay datos desde el 2{NBSP}mar{NBSP}2025 (la fuente no tiene datos del periodo)" in text
    assert "Puede ser cero." in text
    assert "<svg" not in text


def test_lists_show_their_rows(site: SiteContext) -> None:
    """A list is a table with XM's own field names."""
    text = page(site, "ListadoRecursos")
    assert ">EnerSource<" in text
    assert "1 filas en la última versión" in text


def test_last_values_of_entities_are_settled_ones(site: SiteContext) -> None:
    """A half-published day does not stand for a plant that has a settled value."""
    site.con.execute(
        "INSERT INTO metric_daily VALUES ('Gene', 'Recurso', '2E10', DATE '2026-11-16', 1.0, 24, 'provisional')"
    )
    table = entity_table(site, site.catalog.metrics["Gene"], site.states["Gene"][0], "Planta")
    assert [cell.text for cell in table.rows[0]] == ["2E10", "—", "20,00", f"14{NBSP}nov{NBSP}2026"]


def test_two_figures_of_a_correction_are_never_the_same(site: SiteContext) -> None:
    """Those of the country come first; a small change has as many decimals as it needs, a withdrawn value has none."""
    site.con.execute(
        "INSERT INTO revision VALUES ('Gene', 'Recurso', 'AAA1', '2026-11-10 07:00', 0.16, 0.1604, '2026-11-22'), "
        "('Gene', 'Recurso', '2E10', '2026-11-10 07:00', 3.0, NULL, '2026-11-22'), "
        "('Gene', 'Sistema', 'Sistema', '2026-11-09', 230.0, 231.5, '2026-11-22')"
    )
    rows = corrected_table(site, site.catalog.metrics["Gene"]).rows
    assert [[cell.text for cell in row[2:4]] for row in rows] == [
        ["230,00", "231,50"],
        ["3,00", "—"],
        ["0,1600", "0,1604"],
    ]
