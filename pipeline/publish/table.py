"""A CSV file that is made from a view rather than from one series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableCsv:
    """Its name, its title, its query and its columns with their types.

    The domain layer has no hash of its own, so such a file is always written anew; keep them small.
    """

    name: str
    title: str
    query: str
    columns: tuple[tuple[str, str], ...]
