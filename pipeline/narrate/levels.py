"""Clauses about the level of a series: its value, a comparison, its place among past days, a run of days."""

from __future__ import annotations

from pipeline.core import spanish
from pipeline.narrate.agreement import SPANS, agree, count, day_of, of, plain_span, quantity, since, to
from pipeline.narrate.claims import Claim

_FLOW = ("fue de|fueron de", "se situó en|se situaron en", "se ubicó en|se ubicaron en", "quedó en|quedaron en")
_STOCK = ("está en|están en", "se sitúa en|se sitúan en", "se ubica en|se ubican en", "es de|son de")
_FLOW_SHARE = (
    "fue|fueron",
    "representó|representaron",
    "equivalió a|equivalieron a",
    "correspondió a|correspondieron a",
)
_STOCK_SHARE = ("está en|están en", "se sitúa en|se sitúan en", "equivale a|equivalen a", "se ubica en|se ubican en")
_SIZE = ("es de|son de", "llega a|llegan a", "alcanza|alcanzan", "se calcula en|se calculan en")
_MEAN = ("promedió|promediaron", "tuvo un promedio de|tuvieron un promedio de")
_UP = ("más que", "por encima de", "con un alza", "lo que significa un aumento")
_DOWN = ("menos que", "por debajo de", "con una caída", "lo que significa una reducción")
_FLAT = ("lo mismo que", "igual que", "sin cambio frente a", "sin variación frente a")


def amount(claim: Claim) -> str:
    """Return the value as shown: with what it is a part of, or with its unit."""
    shown = quantity(claim.figures["value"], claim.unit, claim.decimals)
    share = claim.words.get("share_of")
    return f"el {shown} {share}" if share else shown


def change_shown(claim: Claim, name: str = "change") -> str:
    """Return the size of a change: `3,7 %`, `25,2 puntos`; words carry its sign."""
    unit = {"%": "puntos", "°C": "°C"}.get(claim.unit, "%")
    return quantity(abs(claim.figures[name]), unit, 1)


def subject(claim: Claim) -> str:
    """Return what the claim is about, with its article."""
    return claim.words["said"]


def _measured(claim: Claim) -> str:
    """Return the subject where its figure is not beside it: of a part, that its share is meant."""
    share = claim.words.get("share_of", "")
    return f"{subject(claim)}, como parte {share}," if share and " su " not in f" {share} " else subject(claim)


def core(claim: Claim, wording: int) -> str:
    """Return subject, verb and value."""
    said, shown = subject(claim), amount(claim)
    share, stock = bool(claim.words.get("share_of")), claim.words.get("manner") == "stock"
    if claim.span in SPANS:
        verb = agree(said, _MEAN[wording % 2])
        shown = shown.replace("de el ", "del ")
        if wording < 2:
            return f"{said} {_fused(verb, shown)} en {SPANS[claim.span]}"
        return f"en {SPANS[claim.span]}, {said} {_fused(verb, shown)}"
    forms = (_STOCK_SHARE if stock else _FLOW_SHARE) if share else (_STOCK if stock else _FLOW)
    forms = _SIZE if claim.words.get("manner") == "size" else forms
    return f"{said} {_fused(agree(said, forms[wording]), shown)}"


def _fused(verb: str, shown: str) -> str:
    """Return a verb and what follows it, with «a el» and «de el» as one word."""
    return f"{verb} {shown}".replace(" a el ", " al ").replace(" de el ", " del ")


def change(claim: Claim, wording: int) -> str:
    """Return how a value stands against what it is compared with."""
    shown, basis, change = change_shown(claim), claim.words["basis"], round(claim.figures["change"], 1)
    mean = claim.span in SPANS or claim.period.endswith("_to_date")
    plain, noun = (f"en {basis}", f"lo registrado en {basis}") if mean else (basis, basis)
    if change == 0:
        phrase = _FLAT[wording]
        return f"{phrase} {plain}" if wording < 2 else f"{phrase[:-2]}{to(noun)}"
    if change >= 200 and claim.unit not in ("%", "°C"):
        many = spanish.number(1 + claim.figures["change"] / 100, 1)
        what = noun if mean else f"el valor {of(basis)}"
        return f"{('', 'el equivalente a ', 'es decir, ', 'o ')[wording]}{many} veces {what}"
    phrase = (_UP if change > 0 else _DOWN)[wording]
    percent = not shown.endswith(("puntos", "°C"))
    if wording == 0:
        return f"{'un ' * percent}{shown} {phrase} {plain}"
    if wording == 1:
        return f"{'un ' * percent}{shown} {phrase[:-2]}{of(noun)}"
    return f"{phrase} {'del' if percent else 'de'} {shown} frente {to(noun)}"


