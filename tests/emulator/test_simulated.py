"""The simulated world is deterministic and published as XM publishes: late, half-built at first, revised."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from pipeline.catalog.load import Catalog
from pipeline.emulator.server import Emulator, build, running
from pipeline.emulator.simulate.month import Month
from pipeline.emulator.simulate.registry import SERIES
from pipeline.emulator.simulate.roster import RESERVOIRS
from pipeline.emulator.simulate.world import build as build_world
from pipeline.emulator.xm_contract import contracts
from tests.emulator.conftest import TODAY, Ask, ask_raw, read

LEGITIMATELY_EMPTY = {("PrecEscaAct", "Sistema"), ("PrecEscaMarg", "Sistema")}


def of_xm(catalog: Catalog) -> set[tuple[str, str]]:
    """Return the series of XM's own API."""
    return {(s.metric, s.entity) for s in catalog.series() if catalog.metrics[s.metric].source == "xm"}


def test_every_series_of_the_catalogue_is_answered(simulated: Emulator, catalog: Catalog) -> None:
    """All series of XM are answered; over two months only the prices that ended in 2025 are empty."""
    empty = set()
    for metric, entity in simulated.catalog:
        windows = [("2026-08-01", "2026-08-31"), ("2026-03-01", "2026-03-31")]
        if simulated.catalog[metric, entity].grain == "monthly":
            windows = [("2025-12-01", "2026-08-31")]
        if not any(json.loads(ask_raw(simulated, metric, entity, *w))["Items"] for w in windows):
            empty.add((metric, entity))
    assert set(simulated.catalog) == of_xm(catalog)
    assert empty == LEGITIMATELY_EMPTY


def test_a_window_is_the_same_alone_and_inside_a_larger_one(ask: Ask) -> None:
    """Three days asked alone equal the same days of a whole month and of one that crosses two months."""
    for series in (("Gene", "Recurso"), ("CompBolsNaciEner", "Agente"), ("AporEner", "Rio"), ("RestAliv", "Sistema")):
        alone = ask(*series, "2026-06-29", "2026-06-30")
        month, across = ask(*series, "2026-06-01", "2026-06-30"), ask(*series, "2026-06-20", "2026-07-10")
        for key, values in alone.items():
            np.testing.assert_array_equal(values, month[key])
            np.testing.assert_array_equal(values, across[key])


@pytest.mark.slow
def test_another_process_and_another_order_give_the_same_bytes(simulated: Emulator) -> None:
    """A fresh process that was asked other things before answers byte for byte alike."""
    import urllib.request

    wanted = [
        ("Gene", "Recurso", "2026-05-03", "2026-05-20"),
        ("PrecBolsNaci", "Sistema", "2026-11-01", "2026-11-23"),
    ]
    with running("simulated", TODAY) as url:
        for metric, entity, first, last in reversed(wanted):
            body = {"MetricId": metric, "Entity": entity, "StartDate": first, "EndDate": last}
            request = urllib.request.Request(f"{url}/hourly", json.dumps(body).encode(), method="POST")
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert answer.read() == ask_raw(simulated, metric, entity, first, last)
                assert answer.headers["X-Portal-Emulator"] == "simulated"


def test_another_seed_is_another_world() -> None:
    """The seed changes the weather and the price, not the calendar."""
    one, other = (build_world(dt.date(2003, 1, 1), seed) for seed in (7, 8))
    assert np.array_equal(one.types, other.types)
    assert not np.array_equal(one.price, other.price)


def test_the_past_does_not_depend_on_today() -> None:
    """A world built later agrees with an earlier one on every common day."""
    early, late = build_world(dt.date(2012, 3, 1), 7), build_world(dt.date(2012, 9, 1), 7)
    size = len(early.days)
    for name in ("demand", "volume", "price", "thermal", "inflow", "exchange", "solar"):
        np.testing.assert_array_equal(getattr(early, name), getattr(late, name)[:size])


