"""The bench of the checker, on the small world: half of its paragraphs are spoiled, and its floors hold there too."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.narrate.claims import read_claims
from tests.bench.checker import PARAGRAPHS, bench_checker
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow, pytest.mark.world]


def test_spoiled_figures_are_found_and_good_ones_spared(world: SmallWorld) -> None:
    """On claims of another day and a shorter history, in every way of spoiling that they allow."""
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        lines = bench_checker(con, read_claims(con), world.paths.site / "datos" / "verificar")
    assert [line for line in lines if not line.ok] == []
    told = {line.what: line.value for line in lines}
    assert told["checker: spoiled paragraphs"] == PARAGRAPHS / 2
    assert told["checker: good ones recognised [%]"] > 90
