"""What CONTRIBUTING says to write for one more metric, series, board, page and forecast: one file each."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipeline.catalog.load import HERE

#: Folders of the catalogue in which one more is one more file or entry.
FOLDERS = ("metrics", "series", "boards", "pages", "entities", "reports", "forecasts")
METRIC = """
- id: DemaPrueba
  title: Demanda de prueba del país
  theme: demanda
  entities: [Sistema]
  grain: daily
  kind: flow
  unit: {source: kWh, stored: GWh}
  bounds: {Sistema: [0, 400]}
  lag_days: 3
  definition: Energía que se inventó para probar que una métrica nueva es una sola entrada en un archivo.
"""
SERIES = """
- id: demand_weekday
  label: Demanda de los días hábiles
  said: la demanda de los días hábiles
  unit: GWh
  decimals: 1
  metrics: [DemaSIN]
  sql: SELECT day, gwh AS value, quality FROM demand_daily WHERE isodow(day) <= 5
"""
BOARD = """\
# yaml-language-server: $schema=../schemas/board.json
slug: prueba
title: Tablero de prueba
question: ¿Cuánta energía consume el país un día hábil?
order: 500
metrics: [DemaSIN]
tells: [demand]
blocks:
  - {type: summary, id: resumen, title: En una frase}
  - type: line
    id: dias
    title: La demanda, día a día
    unit: GWh
    sql: SELECT day AS x, gwh AS value, quality FROM demand_daily ORDER BY day
"""
PAGE = """\
# yaml-language-server: $schema=../schemas/page.json
slug: prueba
kind: status
title: Página de prueba
description: Cuántas métricas hay en cada tema.
sql: SELECT count(*) AS n FROM catalog_metric
headline: "{{ n | plural('métrica', 'métricas') }}"
meta: "Fuente: {{ source }}"
blocks:
  - type: worded_table
    id: temas
    title: Por tema
    columns:
      Tema: {text: "{{ title }}"}
      Métricas: {text: "{{ n | num }}", align: right}
    sql: |
      SELECT t.title, count(*) AS n FROM catalog_theme AS t JOIN catalog_metric AS m ON m.theme = t.id
      GROUP BY t.ordinal, t.title ORDER BY t.ordinal
"""
FORECAST = """\
# yaml-language-server: $schema=../schemas/forecast.json
series: real_daily
title: Demanda real diaria
metric: DemaReal
unit: GWh
input: SELECT day, gwh AS value, hours, quality FROM demand_real_daily
transform: log
roster: [seasonal_naive, naive, ets]
published: [ets]
engine: ets
shown: {feed: true}
"""


def add(root: Path, kind: str) -> Path:
    """Write one more of a kind into a copy of the catalogue; return the one file that was touched."""
    file, text = {
        "metric": ("metrics/demanda.yml", METRIC),
        "series": ("series/country.yml", SERIES),
        "board": ("boards/prueba.yml", BOARD),
        "page": ("pages/prueba.yml", PAGE),
        "forecast": ("forecasts/70_real_daily.yml", FORECAST),
    }[kind]
    with (root / file).open("a", encoding="utf-8") as there:
        there.write(text)
    return root / file


def copy_catalogue(folder: Path) -> Path:
    """Return a copy of the project's declarations, free to be changed."""
    for path in HERE.iterdir():
        if path.suffix == ".yml":
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / path.name)
        elif path.is_dir() and path.name in FOLDERS:
            shutil.copytree(path, folder / path.name)
    return folder


KINDS = ("metric", "series", "board", "page", "forecast")
