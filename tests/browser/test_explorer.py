"""The Explorer in a real browser: it draws what the lake holds, its code makes the same, its address says it all."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import random
import zipfile
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

import duckdb
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.world import SmallWorld

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLANTS = ("Gene.Recurso.GVIO", "Gene.Recurso.CHVR")
SERIES = (
    "DemaSIN.Sistema.Sistema", "PrecBolsNaci.Sistema.Sistema", "DemaReal.Sistema.Sistema", "titulares.demand",
    "VoluUtilDiarEner.Sistema.Sistema", "PorcVoluUtilDiar.Sistema.Sistema", "titulares.hydro_share", *PLANTS,
)  # fmt: skip
TRANSFORMS = ("valor", "valor", "indice", "media", "acumulado", "pordia", "porcentaje", "diferencia", "residuo")
COMPARISONS = ("nada", "nada", "anterior", "periodo", "parecidos", "anios", "pronostico")
STEPS = ("hora", "dia", "semana", "mes", "anio", "12m")
Values = dict[str, dict[str, float]]


def _ask(page: Page, **said: object) -> None:
    """Put a question in the address and wait for its answer."""
    fragment = urlencode({key: value for key, value in said.items() if value != ""}, doseq=True)
    page.evaluate(
        "(text) => { document.querySelector('#explorer').dataset.state = 'asked'; location.hash = text; }",
        f"#{fragment}",
    )
    page.locator("#explorer[data-state=done], #explorer[data-state=error]").wait_for(timeout=20_000)
    assert page.locator("#explorer").get_attribute("data-state") == "done", page.locator("#ex-status").inner_text()


def _open(watch: Opener, address: str) -> Page:
    page = watch(f"{address}explorar/").page
    page.locator("#explorer[data-state=done]").wait_for(timeout=20_000)
    return page


def _saved(page: Page, button: str) -> str:
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def _drawn(page: Page) -> Values:
    """What is seen, by name of the line and written moment: its CSV."""
    found: Values = defaultdict(dict)
    for row in csv.DictReader(io.StringIO(_saved(page, "CSV"))):
        found[row["serie"]][row["fecha"]] = float(row["valor"])
    return found


def _moment(at: object, step: str) -> str:
    return str(at)[: {"anio": 4, "mes": 7, "12m": 7, "hora": 16}.get(step, 10)]


def _by_code(page: Page, con: duckdb.DuckDBPyConnection, step: str) -> Values:
    """What the query that the page offers gives, run by native DuckDB over the same lake."""
    page.evaluate("document.querySelector('#ex-code').open = true")
    page.locator("[data-code=SQL]").wait_for()
    found: Values = defaultdict(dict)
    result = con.execute(page.locator("[data-code=SQL]").inner_text())
    names = [column[0] for column in result.description or ()]
    for row in result.fetchall():
        cell = dict(zip(names, row, strict=True))
        found[cell["serie"]][_moment(cell["fecha"], step)] = cell["valor"]
    return found


def _same(seen: Values, made: Values) -> None:
    assert seen.keys() == made.keys()
    for name, values in seen.items():
        assert values.keys() == made[name].keys(), name
        for at, value in values.items():
            assert math.isclose(value, made[name][at], rel_tol=1e-9, abs_tol=1e-9), (name, at, value, made[name][at])


def _questions(count: int) -> list[dict[str, object]]:
    """Questions that are the same each run, over steps, comparisons, transforms, series and spans."""
    drawing = random.Random(14)
    return [
        {
            "s": drawing.sample(SERIES, drawing.choice((1, 2, 3))),
            "desde": drawing.choice(("2025-10-05", "2026-01-28", "2026-03-30")),
            "hasta": drawing.choice(("2026-04-02", "2026-05-17")),
            "paso": drawing.choice(STEPS),
            "comparar": (compare := drawing.choice(COMPARISONS)),
            "con": "2025-11-02" if compare == "periodo" else "",
            "ver": drawing.choice(TRANSFORMS),
            "ventana": 3,
        }
        for _ in range(count)
    ]


def test_what_is_drawn_is_what_its_code_makes(world: SmallWorld, address: str, watch: Opener) -> None:
    """Forty drawn questions: what is seen comes out of the page's own query in native DuckDB, no more, no less."""
    page = _open(watch, address)
    lines = 0
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        for question in _questions(40):
            _ask(page, **question)
            if not page.locator("#ex-plot svg").count():
                continue  # nothing of it can be shown by that step, and the page says so
            seen = _drawn(page)
            _same(seen, _by_code(page, con, page.locator("#ex-step").input_value()))
            lines += len(seen)
    assert lines > 40


