"""The traps of XM's data, each asserted by name."""

from __future__ import annotations

import datetime as dt

import pytest

UNITS = {
    # fractions under the label %
    "PorcApor": ("1", "%", 100.0, "%"),
    "PorcVoluUtilDiar": ("1", "%", 100.0, "%"),
    # power against energy
    "DemaMaxPot": ("kW", "MW", 1e-3, None),
    "DispoReal": ("kW", "MW", 1e-3, None),
    "DispoCome": ("kW", "MW", 1e-3, None),
    "CapEfecNeta": ("kW", "MW", 1e-3, None),
    "DispoDeclarada": ("kWh", "GWh", 1e-6, None),
    # labels that the values contradict
    "ImportMonedaUSD": ("USD", "kUSD", 1e-3, "COP"),
    "ExportMonedaUSD": ("USD", "kUSD", 1e-3, "COP"),
    "EmisionesCO2Eq": ("t", "t", 1.0, "gCO2e/kWh"),
    "PrecCargConf": ("COP/kWh", "COP/kWh", 1.0, "USD/kWh"),
    "ComContRespEner": ("kWh", "GWh", 1e-6, "COP"),
    "VentContRespEner": ("kWh", "GWh", 1e-6, "COP"),
    "TempPanel": ("°C", "°C", 1.0, ""),
    # cubic metres, whatever the label said
    "DescMasa": ("m3", "hm3", 1e-6, None),
    "VolTurbMasa": ("m3", "hm3", 1e-6, None),
    # money and counts
    "RestAliv": ("COP", "MCOP", 1e-6, None),
    "DesvMoneda": ("COP", "MCOP", 1e-6, None),
    "IndRecMargina": ("#", "#", 1.0, None),
    "factorEmisionCO2e": ("gCO2e/kWh", "gCO2e/kWh", 1.0, None),
    "ConsCombustibleMBTU": ("MBTU", "MBTU", 1.0, None),
}


@pytest.mark.parametrize(("metric_id", "expected"), UNITS.items())
def test_units_are_those_of_the_values(catalog, metric_id, expected):
    """The source unit is what the values are; XM's label is kept beside it when it differs."""
    metric = catalog.metrics[metric_id]
    source, stored, factor, label = expected
    assert (metric.unit.source, metric.unit.stored, metric.source_label) == (source, stored, label)
    assert metric.unit.factor == pytest.approx(factor)


@pytest.mark.parametrize("metric_id", [name for name, unit in UNITS.items() if unit[3] is not None])
def test_contradicted_labels_are_told_to_the_reader(catalog, metric_id):
    """A unit that differs from XM's label is explained in the note and kept in the register."""
    assert catalog.metrics[metric_id].note
    registered = {name for fault in catalog.corrections for name in fault.metrics}
    assert metric_id in registered


@pytest.mark.parametrize(
    ("metric_id", "starts", "ends"),
    [
        ("PrecEscaAct", dt.date(2017, 12, 1), dt.date(2025, 2, 28)),
        ("PrecEscaMarg", dt.date(2017, 12, 1), dt.date(2025, 2, 28)),
        ("PrecEscaSup", dt.date(2025, 3, 1), None),
        ("PrecEscaInf", dt.date(2025, 3, 1), None),
        ("PrecEsca", None, None),
    ],
)
def test_series_that_begin_or_end(catalog, metric_id, starts, ends):
    """Scarcity prices changed on 1 March 2025; the old series is not late, it is over."""
    assert (catalog.metrics[metric_id].starts, catalog.metrics[metric_id].ends) == (starts, ends)


def test_subarea_is_spelt_two_ways(catalog):
    """XM asks `SubArea` for reconciliation costs and `Subarea` for unserved demand."""
    for metric_id in ("CostRecPos", "CostRecNeg"):
        assert catalog.metrics[metric_id].entities == ("Area", "SubArea")
    for metric_id in ("DemaNoAtenProg", "DemaNoAtenNoProg"):
        assert catalog.metrics[metric_id].entities == ("Area", "Subarea")


@pytest.mark.parametrize(
    "metric_id",
    [
        "PerdidasEner",
        "PerdidasEnerReg",
        "PerdidasEnerNoReg",
        "RestAliv",
        "RestSinAliv",
        "DesvEner",
        "DesvMoneda",
        "DesvGenVariableDesp",
        "DesvGenVariableRedesp",
        "SnTIEMerito",
        "SnTIEFueraMerito",
    ],
)
def test_negative_values_are_legal(catalog, metric_id):
    """Losses, constraints, deviations and TIE balances may be negative."""
    metric = catalog.metrics[metric_id]
    for entity in metric.entities:
        assert metric.bounds_of(entity)[0] < 0


