"""An address of a series that was published once answers for ever: over years of nights, compaction, and a restore."""

from __future__ import annotations

import datetime as dt
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipeline.core.errors import PartCorrupt
from pipeline.store import series_files, transaction
from pipeline.store.lake import Lake
from pipeline.store.manifest import Manifest, Part
from pipeline.store.parts import ROW_SCHEMA, read, sha256
from pipeline.store.retention import Keep

START = dt.date(2025, 11, 3)
NIGHTS = [START + dt.timedelta(days=11 * n) for n in range(52)]  # two New Years, and the closing of two years
PAST = [dt.date(2025, 6, 1), dt.date(2024, 9, 1), dt.date(2023, 1, 1), dt.date(2022, 6, 1)]  # as it is brought
CODES = {"Gene": 4, "DemaReal": 1, "PrecBolsNaci": 1}
MOST_TWICE = 0.25
Life = tuple[Path, list[set[str]], list[dict[str, str]]]


def rows(first: dt.date, days: int, codes: int, seed: int) -> pa.Table:
    """Return hourly rows of some codes."""
    at = np.arange(days * 24).astype("timedelta64[h]") + np.datetime64(first, "ms")
    value = np.random.default_rng(seed).normal(9.0, 2.0, codes * len(at)).round(3)
    names = np.repeat([f"C{n:02d}" for n in range(codes)], len(at)).tolist()
    columns = [names, np.tile(at, codes), value, ["ok"] * len(value)]
    return pa.Table.from_arrays([pa.array(each) for each in columns], schema=ROW_SCHEMA)


def shown(home: Path, lake: Lake) -> dict[str, Path]:
    """Return what a publication has below `datos/`, by address."""
    manifest = lake.manifest()
    known = series_files.remember(home, manifest)
    where = series_files.addresses(manifest)
    own = {where[part.path]: lake.path(part) for part in manifest.parts}
    assert len(own) == len(manifest.parts), "two parts at one address"
    past = series_files.left(lake, manifest, known, home / "left")
    assert not set(own) & set(past)
    return own | past


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """A portal of three series and a list that lives a year and a half: addresses and hashes of each night."""
    home = tmp_path_factory.mktemp("life")
    lake, seen, hashes = Lake(home / "lake", Keep(2, 0)), list[set[str]](), list[dict[str, str]]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transaction, "ROWS_PER_PART", 40_000)
        for number, today in enumerate(NIGHTS):
            with lake.writing():
                change = lake.transaction(today)
                for metric, codes in CODES.items():
                    change.upsert(metric, "Sistema", rows(today - dt.timedelta(days=11), 11, codes, number))
                    if number < len(PAST):
                        last = START - dt.timedelta(days=11) if number == 0 else PAST[number - 1]
                        change.upsert(
                            metric, "Sistema", rows(PAST[number], (last - PAST[number]).days, codes, -number + 9)
                        )
                listed = {"metric": ["Lista"], "entity": ["Sistema"], "code": ["A"], "name": [f"a{number}"]}
                change.put_table("Lista", "Sistema", pa.table(listed))
                change.put_table("_register", "all", pa.table({"n": [number]}))
                change.commit(dt.datetime.combine(today, dt.time(5, 40)))
            tree = shown(home, lake)
            hashes.append({name: sha256(path) for name, path in tree.items()})
            seen.append(set(tree))
    return home, seen, hashes


def test_no_address_is_ever_lost(life: Life) -> None:
    """Whatever was published on any night before answers on every later one, but for the portal's own registers."""
    _, seen, _ = life
    ever = set[str]()
    for night in seen:
        assert {name for name in ever if not name.startswith("lake/_")} <= night
        ever |= night
    assert {"series/Lista.Sistema.parquet", "series/Gene.Sistema/abierto-par-03.parquet"} <= ever
    assert {"series/Gene.Sistema/hasta-2025.parquet", "series/Gene.Sistema/desde-2026.parquet"} <= ever
    assert {"series/PrecBolsNaci.Sistema/hasta-2025.parquet", "series/Gene.Sistema/abierto-impar-11-2.parquet"} <= ever


def test_the_files_that_have_periods_hold_the_series_once(life: Life) -> None:
    """As `series.json` tells a reader: no row twice and none left out; what says no period holds what its name says."""
    home, seen, _ = life
    lake = Lake(home / "lake")
    tree, known = shown(home, lake), series_files.remember(home, lake.manifest())
    vacant = 0
    for metric in CODES:
        whole = lake.read(metric, "Sistema")
        key = f"{metric}.Sistema"
        files = {name: read(tree[series_files.address(key, name)]) for name in known[key]}
        mine = pa.concat_tables([files[name] for name, periods in known[key].items() if periods])
        assert mine.sort_by([("code", "ascending"), ("ts", "ascending")]).equals(
            whole.sort_by([("code", "ascending"), ("ts", "ascending")])
        )
        for name, periods in known[key].items():
            if not periods:
                vacant += 1
                first, last = pc.min_max(files[name]["ts"]).as_py().values()
                word, _, period = name.partition("-")
                assert {"abierto": not first, "hasta": last and f"{last:%Y-%m}"[: len(period)] == period}[word]
                assert files[name].schema.names == whole.schema.names
    assert vacant > len(CODES)
    assert seen[-1] == set(tree)


