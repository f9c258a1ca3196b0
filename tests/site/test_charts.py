"""Chart types: figures with our look, and the static drawing of each."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET

import pandas as pd
import plotly.graph_objects as go
import pytest

from pipeline.core.errors import RenderError
from pipeline.core.spanish import NBSP
from pipeline.site.charts import REGISTRY, ChartSpec, Event, build_figure
from pipeline.site.drawing import theme
from pipeline.site.drawing.layout import BOTTOM, LABEL_GAP, PHONE, TOP, spread
from pipeline.site.drawing.svg import static_svg

DAYS = pd.date_range("2026-01-01", periods=60, freq="D")


def rows(**series: float) -> pd.DataFrame:
    """Return sixty days of each series, growing by one a day."""
    return pd.concat(
        [
            pd.DataFrame({"x": DAYS, "series": name, "value": [base + i for i in range(60)]})
            for name, base in series.items()
        ]
    )


def forecast_rows() -> pd.DataFrame:
    """Return ten days of history and five of forecast."""
    past = pd.DataFrame({"x": DAYS[:10], "actual": range(100, 110)})
    future = pd.DataFrame(
        {"x": DAYS[10:15], "mean": 110.0, "lo80": 105.0, "hi80": 115.0, "lo95": 100.0, "hi95": 120.0, "model": "m"}
    )
    return pd.concat([past, future])


def heat_rows() -> pd.DataFrame:
    """Return a grid of two months by 24 hours with one missing cell."""
    cells = [(hour, month, hour + i) for i, month in enumerate(("2026-01", "2026-02")) for hour in range(24)]
    return pd.DataFrame(cells[:-1], columns=["x", "y", "value"])


SAMPLES = {
    "line": rows(Demanda=200),
    "area": rows(Demanda=200),
    "stack": rows(Solar=10, Hidráulica=140),
    "bar": rows(Demanda=200),
    "heatmap": heat_rows(),
    "dots": pd.DataFrame(
        {"x": ["Año Nuevo", "Viernes Santo"], "value": [-50.0, -41.0], "lo": [-60.0, -45.0], "hi": [-40.0, -37.0]}
    ),
    "mix": pd.DataFrame({"series": ["Hidráulica", "Gas"], "value": [70.0, 30.0], "day": DAYS[:1].repeat(2)}),
    "forecast": forecast_rows(),
    "spark": rows(Demanda=200),
}


def draw(kind: str, frame: pd.DataFrame, **fields: object) -> tuple[go.Figure, str]:
    """Return the figure and its static drawing."""
    figure = build_figure(frame, ChartSpec(id="a", type=kind, title="T", unit="GWh", **fields))  # type: ignore[arg-type]
    return figure, static_svg(figure, "Título & más", "a", "por día")


def test_every_registered_type_has_a_sample() -> None:
    """A chart type added as a module is found, and must be drawn by these tests."""
    assert set(REGISTRY) == set(SAMPLES)


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_every_type_draws_both_ways(kind: str) -> None:
    """Each type gives a figure without Plotly's look and a small, well-formed, named SVG."""
    figure, svg = draw(kind, SAMPLES[kind])
    assert figure.layout.template.layout.to_plotly_json() == {}
    root = ET.fromstring(svg)
    assert root.attrib["role"] == "img"
    assert root[0].text == "Título & más"
    assert len(svg) < 10_000


@pytest.mark.parametrize("kind", sorted(SAMPLES))
def test_only_palette_colours_are_drawn(kind: str) -> None:
    """Every colour has a dark twin: the figure can be recoloured without loss."""
    figure, _ = draw(kind, SAMPLES[kind])
    lights = {light for light, _ in theme.PALETTE.values()}
    assert set(re.findall(r"#[0-9A-Fa-f]{6}|rgba\([^)]*\)", str(figure.to_plotly_json()))) <= lights


def test_a_missing_day_breaks_the_line() -> None:
    """A gap is a gap: no segment is drawn over days without data."""
    frame = rows(Demanda=200)
    figure, svg = draw("line", frame[~frame["x"].between("2026-01-10", "2026-01-12")])
    assert list(figure.data[0].y[9:12]) == [None, None, None]
    assert re.search(r'd="(M[^M"]+){2}"', svg)


