"""Charts narrowed to their last days: the browser only puts in place what is worked out here."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.site.charts import ChartSpec, build_figure
from pipeline.site.drawing.axes import DAY_MS, millis, y_range
from pipeline.site.drawing.figure import slim
from pipeline.site.drawing.layout import LABEL_GAP
from pipeline.site.drawing.spans import span_views

DAYS = pd.date_range("2026-01-01", periods=60)


def _figure(kind: str, **series: list[float]) -> dict[str, object]:
    rows = pd.concat([pd.DataFrame({"x": DAYS, "series": name, "value": values}) for name, values in series.items()])
    return slim(build_figure(rows, ChartSpec("a", kind)))


def test_a_figure_without_spans_is_left_alone() -> None:
    """Nothing is shipped that no button asks for."""
    figure = _figure("line", Demanda=[float(n) for n in range(60)])
    assert span_views(figure, []) is figure


def test_a_line_is_fitted_to_its_last_days() -> None:
    """The x axis ends where it ended; the y axis follows the rule of the whole chart."""
    values = [float(n) for n in range(60)]
    figure = _figure("line", Demanda=values)
    view = span_views(figure, [30])["spans"]["30"]
    assert millis(view["x"][1]) - millis(view["x"][0]) == 30 * DAY_MS
    assert view["x"][1] == figure["layout"]["xaxis"]["range"][1]
    assert view["y"] == pytest.approx(y_range(values[29:], zero=False))


@given(st.lists(st.floats(0, 500), min_size=60, max_size=60), st.lists(st.floats(0, 500), min_size=60, max_size=60))
def test_a_pile_fits_and_stands_on_zero(one: list[float], other: list[float]) -> None:
    """Of a stack the sum must fit, whatever the parts are."""
    view = span_views(_figure("stack", Gas=one, Solar=other), [30])["spans"]["30"]
    assert view["y"][0] <= 0
    assert view["y"][1] >= max(a + b for a, b in zip(one[30:], other[30:], strict=True)) * 0.999


@given(st.lists(st.floats(1, 500), min_size=4, max_size=4))
def test_labels_stand_apart_in_the_narrowed_chart_too(levels: list[float]) -> None:
    """Each label is moved from its value so far that a line of text fits between any two."""
    figure = _figure("line", **{f"Serie {i}": [level] * 60 for i, level in enumerate(levels)})
    view = span_views(figure, [30])["spans"]["30"]
    low, high = view["y"]
    notes = [note for note in figure["layout"]["annotations"] if note.get("name")]
    inner = 280 - 12 - 44
    places = sorted(
        (high - note["y"]) / (high - low) * inner - shift for note, shift in zip(notes, view["shifts"], strict=True)
    )
    assert all(b - a >= LABEL_GAP - 0.3 for a, b in itertools.pairwise(places))
