"""The declarations against four million real values of XM (never committed)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.schema import Metric

REAL = Path(__file__).resolve().parents[3] / "shared" / "realdata" / "xm"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not REAL.is_dir(), reason=f"needs the real values in {REAL}"),
]

# Median of all real rows in the stored unit; a unit error moves it a thousandfold.
LEVELS = {
    "Gene.Sistema": (3, 12),
    "DemaSIN.Sistema": (100, 260),
    "VoluUtilDiarEner.Sistema": (4000, 16000),
    "CapaUtilDiarEner.Sistema": (16000, 19000),
    "PorcVoluUtilDiar.Sistema": (25, 90),
    "PorcApor.Sistema": (60, 120),
    "CapEfecNeta.Recurso": (0.05, 50),
    "DispoReal.Recurso": (20, 500),
    "RestAliv.Sistema": (100, 3000),
    "RemuRealIndiv.Sistema": (10000, 25000),
    "PrecCargConf.Recurso": (40, 110),
    "ComContRespEner.Sistema": (1, 30),
    "ExportMonedaUSD.Sistema": (1, 200),
    "VolTurbMasa.Sistema": (100, 500),
    "EscDemUPMEMedio.Sistema": (6000, 9000),
    "factorEmisionCO2e.Sistema": (50, 350),
    "PrecFAZNI.Sistema": (1, 10),
}


def _path(series: str) -> str:
    return str(REAL / f"{series}.parquet")


def _factor(metric: Metric) -> float:
    return metric.unit.factor


@pytest.fixture(scope="module")
def con():
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    yield connection
    connection.close()


def test_every_real_value_is_plausible(catalog, con):
    """No real value, the blackout of 2007 included, lies outside its bounds."""
    outside = []
    for path in sorted(REAL.glob("*.parquet")):
        metric_id, entity, _ = path.name.split(".")
        metric = catalog.metrics[metric_id]
        low, high = metric.bounds_of(entity)
        found = con.execute(f"SELECT min(value), max(value) FROM '{path}'").fetchone()
        least, most = (value * _factor(metric) for value in found)
        if least < low or most > high:
            outside.append((path.stem, least, most, (low, high)))
    assert outside == []


def test_real_files_are_all_declared(catalog):
    """Every real file belongs to a declared series."""
    declared = {f"{series.metric}.{series.entity}" for series in catalog.series()}
    assert {path.stem for path in REAL.glob("*.parquet")} <= declared


@pytest.mark.parametrize(("series", "level"), LEVELS.items())
def test_levels_have_the_right_magnitude(catalog, con, series, level):
    """Declared units give figures of the size the sector knows."""
    metric = catalog.metrics[series.split(".")[0]]
    (median,) = con.execute(f"SELECT median(value) FROM '{_path(series)}'").fetchone()
    assert level[0] <= median * _factor(metric) <= level[1]


def test_co2_equivalent_is_tonnes(catalog, con):
    """Σ EmisionesCO2Eq [t] over generation is XM's emission factor, so XM's label is wrong."""
    worst, hours = con.execute(
        f"""SELECT max(abs(e.t * 1e6 / g.kwh / f.value - 1)), count(*)
            FROM (SELECT ts, sum(value) t FROM '{_path("EmisionesCO2Eq.Recurso")}' GROUP BY ts) e
            JOIN (SELECT ts, sum(value) kwh FROM '{_path("Gene.Sistema")}' GROUP BY ts) g USING (ts)
            JOIN '{_path("factorEmisionCO2e.Sistema")}' f USING (ts)"""
    ).fetchone()
    assert hours == 120
    assert worst < 1e-6
    assert catalog.metrics["EmisionesCO2Eq"].unit.source == "t"


def test_reliability_price_is_in_pesos(catalog, con):
    """Obligation [kWh] × price gives the daily remuneration [COP] within 2 %: COP/kWh, not USD/kWh."""
    ratios = con.execute(
        f"""SELECT sum(p.value * o.value) / any_value(r.value)
            FROM '{_path("PrecCargConf.Recurso")}' p
            JOIN '{_path("ObligEnerFirme.Recurso")}' o USING (code, ts)
            JOIN '{_path("RemuRealIndiv.Sistema")}' r USING (ts) GROUP BY ts"""
    ).fetchall()
    assert len(ratios) == 3
    assert all(ratio == pytest.approx(1, abs=0.02) for (ratio,) in ratios)
    assert catalog.metrics["PrecCargConf"].unit.source == "COP/kWh"


def test_backup_contracts_are_energy(con):
    """Backup bought by a plant is of the size of its daily obligation, as only kWh can be."""
    (share,) = con.execute(
        f"""SELECT median(c.value / o.value) FROM '{_path("ComContRespEner.Recurso")}' c
            JOIN '{_path("ObligEnerFirme.Recurso")}' o USING (code, ts) WHERE o.value > 0"""
    ).fetchone()
    assert 0.01 < share < 1.5


def test_dollars_are_dollars(con):
    """Pesos over 'dollars' is the exchange rate of the day."""
    for pesos, dollars in (
        ("ExpoMoneda.Sistema", "ExportMonedaUSD.Sistema"),
        ("ImportMonedaCOP.Sistema", "ImportMonedaUSD.Sistema"),
    ):
        low, high = con.execute(
            f"SELECT min(a.value / b.value), max(a.value / b.value) "
            f"FROM '{_path(pesos)}' a JOIN '{_path(dollars)}' b USING (ts)"
        ).fetchone()
        assert 3800 < low <= high < 4000


def test_reservoir_share_is_a_fraction(con):
    """PorcVoluUtilDiar is volume over capacity, without the 100 its label promises."""
    (worst,) = con.execute(
        f"""SELECT max(abs(v.value / c.value - p.value)) FROM '{_path("VoluUtilDiarEner.Sistema")}' v
            JOIN '{_path("CapaUtilDiarEner.Sistema")}' c USING (ts)
            JOIN '{_path("PorcVoluUtilDiar.Sistema")}' p USING (ts)"""
    ).fetchone()
    assert worst < 1e-4


def test_commercial_demand_holds_exports_and_losses(con):
    """DemaCome = DemaReal + losses, and = Gene + imports: both hold on settled days."""
    losses, balance = con.execute(
        f"""SELECT max(abs(c.value - r.value - l.value)), max(abs(c.value - g.value - coalesce(i.value, 0)))
            FROM '{_path("DemaCome.Sistema")}' c JOIN '{_path("DemaReal.Sistema")}' r USING (ts)
            JOIN '{_path("PerdidasEner.Sistema")}' l USING (ts) JOIN '{_path("Gene.Sistema")}' g USING (ts)
            LEFT JOIN '{_path("ImpoEner.Sistema")}' i USING (ts)"""
    ).fetchone()
    assert losses < 1
    assert balance < 100


def test_contract_value_is_the_unregulated_one(con):
    """CompContMoneda is CompContEnerNoReg × PrecPromContNoRegu, hour by hour, not the value of all contracts."""
    worst, hours = con.execute(
        f"""SELECT max(abs(m.value / (e.value * p.value) - 1)), count(*)
            FROM '{_path("CompContMoneda.Sistema")}' m
            JOIN '{_path("CompContEnerNoReg.Sistema")}' e USING (ts)
            JOIN '{_path("PrecPromContNoRegu.Sistema")}' p USING (ts)"""
    ).fetchone()
    assert hours == 72
    assert worst < 1e-6
