"""Files of build/docs: written only when their bytes change, rendered only when their inputs did.

A page is keyed by a hash of everything it was made from. Keys and the files of each page are kept in one
small list, ``build/render.json``; it is how unchanged pages are skipped, and how files that no page owns
any more are removed without touching what other stages put there.
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


@dataclass
class _Entry:
    key: str
    files: list[str]


@dataclass
class Writer:
    """Runs jobs against a folder and remembers what each page owns."""

    docs: Path
    state_path: Path
    _old: dict[str, _Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state_path.exists():
            raw = json.loads(self.state_path.read_text(encoding="utf-8"))
            self._old = {name: _Entry(item["key"], list(item["files"])) for name, item in raw.items()}

    def run(self, jobs: Iterable[Job]) -> RenderReport:
        """Make every page whose inputs changed; keep the last good version of one that fails."""
        state: dict[str, _Entry] = {}
        rendered: list[str] = []
        written: list[str] = []
        failed: dict[str, str] = {}
        skipped = 0
        for job in jobs:
            before = self._old.get(job.name)
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
                    state[job.name] = _Entry("", before.files)
                continue
            files: dict[str, str | bytes] = {page.path: page.markdown, **page.assets}
            written += [name for name, content in files.items() if self._write(name, content)]
            rendered.append(job.name)
            state[job.name] = _Entry(job.key, sorted(files))
        removed = self._sweep(state)
        self._save(state)
        return RenderReport(len(state), len(written), skipped, failed, tuple(rendered), tuple(sorted(written)), removed)

    def _write(self, name: str, content: str | bytes) -> bool:
        path = self.docs / name
        data = content.encode("utf-8") if isinstance(content, str) else content
        if path.exists() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(data)
        fresh.replace(path)
        return True

    def _sweep(self, state: dict[str, _Entry]) -> tuple[str, ...]:
        owned = {name for entry in state.values() for name in entry.files}
        left = sorted({name for entry in self._old.values() for name in entry.files} - owned)
        for name in left:
            (self.docs / name).unlink(missing_ok=True)
        return tuple(left)

    def _save(self, state: dict[str, _Entry]) -> None:
        document = {name: {"key": e.key, "files": e.files} for name, e in sorted(state.items())}
        text = json.dumps(document, indent=0, sort_keys=True) + "\n"
        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.state_path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self.state_path)


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
