"""A QR code as a telephone finds it: from its drawing to the text it holds (ISO/IEC 18004, level M, bytes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

Matrix = list[list[bool]]
#: Data words of each block, by version, at level M.
BLOCKS: Final = {
    1: [16], 2: [28], 3: [44], 4: [32] * 2, 5: [43] * 2, 6: [27] * 4, 7: [31] * 4, 8: [38] * 2 + [39] * 2,
}  # fmt: skip
_ALIGNED: Final = {2: 18, 3: 22, 4: 26, 5: 30, 6: 34, 7: 22, 8: 24}
_MASKS: Final[tuple[Callable[[int, int], bool], ...]] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
_FORMAT, _LEVEL_M = 0x5412, 0


def read_qr(svg: str) -> str:
    """Return the text of a code drawn as one path of horizontal strokes."""
    matrix = drawn(svg)
    size = len(matrix)
    version = (size - 17) // 4
    spots = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    told = int("".join("01"[matrix[y][x]] for y, x in spots), 2) ^ _FORMAT
    assert told >> 13 == _LEVEL_M, "another level of correction"
    mask, fixed = _MASKS[told >> 10 & 7], _fixed(version, size)
    bits = "".join("01"[matrix[y][x] != mask(y, x)] for y, x in _way(size) if (y, x) not in fixed)
    words = [int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)]
    data = "".join(f"{word:08b}" for word in _in_order(words, BLOCKS[version]))
    assert data[:4] == "0100", "another mode"
    count = int(data[4:12], 2)
    return bytes(int(data[12 + 8 * i : 20 + 8 * i], 2) for i in range(count)).decode()


def drawn(svg: str) -> Matrix:
    """Return the modules of a drawing without a border."""
    path = re.search(r'\bd="([^"]*)"', svg)
    assert path is not None
    x, y, runs = 0.0, 0.0, []
    for step, first, second in re.findall(r"([Mmh])\s*(-?[\d.]+)(?:[ ,]*(-?[\d.]+))?", path[1]):
        if step == "h":
            runs.append((int(y), int(x), int(first)))
            x += float(first)
        else:
            x, y = (float(first), float(second)) if step == "M" else (x + float(first), y + float(second))
    size = max(x + length for _, x, length in runs)
    matrix = [[False] * size for _ in range(size)]
    for row, start, length in runs:
        matrix[row][start : start + length] = [True] * length
    return matrix


def _fixed(version: int, size: int) -> set[tuple[int, int]]:
    """Return the modules that hold no data: finders, formats, timing, alignment, version."""
    corners = ((0, 0, 9, 9), (0, size - 8, 9, 8), (size - 8, 0, 8, 9))
    found = {
        (y, x) for top, left, high, wide in corners for y in range(top, top + high) for x in range(left, left + wide)
    }
    found |= {spot for i in range(size) for spot in ((6, i), (i, 6))}
    if version > 1:
        last = size - 7
        middles = {6, _ALIGNED[version], last} if version > 6 else {6, last}
        centres = {(a, b) for a in middles for b in middles} - {(6, 6), (6, last), (last, 6)}
        found |= {(y + i, x + j) for y, x in centres for i in range(-2, 3) for j in range(-2, 3)}
    if version > 6:
        found |= {spot for i in range(6) for j in range(size - 11, size - 8) for spot in ((i, j), (j, i))}
    return found


def _way(size: int) -> Iterator[tuple[int, int]]:
    """Yield the modules in the order of their bits: two columns up, two down, from the right."""
    up = True
    for right in [*range(size - 1, 6, -2), 5, 3, 1]:
        for y in range(size - 1, -1, -1) if up else range(size):
            yield from ((y, right), (y, right - 1))
        up = not up


def _in_order(words: list[int], blocks: list[int]) -> list[int]:
    """Return the data words block by block; they are sent one of each block in turn."""
    parts: list[list[int]] = [[] for _ in blocks]
    turn = iter(words)
    for place in range(max(blocks)):
        for part, length in zip(parts, blocks, strict=True):
            if place < length:
                part.append(next(turn))
    return [word for part in parts for word in part]
