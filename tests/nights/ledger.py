"""Thirty nights of published reports, and the same portal made again elsewhere: every address and its bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline.core.paths import ROOT, Paths
from pipeline.core.settings import load_settings
from pipeline.flow import Line
from pipeline.ingest.restoring import restore_lake
from tests.nights.life import Life, living

FIRST: Final = dt.date(2026, 3, 2)
NIGHTS, EVERY = 30, 6
DAY: Final = dt.timedelta(days=1)
MOVED: Final = FIRST - 5 * DAY
"""A day whose report is out when the source moves its demand by one per cent."""
_PART = re.compile(r"<article class=\"report portal\".*?</article>", re.DOTALL)
Ledger = dict[str, str]
"""Hash of each file by its address; of a page, of what is frozen of it."""


def published(site: Path) -> Ledger:
    """Return what a site publishes of reports."""
    found: Ledger = {}
    for path in sorted((site / "informes").rglob("*")):
        if path.is_file() and path.parent != site / "informes":
            content = path.read_bytes()
            if path.name == "index.html":
                content = _PART.findall(content.decode())[0].encode()
            found[path.relative_to(site).as_posix()] = hashlib.sha256(content).hexdigest()
    return found


def stand(line: Line, life: Life) -> None:
    """Run all that follows the ingest."""
    line.catalog = life.whole
    line.forecast()
    line.narrate()
    line.reports()
    line.site()
    assert line.report.failed == []


@contextmanager
def lived_nights(home: Path) -> Iterator[tuple[Life, Ledger]]:
    """Yield a portal after thirty nights with revisions, and all that it published on any of them."""
    ledger = Ledger()
    with living(home, FIRST, NIGHTS, history=60) as life:
        for number in range(NIGHTS):
            if number == EVERY:
                life.emulator.altered = f"scale:DemaSIN/Sistema@{MOVED}=1.01"
            stands = number % EVERY == 0 or number == NIGHTS - 1

            def work(line: Line, *, whole: bool = stands) -> None:
                line.ingest()
                if whole:
                    stand(line, life)

            night = life.night(FIRST + number * DAY, run=work)
            assert night.code == 0, night.reason
            if stands:
                ledger = {**published(life.home / "build" / "site"), **ledger}  # what was first is what must stay
        yield life, ledger


def elsewhere(life: Life, home: Path, origin: Path, root: Path = ROOT) -> Path:
    """Restore a portal from a site into an empty folder, build it there, and return its site."""
    settings = load_settings(data_dir=home / "data", build_dir=home / "build")
    restore_lake(settings, str(origin))
    last = FIRST + (NIGHTS - 1) * DAY
    line = life.line(last)
    line = Line(settings, line.run, Paths(home / "data", home / "build", root), life.whole)
    stand(line, life)
    return home / "build" / "site"


def other_templates(folder: Path) -> Path:
    """Return a checkout with other templates: every page of a report is laid out anew."""
    folder.mkdir()
    for name in ("site_src", "mkdocs.yml", "package.json", "package-lock.json", "data", "build"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "templates", folder / "templates")
    for name in ("pages/report.html", "pages/archived.html", "partials/data.html"):
        path = folder / "templates" / name
        path.write_text(path.read_text(encoding="utf-8").replace("<h2>", '<h2 class="other">'), encoding="utf-8")
    page = folder / "templates" / "pages" / "archived.html"
    page.write_text(
        page.read_text(encoding="utf-8").replace("{{ part", "<p>Otra plantilla.</p>{{ part"), encoding="utf-8"
    )
    return folder
