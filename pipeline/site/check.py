"""Checks of the built site. All faults are reported at once; one is enough to stop the publication."""

from __future__ import annotations

import datetime as dt
import json
import math
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.core.errors import BrokenSite
from pipeline.core.host import MB, HostBudget
from pipeline.core.log import progress
from pipeline.core.run import RunInfo
from pipeline.site.csp import inline_scripts
from pipeline.site.downloads.freshness import check_fresh, read_freshness
from pipeline.site.host_limits import beyond
from pipeline.site.shells import HEAD
from pipeline.site.tree import Tree, files_below, size_of, text_of

_LOADS = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
_NOT_LOADED = {"canonical", "license", "alternate", "author", "me", "prev", "next"}
_DATA_ATTRIBUTES = ("data-figure", "data-src", "data-url")
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)|@import\s+['\"]([^'\"]+)['\"]")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_EXTERNAL = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_CHARSET_WINDOW = 1024  # [B]; browsers look no further for the encoding
_MAX_SHOWN = 60
_ON_HOME = ("demand", "reserves", "price")  # series of the API that the home page shows
_SAME = 5e-3  # the API rounds
_ANCHOR_FILE = "/css/site.css"  # every page loads it


@dataclass
class PageFacts:
    """What the checks need to know of one page."""

    name: str
    title: str = ""
    lang: str = ""
    description: str = ""
    h1: int = 0
    banner: str = ""
    policy_first: bool = False
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    duplicate_ids: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)
    figures: list[tuple[float, str]] = field(default_factory=list)
    """Figures marked with a data element: value and the text a reader sees."""


