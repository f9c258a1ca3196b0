"""The whole rendering, incremental."""

from __future__ import annotations

import dataclasses

import duckdb
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.site.context import SiteContext, prefix_of
from pipeline.site.pages.index_pages import catalogue_page, glossary_page
from pipeline.site.rendering import render_site
from pipeline.site.terms import plain
from pipeline.site.writer import RenderReport
from pipeline.store.manifest import Manifest, Part
from tests.site.conftest import KPI, LINE, add_registers, board, small_catalog, with_pages

pytestmark = pytest.mark.slow  # most draw the whole small site

NBSP = "\u00a0"
PRINTS = {"DemaSIN": "1", "Gene": "1", "PrecOfer": "1", "VertEner": "1", "ListadoRecursos": "1"}


@pytest.fixture
def small(con: duckdb.DuckDBPyConnection, small: Catalog) -> Catalog:
    """The small catalogue with the pages about the data, over a warehouse that has what they read."""
    add_registers(con, small)
    return with_pages(small)


def render(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, paths: Paths, run: RunInfo, prints: dict[str, str] = PRINTS
) -> RenderReport:
    """Render the small site."""
    parts = tuple(Part(metric, "Sistema", "", 1, 1, print_, None, None, {}) for metric, print_ in prints.items())
    return render_site(con, catalog, paths, run, Manifest(1, None, "", parts))


