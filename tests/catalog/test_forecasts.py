"""A policy file a series: what is wrong in it fails at load, named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import pipeline.catalog.load as loader
from pipeline.catalog.load import load_catalog
from pipeline.core.errors import CatalogError

DEMAND = "10_demand_daily.yml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The real declarations without boards, free to be broken."""
    for name in ("vocabularies.yml", "sources.yml", "corrections.yml", "glossary.yml"):
        shutil.copy(loader.HERE / name, tmp_path / name)
    for name in ("metrics", "forecasts"):
        shutil.copytree(loader.HERE / name, tmp_path / name)
    return tmp_path


def test_every_series_has_its_file(copy: Path) -> None:
    """One series a file, in their order; the generation group has one total and the parts that add up to it."""
    policies = load_catalog(copy).forecasts
    assert [p.series for p in policies] == [
        path.stem.partition("_")[2] for path in sorted((copy / "forecasts").glob("[0-9]*.yml"))
    ]
    assert [policy.series for policy in policies][:2] == ["demand_daily", "demand_hourly"]
    roles = [policy.role for policy in policies if policy.group == "generation"]
    assert roles.count("total") == 1 and roles.count("part") >= 5


def test_one_file_is_all_it_takes_to_forecast_another_series(copy: Path) -> None:
    """A new file is a new forecast series; without the folder there are none."""
    text = (copy / "forecasts" / "60_losses_daily.yml").read_text(encoding="utf-8")
    new = text.replace("series: losses_daily", "series: real_daily").replace("metric: PerdidasEner", "metric: DemaReal")
    (copy / "forecasts" / "70_real_daily.yml").write_text(new, encoding="utf-8")
    assert "real_daily" in {policy.series for policy in load_catalog(copy).forecasts}
    shutil.rmtree(copy / "forecasts")
    assert load_catalog(copy).forecasts == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("combined: [prophet_calendar", "combined: [profeta", "not in the roster: profeta"),
        ("published: [combined", "published: [mejor", "neither in the roster nor a blend: mejor"),
        ("roster: [seasonal_naive, naive", "roster: [naive", "seasonal_naive is missing"),
        ("unit: GWh", "unit: MWh", "stored in GWh"),
        ("metric: DemaSIN", "metric: DemaSim", "'DemaSim' 'Sistema' is not declared"),
        ("series: demand_daily", "series: demanda", "must be called NN_demanda.yml"),
        ("weighted: [combined", "weighted: [mejor", "weighted: no blend: mejor"),
        ("engine: dhr_ar", "motor: dhr_ar", "motor"),
        ("effects: true", "effects: true\nrole: part", "give both or neither"),
    ],
)
def test_a_wrong_policy_is_named(copy: Path, old: str, new: str, words: str) -> None:
    """The message names the file and what is wrong."""
    path = copy / "forecasts" / DEMAND
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogError) as caught:
        load_catalog(copy)
    assert any(DEMAND in problem and words in problem for problem in caught.value.problems), caught.value.problems
