"""What is held back: changes that a person has yet to accept, or has refused, by name. One row a series and day.

The table says how things stand, it is no log: a row goes when the source takes its change back, or when the change
is accepted. So it holds no more than what is in doubt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.catalog.load import Catalog
from pipeline.core.answers import WholeAnswer

TABLE = ("_held", "log")
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("metric", "entity", "version")),
        ("day", pa.date32()),
        *((name, pa.float64()) for name in ("old", "new")),
        *((name, pa.int64()) for name in ("old_count", "new_count")),
        ("reason", pa.string()),
        ("first_seen", pa.date32()),
        ("decision", pa.string()),
    ]
)

Key = tuple[str, str]
Verdict = Literal["accept", "refuse", ""]
Decide = Callable[[str, str, dt.date], Verdict]
"""Metric, entity, day → what a person said of a change that is in doubt; empty when nobody said anything."""


def undecided(_metric: str, _entity: str, _day: dt.date) -> Verdict:
    """Say that nobody decided anything."""
    return ""


def accept_all(_metric: str, _entity: str, _day: dt.date) -> Verdict:
    """Say that a person accepts whatever comes (`--accept-shrink`)."""
    return "accept"


def decided_in(catalog: Catalog) -> Decide:
    """Return what `catalog/corrections.yml` decides; of two entries the later one counts."""
    told = [each for each in catalog.corrections[::-1] if each.decision]

    def decide(metric: str, entity: str, day: dt.date) -> Verdict:
        for each in told:
            named = metric in each.metrics and entity in (each.entities or (entity,))
            if named and (each.start or day) <= day <= (each.end or day):
                return each.decision or ""
        return ""

    return decide


@dataclass(frozen=True)
class Doubt:
    """A day that a commit would change without good reason.

    Attributes:
        day: The day; of a list, that of the run.
        version: Settlement version, in a series that has them.
        old: Total of the day as it is [stored unit]; None where there is none. Of a list: its rows.
        new: Total as the source has it now; None where it has none.
        old_count: Values in `old`.
        new_count: Values in `new`.
        reason: `moved`: a settled day would be another; `shift`: so would most, and then nothing of the answer is
            taken; `withdrawn`: with others of its answer it would lose values; `loss`: rows would be lost.
    """

    day: dt.date
    version: str | None
    old: float | None
    new: float | None
    old_count: int
    new_count: int
    reason: Literal["moved", "shift", "withdrawn", "loss"]


Place = tuple[dt.date, str | None]


class HeldBack:
    """What is held back, as the lake has it and as the changes that are being prepared leave it."""

    def __init__(self, known: pa.Table, decide: Decide, today: dt.date) -> None:
        self.decide, self._today = decide, today
        self._rows: dict[Key, dict[Place, dict[str, object]]] = {}
        self._first: dict[tuple[Key, Place], object] = {}
        for row in known.to_pylist() if known.num_rows else []:
            self._rows.setdefault((row["metric"], row["entity"]), {})[row["day"], row["version"]] = row

    def answered(self, key: Key, rows: pa.Table | None = None, answers: Iterable[WholeAnswer] = ()) -> frozenset[Place]:
        """Forget what was held of the days that came again; of a list, of all. What is in doubt still is added anew.

        Args:
            key: The series or list.
            rows: The rows that came.
            answers: Days of which the source said all that it holds.

        Returns:
            The days of which values were withdrawn and held back.
        """
        known = self._rows.get(key)
        if not known:
            return frozenset()
        places = set(known) if rows is None else _places(rows)
        places |= {place for place in known for answer in answers if answer.has(place[0])}
        gone = {place: known.pop(place) for place in places & known.keys()}
        self._first |= {(key, place): row["first_seen"] for place, row in gone.items()}
        return frozenset(place for place, row in gone.items() if row["reason"] == "withdrawn")

    def add(self, key: Key, doubts: Iterable[Doubt]) -> None:
        """Note what is held back of a series."""
        for doubt in doubts:
            place = doubt.day, doubt.version
            first = self._first.get((key, place), self._today)
            named = {"metric": key[0], "entity": key[1], "first_seen": first}
            self._rows.setdefault(key, {})[place] = asdict(doubt) | named

    def rows(self) -> list[dict[str, object]]:
        """Return what is held back, sorted, each row with what a person decided."""
        return [
            row | {"decision": self.decide(*key, place[0])}
            for key in sorted(self._rows)
            for place, row in sorted(self._rows[key].items(), key=lambda item: (item[0][0], item[0][1] or ""))
        ]

    def table(self) -> pa.Table:
        """Return the table of the lake."""
        return pa.Table.from_pylist(self.rows(), schema=SCHEMA)

    def told(self) -> list[str]:
        """Return one line a series whose changes wait for a person: its days, and the first with old and new value."""
        waiting: dict[str, list[dict[str, object]]] = {}
        for row in self.rows():
            if not row["decision"]:
                waiting.setdefault(f"{row['metric']}/{row['entity']}", []).append(row)
        return [f"{name}: {_told(rows)}" for name, rows in waiting.items()]

    def days(self) -> dict[Key, list[dt.date]]:
        """Return the days to be asked again by series: all but those whose change was refused."""
        kept = {
            key: sorted({day for day, _ in rows if self.decide(*key, day) != "refuse"})
            for key, rows in self._rows.items()
        }
        return {key: days for key, days in kept.items() if days}


def _told(rows: list[dict[str, object]]) -> str:
    row = rows[0]
    version = f" {row['version']}" if row["version"] else ""
    was, now = ("nothing" if row[name] is None else f"{row[name]:.6g}" for name in ("old", "new"))
    more = f" and {len(rows) - 1} more up to {rows[-1]['day']}" if len(rows) > 1 else ""
    return f"{row['day']}{version} from {was} to {now} in {row['new_count']} values ({row['reason']}){more}"


def in_places(rows: pa.Table, places: Collection[Place]) -> pa.ChunkedArray:
    """Say of each row whether its day, and in a series that has versions its version, is one of `places`."""
    inside = pa.chunked_array([pa.repeat(pa.scalar(False), rows.num_rows)])
    days = rows["ts"].cast(pa.date32())
    for version in {version for _, version in places}:
        wanted = pa.array(sorted(day for day, other in places if other == version), pa.date32())
        found = pc.is_in(days, value_set=wanted)
        inside = pc.or_(inside, found if version is None else pc.and_(found, pc.equal(rows["version"], version)))
    return inside


def _places(rows: pa.Table) -> set[Place]:
    """Return the days (and versions) of rows."""
    table = pa.table({"day": rows["ts"].cast(pa.date32())})
    if "version" in rows.column_names:
        table = table.append_column("version", rows["version"])
    found = table.group_by(table.column_names, use_threads=False).aggregate([]).to_pylist()
    return {(row["day"], row.get("version")) for row in found}
