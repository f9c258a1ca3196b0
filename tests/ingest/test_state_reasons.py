"""Every reason that a run can leave has Spanish words: no English reaches a page."""

from __future__ import annotations

import datetime as dt
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core import spanish
from pipeline.core.run import RunInfo
from pipeline.ingest.rows import UNREADABLE
from pipeline.ingest.sources.noaa import judge_oni
from pipeline.ingest.sources.simem import judge_simem
from pipeline.ingest.sources.xm_files import judge_answer, judge_table
from pipeline.ingest.sources.xm_reply import judge_xm
from pipeline.ingest.states import settle_state
from pipeline.ingest.transport import STOPS, Fault, FaultKind
from pipeline.ingest.verdicts import Judge
from tests.ingest.fake import House

ENGLISH = ("the ", "source", "not ", "http_", "error:", "unexpected", "deadline", " is ")
JUDGES = (judge_xm("HourlyEntities"), judge_simem, judge_oni, judge_answer, judge_table)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Items", "HourlyEntities", "DailyEntities", "Message", "errors", "status", "result", "title"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=60) | DOCUMENTS.map(lambda d: json.dumps(d).encode()) | st.sampled_from(
    [b"<html>Mantenimiento</body>", b"", b'"El rango de fechas supera 31 dias"', b'{"Message": "error"}']
)  # fmt: skip


def is_spanish(code: str) -> bool:
    """Say whether a code has words of its own, and none of them is English."""
    words = spanish.reason(code)
    return words not in {"", spanish.UNKNOWN_REASON} and not any(part in words.casefold() for part in ENGLISH)


@given(st.sampled_from(JUDGES), st.integers(100, 599), BODIES)
def test_every_verdict_has_words(judge: Judge, status: int, body: bytes) -> None:
    """Whatever a source answers, with whatever status."""
    verdict = judge(status, body)
    assert verdict.kind == "ok" or is_spanish(verdict.reason), verdict


@pytest.mark.parametrize("kind", get_args(FaultKind))
@pytest.mark.parametrize("ending", ["", "; tries are spent", "; deadline", "; the source asks to wait 3600 s"])
def test_every_fault_of_the_way_has_words(kind: FaultKind, ending: str) -> None:
    """With or without the reason why it was not tried again."""
    assert is_spanish(f"{Fault(kind, 'Cannot connect to host')}{ending}")
    assert is_spanish(f"source_down: {Fault(kind, 'Cannot connect to host')}{ending}")


@pytest.mark.parametrize(
    "code", [*sorted(STOPS), UNREADABLE, f"{UNREADABLE}: Items is not a list", "duplicate: x", "late"]
)
def test_every_code_of_ours_has_words(code: str) -> None:
    """What ends a run, and what ingest itself finds."""
    assert is_spanish(code)


CATALOG = load_catalog()


@given(st.sampled_from(sorted(CATALOG.metrics)), st.integers(0, 9000), st.booleans(), st.booleans())
def test_every_empty_series_has_words(name: str, days: int, pending: bool, asked: bool) -> None:
    """For any series, span and progress."""
    metric = CATALOG.metrics[name]
    today = dt.date(2026, 5, 20)
    run = RunInfo(today, today - dt.timedelta(days=days), "simulated", dt.datetime(2026, 5, 20, 5))
    states = {}
    if asked:
        window = {"end": "2026-05-20", "asked": "2026-05-20", "status": "empty", "reason": ""}
        states[f"{name}/{metric.entities[0]}"] = {"state": "", "reason": "", "windows": {"2026-05-01": window}}
    settle_state(states, metric, metric.entities[0], rows=0, run=run, pending=pending)  # type: ignore[arg-type]
    assert is_spanish(states[f"{name}/{metric.entities[0]}"]["reason"])


@pytest.mark.slow
def test_what_a_bad_night_leaves_is_spanish(house: House, catalog: Catalog) -> None:
    """Windows that fail, replies that are no document, a changed unit: states, gaps and sources."""
    house.xm.failing = {dt.date(2026, 2, 1)}
    house.xm.spoilt = {dt.date(2026, 3, 1)}
    report = house.night(dt.date(2026, 5, 20))
    assert report.failed
    assert all(is_spanish(reason) for reason in report.failed.values()), report.failed
    assert all(is_spanish(str(gap["reason"])) for gap in house.gaps())
