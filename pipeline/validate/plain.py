"""The fast way through a reply: nearly all of XM's replies are one plain pattern, repeated.

A plain reply is JSON made of texts only, every row with the same fields in the same order, every day with the same
list. Between the texts that vary (the day, the code, the values) stand the same bytes in every row. So: the quotation
marks say where the texts are; a miniature of the reply (its first row, one more of a day, one that opens a day) is
read as JSON; and everything between the varying texts of all other rows is compared, byte by byte. What is left are
columns of texts, without an object per cell. A reply that differs anywhere (a number that is no text, a hole, an
escape, another field) is not plain and is read cell by cell.

Replies of one series are read at one go, as the one reply they would be if their windows were one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic_core import from_json

_QUOTE, _BRACE, _BRACKET = b'"}]'
_LONGEST = 2**31 - 1  # offsets of an Arrow text are 32 bits
_HEAD = 4096  # bytes within which the items begin: only the name of the metric stands before them
_ITEMS = re.compile(rb'"Items"\s*:\s*\[\s*(\{)\s*(?=")')
_END = re.compile(rb"\]\s*\}\s*$")
_TAIL = 64  # bytes within which a reply that ends with its items ends
_CONTROL = re.compile(r"[\x00-\x1f]")
_DAY, _OPENING = 1, 3  # three texts open a day: `Date`, the day itself, the name of the list

Places = npt.NDArray[np.int64]
IdentityOf = Callable[[dict[str, object]], Sequence[str] | None]


@dataclass(frozen=True)
class Plain:
    """The rows of a plain reply, one code and day each.

    Attributes:
        identity: One column per field that identifies a row; none for the system as a whole.
        days: The days, in order.
        day_places: Where in the bytes each day stands.
        of_day: Place in `days` of each row.
        values: Texts, row by row: rows × width.
    """

    identity: list[pa.StringArray]
    days: list[str]
    day_places: Places
    of_day: Places
    values: pa.StringArray


@dataclass(frozen=True)
class _Reply:
    """A reply, where its texts begin and end (quotation marks left out), and which of them open days and rows.

    Attributes:
        days: The text that is the day, one per day.
        of_day: The day of each row.
        rows: The first text of each row.
        size: Texts in a row.
    """

    body: bytes
    octets: npt.NDArray[np.uint8]
    begins: Places
    ends: Places
    days: Places
    of_day: Places
    rows: Places
    size: int

    def texts(self, places: Places) -> pa.StringArray:
        """Return the texts at `places`, in their order."""
        edges = np.empty(2 * places.size, np.int32)
        edges[::2], edges[1::2] = self.begins[places.ravel()], self.ends[places.ravel()]
        every = pa.Array.from_buffers(pa.string(), len(edges) - 1, [None, pa.py_buffer(edges), pa.py_buffer(self.body)])
        return every.take(pa.array(np.arange(0, len(every), 2)))

    def same(self, begins: Places, ends: Places) -> bool:
        """Say whether the bytes from `begins` to `ends` are the same everywhere."""
        if not len(begins):
            return True
        size = int(ends[0] - begins[0])
        if size <= 0 or (ends - begins != size).any():
            return False
        stretches = np.ndarray(len(self.body) - size + 1, f"V{size}", self.body, strides=(1,))
        return stretches[begins].tobytes() == self.body[begins[0] : ends[0]] * len(begins)


def read_plain(body: bytes, list_key: str, value_keys: Sequence[str], identity_of: IdentityOf) -> Plain | None:
    """Return the rows of a plain reply, or None when it is not plain.

    Args:
        body: Bytes of one answer of XM.
        list_key: Name of the list of rows (`HourlyEntities` …).
        value_keys: Names of the values of a row, in order.
        identity_of: Gets the first row; returns the names of the fields that identify a row, or None.
    """
    reply = _cut(body)
    row = reply and _pattern(reply, list_key)
    if not reply or not row:
        return None
    places, identity = _places(row, reply.size), identity_of(row)
    if places is None or identity is None or any(name not in places for name in (*identity, *value_keys)):
        return None
    values = np.array([places[key] for key in value_keys])
    if not _is_repeated(reply, np.sort([*values, *(places[name] for name in identity)])):
        return None
    columns = [reply.texts(reply.rows + places[name]) for name in identity]
    days = reply.texts(reply.days)
    if any(_is_odd(column) for column in (days, *columns)):
        return None
    cells = reply.texts(reply.rows[:, None] + values)
    return Plain(columns, days.to_pylist(), reply.begins[reply.days], reply.of_day, cells)


def joined(bodies: Sequence[bytes]) -> tuple[bytes, Places] | None:
    """Return the items of several replies as one reply, and where in it those of each begin.

    None when one of them has no items, or more behind them. What stands before the items of a reply is read here; that
    its items begin and end where a day does shows when the whole turns out to be plain: all days are joined alike.
    """
    cut = [parts for parts in map(_envelope, bodies) if parts]
    if len(cut) < len(bodies):
        return None
    (head, _, tail), cores = cut[0], [core for _, core, _ in cut]
    begins = len(head) + np.cumsum([0, *(len(core) + 1 for core in cores[:-1])])
    return head + b",".join(cores) + tail, begins


def _envelope(body: bytes) -> tuple[bytes, memoryview, bytes] | None:
    """Return what stands before the items of a reply, the items, and what stands behind them; None if that is odd."""
    items, end = _ITEMS.search(body, 0, _HEAD), _END.search(body, max(len(body) - _TAIL, 0))
    if items is None or end is None:
        return None
    head, tail = body[: items.start(1)], body[end.start() :]
    core = memoryview(body)[items.start(1) : end.start()]
    try:
        document = from_json(head + tail)
    except ValueError:
        return None
    return (head, core, tail) if isinstance(document, dict) and document.get("Items") == [] else None


def _cut(body: bytes) -> _Reply | None:
    """Return a reply cut at its quotation marks, if all its rows have as many texts."""
    items = _ITEMS.search(body, 0, _HEAD)
    if items is None or b"\\" in body or len(body) > _LONGEST:
        return None
    octets = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(octets[items.end() :] == _QUOTE) + items.end()
    if len(quotes) % 2 or len(quotes) < 2 * _OPENING or quotes[-1] + 3 >= len(body):
        return None
    begins, ends = quotes[::2] + 1, quotes[1::2]
    # Behind the last text of a row stands a brace, or two; behind that, in the last row of a day, a bracket.
    last = np.flatnonzero(octets[ends + 1] == _BRACE)
    second, third = octets[ends[last] + 2], octets[ends[last] + 3]
    day_ends = (second == _BRACKET) | ((second == _BRACE) & (third == _BRACKET))
    if not len(last) or last[-1] != len(ends) - 1 or not day_ends[-1]:
        return None
    of_day = np.concatenate([[0], np.cumsum(day_ends[:-1])])
    rows = np.concatenate([[0], last[:-1] + 1])
    opens = np.flatnonzero(np.diff(of_day, prepend=-1))
    days = rows[opens] + _DAY
    rows[opens] += _OPENING
    size = int(last[0] - rows[0] + 1)
    return _Reply(body, octets, begins, ends, days, of_day, rows, size) if (last - rows + 1 == size).all() else None


def _pattern(reply: _Reply, list_key: str) -> dict[str, object] | None:
    """Read a miniature of the reply as JSON; return its first row if its rows and days all look alike."""
    ends = reply.ends[reply.rows + reply.size - 1]
    opens = np.flatnonzero(np.diff(reply.of_day))[:1] + 1  # a row that opens a day
    follows = np.flatnonzero(np.diff(reply.of_day) == 0)[:1] + 1  # a row behind another of its day
    picked = [reply.body[ends[row - 1] : ends[row]] for row in (*follows, *opens)]
    try:
        document = from_json(b"".join([reply.body[: ends[0]], *picked, reply.body[ends[-1] :]]))
    except ValueError:
        return None
    days = document["Items"] if isinstance(document, dict) else []
    wanted = [1 + len(follows), *[1] * len(opens)]
    if not isinstance(days, list) or any(not isinstance(day, dict) or list(day) != ["Date", list_key] for day in days):
        return None
    if [len(day[list_key]) for day in days if isinstance(day[list_key], list)] != wanted:
        return None
    rows: list[dict[str, object]] = [row for day in days for row in day[list_key]]
    shapes = [_places(row, reply.size) if isinstance(row, dict) else None for row in rows]
    return rows[0] if all(shape is not None and shape == shapes[0] for shape in shapes) else None


def _places(row: dict[str, object], size: int) -> dict[str, int] | None:
    """Return which text of a row each field is; None if the row holds more than texts, or a name twice."""
    places: dict[str, int] = {}
    at = 0
    for name, value in row.items():
        nested = value if isinstance(value, dict) else {name: value}
        at += nested is value  # the name of the nested object is a text too
        for key, text in nested.items():
            if key in places or not isinstance(text, str):
                return None
            places[key] = at + 1
            at += 2
    return places if at == size else None


def _is_repeated(reply: _Reply, varying: Places) -> bool:
    """Say whether everything but the days and the `varying` texts of the rows is the same bytes everywhere."""
    begins, ends = (edges[reply.rows[:, None] + varying] for edges in (reply.begins, reply.ends))
    opens = np.diff(reply.of_day, prepend=-1) > 0
    day_begins, day_ends = reply.begins[reply.days], reply.ends[reply.days]
    return (
        all(reply.same(ends[:, n], begins[:, n + 1]) for n in range(len(varying) - 1))
        and reply.same(ends[:-1, -1][~opens[1:]], begins[1:, 0][~opens[1:]])
        and reply.same(ends[:-1, -1][opens[1:]], day_begins[1:])
        and reply.same(day_ends, begins[opens, 0])
    )


def _is_odd(column: pa.StringArray) -> bool:
    """Say whether a text that identifies rows is empty, or holds what JSON forbids in a text."""
    try:
        texts = column.unique().to_pylist()
    except UnicodeDecodeError:
        return True
    return any(not text.strip() or _CONTROL.search(text) for text in texts)
