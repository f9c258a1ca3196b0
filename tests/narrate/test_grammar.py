"""The grammar against sentences that were written by hand, and over figures that are drawn."""

# ruff: noqa: E501 - sentences are kept whole
from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog
from pipeline.core import spanish
from pipeline.core.errors import NarrativeError
from pipeline.narrate.claims import Claim
from pipeline.narrate.grammar import ENGLISH, KINDS, WORDINGS, can_stand, head, joins, tail, title
from pipeline.narrate.language import opened
from tests.narrate.samples import BY_ID, SAMPLES, claim

TRUTH = {
    "compare.demand.week": "la demanda del país fue de 247,5 GWh, un 3,5 % menos que el jueves de la semana anterior",
    "compare.inflows_pct.week": "los aportes de los ríos promediaron el 51,4 % de su media histórica en los últimos siete días, "
    "12,0 puntos menos que en los siete días anteriores",
    "compare.price.year": "el precio promedio de bolsa fue de 945 COP/kWh, 7,7 veces el valor del jueves comparable de 2025",
    "compare.demand.to_date_month": "en los primeros 26 días de noviembre, la demanda del país acumula 6.170 GWh, "
    "un 4,0 % más que en los días comparables de 2025",
    "rank.demand.high": "la demanda del país fue de 247,5 GWh, su nivel más alto desde el 17 de octubre",
    "run.demand.above": "la demanda del país lleva siete días seguidos por encima del día comparable de un año antes",
    "record.demand.high": "el máximo de la demanda del país desde enero de 2024 sigue siendo 269,4 GWh, del 30 de septiembre",
    "rank.reservoir.low": "el más vacío de los 18 embalses con dato es Chuza, con el 23,3 % de su capacidad útil",
    "threshold.hsin": "los aportes de las últimas cuatro semanas están en el 59,0 % de su media histórica, "
    "por debajo del nivel del 90 % que fija la Resolución CREG 026 de 2014",
    "threshold.scarcity_hours": "el precio de bolsa superó el de escasez (945 COP/kWh, fijado por la CREG) durante ocho horas",
    "threshold.pbp": "el precio promedio de bolsa alcanzó o superó el de escasez (945 COP/kWh, fijado por la CREG) "
    "en cinco de los últimos siete días",
    "threshold.oni": "el índice oceánico de El Niño (ONI) fue de 1,4 °C y completó cuatro trimestres seguidos en 0,5 °C o más; "
    "la NOAA habla de El Niño a partir de cinco trimestres seguidos en ese nivel",
    "composition.generation": "la generación del país se repartió sobre todo entre la hidráulica (52,4 %), la térmica (38,5 %) "
    "y la solar (7,9 %)",
    "balance.firm": "la energía firme de las plantas (ENFICC), de 244,7 GWh, fue menor en 1,5 GWh que "
    "la demanda media de siete días (246,2 GWh)",
    "forecast.demand": "para los siete días que empiezan el 1 de diciembre, el pronóstico del portal ubica la demanda del país "
    "en un promedio de 242,8 GWh, un 0,8 % menos que en los últimos siete días conocidos",
    "forecast.demand.day": "para el 1 de diciembre, el pronóstico del portal para la demanda del país es de 249,6 GWh, "
    "con una banda del 80 % entre 242,9 GWh y 256,5 GWh",
    "event.record.price.high": "el 18 de noviembre, el precio promedio de bolsa marcó 1.435 COP/kWh, el valor más alto desde "
    "enero de 2024, cuando empiezan los datos del portal; el anterior, del 6 de octubre, era de 1.096 COP/kWh",
    "event.state": "los índices que sigue el portal ponen al sistema en estado de riesgo desde el 6 de noviembre",
    "contrast.reserves_inflows": "frente a la semana anterior, las reservas de los embalses subieron 0,3 puntos, pese a que "
    "los aportes de los ríos bajaron 3,6 % en promedio de siete días",
}  # fmt: skip
_NUMBER = re.compile(r"\d[\d.]*(?:,\d+)?")


def plain(text: str) -> str:
    """Return a text with ordinary blanks."""
    return text.replace(spanish.NBSP, " ")


