"""What is published for the assistant, and for those of others: a vocabulary, the text of each board, their list."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.site.downloads.askable import ASKED
from pipeline.site.downloads.page_facts import INDEX, LIMIT
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow, pytest.mark.world]
BUDGET = 26_000  # bytes of the vocabulary, compressed: 60 kB are for code and vocabulary together


def test_the_vocabulary_is_small_and_whole(world: SmallWorld) -> None:
    """Every headline series is in it, plants and reservoirs as people write them, and the bridges of the year."""
    raw = (world.paths.site / ASKED).read_bytes()
    assert len(gzip.compress(raw)) < BUDGET
    known = json.loads(raw)
    assert [each["id"] for each in known["series"]] == list(load_catalog().headlines)
    plants = {code: names for code, *names in known["named"]["plant"]}
    assert "Hidroituango" in plants["PES1"]
    assert any(
        names == ["PENOL", "Peñol", "El Peñol", "Guatapé", "Peñol-Guatapé"] for names in known["named"]["reservoir"]
    )
    assert ["2026-01-10", "2026-01-12"] in known["days"]["puente de Reyes"]
    assert known["doubted"] == ["dudoso", "preliminar"]


def test_every_board_has_its_text(world: SmallWorld) -> None:
    """Its question, its checked sentences, its figures as the API writes them; simulated ones say so."""
    site = world.paths.site
    published = json.loads((site / "api/v1/titulares.json").read_text(encoding="utf-8"))["titulares"]
    figures = {f"{each['nombre']}: {each['texto']}" for each in published}
    index = (site / INDEX).read_text(encoding="utf-8")
    boards = sorted((site / "tableros").glob("*/index.html"))
    assert len(boards) > 10
    for page in boards:
        slug, raw = page.parent.name, (page.parent / "index.md").read_bytes()
        text = raw.decode()
        told = json.loads((site / f"datos/narrative/{slug}.json").read_text(encoding="utf-8"))
        assert len(raw) <= LIMIT
        assert all(paragraph in text for paragraph in told["paragraphs"])
        assert "DATOS SIMULADOS" in text
        listed = re.findall(r"^- (.+) \([^()]+\)$", text, re.MULTILINE)
        assert set(listed) <= figures
        assert f"(tableros/{slug}/index.md)" in index
    assert (site / "index.md").is_file()


def test_what_is_listed_is_there(world: SmallWorld) -> None:
    """No link of `llms.txt` leads nowhere."""
    site = world.paths.site
    links = re.findall(r"\]\(([^)]+)\)", (site / INDEX).read_text(encoding="utf-8"))
    assert len(links) > 15
    assert [link for link in links if not ((site / link).is_file() or (site / link / "index.html").is_file())] == []
