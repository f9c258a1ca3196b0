"""What each series holds and lacks, told by the lake alone: for a portal that has no warehouse yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.store.findings import create_findings
from pipeline.store.lake import Lake

Row = tuple[str, str, int, dt.date | None, int | None, int, int | str, int | str, int | str, int | str, int | str, str]
UNKNOWN = "-"


def lake_status(
    lake: Lake, catalog: Catalog, states: Mapping[str, Mapping[str, object]]
) -> tuple[list[Row], list[tuple[str]]]:
    """Return a row per series, as `series_status` of the warehouse has it, and the drift of the catalogue.

    Args:
        lake: The lake; the day of its state is the day that lags are counted from.
        catalog: The declarations.
        states: Per series key: `state` and `reason` of the last ingest.

    Returns:
        Series, state, rows, last day, lag and expected lag [days], open gaps, provisional days (`-`: not told by the
        manifest), quarantined cells, strange codes, differences, reason; and one line per difference.
    """
    manifest = lake.manifest()
    today = dt.date.fromisoformat(manifest.created[:10])
    with duckdb.connect() as con:
        create_findings(con, catalog, lake, manifest)
        newest = f"(SELECT max(last_seen) FROM catalog_drift) AND last_seen >= DATE '{today}'"
        wanted = {
            "gap": "state = 'open'",
            "quarantine": "true",
            "unknown_code": "true",
            "catalog_drift": f"last_seen = {newest}",
        }
        counts = {
            name: {
                f"{name_of}/{entity}": int(count)
                for name_of, entity, count in con.execute(
                    f"SELECT metric, entity, count(*) FROM {name} WHERE {condition} GROUP BY ALL"
                ).fetchall()
            }
            for name, condition in wanted.items()
        }
        drift = con.execute(
            "SELECT concat_ws(' ', kind, metric || '/' || entity, field, was, '→', now, 'since', first_seen) "
            f"FROM catalog_drift WHERE last_seen = {newest} ORDER BY 1"
        ).fetchall()
    rows: list[Row] = []
    for series in catalog.series():
        parts = manifest.of(series.metric, series.entity)
        total = sum(part.rows for part in parts)
        known = states.get(series.key, {})
        stamp = max((part.max_ts for part in parts if part.max_ts), default=None)
        metric = catalog.metrics[series.metric]
        last = dt.date.fromisoformat(stamp[:10]) if stamp and metric.grain != "list" else None
        gaps, refused, strange, drifted = (counts[name].get(series.key, 0) for name in wanted)
        rows.append(
            (series.key, str(known.get("state") or ("ok" if total else "empty")), total, last,
             (today - last).days if last else None, metric.lag_days,
             gaps, UNKNOWN, refused, strange, drifted, str(known.get("reason", "")))
        )  # fmt: skip
    return sorted(sorted(rows), key=lambda row: row[1], reverse=True), drift
