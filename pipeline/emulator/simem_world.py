"""What SIMEM would publish of the simulated world: prices by version, reservoirs, lines, scarcity prices, losses.

Everything is derived from the same months as XM's answers, so that both sources agree: the version in force of
`PB_Nal` is `PrecBolsNaci`, the volumes of B0E933 are those of `VoluUtilDiarEner`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from pipeline.emulator.simem_wire import Record
from pipeline.emulator.simulate.month import VERSION_AGES, Month
from pipeline.emulator.simulate.registry import SERIES
from pipeline.emulator.simulate.rng import Floats, generator
from pipeline.emulator.simulate.roster import GENERATORS, RESERVOIRS, TRADER
from pipeline.emulator.simulate.world import FIRST_DAY

VERSIONS = ("TX1", "TX2", "TXR", "TXF")
ADJUSTMENT = "TX3"
# In these months an adjustment came out after the invoice and replaced it.
_ADJUSTED_MONTHS = (2, 6, 10)
_ADJUSTED_AFTER = 75  # days
_INVOICE_ERROR = 1.003
_FIRST_VERSION_DAYS = 2
_RESERVOIR_LAG = 3
_LOSSES_LAG = 18
_SPOT = (("PB_Nal", 1.0), ("PB_Int", 1.004), ("PB_Tie", 1.012))
_AGGREGATE = "AGREGADO"  # SIMEM's reservoirs lack the aggregate of Bogotá
_DEAD_VOLUME = 0.06  # of the useful capacity
_PLACES = (
    "ANCON", "BACATA", "BETANIA", "BOLIVAR", "CERROMATOSO", "CHINU", "CHIVOR", "COPEY", "GUATAPE", "GUAVIO",
    "JAMONDINO", "LA VIRGINIA", "OCANA", "PAIPA", "PORCE", "PRIMAVERA", "SABANALARGA", "SAN CARLOS", "SOGAMOSO",
    "TERNERA",
)  # fmt: skip
_LEVELS = ((500, "STN", 140.0), (230, "STN", 70.0), (230, "STN", 65.0), (115, "STR", 22.0), (110, "STR", 21.0))
_LINES = 60
Days = list[tuple[int, dt.date]]


class SimemWorld:
    """SIMEM's view of the simulated world.

    Args:
        month_of: Gives the month that begins on a day.
        today: The day it is.
    """

    def __init__(self, month_of: Callable[[dt.date], Month], today: dt.date) -> None:
        self._month_of = month_of
        self._today = today
        self._prices = lru_cache(maxsize=4)(self._all_prices)
        self._makers: dict[str, Callable[[Month, Days], Iterator[Record]]] = {
            "ec6945": self._spot_prices,
            "24914f": self._calendar,
            "b0e933": self._reservoirs,
            "c51127": self._minima,
            "ae3f23": self._scarcity,
            "d0d746": self._losses,
            "7538fd": self._lines,
        }

    def records(self, dataset: str, first: dt.date, last: dt.date) -> list[Record]:
        """Return the records of a dataset between two days, both included."""
        maker = self._makers[dataset.lower()]
        found: list[Record] = []
        month = max(first, FIRST_DAY).replace(day=1)
        while month <= min(last, self._today):
            values = self._month_of(month)
            days = [(i, day) for i, day in enumerate(values.dates) if first <= day <= last]
            found += maker(values, days)
            month = (month + dt.timedelta(days=32)).replace(day=1)
        return found

    def _age(self, day: dt.date) -> int:
        return (self._today - day).days

    def _settled(self, day: dt.date) -> list[tuple[str, int, float]]:
        """Return the versions published of a day: name, which settlement it is, error of the invoice."""
        age = self._age(day)
        if age < _FIRST_VERSION_DAYS:
            return []
        known = int(np.searchsorted(np.array(VERSION_AGES), age, side="right")) + 1
        if day.month in _ADJUSTED_MONTHS and age >= _ADJUSTED_AFTER:
            before = [(name, i, 1.0) for i, name in enumerate(VERSIONS[:-1])]
            return [*before, (VERSIONS[-1], len(VERSIONS) - 1, _INVOICE_ERROR), (ADJUSTMENT, len(VERSIONS) - 1, 1.0)]
        return [(name, i, 1.0) for i, name in enumerate(VERSIONS[:known])]

    def _all_prices(self, first: dt.date) -> list[Floats]:
        """Return the prices of a month in each settlement (days, 24)."""
        month = self._month_of(first)
        return [month.price_at(np.full(month.size, i, dtype=np.int64)) for i in range(len(VERSIONS))]

    def _spot_prices(self, month: Month, days: Days) -> Iterator[Record]:
        prices = self._prices(month.first)
        for i, day in days:
            for version, settlement, error in self._settled(day):
                for variable, factor in _SPOT:
                    values = np.round(prices[settlement][i] * (factor * error), 5).tolist()
                    yield from _hours(day, variable, "COP/kWh", version, values)

    def _calendar(self, month: Month, days: Days) -> Iterator[Record]:
        for _, day in days:
            settled = self._settled(day)
            for place, (version, settlement, _error) in enumerate(settled):
                wait = (_FIRST_VERSION_DAYS, *VERSION_AGES)[settlement] if version != ADJUSTMENT else _ADJUSTED_AFTER
                yield {
                    "FechaInicio": day.isoformat(),
                    "FechaFin": day.isoformat(),
                    "Version": version,
                    "EsMaximaVersion": "1" if place == len(settled) - 1 else "0",
                    "FechaPublicacion": (day + dt.timedelta(days=wait)).isoformat(),
                }

    def _reservoirs(self, month: Month, days: Days) -> Iterator[Record]:
        for i, day in days:
            if self._age(day) < _RESERVOIR_LAG:
                continue
            for place, reservoir in enumerate(RESERVOIRS):
                if reservoir.code == _AGGREGATE:
                    continue
                capacity = round(reservoir.gigawatt_hours * 1e6)
                volume = float(month.world.volume[month.rows][i, place])
                spilled = float(month.world.spilled[month.rows][i, place])
                yield {
                    "FechaPublicacion": (day + dt.timedelta(days=_RESERVOIR_LAG)).isoformat(),
                    "Fecha": day.isoformat(),
                    "CodigoEmbalse": reservoir.code,
                    "RegionHidrologica": reservoir.region.title(),
                    "VolumenUtilDiarioEnergia": volume,
                    "CapacidadUtilEnergia": capacity,
                    "VolumenTotalEnergia": round(volume + _DEAD_VOLUME * capacity, 2),
                    "VertimientosEnergia": spilled if spilled else "",
                    "CodigoDuracion": "P1D",
                }

    def _minima(self, month: Month, days: Days) -> Iterator[Record]:
        # Reserves are asked for towards the dry season: highest in December, lowest in May.
        season = 0.16 + 0.07 * np.cos(2 * np.pi * (month.first.month - 12) / 12)
        for _, day in days:
            if self._age(day) < _RESERVOIR_LAG:
                continue
            for reservoir in RESERVOIRS:
                if reservoir.code == _AGGREGATE:
                    continue
                lower = round(reservoir.gigawatt_hours * 1e6 * float(season))
                yield {
                    "FechaPublicacion": (day + dt.timedelta(days=_RESERVOIR_LAG)).isoformat(),
                    "Fecha": f"{day.isoformat()}T00:00:00",
                    "CodigoEmbalse": reservoir.code,
                    "RegionHidrologica": reservoir.region if day.day % 2 else reservoir.region.title(),
                    "MinimoOperativoSuperior": str(round(lower * 1.35)),
                    "MinimoOperativoInferior": str(lower),
                    "CodigoDuracion": "P1D",
                }

    def _scarcity(self, month: Month, days: Days) -> Iterator[Record]:
        if not days or days[0][1].day > 1:
            return
        for variable, metric, ends in (
            ("PE", "PrecEsca", None),
            ("PrecioEscasezActivacion", "PrecEscaAct", dt.date(2025, 2, 28)),
        ):
            if ends is None or month.first <= ends:
                _, values = SERIES[metric, "Sistema"](month)
                yield {
                    "CodigoVariable": variable,
                    "Fecha": month.first.isoformat(),
                    "CodigoDuracion": "P1M",
                    "UnidadMedida": "COP/kWh",
                    "Valor": float(values[0, 0]),
                }

    def _losses(self, month: Month, days: Days) -> Iterator[Record]:
        """Two generators and the exporter; only the last versions are served, to keep the demo small."""
        _, lost = SERIES["PerdidasEner", "Sistema"](month)
        sent = month.exports.sum(axis=1)
        for i, day in days:
            if self._age(day) < _LOSSES_LAG:
                continue
            for version, settlement, error in self._settled(day)[-1:]:
                spread = error * (1.0 + 0.002 * (len(VERSIONS) - 1 - settlement))
                for (code, _name), share in zip(GENERATORS[:2], (0.04, 0.03), strict=False):
                    values = np.round(lost[i, 0] * (share * spread), 2).tolist()
                    yield from _hours(day, "PerdidasEnergia", "kWh", version, values, code)
                if sent[i].any():
                    values = np.round(sent[i] * (0.015 * spread), 2).tolist()
                    yield from _hours(day, "PerdidasDemandaTie", "kWh", version, values, TRADER[0])

    def _lines(self, month: Month, days: Days) -> Iterator[Record]:
        for _, day in days:
            for line in _lines():
                yield {"FechaPublicacion": day.isoformat(), "Fecha": day.isoformat(), **line}


def _hours(
    day: dt.date, variable: str, unit: str, version: str, values: list[float], agent: str = ""
) -> Iterator[Record]:
    fixed: Record = {"CodigoVariable": variable, "CodigoDuracion": "PT1H", "UnidadMedida": unit, "Version": version}
    if agent:
        fixed["CodigoSICAgente"] = agent
    stem = day.isoformat()
    for hour, value in enumerate(values):
        yield {**fixed, "FechaHora": f"{stem}T{hour:02d}:00:00", "Valor": f"{value:.5f}"}


@lru_cache(maxsize=1)
def _lines() -> list[Record]:
    """Return a synthetic network: it resembles the real one in its numbers, not in its lines."""
    draws = generator(0, "simem-lines")
    lengths = np.round([_LEVELS[n % 5][2] * float(np.exp(0.5 * draws.normal())) for n in range(_LINES)], 2)
    total = round(float(lengths.sum()), 2)
    lines: list[Record] = []
    for n, length in enumerate(lengths.tolist()):
        tension, system, _ = _LEVELS[n % len(_LEVELS)]
        level = round(sum(x for m, x in enumerate(lengths.tolist()) if _LEVELS[m % 5][0] == tension), 2)
        origin, end = draws.choice(len(_PLACES), size=2, replace=False).tolist()
        since = dt.date(int(draws.integers(1958, 2025)), 1, 1) + dt.timedelta(days=int(draws.integers(0, 365)))
        if draws.random() < 0.39:
            since = since.replace(month=1, day=1)
        lines.append(
            {
                "CodigoLinea": f"Lin{1000 + n}",
                "NombreLinea": f"{_PLACES[origin]} - {_PLACES[end]} (SIMULADA) {n + 1} {tension} kV",
                "CodigoOperador": f"Cia{5840 + n % 9}",
                "FPO": f"{since.isoformat()}T00:00:00",
                "Sistema": system,
                "Tension": tension,
                "Longitud": length,
                "ParticipacionLineaNivelTension": round(length / level, 6),
                "ParticipacionLineaTotal": round(length / total, 6),
                "LongitudNivelTension": level,
                "LongitudTotal": total,
                "CodigoSubAreaOperativa": f"Are{origin % 12 + 10}",
                "CodigoAreaOperativa": f"Are{origin % 5 + 1}",
                "CodigoSubestacionOrigen": f"Sub{origin + 100}",
                "CodigoAreaOperativaOrigen": f"Are{origin % 5 + 1}",
                "CodigoSubAreaOperativaOrigen": f"Are{origin % 12 + 10}",
                "CodigoSubestacionDestino": f"Sub{end + 100}" if n % 18 else None,
                "CodigoAreaOperativaDestino": f"Are{end % 5 + 1}" if n % 18 else None,
                "CodigoSubAreaOperativaDestino": f"Are{end % 12 + 10}" if n % 18 else None,
                "CodigoDuracion": "P1D",
            }
        )
    return lines
