"""Views of the metrics that are kept in every settlement version.

`"<id>_versions"` holds all values. `"<id>"` holds one per code and time, so that a sum over a month is the sum of that
month and not of its versions: the value of the version in force (the calendar of versions says which), else that of
the highest version in the declared precedence. A higher version that the calendar does not list yet is newer than the
calendar, and wins.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.store.daily import days_of
from pipeline.store.sql import literal, make_view, quoted, typed

_IN_FORCE = 1_000  # above every place in the precedence
_NEWER = 2_000  # published after the calendar was


def calendars(catalog: Catalog) -> list[str]:
    """Return the ids of the lists that say which version is in force."""
    return sorted({m.simem.calendar for m in catalog.metrics.values() if m.simem and m.simem.calendar})


def create_calendars(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `"<list>_days"(day, version, in_force)` for each calendar of versions."""
    for name in calendars(catalog):
        con.execute(f"CREATE TABLE {quoted(name + '_days')} AS {_days_of(name)}")


def calendar_days(listed: pa.Table) -> pa.Table:
    """Return day, version and in_force of a calendar's rows (code, start, end, in_force, published)."""
    with duckdb.connect() as con:
        con.register("listed", listed)
        return con.sql(_days_of("listed")).to_arrow_table()


def _days_of(name: str) -> str:
    # A day for which two versions claim to be in force goes to the one published last.
    return f"""
        WITH periods AS (
            SELECT code AS version, TRY_CAST(left("start", 10) AS DATE) AS first,
                   TRY_CAST(left("end", 10) AS DATE) AS last, coalesce(published, '') AS published,
                   lower(in_force) IN ('1', 'true', 'si', 'sí') AS claims
            FROM {quoted(name)}
        ), days AS (
            SELECT unnest(generate_series(first, last, INTERVAL 1 DAY))::DATE AS day, version, published, claims
            FROM periods WHERE first <= last
        ), listed AS (
            SELECT day, version, bool_or(claims) AS claims, max(published) AS published
            FROM days GROUP BY day, version
        )
        SELECT day, version, coalesce(claims, false) AND row_number() OVER (
            PARTITION BY day ORDER BY claims DESC NULLS LAST, published DESC, version DESC) = 1 AS in_force
        FROM listed ORDER BY day, version
    """


def create_view(
    con: duckdb.DuckDBPyConnection, metric: Metric, files: str, precedence: tuple[str, ...], state: str = "quality"
) -> str:
    """Create the view of all versions and return the query of the single values.

    Args:
        con: The warehouse in the making.
        metric: A metric with versions.
        files: SQL list of its parts; empty when it has none.
        precedence: Known versions, the weakest first.
        state: SQL for the state of a row of the lake.
    """
    every = metric.id + "_versions"
    columns = "entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE, quality VARCHAR, version VARCHAR"
    rows = f"SELECT * REPLACE ({state} AS quality) FROM ({typed(columns, files)})"
    make_view(con, every, rows, f"{metric.title} [{metric.unit.stored}], TX1…TXF")
    rank = rank_of(metric, precedence, "list_position([{order}]::VARCHAR[], {version})")
    joined = ""
    if metric.simem is not None and metric.simem.calendar:
        days = quoted(metric.simem.calendar + "_days")
        joined = (
            f"LEFT JOIN {days} listed ON listed.day = v.ts::DATE AND listed.version = v.version "
            f"LEFT JOIN {days} force ON force.day = v.ts::DATE AND force.in_force"
        )
    return (
        "SELECT entity, code, ts, max_by(value, rank) AS value, max_by(quality, rank) AS quality, "
        f"max_by(version, rank) AS version FROM (SELECT v.*, {rank} AS rank FROM {quoted(every)} v {joined}) "
        "GROUP BY entity, code, ts"
    )


def create_daily_view(con: duckdb.DuckDBPyConnection, metric: Metric) -> None:
    """Create `"<id>_versions_daily"(entity, code, day, value, hours, quality, version)` over all its versions."""
    made = days_of(metric, quoted(f"{metric.id}_versions"), "", "version")
    make_view(con, f"{metric.id}_versions_daily", made)


def rank_of(metric: Metric, precedence: tuple[str, ...], place: str) -> str:
    """Return SQL for the rank of a row `v` among the versions of its hour; the highest is the value.

    Args:
        metric: A metric with versions. With a calendar, its days are joined as `listed` (this version) and `force`
            (the version in force).
        precedence: Known versions, the weakest first.
        place: How the database says where `{version}` stands in `{order}`.
    """
    order = ", ".join(literal(name) for name in precedence)
    own = place.format(order=order, version="v.version")
    if metric.simem is None or not metric.simem.calendar:
        return own
    force = place.format(order=order, version="force.version")
    return (
        f"CASE WHEN listed.in_force THEN {_IN_FORCE} "
        f"WHEN listed.day IS NULL AND {own} > {force} THEN {_NEWER} + {own} ELSE {own} END"
    )
