"""A month's release of the whole portal: every link of its pages leads to a file beside them."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re
import zipfile
from pathlib import Path

import pytest

from pipeline.core.paths import Paths
from pipeline.site.downloads.release import make_release
from tests.world import SmallWorld

MONTH = dt.date(2026, 11, 1)
LINK = re.compile(r'\b(?:href|src)="([^"#?:]*)(?=["#?])')


@pytest.mark.slow
def test_a_whole_portal_walks_offline(world: SmallWorld, tmp_path: Path) -> None:
    """No link of the offline pages leads nowhere, the checksums hold, and the same portal gives the same bytes."""
    (tmp_path / "site").symlink_to(world.paths.site)
    paths = Paths(data=tmp_path, build=tmp_path)
    files = make_release(paths, MONTH)
    sums = files[-1].read_text()
    for line in sums.splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((files[-1].parent / name).read_bytes()).hexdigest() == digest
    with zipfile.ZipFile(next(path for path in files if path.name.startswith("portal-"))) as portal:
        portal.extractall(tmp_path)
    pages = sorted((tmp_path / "portal").rglob("*.html"))
    lost = {
        (page.name, link)
        for page in pages
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if link and not (page.parent / html.unescape(link)).is_file()
    }
    assert len(pages) > 100
    assert lost == set()
    assert make_release(paths, MONTH)[-1].read_text() == sums
