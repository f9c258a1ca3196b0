"""What XM promises for each series: the rows of its catalogue, and the key fields of its replies.

Key fields of hourly replies are the identity that the catalogue declares, read from the headers of replies kept by
public users of the API. A row may carry more than one (`Name` and `code` of a plant and its fuel); joined in their
order they give the lake's code (`TBST|GAS`, `GAS|TBST` for `ConsCombustibleMBTU`, `ENDC|REGULADO`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.catalog.schema import Grain, Metric

ENDPOINTS: dict[Grain, str] = {"hourly": "hourly", "daily": "daily", "monthly": "monthly", "list": "lists"}
_TYPES: dict[Grain, str] = {
    "hourly": "HourlyEntities",
    "daily": "DailyEntities",
    "monthly": "MonthlyEntities",
    "list": "ListsEntities",
}
_FILTERS = {
    "Recurso": "Codigo Submercado Generación",
    "RecursoComb": "Codigo Submercado Generación",
    "Agente": "Codigo Agente",
    "Embalse": "Nombre Embalse",
    "Rio": "Nombre Río",
}


@dataclass(frozen=True, slots=True)
class Contract:
    """One row of XM's catalogue, with what the emulator must know to answer it.

    Attributes:
        identity: Names of the fields that identify a row of an hourly reply, in XM's order.
        unit: Unit as XM's catalogue prints it.
        plausible: Least and most value of a row [XM's unit].
    """

    metric: str
    entity: str
    title: str
    definition: str
    grain: Grain
    unit: str
    max_days: int
    lag_days: int
    level_check: bool
    starts: dt.date | None
    ends: dt.date | None
    plausible: tuple[float, float]
    identity: tuple[str, ...] = ("code",)

    @property
    def keys(self) -> tuple[str, ...]:
        """Key fields of a row, in the order of XM's replies; none for `Sistema` in flat ones."""
        if self.grain == "hourly":
            return self.identity
        if self.entity == "Sistema":
            return ()
        return ("Code",) if self.entity in {"Recurso", "Agente"} else ("Name",)

    @property
    def name(self) -> str:
        """Name of the series as XM prints it."""
        return f"{self.title} por {self.entity}"

    def listing(self) -> dict[str, object]:
        """Return the row of ListadoMetricas: XM's own field names, `ListsEntities` and `/list` included."""
        path = "list" if self.grain == "list" else ENDPOINTS[self.grain]
        return {
            "MetricId": self.metric,
            "MetricName": self.name,
            "Entity": self.entity,
            "MaxDays": self.max_days,
            "Type": _TYPES[self.grain],
            "Url": f"https://servapibi.xm.com.co/{path}",
            "Filter": _FILTERS.get(self.entity, "No aplica"),
            "MetricUnits": self.unit,
            "MetricDescription": self.definition[:200],
        }


def contracts(metrics: Iterable[Metric]) -> dict[tuple[str, str], Contract]:
    """Return the contract of every metric × entity pair, in catalogue order."""
    return {
        (metric.id, entity): Contract(
            metric=metric.id,
            entity=entity,
            title=metric.title,
            definition=" ".join(metric.definition.split()),
            grain=metric.grain,
            unit=metric.source_label if metric.source_label is not None else metric.unit.source,
            max_days=metric.max_days,
            lag_days=metric.lag_days,
            level_check=metric.level_check,
            starts=metric.starts,
            ends=metric.ends,
            plausible=_plausible(metric, entity),
            identity=metric.identity_of(entity),
        )
        for metric in metrics
        for entity in metric.entities
    }


def _plausible(metric: Metric, entity: str) -> tuple[float, float]:
    low, high = metric.bounds_of(entity) or (0.0, 100.0)
    return low / metric.unit.factor, high / metric.unit.factor
