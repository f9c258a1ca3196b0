"""CONTRIBUTING followed to the letter in a copy of the checkout: what is added arrives on the built pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.core.paths import ROOT
from tests.catalog.additions import BOARD, METRIC, add
from tests.ingest.sources.test_one_more import ENTRY, MODULE

pytestmark = [pytest.mark.slow, pytest.mark.again, pytest.mark.world]
COPIED = ("pipeline", "templates", "site_src", "data/reference")
CHART = '''\
"""Bars that show nothing but how much."""

import pandas as pd
import plotly.graph_objects as go

from pipeline.site.charts.base import chart, extent_of, finish_xy, new_figure, widen
from pipeline.site.charts.spec import ChartSpec
from pipeline.site.drawing import theme


@chart("prueba", columns=("x", "value"), optional=("quality",), options=("ancho",))
def prueba(rows: pd.DataFrame, spec: ChartSpec) -> go.Figure:
    """Draw rows `x, value` as bars of one colour."""
    wide = widen(rows)
    (name, values), *_ = wide.values.items()
    figure = new_figure(spec)
    (token,) = theme.series_tokens([name]).values()
    figure.add_bar(x=list(wide.x), y=values, name=name, marker={"color": theme.color(token)})
    finish_xy(figure, wide, spec, extent_of(values, spec, zero=True), pad=True)
    return figure
'''
BLOCK = """\
  - type: prueba
    id: barras
    title: La demanda, en barras
    unit: GWh
    options: {ancho: 0.5}
    sql: SELECT day AS x, gwh AS value, quality FROM demand_daily ORDER BY day
"""
BUILD = """\
import datetime as dt
import sys
from pathlib import Path

from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.flow import Line

if __name__ == "__main__":
    home, today = Path(sys.argv[1]), dt.date(2026, 5, 20)
    run = RunInfo(today, today - dt.timedelta(days=120), "simulated", dt.datetime.combine(today, dt.time(5, 40)))
    with running("simulated", today) as url:
        settings = load_settings(xm_base_url=url, simem_base_url=url, data_dir=home / "data", build_dir=home / "build")
        report = Line.of(settings, run).build(["DemaSIN", "DemaReal", "DemaPrueba", "DemaOtra"])
    sys.exit("; ".join(report.failed) or report.exit_code)
"""


def write(root: Path, name: str, text: str) -> None:
    """Write a new file, or add to one that is there."""
    with (root / name).open("a", encoding="utf-8") as file:
        file.write(text)


def follow(root: Path) -> Iterator[tuple[str, int]]:
    """Add one of each kind as CONTRIBUTING says; yield the kind and how many files it may touch."""
    for kind in ("metric", "series", "forecast", "board"):
        add(root / "pipeline" / "catalog", kind)
        yield kind, 1
    write(root, "pipeline/site/charts/prueba.py", CHART)
    yield "chart type", 1
    write(root, "pipeline/catalog/sources.yml", ENTRY)
    write(root, "pipeline/ingest/sources/otra_fuente.py", MODULE)
    yield "source", 2
    other = METRIC.replace("DemaPrueba", "DemaOtra").replace("de prueba del país", "según otra fuente")
    write(root, "pipeline/catalog/metrics/demanda.yml", f"{other.rstrip()}\n  source: otra-fuente\n")
    yield "metric of the source", 1
    assert BOARD in (root / "pipeline/catalog/boards/prueba.yml").read_text(encoding="utf-8")
    write(root, "pipeline/catalog/boards/prueba.yml", BLOCK)
    yield "block of the chart type", 1


def stamps(root: Path) -> dict[str, bytes]:
    """Return every file of the copied folders."""
    return {p.as_posix(): p.read_bytes() for name in COPIED for p in (root / name).rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a copy of the checkout with one more of each kind; what was touched was counted."""
    root = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (*ROOT.glob("*.toml"), *ROOT.glob("*.json"), ROOT / "mkdocs.yml"):
        shutil.copyfile(path, root / path.name)
    (ROOT / "build" / "vendor").mkdir(parents=True, exist_ok=True)
    (root / "build").mkdir()
    (root / "build" / "vendor").symlink_to(ROOT / "build" / "vendor")
    before = stamps(root)
    for kind, files in follow(root):
        after = stamps(root)
        assert sum(before.get(name) != raw for name, raw in after.items()) == files, kind
        before = after
    script = root / "build_copy.py"
    script.write_text(BUILD, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(root)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},  # noqa: TID251
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return root / "build" / "site"


def document(site: Path, name: str) -> dict[str, object]:
    """Return a document of the interface."""
    return json.loads((site / "api" / "v1" / name).read_text(encoding="utf-8"))


def page(site: Path, address: str) -> str:
    """Return the HTML of a page."""
    return (site / address / "index.html").read_text(encoding="utf-8")


def test_the_metrics_have_data_and_pages(built: Path) -> None:
    """XM's from the emulator, which was not told of it; the other from its own source."""
    states = {s["metrica"]: s["estado"] for s in document(built, "estado.json")["series"]}  # type: ignore[attr-defined]
    assert (states["DemaPrueba"], states["DemaOtra"]) == ("ok", "ok")
    assert "Demanda de prueba del país" in page(built, "metricas/DemaPrueba")
    assert "Demanda según otra fuente" in page(built, "metricas/DemaOtra")
    with duckdb.connect(str(built.parents[1] / "data" / "warehouse.duckdb"), read_only=True) as con:
        assert con.execute('SELECT value FROM "DemaOtra"').fetchall() == [(2.5,)]
        (count,) = con.execute('SELECT count(*) FROM "DemaPrueba_daily" WHERE value BETWEEN 0 AND 400').fetchone()  # type: ignore[misc]
        assert count > 100


def test_the_headline_series_is_quoted(built: Path) -> None:
    """It stands in the interface with a value."""
    told = {h["serie"]: h["valor"] for h in document(built, "titulares.json")["titulares"]}  # type: ignore[attr-defined]
    assert told["demand_weekday"] > 100


def test_the_board_draws_the_chart_type(built: Path) -> None:
    """Its question, its facts and both figures, the new type with its static picture."""
    html = page(built, "tableros/prueba")
    assert "¿Cuánta energía consume el país un día hábil?" in html
    for block in ("dias", "barras"):
        _, _, rest = html.partition(f'id="{block}"')
        assert "<svg" in rest.partition("</figure>")[0], block


def test_the_forecast_is_on_its_page(built: Path) -> None:
    """Made, scored and shown under its title."""
    assert "Demanda real diaria" in page(built, "pronosticos")
