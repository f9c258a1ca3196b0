"""Facts: the only figures a text may hold, computed in SQL and formatted once.

Source: the DuckDB view `facts(board, id, label, value, unit, decimals, day, quality, kind, metrics)`
(`pipeline/views/facts/facts.sql`). Narrators, human or model, never compute: a change, a share or a
record that is not a row of that view cannot be written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from pipeline.catalog.value_states import open_states
from pipeline.core import spanish
from pipeline.core.errors import NarrativeError

Direction = Literal["up", "down", "flat"]
Aspect = Literal["", "dia", "mes", "nombre"]

FACT_ID = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
# A label outside this alphabet (mark-up, links, control characters) never reaches a prompt.
SAFE_LABEL = re.compile(r"^[A-Za-zÁÉÍÓÚÜÑáéíóúüñ0-9 .,()/%+-]{2,80}$")
_BASE = re.compile(r"_vs_(day|week|month|year)$")
# How a difference of percentages may be called in the view; texts say «puntos».
POINTS = frozenset({"puntos", "p.p.", "pp"})
_COLUMNS = "id, label, value, unit, decimals, day, quality, kind, metrics"


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of one board.

    Attributes:
        board: Slug of the board.
        id: Name used in placeholders, unique in the board.
        label: What it is, a short Spanish noun phrase.
        value: The figure [unit]; signed for changes.
        unit: Stored unit, or `puntos` for a difference of percentages.
        decimals: Decimals shown.
        day: Day (or first day of the month) the figure belongs to.
        quality: its state (`catalog/value_states`).
        kind: `level`, `share` (part of a whole) or `change` (signed difference).
        metrics: Metric ids it was computed from.
    """

    board: str
    id: str
    label: str
    value: float
    unit: str
    decimals: int
    day: dt.date
    quality: str
    kind: str
    metrics: tuple[str, ...]

    @property
    def provisional(self) -> bool:
        """True when the source may still change the figure."""
        return self.quality in open_states()

    @property
    def is_change(self) -> bool:
        """True when the sign of the value is its message."""
        return self.kind == "change"

    @property
    def base(self) -> str:
        """What a change is measured against: `day`, `week`, `month`, `year`; '' for other facts."""
        match = _BASE.search(self.id)
        return match.group(1) if match and self.is_change else ""

    @property
    def root(self) -> str:
        """Id of the level a change is a change of."""
        return _BASE.sub("", self.id)

    @property
    def extreme(self) -> str:
        """`max` or `min` when the figure is an extreme or its hour, else ''."""
        names = set(self.id.split("_"))
        return "" if self.is_change else "max" if names & {"max", "peak"} else "min" if "min" in names else ""

    @property
    def is_hour(self) -> bool:
        """True when the figure is an hour of the day (hour-starting, Bogotá)."""
        return self.unit == "h"

    @property
    def direction(self) -> Direction:
        """Way of a change, judged on the figure as shown: a change that prints as zero is flat."""
        shown = round(self.value, self.decimals)
        return "flat" if shown == 0 else "up" if shown > 0 else "down"

    @property
    def display(self) -> str:
        """The figure in es-CO with its unit; a change without sign, because words carry the direction."""
        if self.is_hour:
            return f"{self.value:.0f}:00"
        value = abs(self.value) if self.is_change else self.value
        unit = "puntos" if self.unit in POINTS else self.unit
        return spanish.quantity(value, unit, self.decimals)

    @property
    def safe_label(self) -> bool:
        """True when the label may be shown to a model."""
        return SAFE_LABEL.match(self.label) is not None

    def show(self, aspect: Aspect = "", *, opens: bool = False) -> str:
        """Return the text that replaces a placeholder: the figure, its date, its month or its name.

        Args:
            aspect: What of the fact.
            opens: True where a sentence starts; elsewhere a name loses the capital of a common noun.
        """
        match aspect:
            case "dia":
                return spanish.long_date(self.day)
            case "mes":
                return spanish.month(self.day)
            case "nombre":
                common = self.label[:1].isupper() and self.label[1:2].islower()
                return self.label[:1].lower() + self.label[1:] if common and not opens else self.label
            case _:
                return self.display

    def canonical(self) -> dict[str, object]:
        """Return the fact as plain JSON values, in a fixed order, for hashes and the audit on the page."""
        return {
            "id": self.id,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "display": self.display,
            "day": self.day.isoformat(),
            "quality": self.quality,
            "kind": self.kind,
            "metrics": list(self.metrics),
        }


def canonical_json(facts: Sequence[Fact]) -> str:
    """Return `facts` as canonical JSON: sorted by id, keys sorted, no spaces, UTF-8."""
    rows = [fact.canonical() for fact in sorted(facts, key=lambda fact: fact.id)]
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def facts_hash(facts: Sequence[Fact]) -> str:
    """Return the sha256 of `canonical_json(facts)`."""
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


def read_facts(con: duckdb.DuckDBPyConnection, board: str) -> tuple[Fact, ...]:
    """Return the facts of `board`, in the order of the view; rows without a value are absent.

    Args:
        con: Connection to the warehouse.
        board: Slug.

    Raises:
        NarrativeError: Two facts share an id, or a row breaks the contract of the view.
    """
    try:
        rows = con.execute(f"SELECT {_COLUMNS} FROM facts WHERE board = ?", [board]).fetchall()
    except duckdb.CatalogException as error:
        raise NarrativeError(
            "The warehouse has no view `facts`", hint="run ./inv build, which makes it", board=board
        ) from error
    facts: dict[str, Fact] = {}
    for row in rows:
        fact = _fact(board, row)
        if fact is None:
            continue
        if fact.id in facts:
            raise NarrativeError(
                "Two facts share an id", hint="mend pipeline/views/facts/facts.sql", board=board, id=fact.id
            )
        facts[fact.id] = fact
    return tuple(facts.values())


def _fact(board: str, row: tuple[object, ...]) -> Fact | None:
    """Return the row as a fact, or None when it has no value or no day."""
    identity, label, value, unit, decimals, day, quality, kind, metrics = row
    if value is None or day is None or not math.isfinite(float(str(value))):
        return None
    if not isinstance(identity, str) or not FACT_ID.match(identity) or not isinstance(day, dt.date):
        raise NarrativeError(
            "A row of the view `facts` breaks its contract",
            hint="id: a-z, 0-9 and _; day: DATE (pipeline/views/facts/facts.sql)",
            board=board,
            id=identity,
        )
    unit_text = str(unit or "")
    return Fact(
        board=board,
        id=identity,
        label=" ".join(str(label or "").split()),
        value=float(str(value)),
        unit=unit_text,
        decimals=spanish.unit_decimals(unit_text) if decimals is None else int(str(decimals)),
        day=day.date() if isinstance(day, dt.datetime) else day,
        quality=str(quality or "ok"),
        kind=str(kind or "level"),
        metrics=_names(metrics),
    )


def _names(value: object) -> tuple[str, ...]:
    """Return metric ids from a SQL list or from comma-separated text."""
    if value is None:
        return ()
    parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return tuple(name for name in (str(part).strip() for part in parts) if name)