IN_ENGLISH = {
    "value.demand": "national demand was 247.5 GWh",
    "compare.demand.week": "national demand was 247.5 GWh, 3.5% lower than on Thursday of the previous week",
    "compare.inflows_pct.week": "river inflows averaged 51.4% of the historical mean over the last seven days, "
    "12.0 points lower than in the previous seven days",
    "compare.price.year": "the average spot price was 945 COP/kWh, 7.7 times the figure on the comparable Thursday of 2025",
    "compare.demand.to_date_month": "in the first 26 days of November, national demand totals 6,170 GWh, "
    "4.0% higher than on the comparable days of 2025",
    "rank.demand.high": "national demand was 247.5 GWh, the highest level since 17 October",
    "run.demand.above": "national demand has been above the figure on the comparable day a year earlier for seven days in a row",
    "record.demand.high": "the maximum of national demand since January 2024 is still 269.4 GWh (30 September)",
    "rank.reservoir.low": "the emptiest of the 18 reservoirs with data is Chuza, at 23.3% of usable capacity",
    "threshold.hsin": "the inflows of the last four weeks are at 59.0% of the historical mean, "
    "below the level of 90% set by CREG Resolution 026 of 2014",
    "threshold.scarcity_hours": "the spot price exceeded the scarcity price (945 COP/kWh, set by CREG) for eight hours",
    "threshold.pbp": "the average spot price reached or exceeded the scarcity price (945 COP/kWh, set by CREG) "
    "on five of the last seven days",
    "threshold.oni": "the Oceanic Niño Index (ONI) was 1.4 °C, with four seasons in a row at 0.5 °C or more; "
    "NOAA speaks of El Niño from five seasons in a row at that level",
    "composition.generation": "national generation came mostly from hydro (52.4%), thermal (38.5%) and solar (7.9%)",
    "balance.firm": "the firm energy of the plants (ENFICC), at 244.7 GWh, fell short of the seven-day mean demand "
    "(246.2 GWh) by 1.5 GWh",
    "forecast.demand": "for the seven days from 1 December, the portal's forecast puts national demand "
    "at an average of 242.8 GWh, 0.8% less than in the last seven known days",
    "forecast.demand.day": "for 1 December, the portal's forecast of national demand is 249.6 GWh, "
    "with an 80% band from 242.9 GWh to 256.5 GWh",
    "event.record.price.high": "on 18 November, the average spot price reached 1,435 COP/kWh, the highest value since "
    "January 2024, when the portal's data begin; the one before was 1,096 COP/kWh (6 October)",
    "event.state": "by the indices that the portal follows, the system has been in a risk state since 6 November",
    "contrast.reserves_inflows": "compared with the previous week, reservoir reserves rose 0.3 points, "
    "although river inflows fell 3.6% averaged over seven days",
}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_english_says_what_a_person_wrote(sample: Claim) -> None:
    """The first wording letter by letter where a person wrote it; two wordings or more, and no Spanish in any."""
    said = [plain(head(sample, number, ENGLISH)) for number in range(WORDINGS)]
    assert said[0] == IN_ENGLISH.get(sample.id, said[0])
    assert len(set(said)) >= 2
    for text in said:
        assert not re.search(r"\b(de|el|la|los|las|en|del|un)\b|  |\||[áéíóú]", text), text


def test_english_has_a_truth_of_every_kind() -> None:
    """What a person wrote covers all kinds."""
    assert {BY_ID[name].kind for name in IN_ENGLISH} == set(KINDS)


def test_english_has_words_for_the_whole_catalogue(catalog: Catalog) -> None:
    """Whatever a series is called in a sentence, and whatever it is a part of; names stay as they are."""
    for series in catalog.headlines.values():
        assert ENGLISH.noun(series.said) != series.said or not series.said, series.said
        assert ENGLISH.phrase(series.share_of) != series.share_of or not series.share_of, series.share_of
    assert ENGLISH.phrase("el embalse Agregado Bogotá") == "the Agregado Bogotá reservoir"
    assert ENGLISH.phrase("Termocandelaria CC") == "Termocandelaria CC"
    assert ENGLISH.phrase("el lunes festivo 9 de noviembre") == "on the Monday holiday of 9 November"
    with pytest.raises(NarrativeError, match="la demanda de Marte"):
        ENGLISH.noun("la demanda de Marte")


