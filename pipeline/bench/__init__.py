"""Benchmarks anyone can rerun: what, value, floor, ok. `./inv bench NAME` is the way in."""

from pipeline.bench.run import run_bench

__all__ = ["run_bench"]
