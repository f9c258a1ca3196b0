"""How good the forecasts were: by lead, in their bands, against XM's own, on the worst days, against the old system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.site.blocks import Place
from pipeline.site.blocks.chart import chart_view
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.charts import ChartSpec
from pipeline.site.context import Page, SiteContext
from pipeline.site.forecast_feed import FEED, entries
from pipeline.site.forecast_words import (
    BACKTEST,
    LIVE,
    NAIVE,
    Policy,
    Score,
    day_of,
    figure,
    lead_words,
    name_of,
    pick,
    policies,
    scores,
    version,
)
from pipeline.site.page import make_page
from pipeline.site.pages.feed import atom
from pipeline.site.scorecard_official import duel
from pipeline.site.table import Cell, Header, Table

PATH = "aciertos.md"
SLUG = "aciertos"
ADDRESS = ("¿Qué tan bien pronosticamos?", "aciertos/")
MISSES = 10
_KINDS = {BACKTEST: "Pruebas con el pasado", LIVE: "Pronósticos publicados"}
_OURS = "Nuestro pronóstico"
_AGAIN = "Repetir la semana"


@dataclass(frozen=True)
class Record:
    """The record of one kind of forecasts, made afterwards or published before: never both together."""

    kind: str
    title: str
    note: str
    table: Table | None
    charts: tuple[ChartView, ...]
    coverage: ChartView | None
    empty: str


def scorecard_page(site: SiteContext) -> Page:
    """Return the scorecard with its feed; what cannot be judged yet says so."""
    place = Place.of(site, SLUG, *ADDRESS)
    place.assets[FEED] = _feed(site)
    known = policies(site)
    records = [_record(site, known, kind, place) for kind in (BACKTEST, LIVE)]
    versus = duel(site, place)
    return make_page(
        site,
        PATH,
        "scorecard",
        ADDRESS[0],
        "El error de cada pronóstico por anticipación, frente a repetir la semana y al pronóstico oficial de XM.",
        {
            "answer": _answer(site, known),
            "more": _live_sentence(site, records[1]),
            "records": records,
            "duels": versus,
            "duel_empty": "" if any(d.table for d in versus) else _duel_empty(site),
            "misses": _misses(site, known),
            "old": _old_method(site),
            "old_audit": AUDIT,
            "version": version(site, "forecast_score"),
            "feed": FEED,
        },
        place.assets,
    )


#: What the old system's own audit found later; said as its keepers wrote it.
AUDIT = (
    "En febrero de 2026, su propia auditoría ya encontraba errores de 3,5 a 3,8 % en hidráulica, 12 a 17 % en térmica, "
    "19 a 20 % en solar, 22 a 25 % en eólica y 6 % en biomasa."
)


def _answer(site: SiteContext, known: list[Policy]) -> str:
    """Answer the question of the page with the figure of the first series that has one, and the naive's beside it."""
    for policy in known:
        found = scores(site, policy.series)
        own, naive = (pick(found, model, policy.near) for model in (policy.model, NAIVE))
        if own is None or own.error is None:
            continue
        tests = spanish.plural(own.origins or 0, "prueba", "pruebas")
        lead = lead_words(policy.near, hourly=policy.hourly)
        title = policy.title[0].lower() + policy.title[1:]
        text = f"En {tests} con el pasado, el pronóstico de {title} se equivoca en promedio "
        text += f"{spanish.percent(own.error)} ({lead})"
        if naive is not None and naive.error is not None and policy.model != NAIVE:
            text += f"; {policy.again} se equivoca {spanish.percent(naive.error)}"
        return f"{text}."
    return "Todavía no hay pronósticos con qué responder: hace falta más historia para probar los modelos."


def _live_sentence(site: SiteContext, record: Record) -> str:
    row = site.con.execute("SELECT min(first_issued), max(nights), sum(due) FROM forecast_live").fetchone()
    if row is None or row[0] is None:
        return "Todavía no se ha publicado ningún pronóstico."
    since = spanish.long_date(row[0])
    if record.table is None:
        return (
            f"Los pronósticos se publican y se guardan desde el {since}; todavía no hay días vencidos que comparar. "
            "La primera cifra en vivo aparecerá cuando XM publique el dato del primer día pronosticado."
        )
    return (
        f"Los pronósticos se publican y se guardan desde el {since}: {spanish.plural(int(row[1]), 'noche', 'noches')}."
    )


