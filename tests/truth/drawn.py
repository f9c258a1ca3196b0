"""Faults drawn over kinds, metrics, days and sizes; and extremes that are true.

A scene holds a draw of each group: series of different groups have nothing to do with each other, so that the portal
may live them in one night and what one does to another is seen.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.emulator.altered import Alteration
from pipeline.emulator.faults import FaultPlan
from tests.truth.cases import SORES, TONIGHT, whole_day
from tests.truth.house import DAY, FIRST, HISTORY, Published, declared, hours_of

#: Factors that an identity sees, and those that only the level of a series sees.
CLOSING: Final = (0.001, 0.24, 0.61, 0.8, 1.3, 1000.0)
LEVEL: Final = (0.001, 0.01, 100.0, 1000.0)
#: By group: series whose values may err, with the factors that somebody must see.
GROUPS: Final[Mapping[str, Mapping[str, Sequence[float]]]] = {
    "demand": {f"{m}/Sistema": CLOSING for m in ("DemaSIN", "DemaReal", "DemaCome", "Gene")},
    "reserves": {f"{m}/Sistema": CLOSING for m in ("VoluUtilDiarEner", "CapaUtilDiarEner", "PorcVoluUtilDiar")},
    "inflows": {f"{m}/Sistema": CLOSING for m in ("AporEner", "PorcApor")},
    "price": {"PrecBolsNaci/Sistema": (0.001, 20.0, 1000.0)},
    "versions": {"PB_Nal": (0.001, 1000.0)},
    "restrictions": {"RestSinAliv/Sistema": LEVEL, "RestAliv/Sistema": LEVEL},
    "contracts": {f"{m}/Sistema": LEVEL for m in ("PrecPromContRegu", "PrecPromContNoRegu", "PrecPromCont")},
    "scarcity": {"PrecEsca/Sistema": LEVEL},
    "emissions": {"factorEmisionCO2e/Sistema": LEVEL},
    "firm": {"ENFICC/Sistema": LEVEL, "RemuRealIndiv/Sistema": LEVEL},
    "support": {"RespComerAGC/Sistema": LEVEL},
    "weighted": {"PPPrecBolsNaci/Sistema": LEVEL},
}
#: Codes that may leave, or change their name, with the series and lists that carry them.
MEMBERS: Final = (
    ("VoluUtilDiarEner/Embalse", "Name", ("GUAVIO", "PENOL", "EL QUIMBO", "ESMERALDA")),
    ("AporEner/Rio", "Name", ("NARE", "GUAVIO")),
)
LISTED: Final = (
    ("ListadoRecursos/Sistema", ("GVIO", "PES1", "PRC3")),
    ("ListadoEmbalses/Sistema", ("GUAVIO", "ITUANGO")),
)


@dataclass(frozen=True)
class Draw:
    """One fault.

    Attributes:
        kind: What goes wrong.
        group: One of `GROUPS`, `members` or `lists`.
        text: As `emulator.altered` writes it.
    """

    kind: str
    group: str
    text: str

    @property
    def altered(self) -> tuple[Alteration, ...]:
        """The alterations."""
        return FaultPlan.parse(self.text).altered


def drawn(seed: int) -> list[Draw]:
    """Return a draw of every group."""
    rng = random.Random(seed)
    found = [_of_values(rng, group, rng.choice(sorted(series)), series) for group, series in GROUPS.items()]
    place, field, codes = rng.choice(MEMBERS)
    metric, code = place.partition("/")[0], rng.choice(codes)
    if metric not in {each.metric for draw in found for each in draw.altered}:
        day = whole_day(metric)
        renamed = f"put:{place}/{code}@{day - 40 * DAY}..{day}={field}={code} NUEVO"
        found.append(rng.choice([
            Draw("member leaves", "members", f"drop:{place}/{code}@{day}"),
            Draw("member renamed", "members", renamed),
        ]))  # fmt: skip
    listed, entries = rng.choice(LISTED)
    found.append(Draw("entry leaves a list", "lists", f"drop:{listed}/{rng.choice(entries)}"))
    return found


def _of_values(rng: random.Random, group: str, place: str, sizes: Mapping[str, Sequence[float]]) -> Draw:
    """Return a fault of one series: mostly of the values of a day, now and then of its shape."""
    metric = place.partition("/")[0]
    told = declared().metrics[metric]
    newest = whole_day(metric)
    day = newest - rng.choice((0, 0, 0, 1, 3, 6)) * DAY
    factor = rng.choice(sizes[place])
    simem = told.source == "simem"
    hourly = told.grain == "hourly"
    shapes = [
        Draw("field added", group, f"put:{place}=Version=TX2" if not simem else f"put:{place}=Nota=x"),
        Draw(
            "field renamed",
            group,
            f"field:{place}={'Valor=Dato' if simem else 'Hour07=Hour7' if hourly else 'Value=Valor'}",
        ),
    ]
    if simem:
        shapes.append(
            Draw(
                "unit", group, f"put:{place}@{day}..{TONIGHT}=UnidadMedida=COP/MWh,scale:{place}@{day}..{TONIGHT}=1000"
            )
        )
        shapes.append(Draw("variable renamed", group, f"put:{place}=CodigoVariable={metric}_2"))
    elif hourly:
        shapes.append(Draw("letter case", group, f"put:{place}=code=SISTEMA"))
    values = [
        Draw(f"day times {factor:g}", group, f"scale:{place}@{day}={factor}"),
        Draw(f"newest day times {factor:g}", group, f"scale:{place}@{newest}={factor}"),
        Draw("published day withdrawn", group, f"blank:{place}@{newest - 4 * DAY}"),
    ]
    if hourly:
        values.append(Draw(f"ten hours times {factor:g}", group, f"scale:{place}@{newest}T8-17={factor}"))
    return rng.choice(shapes) if rng.random() < 0.25 else rng.choice(values)


def plan(draws: Sequence[Draw]) -> str:
    """Return what the source does in the night of a scene."""
    return ",".join([SORES, *(draw.text for draw in draws)])


#: Every flow that a blackout or a quarantine moves alike.
FLOWS: Final = ("Gene", "ImpoEner", "ExpoEner", "DemaReal", "DemaCome", "DemaComeReg", "DemaComeNoReg", "DemaRealReg",
                "DemaRealNoReg", "PerdidasEner", "PerdidasEnerReg", "PerdidasEnerNoReg", "GeneIdea")  # fmt: skip
PRICES: Final = ("PrecBolsNaci", "PrecBolsNaciTX1", "PB_Nal", "PPPrecBolsNaci", "MaxPrecOferNal", "CostMargDesp")
BLACKOUT: Final = FIRST - 60 * DAY
QUARANTINE: Final = tuple(FIRST - n * DAY for n in range(45, 13, -1))
SCARCITY: Final = tuple(FIRST - n * DAY for n in range(80, 74, -1))
#: What must stay quotable of each, by headline series.
EXTREMES: Final[Mapping[str, tuple[Sequence[str], Sequence[dt.date]]]] = {
    "blackout of ten hours": (("demand", "generation", "demand_real", "demand_commercial"), (BLACKOUT,)),
    "four weeks at 75 %": (("demand", "generation", "demand_real", "demand_commercial"), QUARANTINE),
    "price of 2,822 for six days": (("price", "price_max", "price_weighted"), SCARCITY),
}


def extremes(clean: Published) -> str:
    """Return a source that shows true extremes from the first night on: every identity closes.

    Args:
        clean: A portal over the same simulated world, for the energy of the day of the blackout.
    """
    first, last, dark = QUARANTINE[0], QUARANTINE[-1], 0.0135
    told = [
        f"scale:{metric}@{first}..{last}=0.75" for metric in (*FLOWS, "DemaSIN", "DemaNoAtenProg", "DemaNoAtenNoProg")
    ]
    told += [f"scale:{metric}@{BLACKOUT}T8-17={dark}" for metric in FLOWS]
    hours = {metric: hours_of(clean, metric, "Sistema", BLACKOUT) for metric in ("Gene", "ImpoEner", "ExpoEner")}
    net = [hours["Gene"][h] + hours["ImpoEner"].get(h, 0) - hours["ExpoEner"].get(h, 0) for h in range(24)]
    left = sum(gwh * (dark if 8 <= hour <= 17 else 1) for hour, gwh in enumerate(net))
    (served,) = hours_of(clean, "DemaSIN", "Sistema", BLACKOUT).values()
    unserved = served - sum(net)
    told.append(f"scale:DemaSIN@{BLACKOUT}={(left + unserved) / served!r}")
    told += [f"set:{metric}@{SCARCITY[0]}..{SCARCITY[-1]}=2822" for metric in PRICES]
    return ",".join(told)


def withheld(portal: Published, quoted: Mapping[tuple[str, dt.date], float]) -> Iterator[str]:
    """Yield the true extremes that a portal does not let be quoted."""
    for name, (series, days) in EXTREMES.items():
        for one in series:
            missing = [day for day in days if (one, day) not in quoted and FIRST - day < HISTORY * DAY]
            if missing:
                yield f"{name}: {one} withheld on {len(missing)} of {len(days)} days, first {missing[0]}"
