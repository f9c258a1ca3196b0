"""Where the files of a series answer: addresses that stay, whatever the lake cuts anew.

A part is named by its content and its name dies with the night that changes it. A portal shows it under one that does
not, in place of its own, so that nothing is published twice:

    series/<Metric>.<Entity>.parquet                      what is one file, a list
    series/<Metric>.<Entity>/hasta-2025.parquet           closed years before the portal's first, after the file before
    series/<Metric>.<Entity>/desde-2026.parquet           later ones, up to the file behind
    series/<Metric>.<Entity>/abierto-par-03.parquet       what is corrected yet: of even years (`par`) and odd (`impar`)

A closed file goes on saying what it holds when a year joins it. The names of open years say no year: their rows move to
a closed file when the year closes, and the year after next uses the name again. An address that was published once is
remembered (`series.json`): one that no part stands at any more answers with the rows that its name says, or with none
where it is of an open year.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import PartCorrupt
from pipeline.store import parts as parquet
from pipeline.store.atomic import json_bytes, write_bytes
from pipeline.store.lake import Lake
from pipeline.store.manifest import Manifest, Part
from pipeline.store.segments import FIRST_YEAR, open_since

NAME = "series.json"
FOLDER = "series"
_OPEN, _UNTIL, _SINCE = "abierto", "hasta", "desde"
_NUMBER = re.compile(r"(\.\d+)?-[0-9a-f]{12}$")

Names = Mapping[str, Mapping[str, str]]
"""By series (`Gene.Recurso`): the names of its files, and the periods of the part that each is, if it is one."""


def address(series: str, name: str) -> str:
    """Return where a file of a series answers, below `datos/`."""
    return f"{FOLDER}/{series}{name if not name or name.startswith('.') else f'/{name}'}.parquet"


def is_series(part: Part) -> bool:
    """Return whether a part is of a series or list; the portal's own registers have no lasting address."""
    return not part.metric.startswith("_")


def addresses(manifest: Manifest) -> dict[str, str]:
    """Return where each part is published, below `datos/`, by its path in the lake."""
    first_open = _first_open(manifest)
    return {
        part.path: address(f"{part.metric}.{part.entity}", _name(part, first_open))
        if is_series(part)
        else f"lake/{part.path}"
        for part in manifest.parts
    }


def names(manifest: Manifest) -> dict[str, dict[str, str]]:
    """Return the names of the files of each series, with the periods of each part as its own name says them."""
    first_open = _first_open(manifest)
    found: dict[str, dict[str, str]] = {}
    for part in filter(is_series, manifest.parts):
        found.setdefault(f"{part.metric}.{part.entity}", {})[_name(part, first_open)] = _periods(part)
    return found


def remember(data: Path, manifest: Manifest) -> Names:
    """Note the addresses that are published now beside those that ever were; return all of them.

    Args:
        data: The data folder; `series.json` there is written only when it changes.
        manifest: The state that is published.
    """
    path, now = data / NAME, names(manifest)
    found = {key: dict.fromkeys(known, "") for key, known in _remembered(path).items()}
    for key, own in now.items():
        found[key] = found.get(key, {}) | own
    found = {key: dict(sorted(found[key].items())) for key in sorted(found)}
    if not path.is_file() or path.read_bytes() != json_bytes(found):
        write_bytes(path, json_bytes(found), kind=NAME)
    return found


def left(lake: Lake, manifest: Manifest, known: Names, cache: Path) -> dict[str, Path]:
    """Return what answers at addresses where no part stands any more, by address below `datos/`.

    Args:
        lake: The lake.
        manifest: The state that is published.
        known: Every address that ever was (`remember`).
        cache: Folder of such files, kept between runs.

    Raises:
        PartCorrupt: A part is missing or damaged.
    """
    found: dict[str, Path] = {}
    for key, own in known.items():
        metric, _, entity = key.partition(".")
        parts = manifest.of(metric, entity)
        mark = hashlib.sha256("".join(part.sha256 for part in parts).encode()).hexdigest()
        for name in (name for name, periods in own.items() if not periods):
            path = cache / f"{key}.{name or 'all'}-{mark:.12}.parquet"
            if not path.is_file():
                write_bytes(path, parquet.encode(_rows(lake, parts, name)), durable=False)
            found[address(key, name)] = path
    for path in set(cache.glob("*.parquet")) - set(found.values()):
        path.unlink()
    return found


def _rows(lake: Lake, parts: list[Part], name: str) -> pa.Table:
    """Return the rows of an address that is no part's: those of its years in the part that has them; none if open."""
    if not parts:
        return parquet.SERIES_SCHEMA.empty_table()
    word, _, period = name.partition("-")
    dated = [part for part in parts if part.years]
    if word == _UNTIL:
        around = [part for part in dated if min(part.years) <= period][-1:]
    else:
        around = [part for part in dated if word == _SINCE and max(part.years) >= period][:1]
    if "." in name or not around:  # a slice of what was cut by rows has no days of its own
        return lake.rows(min(parts, key=lambda part: part.bytes)).slice(0, 0)
    rows = lake.joined(part for part in parts if part.years.keys() == around[0].years.keys())
    months = pc.strftime(rows["ts"], "%Y-%m")
    own = pc.utf8_slice_codeunits(months, 0, len(period))
    return rows.filter(pc.less_equal(own, period) if word == _UNTIL else pc.greater_equal(own, period))


def _name(part: Part, first_open: int) -> str:
    number = found[1] or "" if (found := _NUMBER.search(Path(part.path).stem)) else ""
    first, last = min(part.years, default=""), max(part.years, default="")
    if not first:
        return number
    if first_open <= int(first[:4]) <= first_open + 1:
        return f"{_OPEN}-{'impar' if int(first[:4]) % 2 else 'par'}{first[4:]}{number}"
    return f"{_UNTIL}-{last}{number}" if int(last[:4]) < min(first_open, FIRST_YEAR) else f"{_SINCE}-{first}{number}"


def _periods(part: Part) -> str:
    return Path(part.path).stem.rpartition("-")[0]


def _first_open(manifest: Manifest) -> int:
    return open_since(dt.date.fromisoformat(manifest.created[:10])) if manifest.created else dt.MAXYEAR


def _remembered(path: Path) -> Names:
    """Return the addresses that were published before; none where there is no memory of them."""
    try:
        found: Names = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise PartCorrupt(
            f"The memory of published addresses cannot be read: {error}",
            hint="run ./inv restore --from a published portal, or delete it: addresses of the past then end",
            path=path,
        ) from error
    return found
