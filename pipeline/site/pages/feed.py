"""Atom feeds (RFC 4287): the same sentences as on the page, one entry each, each dated by its day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from pipeline.core.clock import BOGOTA
from pipeline.site.context import SiteContext

AUTHOR = "Portal Energético de Colombia"
LIMIT = 100
_NEVER = dt.date(2000, 1, 1)  # of a feed without entries


@dataclass(frozen=True)
class Entry:
    """One entry of a feed.

    Attributes:
        key: What the entry is about; its identity follows from it and survives changes of its text.
        title: One line.
        text: One or two sentences.
        href: Address from the root of the site.
        updated: Day on which the entry got its present text.
    """

    key: str
    title: str
    text: str
    href: str
    updated: dt.date


def atom(site: SiteContext, path: str, title: str, subtitle: str, page: str, entries: Sequence[Entry]) -> str:
    """Return a feed as XML text.

    Links are absolute when the site's address is known, relative to the feed otherwise.

    Args:
        site: Shared context; it knows the address.
        path: Address of the feed from the root of the site.
        title: Name of the feed.
        subtitle: What it holds.
        page: Address of the page with the same content.
        entries: Newest first; the first hundred are kept.
    """
    base = f"{site.site_url.rstrip('/')}/" if site.site_url else ""
    kept = entries[:LIMIT]
    newest = max((_moment(e.updated) for e in kept), default=_moment(_NEVER))
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="es-CO">',
        f"<id>{_identity(path)}</id>",
        f"<title>{escape(title)}</title>",
        f"<subtitle>{escape(subtitle)}</subtitle>",
        f"<updated>{newest}</updated>",
        f"<author><name>{AUTHOR}</name></author>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(base + path)}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(base + page)}/>',
    ]
    for entry in kept:
        lines += [
            "<entry>",
            f"<id>{_identity(path, entry.key)}</id>",
            f"<title>{escape(entry.title)}</title>",
            f"<updated>{_moment(entry.updated)}</updated>",
            f'<link rel="alternate" type="text/html" href={quoteattr(base + entry.href)}/>',
            f'<summary type="text">{escape(entry.text)}</summary>',
            "</entry>",
        ]
    return "\n".join([*lines, "</feed>", ""])


def _identity(*parts: str) -> str:
    """Return an id that depends on the subject only, wherever the site lives."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '/'.join(('portal-energetico-colombia', *parts)))}"


def _moment(day: dt.date) -> str:
    """Return the start of a day in Bogotá: the hour of a run has no part in it, or every night would be news."""
    return dt.datetime.combine(day, dt.time(), BOGOTA).isoformat(timespec="seconds")
