"""The pages of the forecasts and of their record: figures beside their proof, and honest words where there is none."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from pipeline.catalog.load import Catalog
from pipeline.site.context import Page, SiteContext
from pipeline.site.pages.data_page import data_page
from pipeline.site.wording import lead_words
from tests.forecasts import NAIVE, refresh
from tests.site.conftest import add_registers, with_pages

NBSP = "\u00a0"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def site(site: SiteContext) -> SiteContext:
    """The small site with the pages of the forecasts and of their record."""
    add_registers(site.con, site.catalog)
    return replace(site, catalog=with_pages(site.catalog))


def forecast_page(site: SiteContext) -> Page:
    return data_page(site, site.catalog.pages["pronosticos"])


def scorecard_page(site: SiteContext) -> Page:
    return data_page(site, site.catalog.pages["aciertos"])


def one(site: SiteContext, sql: str) -> tuple[object, ...]:
    row = site.con.execute(sql).fetchone()
    assert row is not None
    return row


def number(value: object, decimals: int = 1) -> str:
    return f"{float(str(value)):.{decimals}f}".replace(".", ",")


def test_each_series_of_the_policies_has_its_section(site: SiteContext) -> None:
    """No list of series is written in the code: the policies say what there is, and in which order."""
    text = forecast_page(site).markdown
    told = site.con.execute("SELECT forecast FROM forecast_told").fetchall()
    assert told == [("demand_daily",), ("demand_hourly",)]
    assert text.index('id="p-demand_daily"') < text.index('id="p-demand_hourly"')
    site.con.execute(
        "INSERT INTO forecast_policy BY NAME SELECT 'x_daily' AS series, 'Otra serie' AS title_es, "
        "'DemaSIN' AS metric, 'GWh' AS unit, 'daily' AS grain, 'Sin pronóstico: faltan datos.' AS reason"
    )
    text = forecast_page(site).markdown
    assert "<h2>Otra serie</h2>" in text
    assert "Sin pronóstico: faltan datos." in text


def test_a_forecast_stands_beside_its_error_and_the_naives(site: SiteContext) -> None:
    """The sentence quotes rows of the scores: error, leads, origins, and what repeating the week gives."""
    own, naive = (
        one(site, f"SELECT mape, origins FROM forecast_score WHERE series = 'demand_daily' AND model = '{model}' "
                  "AND lead = '1-7' AND run_kind = 'backtest'")
        for model in ("combined", "seasonal_naive")
    )  # fmt: skip
    text = forecast_page(site).markdown
    assert f"se equivocó en promedio {number(own[0])}{NBSP}% (1 a 7 días; {own[1]}{NBSP}pruebas)" in text
    assert f"repetir la semana anterior se equivoca {number(naive[0])}{NBSP}%" in text
    assert "Promedio de varios modelos (se publica)" in text
    assert "Emitido: 22" in text and "Con datos hasta: 18" in text


def test_the_headline_speaks_of_tomorrow_and_not_of_days_gone_by(site: SiteContext) -> None:
    """Data end on 18 November, the run is of the 22nd: the first day that is news is the 23rd."""
    mean, low, high = one(site, "SELECT mean, lo80, hi80 FROM forecast_latest WHERE series = 'demand_daily' "
                                "AND target = TIMESTAMP '2026-11-23'")  # fmt: skip
    text = forecast_page(site).markdown
    assert f"Demanda diaria de energía: {number(mean, 0)}{NBSP}GWh el lunes 23 de noviembre" in text
    assert f"entre {number(low, 0)} y {number(high, 0)}" in text


def test_a_night_without_forecasts_leaves_no_link_to_one(site: SiteContext) -> None:
    """Scores of the past stay where nothing is forecast tonight: what they would lead to is not on its page."""
    assert 'pronosticos/#p-demand_daily"' in scorecard_page(site).markdown
    site.con.execute("DELETE FROM forecast_value")
    refresh(site.con)
    assert "demand_daily" not in forecast_page(site).markdown
    text = scorecard_page(site).markdown
    assert "Demanda" in text and "pronosticos/#p-" not in text


def test_a_price_has_a_band_and_no_line(site: SiteContext) -> None:
    """The headline is a band, the legend has no line, the CSV keeps the centre for who wants it."""
    site.con.execute("UPDATE forecast_policy SET series = 'price_daily', title_es = 'Precio de bolsa diario', "
                     "metric = 'PrecBolsNaci', unit = 'COP/kWh' WHERE series = 'demand_daily'")  # fmt: skip
    for table in ("forecast_value", "forecast_score", "forecast_input"):
        site.con.execute(f"UPDATE {table} SET series = 'price_daily' WHERE series = 'demand_daily'")
    refresh(site.con)
    text = forecast_page(site).markdown
    section = text[text.index('id="p-price_daily"') : text.index('id="p-demand_hourly"')]
    assert "Precio de bolsa diario: entre " in section
    assert 'b-band80"' in section and 'b-accent"' not in section


def test_holidays_ahead_take_what_their_class_takes(site: SiteContext) -> None:
    """8 December 2026 is a Tuesday: the effect of a midweek holiday, with its band."""
    site.con.execute("UPDATE forecast_effect SET class = 'midweek_holiday' WHERE class = 'holiday_midweek'")
    text = forecast_page(site).markdown
    assert (
        f"La Inmaculada Concepción, martes 8 de diciembre: la demanda baja 21,5{NBSP}GWh por ser festivo "
        "(entre 17,0 y 26,0 en 95 de cada 100 casos)." in text
    )
    assert "Efecto de cada clase de día, GWh" in text


@pytest.mark.parametrize(
    ("day", "name", "classes"),
    [
        (dt.date(2026, 12, 8), "La Inmaculada Concepción", ["midweek_holiday"]),
        (dt.date(2025, 12, 25), "Navidad", ["midweek_holiday", "christmas"]),
        (dt.date(2027, 1, 1), "Año Nuevo", ["midweek_holiday", "new_year"]),
        (dt.date(2026, 4, 3), "Viernes Santo", ["midweek_holiday", "good_friday"]),
        (dt.date(2026, 11, 2), "Día de Todos los Santos (observado)", ["monday_holiday"]),
        (dt.date(2026, 8, 1), "Otro", ["saturday_holiday"]),
        (dt.date(2026, 8, 2), "Otro", []),
    ],
)
def test_a_holiday_belongs_to_the_classes_of_the_calendar(
    site: SiteContext, day: dt.date, name: str, classes: list[str]
) -> None:
    """Weekday first, then its own; a Sunday holiday changes nothing."""
    assert site.con.execute("SELECT holiday_classes(?, ?)", [day, name]).fetchone() == (classes,)


def test_agents_are_listed_and_can_be_searched(site: SiteContext) -> None:
    """One row an agent, greatest first, with its code in the text that the filter reads."""
    text = forecast_page(site).markdown
    assert 'data-filter="empresas"' in text
    assert text.index("<code>ENDC</code>") < text.index("<code>EPMC</code>")
    assert 'data-text="endc endc"' in text
    # An agent that XM's list names is called so, and found without its accents.
    assert '<tr data-text="compania nandu epmc"><th scope="row">Compañía Ñandú</th><td><code>EPMC</code></td>' in text


def test_scenarios_are_called_scenarios(site: SiteContext) -> None:
    """What would happen under El Niño is no forecast, and says so."""
    site.con.execute(
        "INSERT INTO forecast_value BY NAME SELECT * REPLACE ('nino' AS scenario) FROM forecast_value "
        "WHERE series = 'demand_daily' AND run_kind = 'live' AND issued = DATE '2026-11-22' AND model = 'combined'"
    )
    text = forecast_page(site).markdown
    assert "escenarios, no pronósticos" in text
    assert "Con El Niño" in text


def test_without_forecasts_the_pages_say_so(site: SiteContext) -> None:
    """A sentence instead of an empty page, on both."""
    for table in ("forecast_value", "forecast_score", "forecast_policy", "forecast_miss"):
        site.con.execute(f"DELETE FROM {table}")
    refresh(site.con)
    text = forecast_page(site).markdown
    assert "Aún no hay pronósticos: hacen falta más días de historia" in text
    assert '<nav class="chips"' not in text and '<section class="agents"' not in text
    text = scorecard_page(site).markdown
    assert "Todavía no hay pronósticos con qué responder" in text
    assert "Todavía no se ha publicado ningún pronóstico." in text
    assert "Aún no hay historia suficiente" in text


def test_the_scorecard_answers_with_its_figure(site: SiteContext) -> None:
    """The answer is a sentence with the error, how many tests, and the naive's error."""
    mape, origins = one(site, "SELECT mape, origins FROM forecast_score WHERE series = 'demand_daily' "
                              "AND model = 'combined' AND lead = '1-7' AND run_kind = 'backtest'")  # fmt: skip
    text = scorecard_page(site).markdown
    assert f"En {origins}{NBSP}pruebas con el pasado" in text
    assert f"se equivoca en promedio {number(mape)}{NBSP}% (1 a 7 días)" in text


