"""Facts of the four boards as `pipeline/views/facts/facts.sql` gives them, with the published values of 2024."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from pipeline.narrate.facts import Fact

APRIL_30 = dt.date(2024, 4, 30)
MAY_5 = dt.date(2024, 5, 5)
WEEK = ", frente a la semana anterior"
YEAR = ", frente al año anterior"

_ROWS: dict[str, list[tuple[str, str, float, str, int, dt.date, str]]] = {
    "inicio": [
        ("demand", "Demanda del SIN", 231.4, "GWh", 1, APRIL_30, "level"),
        ("demand_vs_week", "Demanda del SIN" + WEEK, -1.94, "%", 1, APRIL_30, "change"),
        ("demand_vs_year", "Demanda del SIN" + YEAR, 7.31, "%", 1, APRIL_30, "change"),
        ("reserves", "Reservas hídricas", 34.42, "%", 2, MAY_5, "level"),
        ("reserves_vs_week", "Reservas hídricas" + WEEK, 2.13, "pp", 1, MAY_5, "change"),
        ("reserves_vs_year", "Reservas hídricas" + YEAR, -21.04, "pp", 1, MAY_5, "change"),
        ("price", "Precio de bolsa, promedio del día", 127.12, "COP/kWh", 2, APRIL_30, "level"),
        ("price_vs_week", "Precio de bolsa, promedio del día" + WEEK, -58.2, "%", 1, APRIL_30, "change"),
        ("price_vs_year", "Precio de bolsa, promedio del día" + YEAR, 0.02, "%", 1, APRIL_30, "change"),
        ("hydro_share", "Participación hidráulica", 61.26, "%", 1, APRIL_30, "share"),
        ("thermal_share", "Participación térmica", 33.55, "%", 1, APRIL_30, "share"),
        ("thermal_share_vs_week", "Participación térmica" + WEEK, -8.8, "pp", 1, APRIL_30, "change"),
        ("renewable_share", "Participación renovable", 66.45, "%", 1, APRIL_30, "share"),
        ("generation", "Generación total", 233.86, "GWh", 1, APRIL_30, "level"),
        ("inflows", "Aportes hídricos", 344.0, "GWh", 1, MAY_5, "level"),
        ("inflows_pct", "Aportes frente a la media histórica", 121.7, "%", 1, MAY_5, "level"),
    ],
    "generacion-fuentes": [
        ("generation", "Generación total", 233.86, "GWh", 1, APRIL_30, "level"),
        ("generation_vs_week", "Generación total" + WEEK, 1.4, "%", 1, APRIL_30, "change"),
        ("generation_vs_year", "Generación total" + YEAR, 5.2, "%", 1, APRIL_30, "change"),
        ("gen_hydro", "Generación hidráulica", 143.26, "GWh", 1, APRIL_30, "level"),
        ("gen_thermal", "Generación térmica", 78.45, "GWh", 1, APRIL_30, "level"),
        ("gen_solar", "Generación solar", 10.12, "GWh", 2, APRIL_30, "level"),
        ("gen_wind", "Generación eólica", 0.46, "GWh", 2, APRIL_30, "level"),
        ("gen_cogeneration", "Generación de cogeneradores", 1.57, "GWh", 2, APRIL_30, "level"),
        ("hydro_share", "Participación hidráulica", 61.26, "%", 1, APRIL_30, "share"),
        ("thermal_share", "Participación térmica", 33.55, "%", 1, APRIL_30, "share"),
        ("thermal_share_vs_week", "Participación térmica" + WEEK, -8.8, "pp", 1, APRIL_30, "change"),
        ("solar_share", "Participación solar", 4.33, "%", 1, APRIL_30, "share"),
        ("solar_share_vs_year", "Participación solar" + YEAR, 2.9, "pp", 1, APRIL_30, "change"),
        ("solar_peak", "Generación solar, hora más alta", 1311.0, "MW", 0, APRIL_30, "level"),
        ("solar_peak_hour", "Hora más alta de la generación solar", 12.0, "h", 0, APRIL_30, "level"),
        ("top10_share", "Participación de las diez plantas mayores", 55.1, "%", 1, APRIL_30, "share"),
        ("plants", "Plantas que generaron", 187.0, "#", 0, APRIL_30, "level"),
    ],
    "hidrologia": [
        ("reserves", "Reservas hídricas", 34.42, "%", 2, MAY_5, "level"),
        ("reserves_gwh", "Volumen útil de los embalses", 5912.0, "GWh", 0, MAY_5, "level"),
        ("reserves_vs_week", "Reservas hídricas" + WEEK, 2.13, "pp", 1, MAY_5, "change"),
        ("reserves_vs_month", "Reservas hídricas, cambio en 30 días", 4.4, "pp", 1, MAY_5, "change"),
        ("reserves_vs_year", "Reservas hídricas" + YEAR, -21.04, "pp", 1, MAY_5, "change"),
        ("inflows", "Aportes hídricos", 344.0, "GWh", 1, MAY_5, "level"),
        ("inflows_pct", "Aportes frente a la media histórica", 121.7, "%", 1, MAY_5, "level"),
        ("inflows_month_pct", "Aportes del mes frente a la media histórica", 104.9, "%", 1, MAY_5, "level"),
        ("inflows_vs_week", "Aportes hídricos" + WEEK, 31.2, "%", 1, MAY_5, "change"),
        ("spill", "Vertimientos", 3.2, "GWh", 1, MAY_5, "level"),
        ("reservoirs", "Embalses con nivel de referencia publicado", 24.0, "#", 0, MAY_5, "level"),
        (
            "reservoirs_low",
            "Embalses por debajo de su mínimo operativo superior",
            9.0,
            "#",
            0,
            MAY_5,
            "level",
        ),
    ],
    "precio-bolsa": [
        ("price", "Precio de bolsa, promedio del día", 127.12, "COP/kWh", 2, APRIL_30, "level"),
        ("price_vs_week", "Precio de bolsa, promedio del día" + WEEK, -58.2, "%", 1, APRIL_30, "change"),
        ("price_vs_year", "Precio de bolsa, promedio del día" + YEAR, 12.4, "%", 1, APRIL_30, "change"),
        ("price_min", "Precio de bolsa, hora más baja", 96.36, "COP/kWh", 2, APRIL_30, "level"),
        ("price_min_hour", "Hora del precio más bajo", 3.0, "h", 0, APRIL_30, "level"),
        ("price_max", "Precio de bolsa, hora más alta", 228.36, "COP/kWh", 2, APRIL_30, "level"),
        ("price_max_hour", "Hora del precio más alto", 19.0, "h", 0, APRIL_30, "level"),
        (
            "price_month",
            "Precio de bolsa, promedio de los últimos 30 días",
            411.2,
            "COP/kWh",
            2,
            APRIL_30,
            "level",
        ),
        ("price_weighted", "Precio de bolsa ponderado", 131.5, "COP/kWh", 2, APRIL_30, "level"),
        ("scarcity", "Precio de escasez", 894.6, "COP/kWh", 2, APRIL_30, "level"),
        (
            "price_to_scarcity",
            "Precio de bolsa como parte del precio de escasez",
            14.21,
            "%",
            1,
            APRIL_30,
            "share",
        ),
    ],
}
BOARDS = tuple(_ROWS)


def facts_of(board: str, *, provisional: bool = False) -> dict[str, Fact]:
    """Return the sample facts of a board by id."""
    quality = "provisional" if provisional else "ok"
    return {
        row[0]: Fact(board, row[0], row[1], row[2], row[3], row[4], row[5], quality, row[6], ("Metric",))
        for row in _ROWS[board]
    }


def changed(facts: dict[str, Fact], identity: str, **fields: object) -> dict[str, Fact]:
    """Return the facts with some fields of one of them replaced."""
    return {**facts, identity: replace(facts[identity], **fields)}
