"""The state of the system for small sites: its real rule over tables with nothing in them, or with a written day."""

from __future__ import annotations

import duckdb

from pipeline.core.paths import PACKAGE

_RULE = PACKAGE / "views" / "headlines" / "system_state.sql"
#: What the rule reads, in the shape of the views, with nothing in it.
NOTHING = """
CREATE OR REPLACE MACRO quotable(quality) AS quality IN ('ok', 'corrected');
CREATE OR REPLACE MACRO tidy(value) AS round(value, 8);
CREATE OR REPLACE MACRO es_number(value, pattern) AS translate(format(pattern, CAST(value AS DOUBLE)), ',.', '.,');
CREATE TABLE IF NOT EXISTS system_light_daily(day DATE, light VARCHAR, volume_gwh DOUBLE, upper_gwh DOUBLE,
  lower_gwh DOUBLE, quality VARCHAR);
CREATE TABLE IF NOT EXISTS inflows_daily(day DATE, inflow_gwh DOUBLE, mean_gwh DOUBLE, energy_quality VARCHAR);
CREATE TABLE IF NOT EXISTS price_daily(day DATE, mean DOUBLE, quality VARCHAR);
CREATE TABLE IF NOT EXISTS price_hourly(ts TIMESTAMP, price DOUBLE, quality VARCHAR);
CREATE VIEW IF NOT EXISTS price_last_day AS
  SELECT max(day) AS day FROM price_daily WHERE quotable(quality) HAVING max(day) IS NOT NULL;
CREATE TABLE IF NOT EXISTS scarcity_month(month DATE, price DOUBLE);
CREATE TABLE IF NOT EXISTS reserves_daily(day DATE, pct DOUBLE, quality VARCHAR);
CREATE TABLE IF NOT EXISTS generation_mix_daily(day DATE, split VARCHAR, source VARCHAR, share_pct DOUBLE,
  quality VARCHAR);
"""
#: Forty days of water and prices up to 20 November 2026: inflows fall below 90 % of their mean, the rest is normal.
DRY = """
INSERT INTO system_light_daily
  SELECT DATE '2026-10-12' + i::INTEGER, 'good', 8850, 3908, 2895, 'ok' FROM range(40) t(i);
INSERT INTO inflows_daily SELECT DATE '2026-09-12' + i::INTEGER, CASE WHEN i < 60 THEN 200 ELSE 20 END, 200, 'ok'
  FROM range(70) t(i);
INSERT INTO price_daily SELECT DATE '2026-10-12' + i::INTEGER, 300, 'ok' FROM range(40) t(i);
INSERT INTO price_hourly SELECT DATE '2026-10-12' + to_hours(i::INTEGER), 300, 'ok' FROM range(960) t(i);
INSERT INTO scarcity_month VALUES ('2026-10-01', 945), ('2026-11-01', 945);
"""


def run_rule(con: duckdb.DuckDBPyConnection, rows: str = "") -> None:
    """Make the tables and views of the rule over what `rows` inserts."""
    con.execute(NOTHING + rows)
    con.execute(_RULE.read_text(encoding="utf-8"))