def test_live_and_backtest_are_never_in_one_table(site: SiteContext) -> None:
    """Two sections; without a single live score the first says why, and the other keeps its own."""
    text = scorecard_page(site).markdown
    assert text.index('id="pasado"') < text.index('id="vivo"')
    site.con.execute("DELETE FROM forecast_score WHERE run_kind = 'live'")
    text = scorecard_page(site).markdown
    live = text[text.index('id="vivo"') : text.index('id="fallas"')]
    assert "Todavía no hay pronósticos vencidos" in live
    assert "<table" not in live
    assert "todavía no hay días vencidos que comparar" in text
    assert "<table" in text[text.index('id="pasado"') : text.index('id="vivo"')]


def test_the_duel_with_xm_is_on_the_same_days(site: SiteContext) -> None:
    """XM is 2 % too high by construction: its error and bias say so; ours is of the very same days."""
    ours, official = (
        one(site, f"SELECT days, mape, bias FROM official_score WHERE run_kind = 'backtest' AND who = '{who}'")
        for who in ("ours", "official")
    )
    assert ours[0] == official[0]
    assert official[1] == pytest.approx(2.0) and official[2] == pytest.approx(2.0)
    text = scorecard_page(site).markdown
    assert "el nuestro se equivocó menos" in text
    assert f"y 2,00{NBSP}% el de XM" in text


