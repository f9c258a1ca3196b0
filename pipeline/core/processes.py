"""Processes of this machine beside this one, for work of which each part stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.forkserver import ensure_running

from pipeline.core.errors import PipelineError


def get_ready(modules: Sequence[str]) -> None:
    """Start what forks the processes, so that it has its imports when they are wanted; nobody waits for it.

    Args:
        modules: What it imports, for all work to come: it does so once.
    """
    get_context("forkserver").set_forkserver_preload(list(modules))
    ensure_running()


@contextmanager
def processes(count: int, modules: Sequence[str]) -> Iterator[Executor]:
    """Yield a pool of processes.

    A server without threads forks them, as the caller may hold DuckDB's or Arrow's.

    Args:
        count: How many.
        modules: What the server imports, once for all of them.

    Raises:
        PipelineError: One of them was killed.
    """
    get_ready(modules)
    try:
        with ProcessPoolExecutor(max_workers=count, mp_context=get_context("forkserver")) as pool:
            yield pool
    except BrokenProcessPool as error:
        hint = "the machine may lack memory: PORTAL_WORKERS=1 works without other processes"
        raise PipelineError("A process that worked beside this one was killed", hint=hint, workers=count) from error


def is_wanted() -> bool:
    """Return whether whoever asked for this process still lives; what it would write is another run's business then."""
    asker = parent_process()
    return asker is None or asker.is_alive()
