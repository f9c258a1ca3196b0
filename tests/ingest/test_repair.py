"""`./inv replay` on a damaged lake: the archive makes again what it holds, and nothing is lost in silence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import PartCorrupt, ShrinkRefused
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.ingest.rounds import ingest, replay
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 5, 20)
RUN = RunInfo(TODAY, TODAY - dt.timedelta(days=40), "simulated", dt.datetime(2026, 5, 20, 5, 40))
pytestmark = [pytest.mark.slow]


def test_a_damaged_lake_is_made_again_from_the_archive(catalog: Catalog, tmp_path: Path) -> None:
    """A flipped bit, a lost part and a lost pointer; then a part the archive can no longer make."""
    with running("simulated", TODAY) as url:
        settings = load_settings(
            xm_base_url=url, data_dir=tmp_path, build_dir=tmp_path / "build", xm_backoff=0.01, workers=1
        )
        paths = Paths.of(settings)
        ingest(catalog, settings, paths, RUN, metrics=("DemaSIN", "PrecBolsNaci"))
    lake = Lake(paths.lake)
    replay(catalog, settings, paths, RUN)  # sources that need no asking may add theirs
    sound = lake.manifest()
    first, second = (lake.path(sound.of(metric, "Sistema")[0]) for metric in ("DemaSIN", "PrecBolsNaci"))
    damaged = bytearray(first.read_bytes())
    damaged[100] ^= 1
    first.write_bytes(damaged)
    second.unlink()
    (lake.root / "CURRENT").write_text("manifest-7.json")
    assert lake.verify() == ["CURRENT: The lake's pointer is damaged"]
    with pytest.raises(PartCorrupt):
        lake.read("DemaSIN", "Sistema")
    replay(catalog, settings, paths, RUN)
    assert (lake.verify(), lake.manifest()) == ([], sound)

    second.unlink()
    for reply in (paths.bronze / "xm" / "PrecBolsNaci").rglob("*.zst"):
        reply.unlink()
    with pytest.raises(ShrinkRefused, match="PrecBolsNaci"):
        replay(catalog, settings, paths, RUN)
    assert lake.manifest() == sound