class _PageReader(HTMLParser):
    """Collects links, loads, ids and visible text of one page."""

    def __init__(self, page: PageFacts) -> None:
        super().__init__(convert_charrefs=True)
        self.page = page
        self._in_title = False
        self._figure: float | None = None
        self._silent = 0
        self._head_elements = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        page = self.page
        if identity := found.get("id"):
            (page.duplicate_ids if identity in page.ids else page.ids).add(identity)
        if tag == "html":
            page.lang = found.get("lang", "")
        elif tag == "meta":
            self._meta(found)
        elif tag == "title" and not page.title:
            self._in_title = True
        elif tag == "h1":
            page.h1 += 1
        elif tag == "data":
            self._figure = _number(found.get("value", ""))
        elif tag in ("script", "style", "template"):
            self._silent += 1
        if "data-banner" in found:
            page.banner = found["data-banner"]
        if tag == "a" and "href" in found:
            page.links.append(found["href"])
        if not (tag == "link" and set(found.get("rel", "").split()) & _NOT_LOADED):
            for name in _LOADS.get(tag, ()):
                page.loads.extend(_addresses(name, found.get(name, "")))
        page.loads.extend(found[name] for name in _DATA_ATTRIBUTES if found.get(name))
        page.loads.extend(_css_addresses(found.get("style", "")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag in ("script", "style", "template"):
            self._silent -= 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        elif tag == "data":
            self._figure = None
        elif tag in ("script", "style", "template"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.page.title += data
        elif not self._silent:
            self.page.text.append(data)
            if self._figure is not None:
                self.page.figures.append((self._figure, data))
                self._figure = None

    def _meta(self, found: Mapping[str, str]) -> None:
        if found.get("name") == "description":
            self.page.description = found.get("content", "")
        elif found.get("property") == "og:image":
            self.page.loads.append(urlsplit(found.get("content", "")).path)
        if self._head_elements == 0:
            self.page.policy_first = found.get("http-equiv") == "Content-Security-Policy"
        self._head_elements += 1


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _addresses(attribute: str, value: str) -> list[str]:
    if not value:
        return []
    if attribute == "srcset":
        return [part.split()[0] for part in value.split(",") if part.strip()]
    return [value]


def _css_addresses(css: str) -> list[str]:
    found = (a or b for a, b in _CSS_URL.findall(_CSS_COMMENT.sub("", css)))
    return [address for address in found if not address.startswith("data:")]


def read_page(name: str, html: str) -> PageFacts:
    """Return what the checks need to know of a page."""
    page = PageFacts(name)
    reader = _PageReader(page)
    reader.feed(html)
    reader.close()
    return page


def check_site(site: Path, run: RunInfo | None = None, budget: HostBudget | None = None) -> int:
    """Check the built site and return its number of pages.

    Args:
        site: `build/site`.
        run: Identity of the run; with it the banner is checked too.
        budget: What its host accepts; with it sizes are checked too.

    Raises:
        BrokenSite: Every fault found, all at once.
    """
    return check_tree(files_below(site), run, budget)


def verdict(site: Path, budget: HostBudget, now: dt.datetime) -> str:
    """Check the built site and how fresh it is; return a sentence that says all is well.

    Args:
        site: `build/site`.
        budget: What its host accepts.
        now: The moment to judge its age at [Bogotá].

    Raises:
        BrokenSite: Every fault found.
        StaleSite: It is sound, but nobody has renewed it in time.
    """
    files = files_below(site)
    pages = check_tree(files, budget=budget)
    told = check_fresh(read_freshness(files), now)
    weight = sum(size_of(content) for content in files.values()) / MB
    return f"{pages} pages checked, no fault; {len(files)} files, {weight:.0f} MB; {told}"


def check_tree(files: Tree, run: RunInfo | None = None, budget: HostBudget | None = None) -> int:
    """Check a site that is not in its folder yet; see `check_site`."""
    if "index.html" not in files:
        raise BrokenSite("There is no built site to check", hint="run ./inv build first")
    names = [name for name in files if name.endswith(".html")]
    pages: dict[str, PageFacts] = {}
    faults: list[str] = []
    for name in progress(names, len(names), "Revisión del sitio"):
        html = text_of(files[name])
        pages[name] = read_page(name, html)
        faults += _page_faults(pages[name], html, run)
    base = _base_path(pages)
    for page in pages.values():
        page.loads, page.links = ([_below(base, a) for a in found] for found in (page.loads, page.links))
        faults += _link_faults(page, pages, files)
    for name, content in files.items():
        if name.endswith(".css"):
            faults += _css_faults(name, text_of(content), files)
    faults += _size_faults(files, budget)
    read_freshness(files)
    faults += _headline_faults(files, pages)
    if faults:
        shown = [*faults[:_MAX_SHOWN], *([f"… and {len(faults) - _MAX_SHOWN} more"] * (len(faults) > _MAX_SHOWN))]
        raise BrokenSite(
            f"The built site has {len(faults)} fault(s):\n" + "\n".join(f"  · {fault}" for fault in shown),
            hint="mend the template, page or query each line names",
        )
    return len(names)


def _base_path(pages: Mapping[str, PageFacts]) -> str:
    """Return the path of the public address, as the 404 page knows it: it alone has absolute links."""
    loads = pages["404.html"].loads if "404.html" in pages else []
    return next((a.removesuffix(_ANCHOR_FILE).strip("/") for a in loads if a.endswith(_ANCHOR_FILE)), "")


def _below(base: str, address: str) -> str:
    """Return an absolute address of this site as seen from its root, others as they are."""
    if not base or not address.startswith("/") or _EXTERNAL.match(address):
        return address
    return "/" + address.removeprefix(f"/{base}").lstrip("/")


def _page_faults(page: PageFacts, html: str, run: RunInfo | None) -> Iterator[str]:
    if not page.title.strip():
        yield f"{page.name}: no title"
    if page.lang != "es":
        yield f"{page.name}: lang is {page.lang!r}, not 'es'"
    if not page.description.strip():
        yield f"{page.name}: no description"
    if page.h1 != 1:
        yield f"{page.name}: {page.h1} first-level headings, not one"
    if not page.policy_first:
        yield f"{page.name}: the page policy is not the first element of the head"
    if b"charset" not in html.encode()[:_CHARSET_WINDOW]:
        yield f"{page.name}: the encoding is declared after the first {_CHARSET_WINDOW} bytes"
    if "data-slot=" in html or any(mark in html for mark in HEAD.values()):
        yield f"{page.name}: a block was never pasted in"
    if inline_scripts(html):
        yield f"{page.name}: a script is written in the page; move it to site_src/js"
    for name in sorted(page.duplicate_ids):
        yield f"{page.name}: id {name!r} is used twice"
    expected = "" if run is None or run.source == "xm" else run.source
    if run is not None and page.banner != expected:
        yield f"{page.name}: banner is {page.banner or 'absent'}, expected {expected or 'none'}"


def _link_faults(page: PageFacts, pages: Mapping[str, PageFacts], files: Tree) -> Iterator[str]:
    for address in page.loads:
        if _EXTERNAL.match(address):
            yield f"{page.name}: loads {address} from another origin"
        elif not address.startswith(("data:", "#")):
            yield from _target_faults(page, address, pages, files)
    for address in page.links:
        scheme = urlsplit(address).scheme
        if not _EXTERNAL.match(address) and scheme not in ("http", "https", "mailto"):
            if scheme:
                yield f"{page.name}: link {address} has the scheme {scheme}:"
            else:
                yield from _target_faults(page, address, pages, files)


def _target_faults(page: PageFacts, address: str, pages: Mapping[str, PageFacts], files: Tree) -> Iterator[str]:
    parts = urlsplit(unescape(address))
    # The 404 page is served at any depth, so its addresses start at the root.
    base = "" if parts.path.startswith("/") else posixpath.dirname(page.name)
    target = posixpath.normpath(posixpath.join(base, unquote(parts.path).lstrip("/"))) if parts.path else page.name
    if parts.path.endswith("/") or target in (".", ""):
        target = posixpath.normpath(posixpath.join(target, "index.html"))
    if target not in files:
        yield f"{page.name}: {address} leads nowhere"
        return
    anchor = unquote(parts.fragment)
    # A fragment with "=" is state for a script (consulta/#sql=…), not a place in the page.
    if anchor and "=" not in anchor and target in pages and anchor not in pages[target].ids:
        yield f"{page.name}: {address} names a place that {target} does not have"


def _css_faults(name: str, css: str, files: Tree) -> Iterator[str]:
    for address in _css_addresses(css):
        if _EXTERNAL.match(address):
            yield f"{name}: loads {address} from another origin"
        elif not address.startswith("#"):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), urlsplit(address).path))
            if target not in files:
                yield f"{name}: url({address}) leads nowhere"


def _size_faults(files: Tree, budget: HostBudget | None) -> Iterator[str]:
    sizes = {name: size_of(content) for name, content in files.items()}
    yield from (f"{name}: empty file" for name, size in sizes.items() if size == 0)
    if budget is not None:
        yield from beyond(sizes, budget)


def _headline_faults(files: Tree, pages: Mapping[str, PageFacts]) -> Iterator[str]:
    """The figures of the home page must be readable in its HTML and be those of the API."""
    name = "api/v1/titulares.json"
    if name not in files:
        yield f"{name}: missing"
        return
    known = {row["serie"]: row["valor"] for row in json.loads(text_of(files[name]))["titulares"]}
    if not known:
        yield f"{name}: holds no headline figure"
    shown = pages["index.html"].figures
    for series in _ON_HOME:
        if series in known and not any(
            math.isclose(known[series], value, rel_tol=_SAME) and any(map(str.isdigit, text)) for value, text in shown
        ):
            yield f"index.html: the headline {series} = {known[series]} is not in the HTML"
