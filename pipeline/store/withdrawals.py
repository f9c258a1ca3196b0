"""What the source holds no more: rows of days that it answered wholly, and that the answer does not name.

An answer is whole when it is well-formed, nothing of it was refused, and it came for all its days. It then says what
it holds and what it does not: a row of the lake that it lacks is withdrawn. Of a series with settlement versions it
says so per version; a version that came after another one takes nothing back of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.core.answers import WholeAnswer

Mask = npt.NDArray[np.bool_]


def unnamed(known: pa.Table, named: Mask, came: pa.Table, answers: Sequence[WholeAnswer], order: Sequence[str]) -> Mask:
    """Say of each known row whether the answers are about its day and lack it.

    Args:
        known: Rows of the lake.
        named: Of each, whether a row that came has its key.
        came: The rows that came.
        answers: What is whole of that which came.
        order: Settlement versions, the weakest first.
    """
    days = _days(known)
    about = np.zeros(len(days), bool)
    for answer in answers:
        about |= (days >= np.datetime64(answer.start)) & (days <= np.datetime64(answer.end))
    gone: Mask = about & ~named
    if "version" in known.column_names and gone.any() and came.num_rows:
        newest: dict[object, int] = {}
        for day, rank in zip(_days(came).tolist(), _ranks(came, order), strict=True):
            newest[day] = max(newest.get(day, -1), rank)
        places = np.flatnonzero(gone)
        ranks = _ranks(known.take(pa.array(places)), order)
        later = [newest.get(day, -1) > rank for day, rank in zip(days[places].tolist(), ranks, strict=True)]
        gone[places[np.array(later, bool)]] = False
    return gone


def _days(rows: pa.Table) -> npt.NDArray[np.datetime64]:
    days: npt.NDArray[np.datetime64] = rows["ts"].to_numpy().astype("datetime64[D]")
    return days


def _ranks(rows: pa.Table, order: Sequence[str]) -> Iterator[int]:
    places = {version: place for place, version in enumerate(order)}
    return (places.get(version, -1) for version in rows["version"].to_pylist())
