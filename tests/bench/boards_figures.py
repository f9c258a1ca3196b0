"""Every figure that a built page shows beside the value it stands for, asked again of the warehouse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from pipeline.catalog.schema import Block, Board
from pipeline.core.log import get_logger
from pipeline.flow import Line as Portal
from pipeline.store import warehouse
from tests.bench.boards_shown import HOME
from tests.bench.html_tree import Element, read_tree
from tests.bench.portals import Portals
from tests.bench.spoken import MISSING, numbers_in, place, shows
from tests.bench.table import Line, at_least, exactly, told

log = get_logger("bench")

_SHOWN = 20  # faults told in the log
_WORDS = {"alertas"}  # blocks whose rows are said in words only


@dataclass
class Tally:
    """What was compared, and what was wrong."""

    con: duckdb.DuckDBPyConnection
    site: Path
    pages: int = 0
    figures: int = 0
    wrong: list[str] = field(default_factory=list)

    def page(self, address: str) -> Element:
        """Return a page of the site."""
        self.pages += 1
        return read_tree((self.site / address / "index.html").read_text(encoding="utf-8"))

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """Ask the warehouse."""
        return self.con.execute(sql, list(parameters)).df()

    def figure(self, where: str, text: str, value: object, decimals: int | None = None) -> None:
        """Compare one figure."""
        self.figures += 1
        wanted = None if value is None or value is pd.NA else float(str(value))
        if not shows(text, wanted, decimals):
            self.wrong.append(f"{where}: the page says {text!r}, the lake {value!r}")

    def fact(self, where: str, text: str, wanted: str) -> None:
        """Compare a text, a date for example."""
        if text != wanted:
            self.wrong.append(f"{where}: the page says {text!r}, the lake {wanted!r}")


def bench_figures(portals: Portals) -> list[Line]:
    """Compare the figures of the demo, and those of the real values where they are there."""
    lines = _lines("demo", check_figures(portals.demo()))
    return lines + _lines("real", check_figures(portals.real()))


def _lines(name: str, tally: Tally) -> list[Line]:
    for fault in tally.wrong[:_SHOWN]:
        log.warning("figure differs", portal=name, fault=fault)
    return [
        told(f"{name}: pages with figures compared", tally.pages),
        at_least(f"{name}: figures compared with the lake", tally.figures, 1),
        exactly(f"{name}: figures that differ", len(tally.wrong), 0),
    ]


def check_figures(portal: Portal) -> Tally:
    """Compare every figure of the home page, the boards, the forecasts, the records and the metric pages."""
    with warehouse.connect(portal.paths.warehouse) as con:
        tally = Tally(con, portal.paths.site)
        for board in portal.catalog.boards.values():
            address = "" if board.slug == HOME else f"tableros/{board.slug}/"
            page = tally.page(address)
            for block in board.blocks:
                _block(tally, board, block, page)
            _sentences(tally, board, page)
        _other_boards(tally, portal, tally.page(""))
        _records(tally, tally.page("records/"))
        for metric in portal.catalog.metrics.values():
            if metric.grain != "list":
                _metric(tally, metric.id, tally.page(f"metricas/{metric.id}/"))
    return tally


def _block(tally: Tally, board: Board, block: Block, page: Element) -> None:
    where = f"{board.slug}/{block.id}"
    found = page.by_id(block.id)
    if not block.sql or block.type in {"summary", "text"} or block.id in _WORDS:
        return
    if found is None:
        tally.wrong.append(f"{where}: not on the page")
        return
    if found.first(kind="empty") or "kpi--empty" in found.classes:
        return
    if block.id == "cambios":
        _changes(tally, where, found, tally.rows(block.sql))
        return
    check = {"kpi": _kpi, "table": _table, "bill": _table, "mix": _mix, "map": _map, "forecast": _forecast}.get(
        block.type, _chart
    )
    check(tally, where, block, found, tally.rows(block.sql))


def _kpi(tally: Tally, where: str, block: Block, card: Element, rows: pd.DataFrame) -> None:
    row = rows.iloc[0]
    shown, when = card.first("data"), card.first("time")
    if shown is None or when is None:
        tally.wrong.append(f"{where}: no figure on the card")
        return
    tally.figure(where, shown.text, row["value"], block.decimals)
    tally.fact(where, shown.attributes["value"], repr(float(row["value"])))
    tally.fact(where, when.attributes["datetime"], pd.Timestamp(row["day"]).date().isoformat())
    before = [row[name] for name in ("week_ago", "year_ago") if name in row and not pd.isna(row[name]) and row[name]]
    deltas = card.all(kind="delta")
    if len(deltas) != len(before):
        tally.wrong.append(f"{where}: {len(deltas)} changes for {len(before)} earlier values")
    for delta, old in zip(deltas, before, strict=False):
        change = row["value"] - old if block.unit == "%" else (row["value"] - old) / abs(old) * 100
        tally.figure(f"{where} change", delta.text.split()[1], abs(change), 1)


def _cells(holder: Element) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the first table with rows; units and marks of provisional days left out."""
    tables = holder.all("table")
    table = next((t for t in tables if any(body.first("tr") for body in t.all("tbody"))), None)
    if table is None:
        return [], []

    def own(cell: Element) -> str:
        kept = [i for i in cell.inside if not (isinstance(i, Element) and i.tag == "small")]
        return Element("x", inside=kept).text

    head, body = table.first("thead"), table.first("tbody")
    heads = [own(cell) for cell in head.all("th")] if head else []
    lines = [[own(c) for c in row.inside if isinstance(c, Element)] for row in body.all("tr")] if body else []
    return heads, lines


