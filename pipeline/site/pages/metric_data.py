"""Queries behind a metric page: what may be added is added, what may not is shown side by side."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import pandas as pd

from pipeline.catalog.schema import Metric
from pipeline.catalog.value_states import open_states
from pipeline.core import spanish
from pipeline.site.context import SeriesState, SiteContext
from pipeline.site.named_links import CODE
from pipeline.site.table import Cell, Header, Table, cell_text, shown_note

TOP = 4
ENTITY_ROWS = 50
CORRECTED_ROWS = 12
_DECIMALS = 8  # what a source writes at most
LIST_ROWS = 50
# Hours are drawn for the last week only; the whole hourly history is in the Parquet files.
_WEEK_DAYS = 7
#: Days behind the level that a basis of comparison compares, where they are more than one (`views/rules/calendar.sql`).
SPANS = {"week_mean": 7, "weeks_mean": 28}


@dataclass(frozen=True)
class MainSeries:
    """What the main chart draws: rows `x, series, value, quality`, how to call them, and the codes behind them."""

    rows: pd.DataFrame
    entity: str
    label: str
    added: bool
    codes: tuple[str, ...] = ()


def main_series(site: SiteContext, metric: Metric, entity: str, plural: str) -> MainSeries:
    """Return the daily history for the main chart.

    The national series where there is one. Without it, flows are added over the entities; prices, ratios,
    rates and stocks never are: the largest few by their last value are drawn side by side.
    """
    if entity == "Sistema":
        rows = site.query(
            f"SELECT day AS x, code AS series, value, quality FROM metric_daily "
            f"WHERE metric = ? AND entity = 'Sistema' AND {_whole(metric)} ORDER BY code, day",
            [metric.id],
        )
        codes = tuple(dict.fromkeys(rows["series"]))
        rows["series"] = [_part(code) for code in rows["series"]]
        return MainSeries(rows, entity, "Total nacional", added=False, codes=codes)
    if metric.kind == "flow":
        rows = site.query(
            "SELECT day AS x, '' AS series, sum(value) AS value, "
            "worst_of(quality) AS quality "
            f"FROM metric_daily WHERE metric = ? AND entity = ? AND {_whole(metric)} GROUP BY day ORDER BY day",
            [metric.id, entity],
        )
        return MainSeries(rows, entity, f"Suma de {plural.lower()}", added=True)
    rows = site.query(
        f"WITH last AS (SELECT code, arg_max(value, day) AS value, max(day) AS day FROM metric_daily "
        f"WHERE metric = $1 AND entity = $2 AND {_whole(metric)} GROUP BY code), "
        f"top AS (SELECT code, row_number() OVER (ORDER BY day DESC, value DESC, code) AS place FROM last "
        f"ORDER BY place LIMIT {TOP}) "
        "SELECT d.day AS x, d.code AS series, d.value, d.quality FROM metric_daily AS d JOIN top USING (code) "
        f"WHERE metric = $1 AND entity = $2 AND {_whole(metric)} ORDER BY place, day",
        [metric.id, entity],
    )
    codes = tuple(dict.fromkeys(rows["series"]))
    rows["series"] = [_short(site.name_of(entity, code) or code) for code in rows["series"]]
    return MainSeries(rows, entity, f"{plural} con los mayores valores", added=False, codes=codes)


def _whole(metric: Metric) -> str:
    """Return SQL for a day that lacks no hour it must have: an event fills those it lasts."""
    return "TRUE" if metric.sparse else "(hours IS NULL OR hours = 24)"


def week_hours(site: SiteContext, metric: Metric) -> pd.DataFrame:
    """Return the national hours of the last seven settled days, `x, series, value, quality`."""
    rows = site.query(
        "WITH ends AS (SELECT max(day) AS day FROM metric_daily "
        f"WHERE metric = ? AND entity = 'Sistema' AND quotable(quality) AND {_whole(metric)}) "
        f"SELECT ts AS x, code AS series, value, quality FROM \"{metric.id}\", ends WHERE entity = 'Sistema' "
        f"AND ts >= ends.day - {_WEEK_DAYS - 1} AND ts < ends.day + 1 ORDER BY code, ts",
        [metric.id],
    )
    rows["series"] = [_part(code) for code in rows["series"]]
    return rows


def entity_table(site: SiteContext, metric: Metric, state: SeriesState, label: str) -> Table:
    """Return the last settled value of every code of an entity, largest first, under what one of them is called."""
    rows = site.query(
        # What may not be quoted stands for a code only while it has nothing else.
        "SELECT code, arg_max(day, (quotable(quality), day)) AS day, "
        "arg_max(value, (quotable(quality), day)) AS value, "
        "arg_max(quality, (quotable(quality), day)) AS quality "
        f"FROM metric_daily WHERE metric = ? AND entity = ? AND {_whole(metric)} "
        "GROUP BY code ORDER BY day DESC, value DESC, code",
        [metric.id, state.entity],
    )
    shown = rows.head(ENTITY_ROWS)
    named = any(site.name_of(state.entity, str(code)) for code in shown["code"])
    heads = [
        *([Header(CODE)] if named else []),
        Header(label),
        Header("Último valor", spanish.unit_label(metric.unit.stored), numeric=True),
        Header("Mes" if metric.grain == "monthly" else "Día"),
    ]
    body = []
    for row in shown.to_dict("records"):
        code = str(row["code"])
        cells = [
            *([Cell(code)] if named else []),
            Cell((site.name_of(state.entity, code) or "—") if named else code),
            Cell(_value(row["value"], metric)),
            Cell(
                spanish.period(pd.Timestamp(row["day"]).date(), metric.grain),
                state=row["quality"] if row["quality"] in open_states() else "",
            ),
        ]
        body.append(tuple(cells))
    note = (
        f"Se muestran {len(shown)} de {spanish.number(len(rows), 0)}; el CSV las trae todas."
        if len(rows) > len(shown)
        else ""
    )
    return Table(tuple(heads), tuple(body), len(rows), note)


def corrected_table(site: SiteContext, metric: Metric) -> Table:
    """Return the newest changes of values that were already published: before, after, and the day it was seen.

    Those of the country come first; two figures have as many decimals as they need to differ.
    """
    total = "sum" if metric.kind == "flow" else "avg"
    rows = site.query(
        f"SELECT ts::DATE AS day, entity, code, {total}(old) AS old, {total}(new) AS new, count(*) AS hours, seen, "
        "count(*) OVER () AS everything FROM revision WHERE metric = ? GROUP BY ALL "
        f"ORDER BY seen DESC, min(entity <> 'Sistema'), day DESC, entity, code LIMIT {CORRECTED_ROWS}",
        [metric.id],
    )
    unit = spanish.unit_label(metric.unit.stored)
    heads = (
        Header("Día"), Header("De quién"), Header("Antes", unit, numeric=True), Header("Después", unit, numeric=True),
        Header("Visto el"),
    )  # fmt: skip
    body = tuple(
        (
            Cell(cell_text(row["day"])), Cell(site.name_of(str(row["entity"]), str(row["code"])) or str(row["code"])),
            *map(Cell, _apart(row["old"], row["new"], metric)), Cell(cell_text(row["seen"])),
        )
        for row in rows.to_dict("records")
    )  # fmt: skip
    count = int(rows["everything"].iloc[0]) if len(rows) else 0
    return Table(heads, body, count, shown_note(len(body), count))


def list_table(site: SiteContext, metric: Metric, entity: str) -> Table:
    """Return the first rows of a list's newest snapshot."""
    columns = list(dict.fromkeys(metric.columns.values()))
    listing = ", ".join(f'"{c}"' for c in columns)
    total = site.con.execute(f'SELECT count(*) FROM "{metric.id}" WHERE entity = ?', [entity]).fetchone()
    count = int(total[0]) if total else 0
    rows = site.query(f'SELECT {listing} FROM "{metric.id}" WHERE entity = ? ORDER BY ALL LIMIT {LIST_ROWS}', [entity])
    used = [c for c in columns if rows[c].notna().any()]
    spanish_heads = {target: source for source, target in metric.columns.items()}
    body = tuple(tuple(Cell(cell_text(v)) for v in row) for row in rows[used].itertuples(index=False))
    note = (
        f"Se muestran {len(rows)} de {spanish.number(count, 0)} filas; el archivo las trae todas."
        if count > len(rows)
        else ""
    )
    return Table(tuple(Header(spanish_heads.get(c, c)) for c in used), body, count, note)