def test_nothing_newer_than_the_publication_lag_is_served(simulated: Emulator) -> None:
    """The newest day of every daily and hourly series is today less its lag; monthly ones end earlier."""
    for (metric, entity), contract in simulated.catalog.items():
        if contract.grain == "list":
            continue
        first = "2026-06-01" if contract.grain == "monthly" else "2026-10-24"
        items = json.loads(ask_raw(simulated, metric, entity, first, TODAY.isoformat()))["Items"]
        newest = TODAY - dt.timedelta(days=contract.lag_days)
        assert all(dt.date.fromisoformat(item["Date"]) <= newest for item in items)
        if contract.level_check and contract.lag_days < 25:
            assert items[-1]["Date"] == newest.isoformat()


def test_the_two_newest_days_of_demand_are_half_built(ask: Ask, simulated: Emulator) -> None:
    """They hold 24 valid hours and some 23 % of the energy; the daily demand holds next to nothing."""
    days = list(ask("DemaCome", "Sistema", "2026-11-01", "2026-11-23").items())
    sums = [float(values.sum()) for _, values in days]
    normal = float(np.median(sums))
    assert all(np.isfinite(values).all() for _, values in days[-2:])
    assert all(0.18 < value / normal < 0.29 for value in sums[-2:])
    assert all(value / normal > 0.6 for value in sums[:-2])
    sin = [float(values[0]) for values in ask("DemaSIN", "Sistema", "2026-11-01", "2026-11-23").values()]
    assert max(sin[-2:]) < 0.3e6
    assert sin[-3] > 150e6


def test_a_later_day_completes_and_revises_the_last_weeks_only(simulated: Emulator, ask: Ask) -> None:
    """Ten days later half-built days are whole and recent values moved a little; old ones did not."""
    later = build("simulated", TODAY + dt.timedelta(days=10))
    for metric in ("DemaCome", "PrecBolsNaci"):
        old = ("2026-09-01", "2026-09-30")
        assert ask_raw(simulated, metric, "Sistema", *old) == ask_raw(later, metric, "Sistema", *old)
        before = ask(metric, "Sistema", "2026-10-20", "2026-11-19")
        after = read(ask_raw(later, metric, "Sistema", "2026-10-20", "2026-11-19"))
        moved = [float(np.abs(after[key] / before[key] - 1.0).max()) for key in list(before)[:-2]]
        assert max(moved) < 0.08
        assert sum(change > 1e-5 for change in moved) > 10
    half = float(ask("DemaCome", "Sistema", "2026-11-19", "2026-11-19")["2026-11-19", "Sistema"].sum())
    whole = read(ask_raw(later, "DemaCome", "Sistema", "2026-11-19", "2026-11-19"))["2026-11-19", "Sistema"]
    assert float(whole.sum()) > 3 * half


def test_idle_plants_have_rows_of_blanks_and_exchanges_one_direction(ask: Ask) -> None:
    """A plant that made nothing all day is listed with 24 blanks; no hour imports and exports on one link."""
    plants = ask("Gene", "Recurso", "2026-05-04", "2026-05-04")
    assert any(np.isnan(values).all() for values in plants.values())
    out, back = (ask(name, "Enlace", "2023-08-01", "2023-08-31") for name in ("ExpoEner", "ImpoEner"))
    for key, values in out.items():
        if key in back:
            assert not (np.isfinite(values) & np.isfinite(back[key])).any()


def test_a_solar_plant_is_dark_at_night_and_none_exceeds_its_capacity(ask: Ask) -> None:
    """Solar rows are blank at night; generation stays within the declared capacity."""
    made = ask("Gene", "Recurso", "2026-10-01", "2026-10-31")
    power = ask("CapEfecNeta", "Recurso", "2026-10-01", "2026-10-31")
    for key, values in made.items():
        assert np.nanmax(np.nan_to_num(values)) <= 1.02 * float(power[key][0])
        if key[1] in {"EPFV", "3E46", "4PDO"}:
            assert np.isnan(values[[0, 1, 2, 22, 23]]).all()


