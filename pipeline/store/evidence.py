"""The state of every value, from its evidence, written back to the lake where it differs.

What agrees with a value is worked out in SQL (`views/evidence`) from the values of the lake and the day alone, before
anything is made of them; the table `doubt` says what may not be quoted, and why. Rows of the lake carry the state, so
that pages, CSV, API, Parquet and PostgreSQL say the same word. A night on which no state changes writes no part.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from pipeline.catalog.load import Catalog
from pipeline.catalog.value_states import CORRECTED, FINAL, PUBLISHED, open_states
from pipeline.core.log import get_logger
from pipeline.core.run import RunInfo
from pipeline.store import domain
from pipeline.store.daily import blanks_are_none
from pipeline.store.lake import Lake
from pipeline.store.sql import files_of, literal, quoted, typed

DOUBT = "doubt"
# Days whose rows say something else than the evidence: in doubt and not marked, marked and no longer in doubt, or
# changed by the source and not called corrected. Of a versioned day the version in force is in doubt. A day that others
# weigh is told by its own hours, which know nothing of the state of their weights.
_RESTATED = """
CREATE OR REPLACE TEMP TABLE restated AS
WITH own AS (
    SELECT metric, entity, code, day, quality FROM metric_daily WHERE metric NOT IN ({weighed}){own}
), stored AS (
    SELECT metric, entity, day, bool_or(quality IN ({open})) AS marked, list(DISTINCT quality) AS qualities
    FROM own GROUP BY metric, entity, day
)
SELECT s.metric, s.entity, s.day, d.state
FROM stored AS s LEFT JOIN doubt AS d USING (metric, entity, day)
WHERE CASE WHEN d.state IS NULL THEN s.marked ELSE s.qualities <> [d.state] END
UNION
SELECT r.metric, r.entity, r.day, d.state
FROM (
    SELECT DISTINCT r.metric, r.entity, coalesce(a.heir, r.code) AS code, r.ts::DATE AS day, r.seen
    FROM revision AS r LEFT JOIN catalog_alias AS a ON a.same AND a.entity = r.entity AND a.old = r.code
) AS r
JOIN own AS m USING (metric, entity, code, day)
LEFT JOIN doubt AS d ON d.metric = r.metric AND d.entity = r.entity AND d.day = r.day
WHERE (m.quality IN ({usual}) AND d.state IS NULL) OR r.seen = (SELECT today FROM run_info)
"""
_OWN = " UNION ALL SELECT DISTINCT {metric}, entity, code, ts::DATE, quality FROM {view}"
# The lake keeps what came under a code that was renamed later, and so do its states.
_ROWS = """
SELECT v.code, v.ts, v.value,
       CASE WHEN r.state IS NOT NULL AND {in_force} THEN r.state
            WHEN c.ts IS NULL THEN {published} ELSE {corrected} END AS quality{version}
FROM ({rows}) AS v
JOIN restated AS r ON r.metric = {metric} AND r.entity = v.entity AND r.day = v.ts::DATE
LEFT JOIN (SELECT DISTINCT entity, code, ts, version FROM revision WHERE metric = {metric}) AS c
    ON c.entity = v.entity AND c.code = v.code AND c.ts = v.ts{same_version}
WHERE v.entity = {entity}
ORDER BY v.code, v.ts
"""
_IN_FORCE = """v.version = (
    SELECT f.version FROM {view} AS f
    WHERE f.entity = v.entity AND f.ts = v.ts AND f.code = coalesce((
        SELECT a.heir FROM catalog_alias AS a WHERE a.same AND a.entity = v.entity AND a.old = v.code), v.code))"""
# Days on which a second settlement version says the same, within a tenth.
_AGREEMENT = """
SELECT d.metric, d.entity, d.day FROM metric_daily AS d
JOIN {view} AS v ON v.entity = d.entity AND v.code = d.code AND v.day = d.day
WHERE d.metric = {metric} AND abs(v.value - d.value) <= 0.1 * abs(d.value)
GROUP BY d.metric, d.entity, d.day HAVING count(DISTINCT v.version) >= 2
"""
# The least and the greatest hour of the country's days, over the middle one.
_SHAPE = """
SELECT {metric} AS metric, entity, code, ts::DATE AS day,
       min(value) / nullif(median(value), 0) AS low, max(value) / nullif(median(value), 0) AS high
