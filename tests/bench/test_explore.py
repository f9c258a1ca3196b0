"""The bench of the explorer in small: a month comes right and light, and what is wrong or heavy is seen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.core.errors import UsageError
from tests.bench.explore import PARTS, asked_months, bench_explore, hourly, month_lines, read_months

pytestmark = [pytest.mark.slow]


def test_a_month_of_a_long_series_is_read_by_few_and_small_ranges(tmp_path: Path) -> None:
    """Of one code over ten years, and of one among twelve: every value, within the floors that a reader is promised."""
    for codes, first in ((1, dt.date(2016, 1, 1)), (12, dt.date(2025, 1, 1))):
        rows = hourly(first, dt.date(2025, 12, 31), codes)
        asked = asked_months(rows, 6)
        found = read_months(tmp_path / str(codes), rows, asked)
        lines = {line.what.rpartition(": ")[2]: line for line in month_lines("x", rows, found)}
        assert all(lines[what].ok for what in ("values that differ", "most bytes", "most requests")), lines
        found[0]["sum"] += 1
        found[1]["bytes"] = 900_000
        bad = [line.what.rpartition(": ")[2] for line in month_lines("x", rows, found) if not line.ok]
        assert bad[:2] == ["values that differ", "most bytes"]


def test_what_is_missing_or_doubtful_is_read_as_it_stands(tmp_path: Path) -> None:
    """Gaps, other states, a code without a month, and files too small to be read by pages: the lake's own values."""
    drawing = np.random.default_rng(3)
    for codes, days in ((1, 400), (5, 400), (1, 90), (5, 40), (9, 700)):
        rows = hourly(dt.date(2025, 12, 31) - dt.timedelta(days=days - 1), dt.date(2025, 12, 31), codes)
        rows = rows.filter(pa.array((drawing.random(len(rows)) > 0.01) & (np.arange(len(rows)) >= 100)))
        states = np.where(drawing.random(len(rows)) > 0.01, "ok", "doubtful")
        rows = rows.set_column(3, "quality", pa.array(states.tolist()))
        asked = [("P000", "2025-12-01", "2026-01-01"), ("P00X", "2025-12-01", "2026-01-01"), *asked_months(rows, 6)]
        found = read_months(tmp_path / f"{codes}-{days}", rows, asked)
        (differing, *_) = month_lines("x", rows, found)
        assert differing.value == 0, found
        assert found[0]["rows"] > 650
        assert found[1]["rows"] == 0
        assert found[0]["states"] > 0


def test_an_unknown_part_is_refused() -> None:
    """With the names there are."""
    with pytest.raises(UsageError, match="nonsense") as refused:
        bench_explore(["nonsense"])
    assert all(name in refused.value.hint for name in PARTS)
