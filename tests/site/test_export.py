"""CSV files: cut where they must be, whole where they can be, and together always the whole series."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.settings import load_settings
from pipeline.site.downloads.export import (
    OPEN_DAYS,
    SHEET_ROWS,
    CsvLimits,
    CsvMonth,
    Months,
    Span,
    TableCsv,
    cut,
    export_table,
)
from pipeline.site.tree import files_below, sha256_of
from tests.site.tiny import TODAY, World

MONTHS = st.dictionaries(
    st.tuples(st.integers(2000, 2026), st.integers(1, 12)),
    st.builds(CsvMonth, bytes=st.integers(1, 900), rows=st.integers(1, 30)),
    max_size=60,
)
LIMITS = st.builds(
    CsvLimits, file=st.integers(1000, 20_000), year=st.integers(100, 5000), today=st.just(dt.date(2026, 11, 20))
)


@given(MONTHS, LIMITS)
def test_every_month_lies_in_one_file_and_no_file_is_too_large(months: Months, limits: CsvLimits) -> None:
    """The files share no day and leave none out; only a single month may be more than the limit."""
    spans = cut(months, limits)
    for key in months:
        assert sum(span.holds(*key) for span in spans) == 1, key
    for span in spans:
        weight = sum(m.bytes for key, m in months.items() if span.holds(*key))
        assert weight <= limits.file or span.month
    assert len({span.label for span in spans}) == len(spans)


@given(MONTHS, LIMITS, st.integers(1, 900))
def test_a_closed_year_is_never_written_again(months: Months, limits: CsvLimits, size: int) -> None:
    """Of a series that is cut already, a new month changes no file of a year that is closed."""
    opened = (limits.today - dt.timedelta(days=OPEN_DAYS)).year
    before = cut(months, limits)
    after = cut({**months, (2026, 11): CsvMonth(size, 1)}, limits)
    if len(before) > 1 and len(after) > 1:
        assert [s for s in before if s.year < opened] == [s for s in after if s.year < opened]


def test_closed_years_share_files_that_no_night_writes_again() -> None:
    """15 kB a year: what is closed together, the open year apart. 500 kB: a file a year, months of the open one."""
    limits = CsvLimits.of(load_settings(), dt.date(2026, 11, 20))
    years = [(year, month) for year in range(2000, 2027) for month in range(1, 13) if (year, month) <= (2026, 11)]
    light = {key: CsvMonth(1250, 30) for key in years}
    assert [span.label for span in cut(light, limits)] == ["2000-2012", "2013-2025", "2026"]
    assert cut({key: month for key, month in light.items() if key[0] == 2026}, limits) == (Span(),)
    assert cut({key: month for key, month in light.items() if key[0] < 2026}, limits) == (Span(),)  # it has ended
    labels = [span.label for span in cut({key: CsvMonth(42_000, 900) for key in years}, limits)]
    assert labels == [*map(str, range(2000, 2026)), *(f"2026-{month:02d}" for month in range(1, 12))]


def test_a_sheet_holds_every_file() -> None:
    """A year with more rows than a sheet is cut by month, however little it weighs."""
    months = {(2024, month): CsvMonth(10, SHEET_ROWS // 6) for month in range(1, 13)}
    assert len(cut(months, CsvLimits(8_000_000, 64_000, dt.date(2026, 11, 20)))) == 12


@pytest.mark.parametrize(
    ("span", "first", "after"),
    [(Span(2025), "2025-01-01", "2026-01-01"), (Span(2025, 12), "2025-12-01", "2026-01-01"),
     (Span(2026, 2), "2026-02-01", "2026-03-01"), (Span(2019, since=2000), "2000-01-01", "2020-01-01")],
)  # fmt: skip
def test_a_span_is_half_open(span: Span, first: str, after: str) -> None:
    """A year and a December end where the next begins."""
    assert span.where("day") == f"day >= DATE '{first}' AND day < DATE '{after}'"


def _rows(folder: Path, names: list[str]) -> list[list[str]]:
    found = []
    for name in names:
        with (folder / name).open(encoding="utf-8", newline="") as stream:
            head, *rows = csv.reader(stream)
        assert head[:3] == ["fecha", "codigo", "valor"]
        found += rows
    return found


@pytest.mark.slow
def test_the_pieces_are_the_series_and_every_place_links_them(world: World) -> None:
    """Cut or whole, the lines are the same; page, data package, API and note tell of the pieces."""
    world.publish()
    folder = world.paths.site / "datos" / "csv"
    whole = _rows(folder, ["Gene.Recurso.csv"])
    tight = replace(world, settings=world.settings.model_copy(update={"csv_mb": 0.001, "csv_year_kb": 0.5}))
    tight.publish()
    names = sorted(name for name in files_below(folder) if name.startswith("Gene.Recurso"))
    assert names == ["Gene.Recurso.2026-10.csv", "Gene.Recurso.2026-11.csv"]
    assert sorted(_rows(folder, names)) == sorted(whole)
    site = world.paths.site
    package = json.loads((site / "datos" / "datapackage.json").read_text())
    (resource,) = (r for r in package["resources"] if r["name"] == "gene.recurso-csv")
    assert resource["path"] == [f"csv/{name}" for name in names]
    api = json.loads((site / "api" / "v1" / "metricas" / "Gene.json").read_text())
    (series,) = (s for s in api["series"] if s["entidad"] == "Recurso")
    assert series["csv"] is None
    assert series["csv_partes"] == [f"../../../datos/csv/{name}" for name in names]
    assert all(f'href="csv/{name}"' in (site / "datos" / "index.html").read_text() for name in names)
    assert "<año>-<mes>.csv" in (site / "datos" / "README.txt").read_text()
    headlines = json.loads((site / "api" / "v1" / "titulares.json").read_text())
    assert headlines["historia"].endswith("titulares.parquet")
    assert (site / "datos" / "csv" / "titulares.parquet").is_file()


@pytest.mark.slow
def test_a_closed_month_keeps_its_bytes(world: World) -> None:
    """A new value of this month leaves the file of the month before alone, to its time of writing."""
    tight = replace(world, settings=world.settings.model_copy(update={"csv_mb": 0.001, "csv_year_kb": 0.5}))
    cache = world.paths.build / "publish" / "csv"
    tight.publish()
    stamp = {p.name: p.stat().st_mtime_ns for p in cache.glob("Gene.Recurso.2026-10-*.csv")}
    with tight.connection() as con:
        con.execute("UPDATE metric_daily SET value = value + 1 WHERE metric = 'Gene' AND day = ?", [TODAY])
    tight.publish()
    assert len(stamp) == 1
    assert stamp == {p.name: p.stat().st_mtime_ns for p in cache.glob("Gene.Recurso.2026-10-*.csv")}


def test_a_long_table_is_cut_too_and_whole_as_parquet(tmp_path: Path) -> None:
    """Twenty-six years of headlines are more than one file: light years together, months of the open one, Parquet."""
    query = "SELECT strftime(DATE '2000-01-01' + i::INTEGER, '%Y-%m-%d') AS fecha, i AS valor FROM range(9800) t(i)"
    table = TableCsv("titulares", "Título", query, (("fecha", "date"), ("valor", "number")), day="fecha")
    with duckdb.connect() as con:
        made = export_table(con, table, CsvLimits(60_000, 64_000, dt.date(2026, 11, 20)), tmp_path)
        total = con.execute(f"SELECT count(*) FROM '{made.whole}'").fetchone()
    assert total == (9800,)
    assert sum(piece.rows for piece in made.pieces) == 9800
    assert [piece.name for piece in made.pieces][:2] == ["titulares.2000-2009", "titulares.2010-2019"]
    assert all(piece.path.stat().st_size <= 60_000 for piece in made.pieces)
    again = sha256_of(made.pieces[0].path)
    with duckdb.connect() as con:
        export_table(con, table, CsvLimits(60_000, 64_000, dt.date(2026, 11, 20)), tmp_path)
    assert sha256_of(made.pieces[0].path) == again
