"""Memory that is free goes back to the machine at once, while a run holds millions of rows for moments."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

# glibc's names (malloc.h). Left alone it keeps freed blocks of up to 32 MB for later, in an arena per thread.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 8 * 2**20
_SPARE = 16 * 2**20  # of small blocks, kept for the next reply: to fetch each page anew costs seconds
_USUAL = 32 * 2**20


@contextmanager
def lean() -> Iterator[None]:
    """Return each large block to the machine when it is freed, Arrow's too; as before at the end.

    Half of an ingest's peak is memory that was freed and kept. Where the C library is not glibc, only Arrow changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 2)
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_TRIM_THRESHOLD, _SPARE)
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _USUAL)
            mallopt(_M_TRIM_THRESHOLD, 2 * _USUAL)
