"""Parts of the lake that were lost, at the portal's host or on disk: left out, told, and asked of the source again.

A night never fails because of one file. What only we knew (revisions, vintages of forecasts) cannot be asked again: it
is named, and that is all that can be done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from pipeline.core.log import get_logger
from pipeline.ingest.states import LostSpan, Memory
from pipeline.store.held import accept_all
from pipeline.store.lake import Lake
from pipeline.store.manifest import Manifest, Part

log = get_logger("ingest")


def is_own(metric: str) -> bool:
    """Say whether a table is a record of our own, which no source can give again."""
    return metric.startswith("_")


def too_many(lost: Sequence[Part], manifest: Manifest) -> bool:
    """Say whether so much is gone that it is no accident of a file: an empty disk, a server that refuses everything."""
    return 2 * len(lost) > len(manifest.parts)


def note_lost(memory: Memory, parts: Iterable[Part]) -> None:
    """Forget that the spans of lost parts were asked, and keep what was lost until it is told and is there again."""
    for part in parts:
        start, end = str(part.min_ts or "")[:10], str(part.max_ts or "")[:10]
        memory.lost.append(LostSpan(metric=part.metric, entity=part.entity, start=start, end=end, told=""))
        state = memory.series.get(f"{part.metric}/{part.entity}")
        if state is not None:
            windows = state["windows"].items()
            state["windows"] = {
                begin: window
                for begin, window in windows
                if begin != "list" and start and (window["end"] < start or begin > end)
            }
        log.warning("lost", part=part.path, rows=part.rows, asked_again=not is_own(part.metric))


def told_lines(lost: Iterable[LostSpan]) -> list[str]:
    """Return a line per lost span, for whoever reads the report of the run."""
    return [
        f"lost: {span['metric']}/{span['entity']} {span['start']} … {span['end']}: "
        + ("a record of our own, it cannot be asked again" if is_own(span["metric"]) else "it is asked again")
        for span in lost
    ]


def settle_lost(memory: Memory, manifest: Manifest, today: dt.date) -> None:
    """Let go of what was told on an earlier day and is there again, or never can be; what is new is told today."""
    day = today.isoformat()
    for span in memory.lost:
        span["told"] = span["told"] or day
    memory.lost = [
        span for span in memory.lost if span["told"] == day or not (is_own(span["metric"]) or _is_there(span, manifest))
    ]


def heal(lake: Lake, memory: Memory, today: dt.date, created: dt.datetime) -> None:
    """Leave damaged parts of a lake on disk out of it, so that the night goes on; their spans are asked again.

    `./inv replay` puts back what the archive holds. Where most of the lake is damaged nothing is done: the disk is at
    fault, and the next reader says so.

    Args:
        lake: Under `writing()`.
        memory: What was asked.
        today: Day of the run.
        created: When it began.
    """
    manifest = lake.manifest()
    bad = lake.bad_parts(manifest)
    if not bad or too_many(bad, manifest):
        return
    note_lost(memory, bad)
    lake.transaction(today, repair=True, decide=accept_all).commit(created)


def _is_there(span: LostSpan, manifest: Manifest) -> bool:
    """Say whether the lake has rows again of the days of a lost span."""
    parts = manifest.of(span["metric"], span["entity"])
    return any(
        not span["start"] or ((part.min_ts or "")[:10] <= span["end"] and (part.max_ts or "") >= span["start"])
        for part in parts
    )