@pytest.mark.parametrize("identity", sorted(TRUTH))
def test_each_kind_says_what_a_person_wrote(identity: str) -> None:
    """The first wording of each kind, letter by letter."""
    assert plain(head(BY_ID[identity], 0)) == TRUTH[identity]


def test_every_kind_is_here() -> None:
    """The samples hold all kinds, so that what follows is about all of them."""
    assert {sample.kind for sample in SAMPLES} == set(KINDS)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.id)
def test_four_wordings_none_a_label(sample: Claim) -> None:
    """Four wordings that differ; none is «etiqueta: valor», none has a form that was not agreed."""
    said = {plain(head(sample, number)) for number in range(WORDINGS)}
    assert len(said) == WORDINGS
    for text in said:
        assert not re.search(r"^[^:]*: [\d.,]+", text)
        assert not re.search(r"\b(de el|a el|los \w+ fue|la \w+ fueron)\b|  |\|", text), text
        assert len(text) > 30


def test_tails_add_to_their_head() -> None:
    """What joins is of the same subject, day and level; a sum to date or another series does not."""
    demand = BY_ID["compare.demand.week"]
    assert joins(demand, BY_ID["compare.demand.year"])
    assert plain(tail(BY_ID["compare.demand.year"], 0)) == " y un 3,7 % más que el jueves comparable de 2025"
    assert plain(tail(BY_ID["rank.demand.high"], 1)) == "; es el valor más alto desde el 17 de octubre"
    assert plain(tail(BY_ID["run.demand.above"], 1)).startswith("; ha estado siete días seguidos")
    for other in ("compare.price.year", "compare.demand.to_date_month", "record.demand.high", "value.demand"):
        assert not joins(demand, BY_ID[other])
    assert not can_stand(BY_ID["value.demand"])


def test_a_year_is_named_where_it_is_needed() -> None:
    """A day of another year is named by its month: one whole date is enough for a text."""
    far = replace(BY_ID["rank.demand.high"], days={"since": dt.date(2024, 3, 5)})
    assert plain(head(far, 0)).endswith("su nivel más alto desde marzo de 2024")


@given(
    value=st.floats(0.1, 90_000), change=st.floats(-99, 900), share=st.booleans(), number=st.integers(0, 9),
    unit=st.sampled_from(["GWh", "COP/kWh", "%", "MW", "°C", "MCOP"]), span=st.sampled_from([1, 7, 28]),
)  # fmt: skip
def test_a_comparison_says_its_figures_and_no_other(
    value: float, change: float, share: bool, number: int, unit: str, span: int
) -> None:
    """Whatever is drawn: the figures of the sentence are the value, the change or how many times, and the right way."""
    base = value / (1 + change / 100)
    moved = value - base if unit in ("%", "°C") else change
    words = BY_ID["compare.demand.week"].words | {"share_of": "del total generado" if share else ""}
    drawn = replace(
        BY_ID["compare.demand.week"], unit=unit, words=words,
        figures={"value": value, "base": base, "change": moved, "span": span},
    )  # fmt: skip
    said = plain(head(drawn, number)).replace("cuatro semanas", "").replace("siete días", "")
    shown = {spanish.number(value, 1), spanish.number(abs(moved), 1), spanish.number(1 + moved / 100, 1)}
    assert set(_NUMBER.findall(said)) <= {each.lstrip("−") for each in shown}
    english = plain(head(drawn, number, ENGLISH))
    assert set(_NUMBER.findall(english.translate(str.maketrans(".,", ",.")))) <= {each.lstrip("−") for each in shown}
    rises = any(word in english for word in ("higher", "above", ", up ", "increase", " times "))
    falls = any(word in english for word in ("lower", "below", ", down ", "decrease"))
    assert (rises, falls) == ((False, False) if round(moved, 1) == 0 else (moved > 0, moved < 0)), english
    up = any(word in said for word in ("más que", "por encima", "alza", "aumento", "veces"))
    down = any(word in said for word in ("menos que", "por debajo", "caída", "reducción"))
    flat = round(moved, 1) == 0
    assert (up, down) == ((False, False) if flat else (moved > 0, moved < 0)), said


