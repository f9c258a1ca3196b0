"""The query behind each claim gives its figures where a reader runs it: over the published files."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.narrate.claims import read_claims
from pipeline.provenance import differing
from pipeline.site.downloads.claims_file import FIGURES
from pipeline.store import warehouse
from tests.narrate.claim_queries import console
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow]


def test_every_query_gives_the_figures_of_its_claim(world: SmallWorld) -> None:
    """Nobody has to be believed: whatever a text may say, DuckDB says again from the files alone."""
    with warehouse.connect(world.paths.warehouse) as con, console(world.paths.site) as browser:
        claims = read_claims(con)
        assert [told for claim in claims for told in differing(browser, claim)] == []
    assert [claim.id for claim in claims if not (FIGURES.keys() & claim.figures.keys() or claim.parts)] == []
    kinds = Counter(claim.kind for claim in claims)
    assert sum(kinds.values()) > 200
    assert kinds.keys() >= {"value", "comparison", "rank", "threshold", "composition", "balance", "event"}
