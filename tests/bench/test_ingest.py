"""The parts of the ingest bench, in small: each can tell a fault from none."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import UsageError
from pipeline.ingest.windows import Reply, plan_requests
from tests.bench.faults import Cells, run_faulted
from tests.bench.ingest import PARTS, bench_ingest
from tests.bench.own import narrowed
from tests.bench.peer import Order
from tests.bench.process import run_measured
from tests.bench.windows import PAIRS, bench_windows, is_exact, pairs

pytestmark = pytest.mark.slow

DAY = dt.date(2024, 2, 27)


def days(*numbers: int) -> tuple[dt.date, dt.date]:
    first, last = (DAY + dt.timedelta(days=n) for n in numbers)
    return first, last


@pytest.mark.parametrize(
    ("spans", "exact"),
    [
        ([days(0, 2), days(3, 9)], True),
        ([days(0, 2), days(4, 9)], False),
        ([days(0, 3), days(3, 9)], False),
        ([days(0, 2), days(3, 10)], False),
        ([days(0, 9)], False),
        ([], False),
    ],
)
def test_a_tiling_is_told_from_holes_overlaps_and_excess(spans, exact):
    """A hole, an overlap, a day too many, a span too long, nothing at all."""
    assert is_exact(spans, days(0, 9), 7) == exact


def test_every_window_of_the_study_is_exact():
    """43,980 pairs, read back from the bodies of the requests."""
    assert len(pairs()) == PAIRS
    (line,) = bench_windows()
    assert line.ok


def test_an_unknown_part_is_refused(tmp_path):
    """The names there are stand in the hint."""
    with pytest.raises(UsageError) as refused:
        bench_ingest(tmp_path, ["nonsense"])
    assert all(name in refused.value.hint for name in PARTS)


def test_lost_and_doubled_rows_are_seen():
    """The account of the fault run counts a row by its content."""
    (request,) = plan_requests(load_catalog().metrics["DemaSIN"], DAY, DAY)
    body = b'{"Items":[{"Date":"2024-02-27","DailyEntities":[{"Id":"Sistema","Value":"%s"}]}]}'
    once, twice, other = Cells(), Cells(), Cells()
    once(Reply(request, body % b"1.00", "ok"))
    for _ in range(2):
        twice(Reply(request, body % b"1.00", "ok"))
    other(Reply(request, body % b"1.01", "ok"))
    assert (twice.found - once.found).total() == 1
    assert (once.found - other.found).total() == 1


@pytest.mark.slow
def test_a_hundred_faults_lose_nothing():
    """The bench's own run in small: faults hit, every row arrives once."""
    run = run_faulted(100)
    assert run.faults >= 100
    assert (run.lost, run.duplicates, run.left) == (0, 0, 0)
    assert run.rows > 1000


def test_an_order_survives_the_command_line():
    """Series come back as pairs, and the catalogue is narrowed to them."""
    order = Order("http://127.0.0.1:1", [("Gene", "Recurso")], "2024-01-01", "2024-02-01", "/tmp/x")
    assert Order.read(order.as_text()) == order
    assert narrowed(load_catalog(), order.series).metrics["Gene"].entities == ("Recurso",)


def test_a_command_is_measured_from_outside():
    """A module that fails is named with its last words; one that works has seconds and memory."""
    with pytest.raises(UsageError, match="peer"):
        run_measured("tests.bench.peer", ["no order"])
