"""The home page: how is the system today, in one sentence and five figures, within five seconds."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pandas as pd

from pipeline.catalog.load import HOME
from pipeline.catalog.schema import Block, Board
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.site.blocks import Place, build_block
from pipeline.site.blocks.kpi import KpiView, kpi_view
from pipeline.site.blocks.prose import TextView
from pipeline.site.card import add_card
from pipeline.site.context import Page, SiteContext
from pipeline.site.page import make_page
from pipeline.site.pages.board import grouped, until

#: Sources whose silence a reader of the headline figures must know of: those that could not be asked, and why.
_SILENT = "SELECT source, down FROM source_progress WHERE down <> '' AND source IN ('xm', 'simem')"
_REPORT = "SELECT address, last FROM report WHERE kind = 'daily' ORDER BY last DESC LIMIT 1"
#: Block whose rows `Indicador, Día, Valor, Comparado, Antes, Frente a, Unidad` say what changed.
CHANGES = "cambios"
#: Block whose rows `Alerta, Tono, Tablero, Día, Vigente` say which official references are crossed.
ALERTS = "alertas"
#: Block whose one row `Estado, Día, Razones, Falta` is the state of the system.
STATE = "estado"
#: What the tone of an alert is called; the words of the state of the system.
_TONES = {"bad": "Riesgo", "warn": "Vigilancia"}
#: How each headline figure is said in the opening sentence, by block id; `{}` takes value and unit.
_CLAUSES = {
    "demanda": "Colombia consumió {} el {day}",
    "reservas": "los embalses están al {}",
    "precio": "la energía en bolsa costó {} en promedio",
    "aportes": "los ríos trajeron {} de su media histórica",
}


@dataclass(frozen=True)
class Change:
    """What a figure did since the last day of its kind, which `basis` names."""

    label: str
    value: str
    change: str
    basis: str
    day: str


@dataclass(frozen=True)
class StateView:
    """The state of the system in one word, its colour, and a sentence that says why."""

    word: str
    tone: str
    sentence: str
    day: str


@dataclass(frozen=True)
class Alert:
    """An official reference that is crossed."""

    text: str
    tone: str
    word: str
    day: str
    link: str


@dataclass(frozen=True)
class AlertList:
    """The alerts in force and how many references could be checked."""

    alerts: tuple[Alert, ...]
    checked: int
    unknown: int
    note: str


@dataclass(frozen=True)
class BoardLine:
    """A board in the list, with the figure that stands for it."""

    slug: str
    title: str
    question: str
    kpi: KpiView | None


def _troubles(site: SiteContext) -> list[tuple[str, str]]:
    """Return the name of each source that could not be asked in the last run, with the reason."""
    if not site.has("source_progress"):
        return []
    words = site.catalog.words.get("source", {})
    silent = site.con.execute(_SILENT).fetchall()
    return [(words[name].label if name in words else name, spanish.reason(code)) for name, code in silent]


def home_page(site: SiteContext, board: Board) -> Page:
    """Return the home page from the board `inicio`.

    Raises:
        RenderError: A block fails; the message names board and block.
    """
    place = Place.on_board(site, board, "")
    blocks = [b for b in board.blocks if b.id not in {STATE, CHANGES, ALERTS}]
    views = [(block, build_block(block, place)) for block in blocks]
    cards = [v for _, v in views if isinstance(v, KpiView)]
    mixes = [v for block, v in views if block.type == "mix"]
    forecasts = [v for block, v in views if block.type == "forecast"]
    summary = next((v for block, v in views if block.type == "summary" and isinstance(v, TextView)), None)
    shown = {"mix", "forecast", "day"}
    rest = [(b, v) for b, v in views if not isinstance(v, (KpiView, TextView)) and b.type not in shown]
    sentence = opening(cards)
    return make_page(
        site,
        "index.md",
        "home",
        "Inicio",
        sentence,
        {
            "sentence": sentence,
            "state": system_state(site, board),
            "until": until([*cards]),
            "published": spanish.clock(site.run.created),
            "troubles": _troubles(site),
            "report": newest_report(site),
            "picture": next((v for block, v in views if block.type == "day"), None),
            "cards": cards,
            "links": _links(site),
            "mixes": mixes,
            "question": board.question,
            "changes": changes(site, board),
            "changes_note": next((b.note for b in board.blocks if b.id == CHANGES), ""),
            "alerts": alerts(site, board),
            "summary": summary,
            "forecasts": forecasts,
            "rest": grouped(rest),
            "boards": board_lines(site),
        },
        place.assets,
        add_card(place, "", sentence, [view for _, view in views]),
    )


def newest_report(site: SiteContext) -> tuple[str, dt.date] | None:
    """Return address and day of the newest daily report; None without any."""
    if not site.has("report"):
        return None
    found: tuple[str, dt.date] | None = site.con.execute(_REPORT).fetchone()
    return found


def opening(cards: list[KpiView]) -> str:
    """Return the opening sentence: three figures and their day, from settled values only."""
    said = [c for c in cards if c.value and c.id in _CLAUSES]
    order = list(_CLAUSES)
    chosen = sorted(said, key=lambda c: order.index(c.id))[:3]
    if not chosen:
        return "El sistema eléctrico colombiano, en datos"
    clauses = [_CLAUSES[c.id].format(f"{c.value}{spanish.NBSP}{c.unit}".strip(), day=_day(c.day)) for c in chosen]
    text = ", ".join(clauses[:-1]) + " y " + clauses[-1] if len(clauses) > 1 else clauses[0]
    return text[0].upper() + text[1:] + "."


def _day(day: dt.date | None) -> str:
    return spanish.long_date(day).rsplit(" de ", 1)[0] if day else "último día"


@contextmanager
def _drawing(board: Board, block: Block) -> Iterator[None]:
    """Name the block whose query fails or lacks a column."""
    try:
        yield
    except (duckdb.Error, KeyError, TypeError, ValueError) as error:
        raise RenderError(
            f"A block cannot be drawn: {error}", hint="mend its SQL", board=board.slug, block=block.id
        ) from error


def system_state(site: SiteContext, board: Board) -> StateView | None:
    """Return the state of the system; None without the block.

    Raises:
        RenderError: The block's query fails or lacks a column.
    """
    block = next((b for b in board.blocks if b.id == STATE), None)
    if block is None:
        return None
    with _drawing(board, block):
        row = site.query(block.sql).iloc[0]
        word = site.catalog.words["system_state"][str(row["Estado"])]
        lacking = f"Falta el dato de {spanish.join(row['Falta'])}" if len(row["Falta"]) else ""
        said = [*row["Razones"][:1], lacking] if len(row["Razones"]) else [word.description.rstrip("."), lacking]
        day = "" if pd.isna(row["Día"]) else spanish.date(pd.Timestamp(row["Día"]).date())
    sentence = ". ".join(filter(None, said)) + "."
    return StateView(word.label, word.tone, sentence[0].lower() + sentence[1:], day)


def alerts(site: SiteContext, board: Board) -> AlertList | None:
    """Return the alerts in force; None without the block, and a reference that cannot be checked is counted apart.

    Raises:
        RenderError: The block's query fails or lacks a column.
    """
    block = next((b for b in board.blocks if b.id == ALERTS), None)
    if block is None:
        return None
    with _drawing(board, block):
        rows = site.query(block.sql).to_dict("records")
        known = [row for row in rows if not pd.isna(row["Vigente"])]
        found = tuple(
            Alert(
                str(row["Alerta"]),
                str(row["Tono"]),
                _TONES.get(str(row["Tono"]), "Aviso"),
                spanish.date(pd.Timestamp(row["Día"]).date()),
                f"tableros/{row['Tablero']}/",
            )
            for row in known
            if row["Vigente"]
        )
    return AlertList(found, len(known), len(rows) - len(known), block.note)


def changes(site: SiteContext, board: Board) -> list[Change]:
    """Return what changed, one line a figure; without a day to compare with there is no line.

    Raises:
        RenderError: The block's query fails or lacks a column.
    """
    block = next((b for b in board.blocks if b.id == CHANGES), None)
    if block is None:
        return []
    lines = []
    with _drawing(board, block):
        for row in site.query(block.sql).to_dict("records"):
            now, before, unit = float(row["Comparado"]), float(row["Antes"]), str(row["Unidad"])
            if math.isnan(now) or math.isnan(before):
                continue
            change = spanish.variation(now, before, points=unit == "%")
            value = f"{spanish.number(float(row['Valor']))}{spanish.NBSP}{spanish.unit_label(unit)}"
            day = spanish.date(pd.Timestamp(row["Día"]).date())
            lines.append(
                Change(str(row["Indicador"]), value, change.text.replace("p.p.", "puntos"), str(row["Frente a"]), day)
            )
    return lines


def board_lines(site: SiteContext) -> list[BoardLine]:
    """Return the other boards with their first settled figure."""
    lines = []
    for board in site.catalog.boards.values():
        if board.slug == HOME:
            continue
        block, kpi = next((b for b in board.blocks if b.type == "kpi"), None), None
        if block is not None:
            with _drawing(board, block):
                kpi = kpi_view(site, block, site.query(block.sql), "sin dato reciente")
        lines.append(BoardLine(board.slug, board.title, board.question, kpi))
    return lines


def _links(site: SiteContext) -> dict[str, str]:
    """Return the board that details each card, where there is one that covers its metrics."""
    home = site.catalog.boards[HOME]
    links = {}
    for block in home.blocks:
        wanted = set(block.metrics)
        for board in site.catalog.boards.values():
            if wanted and board.slug != HOME and wanted <= set(board.metrics):
                links[block.id] = f"tableros/{board.slug}/"
                break
    return links