def _table(tally: Tally, where: str, block: Block, holder: Element, rows: pd.DataFrame) -> None:
    _heads, lines = _cells(holder)
    for line, (_, row) in zip(lines, rows.iterrows(), strict=False):
        for text, (name, value) in zip(line, row.items(), strict=True):
            declared = block.columns.get(str(name))
            _cell(tally, f"{where} {name}", text, value, declared.decimals if declared else None)
    if not lines and len(rows):
        tally.wrong.append(f"{where}: {len(rows)} rows and none on the page")


def _cell(tally: Tally, where: str, text: str, value: object, decimals: int | None) -> None:
    if isinstance(value, (pd.Timestamp, dt.date)):
        tally.fact(where, place(text), _place(value))
    elif value is pd.NA or value is None:
        tally.fact(where, text, MISSING)
    elif not pd.api.types.is_number(value):
        return  # a name
    else:
        tally.figure(where, text, value, decimals)


def _place(value: object) -> str:
    """Return a position of the data as :func:`place` returns it of the page."""
    if isinstance(value, (pd.Timestamp, dt.datetime, dt.date)) and not pd.isna(value):
        moment = pd.Timestamp(value)
        return str(moment.strftime("%Y-%m-%d" if moment == moment.normalize() else "%Y-%m-%d %H:%M"))
    if value is None or value is pd.NaT or pd.isna(value):  # type: ignore[call-overload]
        return MISSING
    return f"{value:g}" if pd.api.types.is_number(value) else str(value)


def _chart(tally: Tally, where: str, block: Block, figure: Element, rows: pd.DataFrame) -> None:
    across = "y" if block.type == "heatmap" else "series"
    if across not in rows or rows[across].astype(str).eq("").all():
        rows = rows.assign(**{across: "Valor"})
    values = {(_place(x), _head(s)): v for x, s, v in zip(rows["x"], rows[across], rows["value"], strict=True)}
    heads, lines = _cells(figure)
    for line in lines:
        for head, text in zip(heads[1:], line[1:], strict=True):
            tally.figure(f"{where} {line[0]} {head}", text, values.get((place(line[0]), head)), block.decimals)
    if not lines:
        tally.wrong.append(f"{where}: a chart without its table")
    if block.type not in {"heatmap", "bar"}:
        _legend(tally, where, block, figure, rows)


