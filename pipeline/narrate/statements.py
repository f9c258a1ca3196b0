"""Clauses that stand on no level: thresholds, what a whole is made of, balances, forecasts, events, contrasts."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.narrate.claims import Claim
from pipeline.narrate.language import Language, Noun
from pipeline.narrate.levels import MANY, SPANS, amount, change_shown, core, is_part, mean_amount

#: Days from one value to the other, and what a reader calls them.
_LAPSES = ((1, 1, "day"), (7, 7, "week"), (28, 31, "month"), (358, 372, "year"))


def _subject(claim: Claim, lang: Language) -> Noun:
    return lang.noun(claim.words["said"])


def _shown(claim: Claim, name: str, lang: Language) -> str:
    """Return a figure of the claim with its unit."""
    return lang.quantity(claim.figures[name], claim.unit, claim.decimals)


def threshold(claim: Claim, wording: int, lang: Language) -> str:
    """Return on which side of a threshold a value is, and whose threshold it is."""
    manner = claim.words["manner"]
    if manner == "stock":
        return _threshold_level(claim, wording, lang)
    if manner == "seasons":
        return _threshold_seasons(claim, wording, lang)
    value, of, count = claim.figures["value"], claim.figures["of"], lang.count(claim.figures["value"])
    limit = _shown(claim, "threshold", lang)
    if manner == "days":
        span = lang.say("days", value == of, count=count)
    else:
        month = claim.period == "month"
        span = lang.say(
            "hours", 2 if month else value == 1, count=count, number=lang.number(value, 0), of=lang.number(of, 0)
        )
    return lang.say(f"threshold.{manner}", wording, said=_subject(claim, lang), limit=limit, **{manner: span})


def _threshold_level(claim: Claim, wording: int, lang: Language) -> str:
    figure, words = claim.figures["threshold"], claim.words
    # It is declared, not measured: 90 %, not 90,0 %.
    limit = lang.quantity(figure, claim.unit, 0 if figure == int(figure) else claim.decimals)
    named = lang.say(
        "limit", claim.unit == "%", what=lang.phrase(words["what"]), limit=limit, whose=lang.phrase(words["whose"])
    )
    return lang.say(
        f"level.{words['side']}", wording, core=core(claim, wording % 2, lang), named=named,
        amount=amount(claim, lang), said=_subject(claim, lang),
    )  # fmt: skip


def _threshold_seasons(claim: Claim, wording: int, lang: Language) -> str:
    seasons, value = claim.figures["days"], _shown(claim, "value", lang)
    limit = lang.quantity(claim.figures["threshold"], claim.unit, 1)
    run = lang.say("seasons", seasons == 1, count=lang.count(seasons), limit=limit)
    return lang.say(
        "threshold.seasons" if seasons else "threshold.no_season", wording,
        said=_subject(claim, lang), value=value, limit=limit, run=run, rule=lang.say("rule"),
    )  # fmt: skip


def composition(claim: Claim, wording: int, lang: Language) -> str:
    """Return the greatest parts of a whole."""
    parts = [(name, pct) for name, pct in claim.parts.items() if round(pct, 1) >= 0.5][:3]
    shown = [(lang.noun(name), lang.quantity(pct, "%", 1)) for name, pct in parts]
    (first, pct), rest = shown[0], shown[1:]
    told, stands = sum(pct for _, pct in parts), claim.words.get("manner") == "stock"
    slots = {"said": _subject(claim, lang), "first": first, "pct": pct}
    if wording == 0 and rest:
        listed = lang.join([lang.say("part.bracket", name=name, pct=pct) for name, pct in shown])
        return lang.say(
            f"spread.{'whole' if told > 99.5 else 'most' if told > 60 else 'led'}", stands, listed=listed, **slots
        )
    way, part = (("alone", ""), ("share", "with"), ("within", "plain"), ("went", "bracket"))[wording]
    return lang.say(f"spread.{way}", stands, others=_others(way, part, rest, lang) if part else "", **slots)


def _others(way: str, part: str, rest: Sequence[tuple[Noun, str]], lang: Language) -> str:
    """Return the parts that come after the greatest one, with what joins them to it."""
    slots: dict[str, object] = {}
    if len(rest) == 1:
        slots = {"name": rest[0][0], "pct": rest[0][1]}
    elif rest:
        listed = [lang.say(f"part.{part}", name=name, pct=pct) for name, pct in rest]
        slots = {"listed": lang.join(listed) if part == "bracket" else str(lang.table["linked"]).join(listed)}
    return lang.say(f"others.{way}", min(len(rest), 2), **slots)


def balance(claim: Claim, wording: int, lang: Language) -> str:
    """Return two figures and how far apart they are."""
    return lang.say(
        f"balance.{claim.words['side']}", wording, said=_subject(claim, lang), other=lang.noun(claim.words["other"]),
        left=_shown(claim, "left", lang), right=_shown(claim, "right", lang), apart=_shown(claim, "difference", lang),
    )  # fmt: skip


def forecast(claim: Claim, wording: int, lang: Language) -> str:
    """Return what the portal expects, of a week or of a day with its band."""
    week = claim.period == "next_week"
    value = mean_amount(claim, lang) if week else _shown(claim, "value", lang)
    slots = {"said": _subject(claim, lang), "day": lang.day(claim.days["first"]), "value": value}
    if week:
        change = round(claim.figures["change"], 1)
        way = "flat" if change == 0 else "up" if change > 0 else "down"
        against = lang.say(f"expected.{way}", shown=lang.quantity(abs(change), "%", 1))
        return lang.say("forecast.week", wording, against=against, **slots)
    return lang.say("forecast.day", wording, low=_shown(claim, "low", lang), high=_shown(claim, "high", lang), **slots)


def event(claim: Claim, wording: int, lang: Language) -> str:
    """Return the state of the system, or a record that fell."""
    words, days = claim.words, claim.days
    if words["event"] == "state":
        since = lang.say("since", bool(words.get("whole")), day=lang.day(days["since"], claim.day))
        known = lang.number(claim.figures["days"], 0)
        return lang.say("event.state", wording, state=lang.say(f"state.{words['state']}"), since=since, days=known)
    shown, share = _shown(claim, "value", lang), words.get("share_of")
    shown = lang.say("amount", shown=shown, share=lang.phrase(share)) if share else shown
    past = lang.say(
        "event.before", claim.unit == "%", before=_shown(claim, "previous", lang),
        day=lang.day(days["previous"], claim.day),
    )  # fmt: skip
    return lang.say(
        "event.record", wording, said=_subject(claim, lang), shown=shown, day=lang.day(claim.day),
        first=lang.month(days["from"]), past=past, **lang.side(words),
    )  # fmt: skip


def movement(claim: Claim, lang: Language) -> str:
    """Return what a comparison found, its level left out: a headline.

    '' of a sum to date, of the mean of a part, and where the days compared lie as far apart as no word says: a Monday
    beside a Friday, or a like day that a holiday moved.
    """
    words, change, base = claim.words, claim.figures["change"], claim.days.get("base")
    mean = claim.span in SPANS
    apart = (claim.day - base).days if base else 0
    lapse = next((name for low, high, name in _LAPSES if low <= apart <= high), "")
    if not lapse or claim.period.endswith("_to_date") or (mean and is_part(words.get("share_of", ""))):
        return ""
    slots = {"said": lang.noun(words["said"]), "times": lang.number(1 + change / 100, 1)}
    if round(change, 1) == 0:
        told = lang.say("moved.not", **slots)
    elif change >= MANY and claim.unit not in ("%", "°C"):
        told = lang.say("moved.many", mean, span=lang.span(claim.span, plain=True) if mean else "", **slots)
    else:
        told = _moved(words["said"], words.get("share_of", ""), claim.unit, change, claim.span, lang)
    return lang.say("movement", mean, told=told, lapse=lang.say(f"lapse.{lapse}"))


def contrast(claim: Claim, wording: int, lang: Language) -> str:
    """Return two changes set against each other; nothing is said of why."""
    words, figures = claim.words, claim.figures
    against = words["against"] if words["against"] in ("year", "week") else "last"
    left = _moved(words["said"], words["share_of"], claim.unit, figures["left"], claim.span, lang)
    right = _moved(
        words["other"], words["other_share_of"], words["other_unit"], figures["right"], int(figures["other_span"]), lang
    )
    if claim.days["other"] != claim.day:
        right += lang.say("late", day=lang.day(claim.days["other"], claim.day))
    link = "although" if words["link"] == "pese a que" else "while"
    return lang.say(f"contrast.{link}", wording, ago=lang.say(f"ago.{against}"), left=left, right=right)


def _moved(said: str, share_of: str, unit: str, change: float, span: int, lang: Language) -> str:
    """Return a rise or a fall as a clause; of a part, how its share moved."""
    slots = {"said": lang.noun(said), "shown": change_shown(unit, change, lang)}
    if is_part(share_of):
        return lang.say(f"moved.{'gained' if change > 0 else 'lost'}", share=lang.phrase(share_of), **slots)
    mean = span in SPANS
    way = "up" if change > 0 else "down"
    return lang.say(f"moved.{way}", mean, span=lang.span(span, plain=True) if mean else "", **slots)
