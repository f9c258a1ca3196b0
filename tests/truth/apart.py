"""Inputs that need no night of their own: a published file that is lost (D14), the layout of real replies (D18)."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from pathlib import Path
from typing import Final

from pipeline.core.errors import PipelineError
from pipeline.core.settings import load_settings
from pipeline.ingest.restoring import restore_lake
from pipeline.ingest.sources.xm_reply import parse
from pipeline.store.lake import Lake
from pipeline.store.series_files import addresses
from tests.truth.cases import TONIGHT
from tests.truth.house import DAY, Published, declared, live

LOST: Final = ("PrecBolsNaci", "Sistema")
PLANTS, DAYS, SLOWER = 350, 31, 2.0


def lost_part(portal: Published, home: Path) -> list[str]:
    """Return what is wrong with a portal that is restored from one whose file of `LOST` is gone, and its next night."""
    origin = home / "published"
    shutil.copytree(portal.site / "datos", origin / "datos")
    manifest = Lake(portal.home / "data" / "lake").manifest()
    gone = [origin / "datos" / addresses(manifest)[part.path] for part in manifest.of(*LOST)]
    for path in gone:
        path.unlink()
    settings = load_settings(data_dir=home / "data", build_dir=home / "build")
    try:
        said = restore_lake(settings, str(origin))
    except PipelineError as error:
        return [f"nothing is restored: {error}"[:300]]
    found = [] if LOST[0] in said else [f"the restore does not name {LOST[0]}: {said}"]
    kept = {part.metric for part in Lake(home / "data" / "lake").manifest().parts}
    missing = {part.metric for part in Lake(portal.home / "data" / "lake").manifest().parts} - kept - {LOST[0]}
    found += [f"not restored: {', '.join(sorted(missing))}"] * bool(missing)
    night = live(home, [(TONIGHT + DAY, "")], run=lambda line: line.ingest())
    was = Lake(portal.home / "data" / "lake").read(*LOST).num_rows
    now = Lake(home / "data" / "lake").read(*LOST).num_rows
    found += [f"{LOST[0]} has {now} rows after a night, {was} before it was lost"] * (now < was)
    return found + [f"the night ends with {night.codes}"] * (night.codes != (0,))


def reply(*, apart: bool) -> bytes:
    """Return a month of hourly values of many plants.

    Args:
        apart: An item per date and plant, as XM sends it; otherwise one per date.
    """
    items = []
    for number in range(DAYS):
        day = dt.date(2024, 3, 1) + number * DAY
        entries = [
            {
                "Id": "Recurso",
                "Values": {"code": f"P{n:03d}", **{f"Hour{h:02d}": f"{n * 10 + h}.5" for h in range(1, 25)}},
            }
            for n in range(PLANTS)
        ]
        groups = [[entry] for entry in entries] if apart else [entries]
        items += [{"Date": day.isoformat(), "HourlyEntities": group} for group in groups]
    return json.dumps({"Items": items}).encode()


def layouts_differ() -> list[str]:
    """Return how the layout of real replies differs from the other: in rows, or in time by more than `SLOWER`."""
    gene, first = declared().metrics["Gene"], dt.date(2024, 3, 1)
    rows, seconds = [], []
    for body in (reply(apart=True), reply(apart=False)):
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            parsed = parse(body, gene, "Recurso", first, first + (DAYS - 1) * DAY)
            best = min(best, time.process_time() - started)
        rows.append(parsed.rows)
        seconds.append(best)
    found = [] if rows[0].sort_by("code").equals(rows[1].sort_by("code")) else ["rows differ"]
    slower = seconds[0] / seconds[1]
    return found + [f"{slower:.1f} times slower"] * (slower > SLOWER)