def comparison(claim: Claim, wording: int) -> str:
    """Return a value beside what it is compared with, or a sum to date beside the year before."""
    if not claim.period.endswith("_to_date"):
        return f"{core(claim, wording)}, {change(claim, wording)}"
    said, shown = subject(claim), amount(claim)
    verbs = (
        ("acumula|acumulan", "suma|suman")
        if claim.words.get("adds")
        else ("promedia|promedian", "tiene una media de|tienen una media de")
    )
    verb = _fused(agree(said, verbs[wording % 2]), shown)
    until, start = claim.day, claim.days["start"]
    when = {
        "month_to_date": f"en los primeros {until.day} días de {spanish.MONTHS[until.month - 1]}",
        "year_to_date": f"en lo corrido de {start.year}, hasta {day_of(until, until)}",
        "twelve_to_date": f"en los doce meses hasta {day_of(until, until)}",
    }[claim.period]
    told = f"{when}, {said} {verb}" if wording % 2 == 0 else f"{said} {verb} {when}"
    return f"{told}, {change(claim, wording)}"


def rank_phrase(claim: Claim, wording: int) -> str:
    """Return since when nothing was as high, or as low."""
    high = claim.words["side"] == "high"
    nouns = ("su nivel más alto", "el valor más alto", "el mayor registro", "el nivel más alto")
    lows = ("su nivel más bajo", "el valor más bajo", "el menor registro", "el nivel más bajo")
    noun = (nouns if high else lows)[wording]
    if claim.words.get("record"):
        return f"{noun} de los datos del portal, que empiezan en {spanish.month(claim.days['since'])}"
    return f"{noun} {since(claim.days['since'], claim.day)}"


def rank(claim: Claim, wording: int) -> str:
    """Return the place of a value among past ones, the record that stands, or the fullest of a kind."""
    said, words = subject(claim), claim.words
    high = words["side"] == "high"
    if words.get("extreme"):
        most = "más lleno" if high else "más vacío"
        group, shown = f"los {spanish.number(claim.figures['of'], 0)} embalses con dato", amount(claim)
        name = said.removeprefix("el embalse ")
        return (
            f"el {most} de {group} es {name}, con {shown}",
            f"{name} es el embalse {most} de {group}, con {shown}",
            f"entre {group}, el {most} es {name}, que está en {shown}",
            f"{said} está en {shown} y es el {most} de {group}",
        )[wording]
    if not words.get("standing"):
        return f"{core(claim, wording)}, {rank_phrase(claim, wording)}"
    noun, best = ("máximo", "mayor") if high else ("mínimo", "menor")
    at, first = claim.days["at"], spanish.month(claim.days["since"])
    shown = amount(claim)
    when = day_of(at, claim.day)
    had = agree(said, "ha tenido|han tenido")
    link = f"de {when}" if at.year != claim.day.year and not when.startswith("el ") else of(when)
    return (
        f"el {noun} {of(said)} desde {first} sigue siendo {shown}, {link}",
        f"el {best} valor {of(said)} en los datos del portal, desde {first}, es {shown}, {link}",
        f"desde {first}, {said} no {had} un valor {best} que {shown}, el {link}",
        f"{shown}, {link}, es el {noun} {of(said)} desde {first}",
    )[wording]


def run_phrase(claim: Claim, wording: int) -> str:
    """Return how many days in a row, and on which side of what."""
    said, least = subject(claim), "al menos " if claim.words.get("open") else ""
    verb = agree(said, ("completa|completan", "lleva|llevan", "suma|suman", "acumula|acumulan")[wording])
    side = "por encima" if claim.words["side"] == "above" else "por debajo"
    return f"{verb} {least}{count(claim.figures['days'])} días seguidos {side} {of(claim.words['basis'])}"


def run(claim: Claim, wording: int) -> str:
    """Return a run of days as a clause."""
    mean = f" en promedio de {plain_span(claim.span)}," if claim.span in SPANS else ""
    mean = mean if not mean or _measured(claim).endswith(",") else f",{mean}"
    return f"{_measured(claim)}{mean} {run_phrase(claim, wording)}"


def value(claim: Claim, wording: int) -> str:
    """Return a value with the time it stands for."""
    if claim.period == "month_past":
        days = f"en los treinta días hasta {day_of(claim.day, claim.day)}"
        return (f"{days}, {core(claim, wording)}", f"{core(claim, wording)} {days}")[wording % 2]
    if claim.period != "then":
        return core(claim, wording)
    said, shown, year = subject(claim), amount(claim), claim.day.year
    verb = agree(said, "estaba en|estaban en")
    return (
        f"en la misma fecha de {year}, año de El Niño, {said} {verb} {shown}",
        f"{said} {verb} {shown} en la misma fecha de {year}, año de El Niño",
        f"en esta fecha de {year}, también año de El Niño, {said} {verb} {shown}",
        f"un año de El Niño como {year} tenía en esta fecha {said} en {shown}",
    )[wording]
