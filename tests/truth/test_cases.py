"""The twenty inputs that failed: each is right."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.once import Once
from tests.truth import twenty
from tests.truth.apart import layouts_differ, lost_part
from tests.truth.cases import Case, Scene, altered
from tests.truth.judge import frozen_of, wrong_of
from tests.truth.scenes import scene_of

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="session")
def scene(once: Once) -> Callable[[str], Scene]:
    """Return scenes by name; each is lived once."""
    return cache(lambda name: scene_of(name, once))


@pytest.mark.parametrize("case", twenty.CASES, ids=[case.number for case in twenty.CASES])
def test_the_input_does_no_harm(case: Case, scene: Callable[[str], Scene]) -> None:
    """Nothing wrong is quotable, nothing freezes, nothing is silent."""
    assert case.faults(scene(case.scene)) == []


@pytest.mark.parametrize("name", ["night", "weeks"])
def test_no_other_series_freezes(name: str, scene: Callable[[str], Scene]) -> None:
    """The trouble of a series is its own."""
    lived = scene(name)
    assert frozen_of(lived.portal, lived.truth, altered(name)) == []


def test_the_rig_sees_nothing_wrong_where_nothing_is(scene: Callable[[str], Scene]) -> None:
    """The clean night, judged by itself, is right: what the rig finds elsewhere is of the faults."""
    clean = scene("clean")
    assert wrong_of(clean.portal, clean.truth) == []


def test_one_lost_file_costs_one_series(scene: Callable[[str], Scene], tmp_path: Path) -> None:
    """D14: the rest is restored, the series is asked again and whole after a night."""
    assert lost_part(scene("clean").portal, tmp_path) == []


def test_the_layout_of_real_replies_is_read_as_fast() -> None:
    """D18: the same rows, in no more than twice the time."""
    assert layouts_differ() == []