@given(st.lists(st.floats(1, 60), min_size=2, max_size=5), st.integers(0, 3))
def test_a_composition_never_says_more_than_there_is(shares: list[float], number: int) -> None:
    """The parts are told with their shares, the greatest first; «se repartió entre» only of (nearly) all."""
    whole = sum(shares)
    parts = {f"la parte {chr(97 + i)}": v / whole * 100 for i, v in enumerate(sorted(shares, reverse=True))}
    said = plain(head(replace(BY_ID["composition.generation"], parts=parts), number))
    shown = [spanish.number(pct, 1) for pct in parts.values() if round(pct, 1) >= 0.5][:3]
    assert _NUMBER.findall(said) == shown
    if "se repartió entre" in said:
        assert sum(list(parts.values())[: len(shown)]) > 99


def test_a_headline_is_the_head_opened() -> None:
    """It begins with a capital, has no full stop, and leaves what comes after a semicolon to the text."""
    assert plain(title(BY_ID["threshold.oni"], 0)).endswith("completó cuatro trimestres seguidos en 0,5 °C o más")
    assert title(BY_ID["threshold.scarcity_hours"], 0).startswith("El precio de bolsa superó")
    assert not title(BY_ID["threshold.scarcity_hours"], 0).endswith(".")


@pytest.mark.parametrize(
    ("name", "spanish_title", "english_title"),
    [
        ("compare.demand.week", "La demanda del país bajó 3,5 % en una semana", "National demand fell 3.5% in a week"),
        (
            "compare.inflows_pct.week",
            "En una semana, los aportes de los ríos bajaron 12,0 puntos en promedio de siete días",
            "In a week, river inflows fell 12.0 points averaged over seven days",
        ),
        (
            "compare.price.year",
            "El precio promedio de bolsa se multiplicó por 7,7 en un año",
            "The average spot price grew to 7.7 times as much in a year",
        ),
    ],
)
def test_the_headline_of_a_comparison_is_what_moved(name: str, spanish_title: str, english_title: str) -> None:
    """The level is left to the text under it; a mean of days is said to be one."""
    assert plain(title(BY_ID[name], 0)) == spanish_title
    assert plain(title(BY_ID[name], 0, ENGLISH)) == english_title


def test_a_sum_to_date_keeps_its_level_in_the_headline() -> None:
    """How far it has come is the news; the days that it has are named."""
    assert plain(title(BY_ID["compare.demand.to_date_month"], 0)).startswith(
        "En los primeros 26 días de noviembre, la demanda del país acumula 6.170 GWh"
    )


_SAID = {1: "en un día", 7: "en una semana", 30: "en un mes", 31: "en un mes", 364: "en un año", 371: "en un año"}


@given(st.floats(-95, 400), st.integers(1, 400), st.sampled_from(["GWh", "%", "°C"]))
def test_a_headline_says_the_way_and_the_size_of_the_change(change: float, apart: int, unit: str) -> None:
    """Up is never told as down; its number is the change as rounded, or how many times as much there is.

    The time it took is that between the two days: where no word says it, the level is told and the day it is beside.
    """
    told = BY_ID["compare.demand.week"]
    days = {"base": told.day - dt.timedelta(days=apart)}
    moved = replace(told, unit=unit, figures=told.figures | {"change": change}, days=days)
    said = plain(title(moved, 0))
    if not any(said.endswith(words) for words in _SAID.values()):
        assert said == plain(opened(head(moved, 0)))
        assert not (apart in _SAID or 358 <= apart <= 372)
        return
    rounded = round(change, 1)
    many = unit == "GWh" and change >= 200
    assert ("subió" in said) == (rounded > 0 and not many)
    assert ("bajó" in said) == (rounded < 0)
    assert ("no cambió" in said) == (rounded == 0)
    shown = [spanish.number(1 + change / 100 if many else abs(change), 1)] if rounded else []
    assert _NUMBER.findall(said) == shown
    assert said.endswith(_SAID.get(apart, "en un año" if apart > 31 else "en un mes"))


