"""The chain of published forecasts: each day's issue has a digest in which that of the issue before it goes.

Whoever kept one digest can tell later that no forecast up to that day has been changed, left out or added since: before
its target, a forecast cannot know it. The digest of a day is the SHA-256 of the digest before it (of nothing, for the
first), a line break, and the rows of that day as CSV with the columns `COLUMNS`, in their order. A second run on the
same day makes the link of that day anew; it is closed when the next day hangs on it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.catalog.forecast_frames import VALUE
from pipeline.store.lake import Lake, Manifest

CHAIN, WHOLE = "_forecast_chain", "all"
COLUMNS = {
    "series": pa.string(), "model": pa.string(), "scenario": pa.string(), "origin": pa.date32(), "h": pa.int32(),
    "target": pa.timestamp("s"), "mean": pa.float64(), "lo80": pa.float64(), "hi80": pa.float64(),
    "lo95": pa.float64(), "hi95": pa.float64(),
}  # fmt: skip
"""What a digest covers; also the order of its rows, as far as `target`."""
LINK = pa.schema([("issued", pa.date32()), ("rows", pa.int64()), ("digest", pa.string())])
_ISSUED = {"issued": pa.date32(), **COLUMNS}


def chained(lake: Lake, manifest: Manifest, made: Iterable[pa.Table]) -> pa.Table | None:
    """Return the chain with the links of the days that rows are issued on, or None where none are.

    A lake that has forecasts and no chain yet gets the links of all its days.

    Args:
        lake: The lake.
        manifest: Its state before tonight's rows.
        made: Rows of ``forecast_value`` to be kept tonight.
    """
    fresh = _issued(made)
    if not fresh.num_rows:
        return None
    links = lake.read(CHAIN, WHOLE, manifest)
    if not links.num_rows:
        return _links(LINK.empty_table(), pa.concat_tables([_kept(lake, manifest), fresh]))
    first = pc.min(fresh["issued"])
    closed = links.filter(pc.less(links["issued"], first))
    again = _kept(lake, manifest, first.as_py().isoformat())
    young = again.filter(pc.greater_equal(again["issued"], first))
    return _links(closed, pa.concat_tables([young, fresh]))


def broken(lake: Lake) -> list[str]:
    """Return what does not agree with the chain, the first day of it; nothing where all does, or no chain is kept."""
    manifest = lake.manifest()
    links = lake.read(CHAIN, WHOLE, manifest)
    if not links.num_rows:
        return []
    found = _links(LINK.empty_table(), _kept(lake, manifest))
    kept, now = ({row["issued"]: row for row in table.to_pylist()} for table in (links, found))
    for day in sorted(kept.keys() | now.keys()):
        if kept.get(day) != now.get(day):
            return [f"forecasts issued on {day} are not those whose digest was published"]
    return []


def _links(before: pa.Table, rows: pa.Table) -> pa.Table:
    """Hang one link for each day of some rows on the links before."""
    last = before["digest"][-1].as_py() if before.num_rows else ""
    made = []
    for day in sorted(pc.unique(rows["issued"]).to_pylist()):
        of_day = rows.filter(pc.equal(rows["issued"], pa.scalar(day, pa.date32())))
        last = _digest(last, of_day)
        made.append({"issued": day, "rows": of_day.num_rows, "digest": last})
    return pa.concat_tables([before.select(LINK.names).cast(LINK), pa.Table.from_pylist(made, LINK)])


def _digest(previous: str, rows: pa.Table) -> str:
    keys = [(name, "ascending") for name in ("series", "model", "scenario", "origin", "h", "target")]
    sink = io.BytesIO()
    csv.write_csv(rows.select(list(COLUMNS)).sort_by(keys), sink)
    return hashlib.sha256(f"{previous}\n".encode() + sink.getvalue()).hexdigest()


def _kept(lake: Lake, manifest: Manifest, since: str = "") -> pa.Table:
    """Live rows of the lake, at least those issued since a day; parts of a log end on their last day of issue."""
    parts = (part for part in manifest.parts if part.metric == f"_{VALUE}" and part.rows)
    return _issued(lake.rows(part) for part in parts if not part.max_ts or part.max_ts[:10] >= since)


def _issued(tables: Iterable[pa.Table]) -> pa.Table:
    """Rows that were published, with the columns of the chain; those that an older part lacks are null."""
    found = [pa.schema(_ISSUED.items()).empty_table()]
    for table in tables:
        live = table.filter(pc.equal(table["run_kind"], "live"))
        columns = {
            name: live[name].cast(kind) if name in live.column_names else pa.nulls(live.num_rows, kind)
            for name, kind in _ISSUED.items()
        }
        columns["scenario"] = pc.fill_null(columns["scenario"], "")
        found.append(pa.table(columns))
    return pa.concat_tables(found, promote_options="default")
