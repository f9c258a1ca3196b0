"""Who bought and sold what: demand, losses, contracts and spot trades of every agent in one month.

The net position of an agent (demand and contract sales against contract purchases, generation and imports) is
what it buys from or sells to the spot market; the sum over agents is zero, so purchases equal sales each hour.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from pipeline.emulator.simulate.month import HOURS, Month, cents
from pipeline.emulator.simulate.rng import Floats
from pipeline.emulator.simulate.roster import GENERATORS, PLANTS, RETAILERS

BUYERS = tuple(code for code, *_ in RETAILERS)
SELLERS = tuple(code for code, _ in GENERATORS)
AGENTS = BUYERS + SELLERS
REGULATED, FREE = 0, 1
_REGULATED_SHARE = 0.68
_DAY = np.array(
    [.80, .77, .75, .75, .80, .90, .93, .96, 1.0, 1.02, 1.05, 1.08, 1.07, 1.06, 1.07, 1.06, 1.05, 1.07, 1.17, 1.19,
     1.16, 1.09, .98, .88]
)  # fmt: skip


def split(total: Floats, weights: Floats) -> Floats:
    """Split totals among parts so that the rounded parts add up exactly.

    Args:
        total: Rounded totals, shape (days, 24).
        weights: Positive weights, shape (days, parts, 24) or broadcastable to it.

    Returns:
        Parts rounded to 0.01, shape (days, parts, 24); the heaviest part of each day takes the rounding.
    """
    weights = np.broadcast_to(weights, (len(total), weights.shape[-2], HOURS))
    parts = cents(total[:, None, :] * weights / weights.sum(axis=1)[:, None, :])
    heaviest = np.arange(len(total)), np.argmax(weights.sum(axis=2), axis=1)
    parts[heaviest] = cents(parts[heaviest] + (total - parts.sum(axis=1)))
    return parts


class Market:
    """Trades of one month, by agent.

    Args:
        month: The hours of the system.
    """

    def __init__(self, month: Month) -> None:
        self.month = month
        self._weights = np.array([[regulated, free] for _, _, regulated, free in RETAILERS])

    def _wobble(self, stream: str, parts: int, size: float) -> Floats:
        daily = self.month.normal(f"{stream}-day", parts)[:, :, None]
        return np.exp(size * (daily + 0.5 * self.month.normal(f"{stream}-hour", parts, HOURS)))

    @cached_property
    def commercial(self) -> Floats:
        """Commercial demand of the system [kWh]: generation plus imports (days, 24)."""
        return cents(self.month.total + self.month.import_)

    @cached_property
    def losses_total(self) -> Floats:
        """Losses of the national grid [kWh] (days, 24)."""
        shape = 1.42 + 0.18 * np.cos((np.arange(HOURS) - 2.0) / HOURS * 2 * np.pi)
        rate = shape / 100.0 * np.exp(0.17 * self.month.normal("losses"))[:, None]
        # A wrong reading leaves more energy out than in, some hours of a year: XM publishes it as it comes.
        wrong = self.month.uniform("readings", HOURS) < 0.0008
        return cents(self.commercial * np.where(wrong, -0.3 * rate, rate))

    @cached_property
    def by_market(self) -> Floats:
        """Commercial demand, regulated and free [kWh] (days, 2, 24)."""
        swing = np.stack([_REGULATED_SHARE * _DAY, np.full(HOURS, 1.0 - _REGULATED_SHARE)])
        return split(self.commercial, swing * self._wobble("market", 2, 0.01))

    @cached_property
    def demand(self) -> Floats:
        """Commercial demand of each retailer and market [kWh] (days, retailers, 2, 24)."""
        parts = []
        for market in (REGULATED, FREE):
            weights = self._weights[:, market][:, None] * self._wobble(f"demand-{market}", len(BUYERS), 0.02)
            parts.append(split(self.by_market[:, market], weights))
        return np.stack(parts, axis=2)

    @cached_property
    def losses(self) -> Floats:
        """Losses allotted to each retailer and market [kWh] (days, retailers, 2, 24)."""
        flat = self.demand.reshape(len(self.demand), -1, HOURS)
        return split(self.losses_total, flat).reshape(self.demand.shape)

    @cached_property
    def real(self) -> Floats:
        """Demand of the users of each retailer and market [kWh] (days, retailers, 2, 24)."""
        return cents(self.demand - self.losses)

    @cached_property
    def contracts(self) -> Floats:
        """Contract purchases of each retailer and market [kWh] (days, retailers, 2, 24)."""
        cover = np.array([0.84, 0.97])[None, None, :, None]
        steady = self.demand.mean(axis=3, keepdims=True)
        bought = 0.55 * self.demand + 0.45 * steady
        spread = np.exp(0.03 * self.month.normal("cover", len(BUYERS), 2))[:, :, :, None]
        return cents(bought * cover * spread)

    @cached_property
    def resold(self) -> Floats:
        """Contract purchases of generators, who back each other up [kWh] (days, generators, 24)."""
        return cents(self.generation * 0.24 * self._wobble("resold", len(SELLERS), 0.1))

    @cached_property
    def bought(self) -> Floats:
        """Contract purchases of every agent [kWh] (days, agents, 24)."""
        return np.concatenate([cents(self.contracts.sum(axis=2)), self.resold], axis=1)

    @cached_property
    def sold(self) -> Floats:
        """Contract sales of every agent [kWh] (days, agents, 24); as much as is bought."""
        system = self.generation.sum(axis=1, keepdims=True)
        output = (self.generation + 0.04 * system).mean(axis=2, keepdims=True)
        traders = 0.02 * self.bought[:, : len(BUYERS)]
        weights = np.concatenate([traders, np.broadcast_to(output, self.generation.shape)], axis=1)
        return split(cents(self.bought.sum(axis=1)), weights + 1.0)

    @cached_property
    def generation(self) -> Floats:
        """Generation of every generator [kWh] (days, generators, 24)."""
        owner = np.array([[plant.owner == code for plant in PLANTS] for code in SELLERS], dtype=float)
        return cents(np.einsum("gp,dph->dgh", owner, self.month.generation))

    @cached_property
    def net(self) -> Floats:
        """What each agent lacks (positive) or has left over [kWh] (days, agents, 24); adds up to zero."""
        need = np.concatenate([cents(self.demand.sum(axis=2)), -self.generation], axis=1)
        need[:, SELLERS.index("ISGG") + len(BUYERS)] -= self.month.import_
        return cents(need + self.sold - self.bought)

    @cached_property
    def spot_bought(self) -> Floats:
        """Spot purchases of every agent [kWh] (days, agents, 24)."""
        return np.maximum(self.net, 0.0)

    @cached_property
    def spot_sold(self) -> Floats:
        """Spot sales of every agent [kWh] (days, agents, 24)."""
        return np.maximum(-self.net, 0.0)
