"""A lean stretch gives memory back, and leaves the process as it was."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.memory import lean

# In a process of its own: what other tests left in this one comes and goes while the test looks.
FREED = """
from pathlib import Path
import numpy as np
from pipeline.core.memory import lean

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

resident()
for _ in range(3):
    np.ones(2**21)  # from now on the C library takes blocks of this size from what it keeps
with lean():
    blocks = [np.ones(2**21) for _ in range(12)]
    full = resident()
    del blocks
    print(full - resident())
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_freed_blocks_go_back_at_once() -> None:
    """Of twelve blocks of 16 MB, used and freed, more than 100 MB are no longer resident."""
    found = subprocess.run([sys.executable, "-c", FREED], check=True, capture_output=True, text=True)
    assert int(found.stdout) > 100 * 2**20


def test_arrow_gets_its_pool_back() -> None:
    """Also after an error."""
    pool = pa.default_memory_pool().backend_name
    with pytest.raises(ValueError, match="stop"), lean():
        assert pa.default_memory_pool().backend_name == "system"
        raise ValueError("stop")
    assert pa.default_memory_pool().backend_name == pool