@pytest.mark.parametrize(
    "metric_id",
    [
        "DemaReal",
        "DemaCome",
        "DemaSIN",
        "DemaOR",
        "DemaComeReg",
        "DemaComeNoReg",
        "DemaRealReg",
        "DemaRealNoReg",
        "Gene",
        "PerdidasEner",
        "ObligEnerFirme",
        "ENFICC",
    ],
)
def test_half_built_days_are_watched(catalog, metric_id):
    """Flows whose newest days arrive half built have their level checked."""
    assert catalog.metrics[metric_id].level_check


@pytest.mark.parametrize(
    "metric_id",
    [
        "DemaNoAtenProg",
        "DemaNoAtenNoProg",
        "ImpoEner",
        "ExpoEner",
        "VertEner",
        "VertMasa",
        "DescMasa",
        "GeneSeguridad",
        "GeneFueraMerito",
        "RecoPosEner",
        "RecoNegEner",
        "CompBolsaTIEEner",
    ],
)
def test_absence_is_no_event(catalog, metric_id):
    """Where a missing day means that nothing happened, it is not counted as missing."""
    assert catalog.metrics[metric_id].sparse


@pytest.mark.parametrize(
    ("metric_id", "lag"),
    [
        ("AporEner", 2),
        ("PorcApor", 3),
        ("Gene", 4),
        ("DemaCome", 4),
        ("DemaReal", 5),
        ("RespComerAGC", 6),
        ("RestAliv", 8),
        ("DemaRealNoReg", 13),
        ("PerdidasEner", 18),
        ("DemaRealReg", 24),
        ("PrecOferDesp", 30),
        ("CERE", 45),
    ],
)
def test_lags_observed(catalog, metric_id, lag):
    """The lag is the one seen at XM, so a late series is told from a slow one."""
    assert catalog.metrics[metric_id].lag_days == lag


@pytest.mark.parametrize(
    ("metric_id", "kind"),
    [
        ("VoluUtilDiarEner", "stock"),
        ("CapaUtilDiarEner", "stock"),
        ("CapEfecNeta", "stock"),
        ("AporCaudal", "rate"),
        ("DispoReal", "rate"),
        ("PorcApor", "ratio"),
        ("PorcVoluUtilDiar", "ratio"),
        ("factorEmisionCO2e", "ratio"),
        ("PrecBolsNaci", "price"),
        ("RestAliv", "flow"),
        ("Gene", "flow"),
    ],
)
def test_kinds_aggregate_rightly(catalog, metric_id, kind):
    """Hours of restrictions add up, reservoirs keep the last level, ratios are never averaged."""
    assert catalog.metrics[metric_id].kind == kind


def test_reader_is_warned_about_the_worst_misreadings(catalog):
    """Each misreading that the former portal made is spelt out on the metric's page."""
    metrics = catalog.metrics
    assert "exportada" in metrics["DemaCome"].definition
    assert "No se suma" in metrics["RestSinAliv"].note
    assert "Nunca se suma" in metrics["RestAliv"].note
    assert "distribución" in metrics["PerdidasEner"].note
    assert "mensual multianual" in metrics["AporEnerMediHist"].note
    assert "no una unidad" in metrics["PrecBolsNaciTX1"].note
    assert "2E10" in metrics["Gene"].note
    assert "2E10" in metrics["ListadoRecursos"].note
    assert "Miles m3" in metrics["DescMasa"].note


def test_known_hole_of_demand_is_registered(catalog):
    """The twenty days of August 2022 without demand are declared as a gap of the source."""
    hole = next(fault for fault in catalog.corrections if fault.id == "demanda-hueco-2022-08")
    assert (hole.kind, hole.start, hole.end) == ("gap", dt.date(2022, 8, 8), dt.date(2022, 8, 27))
    assert set(hole.metrics) == {"DemaCome", "DemaReal"}


def test_lists_know_both_answers_of_plants(catalog):
    """ListadoRecursos answers with other fields for agents: agent, plant and unit name."""
    columns = catalog.metrics["ListadoRecursos"].columns
    assert (columns["Code"], columns["code2"]) == ("code", "code")
    assert (columns["CompanyCode"], columns["code1"]) == ("agent_code", "agent_code")
    assert (columns["Name"], columns["Value"]) == ("name", "name")
    assert (columns["Type"], columns["EnerSource"]) == ("type", "energy_source")
