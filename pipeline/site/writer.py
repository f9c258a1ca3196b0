"""Files of build/docs: written only when their bytes change, rendered only when their inputs did.

A page is keyed by a hash of everything it was made from, and so is a picture beside it that is slow to draw. Keys and
the files of each page are kept in one small list, ``build/render.json``; it is how what is unchanged is skipped.
Files that no page owns any more are removed. Several processes may draw: each its share of the pages.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.core.errors import RenderError
from pipeline.core.log import get_logger
from pipeline.site.context import Page, Raster, bytes_of
from pipeline.site.tree import files_below, write_if_changed

log = get_logger("render")
STATE_FILE = "render.json"


@dataclass(frozen=True)
class Job:
    """A page to make: its name, the hash of its inputs, and how to make it."""

    name: str
    key: str
    make: Callable[[], Page]


@dataclass(frozen=True)
class RenderReport:
    """What a rendering did.

    Attributes:
        pages: Pages the site has.
        written: Number of files whose bytes changed, under build/docs.
        skipped: Pages whose inputs had not changed.
        failed: Page → why it kept its last good version (or is missing).
        rendered: Names of the pages that were made again.
        files: The files counted in `written`.
        removed: Files that no page owns any more.
    """

    pages: int
    written: int = 0
    skipped: int = 0
    failed: Mapping[str, str] = field(default_factory=dict)
    rendered: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Made:
    """What a page was made of, what it owns, and what its pictures were drawn from."""

    key: str
    files: list[str]
    drawn: dict[str, str] = field(default_factory=dict)


@dataclass
class Share:
    """What one process made of the pages that it drew."""

    state: dict[str, _Made] = field(default_factory=dict)
    rendered: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: int = 0


@dataclass(frozen=True)
class Writer:
    """Runs jobs against a folder and remembers what each page owns."""

    docs: Path
    state_path: Path

    def run(self, jobs: Iterable[Job]) -> RenderReport:
        """Make every page whose inputs changed; keep the last good version of one that fails."""
        return self.finish([self.draw(jobs)])

    def draw(self, jobs: Iterable[Job]) -> Share:
        """Make the pages of one process; nothing is told to the others yet."""
        old, share = self._remembered(), Share()
        for job in jobs:
            before = old.get(job.name)
            if before and before.key == job.key and all((self.docs / f).exists() for f in before.files):
                share.state[job.name] = before
                share.skipped += 1
                continue
            try:
                page = job.make()
            except (RenderError, duckdb.Error) as error:
                share.failed[job.name] = str(error)
                if before:
                    share.state[job.name] = _Made("", before.files, before.drawn)
                continue
            drawn = before.drawn if before else {}
            for name, content in {page.path: page.markdown, **page.assets}.items():
                if isinstance(content, Raster) and content.key == drawn.get(name) and (self.docs / name).exists():
                    continue
                share.written += [name] * write_if_changed(self.docs / name, bytes_of(content))
            share.rendered.append(job.name)
            pictures = {name: found.key for name, found in page.assets.items() if isinstance(found, Raster)}
            share.state[job.name] = _Made(job.key, sorted([page.path, *page.assets]), pictures)
        return share

    def finish(self, shares: Sequence[Share]) -> RenderReport:
        """Keep what all processes made, and remove what no page owns any more."""
        state = {name: made for share in shares for name, made in share.state.items()}
        failed = {name: why for share in shares for name, why in share.failed.items()}
        for name, why in failed.items():
            log.warning("page failed", page=name, error=why, kept=name in state)
        owned = {name for made in state.values() for name in made.files}
        removed = tuple(name for name in files_below(self.docs) if name not in owned)
        for name in removed:
            (self.docs / name).unlink()
        document = json.dumps({name: vars(made) for name, made in sorted(state.items())}, indent=0, sort_keys=True)
        write_if_changed(self.state_path, f"{document}\n".encode())
        return RenderReport(
            pages=len(state),
            written=sum(len(share.written) for share in shares),
            skipped=sum(share.skipped for share in shares),
            failed=failed,
            rendered=tuple(name for share in shares for name in share.rendered),
            files=tuple(sorted(name for share in shares for name in share.written)),
            removed=removed,
        )

    def _remembered(self) -> dict[str, _Made]:
        """Return what was made with which inputs; a damaged memory is none, and the work is done again."""
        try:
            raw = json.loads(self.state_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return {name: _Made(made["key"], list(made["files"]), made.get("drawn", {})) for name, made in raw.items()}


def key_of(*inputs: str) -> str:
    """Return one hash over the inputs of a page."""
    digest = hashlib.sha256()
    for text in inputs:
        digest.update(text.encode("utf-8") + b"\0")
    return digest.hexdigest()


def sources_hash(folders: Iterable[Path]) -> str:
    """Return one hash over every template and module under `folders`: new code, new pages."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.suffix in {".py", ".html", ".md", ".j2"}):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
