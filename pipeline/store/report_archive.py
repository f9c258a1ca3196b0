"""The published reports, in the lake: an index, and the files of each, byte for byte as they were published.

A report is a row of the index and a row for each of its files; rows are only ever added. So they travel, are checked
and are restored as everything of the lake is, and no later night can write other bytes under an address that is taken.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import StoreError
from pipeline.core.run import RunInfo
from pipeline.store import parts as parquet
from pipeline.store.lake import Lake, Manifest, Part
from pipeline.store.sql import files_of, make_view, typed

INDEX, FILES, WHOLE = "_report", "_report_file", "all"
#: File that holds the page of a report, without what stands around it.
PART = "parte.html"
_INDEX = pa.schema([
    ("published", pa.date32()), ("kind", pa.string()), ("name", pa.string()), ("address", pa.string()),
    ("first", pa.date32()), ("last", pa.date32()), ("title", pa.string()), ("summary", pa.string()),
    ("past", pa.bool_()), ("record", pa.string()),
])  # fmt: skip
_FILES = pa.schema([
    ("published", pa.date32()), ("address", pa.string()), ("path", pa.string()), ("sha256", pa.string()),
    ("bytes", pa.int64()), ("content", pa.binary()),
])  # fmt: skip
_COLUMNS = (
    "published DATE, kind VARCHAR, name VARCHAR, address VARCHAR, first DATE, last DATE, title VARCHAR, "
    "summary VARCHAR, past BOOLEAN, record VARCHAR"
)


@dataclass(frozen=True)
class FrozenReport:
    """A published report, without its files.

    Attributes:
        kind: `daily`, `weekly`, `monthly`; of one subject `monthly-hidrologia`.
        name: Of its period: `2026-11-22`, `2026-S47`, `2026-11`.
        address: From the root of the site: `informes/2026/11/22`.
        published: Day of its publication.
        past: Whether it was made later than its night, from what was known then.
        record: Its figures, the state of the data they come from, and the hash of each of its files, as JSON.
    """

    kind: str
    name: str
    address: str
    first: dt.date
    last: dt.date
    published: dt.date
    title: str
    summary: str
    past: bool
    record: str

    @cached_property
    def told(self) -> dict[str, Any]:
        """The record."""
        found: dict[str, Any] = json.loads(self.record)
        return found

    @property
    def hashes(self) -> Mapping[str, str]:
        """The hash of each file, by its path below the address."""
        return {str(file["path"]): str(file["sha256"]) for file in self.told["files"]}


class ReportArchive:
    """The reports of a lake.

    Args:
        lake: The lake.
        manifest: Its state; the one in use when None.
    """

    def __init__(self, lake: Lake, manifest: Manifest | None = None) -> None:
        self.lake = lake
        self.manifest = manifest or lake.manifest()
        self._open: tuple[Part, pa.Table] | None = None

    @cached_property
    def reports(self) -> tuple[FrozenReport, ...]:
        """Every published report, by period."""
        rows = self.lake.read(INDEX, WHOLE, self.manifest)
        found = [FrozenReport(**row) for row in rows.to_pylist()] if "address" in rows.column_names else []
        return tuple(sorted(found, key=lambda report: (report.first, report.kind)))

    def files_of(self, address: str) -> dict[str, bytes]:
        """Return the files of a report by their path; neighbours lie in one part, which is read once.

        Raises:
            PartCorrupt: A part is not what the manifest names.
        """
        found: dict[str, bytes] = {}
        for part in self._parts.get(address, ()):
            if self._open is None or self._open[0] != part:
                self._open = part, self.lake.rows(part)
            rows = self._open[1]
            own = rows.filter(pc.equal(rows["address"], address)).to_pylist()
            found |= {row["path"]: row["content"] for row in own}
        return found

    @cached_property
    def _parts(self) -> dict[str, list[Part]]:
        """The parts that hold files of each report."""
        found: dict[str, list[Part]] = {}
        for part in self.manifest.of(FILES, WHOLE):
            column = parquet.read(self.lake.path(part), part.sha256, ["address"])["address"]
            for address in column.unique().to_pylist():
                found.setdefault(address, []).append(part)
        return found

    def keep(self, made: Sequence[tuple[FrozenReport, Mapping[str, bytes]]], run: RunInfo) -> None:
        """Add reports, each with its files.

        Raises:
            StoreError: An address is taken: what is published never changes.
            LockHeld: Another run is writing.
        """
        if not made:
            return
        known = {report.address for report in self.reports}
        if taken := [report.address for report, _ in made if report.address in known]:
            raise StoreError("A published report never changes", hint="say it in catalog/notes.yml", addresses=taken)
        with self.lake.writing():
            transaction = self.lake.transaction(run.today)
            index = pa.Table.from_pylist([{f.name: getattr(r, f.name) for f in _INDEX} for r, _ in made], _INDEX)
            transaction.put_table(INDEX, WHOLE, index, mode="append")
            transaction.put_table(FILES, WHOLE, pa.Table.from_pylist([*_file_rows(made)], _FILES), mode="append")
            transaction.commit(run.created)


def _file_rows(made: Iterable[tuple[FrozenReport, Mapping[str, bytes]]]) -> Iterator[dict[str, object]]:
    for report, files in made:
        for path, content in sorted(files.items()):
            sha = hashlib.sha256(content).hexdigest()
            yield {
                "published": report.published, "address": report.address, "path": path, "sha256": sha,
                "bytes": len(content), "content": content,
            }  # fmt: skip


def create_report_view(
    con: duckdb.DuckDBPyConnection, lake: Lake, manifest: Manifest, *, temporary: bool = False
) -> None:
    """Create `report`: the index of what is published, for the pages that list it.

    Args:
        con: The warehouse, or with `temporary` a connection that only reads it: its own view then stands before the
            warehouse's, which is older than tonight's reports.
        lake: The lake.
        manifest: Its state.
        temporary: See `con`.
    """
    query = typed(_COLUMNS, files_of(lake, manifest, INDEX))
    if temporary:
        con.execute(f"CREATE OR REPLACE TEMP VIEW report AS {query}")
    else:
        make_view(con, "report", query, "Published reports: day of publication, kind, name, address, span, title")
