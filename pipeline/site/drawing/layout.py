"""Sizes of a drawing that the page's style sheet knows too, and how labels keep apart in it."""

from __future__ import annotations

#: Heights of the drawing [px]; the page's CSS knows the same three.
HEIGHTS = {"s": 200, "m": 356, "l": 460}
#: Right margins [px] that the page's CSS knows; a figure takes the smallest that holds its labels.
RIGHT = (16, 56, 104, 128, 152, 180, 208, 240)
LEFT = (48, 72, 176)
TOP, BOTTOM = 12, 44
#: Height of a lying bar with its gap [px], and how many the page's CSS has heights for.
LYING, MAX_LYING = 28, 30
LABEL_GAP = 18
#: Width of a letter of a label [px], the widest of the usual system fonts.
LETTER = 7.9
#: Height of a drawing on a phone [px]: labels that stand apart there stand apart everywhere.
PHONE = 280


def spread(wanted: list[float], inner: float, gap: float = LABEL_GAP) -> list[float]:
    """Move sorted label positions [px from the top] apart by at least `gap` (one line), staying inside."""
    placed: list[float] = []
    for want in wanted:
        placed.append(max(want, placed[-1] + gap) if placed else want)
    floor = inner
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], floor)
        floor = placed[index] - gap
    return placed
