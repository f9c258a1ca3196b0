"""A thousand malformed replies: no crash, no bad cell published, every good cell kept (I10)."""

from __future__ import annotations

from pipeline.emulator.malformed import KINDS, malformed
from tests.bench.malformed import check_malformed


def test_a_thousand_malformed_replies() -> None:
    """Bad cells go to quarantine one by one; the good ones of the same reply are published."""
    result = check_malformed(1000)
    assert (result.payloads, result.kinds) == (1000, len(KINDS))
    assert result.faults == []
    assert result.ok
    assert result.good_kept > 50_000


def test_the_replies_are_varied_and_seeded() -> None:
    """At least thirty kinds, other values each round, the same for the same seed."""
    assert len(KINDS) >= 30
    bodies = [case.body for case in malformed(2 * len(KINDS))]
    assert bodies == [case.body for case in malformed(2 * len(KINDS))]
    assert bodies != [case.body for case in malformed(2 * len(KINDS), seed=8)]
