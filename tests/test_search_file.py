"""What is published for the search: small, every address there, every kind of thing, no figure."""

from __future__ import annotations

import gzip
import json
from collections import Counter

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.site.downloads.findable import FOUND
from tests.bench.search_score import KILOBYTES
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow, pytest.mark.world]


def test_the_names_of_the_search_are_small_whole_and_there(world: SmallWorld) -> None:
    """Boards, metrics and terms are all in it; each address is a page, each term a place in the glossary."""
    site, catalog = world.paths.site, load_catalog()
    raw = (site / FOUND).read_bytes()
    assert len(gzip.compress(raw)) < KILOBYTES * 1000
    known = json.loads(raw)
    groups = [group[0] for group in known["groups"]]
    counts = Counter(groups[row[0]] for row in known["pages"])
    assert counts["board"] == len(catalog.boards)
    assert counts["term"] == len(catalog.glossary)
    assert counts["metric"] == len(catalog.metrics)
    assert set(groups) - {"report"} <= set(counts)
    glossary = (site / "glosario/index.html").read_text(encoding="utf-8")
    urls = [row[2] for row in known["pages"]] + [series[2] for series in known["series"]]
    for url in urls:
        page, _, place = url.partition("#")
        assert (site / page / "index.html").is_file(), url
        assert not place or f'id="{place}"' in glossary or f"id={place}" in glossary, url
