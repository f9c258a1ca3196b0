"""What changed last night: new days, values that XM revised, its catalogue, and the boards that stand on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.core import spanish
from pipeline.render.context import Page, SiteContext, read_sources
from pipeline.render.feed import Entry, atom
from pipeline.render.home import HOME
from pipeline.render.page import make_page
from pipeline.render.registers import NO_RECORD, has, read
from pipeline.render.table import Cell, Header, Table

FEED = "cambios.xml"
_FIELDS = {"unit": "la unidad", "type": "el tipo", "name": "el nombre", "description": "la descripción"}
_DRIFT = {"new": "aparece", "removed": "desaparece", "changed": "cambia"}
_NIGHTS = 30
_REVISED = (
    "metric, entity, count(*) AS n, count(DISTINCT ts::DATE) AS days, "
    "avg(abs(new - old)) AS mean_abs, median(abs(new - old) / nullif(abs(old), 0) * 100) AS middle_pct, "
    "arg_max(old, (abs(new - old), code, ts)) AS old, arg_max(new, (abs(new - old), code, ts)) AS new, "
    "arg_max(code, (abs(new - old), code, ts)) AS code, arg_max(ts, (abs(new - old), code, ts)) AS ts"
)


@dataclass(frozen=True)
class ThemeChange:
    """What a theme gained."""

    title: str
    series: str
    days: str
    rows: str


@dataclass(frozen=True)
class BoardChange:
    """A board with metrics that changed."""

    slug: str
    title: str
    changed: int
    total: int


def changes_page(site: SiteContext) -> Page:
    """Return the page of last night's changes and its feed."""
    gained = read(site, "lake_change", "*", "ORDER BY metric, entity")
    compared = gained["since"].notna().any() if len(gained) else False
    tonight = "WHERE seen = ? GROUP BY ALL ORDER BY n DESC, metric, entity"
    revised = read(site, "revision", _REVISED, tonight, [site.run.today])
    since = pd.Timestamp(gained["since"].max()).date() if compared else None
    themes = _themes(site, gained)
    touched = set(gained["metric"]) if len(gained) else set()
    boards = affected(site, touched)
    title, text = _summary(gained, revised, since)
    return make_page(
        site,
        "cambios.md",
        "changes",
        "¿Qué cambió anoche?",
        "Días nuevos, valores que XM revisó, cambios de su catálogo y tableros que se apoyan en ellos.",
        {
            "headline": title,
            "answer": text,
            "today": spanish.date(site.run.today),
            "since": spanish.date(since) if since else "",
            "themes": themes,
            "series": _series_table(site, gained),
            "revised": _revised_table(site, revised),
            "no_revised": "XM no cambió ningún valor ya publicado." if has(site, "revision") else NO_RECORD,
            "drift": _drift_table(site),
            "no_drift": _no_drift(site),
            "boards": boards,
            "feed": FEED,
        },
        {
            FEED: atom(
                site,
                FEED,
                "Qué cambió en los datos del sistema eléctrico colombiano",
                "Una entrada por noche: días nuevos y valores revisados por XM.",
                "cambios/",
                [
                    Entry(f"noche/{site.run.today.isoformat()}", title, text, "cambios/", site.run.today),
                    *_earlier(site),
                ],
            )
        },
    )


def _summary(gained: pd.DataFrame, revised: pd.DataFrame, since: dt.date | None) -> tuple[str, str]:
    """Return the night in a line and in a sentence."""
    if gained.empty:
        return "Anoche no cambió nada", "Ninguna serie tiene días nuevos ni valores distintos de los de la víspera."
    rows = int((gained["rows_now"] - gained["rows_before"]).clip(lower=0).sum())
    if since is None:
        return (
            "Primera carga de los datos",
            f"Entraron {spanish.number(rows, 0)} valores de {spanish.plural(len(gained), 'serie', 'series')}. "
            "Desde la próxima noche esta página los compara con la víspera.",
        )
    ahead = int((_new_days(gained) > 0).sum())
    title = f"{spanish.plural(ahead, 'serie tiene', 'series tienen')} días nuevos"
    text = f"Entraron {spanish.number(rows, 0)} valores en {spanish.plural(len(gained), 'serie', 'series')}"
    if len(revised):
        count = int(revised["n"].sum())
        text += f" y XM cambió {spanish.plural(count, 'valor', 'valores')} que ya había publicado"
    return title, f"{text}, frente al estado del {spanish.long_date(since)}."


def _new_days(gained: pd.DataFrame) -> pd.Series:
    """Return how many days each series moved on; a series that did not exist before counts none."""
    ends = (pd.to_datetime(gained[c]) for c in ("last_now", "last_before"))
    now, before = ends
    return (now - before).dt.days.fillna(0).clip(lower=0).astype(int)


def _themes(site: SiteContext, gained: pd.DataFrame) -> list[ThemeChange]:
    if gained.empty:
        return []
    rows = _counted(gained)
    found = []
    for theme in sorted(site.catalog.themes.values(), key=lambda t: (t.order, t.id)):
        names = {m.id for m in site.catalog.metrics.values() if m.theme == theme.id}
        own = rows[rows["metric"].isin(names)]
        if len(own):
            found.append(
                ThemeChange(
                    theme.title,
                    spanish.number(len(own), 0),
                    spanish.number(int((own["days"] > 0).sum()), 0),
                    spanish.number(int(own["fresh"].sum()), 0),
                )
            )
    return found


def _counted(gained: pd.DataFrame) -> pd.DataFrame:
    return gained.assign(days=_new_days(gained), fresh=gained["rows_now"] - gained["rows_before"])


