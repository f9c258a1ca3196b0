"""A page as a tree of elements, read with the standard library: enough to find what a reader sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    """One element: its name, attributes and what it holds, in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list)

    @property
    def classes(self) -> list[str]:
        """Its classes."""
        return self.attributes.get("class", "").split()

    @property
    def text(self) -> str:
        """Everything it says, with single plain spaces."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for item in self.inside:
            if isinstance(item, str):
                yield item
            else:
                yield from item._words()

    def all(self, tag: str = "", kind: str = "") -> list[Element]:
        """Return the elements inside it with this name and class, in the order of the page."""
        return [e for e in self.walk() if (not tag or e.tag == tag) and (not kind or kind in e.classes)]

    def first(self, tag: str = "", kind: str = "") -> Element | None:
        """Return the first of :meth:`all`."""
        return next(iter(self.all(tag, kind)), None)

    def by_id(self, identity: str) -> Element | None:
        """Return the element with this id."""
        return next((e for e in self.walk() if e.attributes.get("id") == identity), None)

    def walk(self) -> Iterator[Element]:
        """Return every element inside it, outer before inner."""
        for item in self.inside:
            if isinstance(item, Element):
                yield item
                yield from item.walk()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("html")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


def read_tree(html: str) -> Element:
    """Return the tree of a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root