#: By step and kind, what a whole is made of: written once more, over days of the warehouse or hours of the lake.
WHOLES = {
    (
        "DemaSIN",
        "mes",
    ): "SELECT strftime(day, '%Y-%m'), sum(value) FROM metric_daily WHERE metric = 'DemaSIN' GROUP BY 1",
    ("DemaReal", "dia"): (
        "SELECT strftime(day, '%Y-%m-%d'), value FROM metric_daily WHERE metric = 'DemaReal' AND entity = 'Sistema'"
    ),
    ("PrecBolsNaci", "semana"): (
        "SELECT strftime(min(ts) - INTERVAL 1 HOUR * ((isodow(min(ts)) - 1) * 24), '%Y-%m-%d'), avg(value) FROM "
        '"PrecBolsNaci" GROUP BY yearweek(ts)'
    ),
    ("VoluUtilDiarEner", "mes"): (
        "SELECT strftime(day, '%Y-%m'), max_by(value, day) FROM metric_daily WHERE metric = 'VoluUtilDiarEner' "
        "AND entity = 'Sistema' GROUP BY 1"
    ),
    ("PorcVoluUtilDiar", "mes"): (
        "SELECT strftime(v.day, '%Y-%m'), sum(v.value * w.value) / sum(w.value) FROM metric_daily AS v "
        "JOIN metric_daily AS w USING (entity, code, day) WHERE v.metric = 'PorcVoluUtilDiar' "
        "AND w.metric = 'CapaUtilDiarEner' AND entity = 'Sistema' GROUP BY 1"
    ),
}


@pytest.mark.parametrize(("metric", "step"), WHOLES)
def test_parts_make_a_whole_by_the_kind_of_the_metric(
    world: SmallWorld, address: str, watch: Opener, metric: str, step: str
) -> None:
    """Flows are summed, stocks end, prices average their hours, ratios are weighed: against the warehouse."""
    page = _open(watch, address)
    _ask(page, s=f"{metric}.Sistema.Sistema", ultimos=40_000, paso=step)
    (seen,) = _drawn(page).values()
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        truth = dict(con.execute(WHOLES[metric, step]).fetchall())
    assert len(seen) > 5
    assert seen.keys() == truth.keys()
    assert all(math.isclose(value, truth[at], rel_tol=1e-9) for at, value in seen.items())


def test_the_address_holds_everything(address: str, watch: Opener) -> None:
    """A copied address opens the same controls, series and drawing; one that is broken harms nothing."""
    page = _open(watch, address)
    _ask(page, s=list(PLANTS), ultimos=200, paso="mes", grafico="barras")
    page.locator("#ex-transform").select_option("indice")
    page.locator("#explorer[data-state=done]").wait_for()
    said, seen = page.url, _drawn(page)
    again = watch(said)
    again.page.locator("#explorer[data-state=done]").wait_for()
    assert _drawn(again.page) == seen
    expect(again.page.locator("#ex-transform")).to_have_value("indice")
    expect(again.page.locator("#ex-series li")).to_have_count(2)
    expect(again.page.locator("#ex-series")).to_contain_text("Guavio")
    broken = watch(f"{address}explorar/#s=<img src=x onerror=alert(1)>&s=Nada.Sistema.X&paso=__proto__&desde=ayer")
    broken.page.locator("#explorer[data-state=done]").wait_for()
    expect(broken.page.locator("#ex-notes")).to_contain_text("no está en este portal")
    assert broken.complaints == again.complaints == []
    assert broken.outside == again.outside == []


def test_a_series_is_found_by_its_name_and_taken_away(address: str, watch: Opener) -> None:
    """By keyboard: what is measured, then of whom; the code of XM stands beside the name."""
    page = _open(watch, address)
    page.fill("#ex-find", "generacion real planta")
    page.press("#ex-find", "Enter")
    page.fill("#ex-find", "guavio")
    page.press("#ex-find", "Enter")
    page.locator("#ex-series li", has_text="Guavio").wait_for()
    expect(page.locator("#ex-series li").last).to_contain_text("GVIO")
    assert "s=Gene.Recurso.GVIO" in page.url
    page.fill("#ex-find", "chivor generacion real")  # by its name alone, too
    page.locator("#ex-options button", has_text="CHVR").first.click()
    page.locator("#ex-series li", has_text="Chivor").wait_for()
    page.get_by_role("button", name="Quitar Generación real de energía, Guavio").click()
    page.locator("#ex-series li", has_text="Guavio").wait_for(state="detached")
    assert "GVIO" not in page.url


