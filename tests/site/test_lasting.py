"""`portal.sql` as a reader runs it: every value of the lake, with nothing of the portal but its files."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.site.downloads.lasting import portal_sql
from pipeline.store.lake import Lake
from pipeline.store.series_files import names
from tests.site.tiny import World

pytestmark = pytest.mark.slow


def test_the_views_give_every_row_of_the_lake(published: World) -> None:
    """Of every metric that has data, and with its unit; it names the portal's own address."""
    datos = published.paths.site / "datos"
    text = (datos / "portal.sql").read_text(encoding="utf-8")
    assert "SET VARIABLE portal = 'https://portal.example.org/energia/datos/';" in text
    lake = Lake(published.paths.lake)
    found = {part.metric for part in lake.manifest().parts if not part.metric.startswith("_")}
    with duckdb.connect() as con:
        con.execute(text.replace("https://portal.example.org/energia/datos/", f"{datos}/").replace("\n  ", " "))
        assert {
            row[0] for row in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        } == found
        for metric in sorted(found):
            rows = sum(part.rows for part in lake.manifest().parts if part.metric == metric)
            assert con.execute(f'SELECT count(*) FROM "{metric}"').fetchone() == (rows,)
        said = con.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'Gene'").fetchone()
        assert said and "[GWh]" in said[0]
        total = con.execute("SELECT sum(value) FROM \"Gene\" WHERE entity = 'Sistema'").fetchone()
        assert total and total[0] == pytest.approx(sum(lake.read("Gene", "Sistema")["value"].to_pylist()))


def test_without_an_address_it_says_what_to_write(published: World) -> None:
    """A portal that does not know where it will be says so, and works on a copy beside it."""
    text = portal_sql(published.catalog, names(Lake(published.paths.lake).manifest()), "")
    assert "Escriba aquí la dirección" in text
    assert "SET VARIABLE portal = '';" in text
