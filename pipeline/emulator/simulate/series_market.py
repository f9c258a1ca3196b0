"""Spot trades, contracts and trade with the neighbours."""

from __future__ import annotations

import numpy as np

from pipeline.emulator.simulate.market import AGENTS, BUYERS, FREE, REGULATED, SELLERS, split
from pipeline.emulator.simulate.month import HOURS, Month, cents
from pipeline.emulator.simulate.registry import Rows, coded, national, present, series, system
from pipeline.emulator.simulate.rng import Floats
from pipeline.emulator.simulate.roster import LINKS, TRADER
from pipeline.emulator.simulate.series_demand import market_of

_LINK_NAMES = [name for name, _ in LINKS]
_EXPORTERS = [SELLERS.index(code) for code in ("ENDG", "EPMG", "ISGG", "CHVG", "EPSG")]
_SICEP_SHARE = 0.44


def _add_total(metric: str, values: str) -> None:
    """Register a metric by agent and its national total, blanks for zeros."""

    def by_agent(month: Month) -> Rows:
        return coded(AGENTS, present(getattr(market_of(month), values)))

    def total(month: Month) -> Rows:
        return system(cents(np.nansum(by_agent(month)[1], axis=1)))

    series(metric, "Agente")(by_agent)
    series(metric, "Sistema")(total)


for _metric, _values in (
    ("CompBolsNaciEner", "spot_bought"),
    ("VentBolsNaciEner", "spot_sold"),
    ("CompContEner", "bought"),
    ("VentContEner", "sold"),
):
    _add_total(_metric, _values)


def _contracts(month: Month, market: int) -> Floats:
    """Contract purchases for one market (days, agents, 24); those of the generators count as not regulated."""
    market_values = market_of(month)
    resold = market_values.resold if market == FREE else np.zeros_like(market_values.resold)
    return np.concatenate([market_values.contracts[:, :, market], resold], axis=1)


def _add_contracts(metric: str, market: int) -> None:
    def by_agent(month: Month) -> Rows:
        return coded(AGENTS, present(_contracts(month, market)))

    def total(month: Month) -> Rows:
        return system(cents(_contracts(month, market).sum(axis=1)))

    series(metric, "Agente")(by_agent)
    series(metric, "Sistema")(total)


_add_contracts("CompContEnerReg", REGULATED)
_add_contracts("CompContEnerNoReg", FREE)


def _sicep_bought(month: Month) -> Floats:
    """Purchases through the public tender (days, regulated retailers, 24)."""
    return cents(_SICEP_SHARE * market_of(month).contracts[:, :, REGULATED])


@series("CompContEnerSICEP", "Agente")
def _tender_buyers(month: Month) -> Rows:
    return [(code, "REGULADO") for code in BUYERS], present(_sicep_bought(month))


@series("VentContEnerSICEP", "Agente")
def _tender_sellers(month: Month) -> Rows:
    weights = market_of(month).generation.mean(axis=2, keepdims=True) + 1.0
    total = cents(_sicep_bought(month).sum(axis=1))
    return [(code, "REGULADO") for code in SELLERS], split(total, weights)


def _tender(month: Month) -> Rows:
    return [("Sistema", "REGULADO")], cents(_sicep_bought(month).sum(axis=1))[:, None]


series("CompContEnerSICEP", "Sistema")(_tender)
series("VentContEnerSICEP", "Sistema")(_tender)


def contract_price(month: Month, market: int) -> Floats:
    """Mean price of contracts [COP/kWh] (days, 24): slow, and regulated a little dearer."""
    level = np.interp(month.year, [2000, 2010, 2015, 2019, 2022, 2024.3, 2026.6, 2030],
                      [62, 118, 146, 200, 262, 303, 332, 380])  # fmt: skip
    side = 1.012 if market == REGULATED else 0.975
    shape = 1.0 + 0.010 * np.cos((np.arange(HOURS) - 19.0) / HOURS * 2 * np.pi)
    return np.round(level * side * shape * np.exp(0.006 * month.normal(f"contract-{market}")[:, None]), 5)


@series("PrecPromContRegu", "Sistema")
def _regulated_price(month: Month) -> Rows:
    return system(contract_price(month, REGULATED))


@series("PrecPromContNoRegu", "Sistema")
def _free_price(month: Month) -> Rows:
    return system(contract_price(month, FREE))


def _contract_money(month: Month) -> Floats:
    parts = [_contracts(month, m).sum(axis=1) * contract_price(month, m) for m in (REGULATED, FREE)]
    return cents(parts[0] + parts[1])


@series("CompContMoneda", "Sistema")
def _contract_total(month: Month) -> Rows:
    return system(_contract_money(month))


@series("PrecPromCont", "Sistema")
def _contract_mean(month: Month) -> Rows:
    energy = market_of(month).bought.sum(axis=(1, 2))
    return national(np.round(_contract_money(month).sum(axis=1) / energy, 5))


