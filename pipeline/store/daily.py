"""How a day is made of its hours: one rule, in SQL that DuckDB and PostgreSQL both read.

Flows are summed, a stock is its last value, and what cannot be summed is a mean: plain where the hours count alike (the
catalogue says why), else weighted by the metric that the catalogue names. Where an hour has a value and no weight, the
day has no value: a mean of the others would be another figure under the same name.

`hours` counts where a day must have all 24. Of what plants and agents add up to, XM leaves the hour blank in which one
had nothing, as a solar plant at night: there it is NULL, and whether the day is out is told by all of them together
(`views/evidence`).
"""

from __future__ import annotations

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import open_states, worst_sql
from pipeline.store.sql import literal

_PLAIN = {"flow": "sum(value)", "stock": "(array_agg(value ORDER BY ts DESC))[1]"}
#: The weighted mean; NULL unless every hour has its weight.
_WEIGHTED = "CASE WHEN count(weight) = count(*) THEN sum(value * weight) / nullif(sum(weight), 0) END"


def day_of(metric: Metric) -> str:
    """Return SQL that makes a day of the values of its hours, and of their `weight` where one is declared."""
    return _WEIGHTED if metric.weighed_by else _PLAIN.get(metric.kind, "avg(value)")


def blanks_are_none(metric: Metric) -> bool:
    """Return whether an hour without a row is one without anything, but for the country's: hours that add up."""
    return metric.grain == "hourly" and metric.kind == "flow"


def days_of(metric: Metric, values: str, weights: str, also: str = "") -> str:
    """Return the query of the days of a metric: entity, code, day, value, hours, quality.

    Args:
        metric: The metric; one that is not hourly keeps its rows, with NULL hours.
        values: View of its rows.
        weights: View of the metric that weighs them; read only where one is declared.
        also: One more column that tells rows apart: `version`, of all versions.
    """
    more = f", {also}" if also else ""
    if metric.grain != "hourly":
        return f"SELECT entity, code, ts::date AS day, value, NULL::integer AS hours, quality{more} FROM {values}"
    hours = values
    if metric.weighed_by:  # an hour is no better than its weight
        unsafe = ", ".join(map(literal, sorted(open_states())))
        hours = (
            "(SELECT v.entity, v.code, v.ts, v.value, w.value AS weight, "
            f"CASE WHEN w.quality IN ({unsafe}) THEN w.quality ELSE v.quality END AS quality "
            f"FROM {values} v LEFT JOIN {weights} w ON w.entity = v.entity AND w.code = v.code AND w.ts = v.ts) h"
        )
    counted = (
        "CASE WHEN entity = 'Sistema' THEN count(*)::integer END" if blanks_are_none(metric) else "count(*)::integer"
    )
    return (
        "SELECT * FROM (SELECT entity, code, ts::date AS day, "
        f"{day_of(metric)} AS value, {counted} AS hours, {worst_sql('quality')} AS quality{more} "
        f"FROM {hours} GROUP BY entity, code, ts::date{more}) d WHERE value IS NOT NULL"
    )
