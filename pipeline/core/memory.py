"""Memory that is free goes back to the machine at once, while a run holds millions of rows for moments."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

# glibc's names (malloc.h). Left alone it keeps freed blocks of up to 32 MB for later, in an arena per thread.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
_LARGE = 8192 * 1024
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
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _USUAL)
