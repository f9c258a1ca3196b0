"""A night in small: replies are archived, parsed, merged and committed, and what was asked is written down.

The same steps as `pipeline.ingest`, over the same store, without a source: what the fault runs kill, cut and break.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipeline.store.atomic import checkpoint, sweep, write_json
from pipeline.store.bronze import Bronze
from pipeline.store.lake import Lake, Transaction
from pipeline.store.manifest import Manifest
from pipeline.store.parts import ROW_SCHEMA

FIRST = dt.date(2023, 12, 1)
LOG_SCHEMA = pa.schema([("code", pa.string()), ("seen", pa.date32())])


@dataclass(frozen=True)
class Night:
    """One run of a small portal.

    Attributes:
        home: Folder of bronze, lake and ingest.json.
        turn: Which night it is, from 1. Each brings a day, and revises one value of the day before.
        series: How many series there are.
    """

    home: Path
    turn: int
    series: int = 3

    @property
    def lake(self) -> Lake:
        """The lake of this portal."""
        return Lake(self.home / "lake")

    @property
    def bronze(self) -> Bronze:
        """The archive of this portal."""
        return Bronze(self.home / "bronze")

    @property
    def today(self) -> dt.date:
        """Day of the run."""
        return FIRST + dt.timedelta(days=30 + self.turn)

    def run(self) -> Manifest:
        """Ask (nobody), archive, parse, merge, commit, remember."""
        with self.lake.writing():
            self.bronze.sweep()
            sweep(self.home)
            transaction = self.lake.transaction(self.today)
            for number in range(self.series):
                ref = self.bronze.put("xm", f"Metric{number}", "Sistema", self._window, self.today, self._body(number))
                transaction.upsert(ref.metric, ref.entity, rows_of(self.bronze.get(ref)))
            self._tables(transaction)
            self.bronze.settle()
            manifest = transaction.commit(dt.datetime.combine(self.today, dt.time(5, 40)))
            checkpoint("before ingest.json")
            write_json(self.home / "ingest.json", {"asked": self.today.isoformat()}, kind="ingest.json")
            checkpoint("after ingest.json")
        return manifest

    def replay(self) -> Manifest:
        """Rebuild what is damaged from the archive."""
        with self.lake.writing():
            transaction = self.lake.transaction(self.today, repair=True)
            for number in range(self.series):
                for ref in self.bronze.newest("xm", f"Metric{number}", "Sistema"):
                    transaction.upsert(ref.metric, ref.entity, rows_of(self.bronze.get(ref)))
            return transaction.commit(dt.datetime.combine(self.today, dt.time(5, 40)))

    @property
    def _window(self) -> tuple[dt.date, dt.date]:
        return FIRST, FIRST + dt.timedelta(days=60)

    def _body(self, number: int) -> bytes:
        days = 30 + self.turn
        values = [[day, 100.0 * (number + 1) + day] for day in range(days)]
        if self.turn > 1:
            values[-3][1] += 0.5
        return json.dumps(values).encode()

    def _tables(self, transaction: Transaction) -> None:
        codes = [f"P{i}" for i in range(10 + self.turn)]
        transaction.put_table("ListadoRecursos", "Sistema", pa.table({"code": codes}))
        known = transaction.read("_quarantine", "log")
        if not known.num_rows or self.today not in known["seen"].to_pylist():
            fresh = pa.table({"code": ["X"], "seen": pa.array([self.today], pa.date32())})
            transaction.put_table("_quarantine", "log", fresh, mode="append")

    def tree(self) -> dict[str, bytes]:
        """Return every file of the portal by its path, but for the lock."""
        return {
            path.relative_to(self.home).as_posix(): path.read_bytes()
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and path.name != ".lock"
        }


def rows_of(body: bytes) -> pa.Table:
    """Parse a reply of the night."""
    values = json.loads(body)
    stamps = [dt.datetime.combine(FIRST, dt.time()) + dt.timedelta(days=day) for day, _ in values]
    columns = [["Sistema"] * len(values), stamps, [value for _, value in values], ["ok"] * len(values)]
    return pa.table(dict(zip(ROW_SCHEMA.names, columns, strict=True)), schema=ROW_SCHEMA)


def check(home: Path, turn: int, states: dict[str, str], *, series: int = 3) -> str:
    """Return what is wrong with a portal after a fault in night `turn`; empty when nothing is.

    Args:
        home: The portal.
        turn: The night the fault fell into.
        states: Content of the states it may be in: fingerprint → `old` or `new`.
        series: How many series there are.
    """
    night = Night(home, turn, series)
    manifest = night.lake.manifest()
    if manifest.fingerprint() not in states:
        return "neither the old state nor the new one"
    if faults := night.lake.verify():
        return f"verify: {faults}"
    for metric, entity in manifest.keys():  # noqa: SIM118 - a method of ours
        night.lake.read(metric, entity)
    return ""