@pytest.mark.parametrize("window", [("2026-02-01", "2026-02-28"), ("2024-04-01", "2024-04-30")])
def test_values_lie_within_the_bounds_of_the_catalogue(
    simulated: Emulator, catalog: Catalog, window: tuple[str, str]
) -> None:
    """No simulated value would be rejected: all lie in the plausible range that the catalogue declares."""
    first, last = map(dt.date.fromisoformat, window)
    for (metric, entity), contract in simulated.catalog.items():
        declared = catalog.metrics[metric]
        bounds = declared.bounds_of(entity)
        block = simulated.source.block(contract, first, last)
        if bounds is None or block is None or np.isnan(block.values).all():
            continue
        stored = block.values * declared.unit.factor
        assert bounds[0] <= np.nanmin(stored) and np.nanmax(stored) <= bounds[1], f"{metric}/{entity}"


@pytest.mark.parametrize(
    ("entity", "grain", "keys"),
    [("Sistema", "daily", 1), ("Sistema", "hourly", 1), ("Embalse", "monthly", len(RESERVOIRS))],
)
def test_a_declared_metric_is_answered_though_nothing_moves_it(
    simulated: Emulator, catalog: Catalog, entity: str, grain: str, keys: int
) -> None:
    """One more metric has plausible values in the demo without a line of code: the same in any window."""
    fields = {"id": "Nueva", "entities": (entity,), "grain": grain, "bounds": {"*": (10.0, 50.0)}}
    declared = catalog.metrics["DemaSIN"].model_copy(update={**fields, "level_check": False})
    (contract,) = contracts([declared]).values()
    long = simulated.source.block(contract, dt.date(2026, 1, 1), dt.date(2026, 8, 31))
    short = simulated.source.block(contract, dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    assert long is not None and short is not None
    stored = long.values * declared.unit.factor
    assert 10 <= stored.min() < stored.max() <= 50
    assert (len(long.keys), len(long.dates)) == (keys, 8 if grain == "monthly" else 243)
    at = [long.dates.index(day) for day in short.dates]
    assert np.array_equal(long.values[at], short.values)


def test_lists_hold_the_plants_agents_reservoirs_and_rivers_of_the_series(
    simulated: Emulator, catalog: Catalog, ask: Ask
) -> None:
    """Every plant, retailer, reservoir and river of the series is in its list, a code like 3E46 as text."""
    day = ("2026-10-10", "2026-10-10")

    def listed(metric: str, entity: str, field: str) -> set[str]:
        body = json.loads(ask_raw(simulated, metric, entity, *day))
        return {row["Values"][field] for row in body["Items"][0]["ListEntities"]}

    plants = listed("ListadoRecursos", "Sistema", "Code")
    assert {key[1] for key in ask("Gene", "Recurso", *day)} <= plants
    assert "3E46" in plants
    assert {key[1] for key in ask("DemaCome", "Agente", *day)} <= listed("ListadoAgentes", "Sistema", "Code")
    assert {key[1] for key in ask("VoluUtilDiarEner", "Embalse", *day)} == listed("ListadoEmbalses", "Sistema", "Name")
    assert {key[1] for key in ask("AporEner", "Rio", *day)} == listed("ListadoRios", "Sistema", "Name")
    assert listed("ListadoRecursos", "Agente", "code2") == plants
    assert len(listed("ListadoAGPE", "Agente", "Name")) > 10
    body = json.loads(ask_raw(simulated, "ListadoMetricas", "Sistema", *day))
    assert len(body["Items"][0]["ListEntities"]) == len(of_xm(catalog))


def spot(emulator: Emulator, day: dt.date) -> dict[str, list[float]]:
    """Return the hours of the national price by version, as SIMEM gives them."""
    found: dict[str, list[float]] = {}
    for row in emulator.source.records("EC6945", day, day):
        if row["CodigoVariable"] == "PB_Nal":
            found.setdefault(str(row["Version"]), []).append(float(str(row["Valor"])))
    return found


def in_force(emulator: Emulator, day: dt.date) -> list[object]:
    """Return the versions SIMEM's calendar calls the last of a day."""
    return [r["Version"] for r in emulator.source.records("24914F", day, day) if r["EsMaximaVersion"] == "1"]


@pytest.mark.parametrize(("day", "last"), [(dt.date(2026, 8, 1), "TXF"), (dt.date(2026, 6, 1), "TX3")])
def test_simem_serves_the_price_in_every_version_published_so_far(simulated: Emulator, day: dt.date, last: str) -> None:
    """Old days have all versions, and the one in force is XM's price: the invoice, or an adjustment after it."""
    prices = spot(simulated, day)
    assert list(prices) == ["TX1", "TX2", "TXR", "TXF", *(["TX3"] if last == "TX3" else [])]
    assert in_force(simulated, day) == [last]
    served = read(ask_raw(simulated, "PrecBolsNaci", "Sistema", day.isoformat(), day.isoformat()))
    np.testing.assert_allclose(prices[last], served[day.isoformat(), "Sistema"])
    for version, values in prices.items():
        assert np.allclose(values, prices[last], rtol=0.15), version
        assert version == last or values != prices[last]


def test_simem_knows_little_of_new_days(simulated: Emulator) -> None:
    """TX1 comes first, TX2 after eight days; of yesterday there is nothing."""
    ages = {1: [], 5: ["TX1"], 12: ["TX1", "TX2"], 30: ["TX1", "TX2", "TXR"]}
    assert {age: list(spot(simulated, TODAY - dt.timedelta(days=age))) for age in ages} == ages


def test_simem_and_xm_agree_on_the_reservoirs(simulated: Emulator) -> None:
    """Volumes and capacities are XM's, the total is larger, the lower minimum lies under the upper one."""
    day = dt.date(2026, 8, 1)
    asked = (day.isoformat(), day.isoformat())
    volumes = {key[1]: v[0] for key, v in read(ask_raw(simulated, "VoluUtilDiarEner", "Embalse", *asked)).items()}
    rows = {row["CodigoEmbalse"]: row for row in simulated.source.records("B0E933", day, day)}
    assert len(rows) == len(volumes) - 1  # the aggregate of Bogotá is not a reservoir of SIMEM
    assert rows["GUAVIO"]["VolumenUtilDiarioEnergia"] == volumes["GUAVIO"]
    for row in rows.values():
        assert float(str(row["VolumenTotalEnergia"])) > float(str(row["VolumenUtilDiarioEnergia"]))
    for row in simulated.source.records("c51127", day, day):
        assert float(str(row["MinimoOperativoInferior"])) < float(str(row["MinimoOperativoSuperior"]))


def test_simem_lists_one_network_a_day(simulated: Emulator) -> None:
    """Sixty lines, each with its share of the length of all."""
    day = dt.date(2026, 8, 1)
    lines = simulated.source.records("7538fd", day, day)
    assert len({row["CodigoLinea"] for row in lines}) == len(lines) == 60
    assert sum(float(str(row["ParticipacionLineaTotal"])) for row in lines) == pytest.approx(1.0, abs=1e-3)
    assert simulated.source.records("ae3f23", dt.date(2026, 7, 1), day)[-1]["Fecha"] == "2026-08-01"
    assert {row["CodigoVariable"] for row in simulated.source.records("d0d746", day, day)} >= {"PerdidasEnergia"}


def test_a_day_changes_only_with_its_own_version() -> None:
    """From one night to the next every series keeps the values of the days that no settlement touched."""
    first, night = dt.date(2026, 2, 1), dt.date(2026, 3, 2)
    before, after = (Month(build_world(today, 7), first, today) for today in (night, night + dt.timedelta(days=1)))
    same = before.version == after.version
    changed: list[str] = []
    for (metric, entity), maker in SERIES.items():
        (keys, old), (others, new) = maker(before), maker(after)
        if len(old) != before.size:  # monthly: its one row follows every day
            continue
        values = dict(zip(others, np.moveaxis(new, 1, 0), strict=True))
        for key, row in zip(keys, np.moveaxis(old, 1, 0), strict=True):
            if not np.array_equal(row[same], values[key][same], equal_nan=True):
                changed.append(f"{metric}/{entity}/{key}")
    assert 0 < same.sum() < before.size
    assert not changed
