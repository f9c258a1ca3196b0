"""How a day is made of its hours, for every hourly metric of the catalogue."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Metric
from pipeline.site.downloads.api import aggregation
from pipeline.store.daily import days_of

CATALOG = load_catalog()
HOURLY = [metric for metric in CATALOG.data_metrics() if metric.grain == "hourly"]
MEANS = [metric for metric in HOURLY if metric.kind in ("rate", "price", "ratio")]
DAY = dt.datetime(2026, 11, 23)
CON = duckdb.connect()
Hours = list[tuple[float, float | None, str]]


def day(metric: Metric, hours: Hours) -> tuple[float, int, str] | None:
    """Return value, hours and quality of a day of hours `(value, weight or None, quality of the weight)`."""
    rows: dict[str, list[str]] = {"v": [], "w": []}
    for place, (value, weight, quality) in enumerate(hours):
        at = f"TIMESTAMP '{DAY + dt.timedelta(hours=place)}'"
        rows["v"].append(f"('Sistema', 'Sistema', {at}, {value!r}::DOUBLE, 'ok')")
        if weight is not None:
            rows["w"].append(f"('Sistema', 'Sistema', {at}, {weight!r}::DOUBLE, '{quality}')")
    made = ", ".join(f"{name}(entity, code, ts, value, quality) AS (VALUES {', '.join(r)})" for name, r in rows.items())
    return CON.execute(f"WITH {made} SELECT value, hours, quality FROM ({days_of(metric, 'v', 'w')})").fetchone()


def test_what_cannot_be_summed_says_how_its_hours_count() -> None:
    """Every hourly rate, price and ratio names its weights or says why its hours count alike."""
    assert len(MEANS) >= 15
    assert all(metric.weights is not None for metric in MEANS)
    assert {metric.id for metric in MEANS if metric.weighed_by} >= {"factorEmisionCO2e", "PrecPromContRegu"}


@pytest.mark.parametrize("metric", MEANS, ids=lambda metric: metric.id)
@settings(max_examples=15)
@given(
    hours=st.lists(
        st.tuples(st.floats(-1e4, 1e4), st.floats(0.1, 1e4), st.sampled_from(["ok", "provisional"])),
        min_size=1, max_size=24,
    )
)  # fmt: skip
def test_day_of_a_mean(metric: Metric, hours: Hours) -> None:
    """Weighted by what is declared, and as provisional as its weights; else the plain mean, whatever the weights."""
    found = day(metric, hours)
    assert found is not None
    value, count, quality = found
    weights = [weight or 0.0 if metric.weighed_by else 1.0 for _, weight, _ in hours]
    expected = sum(v * w for (v, _, _), w in zip(hours, weights, strict=True)) / sum(weights)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert count == (len(hours))
    unsure = bool(metric.weighed_by) and any(word == "provisional" for _, _, word in hours)
    assert quality == ("provisional" if unsure else "ok")


@settings(max_examples=15)
@given(
    values=st.lists(st.floats(1, 1000), min_size=2, max_size=24),
    lost=st.integers(0, 23),
)
def test_a_day_that_lacks_a_weight_has_no_value(values: list[float], lost: int) -> None:
    """A mean of the other hours would be another figure under the same name."""
    hours: Hours = [(value, None if place == lost % len(values) else 5.0, "ok") for place, value in enumerate(values)]
    assert day(CATALOG.metrics["factorEmisionCO2e"], hours) is None
    assert day(CATALOG.metrics["PrecBolsNaci"], hours) is not None


def test_weights_without_sum_make_no_day() -> None:
    """Nothing was generated: no factor, and no division by zero."""
    assert day(CATALOG.metrics["factorEmisionCO2e"], [(200.0, 0.0, "ok")] * 24) is None


@pytest.mark.parametrize("metric", [m for m in HOURLY if m.kind == "flow"], ids=lambda metric: metric.id)
def test_hours_count_where_a_day_must_have_them_all(metric: Metric) -> None:
    """The country's; not of a plant, blank in the hours it had nothing, as the sun at night."""
    rows = ", ".join(
        f"('{entity}', '{code}', TIMESTAMP '{DAY + dt.timedelta(hours=hour)}', 1.0, 'ok')"
        for entity, code, hours in (("Sistema", "Sistema", range(24)), ("Recurso", "SOL1", range(6, 18)))
        for hour in hours
    )
    query = f"SELECT entity, value, hours, quality FROM ({days_of(metric, 'v', 'v')}) ORDER BY entity DESC"
    found = CON.execute(f"WITH v(entity, code, ts, value, quality) AS (VALUES {rows}) {query}").fetchall()
    assert found == [("Sistema", 24, 24, "ok"), ("Recurso", 12, None, "ok")]


def test_one_rule_an_aggregation() -> None:
    """Browsers get a rule by aggregation: metrics that share one make their days alike."""
    rules: dict[tuple[str, bool], set[str]] = {}
    for metric in HOURLY:
        also = "version" if metric.versioned else ""
        rules.setdefault((aggregation(metric), metric.versioned), set()).add(days_of(metric, "v", "w", also))
    assert len(rules) >= 4
    assert {name for name, queries in rules.items() if len(queries) > 1} == set()
