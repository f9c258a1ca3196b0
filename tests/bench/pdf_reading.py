"""A PDF as a reader finds it: its pages, its words through the maps of its fonts, whether it is tagged."""

from __future__ import annotations

import re
import zlib
from functools import cached_property

_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r?\n|.)", re.DOTALL)
_PLAIN = rb"(?:\\.|[^\\()])"
_LITERAL = rb"\((" + _PLAIN.join([b"(?:", rb"|\((?:", rb"|\((?:", rb"|\(", rb"*\))*\))*\))*"]) + rb")\)"
"""Text in parentheses, which may hold others, as deep as three."""
_SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|" + _LITERAL + rb"|<([0-9A-Fa-f]+)>|\bET\b", re.DOTALL)
_REPLACED = re.compile(rb"/ActualText\s*(?:" + _LITERAL + rb"|<[0-9A-Fa-f]*>)", re.DOTALL)


class PdfReader:
    """The parts of a PDF that Typst writes: plain objects, one content stream a page, fonts with maps to Unicode."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def objects(self) -> dict[int, bytes]:
        """Every object, by its number, from the table at the end of the file."""
        found = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", self.data)
        assert found is not None
        table = self.data[int(found[1]) :]
        entries = re.findall(rb"(\d{10}) (\d{5}) ([nf])", table[: table.index(b"trailer")])
        offsets = {number: int(offset) for number, (offset, _, kind) in enumerate(entries) if kind == b"n"}
        ends = sorted([*offsets.values(), int(found[1])])
        return {n: self.data[at : ends[ends.index(at) + 1]] for n, at in offsets.items()}

    @cached_property
    def pages(self) -> list[bytes]:
        """The object of each page, in order."""
        kids = next(each for each in self.objects.values() if b"/Type/Pages" in each)
        listed = re.search(rb"/Kids\[([^\]]*)\]", kids)
        assert listed is not None
        return [self.objects[int(number)] for number in re.findall(rb"(\d+) 0 R", listed[1])]

    @property
    def tagged(self) -> bool:
        """Whether its structure is told, its language named, and its standard that of readers for the blind."""
        marks = (b"/StructTreeRoot", b"/MarkInfo<</Marked true", b"/Lang", b"pdfuaid:part")
        return all(mark in self.data for mark in marks)

    @property
    def embedded(self) -> bool:
        """Whether every font is in it, with its map to Unicode."""
        fonts = [
            each for each in self.objects.values() if b"/FontDescriptor" in each and b"/Type/FontDescriptor" in each
        ]
        return bool(fonts) and all(b"/FontFile" in each for each in fonts)

    def words(self) -> str:
        """Return the text of all pages, as whoever selects it gets it."""
        return "\n".join(self._page_words(page) for page in self.pages).replace("\u00ad ", "")

    def _page_words(self, page: bytes) -> str:
        fonts = self._fonts(self._linked(page, rb"/Resources"))
        said: list[str] = []
        current: dict[int, str] = {}
        drawn = _REPLACED.sub(b"", self._stream(self._linked(page, rb"/Contents")))
        for name, literal, coded in _SHOWN.findall(drawn):
            if name:
                current = fonts.get(name, {})
            elif literal or coded:
                raw = bytes.fromhex(coded.decode()) if coded else _ESCAPE.sub(_unescaped, literal)
                codes = [int.from_bytes(raw[i : i + 2]) for i in range(0, len(raw) - 1, 2)]
                said += [current.get(code, "") for code in codes]
            else:
                said.append(" ")
        return "".join(said)

    def _fonts(self, resources: bytes) -> dict[bytes, dict[int, str]]:
        found = re.search(rb"/Font<<(.*?)>>", resources, re.DOTALL)
        named = re.findall(rb"/(f\d+) (\d+) 0 R", found[1]) if found else []
        return {name: self._unicode(self.objects[int(number)]) for name, number in named}

    def _unicode(self, font: bytes) -> dict[int, str]:
        text = self._stream(self._linked(font, rb"/ToUnicode"))
        pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", text)
        return {int(code, 16): bytes.fromhex(word.decode()).decode("utf-16-be") for code, word in pairs}

    def _linked(self, holder: bytes, key: bytes) -> bytes:
        found = re.search(key + rb" (\d+) 0 R", holder)
        assert found is not None, key
        return self.objects[int(found[1])]

    @staticmethod
    def _stream(holder: bytes) -> bytes:
        head, _, rest = holder.partition(b"stream\n")
        length = re.search(rb"/Length (\d+)", head)
        assert length is not None
        body = rest[: int(length[1])]
        return zlib.decompress(body) if b"/FlateDecode" in head else body


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    if code[:1].isdigit():
        return bytes([int(code, 8)])
    return b"" if code.endswith(b"\n") else _ESCAPES.get(code, code)
