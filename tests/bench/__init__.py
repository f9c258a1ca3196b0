"""Benchmarks anyone can rerun: what, value, floor, ok. `tests.bench.run.run_bench` is the way in."""
