"""Block types, one module each: rows → figure, picture, table, files in one pass. A new module is found by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from pipeline.site.blocks.block_types import TYPES, BlockType, Place, View, build_block

for _module in sorted(info.name for info in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["TYPES", "BlockType", "Place", "View", "build_block"]
