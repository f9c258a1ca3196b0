"""Words of the glossary: where the prose of a page has one first, it leads to what it means.

The browser reads the meaning there and shows it under the pointer (`site_src/js/lib/terms.js`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from pipeline.catalog.vocabulary import Term

_TAG = re.compile(r"(<[^>]+>)")
_NAMED = re.compile(r"</?([a-z0-9]+)")
_CLASS = re.compile(r'\bclass="([^"]*)"')
#: Paragraphs that explain; those that name, date or count are left as they are.
_PROSE: Final = frozenset({"", "answer", "more-answer", "note", "why"})
#: What leads elsewhere, is explained already, or is no sentence.
_CLOSED: Final = frozenset({"a", "abbr", "button", "code", "svg"})
_ALSO = re.compile(r", | y ")


def plain(text: str) -> str:
    """Return lower-case text without accents, for filters that should not care."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"\s+", " ", bare).lower().strip()


def anchor_of(term: str) -> str:
    """Return where a term stands in the glossary."""
    return re.sub(r"[^a-z0-9]+", "-", plain(term)).strip("-")


def linked_terms(html: str, glossary: Iterable[Term], up: str) -> str:
    """Return the body of a page with each term's first mention as a link to the glossary.

    Args:
        html: The body.
        glossary: The terms.
        up: Way from the page to the root of the site.
    """
    pattern, anchors = _pattern(tuple((term.term, term.abbreviation) for term in glossary if term.linked))
    told: set[str] = set()

    def link(found: re.Match[str]) -> str:
        anchor = anchors[str(found.lastgroup)]
        if anchor in told:
            return found[0]
        told.add(anchor)
        return f'<a class="term" href="{up}glosario/#{anchor}">{found[0]}</a>'

    return "".join(pattern.sub(link, piece) if open_ else piece for piece, open_ in _pieces(html))


def _pieces(html: str) -> Iterator[tuple[str, bool]]:
    """Yield tags and texts, and whether a term may be explained there."""
    prose, closed = False, 0
    for piece in _TAG.split(html):
        if not (name := _NAMED.match(piece)):
            yield piece, prose and not closed
            continue
        if name[1] == "p":
            words = _CLASS.search(piece)
            prose = piece[1] != "/" and (words[1] if words else "") in _PROSE
        elif name[1] in _CLOSED and not piece.endswith("/>"):
            closed += -1 if piece[1] == "/" else 1
        yield piece, False


@cache
def _pattern(terms: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds a term, the longest first, and the place of each group's term in the glossary."""
    names = {name: anchor_of(term) for term, abbreviation in terms for name in _names(term, abbreviation)}
    ordered = sorted(names, key=lambda name: (-len(name), name))
    groups = {f"t{number}": names[name] for number, name in enumerate(ordered)}
    found = "|".join(f"(?P<t{number}>{_written(name)})" for number, name in enumerate(ordered))
    # A unit behind a figure explains nothing, and no word is part of another.
    return re.compile(rf"(?<![\w-])(?<!\d[\s\u00a0])(?:{found})(?![\w-])"), groups


def _names(term: str, abbreviation: str) -> list[str]:
    parts = _ALSO.split(term)
    several = len(parts) > 1 and all(part[:1].isupper() for part in parts)
    return [*(parts if several else [term]), *([abbreviation] if abbreviation else [])]


def _written(name: str) -> str:
    """Return a pattern of a name as sentences have it: abbreviations as they are, words in one number or the other."""
    if " " not in name and not name[1:].islower():
        return re.escape(name)
    words = r"\s+".join(map(_either, name.split()))
    return f"(?i:{words})"


def _either(word: str) -> str:
    if word.endswith("ón"):
        return rf"{re.escape(word[:-2])}(?:ón|ones)"
    return rf"{re.escape(word)}(?:e?s)?" if len(word) > 3 else re.escape(word)
