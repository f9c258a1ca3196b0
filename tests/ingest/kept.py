"""What an ingest leaves for the next run, written by hand."""

from __future__ import annotations

from dataclasses import replace

from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.ingest.states import States, read_memory, write_memory


def write_states(paths: Paths, run: RunInfo, states: States) -> None:
    """Keep the states of the series for the next run, and the rest as it is."""
    write_memory(paths, replace(read_memory(paths), source=run.source, series=states))