def test_every_page_of_the_site_map_is_made(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """Home, boards, one page a metric, and the pages about all the data."""
    report = render(con, small, paths, run)
    assert report.failed == {}
    for name in (
        *("index", "metricas", "estado", "calidad", "cambios", "records"),
        "glosario",
        "pronosticos",
        "aciertos",
        "preguntas",
        "tableros/demanda",
        "metricas/VertEner",
    ):
        assert (paths.docs / f"{name}.md").exists(), name
    assert (paths.docs / "assets" / "plotly-template.json").exists()


def test_nothing_changed_nothing_rendered(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """A second run with the same inputs skips every page."""
    first = render(con, small, paths, run)
    second = render(con, small, paths, run)
    assert (second.skipped, second.written) == (first.pages, 0)


def test_one_metric_changed_makes_its_page_and_the_shared_ones(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """Other metrics' pages are not made again, even on another day."""
    render(con, small, paths, run)
    later = dataclasses.replace(run, today=run.today.replace(day=23))
    report = render(con, small, paths, later, PRINTS | {"Gene": "2"})
    assert [name for name in report.rendered if name.startswith("metricas/")] == ["metricas/Gene"]


def test_a_board_is_made_again_only_when_its_own_rows_change(
    con: duckdb.DuckDBPyConnection, paths: Paths, run: RunInfo
) -> None:
    """A changed metric touches the boards that show it, whatever the others read; a new day alone touches none."""
    price = LINE | {"sql": "SELECT day AS x, code AS series, value FROM metric_daily WHERE metric = 'PrecOfer'"}
    catalog = small_catalog(board("inicio", KPI, LINE), board("demanda", LINE), board("ofertas", price))
    render(con, catalog, paths, run)
    later = dataclasses.replace(run, today=run.today.replace(day=23))
    con.execute("UPDATE metric_daily SET value = value + 1 WHERE metric = 'PrecOfer'")
    report = render(con, catalog, paths, later, PRINTS | {"PrecOfer": "2"})
    assert [name for name in report.rendered if name.startswith("tableros/")] == ["tableros/ofertas"]


def test_a_page_about_the_data_is_made_again_only_when_its_own_rows_change(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """A gap is news for the page of quality and for no other; a metric that changed is none by itself."""
    render(con, small, paths, run)
    con.execute("INSERT INTO gap VALUES ('DemaSIN', 'Sistema', '2026-10-20', '2026-10-27', 'no_data', 'open')")
    assert render(con, small, paths, run, PRINTS | {"Gene": "2"}).rendered == ("calidad", "metricas/Gene")


def test_two_renderings_give_the_same_bytes(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Pages and figures depend on their inputs only."""
    other = dataclasses.replace(paths, build=tmp_path_factory.mktemp("other"))
    render(con, small, paths, run)
    render(con, small, other, run)
    files = sorted(p.relative_to(paths.docs) for p in paths.docs.rglob("*") if p.is_file())
    assert files
    assert all((paths.docs / f).read_bytes() == (other.docs / f).read_bytes() for f in files)


def test_a_broken_board_does_not_stop_the_others(con: duckdb.DuckDBPyConnection, paths: Paths, run: RunInfo) -> None:
    """The failure names the page; every other page is there."""
    catalog = small_catalog(board("inicio", LINE), board("roto", LINE | {"sql": "SELECT nothing"}), board("sano", LINE))
    report = render(con, catalog, paths, run)
    assert list(report.failed) == ["tableros/roto"]
    assert (paths.docs / "tableros" / "sano.md").exists()


def test_broken_text_file_is_named(con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo) -> None:
    """A text that is not JSON is an error with its file, not a stack of Python."""
    paths.narrative.mkdir(parents=True)
    (paths.narrative / "demanda.json").write_text("{")
    with pytest.raises(Exception, match=r"demanda\.json"):
        render(con, small, paths, run)


@pytest.mark.parametrize(
    ("path", "prefix"), [("index.md", "./"), ("metricas.md", "../"), ("tableros/x.md", "../../"), ("a/index.md", "../")]
)
def test_prefix_leads_up_to_the_root(path: str, prefix: str) -> None:
    """Relative addresses work under any sub-path."""
    assert prefix_of(path) == prefix


def test_catalogue_lists_every_metric_with_text_to_filter(site: SiteContext) -> None:
    """The list is complete in the HTML; the filter's words have no accents."""
    text = catalogue_page(site).markdown
    assert text.count('<tr data-text="') == len(site.catalog.metrics)
    assert plain("Generación  ÑAME") == "generacion name"
    assert "generacion real gene" in text


def test_glossary_sorts_without_accents(site: SiteContext) -> None:
    """«Ética» comes after «Aportes» and has a plain anchor."""
    text = glossary_page(site).markdown
    assert text.index("Aportes") < text.index("Ética")
    assert 'id="etica"' in text


def test_home_board_without_kpi_still_opens(con: duckdb.DuckDBPyConnection, paths: Paths, run: RunInfo) -> None:
    """The home page stands on whatever blocks there are."""
    report = render(con, small_catalog(board("inicio", LINE), board("otro", KPI)), paths, run)
    assert report.failed == {}


def test_a_view_or_a_metric_nobody_reads_makes_no_page_new(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """An unrelated view touches no page; a new metric touches its own and those that list every metric."""
    render(con, small, paths, run)
    con.execute("CREATE VIEW nobody_reads AS SELECT 1 AS a")
    again = render(con, dataclasses.replace(small, fingerprint="y"), paths, run)
    assert (again.rendered, again.written) == ((), 0)
    more = small.metrics | {"Nueva": small.metrics["VertEner"].model_copy(update={"id": "Nueva"})}
    added = render(con, dataclasses.replace(small, metrics=more), paths, run, PRINTS | {"Nueva": "1"})
    own = {"metricas/Nueva.md", "tarjetas/metricas/Nueva.png"}
    assert set(added.files) <= own | {"metricas.md", "estado.md", "calidad.md", "cambios.md"}


def test_another_night_without_news_writes_only_the_pages_about_the_night(
    con: duckdb.DuckDBPyConnection, small: Catalog, paths: Paths, run: RunInfo
) -> None:
    """The date and the hour of a run are on the pages about the run, and on no other."""
    render(con, small, paths, run)
    later = dataclasses.replace(run, created=run.created.replace(hour=7, minute=13))
    assert set(render(con, small, paths, later).files) <= {"index.md"}
