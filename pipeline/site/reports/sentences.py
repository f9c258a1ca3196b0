"""Where the sentences of a report come from: its declaration, over facts of the views, and the texts of the boards.

This is the one place: whoever words claims of a period gives them here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.catalog.reports import Report
from pipeline.site.context import SiteContext
from pipeline.site.pages.data_page import answer_of
from pipeline.site.wording import Wording


@dataclass(frozen=True)
class Sentences:
    """What a report says in words.

    Attributes:
        lead: Style and words of each paragraph under its title.
        boards: Title, address and opening sentence of each board whose text is of this period.
    """

    lead: tuple[tuple[str, str], ...]
    boards: tuple[tuple[str, str, str], ...]


def sentences(site: SiteContext, report: Report, facts: Wording, first: str, last: str) -> Sentences:
    """Return what a report says of a period.

    Args:
        site: Shared context, with the texts of the boards.
        report: Its declaration.
        facts: The templates over its facts.
        first: First day of the period (`AAAA-MM-DD`).
        last: Its last day.
    """
    return Sentences(tuple(answer_of(site, report, facts)), tuple(_of_boards(site, first, last)))


def _of_boards(site: SiteContext, first: str, last: str) -> Iterator[tuple[str, str, str]]:
    """Yield the boards whose text speaks of a day and of no other; what they say of one is no word on a week."""
    if first != last:
        return
    for slug, board in site.catalog.boards.items():
        text = site.texts.get(slug, {})
        claims = text.get("claims")
        days = [str(claim["day"]) for claim in claims if claim.get("shown")] if isinstance(claims, list) else []
        if text.get("headline") and set(days) == {first}:
            yield board.title, f"tableros/{slug}/", str(text["headline"])
