"""The policy of each forecast series: what is forecast, by which models, and which one is shown.

Every model of a roster is run and scored; the policy only decides which one the portal shows, and the
backtest may overrule it (see :func:`pipeline.model.run.run`). A change here needs a paired test over at
least 24 origins, or a simpler model at equal score.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BASELINE = "seasonal_naive"
"""The model that every published one must beat or equal."""

Transform = Literal["log", "levels"]


@dataclass(frozen=True)
class Policy:
    """How one series is forecast.

    Attributes:
        series: Identifier of the forecast series.
        metric: XM's code of the metric.
        entity: Entity of the metric, XM's spelling.
        unit: Stored unit.
        transform: Space in which models work; ``log`` forbids negative forecasts.
        roster: Models to fit, in the order of the tables.
        blends: Equal-weight means of members of the roster (geometric means under ``log``).
        published: Models to show, best first; the first that passes its backtest is shown.
        engine: Fast model whose dense errors calibrate the bands of the slow ones.
        aci_rate: Learning rate of the adaptive bands.
        horizon: Days ahead.
        level_check: Whether days far below their recent level are taken for half-built.
        code: Code within the entity.
    """

    series: str
    metric: str
    entity: str
    unit: str
    transform: Transform
    roster: tuple[str, ...]
    published: tuple[str, ...]
    engine: str
    blends: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aci_rate: float = 0.02
    horizon: int = 30
    level_check: bool = False
    code: str = "Sistema"

    @property
    def models(self) -> tuple[str, ...]:
        """Roster and blends, in the order of the tables."""
        return (*self.roster, *self.blends)


POLICIES: tuple[Policy, ...] = (
    Policy(
        series="demand_daily",
        metric="DemaSIN",
        entity="Sistema",
        unit="GWh",
        transform="log",
        roster=(BASELINE, "naive", "prophet", "prophet_calendar", "sarima", "sarima_calendar", "dhr_ar"),
        blends={"combined": ("prophet_calendar", "sarima_calendar", "dhr_ar")},
        published=("combined", "dhr_ar"),
        engine="dhr_ar",
        aci_rate=0.01,
        level_check=True,
    ),
    Policy(
        series="price_daily",
        metric="PrecBolsNaci",
        entity="Sistema",
        unit="COP/kWh",
        transform="log",
        roster=(BASELINE, "naive", "prophet", "sarima", "theta", "mean_reversion"),
        blends={"theta_reversion": ("theta", "mean_reversion")},
        published=("theta_reversion", "theta"),
        engine="theta_reversion",
        aci_rate=0.03,
    ),
)
"""Declared forecast series."""