def _series_table(site: SiteContext, gained: pd.DataFrame) -> Table | None:
    """Return every series that changed; without any there is no table."""
    rows = gained[gained["metric"].isin(list(site.catalog.metrics))] if len(gained) else gained
    if rows.empty:
        return None
    rows = _counted(rows)
    heads = (
        Header("Métrica"),
        Header("Entidad"),
        Header("Días nuevos", numeric=True),
        Header("Datos hasta"),
        Header("Filas nuevas", numeric=True),
    )
    body = tuple(
        (
            Cell(site.catalog.metrics[str(r["metric"])].title, href=f"../metricas/{r['metric']}/"),
            Cell(_entity(site, str(r["entity"]))),
            Cell(spanish.number(int(r["days"]), 0)),
            Cell("—" if pd.isna(r["last_now"]) else spanish.date(pd.Timestamp(r["last_now"]).date())),
            Cell(spanish.number(int(r["fresh"]), 0)),
        )
        for r in rows.to_dict("records")
    )
    return Table(heads, body, len(body))


def _revised_table(site: SiteContext, revised: pd.DataFrame) -> Table | None:
    """Return what XM changed, by series: how many values, by how much, and the largest change."""
    if revised.empty:
        return None
    heads = (
        Header("Métrica"),
        Header("Entidad"),
        Header("Valores", numeric=True),
        Header("Días", numeric=True),
        Header("Cambio mediano", "%", numeric=True),
        Header("Mayor cambio", numeric=True),
        Header("Dónde"),
    )
    body = []
    for r in revised.to_dict("records"):
        metric = site.catalog.metrics.get(str(r["metric"]))
        unit = metric.unit.stored if metric else ""
        change = f"{spanish.number(float(r['old']), 2)} → {spanish.quantity(float(r['new']), unit, 2)}"
        moment = pd.Timestamp(r["ts"])
        place = spanish.date(moment.date()) if moment.hour == 0 else spanish.clock(moment.to_pydatetime())
        body.append(
            (
                Cell(
                    metric.title if metric else str(r["metric"]), href=f"../metricas/{r['metric']}/" if metric else ""
                ),
                Cell(_entity(site, str(r["entity"]))),
                Cell(spanish.number(int(r["n"]), 0)),
                Cell(spanish.number(int(r["days"]), 0)),
                Cell("—" if pd.isna(r["middle_pct"]) else spanish.number(float(r["middle_pct"]), 2)),
                Cell(change),
                Cell(place if str(r["code"]) == "Sistema" else f"{r['code']}, {place}"),
            )
        )
    return Table(heads, tuple(body), len(body))


def _no_drift(site: SiteContext) -> str:
    """Return what is known of XM's catalogue when there is no difference to show: that it agrees, or nothing."""
    state = read_sources(site.con).get("xm")
    if not has(site, "catalog_drift") or state is None:
        return NO_RECORD
    if state.compared == site.run.today:
        return "El catálogo de XM es el que el portal declara."
    last = f" La última comparación es del {spanish.date(state.compared)}." if state.compared else ""
    why = f": {spanish.reason(state.down)}" if state.down else ""
    return f"Anoche no se comparó el catálogo de XM con el que el portal declara{why}.{last}"


def _drift_table(site: SiteContext) -> Table | None:
    compared = read_sources(site.con).get("xm")
    day = compared.compared if compared else None
    rows = read(
        site,
        "catalog_drift",
        "kind, metric, entity, field, was, now, first_seen",
        "WHERE last_seen = ? ORDER BY first_seen DESC, kind, metric, entity, field",
        [day],
    )
    if rows.empty:
        return None
    heads = tuple(Header(h) for h in ("Métrica", "Entidad", "Qué pasa", "Antes", "Ahora", "Visto desde"))
    body = tuple(
        (
            Cell(str(r["metric"])),
            Cell(_entity(site, str(r["entity"]))),
            Cell(_drifted(str(r["kind"]), str(r["field"] or ""))),
            Cell(str(r["was"] or "—")),
            Cell(str(r["now"] or "—")),
            Cell(spanish.date(pd.Timestamp(r["first_seen"]).date())),
        )
        for r in rows.to_dict("records")
    )
    return Table(heads, body, len(body))


def _drifted(kind: str, field: str) -> str:
    return f"{_DRIFT.get(kind, 'cambia')} {_FIELDS.get(field, '')}".strip()


def affected(site: SiteContext, touched: set[str]) -> Sequence[BoardChange]:
    """Return the boards that read a metric that changed, those most touched first."""
    found = []
    for board in site.catalog.boards.values():
        names = set(board.metrics) | {m for block in board.blocks for m in block.metrics}
        if names & touched:
            slug = "" if board.slug == HOME else f"tableros/{board.slug}/"
            found.append(BoardChange(slug, board.title, len(names & touched), len(names)))
    return found


def _earlier(site: SiteContext) -> list[Entry]:
    """Return an entry for each earlier night on which XM revised values."""
    rows = read(
        site,
        "revision",
        "seen, count(*) AS n, count(DISTINCT metric) AS metrics",
        "WHERE seen < ? GROUP BY seen ORDER BY seen DESC LIMIT ?",
        [site.run.today, _NIGHTS],
    )
    return [_night(pd.Timestamp(r["seen"]).date(), int(r["n"]), int(r["metrics"])) for r in rows.to_dict("records")]


def _night(day: dt.date, count: int, metrics: int) -> Entry:
    values = spanish.plural(count, "valor", "valores")
    within = spanish.plural(metrics, "métrica", "métricas")
    return Entry(
        f"noche/{day.isoformat()}",
        f"XM revisó {values}",
        f"El {spanish.long_date(day)} XM cambió {values} que ya había publicado, de {within}.",
        "cambios/",
        day,
    )


def _entity(site: SiteContext, name: str) -> str:
    known = site.catalog.entities.get(name)
    return known.label if known else name