def _head(value: object) -> str:
    """Return a name as a column head shows it, where months are words."""
    return " ".join(str(value).split())


def _legend(tally: Tally, where: str, block: Block, figure: Element, rows: pd.DataFrame) -> None:
    for item in figure.all("li"):
        bold = item.first("b")
        if bold is None or item.first(kind="swatch") is None:
            continue
        name = Element("x", inside=[i for i in item.inside if isinstance(i, str)]).text
        own = rows[rows["series"].astype(str).map(_head) == name]
        own = own[own["quality"] != "provisional"] if "quality" in own and len(own) > 1 else own
        last = own["value"].dropna()
        tally.figure(f"{where} legend {name}", bold.text, last.iloc[-1] if len(last) else None, block.decimals)


def _mix(tally: Tally, where: str, block: Block, holder: Element, rows: pd.DataFrame) -> None:
    _legend(tally, where, block, holder, rows)
    total = float(rows["value"].clip(lower=0).sum())
    values = {_head(s): float(v) for s, v in zip(rows["series"], rows["value"], strict=True)}
    for item in holder.all("li"):
        share = item.first(kind="share")
        if share is not None:
            name = Element("x", inside=[i for i in item.inside if isinstance(i, str)]).text
            tally.figure(f"{where} share {name}", share.text.removesuffix("%").strip(), values[name] / total * 100, 1)
    for line in _cells(holder)[1]:
        tally.figure(f"{where} {line[0]}", line[1], values.get(line[0]), block.decimals)


def _map(tally: Tally, where: str, block: Block, figure: Element, rows: pd.DataFrame) -> None:
    heads, lines = _cells(figure)
    if "Valor" not in heads:
        return
    known = rows.dropna(subset=["value"])
    values: dict[str, list[float]] = {}
    for name, value in zip(known["name"], known["value"], strict=True):
        values.setdefault(_head(name), []).append(float(value))
    column = heads.index("Valor")
    for line in lines:
        choices = values.get(line[0], [])
        tally.figures += 1
        if not any(shows(line[column], v, block.decimals) for v in choices or [float("nan")]):
            tally.wrong.append(f"{where} {line[0]}: the page says {line[column]!r}, the lake {choices}")


def _forecast(tally: Tally, where: str, block: Block, figure: Element, rows: pd.DataFrame) -> None:
    future = rows.dropna(subset=["mean"])
    by_day: Mapping[str, pd.Series] = {_place(row["x"]): row for _, row in future.iterrows()}
    for line in _cells(figure)[1]:
        row = by_day[place(line[0])]
        tally.figure(f"{where} {line[0]}", line[1], row["mean"], block.decimals)
        for text, width in zip(line[2:], ("80", "95"), strict=False):
            for side, part in zip(("lo", "hi"), text.split(" a "), strict=False):
                tally.figure(f"{where} {line[0]} {side}{width}", part, row[f"{side}{width}"], block.decimals)


def _changes(tally: Tally, where: str, holder: Element, rows: pd.DataFrame) -> None:
    values = {str(row["Indicador"]): float(row["Valor"]) for _, row in rows.iterrows()}
    for item in holder.all("li"):
        name, bold = item.first(kind="what"), item.first("b")
        if name and bold:
            tally.figure(f"{where} {name.text}", bold.text.split()[0], values.get(name.text))


