"""Files of build/docs: written only when their bytes change, rendered only when their inputs did.

A page is keyed by a hash of everything it was made from. Keys and the files of each page are kept in one
small list, ``build/render.json``; it is how unchanged pages are skipped. Files that no page owns any more are removed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.core.errors import RenderError
from pipeline.core.log import get_logger
from pipeline.site.context import Page
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
    key: str
    files: list[str]


@dataclass(frozen=True)
class Writer:
    """Runs jobs against a folder and remembers what each page owns."""

    docs: Path
    state_path: Path

    def run(self, jobs: Iterable[Job]) -> RenderReport:
        """Make every page whose inputs changed; keep the last good version of one that fails."""
        old, state = self._remembered(), dict[str, _Made]()
        rendered: list[str] = []
        written: list[str] = []
        failed: dict[str, str] = {}
        skipped = 0
        for job in jobs:
            before = old.get(job.name)
            if before and before.key == job.key and all((self.docs / f).exists() for f in before.files):
                state[job.name] = before
                skipped += 1
                continue
            try:
                page = job.make()
            except (RenderError, duckdb.Error) as error:
                failed[job.name] = str(error)
                log.warning("page failed", page=job.name, error=str(error), kept=before is not None)
                if before:
                    state[job.name] = _Made("", before.files)
                continue
            files: dict[str, str | bytes] = {page.path: page.markdown, **page.assets}
            for name, content in files.items():
                data = content.encode("utf-8") if isinstance(content, str) else content
                written += [name] * write_if_changed(self.docs / name, data)
            rendered.append(job.name)
            state[job.name] = _Made(job.key, sorted(files))
        owned = {name for made in state.values() for name in made.files}
        removed = tuple(name for name in files_below(self.docs) if name not in owned)
        for name in removed:
            (self.docs / name).unlink()
        document = json.dumps({name: vars(made) for name, made in sorted(state.items())}, indent=0, sort_keys=True)
        write_if_changed(self.state_path, f"{document}\n".encode())
        return RenderReport(len(state), len(written), skipped, failed, tuple(rendered), tuple(sorted(written)), removed)

    def _remembered(self) -> dict[str, _Made]:
        """Return what was made with which inputs; a damaged memory is none, and the work is done again."""
        try:
            raw = json.loads(self.state_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return {name: _Made(made["key"], list(made["files"])) for name, made in raw.items()}


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