def _record(site: SiteContext, known: list[Policy], kind: str, place: Place) -> Record:
    found = {policy.series: scores(site, policy.series, kind) for policy in known}
    scored = [policy for policy in known if pick(found[policy.series], policy.model, policy.near)]
    note = (
        "Hechos después, con lo que se sabía en cada fecha de origen; ningún modelo vio los días que pronostica."
        if kind == BACKTEST
        else "Los que este portal publicó antes de que ocurrieran. No se mezclan con las pruebas con el pasado."
    )
    if not scored:
        empty = (
            "Todavía no hay pronósticos vencidos: ninguno de los publicados ha llegado a un día con dato consolidado."
            if kind == LIVE
            else "Aún no hay historia suficiente para probar los modelos con el pasado."
        )
        return Record(kind, _KINDS[kind], note, None, (), None, empty)
    charts = [view for policy in scored if policy.shown.by_lead and (view := _by_lead(site, policy, kind, place))]
    return Record(
        kind,
        _KINDS[kind],
        note,
        _summary(scored, found),
        tuple(charts),
        _coverage(site, scored, found, kind, place),
        "",
    )


def _summary(known: list[Policy], found: Mapping[str, Sequence[Score]]) -> Table:
    """Return one row a series: its error at the nearest leads beside the naive's, the paired test, and the bands."""
    heads = (
        Header("Serie"),
        Header("Modelo que se publica"),
        Header("Anticipación"),
        Header("Orígenes", numeric=True),
        Header("Error", "%", numeric=True),
        Header("Repetir la semana", "%", numeric=True),
        Header("Mejora", "%", numeric=True),
        Header("t", numeric=True),
        Header("Cobertura 80", "%", numeric=True),
        Header("Cobertura 95", "%", numeric=True),
        Header("Error en todo el horizonte", "%", numeric=True),
    )
    body = []
    for policy in known:
        own, naive = (pick(found[policy.series], model, policy.near) for model in (policy.model, NAIVE))
        whole = pick(found[policy.series], policy.model, "all")
        if own is None:
            continue
        body.append(
            (
                Cell(policy.short, href=f"../pronosticos/#p-{policy.series}"),
                Cell(name_of(policy.model, policy)),
                Cell(lead_words(policy.near, hourly=policy.hourly)),
                Cell(figure(own.origins, 0)),
                Cell(figure(own.error, 1) + (" (WAPE)" if own.mape is None else "")),
                Cell(
                    figure(None if naive is None else naive.error, 1) + ("" if "semana" in policy.again else " (día)")
                ),
                Cell(figure(own.skill, 0)),
                Cell(figure(own.t, 1)),
                Cell(figure(own.cov80, 0)),
                Cell(figure(own.cov95, 0)),
                Cell(figure(None if whole is None else whole.error, 1)),
            )
        )
    return Table(heads, tuple(body), len(body))


def _by_lead(site: SiteContext, policy: Policy, kind: str, place: Place) -> ChartView | None:
    """Return the error day by day of lead, beside the naive's; None with fewer than three leads known."""
    rows = site.query(
        "SELECT lead AS x, wape, naive_wape, origins FROM forecast_lead "
        "WHERE series = ? AND run_kind = ? AND origins >= 3 ORDER BY lead",
        [policy.series, kind],
    )
    if len(rows) < 3:
        return None
    long = pd.concat(
        [
            pd.DataFrame({"x": rows["x"].astype("int64"), "series": name, "value": rows[column]})
            for name, column in ((_OURS, "wape"), (_AGAIN, "naive_wape"))
        ],
        ignore_index=True,
    )
    first = rows.iloc[0]
    spec = ChartSpec(
        id=f"{policy.series}-{'pasado' if kind == BACKTEST else 'vivo'}",
        type="line",
        title=f"{policy.short}: {spanish.percent(float(first['wape']))} a un día",
        subtitle=f"WAPE (%) según los días de anticipación; {_span(rows['origins'])} orígenes por punto",
        unit="%",
        decimals=1,
        options={"context": _AGAIN, "zero": True, "x_label": "Días de anticipación"},
    )
    return chart_view(long, spec, place)


def _span(counts: pd.Series) -> str:
    """Return how many there are, in digits: «24», or «de 3 a 24»."""
    low, high = (spanish.number(float(n), 0) for n in (counts.min(), counts.max()))
    return low if low == high else f"de {low} a {high}"


def _coverage(
    site: SiteContext, known: list[Policy], found: Mapping[str, Sequence[Score]], kind: str, place: Place
) -> ChartView | None:
    """Return how often the bands held, beside how often they should."""
    rows: list[dict[str, object]] = []
    for policy in known:
        own = pick(found[policy.series], policy.model, "all")
        pairs = () if own is None else (("Banda del 80 %", own.cov80), ("Banda del 95 %", own.cov95))
        rows += [
            {"x": policy.short, "series": name, "value": value, "origins": own.origins if own else None}
            for name, value in pairs
            if value is not None
        ]
    if not rows:
        return None
    table = pd.DataFrame(rows)
    eighty = table[table["series"] == "Banda del 80 %"]["value"]
    title = (
        f"Las bandas del 80 % contuvieron el dato entre {spanish.number(float(eighty.min()), 0)} y "
        f"{spanish.percent(float(eighty.max()), 0)} de las veces"
    )
    spec = ChartSpec(
        id=f"cobertura-{'pasado' if kind == BACKTEST else 'vivo'}",
        type="dots",
        title=title,
        subtitle="% de los datos dentro de su banda, en todo el horizonte; lo ideal, en líneas de puntos: 80 y 95; "
        f"{_span(table['origins'])} orígenes por serie",
        unit="%",
        decimals=0,
        options={"marks": "80,95", "x_label": "Serie"},
    )
    return chart_view(table, spec, place)


