"""A lean stretch gives memory back, and leaves the process as it was."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from pipeline.core.memory import lean


def _resident() -> int:
    """Return the resident memory of this process [bytes], as Linux tells it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_freed_blocks_go_back_at_once() -> None:
    """Sixty blocks of 2 MB, used and freed, are no longer resident."""
    with lean():
        before = _resident()
        blocks = [np.ones(2**18) for _ in range(60)]
        full = _resident()
        assert full - before > 100 * 2**20
        del blocks
        assert full - _resident() > 100 * 2**20  # what else the process does meanwhile is its own


def test_arrow_gets_its_pool_back() -> None:
    """Also after an error."""
    pool = pa.default_memory_pool().backend_name
    with pytest.raises(ValueError, match="stop"), lean():
        assert pa.default_memory_pool().backend_name == "system"
        raise ValueError("stop")
    assert pa.default_memory_pool().backend_name == pool
