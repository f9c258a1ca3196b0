"""The query behind each claim gives its figures: in the warehouse, and where the console of the site has its tables."""

from __future__ import annotations

from collections import Counter

import pytest

from pipeline.narrate.asked_again import differing
from pipeline.narrate.claims import read_claims
from pipeline.site.blocks.audit import console_query
from pipeline.store import warehouse
from tests.narrate.claim_queries import console
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("world")]
#: Kinds all of whose values are of headline series or forecasts: each of their claims runs in the browser.
_WHOLE = {"run", "forecast", "balance", "contrast"}


def test_every_query_gives_the_figures_of_its_claim(world: SmallWorld) -> None:
    """What the console has is enough for the query of every claim about a headline series; the others run here."""
    kinds: Counter[str] = Counter()
    with warehouse.connect(world.paths.warehouse) as con, console(world.paths.site) as browser:
        claims = read_claims(con)
        series = {name for (name,) in con.execute("SELECT series FROM series_info").fetchall()}
        for claim in claims:
            runs = bool(console_query(claim.sql))
            kinds[claim.kind] += runs
            assert runs or (claim.subject not in series and claim.kind not in _WHOLE), claim.id
            assert con.execute(claim.sql).fetchone(), claim.id
            if runs:
                assert not list(differing(con, claim))
                # metrics are in the console too: they are asked in tests/browser/test_sql.py
                assert '"' in claim.sql or not list(differing(browser, claim))
    assert sum(kinds.values()) > 200
    assert {"value", "comparison", "rank", "composition", "balance"} <= {kind for kind in kinds if kinds[kind]}


def test_a_query_that_the_browser_cannot_run_has_no_link() -> None:
    """A view that is in no file makes no link; what a query names for itself is no view."""
    assert console_query('SELECT max(value) FROM "PrecBolsNaci"') == "sql=SELECT+max(value)+FROM+%22PrecBolsNaci%22"
    assert console_query("SELECT pct FROM reservoir_latest") == ""
    assert console_query("WITH nivel AS (FROM titulares) FROM nivel") == "sql=WITH+nivel+AS+(FROM+titulares)+FROM+nivel"
    assert console_query("FROM titulares JOIN mix_last_day USING (day)") == ""