def _sentences(tally: Tally, board: Board, page: Element) -> None:
    """Compare the figures of the text with those of the claims that the board may tell."""
    lead = page.by_id("resumen") if board.slug == HOME else page.first("header", "lead")
    texts = [p.text for p in lead.all("p") if not set(p.classes) & {"why", "meta", "eyebrow"}] if lead else []
    sql = "SELECT figures, parts, words, days FROM claim WHERE list_contains(boards, ?)"
    claims = tally.con.execute(sql, [board.slug]).fetchall()
    cards = [tally.rows(block.sql)["value"] for block in board.blocks if block.type == "kpi"]
    known = [abs(v) for figures, parts, *_ in claims for v in (*figures.values(), *parts.values()) if v is not None]
    known += [1 + figures["change"] / 100 for figures, *_ in claims if figures.get("change") is not None]  # «7,7 veces»
    known += [abs(float(v)) for column in cards for v in column.dropna()]  # the answer where no text is written
    words = [word for *_, said, days in claims for word in (*said.values(), *map(str, days.values()))]
    named = {number for word in words for number in numbers_in(word)} | {"80", "0,5"}  # a band, NOAA's threshold
    for text in texts:
        for said in numbers_in(text):
            tally.figures += 1
            if said not in named and not any(shows(said.lstrip("-−"), value) for value in known):
                tally.wrong.append(f"{board.slug} text: {said!r} is no claim of the board")


def _other_boards(tally: Tally, portal: Portal, home: Element) -> None:
    """Compare the figure beside each board's name on the home page."""
    listed = home.by_id("tableros")
    for item in listed.all("li") if listed else []:
        link, bold = item.first("a"), (item.first(kind="datum") or Element("x")).first("b")
        if link is None or bold is None:
            continue
        slug = link.attributes["href"].rstrip("/").rsplit("/", 1)[-1]
        block = next(b for b in portal.catalog.boards[slug].blocks if b.type == "kpi")
        rows = tally.rows(block.sql)
        tally.figure(f"inicio/{slug}", bold.text, rows["value"].iloc[0] if len(rows) else None, block.decimals)


def _records(tally: Tally, page: Element) -> None:
    rows = tally.rows("SELECT label, side, value, last_value, rank, days, decimals FROM record_now")
    for side in ("high", "low"):
        holder = page.by_id(side)
        own = {str(r["label"]): r for _, r in rows[rows["side"] == side].iterrows()}
        for line in _cells(holder)[1] if holder else []:
            row, where = own[line[0]], f"records/{side}/{line[0]}"
            tally.figure(where, line[1].split()[0], row["value"], int(row["decimals"]))
            tally.figure(where, line[5], row["last_value"], int(row["decimals"]))
            tally.figure(where, line[6].split(" de ")[0], row["rank"], 0)


_WHOLE = "(hours IS NULL OR hours = 24)"


def _metric(tally: Tally, metric: str, page: Element) -> None:
    """Compare the headline, the last days and the last value of every code of a metric page."""
    national = tally.rows(
        f"SELECT day, value, quality FROM metric_daily WHERE metric = ? AND entity = 'Sistema' AND {_WHOLE} "
        "AND code = 'Sistema' ORDER BY day",
        [metric],
    )
    days = {_place(row["day"]): row["value"] for _, row in national.iterrows()}
    card = page.by_id("ultimo")
    if card is not None and len(national) and (shown := card.first("data")) and (when := card.first("time")):
        tally.figure(f"{metric} last", shown.text, days.get(when.attributes["datetime"]))
    for section in page.all("section", "tableblock"):
        heads, lines = _cells(section)
        if heads[:2] == ["Día", "Valor"] and len(national):
            for line in lines:
                tally.figure(f"{metric} {line[0]}", line[1], days.get(place(line[0])))
        elif "Último valor" in heads:
            _codes(tally, metric, heads, lines)


def _codes(tally: Tally, metric: str, heads: list[str], lines: list[list[str]]) -> None:
    rows = tally.rows(
        f"SELECT code, day, value FROM metric_daily WHERE metric = ? AND entity <> 'Sistema' AND {_WHOLE}", [metric]
    )
    known = {(str(code), _place(day)): value for code, day, value in rows.itertuples(index=False)}
    at, when = heads.index("Último valor"), heads.index("Día")
    for line in lines:
        tally.figure(f"{metric} {line[0]}", line[at], known.get((line[0], place(line[when]))))
