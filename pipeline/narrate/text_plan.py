"""The plan of a text: which claims, in which order, joined how, in which wording. Nothing of it can be false.

Whoever makes a plan, the rules or a model, it is checked here: what is no claim of the board is dropped and counted,
what may not stand alone or does not join is left out. What is left is written by the grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.narrate.claims import Claim
from pipeline.narrate.grammar import WORDINGS, can_stand, joins

MOST_SENTENCES, MOST_JOINED = 6, 3


@dataclass(frozen=True)
class PlannedSentence:
    """One sentence: a head, what is added to it, and the number of its wording."""

    claims: tuple[str, ...]
    wording: int = 0


@dataclass(frozen=True)
class TextPlan:
    """A text in outline.

    Attributes:
        sentences: In the order of the text; the first is its lead.
        headline: Claim behind the headline; of the claims that are told.
    """

    sentences: tuple[PlannedSentence, ...]
    headline: str = ""

    @property
    def claims(self) -> tuple[str, ...]:
        """Ids of all that is told, in order."""
        return tuple(name for sentence in self.sentences for name in sentence.claims)

    def told(self) -> dict[str, object]:
        """Return the plan as JSON values."""
        sentences = [{"claims": list(s.claims), "wording": s.wording} for s in self.sentences]
        return {"headline": self.headline, "sentences": sentences}

    @classmethod
    def of(cls, document: Mapping[str, object]) -> TextPlan:
        """Return the plan of a document; whatever is of another shape is left out."""
        listed = document.get("sentences")
        sentences = []
        for entry in listed if isinstance(listed, list) else []:
            if isinstance(entry, dict) and isinstance(names := entry.get("claims"), list):
                wording = entry.get("wording", 0)
                number = wording if isinstance(wording, int) and 0 <= wording < WORDINGS else 0
                sentences.append(PlannedSentence(tuple(n for n in names if isinstance(n, str)), number))
        headline = document.get("headline")
        return cls(tuple(sentences), headline if isinstance(headline, str) else "")


@dataclass(frozen=True)
class CheckedPlan:
    """A plan that can be written, and how much of what was asked is not in it."""

    plan: TextPlan
    unknown: int
    unjoined: int


def check_plan(asked: TextPlan, claims: Sequence[Claim]) -> CheckedPlan:
    """Return what of a plan can be written: known claims, each once, joined only to what they are about."""
    known = {claim.id: claim for claim in claims}
    wanted = [name for sentence in asked.sentences for name in sentence.claims]
    unknown = sum(name not in known for name in [*wanted, *filter(None, [asked.headline])])
    used: set[str] = set()
    sentences: list[PlannedSentence] = []
    unjoined = 0
    for sentence in asked.sentences:
        chosen = [known[name] for name in dict.fromkeys(sentence.claims) if name in known and name not in used]
        first = next((claim for claim in chosen if can_stand(claim) and not _repeats(claim, used, known)), None)
        if first is None or len(sentences) == MOST_SENTENCES:
            unjoined += len(chosen)
            continue
        joined = [first.id]
        for claim in chosen:
            if len(joined) < MOST_JOINED and joins(first, claim) and _adds(claim, [known[n] for n in joined]):
                joined.append(claim.id)
        unjoined += len(chosen) - len(joined)
        used.update(joined)
        sentences.append(PlannedSentence(tuple(joined), sentence.wording))
    plan = TextPlan(tuple(sentences))
    headline = asked.headline if asked.headline in plan.claims and can_stand(known[asked.headline]) else ""
    return CheckedPlan(
        TextPlan(plan.sentences, headline or next((s.claims[0] for s in sentences), "")), unknown, unjoined
    )


def _adds(claim: Claim, told: Iterable[Claim]) -> bool:
    """Return whether a claim adds to a sentence: of ranks and of runs one is enough."""
    return claim.kind == "comparison" or all(other.kind != claim.kind for other in told)


def _repeats(claim: Claim, used: Iterable[str], known: Mapping[str, Claim]) -> bool:
    """Return whether a text says this already: a contrast and its halves, or two thresholds of one thing."""
    told = [known[name] for name in used]
    halves = {claim.words.get("left"), claim.words.get("right")} - {None}
    return any(other.id in halves or claim.id in (other.words.get("left"), other.words.get("right")) for other in told)
