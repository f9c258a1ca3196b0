"""The editor without a model: what a board tells today, by rules, so that the same claims give the same plan.

A claim weighs by its significance, by how early the board's file asks for it, and by whether yesterday's text told it.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase

from pipeline.narrate.claims import Claim
from pipeline.narrate.grammar import WORDINGS, can_stand, joins
from pipeline.narrate.text_plan import PlannedSentence, TextPlan, check_plan

SENTENCES = 5
COVER, FIRST = 0.7, 0.6  # what the list of a board weighs beside the claim of the day, and what its first entry adds
OLD = 0.85  # of the weight of what yesterday's text told
AGAIN = 0.82  # of the weight of one more sentence of a kind
ONCE = ("contrast", "forecast", "composition")
LEAST = 0.12  # of the weight of a sentence or the significance of an addition, to be worth its words


def place_of(claim: Claim, tells: Sequence[str]) -> int | None:
    """Return the first place of the board's list that asks for a claim."""
    for place, wanted in enumerate(tells):
        if claim.subject == wanted or ("." in wanted and fnmatchcase(claim.id, wanted)):
            return place
    return None


def weight_of(claim: Claim, tells: Sequence[str], before: Collection[str] = ()) -> float:
    """Return what a claim weighs in the text of a board."""
    place = place_of(claim, tells)
    cover = COVER * (1 - place / len(tells)) + FIRST * (place == 0) if place is not None else 0.0
    news = claim.significance * (OLD if claim.id in before else 1)
    return news + cover * (0.6 + 0.4 * min(1.0, claim.significance * 2))


def ranked(claims: Sequence[Claim], tells: Sequence[str], before: Collection[str] = ()) -> list[Claim]:
    """Return the claims of a board, what weighs most first."""
    return sorted(claims, key=lambda claim: (-weight_of(claim, tells, before), claim.id))


def edit(claims: Sequence[Claim], tells: Sequence[str], before: Collection[str] = ()) -> TextPlan:
    """Return the plan of a board's text.

    Args:
        claims: The claims of the board.
        tells: What its file asks for, first what answers its question.
        before: Ids that yesterday's text told.
    """
    listed = ranked([claim for claim in claims if claim.period != "twelve_to_date"], tells, before)
    # Of a board about one metric more may be said of it than of a board about ten.
    most = 2 if len({claim.metrics[0] for claim in listed}) > 4 else 4
    plan, kinds, topics = TextPlan(()), Counter[str](), Counter[str]()
    left = [claim for claim in listed if can_stand(claim) and claim.kind != "run" and claim.significance >= LEAST / 4]
    while left and len(plan.sentences) < SENTENCES:
        best = max(left, key=lambda claim: weight_of(claim, tells, before) * AGAIN ** kinds[claim.kind])
        left.remove(best)
        sentence = PlannedSentence((best.id, *_added(best, listed, kinds)), _turn(best))
        longer = check_plan(TextPlan((*plan.sentences, sentence)), claims).plan
        if topics[best.metrics[0]] >= most or len(longer.sentences) == len(plan.sentences):
            continue  # enough of that, or it repeats what is told
        plan = longer
        kinds[best.kind] += 1
        kinds.update(claim.kind for claim in listed if claim.id in longer.sentences[-1].claims[1:])
        topics[best.metrics[0]] += 1
        over = {kind for kind in ONCE if kinds[kind]}
        left = [claim for claim in left if not _same(claim, best) and claim.kind not in over]
    return plan


def _same(claim: Claim, told: Claim) -> bool:
    """Return whether a claim is about what a sentence is about, in the same unit or in another."""
    said = claim.kind == told.kind and claim.words.get("said") == told.words.get("said")
    return claim.subject == told.subject or said


def _added(head: Claim, listed: Sequence[Claim], kinds: Counter[str]) -> Iterator[str]:
    """Yield what a sentence adds to its head, if it is worth a clause; one run is enough for a text."""
    tails = (claim for claim in listed if joins(head, claim) and claim.significance >= LEAST)
    worth = (
        claim for claim in tails if claim.words.get("against") != "last" and not (claim.kind == "run" and kinds["run"])
    )
    yield from (claim.id for claim, _ in zip(worth, range(1), strict=False))


def _turn(claim: Claim) -> int:
    """Return the wording of a day: it changes from day to day and from claim to claim, and is the same in any run."""
    return (zlib.crc32(claim.id.encode()) + claim.day.toordinal()) % WORDINGS
