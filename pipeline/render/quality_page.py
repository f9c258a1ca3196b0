"""The quality of the data, in the open: what is there, what is late, what does not add up, what is known of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Correction, Metric
from pipeline.core import spanish
from pipeline.render.context import Page, SiteContext
from pipeline.render.downloads import csv_text
from pipeline.render.index_pages import late_by
from pipeline.render.metric_page import span_text
from pipeline.render.page import make_page
from pipeline.render.registers import NO_RECORD, has, read
from pipeline.render.table import Cell, Header, Table

MONTHS = 24
CSV = "assets/figures/calidad/dias-con-dato.csv"
ROWS = 60
_RULES = {
    "not_a_number": "no es un número",
    "out_of_bounds": "fuera del rango posible de la métrica",
    "conflicting_duplicate": "dos valores distintos para la misma hora",
    "unknown_code": "código que ninguna lista de XM conoce",
    "item": "entrada con otra forma",
    "date": "fecha que no se puede leer",
}
_OTHER_RULE = "otra regla del portal"  # the code's own word is English and for the log
_KINDS = {
    "gap": "hueco",
    "unit": "unidad",
    "label": "rótulo",
    "partial": "datos parciales",
    "event": "suceso",
    "definition": "definición",
}
_GAP_STATES = {"open": "abierto", "filled": "llenado después", "confirmed_absent": "XM confirma que no hay dato"}


@dataclass(frozen=True)
class HeatCell:
    """A month of a metric: its days with data, their share as a shade, and the same in words."""

    text: str
    shade: str
    title: str


@dataclass(frozen=True)
class HeatRow:
    """A metric in the heat map."""

    id: str
    title: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatSection:
    """A theme of the heat map."""

    title: str
    rows: tuple[HeatRow, ...]


def quality_page(site: SiteContext) -> Page:
    """Return the page on the quality of the data; what nobody has recorded yet is said, not left out."""
    months = read(site, "quality_month", "metric, month, days, expected")
    balance = read(site, "balance_summary", "*")
    share = _share(site, months)
    late = late_by(site)
    provisional = [s for states in site.states.values() for s in states if s.provisional_days]
    gaps = read(site, "gap", 'metric, entity, "start", "end", reason, state')
    failing = int((balance["closing"] < balance["days"]).sum()) if len(balance) else 0
    return make_page(
        site,
        "calidad.md",
        "quality",
        "Calidad de los datos",
        "Días con dato por métrica y mes, rezagos, días preliminares, huecos, valores apartados y cuentas que cuadran.",
        {
            "headline": "Qué tan completos son los datos"
            if share is None
            else f"El {spanish.percent(share)} de los días esperados tiene dato",
            "answer": _answer(len(late), len(provisional), balance, failing),
            "columns": [_month_head(m) for m in _shown_months(months)],
            "sections": heat_sections(site, months),
            "csv": CSV if len(months) else "",
            "late": _late_table(late),
            "provisional": _provisional_table(site),
            "balance": balance_table(balance),
            "worst": _worst_table(site),
            "gaps": _gap_table(site, gaps),
            "no_gaps": "No falta ningún día esperado." if has(site, "gap") else NO_RECORD,
            "quarantine": _quarantine_table(site),
            "no_quarantine": "Ningún valor ha sido apartado." if has(site, "quarantine") else NO_RECORD,
            "issues": _issues(site),
        },
        {CSV: csv_text(months)} if len(months) else {},
    )


def _share(site: SiteContext, months: pd.DataFrame) -> float | None:
    """Return the share of expected days that have data [%]; metrics of events have no expected days."""
    if months.empty:
        return None
    own = months[[_counted(site, str(m)) for m in months["metric"]]]
    expected = int(own["expected"].sum())
    found = int(own[["days", "expected"]].min(axis=1).sum())
    # Not rounded up: 100 % is said only when no day is missing.
    return min(found / expected * 100, 99.9 if found < expected else 100.0) if expected else None


def _counted(site: SiteContext, name: str) -> bool:
    metric = site.catalog.metrics.get(name)
    return metric is not None and not metric.sparse


def _answer(late: int, provisional: int, balance: pd.DataFrame, failing: int) -> str:
    parts = [
        f"{spanish.plural(late, 'serie llega', 'series llegan')} más tarde de lo que XM acostumbra"
        if late
        else "Ninguna serie llega más tarde de lo que XM acostumbra",
        f"{spanish.plural(provisional, 'serie tiene', 'series tienen')} días preliminares",
    ]
    if len(balance) and balance["days"].sum():
        checked = int((balance["days"] > 0).sum())
        parts.append(
            f"{spanish.number(checked - failing, 0)} de las {spanish.number(checked, 0)} cuentas que deben cuadrar "
            "cuadran todos los días"
        )
    return f"{spanish.join(parts)}."


def _shown_months(months: pd.DataFrame) -> list[pd.Timestamp]:
    return sorted(set(pd.to_datetime(months["month"])))[-MONTHS:] if len(months) else []


def _month_head(month: pd.Timestamp) -> dict[str, str]:
    return {
        "short": spanish.MONTHS_SHORT[month.month - 1],
        "year": str(month.year),
        "first": "1" if month.month == 1 else "",
        "long": spanish.month(month.date()),
    }


def heat_sections(site: SiteContext, months: pd.DataFrame) -> list[HeatSection]:
    """Return the heat map by theme: one row a metric, one cell a month of the last two years."""
    if months.empty:
        return []
    shown = _shown_months(months)
    own = months[pd.to_datetime(months["month"]) >= shown[0]]
    counts = {
        (str(r["metric"]), pd.Timestamp(r["month"])): (int(r["days"]), int(r["expected"]))
        for r in own.to_dict("records")
    }
    sections = []
    for theme in sorted(site.catalog.themes.values(), key=lambda t: (t.order, t.id)):
        metrics = [m for m in site.catalog.data_metrics() if m.theme == theme.id]
        rows = tuple(
            HeatRow(m.id, m.title, tuple(_heat_cell(m, counts.get((m.id, month)), month) for month in shown))
            for m in metrics
        )
        if rows:
            sections.append(HeatSection(theme.title, rows))
    return sections


def _heat_cell(metric: Metric, count: tuple[int, int] | None, month: pd.Timestamp) -> HeatCell:
    """Return a cell. Metrics of events are counted but not judged: a day without a row is a day without an event."""
    head = spanish.month(month.date())
    if count is None or (not count[1] and not count[0]):
        return HeatCell("", "out", f"{head}: no se espera dato")
    days, expected = count
    noun = spanish.plural(days, "mes", "meses") if metric.grain == "monthly" else spanish.plural(days, "día", "días")
    if metric.sparse:
        return HeatCell(str(days), "event", f"{head}: {noun} con evento")
    share = min(days / expected, 1.0) if expected else 1.0
    shade = "full" if share == 1 else "most" if share >= 0.9 else "half" if share >= 0.5 else "few" if days else "none"
    return HeatCell(str(days), shade, f"{head}: {noun} de {expected}")


def _late_table(late: Sequence[tuple[Metric, str, dt.date, int]]) -> Table | None:
    if not late:
        return None
    heads = (
        Header("Métrica"),
        Header("Entidad"),
        Header("Datos hasta"),
        Header("Rezago", "días", numeric=True),
        Header("Lo usual", "días", numeric=True),
    )
    rows = tuple(
        (
            Cell(metric.title, href=f"../metricas/{metric.id}/"),
            Cell(entity),
            Cell(spanish.date(last)),
            Cell(spanish.number(lag, 0)),
            Cell(spanish.number(metric.lag_days, 0)),
        )
        for metric, entity, last, lag in late[:ROWS]
    )
    return Table(heads, rows, len(late))


def _provisional_table(site: SiteContext) -> Table | None:
    found = [s for states in site.states.values() for s in states if s.provisional_days]
    found.sort(key=lambda s: (-s.provisional_days, s.metric, s.entity))
    if not found:
        return None
    heads = (
        Header("Métrica"),
        Header("Entidad"),
        Header("Preliminares", "días", numeric=True),
        Header("Último día consolidado"),
    )
    rows = tuple(
        (
            Cell(_title(site, s.metric), href=f"../metricas/{s.metric}/"),
            Cell(_entity(site, s.entity)),
            Cell(spanish.number(s.provisional_days, 0)),
            Cell(spanish.date(s.last_ok) if s.last_ok else "—"),
        )
        for s in found[:ROWS]
    )
    return Table(heads, rows, len(found))


def balance_table(balance: pd.DataFrame) -> Table | None:
    """Return the identities with how many days close and by how much the worst one misses."""
    if balance.empty:
        return None
    heads = (
        Header("Cuenta"),
        Header("Días comparados", numeric=True),
        Header("Cuadran", numeric=True),
        Header("Residuo medio", numeric=True),
        Header("Mayor residuo", numeric=True),
    )
    rows = []
    for row in balance.to_dict("records"):
        unit = "puntos" if row["unit"] == "%" else str(row["unit"])
        none = not row["days"]
        rows.append(
            (
                Cell(str(row["title"])),
                Cell(spanish.number(int(row["days"]), 0)),
                Cell("sin comparar" if none else spanish.percent(_floor(int(row["closing"]), int(row["days"])))),
                Cell("—" if none else spanish.quantity(float(row["mean_abs"]), unit, 3)),
                Cell("—" if none else _worst(float(row["worst"]), unit, row["worst_day"])),
            )
        )
    return Table(heads, tuple(rows), len(rows))


def _worst(residual: float, unit: str, day: object) -> str:
    """Return the largest residual and its day; one that three decimals do not show has no day."""
    said = spanish.quantity(residual, unit, 3)
    return said if abs(residual) < 0.0005 else f"{said} ({spanish.date(pd.Timestamp(str(day)).date())})"


def _floor(part: int, whole: int) -> float:
    share = part / whole * 100
    return min(share, 99.9) if part < whole else share


def _worst_table(site: SiteContext) -> Table | None:
    rows = read(
        site,
        "balance_residual JOIN identity_info USING (identity)",
        "title, unit, day, total, parts, residual",
        "WHERE NOT closes ORDER BY size_pct DESC NULLS FIRST, day DESC, identity LIMIT 12",
    )
    if rows.empty:
        return None
    heads = (
        Header("Cuenta"),
        Header("Día"),
        *(Header(h, numeric=True) for h in ("Total", "Suma de partes", "Residuo")),
    )
    body = tuple(
        (
            Cell(str(r["title"])),
            Cell(spanish.date(pd.Timestamp(r["day"]).date())),
            *(Cell(spanish.quantity(float(r[c]), str(r["unit"]), 2)) for c in ("total", "parts", "residual")),
        )
        for r in rows.to_dict("records")
    )
    return Table(heads, body, len(body))


def _gap_table(site: SiteContext, gaps: pd.DataFrame) -> Table | None:
    """Return the gaps, open ones first; None when nobody keeps a record or there is none."""
    if gaps.empty:
        return None
    order = {"open": 0, "confirmed_absent": 1, "filled": 2}
    gaps = gaps.assign(_o=gaps["state"].map(order).fillna(3)).sort_values(
        ["_o", "start", "metric", "entity"], ascending=[True, False, True, True]
    )
    heads = (Header("Métrica"), Header("Entidad"), Header("Días"), Header("Estado"), Header("Motivo"))
    body = tuple(
        (
            Cell(_title(site, str(r["metric"])), href=f"../metricas/{r['metric']}/"),
            Cell(_entity(site, str(r["entity"]))),
            Cell(span_text(pd.Timestamp(r["start"]).date(), pd.Timestamp(r["end"]).date())),
            Cell(_GAP_STATES.get(str(r["state"]), "sin clasificar")),
            Cell(spanish.reason(str(r["reason"]))),
        )
        for r in gaps.head(ROWS).to_dict("records")
    )
    note = f"Se muestran {len(body)} de {spanish.number(len(gaps), 0)} huecos." if len(gaps) > len(body) else ""
    return Table(heads, body, len(gaps), note)


def _quarantine_table(site: SiteContext) -> Table | None:
    rows = read(
        site,
        "quarantine",
        "rule, count(*) AS n, count(DISTINCT metric) AS metrics, "
        "string_agg(DISTINCT metric, ', ' ORDER BY metric) AS names",
        "GROUP BY rule ORDER BY n DESC, rule",
    )
    if rows.empty:
        return None
    heads = (Header("Regla"), Header("Valores", numeric=True), Header("Métricas"))
    body = tuple(
        (
            Cell(_RULES.get(str(r["rule"]), _OTHER_RULE)),
            Cell(spanish.number(int(r["n"]), 0)),
            Cell(_some(str(r["names"]), int(r["metrics"]))),
        )
        for r in rows.to_dict("records")
    )
    return Table(heads, body, len(body))


def _some(names: str, count: int, limit: int = 4) -> str:
    shown = names.split(", ")[:limit]
    return ", ".join(shown) + (f" y {count - limit} más" if count > limit else "")


def _issues(site: SiteContext) -> list[Mapping[str, object]]:
    """Return the register of known issues, dated ones first and newest first."""
    dated = sorted(site.catalog.corrections, key=lambda c: (c.start or c.end or dt.date.min, c.id), reverse=True)
    return [_issue(site, c) for c in dated]


def _issue(site: SiteContext, c: Correction) -> Mapping[str, object]:
    return {
        "id": c.id,
        "kind": _KINDS.get(c.kind, c.kind),
        "span": span_text(c.start, c.end),
        "text": " ".join(c.text.split()),
        "source": c.source,
        "metrics": [m for m in c.metrics if m in site.catalog.metrics],
    }


def _title(site: SiteContext, name: str) -> str:
    metric = site.catalog.metrics.get(name)
    return metric.title if metric else name


def _entity(site: SiteContext, name: str) -> str:
    known = site.catalog.entities.get(name)
    return known.label if known else name
