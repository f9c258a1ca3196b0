"""The doctor on a source that is not what we believe: each change is found and named, and none where there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from pipeline.catalog.load import load_catalog
from pipeline.check.contact import Heard, ask_all, differences, questions
from pipeline.core.settings import load_settings
from pipeline.emulator.altered import kept_to
from pipeline.emulator.faults import FaultPlan
from pipeline.emulator.server import Emulator, build
from tests.bench.table import Line, exactly, told
from tests.emulator.conftest import serving

TODAY: Final = dt.date(2026, 5, 20)
#: How the source is changed, and what the report must then say of it, in one line.
CHANGES: Final[Mapping[str, str]] = {
    "gone:monthly": "xm months: answer: data → 404",
    "gone:detalle-datos-publicos": "simem detail of a dataset: answer: data → 404",
    "word:hourly=Items=Rows": "xm hours: field Items: list → gone",
    "word:hourly=HourlyEntities=Hours": "field Items[].HourlyEntities: list → gone",
    "field:PrecBolsNaci=Hour01=Hour1": "field Items[].HourlyEntities[].Values.Hour01",
    "field:VoluUtilDiarEner/Embalse=Name=Embalse": "xm days by reservoir: field Items[].DailyEntities[].Name",
    "number:PrecBolsNaci": "Values.Hour01 and 23 more: number in quotes → number",
    "put:ListadoRecursos=Activo=si": "xm list of plants: field Items[].ListEntities[].Values.Activo: absent → text",
    "drop:ListadoMetricas//CERE": "xm list of metrics: CERE/Sistema removed",
    "put:ListadoMetricas//DemaSIN=MetricUnits=MWh": "xm list of metrics: DemaSIN/Sistema unit: kWh → MWh",
    "put:ListadoMetricas//CERE=Type=DailyEntities": "xm list of metrics: CERE/Sistema type: monthly → daily",
    "scale:DemaSIN=0.001": "xm days: level of the values",
    "drop:DemaSIN@2026-05-01..2026-05-20": "xm days: newest day: at most 6 days ago → 2026-04-30",
    "limit:PrecBolsNaci=7": "xm hours: answer: data → 400 range_too_long",
    "limit:PrecBolsNaci=366": "xm hours, a day too many: answer: 400 range_too_long → data",
    "put:PB_Nal=UnidadMedida=COP/MWh": "PB_Nal COP/kWh → PB_Nal COP/MWh",
    "put:PB_Nal=Version=TXZ": "simem prices in versions: Version: - → TXZ",
    "put:PB_Nal=CodigoVariable=PB_Nacional": "PB_Nal COP/kWh → PB_Nacional COP/kWh",
    "field:VolumenUtilDiarioEnergia=CapacidadUtilEnergia=Capacidad": "field [].CapacidadUtilEnergia: number → gone",
    "drop:24914F": "simem calendar of versions: document: entries → none",
    "word:detalle-datos-publicos=decimal=double": "nameColumn dataType: Valor decimal → Valor double",
    "word:datos-publicos=B0E933=B0E934": "simem datasets: idDataset: B0E933 → -",
}


def bench_doctor() -> list[Line]:
    """Ask an unchanged source, then one changed in each way."""
    catalog, source = load_catalog(), build("simulated", TODAY)

    def asked(*plans: str) -> dict[str, Heard]:
        with _changed(source, plans) as url:
            settings = load_settings(xm_base_url=url, simem_base_url=url, xm_backoff=0.001)
            return ask_all(settings, questions(settings, catalog, TODAY))

    ours = asked()
    same = differences(ours, asked(), catalog, TODAY)
    missed = []
    for plan, wanted in CHANGES.items():
        found = [str(each) for each in differences(ours, asked(plan), catalog, TODAY)]
        missed += [plan] if not any(wanted in line for line in found) else []
    return [
        told("questions asked", len(ours)),
        exactly("differences from an unchanged source", len(same), 0),
        told("ways in which the source was changed", len(CHANGES)),
        exactly("changes that the doctor does not find and name", len(missed), 0),
        *(told(f"not found: {plan}", 0) for plan in missed),
    ]


@contextmanager
def _changed(source: Emulator, plans: tuple[str, ...]) -> Iterator[str]:
    plan = FaultPlan.parse(",".join(plans))
    with serving(replace(source, plan=plan, catalog=kept_to(source.catalog, plan.altered))) as url:
        yield url
