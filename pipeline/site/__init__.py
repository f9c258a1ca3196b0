"""Pages from the warehouse: boards, metric pages, charts twice (static and live), only what changed."""

from __future__ import annotations

from pipeline.site.rendering import render_site
from pipeline.site.writer import RenderReport

__all__ = ["RenderReport", "render_site"]