def test_what_experts_ask_for_is_folded(site: SiteContext) -> None:
    """Tests of differences, hashes of parts and counts of origins stand in folds; before them, words."""
    site.con.execute(
        "INSERT INTO forecast_part VALUES ('forecast_value', '2bcdef0123456'), ('forecast_score', '9bcdef0123456')"
    )
    for page in (forecast_page(site), scorecard_page(site)):
        assert "bcdef01" in page.markdown
        plain = re.sub(r"<details class=\"more\">.*?</details>", "", page.markdown, flags=re.DOTALL)
        for word in ("bcdef01", "orígenes<", "orígenes)", "orígenes por", "t =", ">t<"):
            assert word not in plain, word


def test_a_model_that_loses_is_not_called_better(site: SiteContext) -> None:
    """More error than repeating is said so, and a gain that may be chance is no gain."""
    change = "UPDATE forecast_score SET skill = ?, t = ? WHERE series = 'demand_daily' AND model = 'combined'"
    for skill, t, said in ((-12.0, -2.5, f"12{NBSP}% más error<"), (3.0, 0.8, f"3{NBSP}% menos error; puede ser azar<"),
                           (20.0, 5.0, f"20{NBSP}% menos error<"), (0.2, 3.0, ">igual<")):  # fmt: skip
        site.con.execute(change, [skill, t])
        assert said in scorecard_page(site).markdown


def test_without_xms_files_the_page_says_why(site: SiteContext) -> None:
    """Not configured is no failure and no comparison."""
    site.con.execute('DELETE FROM "PronSIN_daily"')
    refresh(site.con)
    assert "No hay pronóstico oficial con qué comparar." in scorecard_page(site).markdown
    site.con.execute(
        "INSERT INTO series_status BY NAME "
        "SELECT 'PronSIN' AS metric, 'Sistema' AS entity, 'empty' AS state, 'not_configured' AS reason, 0 AS rows"
    )
    text = scorecard_page(site).markdown
    assert "No hay pronóstico oficial con qué comparar: este portal no tiene configurada" in text
    site.con.execute("UPDATE series_status SET state = 'ok', reason = '', rows = 168 WHERE metric = 'PronSIN'")
    assert "Ya se guardan los pronósticos oficiales de XM" in scorecard_page(site).markdown


