"""`./inv` over the small catalogue of the nights: two boards, no pages of named things, no pictures for networks."""

from __future__ import annotations

import pipeline.flow
import pipeline.operate
import pipeline.site.card
import pipeline.site.rendering
from pipeline.store import atomic
from tasks import program
from tests.bench.crash.devices import Unsynced
from tests.nights.life import whole_catalog

if __name__ == "__main__":
    pipeline.flow.load_catalog = pipeline.operate.load_catalog = whole_catalog  # type: ignore[attr-defined]
    pipeline.site.card.card_png = lambda _: b"\x89PNG"  # a quarter of the time of a page
    pipeline.flow.drawers = pipeline.site.rendering.drawers = lambda *_: 1  # another process has the true one
    with atomic.using(Unsynced()):
        program().run()
