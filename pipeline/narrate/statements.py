"""Clauses that stand on no level: thresholds, what a whole is made of, balances, forecasts, events, contrasts."""

from __future__ import annotations

from pipeline.core import spanish
from pipeline.narrate.agreement import SPANS, agree, count, day_of, of, plain_span, plural, quantity, since, to, whole
from pipeline.narrate.claims import Claim
from pipeline.narrate.levels import amount, change_shown, core, subject

_LIMIT = {
    True: ("por encima de", "más que", "y supera|y superan", "por encima de"),
    False: ("por debajo de", "menos que", "y no alcanza|y no alcanzan", "por debajo de"),
}
_STATES = {"normal": "normal", "watch": "de vigilancia", "risk": "de riesgo"}


def threshold(claim: Claim, wording: int) -> str:
    """Return on which side of a threshold a value is, and whose threshold it is."""
    manner = claim.words["manner"]
    if manner == "stock":
        return _threshold_level(claim, wording)
    return {"days": _threshold_days, "hours": _threshold_hours, "seasons": _threshold_seasons}[manner](claim, wording)


def _threshold_level(claim: Claim, wording: int) -> str:
    said, words = subject(claim), claim.words
    above = words["side"] == "above"
    limit = whole(claim.figures["threshold"], claim.unit, claim.decimals)
    named = f"{words['what']} {'del' if claim.unit == '%' else 'de'} {limit} {words['whose']}"
    link = _LIMIT[above][wording]
    if wording == 0:
        return f"{core(claim, 0)}, {link[:-3]} {of(named)}"
    if wording == 1:
        return f"{core(claim, 1)}, {link} {named}"
    if wording == 2:
        return f"{core(claim, 0)} {agree(said, link)} {named}"
    return f"con {amount(claim)}, {said} {agree(said, 'está|están')} {link[:-3]} {of(named)}"


def _threshold_days(claim: Claim, wording: int) -> str:
    value, of_all = claim.figures["value"], claim.figures["of"]
    limit = f"{quantity(claim.figures['threshold'], claim.unit, claim.decimals)}, fijado por la CREG"
    days = "cada uno de los últimos siete días" if value == of_all else f"{count(value)} de los últimos siete días"
    said = subject(claim)
    return (
        f"{said} alcanzó o superó el de escasez ({limit}) en {days}",
        f"en {days}, {said} llegó al de escasez ({limit}) o lo superó",
        f"{said} estuvo en el nivel de escasez o más arriba ({limit}) en {days}",
        f"en {days}, {said} no bajó del de escasez ({limit})",
    )[wording]


def _threshold_hours(claim: Claim, wording: int) -> str:
    value, said = claim.figures["value"], subject(claim)
    hours = "una hora" if value == 1 else f"{count(value)} horas"
    if claim.period == "month":
        hours = f"{spanish.number(value, 0)} de las {spanish.number(claim.figures['of'], 0)} horas del mes"
    limit = f"{quantity(claim.figures['threshold'], claim.unit, claim.decimals)}, fijado por la CREG"
    return (
        f"{said} superó el de escasez ({limit}) durante {hours}",
        f"durante {hours}, {said} estuvo por encima del de escasez ({limit})",
        f"{said} pasó {hours} por encima del de escasez ({limit})",
        f"en {hours}, {said} fue mayor que el de escasez ({limit})",
    )[wording]


def _threshold_seasons(claim: Claim, wording: int) -> str:
    said, seasons = subject(claim), claim.figures["days"]
    value = quantity(claim.figures["value"], claim.unit, claim.decimals)
    limit = quantity(claim.figures["threshold"], claim.unit, 1)
    rule = "la NOAA habla de El Niño a partir de cinco trimestres seguidos en ese nivel"
    if not seasons:
        return (
            f"{said} fue de {value} y no llegó a los {limit} con los que la NOAA define El Niño",
            f"{said} quedó en {value}, por debajo de los {limit} con los que la NOAA define El Niño",
            f"con {value}, {said} no llegó a los {limit} que usa la NOAA para hablar de El Niño",
            f"{said} se ubicó en {value}, menos que los {limit} que usa la NOAA para hablar de El Niño",
        )[wording]
    spell = "trimestre" if seasons == 1 else "trimestres seguidos"
    run = f"{count(seasons)} {spell} en {limit} o más"
    return (
        f"{said} fue de {value} y completó {run}; {rule}",
        f"{said} llegó a {value} y sumó {run}; {rule}",
        f"con {value}, {said} acumuló {run}; {rule}",
        f"{said} se ubicó en {value}, con {run}; {rule}",
    )[wording]


