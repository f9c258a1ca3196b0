"""Choosing a benchmark, and the table it prints."""

from __future__ import annotations

import json

import pytest

from pipeline.core.errors import UsageError
from pipeline.core.settings import Settings
from tests.bench import run
from tests.bench.table import Line, at_least, at_most, exactly, told


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(tmp_path):
    """A typing error costs a second, not a traceback."""
    with pytest.raises(UsageError, match="nonsense") as refused:
        run.run_bench(Settings(_env_file=None, build_dir=tmp_path), "nonsense", "data")
    assert all(name in refused.value.hint for name in run.BENCHES)


def test_floors_tell_right_from_wrong():
    """Each kind of floor passes at its limit and fails beyond it."""
    assert at_most("x", 2, 2).ok
    assert not at_most("x", 2.1, 2).ok
    assert at_least("x", 2, 2).ok
    assert not at_least("x", 1.9, 2).ok
    assert exactly("x", 0, 0).ok
    assert not exactly("x", 1, 0).ok
    assert told("x", 9) == Line("x", 9.0, "-", ok=True)


def test_the_table_is_printed_and_kept(tmp_path, monkeypatch):
    """What is printed is what lies in the report, and a failed floor is seen in both."""
    asked = []
    monkeypatch.setitem(
        run.BENCHES, "small", lambda _settings, _data, only: asked.append(only) or [exactly("rows lost", 3, 0)]
    )
    settings = Settings(_env_file=None, build_dir=tmp_path)
    text = run.run_bench(settings, "small", "data", ["one"])
    assert "rows lost" in text
    assert text.endswith("FAILS")
    assert asked == [["one"]]
    report = json.loads((tmp_path / "reports" / "bench-small.json").read_text())
    assert report == [{"what": "rows lost", "value": 3.0, "floor": "= 0", "ok": False}]
