"""The whole line on published figures: served, asked, kept, worked out, and shown as they were published."""

from __future__ import annotations

import dataclasses
import datetime as dt

import duckdb
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.flow import Line
from tests.anchors.anchored import GWH, HALF, LAST, MILLION, A, Anchor, B, metrics, value, values
from tests.anchors.replayed import FIRST, TODAY, of_the_span, write_folder
from tests.once import Once
from tests.truth.house import Published, publish
from tests.truth.shown import by_name, figures

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="session")
def portal(once: Once) -> Published:
    """A portal over the figures alone."""

    def make(home) -> Published:
        folder = write_folder(home)
        run = RunInfo(TODAY, FIRST, "replayed", dt.datetime.combine(TODAY, dt.time(5, 40)))
        with running(folder, TODAY) as url:
            settings = load_settings(
                xm_base_url=url, simem_base_url=url, data_dir=home / "data", build_dir=home / "build", workers=1
            )
            line = Line(settings, run, Paths.of(settings), _asked())
            publish(line)
        return Published(home, TODAY, (line.report.exit_code,), (tuple(line.report.failed),))

    return once("anchored portal", make)


def _asked():
    whole = load_catalog()
    entities: dict[str, set[str]] = {}
    for anchor in of_the_span():
        entities.setdefault(anchor.metric, set()).add(anchor.entity)
    wanted = {
        name: metric.model_copy(update={"entities": tuple(e for e in metric.entities if e in entities[name])})
        for name, metric in whole.metrics.items()
        if name in entities
    }
    lists = {name: metric for name, metric in whole.metrics.items() if metric.grain == "list"}
    return dataclasses.replace(whole, metrics={**wanted, **lists}, forecasts=())


def test_every_figure_comes_through(portal: Published) -> None:
    """What was published of a day is what the warehouse says of it, in the stored unit."""
    anchored = [each for each in of_the_span() if each.hour is None and _comes_alone(each)]
    assert len(anchored) > 150
    with duckdb.connect(str(portal.warehouse), read_only=True) as con:
        kept = {
            (name, *row[:3]): row[3]
            for name in sorted({anchor.metric for anchor in anchored})
            for row in con.execute(f'SELECT entity, code, day, value FROM "{name}_daily"').fetchall()
        }
    for anchor in anchored:
        found = kept[anchor.metric, anchor.entity, anchor.code, anchor.day]
        assert found == pytest.approx(anchor.value * metrics()[anchor.metric].unit.factor, rel=1e-6, abs=1e-9), anchor


def _comes_alone(anchor: Anchor) -> bool:
    """Say whether a figure is one of XM's API by day; plants taken together are more than a plant can be.

    A mean of hours that others weigh needs the hours of both.
    """
    metric = metrics()[anchor.metric]
    if metric.grain == "hourly" and metric.weighed_by:
        return False
    return metric.grain != "monthly" and metric.simem is None and (anchor.of == 1 or anchor.entity == "Sistema")


def shown() -> dict[tuple[str, str], float]:
    """Return headline figures as plain arithmetic has them, by series and day."""
    hours = [v for (_, hour), v in values("PrecBolsNaci", B).items()]
    real = {hour: kwh for (_, hour), kwh in values("DemaReal", B).items()}
    return {
        ("demand", A): value("DemaSIN", A) / GWH,
        ("demand_real", B): sum(real.values()) / GWH,
        ("demand_peak", B): max(real.values()) / 1000,
        ("price", LAST): value("PrecBolsNaci", LAST),
        ("price", B): sum(hours) / 24,
        ("price_max", B): max(hours),
        ("reserves", LAST): value("VoluUtilDiarEner", LAST) / value("CapaUtilDiarEner", LAST) * 100,
        ("reserves_gwh", LAST): value("VoluUtilDiarEner", LAST) / GWH,
        ("inflows", LAST): value("AporEner", LAST) / GWH,
        ("inflows_pct", LAST): value("PorcApor", LAST) * 100,
        ("losses", A): value("PerdidasEner", A) / GWH,
        ("losses_share", A): value("PerdidasEner", A) / value("DemaCome", A) * 100,
        ("rest_before", A): value("RestSinAliv", A) / MILLION,
        ("rest_before_unit", A): value("RestSinAliv", A) / value("DemaCome", A),
        ("enficc_cover", B): value("ENFICC", B) / value("DemaSIN", B) * 100,
    }


def test_headline_figures_are_shown_as_published(portal: Published) -> None:
    """On every surface that shows them with their day: cards, API, CSV, Parquet."""
    named = by_name(figures(portal))
    for (series, day), wanted in shown().items():
        found = [f for f in named.get(series, ()) if f.day.isoformat() == day]
        assert len({f.where for f in found}) >= 3, (series, day, found)
        for figure in found:
            assert figure.value == pytest.approx(wanted, abs=max(0.00501, 1e-6 * wanted)), figure


def test_a_day_that_does_not_close_is_not_quoted(portal: Published) -> None:
    """D2: of 3 May 2024 XM had a fourth of the demand; restrictions over it read 132 COP/kWh instead of 28."""
    wrong = value("RestSinAliv", HALF) / value("DemaCome", HALF)
    found = [f for f in by_name(figures(portal))["rest_before_unit"] if f.day.isoformat() == HALF]
    assert [f for f in found if abs(f.value - wrong) < 1] == []
