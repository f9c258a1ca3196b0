"""The forecast bench: floors of accuracy, calibration, honesty and speed on real history."""

from __future__ import annotations

from pipeline.model.bench.parts import PARTS, bench_forecast

__all__ = ["PARTS", "bench_forecast"]