def test_missing_and_open_values_are_seen_as_such(world: SmallWorld, address: str, watch: Opener) -> None:
    """A month that is not over says how many days it has, is drawn apart and stays out of the statistics."""
    page = _open(watch, address)
    _ask(page, s="DemaSIN.Sistema.Sistema", ultimos=100, paso="mes", grafico="barras")
    page.locator("#ex-table summary").click()
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        row = con.execute(
            "SELECT count(*), day(last_day(min(day))) FROM metric_daily, (SELECT max(day) AS until FROM metric_daily "
            "WHERE metric = 'DemaSIN') WHERE metric = 'DemaSIN' AND day >= date_trunc('month', until)"
        ).fetchone()
    assert row is not None
    expect(page.locator("#ex-table tbody tr").first).to_contain_text(f"{row[0]} de {row[1]} días")
    expect(page.locator("#ex-plot path[fill-opacity='0.25']")).to_have_count(1)
    counted = page.locator("#ex-stats tbody td").all_inner_texts()
    assert [int(text) for text in counted[:3]] == [3, 0, 1]  # three whole months, and the one that is open


def test_keys_read_the_values_and_zoom(address: str, watch: Opener) -> None:
    """Arrows tell the values one by one, plus brings the middle near, zero shows all."""
    page = _open(watch, address)
    plot = page.locator("#ex-plot")
    plot.focus()
    plot.press("End")
    plot.press("ArrowLeft")
    expect(page.locator(".ex-tip")).to_contain_text("COP/kWh")
    before = page.locator("#ex-from").input_value()
    plot.press("+")
    expect(page.locator("#ex-from")).not_to_have_value(before)
    page.locator("#explorer[data-state=done]").wait_for()
    assert page.locator("#ex-from").input_value() > before
    nearer = page.locator("#ex-from").input_value()
    plot.press("0")
    expect(page.locator("#ex-from")).not_to_have_value(nearer)
    page.locator("#explorer[data-state=done]").wait_for()
    assert page.locator("#ex-from").input_value() < before


def test_files_are_what_is_seen(address: str, watch: Opener) -> None:
    """The spreadsheet's CSV has the same numbers with decimal commas; the picture is one SVG that stands alone."""
    page = _open(watch, address)
    _ask(page, s="PrecBolsNaci.Sistema.Sistema", ultimos=30)
    plain = list(csv.DictReader(io.StringIO(_saved(page, "CSV"))))
    sheet = _saved(page, "CSV para Excel")
    assert sheet.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff")), delimiter=";"))
    assert [row["valor"].replace(",", ".") for row in rows] == [row["valor"] for row in plain]
    svg = _saved(page, "SVG")
    assert svg.startswith("<svg")
    assert "Precio de bolsa nacional" in svg
    assert "var(" not in svg
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG", exact=True).click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_workbook_and_a_parquet_file_hold_what_is_seen(address: str, watch: Opener) -> None:
    """Row by row what the CSV says: dates as dates, numbers as numbers, one after the other."""
    page = _open(watch, address)
    _ask(page, s=list(PLANTS), ultimos=40, paso="semana")
    seen = [(*row.values(),) for row in csv.DictReader(io.StringIO(_saved(page, "CSV")))]
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Parquet", exact=True).click()
    with duckdb.connect() as con:
        found = con.execute(f"SELECT * FROM read_parquet('{waiting.value.path()}')").fetchall()
    assert [(a, f"{at:%Y-%m-%d}", repr(v).removesuffix(".0"), u, q) for a, at, v, u, q in found] == seen
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Excel", exact=True).click()
    with zipfile.ZipFile(waiting.value.path()) as book:
        assert book.testzip() is None
        rows = ElementTree.fromstring(book.read("xl/sheet.xml")).findall(".//{*}row")
    cells = [["".join(cell.itertext()) for cell in row] for row in rows]
    assert tuple(cells[0]) == ("serie", "fecha", "valor", "unidad", "estado")
    epoch = dt.date(1899, 12, 30)
    assert [(a, str(epoch + dt.timedelta(days=int(at))), v, u, q) for a, at, v, u, q in cells[1:]] == seen
    assert len(seen) > 8


def test_a_forecast_stands_behind_its_history(world: SmallWorld, address: str, watch: Opener) -> None:
    """The published forecast and its bands, as files and code have them; what has none says so."""
    page = _open(watch, address)
    _ask(page, s=["titulares.demand", PLANTS[0]], ultimos=28, comparar="pronostico")
    expect(page.locator("#ex-plot path[fill-opacity='0.16']")).to_have_count(2)
    expect(page.locator("#ex-notes")).to_contain_text("no hay pronóstico por día")
    seen = _drawn(page)
    assert sum("pronóstico del" in name for name in seen) == 5
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        _same(seen, _by_code(page, con, "dia"))
    page.locator("#ex-plot").focus()
    page.keyboard.press("End")
    expect(page.locator(".ex-tip")).to_contain_text("(pronóstico)")
    expect(page.locator("#ex-stats tbody tr")).to_have_count(2)


def test_without_a_script_the_page_says_where_the_data_are(address: str, watch: Opener) -> None:
    """It explains itself and links to metrics and data."""
    page = watch(f"{address}explorar/", javascript=False).page
    expect(page.locator(".pe-notice a[href='../datos/']")).to_be_visible()
    expect(page.locator("#explorer")).to_be_hidden()
