"""The fast way through a reply: nearly all of XM's replies are one plain pattern, repeated.

A plain reply is JSON made of texts only, every row with the same fields, every day with the same list. Its quotation
marks then say where everything is: what lies between an odd and an even one is a text, what lies between an even and
an odd one is punctuation. Both become arrays without an object per cell. The first row is read as JSON; every other
one must have its punctuation and its names of fields, so nothing is taken for granted. A reply that differs anywhere
(a number that is no text, a hole, an escape, another field) is not plain and is read cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic_core import from_json

_QUOTE = ord('"')
_LONGEST = 2**31 - 1  # offsets of an Arrow text are 32 bits
_HEAD = 4096  # bytes within which the items begin: only the name of the metric stands before them
_ITEMS = re.compile(rb'"Items"\s*:\s*\[\s*\{\s*(?=")')
_SPACE = re.compile(rb"\s+")
_CONTROL = re.compile(r"[\x00-\x1f]")
_KEY = {'":"', '":{"'}
_NEXT_ROW = {'"},{"', '"}},{"'}
_NEXT_DAY = {'"}]},{"', '"}}]},{"'}
_LAST = {b'"}]}]}', b'"}}]}]}'}
_DAY_MARKS = ['":"', '","', '":[{"']
_DAY_TEXTS = len(_DAY_MARKS)  # `Date`, the day, the name of the list

Index = npt.NDArray[np.int64]
IdentityOf = Callable[[dict[str, object]], Sequence[str] | None]


@dataclass(frozen=True)
class Plain:
    """The rows of a plain reply, one code and day each.

    Attributes:
        identity: One column per field that identifies a row; none for the system as a whole.
        days: The days, in order.
        of_day: Place in `days` of each row.
        values: Texts, row by row: rows × width.
    """

    identity: list[pa.StringArray]
    days: list[str]
    of_day: Index
    values: pa.StringArray


@dataclass(frozen=True)
class _Cut:
    """A reply cut at its quotation marks.

    Attributes:
        pieces: Texts at even places, the punctuation between them (quotation marks included) at odd ones.
        marks: What punctuation follows each text, as a number; nothing follows the last.
        kinds: The punctuation each number stands for, without white space.
        edges: Where each piece begins [bytes].
    """

    pieces: pa.StringArray
    marks: npt.NDArray[np.int32]
    kinds: list[str]
    edges: npt.NDArray[np.int32]

    def texts(self, places: Index) -> pa.StringArray:
        """Return the texts at `places`, in their order."""
        return self.pieces.take(pa.array(2 * places.ravel()))

    def is_one_of(self, kinds: set[str]) -> npt.NDArray[np.bool_]:
        """Say of each mark whether it is one of `kinds`."""
        return np.array([kind in kinds for kind in self.kinds], bool)[self.marks]


def read_plain(body: bytes, list_key: str, value_keys: Sequence[str], identity_of: IdentityOf) -> Plain | None:
    """Return the rows of a plain reply, or None when it is not plain.

    Args:
        body: Bytes of one answer of XM.
        list_key: Name of the list of rows (`HourlyEntities` …).
        value_keys: Names of the values of a row, in order.
        identity_of: Gets the first row; returns the names of the fields that identify a row, or None.
    """
    items = _ITEMS.search(body, 0, _HEAD)
    if items is None or b"\\" in body or len(body) > _LONGEST or not _is_head(body[: items.start()]):
        return None
    cut = _cut(body, items.end())
    if cut is None:
        return None
    next_day = cut.is_one_of(_NEXT_DAY)
    ends = np.append(np.flatnonzero(next_day | cut.is_one_of(_NEXT_ROW)), len(cut.marks))
    of_day = np.concatenate([[0], np.cumsum(next_day[ends[:-1]])])
    starts = np.concatenate([[0], ends[:-1] + 1])
    opens = np.flatnonzero(np.diff(of_day, prepend=-1))  # the first row of each day has the day before it
    days = starts[opens]
    starts[opens] += _DAY_TEXTS
    size = int(ends[0] - starts[0] + 1)
    if size < 2 or (ends - starts + 1 != size).any() or not _are_days(cut, days, list_key):
        return None
    fields = _fields(body, cut, starts, size, identity_of)
    if fields is None or any(key not in fields[0] for key in value_keys):
        return None
    places, identity = fields
    values = np.array([places[key] for key in value_keys])
    columns = [cut.texts(starts + places[name]) for name in identity]
    if any(_is_odd(column) for column in columns):
        return None
    dates = cut.texts(days + 1).to_pylist()
    return Plain(columns, dates, of_day, cut.texts(starts[:, None] + values))


def _is_head(head: bytes) -> bool:
    """Say whether what stands before the items is the beginning of an object."""
    try:
        return isinstance(from_json(head + b'"Items":[]}'), dict)
    except ValueError:
        return False


def _cut(body: bytes, begin: int) -> _Cut | None:
    quotes = np.flatnonzero(np.frombuffer(body, np.uint8)[begin:] == _QUOTE).astype(np.int32)
    if len(quotes) % 2 or len(quotes) < 2:
        return None
    quotes += np.int32(begin)
    if _SPACE.sub(b"", body[quotes[-1] :]) not in _LAST:
        return None
    quotes[::2] += 1  # a text begins behind its first quotation mark and ends before the other
    pieces = pa.Array.from_buffers(pa.string(), len(quotes) - 1, [None, pa.py_buffer(quotes), pa.py_buffer(body)])
    between = pieces.take(pa.array(np.arange(1, len(pieces), 2))).dictionary_encode()
    kinds = [_SPACE.sub(b"", mark).decode("latin-1") for mark in between.dictionary.cast(pa.binary()).to_pylist()]
    return _Cut(pieces, between.indices.to_numpy(), kinds, quotes)


def _are_days(cut: _Cut, days: Index, list_key: str) -> bool:
    """Say whether at each of `days` stands `"Date":"…","<list_key>":[{`."""
    marks = cut.marks[days[:, None] + np.arange(_DAY_TEXTS)]
    names = cut.texts(days[:, None] + np.array([0, 2]))
    return all(
        all(cut.kinds[mark] == wanted for mark in np.unique(marks[:, place])) for place, wanted in enumerate(_DAY_MARKS)
    ) and names.equals(pa.array(["Date", list_key] * len(days), pa.string()))


def _fields(
    body: bytes, cut: _Cut, starts: Index, size: int, identity_of: IdentityOf
) -> tuple[dict[str, int], Sequence[str]] | None:
    """Return where in a row the text of each field stands, and which fields identify it; None if rows differ."""
    pattern = cut.marks[starts[0] : starts[0] + size - 1]
    if (cut.marks[starts[:, None] + np.arange(size - 1)] != pattern).any():
        return None
    keys = np.flatnonzero(np.array([kind in _KEY for kind in cut.kinds], bool)[pattern])
    names = cut.texts(starts[0] + keys).to_pylist()
    expected = pa.array(names * len(starts), pa.string())
    if len(set(names)) < len(names) or not cut.texts(starts[:, None] + keys).equals(expected):
        return None
    first = body[cut.edges[2 * starts[0]] - 1 : cut.edges[2 * (starts[0] + size) - 1] + 1]
    try:
        row = from_json(b"{" + first + b"}" * (1 + ('":{"' in [cut.kinds[mark] for mark in pattern])))
    except ValueError:
        return None
    identity = identity_of(row)
    places = dict(zip(names, (keys + 1).tolist(), strict=True))
    return None if identity is None or any(name not in places for name in identity) else (places, identity)


def _is_odd(column: pa.StringArray) -> bool:
    """Say whether a text that identifies rows is empty, or holds what JSON forbids in a text."""
    try:
        texts = column.unique().to_pylist()
    except UnicodeDecodeError:
        return True
    return any(not text.strip() or _CONTROL.search(text) for text in texts)