def test_little_is_published_twice_and_little_is_written(life: Life) -> None:
    """What no part is weighs less than a quarter of the lake; a night writes its new parts and seldom anything else."""
    home, _, hashes = life
    lake = Lake(home / "lake")
    tree = shown(home, lake)
    own = set(series_files.addresses(lake.manifest()).values())
    weights = {name: path.stat().st_size for name, path in tree.items()}
    assert sum(w for name, w in weights.items() if name not in own) < MOST_TWICE * sum(weights[name] for name in own)
    empty = {sha256(path) for path in tree.values() if not read(path).num_rows}
    moved = sum(
        before.get(name) != sha and sha in set(before.values()) - empty
        for before, after in pairwise(hashes)
        for name, sha in after.items()
    )
    assert moved < len(hashes), "what was there already seldom comes to another address"


def test_a_restored_portal_has_the_same_addresses(life: Life, tmp_path: Path) -> None:
    """The memory of addresses comes with the backup; parts and what stands for others are the same bytes."""
    home, _, hashes = life
    shutil.copytree(home / "lake", tmp_path / "lake")
    shutil.copy(home / series_files.NAME, tmp_path / series_files.NAME)
    assert {name: sha256(path) for name, path in shown(tmp_path, Lake(tmp_path / "lake")).items()} == hashes[-1]


def part(path: str, *years: str) -> Part:
    """Return a part of a name."""
    metric, entity, _ = path.split("/")
    return Part(metric, entity, path, 1, 1, "0" * 64, None, None, dict.fromkeys(years, 1))


def test_names_say_what_they_hold() -> None:
    """Years closed and open, months, thirds, slices, lists, registers, and years to come."""
    sha = "0123456789ab"
    parts = {
        f"Gene/Sistema/2018-2024-{sha}.parquet": ("2018 2024", "series/Gene.Sistema/hasta-2024.parquet"),
        f"Gene/Sistema/2025.001-{sha}.parquet": ("2025", "series/Gene.Sistema/hasta-2025.001.parquet"),
        f"Gene/Sistema/2026-01-2026-02-{sha}.parquet": (
            "2026-01 2026-02",
            "series/Gene.Sistema/abierto-par-01.parquet",
        ),
        f"Gene/Sistema/2026-05-3-{sha}.parquet": ("2026-05-3", "series/Gene.Sistema/abierto-par-05-3.parquet"),
        f"Gene/Sistema/2027-01-{sha}.parquet": ("2027-01", "series/Gene.Sistema/abierto-impar-01.parquet"),
        f"Gene/Sistema/2028-01-{sha}.parquet": ("2028-01", "series/Gene.Sistema/desde-2028-01.parquet"),
        f"Lista/Sistema/all-{sha}.parquet": ("", "series/Lista.Sistema.parquet"),
        f"Lista/Sistema/all.001-{sha}.parquet": ("", "series/Lista.Sistema.001.parquet"),
        f"_score/daily/all-{sha}.parquet": ("", f"lake/_score/daily/all-{sha}.parquet"),
    }
    known = tuple(part(path, *years.split()) for path, (years, _) in parts.items())
    manifest = Manifest(1, None, "2026-05-20T05:40:00", known)
    assert series_files.addresses(manifest) == {path: address for path, (_, address) in parts.items()}
    closed = part(f"Gene/Sistema/2026-{sha}.parquet", "2026")
    later = Manifest(1, None, "2027-04-02T05:40:00", (closed,))
    assert series_files.addresses(later) == {closed.path: "series/Gene.Sistema/desde-2026.parquet"}


def test_a_series_that_went_still_answers_and_a_damaged_memory_is_refused(tmp_path: Path) -> None:
    """Of a metric without parts comes an empty table; a memory that cannot be read must not end addresses unsaid."""
    lake = Lake(tmp_path / "lake")
    known = {"Gene.Sistema": {"hasta-2018": "", "abierto-par-01": ""}}
    found = series_files.left(lake, Manifest(1, None, "2026-05-20T05:40:00"), known, tmp_path / "left")
    assert {name: read(path).num_rows for name, path in found.items()} == {
        "series/Gene.Sistema/hasta-2018.parquet": 0,
        "series/Gene.Sistema/abierto-par-01.parquet": 0,
    }
    (tmp_path / series_files.NAME).write_text("{")
    with pytest.raises(PartCorrupt, match="memory of published addresses"):
        series_files.remember(tmp_path, lake.manifest())
