"""Clauses about the level of a series: its value, a comparison, its place among past days, a run of days."""

from __future__ import annotations

from pipeline.narrate.claims import Claim
from pipeline.narrate.language import Language

SPANS = (7, 28)  # days behind a level that is a mean
MANY = 200  # a rise from which on it is told how many times as much [%]


def amount(claim: Claim, lang: Language) -> str:
    """Return the value as shown: with what it is a part of, or with its unit."""
    shown = lang.quantity(claim.figures["value"], claim.unit, claim.decimals)
    share = claim.words.get("share_of")
    return lang.say("amount", shown=shown, share=lang.phrase(share)) if share else shown


def mean_amount(claim: Claim, lang: Language) -> str:
    """Return the mean of some days as shown: of what adds up, how much it is a day."""
    shown = amount(claim, lang)
    daily = claim.words.get("adds") and not claim.words.get("share_of")
    return lang.say("amount.daily", shown=shown) if daily else shown


def change_shown(unit: str, change: float, lang: Language) -> str:
    """Return the size of a change: `3,7 %`, `25,2 puntos`; words carry its sign."""
    return lang.quantity(abs(change), {"%": "puntos", "°C": "°C"}.get(unit, "%"), 1)


def is_part(share_of: str) -> bool:
    """Return whether a percentage is a part of a whole that is not its own: `del total`, not `de su media`."""
    return bool(share_of) and " su " not in f" {share_of} "


def core(claim: Claim, wording: int, lang: Language) -> str:
    """Return subject, verb and value."""
    manner = claim.words.get("manner")
    said = lang.noun(claim.words["said"])
    if claim.span in SPANS:
        span = lang.span(claim.span)
        return lang.say("core.mean", wording, span=span, said=said, amount=mean_amount(claim, lang))
    slots = {"said": said, "amount": amount(claim, lang)}
    kind = "stock" if manner == "stock" else "flow"
    kind = "size" if manner == "size" else f"{kind}_share" if claim.words.get("share_of") else kind
    return lang.say(f"core.{kind}", wording, **slots)


def change(claim: Claim, wording: int, lang: Language) -> str:
    """Return how a value stands against what it is compared with."""
    change, basis = round(claim.figures["change"], 1), lang.phrase(claim.words["basis"])
    of_days = "mean" if claim.span in SPANS or claim.period.endswith("_to_date") else "day"
    plain, noun, value = (lang.say(f"basis.{of_days}", place, basis=basis) for place in range(3))
    if change == 0:
        return lang.say("change.flat", wording, plain=plain, noun=noun)
    relative = claim.unit not in ("%", "°C")
    if change >= MANY and relative:
        return lang.say("change.many", wording, times=lang.number(1 + claim.figures["change"] / 100, 1), value=value)
    what = f"{'change' if relative else 'points'}.{'up' if change > 0 else 'down'}"
    shown = change_shown(claim.unit, claim.figures["change"], lang)
    return lang.say(what, wording, shown=shown, plain=plain, noun=noun)


def comparison(claim: Claim, wording: int, lang: Language) -> str:
    """Return a value beside what it is compared with, or a sum to date beside the year before."""
    if not claim.period.endswith("_to_date"):
        return f"{core(claim, wording, lang)}, {change(claim, wording, lang)}"
    until = claim.day
    when = lang.say(f"when.{claim.period}", days=until.day, month=lang.month_name(until), year=until.year,
                    day=lang.day(until))  # fmt: skip
    told = lang.say(
        "to_date.sum" if claim.words.get("adds") else "to_date.mean", wording,
        when=when, said=lang.noun(claim.words["said"]), amount=amount(claim, lang),
    )  # fmt: skip
    return f"{told}, {change(claim, wording, lang)}"


def rank_phrase(claim: Claim, wording: int, lang: Language) -> str:
    """Return since when nothing was as high, or as low."""
    level, since = lang.say("rank.level", wording, **lang.side(claim.words)), claim.days["since"]
    if claim.words.get("record"):
        return lang.say("rank.record", level=level, first=lang.month(since))
    return lang.say("rank.since", level=level, since=lang.day(since, claim.day))


def rank(claim: Claim, wording: int, lang: Language) -> str:
    """Return the place of a value among past ones, the record that stands, or the fullest of a kind."""
    words = claim.words
    slots = {**lang.side(words), "said": lang.noun(words["said"]), "amount": amount(claim, lang)}
    if words.get("extreme"):
        of = lang.number(claim.figures["of"], 0)
        return lang.say("rank.extreme", wording, name=words["said"].removeprefix("el embalse "), of=of, **slots)
    if not words.get("standing"):
        return f"{core(claim, wording, lang)}, {rank_phrase(claim, wording, lang)}"
    at, first = lang.day(claim.days["at"], claim.day), lang.month(claim.days["since"])
    return lang.say("rank.standing", wording, at=at, first=first, **slots)


def run_phrase(claim: Claim, wording: int, lang: Language) -> str:
    """Return how many days in a row, and on which side of what."""
    days = lang.say("run.days", bool(claim.words.get("open")), days=lang.count(claim.figures["days"]))
    said, basis = lang.noun(claim.words["said"]), lang.phrase(claim.words["basis"])
    return lang.say(f"run.{claim.words['side']}", wording, said=said, days=days, basis=basis)


def run(claim: Claim, wording: int, lang: Language) -> str:
    """Return a run of days as a clause: of a part that its share is meant, of a mean how many days it has."""
    share = claim.words.get("share_of", "")
    asides = [lang.say("run.part", share=lang.phrase(share))] if is_part(share) else []
    asides += [lang.say("run.mean", span=lang.span(claim.span, plain=True))] if claim.span in SPANS else []
    said = ", ".join([lang.noun(claim.words["said"]), *asides, ""]) if asides else f"{lang.noun(claim.words['said'])} "
    return f"{said}{run_phrase(claim, wording, lang)}"


def value(claim: Claim, wording: int, lang: Language) -> str:
    """Return a value with the time it stands for."""
    if claim.period not in ("month_past", "then"):
        return core(claim, wording, lang)
    return lang.say(
        f"value.{claim.period}", wording, day=lang.day(claim.day), year=claim.day.year, core=core(claim, wording, lang),
        said=lang.noun(claim.words["said"]), amount=amount(claim, lang),
    )  # fmt: skip
