"""A CSV file that is made from a view rather than from one series."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableCsv:
    """Its name, its title, its query, its columns with their types, and the column of days it may be cut by.

    The domain layer has no hash of its own, so that such a file is always made anew and compared by its bytes.
    """

    name: str
    title: str
    query: str
    columns: tuple[tuple[str, str], ...]
    day: str = ""
