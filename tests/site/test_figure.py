"""Slim figure files."""

from __future__ import annotations

import json

import pandas as pd
import plotly.graph_objects as go
from hypothesis import given
from hypothesis import strategies as st

from pipeline.site.charts import ChartSpec, build_figure
from pipeline.site.drawing.figure import MAX_POINTS, STEPS, dump, keep, slim
from pipeline.site.drawing.theme import shared_template

HOURS = pd.DataFrame(
    {"x": pd.date_range("2026-01-01", periods=1_900, freq="h"), "value": [200 + i / 7 for i in range(1_900)]}
)


def line(frame: pd.DataFrame) -> go.Figure:
    """Return a line figure."""
    return build_figure(frame, ChartSpec(id="a", type="line", unit="GWh"))


def test_regular_time_is_start_and_step() -> None:
    """1,900 hours are a start and a step of one hour in milliseconds, not 1,900 texts."""
    trace = slim(line(HOURS))["data"][0]  # type: ignore[index]
    assert (trace["x0"], trace["dx"]) == ("2026-01-01", 3_600_000)
    assert "x" not in trace


def test_files_are_small_and_carry_no_template() -> None:
    """A figure near the limit stays under 15 KB."""
    text = dump(slim(line(HOURS)))
    assert "template" not in text
    assert len(text) < 15_000


@given(st.lists(st.just(0.0) | st.floats(1e-6, 1e5), min_size=3, max_size=40), st.floats(1e-3, 1e3))
def test_the_pointer_reads_what_was_given(values: list[float], scale: float) -> None:
    """A value keeps the decimals that are read; where they would draw steps it keeps more, and little moves."""
    exact = [value * scale for value in values]
    frame = pd.DataFrame({"x": pd.date_range("2026-01-01", periods=len(exact)), "value": exact})
    drawn = slim(line(frame))
    axis = drawn["layout"]["yaxis"]  # type: ignore[index]
    decimals, span = int(axis["hoverformat"][2]), axis["range"][1] - axis["range"][0]
    for value, kept in zip(exact, drawn["data"][0]["y"], strict=True):  # type: ignore[index]
        assert abs(kept - value) <= span / STEPS + 1e-9 * value
        if span * 10**decimals >= STEPS:
            assert f"{kept:.{decimals}f}" == f"{value:.{decimals}f}"


def test_a_line_begins_with_its_first_value() -> None:
    """Days before the first and after the last value are no row of missing ones; a gap between stays a gap."""
    values = [None, None, 400.0, None, 900.0, None]
    frame = pd.DataFrame({"x": pd.date_range("2026-01-01", periods=6), "value": values})
    trace = slim(line(frame))["data"][0]  # type: ignore[index]
    assert (trace["x0"], trace["y"]) == ("2026-01-03", [400, None, 900])


def test_same_figure_same_bytes() -> None:
    """Two renderings of one figure are equal byte by byte."""
    assert dump(slim(line(HOURS))) == dump(slim(line(HOURS)))


def test_long_lines_keep_their_extremes() -> None:
    """Decimation never loses the highest and lowest value, nor the ends."""
    values = [float(i % 97) for i in range(30_000)]
    values[12_345], values[23_456] = 500.0, -500.0
    frame = pd.DataFrame({"x": pd.date_range("2020-01-01", periods=30_000, freq="h"), "value": values})
    trace = slim(line(frame))["data"][0]  # type: ignore[index]
    assert len(trace["y"]) <= MAX_POINTS + 2
    assert {500, -500} <= set(trace["y"])
    assert trace["x"][0] == "2020-01-01"


def test_decimation_keeps_gaps() -> None:
    """A year without data stays empty after decimation."""
    values: list[float | None] = [1.0] * 1_000 + [None] * 1_000 + [2.0] * 1_000
    kept = keep(values, 100)
    assert any(values[i] is None for i in kept)


def test_stacks_share_the_positions_that_their_total_needs() -> None:
    """Every layer of a long stack keeps the same positions, or the areas would not add up."""
    days = pd.date_range("2010-01-01", periods=5_000, freq="D")
    frame = pd.concat(
        [
            pd.DataFrame({"x": days, "series": n, "value": [float(i % k) for i in range(5_000)]})
            for n, k in (("Gas", 7), ("Solar", 11))
        ]
    )
    traces = slim(build_figure(frame, ChartSpec(id="a", type="stack", unit="GWh")))["data"]
    assert traces[0]["x"] == traces[1]["x"]  # type: ignore[index]
    assert len(traces[0]["y"]) <= MAX_POINTS + 2  # type: ignore[index]


def test_shared_template_holds_both_modes_and_the_palette() -> None:
    """What every figure leaves out is in one small file."""
    text = dump(shared_template())
    assert len(text) < 8_000
    assert json.loads(text)["palette"]["var(--pe-hidraulica)"] == ["#084680", "#3C7AE2"]