@pytest.mark.parametrize("apart", [3, 14, 357])
def test_a_headline_gives_no_time_that_is_not_so(apart: int) -> None:
    """A Monday beside a Friday is no day later, and a like day that a holiday moved no week."""
    told = BY_ID["compare.demand.week"]
    moved = replace(told, days={"base": told.day - dt.timedelta(days=apart)})
    assert plain(title(moved, 0)).startswith("La demanda del país fue de 247,5 GWh")


def test_a_whole_of_two_parts_or_one_is_told_as_such() -> None:
    """Nothing «sigue» or «viene después» where there is one other part, or none."""
    whole = BY_ID["composition.generation"]
    two = replace(whole, parts={"la hidráulica": 64.2, "la térmica": 35.8})
    assert [plain(head(two, number)) for number in range(WORDINGS)] == [
        "la generación del país se repartió entre la hidráulica (64,2 %) y la térmica (35,8 %)",
        "la hidráulica representó el 64,2 % de la generación del país, y la térmica, el 35,8 %",
        "en la generación del país, la hidráulica tuvo el 64,2 % y la térmica, el 35,8 %",
        "el 64,2 % de la generación del país correspondió a la hidráulica y el 35,8 %, a la térmica",
    ]
    assert head(two, 3, ENGLISH) == "64.2% of national generation was hydro and 35.8%, thermal"
    one = replace(whole, parts={"la hidráulica": 99.8, "la eólica": 0.2})
    assert len({head(one, number) for number in range(WORDINGS)}) == WORDINGS
    assert not any(re.search(r"sigue|viene|;| y ", plain(head(one, number))) for number in range(WORDINGS))


def test_a_mean_of_what_adds_up_is_a_day() -> None:
    """Energy, money and tonnes are so much a day; a percentage, a price or what stands in store is not."""
    mean = claim("compare.inflows.week", "comparison", "los aportes de los ríos", {"value": 119.4, "base": 124, "change": -3.7, "span": 7},
                 {"basis": "los siete días anteriores", "against": "week", "adds": "yes"})  # fmt: skip
    assert plain(head(mean, 0)).startswith(
        "los aportes de los ríos promediaron 119,4 GWh al día en los últimos siete días, "
    )
    assert (
        head(mean, 0, ENGLISH)
        .replace(spanish.NBSP, " ")
        .startswith("river inflows averaged 119.4 GWh a day over the last seven days")
    )
    share = replace(mean, unit="%", words={**mean.words, "share_of": "de su media histórica"})
    assert "al día" not in plain(head(share, 0))
    week = replace(BY_ID["forecast.demand"], words={**BY_ID["forecast.demand"].words, "adds": "yes"})
    assert "un promedio de 242,8 GWh al día" in plain(head(week, 0))


def test_a_record_of_a_part_has_its_article() -> None:
    """«El 40,5 %», and the one before was «del 35,7 %»."""
    record = BY_ID["event.record.price.high"]
    part = replace(
        record, unit="%", decimals=1, figures={"value": 40.52, "previous": 35.7, "span": 0},
        words={**record.words, "said": "la generación térmica", "share_of": "del total generado"},
    )  # fmt: skip
    assert plain(head(part, 0)) == (
        "el 18 de noviembre, la generación térmica marcó el 40,5 % del total generado, el valor más alto desde enero de 2024, "
        "cuando empiezan los datos del portal; el anterior, del 6 de octubre, era del 35,7 %"
    )
    assert "a un máximo del 40,5 % del total generado" in plain(head(part, 1))


def test_a_part_gains_or_loses_its_share() -> None:
    """«Puntos de participación», not «puntos del total generado»."""
    contrast = BY_ID["contrast.reserves_inflows"]
    parts = replace(
        contrast, words={**contrast.words, "said": "la generación térmica", "share_of": "del total generado"}
    )
    assert "la generación térmica ganó 0,3 puntos de participación" in plain(head(parts, 0))
