"""Walks from what is published back to the raw replies, and what becomes of them when a hop is tampered with."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from pipeline import provenance
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PartCorrupt, PipelineError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings, load_settings
from pipeline.site import figure_origin
from pipeline.site.context import Page, SiteContext
from pipeline.site.rendering import context_of_pages
from pipeline.store import warehouse
from pipeline.store.lake import Lake
from pipeline.store.report_archive import ReportArchive


@dataclass(frozen=True)
class Walks:
    """A built portal, opened once for many walks; pages and days that several walks pass are made and read once."""

    con: duckdb.DuckDBPyConnection
    site: SiteContext
    archive: ReportArchive
    paths: Paths
    settings: Settings
    catalog: Catalog
    days: dict[tuple[object, ...], list[tuple[str, str]]]

    def all(self) -> list[str]:
        """Return all that can be asked about: figures and their data, claims, figures and files of reports."""
        site = self.paths.site
        figures = [path.relative_to(site).as_posix() for path in sorted(site.glob("figuras/**/*-*.svg"))]
        figures += [path.relative_to(site).as_posix() for path in sorted(site.glob("assets/figures/**/*.csv"))]
        claims = sorted({claim["id"] for path in self._texts() for claim in _told(path)})
        frozen = [f"{r.address}/#{f['series']}" for r in self.archive.reports for f in r.told["figures"]]
        frozen += [f"{r.address}/{name}" for r in self.archive.reports for name in r.hashes if name.endswith(".svg")]
        return [*figures, *claims, *frozen]

    def walk(self, text: str, paths: Paths | None = None) -> list[tuple[str, str]]:
        """Return the hops of a walk, published files taken from `paths`."""
        where = paths or self.paths
        if provenance._CLAIM.fullmatch(text):
            origin = provenance._claim_origin(self.con, where, text)
        else:
            origin = figure_origin.figure_origin(self.site, where, self.archive, text)
        key = origin.metrics, origin.day
        if key not in self.days:
            self.days[key] = list(provenance._day_lines(origin, self.catalog, self.settings, self.paths))
        return [*origin.lines, *self.days[key]]

    def tampered(self, text: str, home: Path, rng: random.Random) -> PipelineError | None:
        """Change one published file of a walk in a copy; return what refuses it, None where nothing does."""
        files = self._files(text)
        for path in files:
            (home / "site" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.paths.site / path, home / "site" / path)
        rng.choice(TAMPERS[Path(files[0]).suffix])(home / "site" / files[0])
        try:
            self.walk(text, replace(self.paths, build=home))
        except PartCorrupt as error:
            return error
        finally:
            shutil.rmtree(home)
        return None

    def _texts(self) -> list[Path]:
        return sorted((self.paths.site / "datos" / "narrative").glob("*.json"))

    def _files(self, text: str) -> list[str]:
        """Return the published files of a walk, first the one to change."""
        site = self.paths.site
        if provenance._CLAIM.fullmatch(text):
            found = [path for path in self._texts() if any(claim["id"] == text for claim in _told(path))]
        elif text.startswith("informes/"):
            found = [site / text.partition("#")[0].rstrip("/")]
            found = sorted(found[0].glob("*.csv")) if found[0].is_dir() else found
        else:
            slug, name = figure_origin._named(text)
            found = [site / text]
            found += [p for p in site.glob(f"figuras/{slug}/{name}-*.svg") if p != found[0]]
            found += [p for p in site.glob(f"assets/figures/{slug}/{name}.csv") if p != found[0]]
        return [path.relative_to(site).as_posix() for path in found]


def _told(path: Path) -> list[dict[str, str]]:
    """Return the claims that a text tells; of those that it leaves out it has the name alone."""
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8")).get("claims") or []
    return [claim for claim in found if claim["shown"]]


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def _another_number(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    at = next(i for i in range(len(text) - 1, 0, -1) if text[i].isdigit())
    path.write_text(f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}", encoding="utf-8")


def _renamed(path: Path) -> None:
    """Another picture under a name that fits it, in place of the one that was shown."""
    _another_number(path)
    digest = figure_origin._sha(path.read_bytes())[:12]
    path.rename(path.with_name(f"{path.name[:-17]}-{digest}.svg"))


def _another_claim(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    for claim in (each for each in document["claims"] if each["shown"]):
        claim["figures"] = {name: value + 1 for name, value in claim["figures"].items()}
    path.write_text(json.dumps(document), encoding="utf-8")


TAMPERS: dict[str, list[Callable[[Path], None]]] = {
    ".svg": [_flip, _another_number, _renamed],
    ".csv": [_flip, _another_number],
    ".json": [_another_claim],
}


@contextmanager
def opened(paths: Paths) -> Iterator[Walks]:
    """Open a built portal for walks."""
    catalog, lake = load_catalog(), Lake(paths.lake)
    settings = load_settings(data_dir=paths.data, build_dir=paths.build)
    made: dict[str, Page] = {}
    plain = figure_origin._page

    def once(site: SiteContext, slug: str) -> Page:
        if slug not in made:
            made[slug] = plain(site, slug)
        return made[slug]

    with warehouse.connect(paths.warehouse) as con, pytest.MonkeyPatch.context() as patch:
        run = RunInfo(*con.execute("SELECT today, since, data_source, created FROM run_info").fetchall()[0])
        archive = ReportArchive(lake)
        site = context_of_pages(con, catalog, paths, run, archive.manifest, settings.site_url)
        patch.setattr(figure_origin, "_page", once)
        yield Walks(con, site, archive, paths, settings, catalog, {})


def drawn(walks: Walks, count: int) -> list[str]:
    """Return so many things to ask about, the same every time."""
    everything = walks.all()
    return random.Random(14).sample(everything, min(count, len(everything)))