def _misses(site: SiteContext, known: list[Policy]) -> Table | None:
    """Return the worst misses of the series that lists them, a week ahead at most, with what is known of each."""
    policy = next((p for p in known if p.shown.misses), None)
    if policy is None:
        return None
    rows = site.query(
        "SELECT target, h, mean, actual, error, note_es FROM forecast_miss WHERE series = ? "
        "ORDER BY abs(error / nullif(actual, 0)) DESC, target LIMIT ?",
        [policy.series, MISSES],
    )
    if rows.empty:
        return None
    unit, decimals = spanish.unit_label(policy.unit), 1
    heads = (
        Header("Día"),
        Header("Anticipación", "días", numeric=True),
        Header("Pronóstico", unit, numeric=True),
        Header("Ocurrió", unit, numeric=True),
        Header("Error", "%", numeric=True),
        Header("Qué se sabe"),
    )
    body = []
    for row in rows.to_dict("records"):
        day = day_of(row["target"])
        error = float(row["error"]) / float(row["actual"]) * 100 if row["actual"] else None
        note = row["note_es"]
        body.append(
            (
                Cell(f"{spanish.weekday(day)} {spanish.date(day)}"),
                Cell(figure(row["h"], 0)),
                Cell(figure(row["mean"], decimals)),
                Cell(figure(row["actual"], decimals)),
                Cell(figure(error, 1)),
                Cell(note if isinstance(note, str) and note else "Sin causa registrada."),
            )
        )
    return Table(heads, tuple(body), len(body))


def _old_method(site: SiteContext) -> Table:
    """Return what the old system said of itself, what the same recipe gives, and what this build gives."""
    rows = site.query("SELECT * FROM old_method ORDER BY ordinal, span")
    ours = {
        str(row["series"]): row
        for row in site.query(
            "SELECT s.series, s.wape, s.origins FROM forecast_score AS s "
            "JOIN forecast_shown_model AS m ON m.series = s.series AND m.model = s.model "
            "WHERE s.run_kind = 'backtest' AND s.lead = 'all'"
        ).to_dict("records")
    }
    heads = (
        Header("Fuente"),
        Header("Publicado por el sistema anterior", "MAPE %", numeric=True),
        Header("Años de la repetición"),
        Header("Encontrado al repetirlo", "MAPE %", numeric=True),
        Header("Encontrado al repetirlo", "WAPE %", numeric=True),
        Header("Repetir la semana", "WAPE %", numeric=True),
        Header("Datos dentro de su banda del 95 %", numeric=True),
        Header("Este portal, con los datos de hoy", "WAPE %", numeric=True),
    )
    body = []
    for row in rows.to_dict("records"):
        own = ours.get(str(row["series"]))
        origins = "" if own is None else f" ({spanish.plural(int(own['origins']), 'origen', 'orígenes')})"
        body.append(
            (
                Cell(str(row["source"])),
                Cell(figure(row["claimed"], 1)),
                Cell(str(row["span"])),
                Cell(figure(row["found"], 1)),
                Cell(figure(row["wape"], 1)),
                Cell(figure(row["naive_wape"], 1)),
                Cell(spanish.percent(float(row["coverage"]), 0)),
                Cell("—" if own is None else f"{figure(own['wape'], 1)}{origins}"),
            )
        )
    return Table(heads, tuple(body), len(body))


def _duel_empty(site: SiteContext) -> str:
    """Say why there is no comparison with XM's official forecast."""
    states = site.states.get("PronSIN", ())
    reason = next((s.reason for s in states if not s.rows), "")
    if reason:
        return f"No hay pronóstico oficial con qué comparar: {reason}."
    if not any(s.rows for s in states):
        return "No hay pronóstico oficial con qué comparar."
    return (
        "Ya se guardan los pronósticos oficiales de XM; todavía no hay días que los dos hayamos pronosticado y que "
        "tengan dato consolidado."
    )


def _feed(site: SiteContext) -> str:
    return atom(
        site,
        FEED,
        "Pronósticos del sistema eléctrico colombiano y sus aciertos",
        "Lo que se pronosticó cada noche y el puntaje de lo que ya se puede comparar.",
        "aciertos/",
        entries(site),
    )
