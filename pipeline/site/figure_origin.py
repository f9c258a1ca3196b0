"""What a published figure stands on, offline: its files, the page that makes the same again, its metrics and its day.

Each hop is checked: the image by its name, which is its hash; its data by the version in the image; both by making the
page again from the warehouse; what a report froze by the archive of the lake.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.data_pages import PageBlock
from pipeline.catalog.load import HOME
from pipeline.catalog.reports import FOLDER as REPORTS
from pipeline.catalog.schema import Block
from pipeline.core.clock import add_months
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.paths import Paths
from pipeline.site.blocks.figure_kit import FIGURES, VERSION_LETTERS
from pipeline.site.context import Page, SiteContext, bytes_of
from pipeline.site.pages.board import board_page
from pipeline.site.pages.data_page import data_page
from pipeline.site.pages.home import home_page
from pipeline.site.pages.metric_page import metric_page
from pipeline.store.figure_albums import albums, read_album
from pipeline.store.report_archive import PART, ReportArchive

_DATA = "assets/figures"
_FILE = re.compile(rf"(?:{FIGURES}|{_DATA})/(.+)/([^/]+?)(?:-[0-9a-f]{{{VERSION_LETTERS}}})?\.\w+")
_PAGE = re.compile(r"(?:tableros/)?(.*?)/?(?:index\.html)?#([\w-]+)")
_TOLD = re.compile(r"<metadata>(.*?)</metadata>", re.DOTALL)
_SAME = "build the site again with ./inv site, and look who wrote to the published folder"


@dataclass(frozen=True)
class Origin:
    """What is published, a line a hop, and the metrics and the day that it stands on."""

    lines: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    day: dt.date


def figure_origin(site: SiteContext, paths: Paths, archive: ReportArchive, text: str) -> Origin:
    """Follow a figure back to the metrics of its block.

    Args:
        site: What pages are made from.
        paths: Where the published folder and the albums of past nights are.
        archive: The reports of the lake.
        text: A file of it from the root of the site, or its page and its id: `tableros/hidrologia/#embalses`.

    Raises:
        UsageError: There is no such figure.
        PartCorrupt: A hop does not agree; the message names it.
    """
    if text.startswith(f"{REPORTS}/"):
        return _frozen(site, paths.site, archive, text)
    slug, name = _named(text)
    made = {path: content for path, content in _page(site, slug).assets.items() if _is_of(path, slug, name)}
    past = text.endswith(".svg") and text not in made  # images of past nights stay where they were
    files = {path: _read(paths.site / path, past=past) for path in ([text] if past else sorted(made))}
    if not files:
        raise UsageError(f"{text!r} is no published figure", hint="write tableros/hidrologia/#embalses, or its file")
    told = _checked(files)
    if past and not any(read_album(album).get(text) == files[text] for album in albums(paths.data)):
        raise PartCorrupt("Hop figure → album: no past night showed it", hint=_SAME, file=text)
    for path, content in made.items() if not past else ():
        if files[path] != bytes_of(content):
            raise PartCorrupt("Hop figure → page: the page makes another file of the same data", hint=_SAME, file=path)
    block, board = _block(site, slug, name), site.catalog.boards.get(slug)
    metrics = (block.metrics if block else ()) or (board.metrics if board else _metric_of(site, slug))
    lines = [
        *(("figure", f"{path}, sha256 {_sha(content)}") for path, content in files.items()),
        ("page", f"{told.get('page', slug)}#{name}, day {told.get('day', '-')}, data {told.get('version', '-')}"),
        *([("query", " ".join(block.sql.split()))] if block else []),
    ]
    return Origin(tuple(lines), metrics, _day(told.get("day", ""), site))


def _named(text: str) -> tuple[str, str]:
    """Return folder and id of a figure."""
    found = _FILE.fullmatch(text) or _PAGE.fullmatch(text)
    return (found[1] or HOME, found[2]) if found else ("", "")


def _is_of(path: str, slug: str, name: str) -> bool:
    return path.endswith((".svg", ".csv")) and _named(path) == (slug, name)


def _read(path: Path, *, past: bool) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        if past:
            raise UsageError("There is no such figure", hint="see the folder figuras/", file=path) from error
        raise PartCorrupt("Hop page → figure: it is not published", hint=_SAME, file=path) from error


def _checked(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return what an image says of itself: its name is its hash, and it names the version of the data beside it.

    Raises:
        PartCorrupt: One of them does not agree.
    """
    told: dict[str, str] = {}
    data = [_sha(content)[:VERSION_LETTERS] for path, content in files.items() if path.endswith(".csv")]
    for path, content in files.items():
        if not path.endswith(".svg"):
            continue
        if not path.endswith(f"-{_sha(content)[:VERSION_LETTERS]}.svg"):
            raise PartCorrupt("Hop figure → image: its name is not its hash", hint=_SAME, file=path)
        found = _TOLD.search(content.decode(errors="replace"))
        told = json.loads(html.unescape(found[1])) if found else {}
        if data and told.get("version") not in data:
            raise PartCorrupt("Hop image → data: the image is of another version", hint=_SAME, file=path)
    return told