def test_provisional_days_are_hollow_and_dashed() -> None:
    """The provisional tail is apart from the settled line and joined to it."""
    frame = rows(Demanda=200).assign(quality=["ok"] * 58 + ["provisional"] * 2)
    figure, svg = draw("line", frame)
    settled, last, path, marks = figure.data
    assert settled.y[58] is None
    assert list(last.y) == [257]
    assert list(path.y) == [257, 258, 259]
    assert list(marks.y) == [258, 259]
    assert svg.count('class="hollow') == 2
    assert "dash" in svg
    assert figure.layout.annotations[0].text == "<b>257</b>"


def test_a_half_published_day_does_not_flatten_the_history() -> None:
    """Settled values set the range; a provisional one far below is left out and counted."""
    frame = rows(Demanda=200).assign(quality=["ok"] * 59 + ["provisional"])
    frame.loc[frame.index[-1], "value"] = 50.0
    figure, svg = draw("line", frame)
    assert figure.layout.yaxis.range[0] > 190
    assert figure.layout.meta["omitted"] == 1
    assert "hollow" not in svg


def test_direct_labels_name_the_series_and_do_not_overlap() -> None:
    """Two series that end together get labels at least a line apart."""
    figure, svg = draw("line", rows(Una=200, Otra=200.5))
    shifts = [note.yshift for note in figure.layout.annotations]
    assert abs(shifts[0] - shifts[1]) > 10
    assert "Otra" in svg
    assert "259" in svg


def test_more_than_four_series_leave_naming_to_the_legend() -> None:
    """Five labels at a line's end cannot be told apart."""
    figure, _ = draw("line", rows(A=1, B=20, C=40, D=60, E=80))
    assert not figure.layout.annotations


def test_labels_arespread_inside_the_drawing() -> None:
    """Labels at the bottom push each other up, never out."""
    placed = spread([299.0, 300.0, 300.0], 300.0)
    assert placed[-1] == 300.0
    assert all(b - a >= 18 for a, b in itertools.pairwise(placed))


def test_context_series_are_grey() -> None:
    """The year before is context: grey, so that this year is the point."""
    figure, _ = draw("line", rows(Hoy=200, Antes=190), options={"context": "Antes"})
    grey = next(t for t in figure.data if t.name == "Antes" and t.mode == "lines")
    assert grey.line.color == theme.color("context")


def test_stack_order_and_range() -> None:
    """Hydro is the base whatever the rows' order, and the axis holds the total."""
    figure, _ = draw("stack", SAMPLES["stack"])
    assert [t.name for t in figure.data] == ["Hidráulica", "Solar"]
    assert figure.layout.yaxis.range[0] == 0
    assert figure.layout.yaxis.range[1] > 268


def test_forecast_bands_hold_and_the_mean_is_dashed() -> None:
    """Both bands are drawn under the mean; history is a solid line of its own."""
    figure, svg = draw("forecast", forecast_rows())
    assert {"f-band80", "f-band95"} <= set(re.findall(r'class="([\w-]+)"', svg))
    assert next(t for t in figure.data if t.name == "Pronóstico").line.dash == "dash"


def test_forecast_without_intervals_draws_no_false_band() -> None:
    """A model without intervals shows its mean only."""
    frame = forecast_rows()
    frame[["lo80", "hi80", "lo95", "hi95"]] = float("nan")
    _, svg = draw("forecast", frame)
    assert "band" not in svg


def test_named_categories_lie_down_first_on_top() -> None:
    """Plants are read as a list: names at the left, biggest first, value at the end."""
    frame = pd.DataFrame({"x": ["Guavio", "Chivor"], "series": "Generación", "value": [20.0, 10.0]})
    figure, svg = draw("bar", frame)
    assert figure.data[0].orientation == "h"
    assert svg.index("Guavio") < svg.index("Chivor")
    assert ">20,0<" in svg


def test_heat_map_leaves_missing_cells_blank_and_says_months() -> None:
    """A missing cell has no shade; months are written in Spanish."""
    figure, svg = draw("heatmap", heat_rows())
    assert figure.data[0].z[1][23] is None
    assert f"ene{NBSP}2026" in svg
    assert REGISTRY["heatmap"].live == "cells"


def test_events_are_drawn_only_inside_the_axis() -> None:
    """A known event in the period is a labelled rule; one outside is left out."""
    events = (Event("2026-01-20", "apagón"), Event("2020-01-01", "antes"))
    figure, svg = draw("line", SAMPLES["line"], events=events)
    assert len(figure.layout.shapes) == 1
    assert "apagón" in svg
    assert "antes" not in svg


