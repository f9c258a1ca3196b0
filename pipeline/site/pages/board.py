"""A board: the answer of the day as its title, figures, the charts that explain it, and the rest folded by theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.catalog.load import HOME
from pipeline.catalog.schema import Block, Board
from pipeline.core import spanish
from pipeline.site.blocks import Place, View, build_block
from pipeline.site.blocks.kpi import KpiView
from pipeline.site.blocks.prose import TextView
from pipeline.site.card import add_card
from pipeline.site.context import Page, SiteContext
from pipeline.site.page import make_page
from pipeline.site.wording import paragraphs


@dataclass(frozen=True)
class Group:
    """Blocks shown together: a row of headline figures, or one block of another type."""

    type: str
    views: tuple[View, ...]


@dataclass(frozen=True)
class Fold:
    """Blocks of one theme, closed until asked for, and what each shows."""

    id: str
    title: str
    groups: tuple[Group, ...]
    holds: tuple[str, ...]


@dataclass(frozen=True)
class MetricOrigin:
    """A metric that a board reads, and how fresh it is."""

    id: str
    title: str
    state: str


def board_page(site: SiteContext, board: Board) -> Page:
    """Return the page of a board.

    Raises:
        RenderError: A block fails; the message names board and block.
    """
    place = Place.on_board(site, board, f"tableros/{board.slug}/")
    built = [(block, build_block(block, place)) for block in board.blocks]
    shown = [(block, view) for block, view in built if view is not None]  # nothing to say, and no words for that
    summary = shown.pop(0)[1] if shown[0][0].type == "summary" else None
    parts = {fold: list(found) for fold, found in groupby(shown, lambda each: each[0].fold)}
    views = [view for _, view in shown]
    return make_page(
        site,
        f"tableros/{board.slug}.md",
        "board",
        board.title,
        board.description or board.question,
        {
            "board": board,
            "answer": (answer := _answer(summary, views)),
            "rest": _untold(answer),
            "until": until(views),
            "groups": grouped(parts.pop("", [])),
            "folds": [_fold(number, title, found) for number, (title, found) in enumerate(parts.items(), 1)],
            "related": _related(site, board),
            "method": paragraphs(board.method),
            "origins": origins(site, board),
        },
        place.assets,
        add_card(place, board.title, board.question, views),
    )


def _answer(summary: View | None, views: list[View]) -> TextView:
    """Return the answer under the question: the checked text, else the first settled figures."""
    if isinstance(summary, TextView) and summary.paragraphs:
        return summary
    settled = [v for v in views if isinstance(v, KpiView) and v.value]
    parts = [f"{v.title}: {v.value}{spanish.NBSP}{v.unit}".strip() for v in settled[:3]]
    return TextView("resumen", "", ("; ".join(parts) + ".",) if parts else ())


def _untold(answer: TextView) -> tuple[str, tuple[str, ...]]:
    """Return what the title leaves to say: the day of a first sentence that it repeats, and the other paragraphs."""
    first, *rest = answer.paragraphs or ("",)
    said = f"{answer.headline}."
    if not answer.headline or not first.casefold().endswith(said.casefold()):
        return "", answer.paragraphs
    return first[: -len(said)].rstrip(", "), tuple(rest)


def grouped(views: Sequence[tuple[Block, View]]) -> list[Group]:
    """Put neighbouring headline figures in one row; every other block stands alone."""
    groups: list[Group] = []
    for block, view in views:
        if block.type == "kpi" and groups and groups[-1].type == "kpi":
            groups[-1] = Group("kpi", (*groups[-1].views, view))
        else:
            groups.append(Group(block.type, (view,)))
    return groups


def _fold(number: int, title: str, found: Sequence[tuple[Block, View]]) -> Fold:
    return Fold(f"tema-{number}", title, tuple(grouped(found)), tuple(block.title for block, _ in found if block.title))


def _related(site: SiteContext, board: Board) -> list[Board]:
    """Return the boards that share most of its metrics, the home page left out."""
    shared = {
        other.slug: len(set(board.metrics) & set(other.metrics))
        for other in site.catalog.boards.values()
        if other.slug not in (HOME, board.slug)
    }
    nearest = sorted((slug for slug, count in shared.items() if count), key=lambda slug: -shared[slug])
    return [site.catalog.boards[slug] for slug in nearest[:3]]


def until(views: list[View]) -> str:
    """Return the span of days the headline figures stand on: `30 abr 2024`, or both ends when they differ."""
    cards = sorted((v for v in views if isinstance(v, KpiView) and v.day), key=lambda v: v.stamp)
    if not cards:
        return ""
    first, last = cards[0].when, cards[-1].when
    return last if first == last else f"{last} (la serie más atrasada, {first})"


def origins(site: SiteContext, board: Board) -> list[MetricOrigin]:
    """Return the metrics behind a board with their last settled day."""
    found = []
    for identity in board.metrics:
        metric = site.catalog.metrics[identity]
        days = [s.last_ok or s.last for s in site.states.get(identity, ()) if s.last]
        listed = any(s.rows for s in site.states.get(identity, ()))
        state = "lista vigente" if metric.grain == "list" and listed else "sin datos"
        if days:
            state = f"hasta {spanish.period(max(d for d in days if d), metric.grain)}"
        found.append(MetricOrigin(identity, metric.title, state))
    return found