def _page(site: SiteContext, slug: str) -> Page:
    """Make the page of a slug again.

    Raises:
        UsageError: No page has figures under it.
    """
    catalog = site.catalog
    if slug in catalog.boards:
        return (home_page if slug == HOME else board_page)(site, catalog.boards[slug])
    if slug in catalog.pages:
        return data_page(site, catalog.pages[slug])
    for name in _metric_of(site, slug):
        return metric_page(site, catalog.metrics[name])
    raise UsageError(f"No page has figures under {slug!r}", hint="see the folders of figuras/ and assets/figures/")


def _metric_of(site: SiteContext, slug: str) -> tuple[str, ...]:
    """Return the metric whose page it is, if it is one."""
    folder, _, name = slug.rpartition("/")
    return (name,) if folder == "metricas" and name in site.catalog.metrics else ()


def _block(site: SiteContext, slug: str, name: str) -> Block | None:
    """Return the block of a figure; one that its page makes of the values of a column has another id."""
    page = site.catalog.boards.get(slug) or site.catalog.pages.get(slug)
    return next((block for block in _all(page.blocks if page else ()) if block.id == name), None)


def _all(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _all(block.blocks) if isinstance(block, PageBlock) else ()


def _day(told: str, site: SiteContext) -> dt.date:
    """Return the last day of what an image says it is of, a day, a month or a year; without it the day of the run."""
    if not told:
        return site.run.today
    first = dt.date.fromisoformat((told + "-01-01")[:10] if len(told) < 10 else told)
    if len(told) == 10:
        return first
    return add_months(first, 1) - dt.timedelta(days=1) if len(told) == 7 else first.replace(month=12, day=31)


def _frozen(site: SiteContext, published: Path, archive: ReportArchive, text: str) -> Origin:
    """Follow a file or a figure in numbers of a report back to the archive that froze it."""
    report = next(
        (
            each
            for each in sorted(archive.reports, key=lambda one: -len(one.address))
            if text.startswith(f"{each.address}/")
        ),
        None,
    )
    asked = text.removeprefix(report.address).strip("/#") if report else ""
    path = next((name for name in (report.hashes if report else ()) if _same_figure(name, asked)), "")
    figure = next((each for each in (report.told["figures"] if report else ()) if each.get("series") == asked), None)
    if report is None or not (path or figure):
        raise UsageError(f"{text!r} is in no report", hint="write informes/2026/11/22/#price, or one of its files")
    frozen = archive.files_of(report.address)
    for name in [path] if path else sorted(report.hashes):
        where = published / report.address / name
        content = frozen.get(name, b"")
        if _sha(content) != report.hashes[name]:
            raise PartCorrupt(
                "Hop record → archive: a file is not the one that the record names", hint=_SAME, file=name
            )
        # The part of the page stands in the page, between what every page has; a full host publishes no old data files.
        absent = name == PART or (not path and name.endswith(".csv") and not where.is_file())
        if not absent and (not where.is_file() or where.read_bytes() != content):
            raise PartCorrupt("Hop figure → archive: it is not what was frozen", hint=_SAME, file=where)
    data = report.told["data"]
    lines = [
        ("figure", f"{report.address}/{path}, sha256 {report.hashes[path]}" if path else f"{report.address}/#{asked}"),
        *([("value", f"{figure['value']!r} {figure['unit']} ({figure['label']})")] if figure else []),
        ("report", f"{report.title}, published {report.published}, data {data['version']} {data['fingerprint']}"),
    ]
    declared = next((each for each in site.catalog.reports.values() if each.edition == report.kind), None)
    series = [asked] if figure else list(declared.series if declared else ()) or list(site.catalog.headlines)
    metrics = dict.fromkeys(metric for name in series for metric in site.catalog.headlines[name].metrics)
    return Origin(tuple(lines), tuple(metrics), report.last)


def _same_figure(name: str, asked: str) -> bool:
    return name == asked or bool(re.fullmatch(rf"{re.escape(asked)}-[0-9a-f]{{{VERSION_LETTERS}}}\.svg", name))


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