def test_dots_keep_ranges_marks_and_values_in_view() -> None:
    """A range per row, the reference rule inside the axis, and the value of each row at the right."""
    figure, svg = draw("dots", SAMPLES["dots"], options={"marks": "0", "zero": True})
    low, high = figure.layout.xaxis.range
    assert low < -60 and high >= 0
    assert [list(t.x) for t in figure.data if t.mode == "lines"] == [[-60, -40], [-45, -37]]
    assert [note.text for note in figure.layout.annotations] == ["−50,0", "−41,0"]
    assert len(figure.layout.shapes) == 1
    assert svg.count("<circle") == 2


def test_a_price_is_drawn_as_bands_without_a_line() -> None:
    """Option `line: false`: two bands and what was observed, no line that promises a point."""
    figure, _ = draw("forecast", SAMPLES["forecast"], options={"line": False})
    names = [trace.name for trace in figure.data]
    assert "Pronóstico" not in names and "Intervalo del 80 %" in names
    assert not figure.layout.annotations


def test_two_values_for_one_position_are_refused() -> None:
    """A query that forgot to aggregate is a broken declaration, not a zigzag."""
    with pytest.raises(RenderError, match="two values"):
        draw("line", pd.concat([SAMPLES["line"]] * 2))


def test_missing_columns_and_unknown_types_say_what_to_do() -> None:
    """The error names the contract and the column to add."""
    with pytest.raises(RenderError, match="add value"):
        draw("line", pd.DataFrame({"x": [1]}))
    with pytest.raises(RenderError, match="use one of area"):
        draw("pie", SAMPLES["line"])


def test_labels_at_line_ends_stand_apart_on_a_phone_too() -> None:
    """Three lines that end close together keep a line of text between their labels at the phone's height."""
    ends = {"Generación total": 9_975.0, "Carga neta": 9_963.0, "Carga neta un año antes": 9_445.0}
    rows = pd.DataFrame(
        [
            {"x": hour, "series": name, "value": end + (23 - hour) * 100}
            for name, end in ends.items()
            for hour in range(24)
        ]
    )
    figure = build_figure(rows, ChartSpec(id="a", type="line", unit="MW", decimals=0))
    low, high = figure.layout.yaxis.range
    inner = PHONE - TOP - BOTTOM
    places = sorted((high - note.y) / (high - low) * inner - note.yshift for note in figure.layout.annotations)
    assert all(b - a >= LABEL_GAP - 0.2 for a, b in itertools.pairwise(places))
    assert figure.layout.margin.r >= 7 * len("Carga neta un año antes 9.445")


def test_hours_of_the_day_are_counted_in_threes() -> None:
    """An axis of the 24 hours has ticks at 0, 3, 6 …; other numbers keep round ticks."""
    rows = pd.DataFrame({"x": range(24), "series": "Pico", "value": range(24)})
    svg = static_svg(build_figure(rows, ChartSpec(id="a", type="bar", unit="MW")), "t", "a")
    ticks = re.findall(r'class="tx[^>]*>([^<]+)<', svg)
    assert ticks == ["0", "3", "6", "9", "12", "15", "18", "21"]


def test_a_part_that_is_missing_at_the_end_is_no_zero() -> None:
    """The label of a layer whose last day is missing says its last value, as the legend does."""
    rows = pd.DataFrame(
        [
            {"x": f"2026-11-{day}", "series": name, "value": value}
            for name, value in (("Gas", 30.0), ("Carbón", 20.0))
            for day in (20, 21, 22)
            if (name, day) != ("Carbón", 22)
        ]
    ).assign(x=lambda frame: pd.to_datetime(frame["x"]))
    figure = build_figure(rows, ChartSpec(id="a", type="stack", unit="GWh", decimals=0))
    assert {note.name for note in figure.layout.annotations} == {"30", "20"}


def test_a_source_that_stands_alone_is_named() -> None:
    """Bars of one source only say which it is; those of one thing that the title names say nothing twice."""
    for name, named in (("Hidráulica", 1), ("Demanda", 0)):
        rows = pd.DataFrame({"x": pd.date_range("2026-01-01", periods=3, freq="MS"), "series": name, "value": 100.0})
        spec = ChartSpec(id="a", type="bar", unit="%")
        assert len(REGISTRY["bar"].keys(build_figure(rows, spec), rows, spec)) == named
