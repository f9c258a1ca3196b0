"""Pages from the warehouse: boards, metric pages, charts twice (static and live), only what changed."""

from __future__ import annotations

from pipeline.render.site import render_site
from pipeline.render.writer import Failure, RenderReport

__all__ = ["Failure", "RenderReport", "render_site"]
