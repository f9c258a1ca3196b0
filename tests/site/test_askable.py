"""What the assistant understands is made of the catalogue and the lists of the source, and holds no value."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.site.downloads.askable import ASKED
from tests.world import SmallWorld

BUDGET = 26_000  # bytes of the vocabulary, compressed: 60 kB are for code and vocabulary together


def test_words_name_what_there_is() -> None:
    """Forecasts, metrics, series and boards that the words of the assistant name are declared."""
    catalog = load_catalog()
    forecasts = {policy.series for policy in catalog.forecasts}
    named = {series.forecast for series in catalog.headlines.values()} - {""}
    assert named and named <= forecasts
    words = catalog.assistant
    assert all(figure.entity in catalog.metrics[figure.metric].entities for figure in words.figures)
    assert {figure.settled for figure in words.figures} - {""} <= set(catalog.headlines)
    assert set(words.cautions) <= set(catalog.headlines)
    boards = {f"tableros/{slug}/" for slug in catalog.boards} | {"tableros/", ""}
    assert {refusal.page for refusal in words.refusals} <= boards
    assert len({refusal.topic for refusal in words.refusals}) == len(words.refusals)


@pytest.mark.slow
@pytest.mark.world
@pytest.mark.xdist_group("world")
def test_the_vocabulary_is_small_and_whole(world: SmallWorld) -> None:
    """Every headline series is in it, plants and reservoirs by the names that people write, and the bridges of the year."""
    raw = (world.paths.site / Path(ASKED)).read_bytes()
    assert len(gzip.compress(raw)) < BUDGET
    known = json.loads(raw)
    assert [each["id"] for each in known["series"]] == list(load_catalog().headlines)
    plants = {code: names for code, *names in known["named"]["plant"]}
    assert "Hidroituango" in plants["PES1"]
    assert any(
        names == ["PENOL", "Peñol", "El Peñol", "Guatapé", "Peñol Guatapé"] for names in known["named"]["reservoir"]
    )
    assert ["2026-01-10", "2026-01-12"] in known["days"]["puente de Reyes"]
    assert known["doubted"] == ["dudoso", "preliminar"]