def _part(code: object) -> str:
    """Return what a national code stands for: nothing for the total, the market for `Sistema|REGULADO`."""
    tail = str(code).partition("|")[2].lower()
    return tail[:1].upper() + tail[1:]


def _value(value: float, metric: Metric, decimals: int | None = None) -> str:
    number, usual = float(value), spanish.unit_decimals(metric.unit.stored)
    return "—" if math.isnan(number) else spanish.number(number, usual if decimals is None else decimals)


def _apart(old: float, new: float, metric: Metric) -> tuple[str, str]:
    """Return two figures in the unit's decimals, or in as many more as show that they are two."""
    least = spanish.unit_decimals(metric.unit.stored)
    told = (tuple(_value(value, metric, more) for value in (old, new)) for more in range(least, _DECIMALS + 1))
    before, after = next((pair for pair in told if pair[0] != pair[1]), (_value(old, metric), _value(new, metric)))
    return before, after


def _short(name: str, limit: int = 18) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def last_of(rows: pd.DataFrame, *, settled: bool = True) -> tuple[float, dt.date] | None:
    """Return the last value and its day, those that may not be quoted left out when `settled`."""
    known = rows[~rows["quality"].isin(open_states())] if settled else rows
    if known.empty:
        return None
    row = known.iloc[-1]
    return float(row["value"]), pd.Timestamp(row["x"]).date()


def mean_near(rows: pd.DataFrame, day: dt.date, days: int = 1) -> float | None:
    """Return the mean of the days up to one; None when one of them is missing or may not be quoted."""
    first = pd.Timestamp(day - dt.timedelta(days=days - 1))
    quotable = ~rows["quality"].isin(open_states())
    found = rows.loc[rows["x"].between(first, pd.Timestamp(day)) & quotable, "value"]
    return float(found.mean()) if len(found) == days else None
