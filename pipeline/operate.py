"""What the keepers of a portal ask of one that is there: status, verify, restore, mirror, scores."""

from __future__ import annotations

import datetime as dt
import json

from pipeline.catalog.load import load_catalog
from pipeline.core.errors import PartCorrupt, StoreError, UsageError
from pipeline.core.log import progress
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.extract.portal import read_published
from pipeline.flow import Line
from pipeline.store import warehouse
from pipeline.store.lake import Lake, Manifest, Part
from pipeline.store.mirror import mirror

LATE_DAYS = 3  # beyond the usual lag: weekends and holidays move publications
_COUNTED = ("open gaps", "provisional days", "quarantined cells", "strange codes", "differences of catalogue")


def last_line(settings: Settings, today: dt.date | None, since: dt.date | None) -> Line:
    """Return a line on the data that are there; day, span and source as the last build left them.

    Raises:
        StoreError: Nothing was ever built.
    """
    paths = Paths.of(settings)
    with warehouse.connect(paths.warehouse) as con:
        row = con.execute("SELECT today, since, data_source, created FROM run_info").fetchone()
    if row is None:
        raise StoreError("The warehouse does not know its run", hint="run ./inv build")
    run = RunInfo(today or row[0], since or row[1], row[2], row[3])
    return Line(settings, run, paths, load_catalog())


def status_table(settings: Settings) -> str:
    """Return what each series holds and lacks, one a line.

    State, rows, last day, lag and expected lag [days] (`!` where it is late), open gaps, provisional days, quarantined
    cells, strange codes, differences with the catalogue of the source, reason; then the differences themselves.
    """
    with warehouse.connect(Paths.of(settings).warehouse) as con:
        rows = con.execute(
            "SELECT metric || '/' || entity, state, rows, CAST(last_ts AS DATE), lag, expected_lag, gaps, "
            "provisional_days, quarantined, unknown_codes, drift, reason "
            "FROM series_status ORDER BY state DESC, metric, entity"
        ).fetchall()
        drift = con.execute(
            "SELECT concat_ws(' ', kind, metric || '/' || entity, field, was, '→', now, 'since', first_seen) "
            "FROM catalog_drift WHERE last_seen = (SELECT today FROM run_info) ORDER BY 1"
        ).fetchall()
    titles = ("gaps", "prov.", "quar.", "codes", "drift")
    head = f"{'series':<42}{'state':<8}{'rows':>10}  {'last day':<11}{'lag':>5}{'exp.':>6} "
    lines = [head + "".join(f"{title:>7}" for title in titles) + "  reason"]
    for name, state, count, last, lag, expected, *counts, reason in rows:
        late = "!" if lag is not None and lag > expected + LATE_DAYS else " "
        figures = "".join(f"{number:>7}" for number in counts)
        shown = f"{last or '-'!s:<11}{'-' if lag is None else lag:>5}{expected:>6}{late}"
        lines.append(f"{name:<42}{state:<8}{count:>10}  {shown}{figures}  {reason}")
    states = ", ".join(f"{sum(r[1] == s for r in rows)} {s}" for s in ("ok", "empty", "failed"))
    totals = ", ".join(f"{sum(r[6 + n] for r in rows)} {what}" for n, what in enumerate(_COUNTED))
    return "\n".join([*lines, f"{len(rows)} series: {states}; {totals}", *(f"catalogue: {line}" for (line,) in drift)])


def verify_lake(settings: Settings) -> str:
    """Return a line that says all is well.

    Raises:
        PartCorrupt: A file is missing or differs from its hash; all are named.
    """
    lake = Lake(Paths.of(settings).lake)
    faults = lake.verify()
    if faults:
        raise PartCorrupt(
            f"{len(faults)} file(s) of the lake are not what the manifest says: {'; '.join(faults[:10])}",
            hint="run ./inv restore --from a published portal, or delete data/lake and run ./inv validate",
        )
    parts = lake.manifest().parts
    return f"{len(parts)} parts, {sum(p.rows for p in parts)} rows: every hash agrees"


def restore_lake(settings: Settings, origin: str) -> str:
    """Rebuild the lake from a published portal; nothing is put in use before every hash agreed.

    Args:
        settings: Where the lake is.
        origin: Address or folder of a portal (the one that holds `datos/manifest.json`).

    Raises:
        PartCorrupt: A file differs from the manifest.
        SourceUnavailable: The portal cannot be read.
    """
    if not origin:
        raise UsageError("Nowhere to restore from", hint="./inv restore --from https://… or a folder")
    lake = Lake(Paths.of(settings).lake)
    document = json.loads(read_published(origin, "datos/manifest.json"))
    parts = tuple(Part(**entry) for entry in document["parts"])
    with lake.writing():
        for part in progress(parts, len(parts), "restore"):
            lake.adopt(part, read_published(origin, f"datos/lake/{part.path}"))
        lake.put_in_use(Manifest(document["version"], document["parent"], document["created"], parts))
    return f"restored {len(parts)} parts, {sum(p.rows for p in parts)} rows from {origin}"


def mirror_lake(settings: Settings) -> str:
    """Load the lake into PostgreSQL and say what was done."""
    if settings.postgres_url is None:
        raise UsageError("No PostgreSQL to mirror to", hint="set PORTAL_POSTGRES_URL, see .env.example")
    report = mirror(Lake(Paths.of(settings).lake), load_catalog(), settings.postgres_url.get_secret_value())
    return str(report)


def scorecard(settings: Settings) -> str:
    """Return the score of each forecast model per lead: error, coverage, against the naive."""
    with warehouse.connect(Paths.of(settings).warehouse) as con:
        rows = con.execute(
            "SELECT series, model, lead, n, mape, wape, mase, cov80, cov95, published FROM forecast_score "
            "ORDER BY series, lead, mase"
        ).fetchall()
    if not rows:
        raise StoreError("There are no forecasts yet", hint="run ./inv model")
    head = f"{'series':<16}{'model':<22}{'lead':<8}{'n':>5}{'MAPE':>8}{'WAPE':>8}{'MASE':>7}{'c80':>7}{'c95':>7}"

    def cell(value: float | None, width: int, digits: int = 2) -> str:
        return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"

    return "\n".join(
        [head]
        + [
            f"{s:<16}{m:<22}{lead:<8}{n:>5}{cell(mape, 8)}{cell(wape, 8)}{cell(mase, 7)}{cell(c80, 7, 1)}"
            f"{cell(c95, 7, 1)}{'  ← published' if shown else ''}"
            for s, m, lead, n, mape, wape, mase, c80, c95, shown in rows
        ]
    )