def composition(claim: Claim, wording: int) -> str:
    """Return the greatest parts of a whole."""
    said = subject(claim)
    shown = [(name, quantity(pct, "%", 1)) for name, pct in claim.parts.items() if round(pct, 1) >= 0.5][:3]
    first, rest = shown[0], shown[1:]
    stock = claim.words.get("manner") == "stock"
    split, weighs, gives = (
        ("se reparte", "tiene|tienen", "representa|representan")
        if stock
        else ("se repartió", "tuvo|tuvieron", "representó|representaron")
    )
    listed = spanish.join([f"{name} ({pct})" for name, pct in shown])
    told = sum(claim.parts[name] for name, _ in shown)
    whole_told = told > 99.5
    if wording == 0 and told > 60:
        return f"{said} {split} {'' if whole_told else 'sobre todo '}entre {listed}"
    if wording == 0:
        return f"{listed} {'encabezan' if stock else 'encabezaron'} {said}"
    if wording == 1:
        others = ", y ".join(f"{name}, con el {pct}" for name, pct in rest)
        follows = "sigue" if len(rest) == 1 and not plural(rest[0][0]) else "siguen"
        return f"{first[0]} {agree(first[0], gives)} el {first[1]} {of(said)}; le {follows} {others}"
    if wording == 2:
        others = ", y ".join(f"{name}, el {pct}" for name, pct in rest)
        return f"en {said}, {first[0]} {agree(first[0], weighs)} el {first[1]}; {others}"
    comes = "viene" if len(rest) == 1 and not plural(rest[0][0]) else "vienen"
    others = spanish.join([f"{name} ({pct})" for name, pct in rest])
    went = "corresponde" if stock else "correspondió"
    return f"el {first[1]} {of(said)} {went} {to(first[0])}; después {comes} {others}"


def balance(claim: Claim, wording: int) -> str:
    """Return two figures and how far apart they are."""
    said, other, above = subject(claim), claim.words["other"], claim.words["side"] == "above"
    left, right, apart = (
        quantity(claim.figures[name], claim.unit, claim.decimals) for name in ("left", "right", "difference")
    )
    more, over = ("más", "por encima") if above else ("menos", "por debajo")
    verb = "superó|superaron" if above else "fue menor|fueron menores"
    second = f"en {apart} {other} ({right})" if above else f"en {apart} que {other} ({right})"
    return (
        f"{said}, de {left}, {agree(said, verb)} {second}",
        f"{said} {agree(said, 'fue de|fueron de')} {left}, {apart} {more} que {other} ({right})",
        f"{said}, con {left}, {agree(said, 'estuvo|estuvieron')} {apart} {over} {of(other)} ({right})",
        f"entre {said}, de {left}, y {other}, de {right}, hubo {apart} de diferencia",
    )[wording]


def forecast(claim: Claim, wording: int) -> str:
    """Return what the portal expects, of a week or of a day with its band."""
    said, first = subject(claim), claim.days["first"]
    shown = quantity(claim.figures.get("value", 0), claim.unit, claim.decimals)
    day = day_of(first, first)
    if claim.period == "next_week":
        change = round(claim.figures["change"], 1)
        ways = "un {} más que", "un {} menos que"
        against = "casi lo mismo que" if change == 0 else ways[change < 0].format(quantity(abs(change), "%", 1))
        against += " en los últimos siete días conocidos"
        week = f"los siete días que empiezan {day}"
        return (
            f"para {week}, el pronóstico del portal ubica {said} en un promedio de {shown}, {against}",
            f"el pronóstico del portal para {said} es de {shown} en promedio en {week}, {against}",
            f"el portal pronostica para {said} un promedio de {shown} en {week}, {against}",
            f"en {week} se espera para {said} un promedio de {shown}, según el pronóstico del portal, {against}",
        )[wording]
    low, high = (quantity(claim.figures[name], claim.unit, claim.decimals) for name in ("low", "high"))
    return (
        f"para {day}, el pronóstico del portal para {said} es de {shown}, con una banda del 80 % entre {low} y {high}",
        f"el portal pronostica {shown} para {said} {day}, entre {low} y {high} con una probabilidad del 80 %",
        f"{day} se esperan {shown} para {said}, según el pronóstico del portal; la banda del 80 % va de {low} a {high}",
        f"el pronóstico del portal para {said} {day} es de {shown}; su banda del 80 % va de {low} a {high}",
    )[wording]


