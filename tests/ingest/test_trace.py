"""Every value of a built portal leads back to the reply that said it; what was tampered with is refused by its hop."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import PartCorrupt, UsageError
from pipeline.core.paths import Paths
from pipeline.core.settings import Settings, load_settings
from pipeline.ingest.trace import TracedCell, trace_cell
from pipeline.provenance import trace_value
from pipeline.store import bronze
from pipeline.store.lake import Lake
from pipeline.store.parts import encode
from tests.world import SmallWorld

pytestmark = [pytest.mark.world, pytest.mark.slow]
WALKS = 120
CATALOG = load_catalog()
Asked = tuple[Catalog, Settings, Paths]


def cells(lake: Lake, count: int) -> list[str]:
    """Return values drawn over the series, each as the command takes it."""
    rng = random.Random(14)
    grains = {metric.id: metric.grain for metric in CATALOG.data_metrics()}
    parts = [part for part in lake.manifest().parts if part.metric in grains and part.rows]
    found = []
    for part in rng.choices(parts, k=count):
        (row,) = lake.rows(part).slice(rng.randrange(part.rows), 1).to_pylist()
        hour = f":{row['ts'].hour + 1}" if grains[part.metric] == "hourly" else ""
        found.append(f"{part.metric}/{part.entity}/{row['code']}@{row['ts'].date()}{hour}")
    return found


def asking(paths: Paths) -> Asked:
    """Return what a walk needs of a portal."""
    return CATALOG, load_settings(data_dir=paths.data, build_dir=paths.build), paths


def test_every_walk_ends_at_the_reply_that_said_it(world: SmallWorld) -> None:
    """Over all sources and grains: part and reply are named, and the number stands in the reply as it was sent."""
    asked = asking(world.paths)
    found = [trace_cell(*asked, text) for text in cells(Lake(world.paths.lake), WALKS)]
    assert len({cell.metric for cell in found}) > WALKS / 3
    assert sum(bool(cell.said) for cell in found) > 0.9 * WALKS
    text = trace_value(asked[1], cells(Lake(world.paths.lake), 1)[0])
    assert [line.split()[0] for line in text.splitlines()] == ["value", "lake", "part", "reply", "said"]


def flip(path: Path) -> None:
    """Change one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def flip_part(paths: Paths, cell: TracedCell) -> None:
    """Damage the part."""
    flip(paths.lake / cell.part.path)


def flip_reply(_: Paths, cell: TracedCell) -> None:
    """Damage the reply."""
    flip(cell.reply.path)


def lose_reply(_: Paths, cell: TracedCell) -> None:
    """Take all replies of the series away."""
    shutil.rmtree(cell.reply.path.parents[1])


def forge_value(paths: Paths, cell: TracedCell) -> None:
    """Write another value into the lake, with every hash of the lake made anew."""
    lake = Lake(paths.lake)
    manifest, rows = lake.manifest(), lake.rows(cell.part)
    values = [value + 1 for value in rows["value"].to_pylist()]
    data = encode(rows.set_column(rows.schema.get_field_index("value"), "value", pa.array(values, pa.float64())))
    sha = hashlib.sha256(data).hexdigest()
    forged = replace(cell.part, path=f"{cell.part.path[:-20]}{sha[:12]}.parquet", sha256=sha, bytes=len(data))
    (paths.lake / forged.path).write_bytes(data)
    parts = tuple(forged if part == cell.part else part for part in manifest.parts)
    lake.put_in_use(replace(manifest, version=manifest.version + 1, parts=parts))


def forge_reply(_: Paths, cell: TracedCell) -> None:
    """Put another number into the reply, under a name and a seal that fit."""
    body = bronze._body(cell.reply.path)
    assert body is not None
    body = body.replace(cell.said.encode(), b"1" + cell.said.encode().lstrip(b"-"))
    path = cell.reply.path.with_name(
        cell.reply.path.name.replace(cell.reply.sha12, hashlib.sha256(body).hexdigest()[:12])
    )
    cell.reply.path.unlink()
    path.write_bytes(bronze._sealed(zstandard.compress(body, 1)))


TAMPERS: dict[str, tuple[Callable[[Paths, TracedCell], None], str]] = {
    "part": (flip_part, "Hop cell → part"),
    "reply": (flip_reply, "Hop part → reply: An archived reply is damaged"),
    "no reply": (lose_reply, "Hop part → reply: no archived reply"),
    "value": (forge_value, "Hop part → reply: the part says"),
    "number": (forge_reply, "Hop part → reply"),
}


@pytest.mark.parametrize("tamper", TAMPERS)
def test_what_was_tampered_with_is_refused_by_its_hop(world: SmallWorld, tmp_path: Path, tamper: str) -> None:
    """Whatever is changed, with hashes that fit or without, the walk does not end well."""
    harm, words = TAMPERS[tamper]
    texts = [text for text in cells(Lake(world.paths.lake), WALKS) if not text.startswith(("ONI", "Gene/"))]
    done = set[str]()
    for text in texts:
        cell = trace_cell(*asking(world.paths), text)
        if cell.part.path in done or not cell.said or cell.value == 0 or cell.reply.path.parts[-5] != "xm":
            continue
        home = tmp_path / str(len(done))
        lists = [world.paths.lake / metric.id for metric in CATALOG.lists()]
        for place in (cell.reply.path.parents[1], world.paths.lake / cell.part.metric, *filter(Path.exists, lists)):
            shutil.copytree(place, home / "data" / place.relative_to(world.paths.data))
        for path in [*world.paths.lake.glob("manifest-*"), world.paths.lake / "CURRENT"]:
            shutil.copy(path, home / "data" / "lake" / path.name)
        paths = replace(world.paths, data=home / "data")
        asked = asking(paths)
        harm(paths, trace_cell(*asked, text))
        with pytest.raises(PartCorrupt, match=words):
            trace_cell(*asked, text)
        done.add(cell.part.path)
        if len(done) == 12:
            break
    assert len(done) == 12


def test_what_names_no_value_is_wrong_usage(world: SmallWorld) -> None:
    """A typing error, an hour that no day has, a list, a value that is not there."""
    asked = asking(world.paths)
    for text in (
        "Gene",
        "Nada/Sistema/a@2026-05-01",
        "ListadoRecursos/Sistema/a@2026-05-01",
        "Gene/Sistema/Sistema@2026-05-01:25",
        "Gene/Sistema/Sistema@2026-13-01",
        "Gene/Sistema/Sistema@1999-01-01:1",
    ):
        with pytest.raises(UsageError):
            trace_cell(*asked, text)
