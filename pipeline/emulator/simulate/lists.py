"""The lists: plants, agents, reservoirs, rivers and small self-generators, in XM's field names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from pipeline.emulator.simulate.rng import generator
from pipeline.emulator.simulate.roster import (
    CARRIERS,
    DISTRIBUTORS,
    GENERATORS,
    PLANTS,
    RESERVOIRS,
    RETAILERS,
    RIVERS,
    TRADER,
    Reservoir,
    River,
)

Row = dict[str, str]
_ACTIVE, _TESTING = "OPERACION", "PRUEBAS"


def _dispatch(central: bool) -> str:
    return "DESPACHADO CENTRALMENTE" if central else "NO DESPACHADO CENTRALMENTE"


def _plants(today: dt.date) -> list[Row]:
    rows = []
    for plant in PLANTS:
        since = dt.date.fromisoformat(plant.since)
        if since > today:
            continue
        rows.append(
            {
                "Code": plant.code,
                "Name": plant.name,
                "Type": plant.kind,
                "Disp": _dispatch(plant.central),
                "RecType": plant.record,
                "CompanyCode": plant.owner,
                "EnerSource": plant.fuel,
                "OperStartdate": f"{since.isoformat()}T00:00:00",
                "State": _TESTING if (today - since).days < 120 else _ACTIVE,
            }
        )
    return rows


def _units(today: dt.date) -> list[Row]:
    rows = []
    for plant in PLANTS:
        if dt.date.fromisoformat(plant.since) > today:
            continue
        count = max(1, min(8, round(plant.megawatts / 160))) if plant.kind == "HIDRAULICA" else 1
        rows += [
            {"code1": plant.owner, "code2": plant.code, "Value": f"{plant.name} {unit}"} for unit in range(1, count + 1)
        ]
    return rows


def _agents() -> list[Row]:
    groups = (
        ("COMERCIALIZACIÓN", [(code, name) for code, name, *_ in RETAILERS]),
        ("GENERACIÓN", list(GENERATORS)),
        ("DISTRIBUCIÓN", [(code, name) for code, name, _ in DISTRIBUTORS]),
        ("TRANSPORTE", list(CARRIERS)),
        ("COMERCIALIZACIÓN", [TRADER]),
    )
    return [
        {
            "Code": code,
            "Name": name,
            "Activity": activity,
            "OperStartdate": "1998-01-01T00:00:00",
            "State": _ACTIVE,
        }
        for activity, members in groups
        for code, name in members
    ]


def _roofs(seed: int) -> list[Row]:
    draws = generator(seed, "agpe").random((len(RETAILERS), 3))
    return [
        {"Code": code, "Name": f"AGPE {code} {number}", "Value": f"{20 + 70 * float(draw):.1f}"}
        for (code, *_), row in zip(RETAILERS, draws, strict=True)
        for number, draw in enumerate(row, 1)
    ]


def _waters(places: Sequence[Reservoir | River]) -> list[Row]:
    return [{"Code": p.code, "Name": p.name, "HydroRegion": p.region, "Status": "ACTIVO"} for p in places]


def listing(metric: str, entity: str, today: dt.date, seed: int) -> list[Row]:
    """Return the rows of a list as of a day; none for a list nobody knows."""
    makers: dict[tuple[str, str], Callable[[], list[Row]]] = {
        ("ListadoRecursos", "Sistema"): lambda: _plants(today),
        ("ListadoRecursos", "Agente"): lambda: _units(today),
        ("ListadoAgentes", "Sistema"): _agents,
        ("ListadoEmbalses", "Sistema"): lambda: _waters(RESERVOIRS),
        ("ListadoRios", "Sistema"): lambda: _waters(RIVERS),
        ("ListadoAGPE", "Agente"): lambda: _roofs(seed),
    }
    maker = makers.get((metric, entity))
    return maker() if maker else []
