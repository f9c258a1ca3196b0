"""The small real model of the bench of texts, where it cannot be had."""

from __future__ import annotations

from types import SimpleNamespace

from tests.bench import local_model, narrate


def test_without_its_wheels_the_bench_says_so(tmp_path, monkeypatch):
    """No wheel for this machine, or no index: one line that fails, and nothing is measured."""
    monkeypatch.setattr(local_model, "HOME", tmp_path / "model")
    monkeypatch.setattr(local_model, "EnvBuilder", lambda **_: SimpleNamespace(create=lambda _: None))
    monkeypatch.setattr(local_model.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=1))
    (line,) = narrate.PARTS["model"](None)
    assert (line.value, line.ok) == (0, False)
