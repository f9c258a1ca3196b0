"""Malformed declarations fail at load, all at once, each with file › entry › field."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import pipeline.catalog.load as loader
from pipeline.catalog.load import load_catalog
from pipeline.core.errors import CatalogError

GOOD = """\
- id: {id}
  title: Una métrica de prueba
  theme: demanda
  entities: [Sistema]
  grain: hourly
  kind: flow
  unit: {{source: kWh, stored: GWh}}
  bounds: {{Sistema: [0, 1]}}
  lag_days: 3
  definition: Una definición con la longitud que pide el esquema.
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The real declarations, free to be broken; boards left out, they have their own tests."""
    for name in ("vocabularies.yml", "sources.yml", "corrections.yml", "glossary.yml"):
        shutil.copy(loader.HERE / name, tmp_path / name)
    shutil.copytree(loader.HERE / "metrics", tmp_path / "metrics")
    return tmp_path


def _faults(root: Path) -> list[str]:
    with pytest.raises(CatalogError) as caught:
        load_catalog(root)
    return caught.value.problems


def _add(root: Path, text: str) -> None:
    (root / "metrics" / "zz_prueba.yml").write_text(text, encoding="utf-8")


def test_a_good_entry_is_all_it_takes_to_add_a_metric(copy):
    """One YAML entry, no code: the metric is there with its series."""
    _add(copy, GOOD.format(id="MetricaNueva"))
    catalog = load_catalog(copy)
    assert "MetricaNueva/Sistema" in {series.key for series in catalog.series()}


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("kWh, stored: GWh", "kW, stored: GWh", "unit", "dimensions"),
        ("kWh, stored: GWh", "kwh, stored: GWh", "unit › source", "is no unit"),
        ("[0, 1]", "[1, 0]", "bounds › Sistema", "low above high"),
        ("{Sistema: [0, 1]}", "{Agente: [0, 1]}", "entry", "not an entity"),
        ("kind: flow", "kind: price", "entry", "does not go with kind"),
        ("kind: flow", "kind: caudal", "kind", "Input should be"),
        ("lag_days: 3", "lag_days: -3", "lag_days", "greater than or equal"),
        ("  lag_days: 3\n", "", "lag_days", "required"),
        ("lag_days: 3", "lag_days: 3\n  colour: red", "colour", "Extra inputs"),
        ("grain: hourly", "grain: list", "entry", "`list` goes with grain `list`"),
        ("kind: flow", "kind: rate", "entry", "name the metric that weighs its parts"),
        ("kind: flow", "kind: rate\n  weights: Nada", "weights › by", "'Nada' is no declared metric"),
        ("kind: flow", "kind: rate\n  weights: {}", "weights", "or why all count alike"),
        ("kind: flow", "kind: rate\n  weights: DemaSIN", "weights", "not the same grain and entities"),
        ("kind: flow", "kind: flow\n  weights: Gene", "entry", "a sum, a stock and a list have none"),
    ],
)
def test_a_bad_field_is_named(copy, old, new, field, words):
    """The fault says file, entry and field."""
    text = GOOD.format(id="MetricaMala")
    assert old in text
    _add(copy, text.replace(old, new))
    (fault,) = _faults(copy)
    assert fault.startswith(f"metrics/zz_prueba.yml › MetricaMala › {field}: ")
    assert words in fault


def test_all_faults_come_at_once(copy):
    """Three broken entries and a broken file give every fault in one error."""
    _add(
        copy,
        GOOD.format(id="Uno").replace("lag_days: 3", "lag_days: muchos")
        + GOOD.format(id="Dos").replace("theme: demanda", "theme: astrología")
        + GOOD.format(id="DemaReal"),
    )
    (copy / "sources.yml").write_text("- id: xm\n  title: [", encoding="utf-8")
    faults = "\n".join(_faults(copy))
    assert "Uno › lag_days" in faults
    assert "'astrología' is no declared theme" in faults
    assert "DemaReal › id: declared in another file too" in faults
    assert "sources.yml: not valid YAML" in faults


def test_the_same_id_twice_in_a_file_is_a_fault(copy):
    """A second entry never replaces the first in silence."""
    _add(copy, GOOD.format(id="Repetida") * 2)
    assert any("Repetida › id: declared twice" in fault for fault in _faults(copy))


@pytest.mark.parametrize("name", ["vocabularies.yml", "sources.yml", "corrections.yml", "glossary.yml"])
def test_a_missing_file_is_named(copy, name):
    """A lost declaration file stops the run with its name."""
    (copy / name).unlink()
    assert f"{name}: file is missing" in _faults(copy)


def test_names_that_point_nowhere_are_found(copy):
    """A correction or a term about a metric that nobody declares is a fault."""
    with (copy / "glossary.yml").open("a", encoding="utf-8") as file:
        file.write("- {term: Nada, definition: Nada., metrics: [NoExiste]}\n")
    assert _faults(copy) == ["glossary.yml › Nada › metrics: 'NoExiste' is no declared metric"]


def test_the_fingerprint_follows_the_declarations(copy):
    """Any changed byte changes the fingerprint; reading twice does not."""
    before = load_catalog(copy).fingerprint
    assert load_catalog(copy).fingerprint == before
    _add(copy, GOOD.format(id="Otra"))
    assert load_catalog(copy).fingerprint != before


def _subject(root: Path, **lines: str) -> None:
    """Add a report of a subject to the catalogue, like that of hydrology but for some lines."""
    told = {"slug": "tema", "like": "hidrologia", "subject": "tema", "sections": "[anexo, estado]", **lines}
    text = "".join(f"{name}: {value}\n" for name, value in told.items())
    (root / "reports" / f"{told['slug']}.yml").write_text(text, encoding="utf-8")


def test_a_report_of_a_subject_is_one_file(copy):
    """It has of another what it does not say, the blocks that it names in their order, and an address of its own."""
    for folder in ("series", "reports"):
        shutil.copytree(loader.HERE / folder, copy / folder)
    _subject(copy)
    report = load_catalog(copy).reports["tema"]
    assert [block.id for block in report.blocks] == ["anexo", "estado"]
    assert (report.edition, report.period) == ("monthly-tema", "monthly")
    _subject(copy, subject="mercado")
    assert any("one report a period and subject" in fault for fault in _faults(copy))
    _subject(copy, series="[price, nada]")
    assert _faults(copy) == ["reports/tema.yml › series: nada is no headline series"]
