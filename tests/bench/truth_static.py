"""Anchors and their formulas, quantities on several surfaces, and forecasts within what can happen."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import duckdb

from pipeline.core.log import get_logger
from tests.bench.table import Line, at_least, exactly, told
from tests.bench.truth_world import Worlds

log = get_logger("bench")
#: Rows of published forecasts outside what can happen, by plain physics: nothing below zero; no more energy than the
#: installed capacity gives in a day, no more water than fits, no price above what the bounds of the metric let in.
_OUTSIDE: Final = """
WITH installed AS (
    SELECT sum(value) * 24 / 1000 AS gwh FROM metric_daily
    WHERE metric = 'CapEfecNeta' AND day = (SELECT max(day) FROM metric_daily WHERE metric = 'CapEfecNeta')
), room AS (
    SELECT max(value) AS gwh FROM metric_daily WHERE metric = 'CapaUtilDiarEner' AND entity = 'Sistema'
), newest AS (
    SELECT series, max(issued) AS issued FROM forecast_value WHERE run_kind = 'live' GROUP BY series
)
SELECT f.series, count(*) AS n, min(f.lo95) AS low, max(f.hi95) AS high
FROM forecast_value AS f
JOIN newest AS n USING (series, issued)
JOIN forecast_policy AS p ON p.series = f.series AND p.published = f.model,
installed, room
WHERE f.run_kind = 'live' AND f.scenario = '' AND (
    f.lo95 < 0 OR f.lo80 > f.mean OR f.mean > f.hi80 OR f.lo95 > f.lo80 OR f.hi80 > f.hi95
    OR f.hi95 > CASE WHEN f.series LIKE 'volume%' THEN room.gwh
                     WHEN f.series LIKE 'price%' THEN 5000
                     WHEN f.series LIKE '%hourly' THEN 1e9
                     WHEN f.series LIKE 'inflow%' THEN 1e9
                     ELSE installed.gwh END)
GROUP BY f.series
"""


def bench_anchors(_worlds: Worlds) -> list[Line]:
    """Count the published figures and the formulas that read one."""
    views = import_module("tests.anchors.test_anchored_views")
    figures = len(import_module("tests.anchors.anchored").anchors())
    without = views.formulas() - views.anchored() - set(views.excused())
    return [
        at_least("anchors: published figures in the repository", figures, 300),
        told("anchors: formulas", len(views.formulas())),
        told("anchors: formulas that read a published figure", len(views.anchored())),
        exactly("anchors: formulas with neither figure nor reason", len(without), 0),
    ]


def bench_surfaces(worlds: Worlds) -> list[Line]:
    """Compare every quantity that two surfaces of the demo show, as the test of one figure collects them."""
    surfaces, site = import_module("tests.surfaces"), worlds.portals.demo().paths.site
    said = surfaces.Said()
    for collect in (surfaces.headlines, surfaces.api_metrics, surfaces.csv_days, surfaces.charts_and_tables):
        collect(site, said)
    differ = list(said.apart())
    for line in differ[:20]:
        log.warning("two figures of one thing", what=str(line))
    return [
        told("surfaces: quantities that two surfaces show", len(said.shared())),
        exactly("surfaces: that differ", len(differ), 0),
    ]


def bench_bands(worlds: Worlds) -> list[Line]:
    """Count the series of the demo whose newest forecasts leave what can happen."""
    line = worlds.portals.demo()
    with duckdb.connect(str(line.paths.warehouse), read_only=True) as con:
        rows = con.execute(_OUTSIDE).fetchall()
        series = con.execute("SELECT count(DISTINCT series) FROM forecast_value WHERE run_kind = 'live'").fetchone()
    for name, count, low, high in rows:
        log.warning("forecast outside what can happen", series=name, rows=count, low=low, high=high)
    return [
        told("bands: series with forecasts", series[0] if series else 0),
        exactly("bands: rows outside what can happen", sum(row[1] for row in rows), 0),
    ]