FROM {view} WHERE entity = 'Sistema' GROUP BY entity, code, ts::DATE HAVING count(*) = 24
"""
# Days on which no member has some hour, where they have all 24 between them on most days (not of roofs with sun alone).
_LACK = """
SELECT {metric}, entity, day
FROM (
    SELECT entity, ts::DATE AS day, count(DISTINCT hour(ts)) AS hours FROM {view} WHERE entity <> 'Sistema' GROUP BY ALL
)
QUALIFY hours < 24 AND median(hours) OVER (PARTITION BY entity) = 24
"""


def judge(con: duckdb.DuckDBPyConnection, views: Path, catalog: Catalog, lake: Lake, run: RunInfo) -> set[str]:
    """Work out the table `doubt`, and commit to the lake the rows whose state is another one.

    Args:
        con: The warehouse in the making, with its generated layer.
        views: Where the SQL files are.
        catalog: The declarations.
        lake: The lake; it has a new state when this returns metrics.
        run: Identity of the run.

    Returns:
        The metrics whose parts were written again.

    Raises:
        LockHeld: Another run is writing to the lake.
    """
    create_readings(con, catalog)
    for statement in domain.below(domain.statements(views, catalog), DOUBT):
        statement.run(con)
    usual = frozenset({PUBLISHED, FINAL})
    weighed = [metric.id for metric in catalog.data_metrics() if metric.weighed_by]
    own = "".join(_OWN.format(metric=literal(name), view=quoted(name)) for name in weighed)
    con.execute(
        _RESTATED.format(open=_listed(open_states()), usual=_listed(usual), weighed=_listed(["", *weighed]), own=own)
    )
    found = con.execute("SELECT DISTINCT metric, entity FROM restated ORDER BY ALL").fetchall()
    if not found:
        return set()
    with lake.writing():
        transaction = lake.transaction(run.today)
        for metric, entity in found:
            transaction.upsert(metric, entity, _restated(con, catalog, lake, metric, entity), requalified=True)
        transaction.commit(run.created)
    get_logger("evidence").info("states written", series=len(found))
    return {metric for metric, _ in found}


def create_readings(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create what the evidence reads besides days.

    `version_agreement(metric, entity, day)`: days that two settlement versions agree on.
    `hour_shape(metric, entity, code, day, low, high)`: the extreme hours of the country's whole days.
    `member_lack(metric, entity, day)`: days that are not out yet for all members of an entity.
    """
    metrics = list(catalog.data_metrics())
    agree = [
        _AGREEMENT.format(view=quoted(f"{metric.id}_versions_daily"), metric=literal(metric.id))
        for metric in metrics
        if metric.versioned
    ]
    nothing = "SELECT metric, entity, day FROM metric_daily WHERE false"
    con.execute(f"CREATE OR REPLACE TABLE version_agreement AS {' UNION ALL '.join([nothing, *agree])}")
    con.execute(
        "CREATE OR REPLACE TABLE hour_shape"
        "(metric VARCHAR, entity VARCHAR, code VARCHAR, day DATE, low DOUBLE, high DOUBLE)"
    )
    con.execute("CREATE OR REPLACE TABLE member_lack(metric VARCHAR, entity VARCHAR, day DATE)")
    for metric in metrics:
        if blanks_are_none(metric) and not metric.sparse:
            con.execute(f"INSERT INTO member_lack {_LACK.format(view=quoted(metric.id), metric=literal(metric.id))}")
        if metric.grain == "hourly" and not metric.sparse and "Sistema" in metric.entities:
            shape = _SHAPE.format(view=quoted(metric.id), metric=literal(metric.id))
            con.execute(f"INSERT INTO hour_shape {shape}")


def _restated(con: duckdb.DuckDBPyConnection, catalog: Catalog, lake: Lake, metric: str, entity: str) -> pa.Table:
    """Return the rows of a series whose state is another one, as the lake is to hold them."""
    versioned = catalog.metrics[metric].versioned
    columns = "entity VARCHAR, code VARCHAR, ts TIMESTAMP, value DOUBLE" + (", version VARCHAR" if versioned else "")
    query = _ROWS.format(
        rows=typed(columns, files_of(lake, lake.manifest(), metric)),
        metric=literal(metric), entity=literal(entity), version=", v.version" if versioned else "",
        in_force=_IN_FORCE.format(view=quoted(metric)) if versioned else "TRUE",
        same_version=" AND c.version = v.version" if versioned else "",
        published=literal(PUBLISHED), corrected=literal(CORRECTED),
    )  # fmt: skip
    found: pa.Table = con.sql(query).to_arrow_table()
    return found.set_column(found.schema.get_field_index("ts"), "ts", found["ts"].cast(pa.timestamp("ms")))


def _listed(codes: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(codes)))
