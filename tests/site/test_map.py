"""The map: a small, readable SVG whose every shape can be named, and a table that says the same."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import duckdb
import pandas as pd
import pytest

from pipeline.core.errors import RenderError
from pipeline.core.paths import ROOT
from pipeline.site.blocks.picture import map_table
from pipeline.site.charts import ChartSpec, Picture, build_picture
from pipeline.site.charts.map import HEIGHT, WIDTH, place
from pipeline.store.reference import load_reference

SQUARE = "-74 4,-73 4,-73 5,-74 5,-74 4"


def shapes(*rows: Mapping[str, object]) -> pd.DataFrame:
    """Return rows of the contract."""
    return pd.DataFrame(list(rows))


def draw(rows: pd.DataFrame, **options: str | int) -> Picture:
    """Return the picture of a map block."""
    return build_picture(rows, ChartSpec(id="m", type="map", title="T & t", unit="GWh", options=dict(options)), "g-m")


def test_country_is_small_and_inside_the_frame() -> None:
    """All departments with a value weigh under 40 KB, and no point falls outside the drawing."""
    con = duckdb.connect()
    load_reference(con, ROOT / "data" / "reference")
    rows = con.execute("SELECT 'area' AS layer, name, path, length(path) AS value FROM ref_department").df()
    picture = draw(rows, names=5)
    assert len(picture.svg) < 40_000
    root = ET.fromstring(picture.svg)
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"
    assert len(root.findall("path")) == 33
    assert all("h0" not in (p.get("d") or "") for p in root.findall("path"))
    for (path,) in con.execute("SELECT path FROM ref_department").fetchall():
        for pair in re.split("[;,]", path):
            x, y = place(*map(float, pair.split()))
            assert 0 <= x <= WIDTH
            assert 0 <= y <= HEIGHT


def test_every_value_is_said_in_words() -> None:
    """Hover titles, legend and table carry the numbers that shade and size show; an area without value says so."""
    rows = shapes(
        {"layer": "area", "name": "Huila", "value": 12.5, "path": SQUARE},
        {"layer": "area", "name": "Meta", "path": SQUARE},
        {"layer": "point", "name": "Betania", "series": "Hidráulica", "value": 540.0, "lon": -75.4, "lat": 2.7},
    )
    picture = draw(rows, none="sin plantas")
    titles = [t.text for t in ET.fromstring(picture.svg).iter("title")]
    assert titles == ["T & t", "Huila: 12,5 GWh", "Meta: sin plantas", "Betania: 540 GWh"]
    assert [words for words, _ in picture.legend] == ["con GWh", "sin plantas", "Hidráulica"]
    table = map_table(rows, ChartSpec(id="m", type="map", unit="GWh", decimals=1))
    assert [cell.text for cell in table.rows[0]] == ["Betania", "540,0"]


def test_the_table_says_nothing_twice() -> None:
    """Words that repeat the value or the series are left out of the last column; without others it is not there."""
    rows = shapes(
        {"layer": "point", "name": "San Carlos", "series": "Hidráulica", "value": 1292.0, "lon": -75.0, "lat": 6.0,
         "label": "San Carlos: 1.292 MW, hidráulica; en Antioquia, punto aproximado"},
        {"layer": "point", "name": "El Paso", "series": "Solar", "value": 68.0, "lon": -73.7, "lat": 9.6,
         "label": "El Paso: 68 MW, solar"},
        {"layer": "point", "name": "Jepírachi", "series": "Eólica", "value": 18.0, "lon": -72.0, "lat": 12.2},
    )  # fmt: skip
    spec = ChartSpec(id="m", type="map", unit="MW", decimals=0)
    table = map_table(rows, spec)
    assert [row[-1].text for row in table.rows] == ["en Antioquia, punto aproximado", "—", "—"]
    assert [h.text for h in map_table(rows[1:], spec).headers] == ["Lugar", "Grupo", "Valor"]


def test_shades_part_the_values_at_round_numbers() -> None:
    """Limits are 1, 2 or 5 times a power of ten; the legend and the shades agree."""
    values = [0.5, 1, 3, 8, 15, 40, 90, 150, 400, 900]
    rows = shapes(*[{"layer": "area", "name": f"D{v}", "value": v, "path": SQUARE} for v in values])
    picture = draw(rows)
    words = [w for w, _ in picture.legend]
    assert words == ["menos de 2 GWh", "2 a 10", "10 a 100", "100 a 500", "500 o más"]
    drawn = re.findall(r'class="area f-(\w+)"', picture.svg)
    assert drawn[0] == dict(picture.legend)["menos de 2 GWh"]
    assert drawn[-1] == dict(picture.legend)["500 o más"]
    assert len(set(drawn)) == 5


def test_shapes_without_label_share_a_path() -> None:
    """A thousand lines without label are one path a series; a labelled one can be pointed at."""
    wires = [
        {"layer": "line", "name": f"L{i}", "series": "110 kV", "path": f"-74 {4 + i / 200},-75 6"} for i in range(400)
    ]
    dots = [{"layer": "point", "name": f"S{i}", "series": "Sub", "lon": -74.0, "lat": 1 + i / 50} for i in range(300)]
    named = {"layer": "line", "name": "A", "series": "500 kV", "label": "A, 245 km", "path": "-74 4,-75 6"}
    picture = draw(shapes(*wires, named, *dots), palette="context,liquidos,gas")
    root = ET.fromstring(picture.svg)
    assert [p.get("class") for p in root.findall("path")] == ["wire s-context", "wire s-liquidos", "dots s-gas"]
    assert len(picture.svg) < 12_000


def test_names_never_cover_each_other() -> None:
    """Of two points in the same place both are drawn, and their names stand apart or one is left out."""
    spots = [{"layer": "point", "name": f"Embalse {i}", "value": 10.0 + i, "lon": -75.0, "lat": 6.0} for i in range(9)]
    svg = draw(shapes(*spots), names=9).svg
    at = re.findall(r'class="name (a-\w)" x="(\d+)" y="(\d+)"', svg)
    assert 1 < len(at) == len(set(at)) < 9


def test_unknown_layer_is_named() -> None:
    """A layer that the map does not know is an error with its name."""
    with pytest.raises(RenderError, match="layers area, line and point") as failure:
        draw(shapes({"layer": "river", "name": "Cauca"}))
    assert failure.value.context["found"] == ["river"]
