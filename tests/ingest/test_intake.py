"""The intake: in whatever pieces the replies are taken up, the lake is the same."""

import datetime as dt
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog
from pipeline.emulator.server import running
from pipeline.ingest import intake, planned
from pipeline.ingest.planned import fetch
from pipeline.store import transaction
from pipeline.store.lake import Lake
from tests.ingest.test_nightly import a_run, go

# The older of the two half-built days ends a year: its part is closed and is written before the days before it come.
TODAY = dt.date(2026, 1, 6)
pytestmark = [pytest.mark.slow]


def test_pieces_make_the_lake_that_the_whole_makes(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reply by itself, the newest first, and parts so small that some are written before their series is whole."""
    with running("simulated", TODAY) as url:
        monkeypatch.setattr(transaction, "ROWS_PER_PART", 2_000)
        whole, paths = go(catalog, tmp_path / "whole", a_run(TODAY, 400), url)
        monkeypatch.setattr(intake, "CHUNK_BYTES", 1)
        monkeypatch.setattr(
            planned, "fetch", lambda source, asked, *args, **how: fetch(source, asked[::-1], *args, **how)
        )
        pieces, others = go(catalog, tmp_path / "pieces", a_run(TODAY, 400), url)
    expected, found = Lake(paths.lake).manifest(), Lake(others.lake).manifest()
    assert found.parts == expected.parts
    assert whole.balance == pieces.balance
