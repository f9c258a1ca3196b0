"""Benchmarks anyone can rerun: what, value, floor, ok. `pipeline.bench.run.run_bench` is the way in."""
