"""The forecast bench: floors of accuracy, calibration, honesty and speed on real history."""

from __future__ import annotations

from tests.bench.forecast.parts import PARTS, bench_forecast

__all__ = ["PARTS", "bench_forecast"]
