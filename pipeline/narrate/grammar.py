"""The grammar: how each kind of claim is written, in several wordings. What it can write is all that may be published.

A statement is written once and said in any language of `wordings/`; Spanish is the portal's.

A claim is a head (a clause of its own, without its date) or a tail, which adds to a head about the same subject, day
and level. Wordings are numbered: any number is one of them, so that a plan can be dull and never wrong. Figures come
from the claim and from nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.narrate import levels, statements
from pipeline.narrate.claims import Claim
from pipeline.narrate.language import Language, language, opened

Wording = Callable[[Claim, int, Language], str]
WORDINGS = 4
SPANISH, ENGLISH = language("es"), language("en")

_HEADS: dict[str, Wording] = {
    "value": levels.value,
    "comparison": levels.comparison,
    "rank": levels.rank,
    "run": levels.run,
    "threshold": statements.threshold,
    "composition": statements.composition,
    "balance": statements.balance,
    "forecast": statements.forecast,
    "event": statements.event,
    "contrast": statements.contrast,
}
KINDS = tuple(_HEADS)
_TAILS: dict[str, Wording] = {
    "comparison": lambda claim, wording, lang: levels.change(claim, wording % 2, lang),
    "rank": levels.rank_phrase,
    "run": levels.run_phrase,
}
_AFTER = {"comparison": ("comparison", "rank", "run"), "rank": ("run",)}


def can_stand(claim: Claim) -> bool:
    """Return whether a claim may be a sentence of its own; a bare value that a card shows may not."""
    return claim.kind != "value" or claim.words.get("alone") == "yes"


def joins(head: Claim, tail: Claim) -> bool:
    """Return whether a claim may follow another in its sentence: it is about the same value of the same day."""
    same = (head.subject, head.day, head.span, head.period) == (tail.subject, tail.day, tail.span, tail.period)
    return same and tail.id != head.id and head.span > 0 and tail.kind in _AFTER.get(head.kind, ())


def head(claim: Claim, wording: int, lang: Language = SPANISH) -> str:
    """Return a claim as a clause without its date and full stop."""
    return _HEADS[claim.kind](claim, wording % WORDINGS, lang)


def tail(claim: Claim, wording: int, lang: Language = SPANISH) -> str:
    """Return what a claim adds to a head, with what joins it."""
    told = _TAILS[claim.kind](claim, wording % WORDINGS, lang)
    return lang.say(f"tail.{claim.kind}", told=told, said=lang.noun(claim.words["said"]))


def title(claim: Claim, wording: int, lang: Language = SPANISH) -> str:
    """Return a claim as a headline, opened: of a comparison what moved and by how much, the level left to the text.

    Of any other kind its head, up to what is added after a semicolon.
    """
    told = statements.movement(claim, lang) if claim.kind == "comparison" else ""
    return opened(told or head(claim, wording, lang).partition(";")[0])


def dated(claim: Claim) -> bool:
    """Return whether a head names its own time, so that no date stands before it."""
    own = claim.period.endswith(("_to_date", "_past", "then", "next_week")) or claim.kind == "forecast"
    return own or claim.kind == "event" or claim.words.get("standing") == "yes"
