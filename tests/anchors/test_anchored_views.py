"""Every view with a formula is run on published figures, or says why it cannot be."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from pipeline.core.paths import PACKAGE

HERE: Final = Path(__file__).parent
_MADE = re.compile(r"CREATE OR REPLACE (?:TABLE|VIEW) (\w+)(.*?)(?=\nCREATE OR REPLACE |\Z)", re.DOTALL)
_FORMULA = re.compile(r"\b(?:sum|avg|median|quantile_cont|pct_change)\(|[\w)] [*/-] [\w(]")


@cache
def formulas() -> frozenset[str]:
    """Return the views and tables of `pipeline/views/` that add, average, subtract, multiply or divide."""
    found = set()
    for path in sorted((PACKAGE / "views").rglob("*.sql")):
        for name, body in _MADE.findall(path.read_text(encoding="utf-8")):
            if _FORMULA.search(re.sub(r"--.*|'[^']*'", "", body)):
                found.add(name)
    return frozenset(found)


@cache
def anchored() -> frozenset[str]:
    """Return the views that the tests of the figures read by name; what those stand on is not counted."""
    tests = sorted(HERE.glob("test_*formulas.py"))
    words = set(re.findall(r"\w+", " ".join(path.read_text(encoding="utf-8") for path in tests)))
    return frozenset(formulas() & words)


@cache
def excused() -> dict[str, str]:
    """Return the views without a figure, with the reason."""
    listed = yaml.safe_load((HERE / "unanchored.yml").read_text(encoding="utf-8"))
    pairs = [(view, entry["because"]) for entry in listed for view in entry["views"]]
    assert len(dict(pairs)) == len(pairs), "a view stands twice in unanchored.yml"
    return dict(pairs)


def test_every_formula_has_a_figure_or_a_reason() -> None:
    """A new view with a formula needs a published figure; a reason goes when the figure comes."""
    assert sorted(formulas() - anchored() - set(excused())) == []
    assert sorted(set(excused()) & anchored()) == []
    assert sorted(set(excused()) - formulas()) == []


def test_reasons_are_told_and_few() -> None:
    """No view is excused in silence, and more are proved than excused among those of the country's figures."""
    assert all(len(reason.split()) > 4 for reason in excused().values())
    assert len(anchored()) > 50


def test_a_formula_is_known_when_seen() -> None:
    """Sums, ratios and products are formulas; a list, a comment and a word with a hyphen are none."""
    assert {"reserves_daily", "exposure_daily", "firm_cover_daily"} <= formulas()
    assert not {"demand_daily", "agent", "contract_price_daily"} & formulas()
