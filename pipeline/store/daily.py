"""How a day is made of its hours: one rule, in SQL that DuckDB and PostgreSQL both read.

Flows are summed, a stock is its last value, and what cannot be summed is a mean: plain where the hours count alike (the
catalogue says why), else weighted by the metric that the catalogue names. Where an hour has a value and no weight, the
day has no value: a mean of the others would be another figure under the same name.
"""

from __future__ import annotations

from pipeline.catalog.schema import Metric

_PLAIN = {"flow": "sum(value)", "stock": "(array_agg(value ORDER BY ts DESC))[1]"}
#: The weighted mean; NULL unless every hour has its weight.
_WEIGHTED = "CASE WHEN count(weight) = count(*) THEN sum(value * weight) / nullif(sum(weight), 0) END"
#: A day is as good as the worst of its hours, and an hour no better than its weight.
_QUALITY = (
    "CASE WHEN bool_or(quality = 'provisional') THEN 'provisional' "
    "WHEN bool_or(quality = 'corrected') THEN 'corrected' ELSE 'ok' END"
)


def day_of(metric: Metric) -> str:
    """Return SQL that makes a day of the values of its hours, and of their `weight` where one is declared."""
    return _WEIGHTED if metric.weighed_by else _PLAIN.get(metric.kind, "avg(value)")


def days_of(metric: Metric, values: str, weights: str) -> str:
    """Return the query of the days of a metric: entity, code, day, value, hours, quality.

    Args:
        metric: The metric; one that is not hourly keeps its rows, with NULL hours.
        values: View of its rows.
        weights: View of the metric that weighs them; read only where one is declared.
    """
    if metric.grain != "hourly":
        return f"SELECT entity, code, ts::date AS day, value, NULL::integer AS hours, quality FROM {values}"
    hours = values
    if metric.weighed_by:
        hours = (
            "(SELECT v.entity, v.code, v.ts, v.value, w.value AS weight, "
            "CASE WHEN w.quality = 'provisional' THEN w.quality ELSE v.quality END AS quality "
            f"FROM {values} v LEFT JOIN {weights} w ON w.entity = v.entity AND w.code = v.code AND w.ts = v.ts) h"
        )
    return (
        "SELECT * FROM (SELECT entity, code, ts::date AS day, "
        f"{day_of(metric)} AS value, count(*)::integer AS hours, {_QUALITY} AS quality "
        f"FROM {hours} GROUP BY entity, code, ts::date) d WHERE value IS NOT NULL"
    )