def event(claim: Claim, wording: int) -> str:
    """Return the state of the system, or a record that fell."""
    if claim.words["event"] == "state":
        word, start = _STATES[claim.words["state"]], since(claim.days["since"], claim.day)
        days = f"{spanish.number(claim.figures['days'], 0)} días"
        if claim.words.get("whole"):
            start = f"al menos {start}"
        return (
            f"los índices que sigue el portal ponen al sistema en estado {word} {start}",
            f"el sistema está en estado {word} {start}, según los índices que sigue el portal",
            f"el estado del sistema, según los índices que sigue el portal, es {word} {start}",
            f"según los índices que sigue el portal, el sistema completa {days} en estado {word}",
        )[wording]
    said, high = subject(claim), claim.words["side"] == "high"
    shown, before = (quantity(claim.figures[name], claim.unit, claim.decimals) for name in ("value", "previous"))
    if share := claim.words.get("share_of"):
        shown = f"{shown} {share}"
    day, past = day_of(claim.day, claim.day), day_of(claim.days["previous"], claim.day)
    first = spanish.month(claim.days["from"])
    noun, most = ("máximo", "más alto") if high else ("mínimo", "más bajo")
    marked, reached, had = (agree(said, verb) for verb in ("marcó|marcaron", "llegó|llegaron", "tuvo|tuvieron"))
    told = (
        f"{day}, {said} {marked} {shown}, el valor {most} desde {first}, cuando empiezan los datos del portal",
        f"{said} {reached} {day} a un {noun} de {shown} en los datos del portal, que empiezan en {first}",
        f"{day}, {said} {had} su valor {most} en los datos del portal (desde {first}), {shown}",
        f"con {shown}, {said} {had} {day} su {noun} desde {first}, inicio de los datos del portal",
    )[wording]
    return f"{told}; el anterior era de {before}, {of(past) if past.startswith('el ') else f'de {past}'}"


def contrast(claim: Claim, wording: int) -> str:
    """Return two changes set against each other; nothing is said of why."""
    ago = {"year": "un año antes", "week": "la semana anterior"}.get(claim.words["against"], "el día anterior")
    left = _moved(
        subject(claim), claim.words["share_of"], claim.figures["left"], change_shown(claim, "left"), claim.span
    )
    unit = {"%": "puntos", "°C": "°C"}.get(claim.words["other_unit"], "%")
    other = claim.figures["right"]
    right = _moved(
        claim.words["other"],
        claim.words["other_share_of"],
        other,
        quantity(abs(other), unit, 1),
        int(claim.figures["other_span"]),
    )
    late = f" (dato {of(day_of(claim.days['other'], claim.day))})" if claim.days["other"] != claim.day else ""
    if claim.words["link"] == "pese a que":
        return (
            f"frente a {ago}, {left}, pese a que {right}{late}",
            f"{left} frente a {ago}, pese a que {right}{late}",
            f"{left} frente a {ago}, aunque {right}{late}",
            f"aunque {right}{late}, {left} frente a {ago}",
        )[wording].replace(" a el ", " al ")
    return (
        f"frente a {ago}, {left}, mientras que {right}{late}",
        f"{left} frente a {ago}; en cambio, {right}{late}",
        f"mientras {left} frente a {ago}, {right}{late}",
        f"{left} frente a {ago}, mientras que {right}{late}",
    )[wording].replace(" a el ", " al ")


def _moved(said: str, share_of: str, change: float, shown: str, span: int) -> str:
    """Return a rise or a fall as a clause; of a part, how its share moved."""
    if share_of and " su " not in f" {share_of} ":
        verb = "ganó|ganaron" if change > 0 else "perdió|perdieron"
        return f"{said} {agree(said, verb)} {shown} {share_of}"
    mean = f" en promedio de {plain_span(span)}" if span in SPANS else ""
    verb = "subió|subieron" if change > 0 else "bajó|bajaron"
    return f"{said} {agree(said, verb)} {shown}{mean}".replace("  ", " ")
