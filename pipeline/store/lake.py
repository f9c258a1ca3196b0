"""The lake: immutable Parquet parts, a manifest that names them, and one atomic pointer, `CURRENT`.

What the manifest does not name did not happen. A transaction writes parts as they come (nobody reads them yet),
then a new manifest, then swaps `CURRENT`; a crash before that leaves the old lake, after it the new one. Readers
open only what the manifest names, and only if its bytes are the ones it names. One writer at a time; a second one is
turned away at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
from filelock import FileLock, Timeout

from pipeline.core.errors import LockHeld, PartCorrupt, StoreError, disk_error
from pipeline.core.log import get_logger
from pipeline.store import parts as parquet
from pipeline.store import retention
from pipeline.store.atomic import checkpoint, json_bytes, sweep, write_bytes
from pipeline.store.held import Decide, undecided
from pipeline.store.manifest import EMPTY, MEND, NAME, SCHEMA_VERSION, Manifest, Part, load_manifest
from pipeline.store.transaction import REVISIONS, ROWS_PER_PART, Transaction

__all__ = ["EMPTY", "REVISIONS", "ROWS_PER_PART", "SCHEMA_VERSION", "Lake", "Manifest", "Part", "Transaction"]

log = get_logger("lake")


class Lake:
    """A lake under one folder."""

    def __init__(self, root: Path, keep: retention.Keep | None = None) -> None:
        self.root = root
        self.keep = keep or retention.Keep()

    def pointer(self) -> str:
        """Return the text of `CURRENT`; empty when there is none."""
        try:
            return (self.root / "CURRENT").read_text(errors="replace")
        except FileNotFoundError:
            return ""

    def in_use(self, manifest: Manifest) -> bool:
        """Return whether `CURRENT` names this manifest; nothing names the empty one."""
        return self.pointer() == (f"{manifest.name}\n" if manifest.version else "")

    def manifest(self) -> Manifest:
        """Return the current manifest; an absent lake is an empty one.

        Raises:
            LakeTooNew: A later release wrote it.
            PartCorrupt: `CURRENT` or the manifest it names is damaged.
        """
        text = self.pointer()
        name = text.removesuffix("\n")
        if not text and not retention.was_in_use(self.root):
            return EMPTY
        if name == text or not NAME.fullmatch(name):
            raise PartCorrupt(
                "The lake's pointer is damaged" if text else "The lake's pointer is missing",
                hint=MEND,
                path=self.root / "CURRENT",
            )
        return load_manifest(self.root / name)

    def is_empty(self) -> bool:
        """Return whether nothing was ever committed; a damaged lake is not empty."""
        try:
            return not self.manifest().version
        except PartCorrupt:
            return False

    def as_of(self, day: dt.date) -> Manifest:
        """Return the state that was in use at the end of `day`: what was known then.

        Raises:
            StoreError: The state of that day is not kept; the message says what is.
        """
        current = self.manifest()
        states = retention.history(self.root, current)
        found = retention.in_use_on(states, day, self.keep) if states else None
        if found is None:
            oldest = min((state.created[:10] for state in states if state.created), default="none")
            raise StoreError(
                f"The state of the lake on {day} is not kept",
                hint=f"kept are the last state of each of {self.keep.nights} days and of {self.keep.months} months "
                f"(PORTAL_KEEP_NIGHTS, PORTAL_KEEP_MONTHS), the oldest of {oldest}; what changed later stays in "
                "the table of revisions",
                day=day,
            )
        return load_manifest(found.path)

    def path(self, part: Part) -> Path:
        """Return where a part lies."""
        return self.root / part.path

    def rows(self, part: Part) -> pa.Table:
        """Return the rows of a part.

        Raises:
            PartCorrupt: It is missing, or its bytes are not those the manifest names.
        """
        return parquet.read(self.path(part), part.sha256)

    def codes(self, part: Part) -> list[str]:
        """Return the different codes of a part.

        Raises:
            PartCorrupt: It is missing, or its bytes are not those the manifest names.
        """
        column = parquet.read(self.path(part), part.sha256, ["code"])["code"]
        found: list[str] = column.unique().to_pylist()
        return found

    def read(self, metric: str, entity: str, manifest: Manifest | None = None) -> pa.Table:
        """Return all rows of a series or table, oldest part first; an absent one is an empty table."""
        return self.joined((manifest or self.manifest()).of(metric, entity))

    def joined(self, parts: Iterable[Part]) -> pa.Table:
        """Return the rows of parts, one behind the other; a column that an older part lacks is null there."""
        found = [self.rows(part) for part in parts]
        return pa.concat_tables(found, promote_options="default") if found else parquet.SERIES_SCHEMA.empty_table()

    def verify(self) -> list[str]:
        """Return one line per file that is missing or damaged: pointer, kept manifests, and every part they name."""
        try:
            parts = {part.path: part for part in self.manifest().parts}
        except PartCorrupt as error:
            return [f"{self._damaged()}: {error.message}"]
        faults: list[str] = []
        for path, past in self._past():
            if isinstance(past, PartCorrupt):
                faults.append(f"{path.name}: {past.message}")
            else:
                parts |= {part.path: part for part in past.parts}
        return faults + [fault for part in parts.values() if (fault := self._fault(part))]

    def damaged_past(self) -> list[Path]:
        """Return the manifests of past states that are damaged or name a damaged part."""
        bad: dict[str, bool] = {}
        damaged = []
        for path, past in self._past():
            parts = () if isinstance(past, PartCorrupt) else past.parts
            bad |= {part.path: bool(self._fault(part)) for part in parts if part.path not in bad}
            if isinstance(past, PartCorrupt) or any(bad[part.path] for part in parts):
                damaged.append(path)
        return damaged

    def _past(self) -> Iterator[tuple[Path, Manifest | PartCorrupt]]:
        """Yield the manifest of each state before the one in use, or why it cannot be read."""
        for state in retention.history(self.root, self.manifest())[:-1]:
            try:
                yield state.path, load_manifest(state.path)
            except PartCorrupt as error:
                yield state.path, error

    def bad_parts(self, manifest: Manifest) -> list[Part]:
        """Return the parts of a state that are missing or damaged."""
        return [part for part in manifest.parts if self._fault(part)]

    def check(self, manifest: Manifest) -> None:
        """Refuse a state that is not whole, before an engine that checks no hash reads its files.

        Raises:
            PartCorrupt: Parts are missing or damaged; they are named.
        """
        if bad := self.bad_parts(manifest):
            raise PartCorrupt(
                f"{len(bad)} part(s) of the lake are missing or damaged: {', '.join(p.path for p in bad[:5])}",
                hint="run ./inv replay to make them again from the archive, or ./inv restore --from a portal",
            )

    def adopt(self, part: Part, data: bytes) -> None:
        """Keep the bytes of a part that came from elsewhere, if they are the part's.

        Raises:
            PartCorrupt: The bytes differ from the manifest.
        """
        if hashlib.sha256(data).hexdigest() != part.sha256:
            raise PartCorrupt("A part differs from its manifest", hint="restore from another copy", path=part.path)
        path = self.path(part)
        if not path.exists() or parquet.sha256(path) != part.sha256:
            write_bytes(path, data, kind="part")

    def put_in_use(self, manifest: Manifest) -> Manifest:
        """Write a manifest whose parts are all here and swap `CURRENT` to it; return it with its name."""
        fresh = replace(manifest, file="", schema=SCHEMA_VERSION)
        fresh = replace(fresh, file=fresh.name)
        write_bytes(self.root / fresh.file, json_bytes(fresh.as_json()), kind="manifest")
        checkpoint("before CURRENT")
        write_bytes(self.root / "CURRENT", f"{fresh.file}\n".encode(), kind="CURRENT")
        checkpoint("after CURRENT")
        return fresh

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writer's lock; it dies with the process. What a dead run left half written is swept.

        Raises:
            LockHeld: Another run is writing.
        """
        lock = FileLock(self.root / ".lock")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
        except Timeout as error:
            raise LockHeld(
                "Another run is writing to the lake",
                hint="wait for it to end, then run again",
                lake=self.root,
            ) from error
        except OSError as error:
            raise disk_error(error, self.root) from error
        try:
            sweep(self.root, deep=True)
            yield
        finally:
            lock.release()

    def transaction(self, today: dt.date, *, repair: bool = False, decide: Decide = undecided) -> Transaction:
        """Return a transaction on the state as it is now; call it under `writing()`.

        Args:
            today: Day of the run.
            decide: What a person says of changes that are in doubt.
            repair: Start from what is sound: damaged parts are left out, and a damaged pointer or manifest gives way
                to the newest state that can be read. The caller then puts back what the archive holds.
        """
        pointer = self.pointer()
        if not repair:
            return Transaction(self, self.manifest(), today, pointer, decide=decide)
        base = self._sound_state()
        transaction = Transaction(self, base, today, pointer, repair=True, decide=decide)
        bad = self.bad_parts(base)
        transaction.forget(bad)
        for part in bad:
            log.warning("damaged part left out", path=part.path, rows=part.rows)
        return transaction

    def _sound_state(self) -> Manifest:
        try:
            return self.manifest()
        except PartCorrupt as error:
            log.warning("damaged manifest", reason=str(error))
        for path in retention.manifests(self.root)[::-1]:
            try:
                return load_manifest(path)
            except PartCorrupt as error:
                log.warning("damaged manifest", reason=str(error))
        return EMPTY

    def _damaged(self) -> str:
        """Return the name of the file to blame when the current state cannot be read."""
        name = self.pointer().removesuffix("\n")
        return name if NAME.fullmatch(name) and (self.root / name).exists() else "CURRENT"

    def _fault(self, part: Part) -> str:
        path = self.path(part)
        if not path.exists():
            return f"{part.path}: missing"
        return "" if parquet.sha256(path) == part.sha256 else f"{part.path}: bytes differ from the manifest"
