"""The bench of the boards in small: it sees what is wrong, and only that."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Block, Board
from pipeline.core.errors import UsageError
from pipeline.core.run import RunInfo
from pipeline.site.serve import running
from pipeline.store.lake import Lake
from tests.bench import boards_build, boards_gaps, chromium
from tests.bench.boards import PARTS, bench_boards
from tests.bench.boards_figures import Tally, _block, _sentences
from tests.bench.boards_shown import look
from tests.bench.boards_weight import load
from tests.bench.html_tree import read_tree
from tests.bench.spoken import number, numbers_in, place, shows
from tests.ingest.kept import write_states

NBSP = "\u00a0"


def test_an_unknown_part_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    """A typing error names the parts there are."""
    with pytest.raises(UsageError, match="nonsense") as refused:
        bench_boards(tmp_path, ["nonsense"])
    assert all(name in refused.value.hint for name in PARTS)


@pytest.mark.parametrize(
    ("text", "value", "decimals", "right"),
    [
        ("12.907,7", 12907.74, 1, True),
        ("12.907,7", 12907.76, 1, False),
        ("12907,7", 12907.74, 1, False),
        ("12.907,74", 12907.74, 1, False),
        ("−0,4", -0.36, 1, True),
        ("0,4", -0.36, 1, False),
        ("—", float("nan"), 1, True),
        ("0,0", float("nan"), 1, False),
        ("—", 0.0, 1, False),
        ("1.100", 1099.6, None, True),
        ("1.100", 1100.6, None, False),
        ("sin dato", 3.0, None, False),
    ],
)
def test_the_display_rule_from_the_readers_side(text: str, value: float, decimals: int | None, right: bool) -> None:
    """A figure is the value rounded to the digits it shows, and to no other."""
    assert shows(text, value, decimals) is right


def test_figures_and_dates_are_read_as_colombia_writes_them() -> None:
    """Points are thousands, commas decimals; dates, hours and years of a sentence are no figures."""
    assert str(number("−1.234,50")) == "-1234.50"
    assert number("1,2,3") is None
    assert place(f"22{NBSP}nov{NBSP}2026") == "2026-11-22"
    assert place("3 ene 2024, 5:00") == "2024-01-03 05:00"
    assert place(f"jun{NBSP}2026") == "2026-06"
    text = (
        f"El 8 de noviembre de 2026 fueron 2.877,5{NBSP}GWh (hora 19:00), 27,1{NBSP}% menos que en octubre de 2025: 20."
    )
    assert numbers_in(text) == ["2.877,5", "27,1", "20"]


ROWS = (
    "FROM (VALUES (DATE '2026-11-21', 'Aportes', 10.26), (DATE '2026-11-22', 'Aportes', 12907.74)) t(x, series, value)"
)
CHART = """<figure class="chart" id="g"><ul class="legend">
<li><span class="swatch"></span>Aportes <b>12.907,7</b></li></ul>
<table><thead><tr><th>Fecha</th><th>Aportes <small>GWh</small></th></tr></thead><tbody>
<tr><th>22 nov 2026</th><td>12.907,7</td></tr>
<tr><th>21 nov 2026 <small class="tag">preliminar</small></th><td>10,3</td></tr>
</tbody></table></figure>"""
CARD = """<div class="kpi" id="k"><p class="kpi-value"><data value="90.5">90,5</data></p>
<time datetime="2026-11-22">22</time>
<ul><li><span class="delta">▲ 13,1 %</span></li></ul></div>"""
TABLE = """<section id="t"><table><thead><tr><th>Día</th><th>Planta</th><th>Valor</th></tr></thead><tbody>
<tr><th>22 nov 2026</th><td>Guavio</td><td>1,26</td></tr></tbody></table></section>"""


@pytest.mark.parametrize(
    ("kind", "sql", "html", "wrong"),
    [
        ("line", ROWS, CHART, 0),
        ("line", ROWS, CHART.replace("10,3<", "10,4<"), 1),
        ("line", ROWS, CHART.replace("<b>12.907,7", "<b>12.907,8"), 1),
        ("line", ROWS, CHART.replace("21 nov", "20 nov"), 1),
        ("kpi", "SELECT DATE '2026-11-22' AS day, 90.5 AS value, 80.0 AS week_ago", CARD, 0),
        ("kpi", "SELECT DATE '2026-11-22' AS day, 90.51 AS value, 80.0 AS week_ago", CARD, 1),
        ("kpi", "SELECT DATE '2026-11-23' AS day, 90.5 AS value, 80.0 AS week_ago", CARD, 1),
        ("kpi", "SELECT DATE '2026-11-22' AS day, 90.5 AS value, 81.0 AS week_ago", CARD, 1),
        ("table", 'SELECT DATE \'2026-11-22\' AS "Día", \'Guavio\' AS "Planta", 1.2588 AS "Valor"', TABLE, 0),
        ("table", 'SELECT DATE \'2026-11-22\' AS "Día", \'Guavio\' AS "Planta", 1.3 AS "Valor"', TABLE, 1),
        ("table", 'SELECT DATE \'2026-11-21\' AS "Día", \'Guavio\' AS "Planta", 1.2588 AS "Valor"', TABLE, 1),
        ("line", ROWS, "<p>otra cosa</p>", 1),
    ],
)
def test_a_figure_that_differs_is_seen(tmp_path: Path, kind: str, sql: str, html: str, wrong: int) -> None:
    """Cards, charts and tables: what agrees passes, one digit or one day off does not."""
    block = Block(type=kind, id=html[html.find('id="') + 4 : html.find('id="') + 5], sql=sql, unit="GWh", decimals=None)
    board = Board(slug="b", title="B", question="¿?", order=1, blocks=(block,))
    with duckdb.connect() as con:
        tally = Tally(con, tmp_path)
        _block(tally, board, block, read_tree(html))
    assert len(tally.wrong) == wrong, tally.wrong


def test_a_sentence_may_say_only_what_its_claims_say(tmp_path: Path) -> None:
    """A number of the text that no claim of the board has is seen."""
    block = Block(type="table", id="t", sql="SELECT 1", unit="")
    board = Board(slug="b", title="B", question="¿?", order=1, blocks=(block,))
    page = (
        '<header class="lead"><p class="answer">Cayó 25,1 % en 30 días, a 69,5 %.</p><p class="meta">99,9</p></header>'
    )
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE claim AS SELECT ['b'] AS boards, MAP {'basis': 'el lunes'} AS words, "
            "MAP {'value': 69.48, 'change': -25.12, 'days': 30.0} AS figures, "
            "MAP {}::MAP(VARCHAR, DOUBLE) AS parts, MAP {}::MAP(VARCHAR, DATE) AS days"
        )
        tally = Tally(con, tmp_path)
        _sentences(tally, board, read_tree(page))
        assert (tally.figures, tally.wrong) == (3, [])
        _sentences(tally, board, read_tree(page.replace("25,1", "25,2")))
    assert len(tally.wrong) == 1


def test_a_page_works_when_its_gaps_are_explained(tmp_path: Path) -> None:
    """Blocks with data are counted; one without counts as working only if it says why."""
    portal = SimpleNamespace(paths=SimpleNamespace(site=tmp_path))
    filled = '<figure class="chart" id="a"><svg><path d="M0 0"/></svg></figure>'
    filled += '<div class="kpi" id="b"><data value="1">1</data></div>'
    (tmp_path / "index.html").write_text(
        f'<main id="contenido">{filled}<figure class="chart" id="c"><p class="empty">{{}}</p></figure></main>'
    )
    page = (tmp_path / "index.html").read_text()
    (tmp_path / "index.html").write_text(page.format("Faltan datos. Precio: no hay datos desde el 3 may 2024."))
    told = look(portal, "")
    assert (told.filled, told.works) == (2, True)
    (tmp_path / "index.html").write_text(page.format(""))
    assert not look(portal, "").works
    assert not look(portal, "no-hay/").works


@pytest.fixture
def portal(tmp_path: Path):
    """A lake of one hourly and one daily series, and what the bench asks of a line."""
    run = RunInfo(dt.date(2026, 1, 31), dt.date(2026, 1, 1), "simulated", dt.datetime(2026, 1, 31, 5, 40))
    lake = Lake(tmp_path / "data" / "lake")
    days = [dt.datetime(2026, 1, day) for day in range(1, 31)]
    with lake.writing():
        transaction = lake.transaction(run.today)
        for metric, entity in (
            ("PrecBolsNaci", "Sistema"),
            ("AporEner", "Sistema"),
            ("AporEner", "Rio"),
            ("ENFICC", "Sistema"),
        ):
            rows = {
                "code": [entity] * 30,
                "ts": pa.array(days, pa.timestamp("ms")),
                "value": [100.0] * 30,
                "quality": ["ok"] * 30,
            }
            transaction.upsert(metric, entity, pa.table(rows))
        transaction.commit(run.created)
    paths = SimpleNamespace(ingest=tmp_path / "data" / "ingest.json")
    keys = ("PrecBolsNaci/Sistema", "AporEner/Sistema", "AporEner/Rio")
    write_states(paths, run, {key: {"state": "ok", "reason": "", "windows": {}} for key in keys})
    return SimpleNamespace(lake=lake, run=run, paths=paths, catalog=load_catalog())


def test_a_metric_is_cut_where_it_is_said(portal) -> None:
    """The stopped metric keeps its days before the cut, the absent one has none, and both are told in the states."""
    boards_gaps.cut(portal, {"PrecBolsNaci": dt.date(2026, 1, 11), "AporEner": None})
    kept = portal.lake.read("PrecBolsNaci", "Sistema")
    assert kept["ts"].to_pylist()[-1].date() == dt.date(2026, 1, 10)
    assert portal.lake.read("AporEner", "Rio").num_rows == 0
    assert portal.lake.read("ENFICC", "Sistema").num_rows == 30
    assert '"failed"' in portal.paths.ingest.read_text()


def test_one_value_of_one_metric_is_changed(portal) -> None:
    """Only the newest value of the metric moves; its readers are its page, its boards and the lists."""
    boards_build.change(
        SimpleNamespace(lake=portal.lake, run=portal.run, catalog=_only_national(portal.catalog)), "ENFICC"
    )
    values = portal.lake.read("ENFICC", "Sistema")["value"].to_pylist()
    assert values[:-1] == [100.0] * 29
    assert values[-1] == pytest.approx(110.0)
    found = boards_build.readers(portal, "ENFICC")
    assert {"metricas/ENFICC", "tableros/confiabilidad", "metricas", "inicio"} <= found
    assert "tableros/hidrologia" not in found


def _only_national(catalog):
    metric = catalog.metrics["ENFICC"].model_copy(update={"entities": ("Sistema",)})
    return SimpleNamespace(metrics={"ENFICC": metric})


PAGE = """<!doctype html><title>x</title><figure class="chart" data-figure="x.json"><div class="plot">
<svg class="static" width="50" height="50"><rect width="50" height="50"/></svg>{}</div></figure>
<script>
const wake = () => document.querySelector(".plot").classList.add("is-live");
addEventListener("pointermove", () => setTimeout(wake, 200));
</script>"""


@pytest.mark.browser
@pytest.mark.slow
def test_weight_is_what_travels_before_a_move(tmp_path: Path) -> None:
    """Compressed bytes, the drawing first, the living chart from the first move on."""
    from playwright.sync_api import sync_playwright

    (tmp_path / "index.html").write_text(PAGE.format("<!-- " + "x" * 200_000 + " -->"))
    path = chromium.install()
    with running(tmp_path) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        found = load(browser, url, slow=False)
        browser.close()
    assert 300 < found.bytes < 20_000
    assert 0 < found.drawn < 5
    assert found.waited >= 0.2
