"""Chart types, one small module each. Adding a type is adding a module: it is found by itself."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from pipeline.site.charts.base import PICTURES, REGISTRY, ChartType, Picture, build_figure, build_picture
from pipeline.site.charts.legend import LegendItem
from pipeline.site.charts.spec import ChartSpec, Event

for _module in sorted(info.name for info in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = [
    "PICTURES",
    "REGISTRY",
    "ChartSpec",
    "ChartType",
    "Event",
    "LegendItem",
    "Picture",
    "build_figure",
    "build_picture",
]
