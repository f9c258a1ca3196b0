"""The twenty inputs of the issue: what the source does on which night, and what is right after it.

Cases whose series have nothing to do with each other share a scene: the portal lives them in one night.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.emulator.altered import Alteration
from pipeline.emulator.faults import FaultPlan
from tests.truth.house import DAY, FIRST, Published, declared
from tests.truth.judge import Truth

TONIGHT: Final = FIRST + DAY
#: What the base already has wrong: a day of March that was never completed (D1).
OLD: Final = dt.date(2026, 3, 10)
SORES: Final = f"scale:DemaSIN@{OLD}=0.24"
NEVER: Final = frozenset({("demand", OLD), ("DemaSIN/Sistema/Sistema", OLD)})


def whole_day(metric: str, tonight: dt.date = TONIGHT) -> dt.date:
    """Return the newest day of a metric that is whole: the two before it are half built where XM has it so."""
    told = declared().metrics[metric]
    return tonight - (told.lag_days + 2 * told.level_check) * DAY


PRICE: Final = whole_day("PrecBolsNaci")
REAL: Final = whole_day("DemaReal")
WATER: Final = whole_day("VoluUtilDiarEner")
TAKEN: Final = PRICE - 3 * DAY  # a spike that is taken back with blanks
#: A name that an agent had before, and one that it has had of late.
FORMER, LATER = "EMPRESAS  DE ANTAN~O S.A. E.S.P.", "COMPAN~IA  RENOVADA S.A. E.S.P."
_ALL_HOURS: Final = ",".join(f"field:MaxPrecOferNal=Hour0{n}=Hour{n}" for n in range(1, 10))
_RENAMED: Final = ",".join(
    f"put:{metric}/Embalse/AMANI@{FIRST - 45 * DAY}..{FIRST + 60 * DAY}=Name=AMANI NUEVO"
    for metric in ("VoluUtilDiarEner", "CapaUtilDiarEner", "PorcVoluUtilDiar")
)
#: Each night of a scene: days after the base's, and what the source does.
SCENES: Final[Mapping[str, Sequence[tuple[int, str]]]] = {
    "clean": ((1, SORES),),
    "night": (
        (1, ",".join([
            SORES,
            f"scale:DemaReal/Sistema@{REAL}=0.8",
            f"drop:VoluUtilDiarEner/Embalse/AGREGADO BOGOTA@{WATER}",
            f"scale:VoluUtilDiarEner/Sistema@{WATER}=0.7277",  # the country's total without it
            f"scale:AporEner@{WATER}=0.001",
            f"set:PrecBolsNaci@{PRICE}=3000",
            "drop:ListadoRecursos/Sistema/GVIO",
            "put:DemaRealReg/Sistema=Version=TX2",
            f"scale:PB_Nal@{PRICE - 8 * DAY}..{FIRST + 9 * DAY}=0.25",  # within the bounds of a price
            f"put:PB_Nal@{PRICE - 8 * DAY}..{FIRST + 9 * DAY}=UnidadMedida=USD/MWh",
            "put:PE=CodigoVariable=PrecioEscasezNuevo",
            "put:DemaCome/Sistema=code=SISTEMA",
            f"copy:ListadoAgentes/Sistema/EPMG=Name={FORMER}",
            f"put:ListadoAgentes/Sistema/{FORMER}=OperStartdate=1990-01-01T00:00:00",
            f"copy:ListadoAgentes/Sistema/ISGG=Name={LATER}",
            f"put:ListadoAgentes/Sistema/{LATER}=OperStartdate=2026-04-01T00:00:00",
        ])),
    ),
    "clean weeks": ((33, SORES),),
    "weeks": tuple(
        (night, ",".join([SORES, _ALL_HOURS, "reopen:PrecEscaAct", *told]))
        for night, told in (
            (1, [f"set:PrecBolsNaci@{PRICE}=3000", f"set:PrecBolsNaci@{TAKEN}=3000"]),
            (18, [f"blank:PrecBolsNaci@{TAKEN}", _RENAMED]),
            (33, [f"blank:PrecBolsNaci@{TAKEN}", _RENAMED]),
        )
    ),
}  # fmt: skip
TWINS: Final[Mapping[str, str]] = {"night": "clean", "weeks": "clean weeks"}


def altered(scene: str) -> list[Alteration]:
    """Return all that goes wrong in a scene, but for what the base has."""
    known = set(FaultPlan.parse(SORES).altered)
    found = [each for _, told in SCENES[scene] for each in FaultPlan.parse(told).altered]
    return [each for each in dict.fromkeys(found) if each not in known]


@dataclass(frozen=True)
class Scene:
    """What a case looks at: the portal after its nights, what is right, and the base."""

    name: str
    portal: Published
    truth: Truth
    base: Published


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        number: In the list of the issue.
        kind: What is wrong, in a few words.
        scene: One of `SCENES`.
        faults: Returns what is not as it should be; nothing when it is right.
    """

    number: str
    kind: str
    scene: str
    faults: Callable[[Scene], list[str]]
