"""The pages about the data themselves: quality, changes, records, and their feeds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import xml.etree.ElementTree as ET

import pytest

from pipeline.core.paths import PACKAGE
from pipeline.render.changes_page import changes_page
from pipeline.render.context import SiteContext
from pipeline.render.feed import Entry, atom
from pipeline.render.quality_page import heat_sections, quality_page
from pipeline.render.records_page import records_page
from pipeline.render.registers import digest, read

ATOM = "{http://www.w3.org/2005/Atom}"
VIEWS = PACKAGE / "views"
# What the warehouse adds to the small one: the catalogue by metric, the headline series, and what ingest wrote down.
MORE = """
CREATE OR REPLACE TABLE catalog_metric AS
  FROM (VALUES ('DemaSIN', 'daily', 3), ('Gene', 'hourly', 3), ('PrecOfer', 'daily', 3)) AS t (id, grain, lag_days);
CREATE OR REPLACE MACRO day_quality(hours, quality) AS quality;
CREATE VIEW exchange_daily AS SELECT DATE '2026-11-01' AS day, 0.0 AS import_gwh, 0.0 AS export_gwh, 'ok' AS quality;
DELETE FROM metric_daily WHERE metric = 'DemaSIN' AND day BETWEEN '2026-10-20' AND '2026-10-27';
DROP TABLE headline;
CREATE TABLE series_info AS FROM (VALUES (1, 'demand', 'Demanda del SIN', 'GWh', 1, 'DemaSIN'))
  AS t (ordinal, series, label, unit, decimals, metrics);
CREATE TABLE daily_series AS SELECT 'demand' AS series, DATE '2025-11-01' + i::INTEGER AS day,
  CASE i WHEN 100 THEN 300.0 WHEN 370 THEN 301.5 WHEN 372 THEN 302.0 WHEN 379 THEN 999.0 ELSE 200 END AS value,
  i <> 379 AS complete FROM range(380) t(i);
CREATE TABLE headline AS SELECT 'demand' AS series, DATE '2026-11-14' AS day, 200.0 AS value;
CREATE TABLE lake_change AS SELECT 'DemaSIN' AS metric, 'Sistema' AS entity, 38 AS rows_before, 40 AS rows_now,
  DATE '2026-11-16' AS last_before, DATE '2026-11-18' AS last_now, DATE '2026-11-21' AS since;
CREATE TABLE revision AS FROM (VALUES ('DemaSIN', 'Sistema', 'Sistema', TIMESTAMP '2026-11-10', 230.0, 231.5,
  DATE '2026-11-22'), ('DemaSIN', 'Sistema', 'Sistema', TIMESTAMP '2026-11-01', 200.0, 220.0, DATE '2026-11-20'))
  AS t (metric, entity, code, ts, old, new, seen);
CREATE TABLE quarantine AS SELECT 'Gene' AS metric, 'not_a_number' AS rule;
CREATE TABLE gap AS SELECT 'DemaSIN' AS metric, 'Sistema' AS entity, DATE '2026-10-20' AS start,
  DATE '2026-10-27' AS "end", 'no_data' AS reason, 'open' AS state;
"""


@pytest.fixture
def full(site: SiteContext) -> SiteContext:
    """The small site with everything that the pages about the data read."""
    site.con.execute(MORE)
    for name in ("quality/quality.sql", "headlines/records.sql"):
        site.con.execute((VIEWS / name).read_text(encoding="utf-8"))
    return site


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


def test_nothing_written_down_is_said(site: SiteContext) -> None:
    """Without registers every page stands and says that nobody keeps them yet."""
    assert "Sin registro todavía." in quality_page(site).markdown
    assert "Anoche no cambió nada" in changes_page(site).markdown
    assert "Aún no hay datos para buscar récords" in records_page(site).markdown
    assert read(site, "gap").empty


def test_completeness_counts_days_against_those_due(full: SiteContext) -> None:
    """Eight missing days of October show as 14 of 22; November counts to the day that the lag allows."""
    rows = {r.id: r for s in heat_sections(full, read(full, "quality_month")) for r in s.rows}
    october, november = rows["DemaSIN"].cells
    assert (october.text, october.shade) == ("14", "half")
    assert october.title == "octubre de 2026: 14\u00a0días de 22"
    assert (november.text, november.shade) == ("18", "most")
    text = quality_page(full).markdown
    assert "20 oct 2026".replace(" ", "\u00a0") in text
    assert "no es un número" in text
    assert 'id="c"' in text  # the register of known issues


def test_share_of_days_is_never_rounded_up_to_all(full: SiteContext) -> None:
    """A hundred per cent is said only when no day is missing."""
    assert "El 100" not in quality_page(full).markdown


def test_changes_tell_new_days_revisions_and_boards(full: SiteContext) -> None:
    """Two new days, one value revised tonight, one board that reads it; the drift has no register yet."""
    page = changes_page(full)
    assert "1\u00a0serie tiene días nuevos" in page.markdown
    assert "230,00 → 231,50\u00a0GWh" in page.markdown
    assert "tableros/demanda/" in page.markdown
    found = entries(page.assets["cambios.xml"])
    assert [e["updated"][:10] for e in found] == ["2026-11-22", "2026-11-20"]
    assert "XM cambió 1\u00a0valor que" in found[0]["summary"]


def test_first_load_compares_with_nothing(full: SiteContext) -> None:
    """Without an earlier state the page says so instead of counting everything as new."""
    full.con.execute("UPDATE lake_change SET since = NULL, rows_before = 0, last_before = NULL")
    assert "Primera carga de los datos" in changes_page(full).markdown


def test_records_need_a_year_and_join_a_climb(full: SiteContext) -> None:
    """Day 371 broke the mark of day 101 and fell two days later: one record; the unsettled 999 is none."""
    page = records_page(full)
    found = entries(page.assets["records.xml"])
    assert len(found) == 1
    assert "302,0\u00a0GWh el 8\u00a0nov\u00a02026, el valor más alto de 373 días" in found[0]["summary"]
    assert "300,0\u00a0GWh del 9\u00a0feb\u00a02026, cayó el 6\u00a0nov\u00a02026" in found[0]["summary"]
    assert "999" not in page.markdown


def test_a_revision_withdraws_its_record(full: SiteContext) -> None:
    """The record is computed, not kept: without its value it is gone, and the page is due again."""
    before = digest(full)
    full.con.execute("UPDATE daily_series SET value = 200 WHERE value IN (301.5, 302.0)")
    full.con.execute((VIEWS / "headlines" / "records.sql").read_text(encoding="utf-8"))
    assert entries(records_page(full).assets["records.xml"]) == []
    assert digest(full) != before


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
