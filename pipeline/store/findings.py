"""What is known of the faults of the data: gaps, quarantine, revisions, strange codes, drift, declared issues.

Views over the tables that the ingest keeps in the lake. Always there: a lake without findings answers with no rows.
`as_of(metric, day)` tells what a series without versions said on a day. A value that was first published after it is
there too, when its own time is not later: the lake notes when a value changed or went, not when it first came.
"""

from __future__ import annotations

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.store.lake import Lake, Manifest
from pipeline.store.sql import files_of, make_table, make_view, typed

_VIEWS: dict[str, tuple[str, str, str]] = {
    "gap": (
        "_gaps",
        "metric VARCHAR, entity VARCHAR, start DATE, end DATE, reason VARCHAR, known_issue VARCHAR, first_seen DATE, "
        "tries INTEGER, checks INTEGER, last_asked DATE, next_ask DATE, state VARCHAR",
        "Runs of missing days: open (asked again on next_ask), filled, or confirmed_absent",
    ),
    "quarantine": (
        "_quarantine",
        "metric VARCHAR, entity VARCHAR, bronze VARCHAR, rule VARCHAR, place VARCHAR, value VARCHAR, seen DATE",
        "Cells that a rule refused, with the archived reply, the place in it and the value as it came",
    ),
    "unknown_code": (
        "_unknown_codes",
        "metric VARCHAR, entity VARCHAR, code VARCHAR, first_seen DATE, last_seen DATE",
        "Codes in the data that the newest list of their kind does not name; their values are kept",
    ),
    "held": (
        "_held",
        "metric VARCHAR, entity VARCHAR, version VARCHAR, day DATE, old DOUBLE, new DOUBLE, "
        "old_count BIGINT, new_count BIGINT, reason VARCHAR, first_seen DATE, decision VARCHAR",
        "Changes of the source that are not taken until a person accepts them: total of a day before and after",
    ),
    "rename": (
        "_renames",
        "metric VARCHAR, entity VARCHAR, old VARCHAR, new VARCHAR, until DATE, since DATE, compared BIGINT, "
        "alike BIGINT, level_old DOUBLE, level_new DOUBLE, first_seen DATE",
        "Codes that look renamed, by metric: values of the same hour compared and alike, level before and after",
    ),
    "catalog_drift": (
        "_catalog_drift",
        "kind VARCHAR, metric VARCHAR, entity VARCHAR, field VARCHAR, was VARCHAR, now VARCHAR, first_seen DATE, "
        "last_seen DATE",
        "Differences between the list of metrics of the source and our declarations",
    ),
}
_LARGEST = 1_000_000_000  # more rows than a part has
_AS_OF = """
CREATE MACRO as_of(metric_id, day) AS TABLE
WITH later AS (
    SELECT r.entity, coalesce(a.heir, r.code) AS code, r.ts, first(r.old ORDER BY r.seen, r.ordinal) AS old
    FROM revision AS r LEFT JOIN catalog_alias AS a ON a.same AND a.entity = r.entity AND a.old = r.code
    WHERE r.metric = metric_id AND r.version IS NULL AND r.seen > CAST(day AS DATE)
    GROUP BY ALL
)
SELECT entity, code, ts, CASE WHEN later.old IS NULL THEN v.value ELSE later.old END AS value
FROM query_table(metric_id) AS v FULL JOIN later USING (entity, code, ts)
WHERE ts < CAST(day AS DATE) + INTERVAL 1 DAY
"""


def create_findings(con: duckdb.DuckDBPyConnection, catalog: Catalog, lake: Lake, manifest: Manifest) -> None:
    """Create the views of `_VIEWS`, `revision` and `known_issue`, and the macro `as_of`."""
    for name, (table, columns, comment) in _VIEWS.items():
        make_view(con, name, typed(columns, files_of(lake, manifest, table)), comment)
    _revision_view(con, files_of(lake, manifest, "_revisions"))
    _issue_table(con, catalog)
    con.execute(_AS_OF)


def _revision_view(con: duckdb.DuckDBPyConnection, files: str) -> None:
    """Create `revision`; `ordinal` tells two changes of one day apart, `version` is NULL but for versioned series."""
    columns = (
        "metric VARCHAR, entity VARCHAR, code VARCHAR, ts TIMESTAMP, old DOUBLE, new DOUBLE, seen DATE, "
        "version VARCHAR, ordinal BIGINT"
    )
    # The parts of a log are in order of time, and so are the rows of each.
    place = f", list_position({files}, filename)::BIGINT * {_LARGEST} + file_row_number AS ordinal"
    query = typed(columns, files, place, ", file_row_number=true, filename=true")
    make_view(con, "revision", query, "Values that the source changed, or withdrew: then `new` is NULL")


def _issue_table(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    columns = 'id VARCHAR, metric VARCHAR, kind VARCHAR, start DATE, "end" DATE, text VARCHAR, source VARCHAR'
    make_table(
        con,
        "known_issue",
        columns,
        [(c.id, m, c.kind, c.start, c.end, c.text, c.source) for c in catalog.corrections for m in c.metrics],
    )
    con.execute("COMMENT ON TABLE known_issue IS 'Declared faults and events of the source, one row a metric'")