def _spot_money(month: Month) -> Rows:
    energy = cents(market_of(month).spot_bought.sum(axis=1))
    return system(cents(energy * month.price))


series("CompBolsaNacMoneda", "Sistema")(_spot_money)
series("VentaBolsNaciMoneda", "Sistema")(_spot_money)


# --- trade with the neighbours -------------------------------------------------------------------


def _links(values: Floats) -> Rows:
    return coded(_LINK_NAMES, present(values))


def _export_price(month: Month) -> Floats:
    """Price of exports [COP/kWh] (days, 24): dearer than at home, congestion rents included."""
    return month.price * (1.9 + 0.2 * np.tanh(month.normal("export-price")))[:, None]


def _import_price(month: Month) -> Floats:
    return np.minimum(month.price * 0.85, 620.0)


@series("ExpoEner", "Enlace")
def _exports(month: Month) -> Rows:
    return _links(month.exports)


@series("ImpoEner", "Enlace")
def _imports(month: Month) -> Rows:
    return _links(month.imports)


@series("ExpoEner", "Sistema")
def _export(month: Month) -> Rows:
    return system(present(month.export))


@series("ImpoEner", "Sistema")
def _import(month: Month) -> Rows:
    return system(present(month.import_))


@series("ExpoMoneda", "Enlace")
def _export_links(month: Month) -> Rows:
    return _links(cents(month.exports * _export_price(month)[:, None, :]))


@series("ImpoMoneda", "Enlace")
def _import_links(month: Month) -> Rows:
    return _links(cents(month.imports * _import_price(month)[:, None, :]))


def _export_money(month: Month) -> Floats:
    return cents(cents(month.exports * _export_price(month)[:, None, :]).sum(axis=1))


def _import_money(month: Month) -> Floats:
    return cents(cents(month.imports * _import_price(month)[:, None, :]).sum(axis=1))


@series("ExpoMoneda", "Sistema")
def _export_total(month: Month) -> Rows:
    return system(present(_export_money(month)))


@series("ImportMonedaCOP", "Sistema")
def _import_total(month: Month) -> Rows:
    return system(present(_import_money(month)))


@series("ExportMonedaUSD", "Sistema")
def _export_dollars(month: Month) -> Rows:
    return system(present(cents(_export_money(month) / month.world.dollar[month.rows][:, None])))


@series("ImportMonedaUSD", "Sistema")
def _import_dollars(month: Month) -> Rows:
    return system(present(cents(_import_money(month) / month.world.dollar[month.rows][:, None])))


def _international(month: Month) -> Floats:
    """Exports outside the short-term scheme [kWh]: bilateral deals, one day in four (days, 24)."""
    deal = (month.export.sum(axis=1) > 3e5) & (month.uniform("deal") < 0.25)
    return cents(month.export * (deal * 0.08)[:, None])


def _scheme(month: Month) -> Floats:
    """Exports of the short-term scheme (TIE) [kWh] (days, 24)."""
    return cents(month.export - _international(month))


def _sales(month: Month, total: Floats) -> Floats:
    weights = market_of(month).generation[:, _EXPORTERS].mean(axis=2, keepdims=True) + 1.0
    return split(total, weights)


def _add_trade(name: str, energy: str) -> None:
    """Register purchases and sales of one kind of trade, energy and money, national and by agent."""
    totals = {"TIE": _scheme, "Int": _international}[energy]
    sellers = [SELLERS[i] for i in _EXPORTERS]

    def bought(month: Month) -> Rows:
        return coded([TRADER[0]], present(totals(month))[:, None, :])

    def sold(month: Month) -> Rows:
        return coded(sellers, present(_sales(month, totals(month))))

    def total(month: Month) -> Rows:
        return system(present(totals(month)))

    def paid(month: Month) -> Rows:
        return coded([TRADER[0]], present(_money(month))[:, None, :])

    def earned(month: Month) -> Rows:
        return coded(sellers, present(_sales(month, _money(month))))

    def money(month: Month) -> Rows:
        return system(present(_money(month)))

    def _money(month: Month) -> Floats:
        return cents(totals(month) * month.price)

    for side, by_energy, by_money in (("Comp", bought, paid), ("Vent", sold, earned)):
        series(f"{side}Bolsa{name}Ener", "Agente")(by_energy)
        series(f"{side}Bolsa{name}Ener", "Sistema")(total)
        series(f"{side}Bolsa{name}Moneda", "Agente")(by_money)
        series(f"{side}Bolsa{name}Moneda", "Sistema")(money)


_add_trade("TIE", "TIE")
_add_trade("Int", "Int")


def _balance(month: Month, share: float) -> Rows:
    return system(present(cents((_export_money(month) - _scheme(month) * month.price) * share)))


@series("SnTIEMerito", "Sistema")
def _merit(month: Month) -> Rows:
    return _balance(month, 0.7)


@series("SnTIEFueraMerito", "Sistema")
def _no_merit(month: Month) -> Rows:
    return _balance(month, 0.3)