@pytest.mark.parametrize(
    ("ours", "official", "t", "weeks", "said"),
    [
        (1.2, 1.5, -3.0, 20, "el nuestro se equivocó menos: 1,20"),
        (1.2, 1.5, -3.0, 20, "XM; en 20\u00a0semanas, la diferencia es clara."),
        (1.5, 1.2, 1.1, 20, "el de XM se equivocó menos"),
        (1.5, 1.2, 1.1, 20, "la diferencia puede ser azar."),
        (1.5, 1.2, 9.9, 2, "son muy pocas semanas"),
        (1.5, 1.2, None, 20, "son muy pocas semanas"),
    ],
)
def test_a_duel_is_told_whoever_wins(
    site: SiteContext, ours: float, official: float, t: float | None, weeks: int, said: str
) -> None:
    """No crown on two weeks, nor on a difference that may be chance."""
    site.con.execute("DROP VIEW official_duel")
    site.con.execute(
        "CREATE TABLE official_duel AS SELECT 'live' AS run_kind, ? * 7 AS days, ? AS weeks, "
        "DATE '2026-01-05' AS first, DATE '2026-05-24' AS last, ?::DOUBLE AS ours, "
        "?::DOUBLE AS official, ?::DOUBLE AS t",
        [weeks, weeks, ours, official, t],
    )
    assert said in scorecard_page(site).markdown


def test_the_old_system_is_told_as_its_claim_and_as_what_was_found(site: SiteContext) -> None:
    """Its figure, the window of the repetition and ours, never one in place of another."""
    text = scorecard_page(site).markdown
    section = text[text.index('id="sistema-anterior"') :]
    row = section[section.index(">Térmica<") :][:400]
    for figure in ("4,1", "2021-22", "109,0", "80,0", "68,0", "37"):
        assert figure in row
    assert "no es una copia exacta" in section


def test_misses_are_told_with_a_fact_or_without_a_cause(site: SiteContext) -> None:
    """The note of the model stage when there is one; no invented cause."""
    text = scorecard_page(site).markdown
    section = text[text.index('id="fallas"') : text.index('id="sistema-anterior"')]
    assert "Festivo: hay pocos días parecidos en la historia." in section
    assert "Sin causa registrada." in section


def test_the_feed_has_the_score_and_one_entry_a_night(site: SiteContext) -> None:
    """Newest score first, then what was forecast each night, each dated with its night."""
    feed = ET.fromstring(scorecard_page(site).assets["pronosticos.xml"].encode())
    titles = [entry.findtext(f"{ATOM}title") or "" for entry in feed.iter(f"{ATOM}entry")]
    nights = one(site, "SELECT count(DISTINCT issued) FROM forecast_value WHERE run_kind = 'live' "
                       "AND series = 'demand_daily' AND CAST(target AS DATE) = issued + 1")  # fmt: skip
    assert titles[0].startswith("Aciertos de los pronósticos publicados")
    assert len(titles) == 1 + int(str(nights[0]))
    assert titles[1] == f"Pronósticos emitidos el 22{NBSP}nov{NBSP}2026"
    site.con.execute("DELETE FROM forecast_score WHERE run_kind = 'live'")
    feed = ET.fromstring(scorecard_page(site).assets["pronosticos.xml"].encode())
    assert len(list(feed.iter(f"{ATOM}entry"))) == int(str(nights[0]))


@pytest.mark.parametrize(
    ("lead", "hourly", "words"),
    [
        ("1", False, "el primer día"),
        ("3", False, "el día 3"),
        ("1-7", False, "1 a 7 días"),
        ("31-90", False, "31 a 90 días"),
        ("1-24", True, "el primer día"),
        ("25-168", True, "2 a 7 días"),
        ("all", True, "todo el horizonte"),
        ("raro", False, "raro"),
    ],
)
def test_leads_in_words(lead: str, hourly: bool, words: str) -> None:
    """Hours are told in days."""
    assert lead_words(lead, hourly=hourly) == words


def test_an_error_without_meaning_is_not_quoted(site: SiteContext) -> None:
    """Where MAPE is blank (days near zero) WAPE is quoted; without both there is no sentence."""
    said = "En pruebas con el pasado se equivocó en promedio "
    site.con.execute("UPDATE forecast_score SET mape = 'nan'")
    (wape,) = one(site, "SELECT wape FROM forecast_score WHERE series = 'demand_daily' AND model = 'combined' "
                        "AND lead = '1-7' AND run_kind = 'backtest'")  # fmt: skip
    text = forecast_page(site).markdown
    assert f"{said}{number(wape)}" in text
    assert "MAPE <small>" not in text
    site.con.execute("UPDATE forecast_score SET wape = NULL")
    assert said not in forecast_page(site).markdown


