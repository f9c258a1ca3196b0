"""One thing, one figure: whatever two surfaces of the portal tell is the same on both, by the digits that are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import duckdb
import psycopg
import pytest

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.store.lake import Lake, Manifest
from pipeline.store.mirror import mirror
from pipeline.store.series_files import addresses
from pipeline.store.sql import quoted
from tests.surfaces import (
    Said,
    api_metrics,
    cards,
    charts_and_tables,
    csv_days,
    headlines,
    number,
)
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow]
#: Headline series that are a national metric as XM gives it.
TWINS = {
    "demand": "DemaSIN", "demand_real": "DemaReal", "demand_commercial": "DemaCome", "demand_max_power": "DemaMaxPot",
    "generation": "Gene", "price": "PrecBolsNaci", "price_weighted": "PPPrecBolsNaci", "scarcity": "PrecEscaSup",
    "contract_price": "PrecPromCont", "contract_price_regulated": "PrecPromContRegu",
    "contract_price_free": "PrecPromContNoRegu", "emission_factor": "factorEmisionCO2e", "inflows": "AporEner",
    "inflows_pct": "PorcApor", "reserves_gwh": "VoluUtilDiarEner", "losses": "PerdidasEner", "oni": "ONI",
    "cere": "CERE",
}  # fmt: skip
#: Where XM's own ratio is a day late, the portal works it out of its parts, which are there.
AHEAD = {"inflows_pct"}
_OF_HEADLINE = re.compile(r"\s*SELECT .* FROM headline WHERE series = '(\w+)'\s*")
_MEAN = "CASE WHEN count(w.value) = count(*) THEN sum(v.value * w.value) / nullif(sum(w.value), 0) END"


class National(Lake):
    """The lake as far as its national series."""

    def manifest(self) -> Manifest:
        """Return the manifest without the rest."""
        whole = super().manifest()
        kept = tuple(p for p in whole.parts if p.entity == "Sistema" and not p.metric.startswith(("_", "Listado")))
        return replace(whole, parts=kept)


@pytest.fixture(scope="module")
def said(world: SmallWorld) -> Said:
    """All that the built portal says, but for what PostgreSQL says."""
    found, site = Said(), world.paths.site
    headlines(site, found)
    api_metrics(site, found)
    csv_days(site, found)
    return found


def national(catalog: Catalog) -> Iterator[Metric]:
    """Yield the metrics with one national value a time."""
    yield from (m for m in catalog.data_metrics() if "Sistema" in m.entities and not m.versioned)


def lake_days(world: SmallWorld, catalog: Catalog, said: Said) -> None:
    """Note the days of national metrics as the published Parquet files give them, by what the catalogue declares."""
    parts: dict[str, list[str]] = {}
    manifest = Lake(world.paths.lake).manifest()
    where = addresses(manifest)
    for part in manifest.parts:
        if part.entity == "Sistema" and part.rows:
            parts.setdefault(part.metric, []).append(str(world.paths.site / "datos" / where[part.path]))
    with duckdb.connect() as con:
        for metric in national(catalog):
            if metric.id not in parts or (metric.weighed_by and metric.weighed_by not in parts):
                continue
            weights = parts[metric.weighed_by or metric.id]
            day = {"flow": "sum(v.value)", "stock": "arg_max(v.value, v.ts)"}.get(metric.kind, "avg(v.value)")
            day = _MEAN if metric.weighed_by and metric.grain == "hourly" else day
            rows = con.execute(
                f"SELECT v.code, v.ts::DATE::VARCHAR, {day} FROM read_parquet({parts[metric.id]}) AS v "
                f"LEFT JOIN read_parquet({weights}) AS w ON w.code = v.code AND w.ts = v.ts GROUP BY ALL"
            ).fetchall()
            for code, at, value in rows:
                if value is not None:
                    said.add("parquet", subject_of(metric, str(code), at), value, 6)


def subject_of(metric: Metric, code: str, day: str) -> tuple[str, ...]:
    """Return what a day of a national metric is called here."""
    return (metric.id, "Sistema", code, day[: 7 if metric.grain == "monthly" else 10])


def test_a_quantity_is_one_figure_wherever_it_stands(world: SmallWorld, catalog: Catalog, said: Said) -> None:
    """Cards, texts, API, CSV and Parquet, of headline series and of metrics; a series that is a metric is that one."""
    lake_days(world, catalog, said)
    for board in catalog.boards.values():
        kpis = {b.id: found[1] for b in board.blocks if b.type == "kpi" and (found := _OF_HEADLINE.fullmatch(b.sql))}
        address = "" if board.slug == "inicio" else f"tableros/{board.slug}"
        for block, day, value, decimals, raw in cards(world.page(address)):
            if block in kpis:
                said.add(f"card {board.slug}", ("headline", kpis[block], day), value, decimals)
                said.add(f"data {board.slug}", ("headline", kpis[block], day), raw, 6)
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        known = {row[0] for row in con.execute("SELECT series FROM series_info").fetchall()}
        monthly = {r[0] for r in con.execute("SELECT series FROM series_info WHERE compare = 'month'").fetchall()}
        sql = "SELECT subject, figures['value'], decimals, day FROM claim WHERE kind = 'value'"
        for name, value, decimals, day in con.execute(sql).fetchall():
            if name in known:
                said.add("text", ("headline", name, str(day)[: 7 if name in monthly else 10]), value, decimals)
    for metric in catalog.data_metrics():
        for block, day, value, decimals, raw in cards(world.page(f"metricas/{metric.id}")):
            if block == "ultimo" and "Sistema" in metric.entities:
                said.add("metric page", (metric.id, "Sistema", "Sistema", day), value, decimals)
                said.add("metric data", (metric.id, "Sistema", "Sistema", day), raw, 6)
    for (kind, series, *rest), figures in list(said.figures.items()):
        if kind == "headline" and series in TWINS:
            said.figures[TWINS[series], "Sistema", "Sistema", *rest].extend(
                replace(shown, surface=f"{shown.surface} (titular)") for shown in figures
            )
    assert list(said.apart()) == []
    count = Counter(shown.surface.partition(" ")[0] for found in said.shared().values() for shown in found)
    assert len(said.shared()) >= 12_000, count
    floors = {"card": 40, "text": 60, "api": 3000, "csv": 12_000, "parquet": 8000, "metric": 60}
    assert {name: count[name] for name in floors if count[name] < floors[name]} == {}


def test_the_newest_day_of_a_series_is_one(world: SmallWorld, catalog: Catalog) -> None:
    """The card of a board and the page of its metric stand on the same day."""
    apart, seen = {}, 0
    for board in catalog.boards.values():
        kpis = {b.id: found[1] for b in board.blocks if b.type == "kpi" and (found := _OF_HEADLINE.fullmatch(b.sql))}
        for block, day, *_shown in cards(world.page("" if board.slug == "inicio" else f"tableros/{board.slug}")):
            series = kpis.get(block, "")
            twin = TWINS.get(series) if series not in AHEAD else None
            for _, own, *_rest in cards(world.page(f"metricas/{twin}")) if twin else ():
                seen += 1
                if own[: len(day)] != day[: len(own)]:
                    apart[f"{board.slug}/{block}"] = (day, own)
    assert apart == {}
    assert seen >= 12


def test_files_hold_what_the_page_shows(world: SmallWorld) -> None:
    """Every cell of every chart and table, on the page, in CSV, in XLSX and in Parquet; heads, units and dates too."""
    found = Said()
    assert charts_and_tables(world.paths.site, found) == []
    assert list(found.apart()) == []
    count = Counter(shown.surface for figures in found.shared().values() for shown in figures)
    assert {name for name in ("page", "csv", "xlsx", "parquet") if count[name] < 2500} == set(), count


def test_days_of_postgres_are_those_of_the_files(world: SmallWorld, catalog: Catalog, said: Said, server: str) -> None:
    """The views by day of a real server give what the CSV files and the API give."""
    with psycopg.connect(server, autocommit=True) as con:
        con.execute("CREATE DATABASE one_figure")
    url = server.replace("/postgres?", "/one_figure?")
    mirror(National(world.paths.lake), catalog, url)
    found = Said()
    with psycopg.connect(url) as con:
        for metric in national(catalog):
            for code, day, value in con.execute(
                f"SELECT code, day::text, value FROM portal.{quoted(metric.id + '_daily')}"
            ).fetchall():
                found.add("postgres", subject_of(metric, code, day), value, 6)
    shared = found.figures.keys() & said.figures.keys()
    for subject in shared:
        found.figures[subject].extend(said.figures[subject])
    assert list(found.apart()) == []
    assert len(shared) >= 8000
    assert found.figures.keys() <= said.figures.keys()


def test_number_reads_what_pages_write() -> None:
    """The reader of the tests reads es-CO, and nothing else."""
    assert number("12.907,7") == (12907.7, 1)
    assert number("−1.234") == (-1234.0, 0)
    assert number("240") == (240.0, 0)
    assert [number(text) for text in ("", "—", "nov 2026", "1,2,3")] == [None] * 4
