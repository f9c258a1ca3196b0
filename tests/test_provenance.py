"""From any figure, claim or report back to the raw replies; what was tampered with is refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.core.errors import UsageError
from pipeline.provenance import trace_value
from tests.provenance_walks import Walks, drawn, opened
from tests.world import SmallWorld

pytestmark = [pytest.mark.world, pytest.mark.slow]
WALKS = 60


@pytest.fixture(scope="module")
def walks(world: SmallWorld) -> Iterator[Walks]:
    """The built world, opened once."""
    with opened(world.paths) as made:
        yield made


def test_walks_end_at_replies_and_tampered_ones_are_refused(walks: Walks, tmp_path: Path) -> None:
    """Over figures, their data, claims and reports: every value of the day behind them was found in a reply."""
    rng, ended = random.Random(15), 0
    for number, text in enumerate(drawn(walks, WALKS)):
        hops = [hop for hop, _ in walks.walk(text)]
        ended += "reply" in hops
        assert hops.count("values") <= hops.count("part"), text
        assert walks.tampered(text, tmp_path / str(number), rng) is not None, text
    assert ended > 0.8 * WALKS  # the others stand on forecasts and reference data


def test_the_command_takes_a_page_and_an_id(walks: Walks) -> None:
    """As a reader copies it from the address of a figure; the hops come in their order."""
    told = trace_value(walks.settings, "tableros/hidrologia/#embalses-volumen").splitlines()
    hops = list(dict.fromkeys(line.split()[0] for line in told))
    assert hops == ["figure", "page", "query", "lake", "values", "part", "reply"]


@pytest.mark.parametrize(
    "text",
    ["value.nothing", "tableros/hidrologia/#nada", "nada/#serie", "informes/1999/01/01/#price", "figuras/x/y.svg"],
)
def test_what_is_not_published_is_wrong_usage(walks: Walks, text: str) -> None:
    """No claim, no figure, no page, no report."""
    with pytest.raises(UsageError):
        trace_value(walks.settings, text)