def test_short_titles_keep_what_tells_series_apart(site: SiteContext) -> None:
    """Chips and charts have no room for «diaria de energía»."""

    def short(title: str) -> object:
        return one(site, f"SELECT short_title('{title}')")[0]

    assert short("Demanda diaria de energía") == "Demanda"
    assert short("Volumen útil diario de los embalses") == "Volumen útil"
    assert short("Exportaciones diarias de energía") == "Exportaciones"
    assert short("Demanda horaria de energía") == "Demanda horaria"
    assert short("Generación diaria con biomasa y cogeneración") == "Biomasa y cogeneración"


def test_every_model_has_a_name_in_spanish(catalog: Catalog) -> None:
    """The code's names of the models reach no page; the seasonal naive is named by what it repeats."""
    declared = {model for policy in catalog.forecasts for model in (*policy.models, *policy.published)}
    assert declared - {NAIVE} | {"repeat_week", "repeat_day"} <= set(catalog.words["forecast_model"])


def test_a_naive_by_the_day_is_called_so(site: SiteContext) -> None:
    """The rival of the hours of the price repeats yesterday, and the table of the record says «día»."""
    for table in ("forecast_value", "forecast_score", "forecast_policy", "forecast_input_hourly"):
        site.con.execute(f"UPDATE {table} SET series = 'price_hourly' WHERE series = 'demand_hourly'")
    site.con.execute(
        "INSERT INTO forecast_score SELECT * REPLACE ('backtest' AS run_kind) FROM forecast_score "
        "WHERE series = 'price_hourly' AND run_kind = 'live'"
    )
    refresh(site.con)
    assert "; repetir el último día se equivoca" in forecast_page(site).markdown
    assert "Repetir el último día</th><td>el primer día" in forecast_page(site).markdown
    assert " (día)</small></td>" in scorecard_page(site).markdown


def test_a_figure_can_be_found_again_by_its_version(site: SiteContext) -> None:
    """Both pages name the last parts of the lake that their table comes from."""
    parts = [("forecast_value", f"{n}bcdef0123456") for n in "4321"] + [("forecast_score", "9bcdef0123456")]
    site.con.executemany("INSERT INTO forecast_part VALUES (?, ?)", parts)
    assert "Versión de las emisiones: 2bcdef01, 3bcdef01, 4bcdef01." in forecast_page(site).markdown
    assert "Versión de los puntajes: 9bcdef01." in scorecard_page(site).markdown


def test_the_score_of_a_forecast_with_its_band_is_shown_and_explained(site: SiteContext) -> None:
    """WIS beside the error, in the unit of the series, with the naive's and in ordinary words; CRPS for experts."""
    (wis,) = one(
        site,
        "SELECT wis FROM forecast_score WHERE series = 'demand_daily' AND model = 'combined' AND lead = '1-7' "
        "AND run_kind = 'backtest'",
    )
    text = scorecard_page(site).markdown
    assert f"{number(wis, 2)}\u00a0GWh<br><small>repetir: " in text
    assert "Una banda que acierta por ser muy ancha no gana." in " ".join(text.split())
    assert "CRPS" in text


def test_what_others_sent_stands_on_the_record_apart_from_ours(site: SiteContext) -> None:
    """Nobody sent one: the page says how; then the team with its error, and ours as before."""
    before = scorecard_page(site).markdown
    assert "Todavía nadie ha entregado un pronóstico" in before
    site.con.execute(
        "INSERT INTO forecast_score BY NAME SELECT 'demand_daily' AS series, 'vecinos-modelo' AS model, "
        "'outside' AS run_kind, 'all' AS lead, 14 AS n, 1 AS origins, 3.25 AS mape, -12.0 AS skill, 88.0 AS cov80"
    )
    after = scorecard_page(site).markdown
    assert "vecinos-modelo" in after
    assert f"12{NBSP}% más error; puede ser azar" in after
    assert "Todavía nadie ha entregado un pronóstico" not in after
    assert after.count("Modelo que se publica") == before.count("Modelo que se publica")
