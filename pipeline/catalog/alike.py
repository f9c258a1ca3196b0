"""Declarations that are `like` another: of it they have what they do not say themselves, block by block."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def by_id(data: object, key: str = "id") -> dict[str, dict[str, Any]]:
    """Return the mappings of a list that have an id, or another field that tells them apart."""
    mappings = [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []
    return {item[key]: item for item in mappings if isinstance(item.get(key), str)}


def fill_alike(folder: str, files: Mapping[str, Any]) -> list[str]:
    """Give each file of a folder what it has of the one that it is `like`; return what is wrong.

    Args:
        folder: Its name, for the faults.
        files: Documents by the name of their file; they are changed.
    """
    written = {Path(name).stem: data for name, data in files.items() if isinstance(data, dict)}
    problems: list[str] = []

    def fill(slug: str) -> dict[str, Any]:
        data = written.get(slug, {})
        if (like := data.pop("like", None)) is None:
            return data
        if str(like) not in written:
            problems.append(f"{folder}/{slug}.yml › like: no file of {folder} is called {like!r}")
        other, given = fill(str(like)), data.get("blocks", [])
        blocks = {**by_id(other.get("blocks")), **by_id(given)}
        said = data.get("sections")
        chosen = said if said and isinstance(said, list) else [*blocks]
        if unknown := [name for name in chosen if name not in [*blocks]]:
            problems.append(f"{folder}/{slug}.yml › sections: {unknown[0]!r} is no block of it")
        # a block of its own that is not chosen by name stays, for the schema to say what is wrong with it
        own = given if isinstance(given, list) else []
        if lost := [name for name in by_id(own) if name not in chosen]:
            problems.append(f"{folder}/{slug}.yml › blocks › {lost[0]}: it is in none of its sections")
        unnamed = [block for block in own if block not in blocks.values()]
        data.update({**other, **data, "blocks": [*(blocks[n] for n in chosen if n not in unknown), *unnamed]})
        return data

    for slug in written:
        fill(slug)
    return problems
