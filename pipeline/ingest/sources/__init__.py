"""One module a source: what to ask of it, and how to read what it answers.

A module is named as its source in `catalog/sources.yml` (`-` is written `_`) and holds an `ADAPTOR`. One without it is
the companion of another, which would be too long alone.
"""

from __future__ import annotations

import importlib
import pkgutil

from pipeline.ingest.job import Adaptor

MAIN = "xm"
"""The source without which there is no portal."""


def adaptors() -> dict[str, Adaptor]:
    """Return how each source is asked, in the order in which they are: the main one, the planned ones, the others."""
    modules = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    found: dict[str, Adaptor] = {
        module.__name__.rpartition(".")[2].replace("_", "-"): module.ADAPTOR
        for module in modules
        if hasattr(module, "ADAPTOR")
    }
    order = sorted(found, key=lambda source: (source != MAIN, not found[source].planned, source))
    return {source: found[source] for source in order}
