"""A code that comes under another name is not counted twice; the rename is proposed with evidence, never applied."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import yaml

from pipeline.catalog.load import HERE, Catalog, load_catalog
from pipeline.catalog.schema import Alias
from pipeline.core.errors import CatalogError
from pipeline.ingest.renames import TABLE
from pipeline.store import warehouse
from pipeline.store.lake import Lake
from tests.ingest.fake import House
from tests.ingest.test_withdrawn import DAY, NIGHT, ForgettingXm, home, log, replayed, there, xm

__all__ = ["home", "xm"]
NEW = "AMANI NUEVO"
FIRST = dt.date(2026, 4, 1)  # of the windows that a night asks again


def proposals(house: House) -> list[dict[str, object]]:
    """Return what is proposed."""
    table = house.lake.read(*TABLE)
    return table.to_pylist() if table.num_rows else []


def test_a_renamed_river_counts_once_and_is_proposed(home: House, xm: ForgettingXm, tmp_path: Path) -> None:
    """45 days are issued anew under another code: the old rows go there, the past stays, nobody is asked."""
    before = there(home, "AporCaudal", "Rio")
    xm.rivers = ("BATA", "NARE NUEVO")
    report = home.night(NIGHT)
    after = there(home, "AporCaudal", "Rio")
    assert report.held_back == []
    shared = {ts for _, ts in before}
    assert {ts: sum(t == ts for _, t in after) for ts in shared} == dict.fromkeys(shared, 2)
    assert {ts.date() for code, ts in after if code == "NARE"} == {ts.date() for ts in shared if ts.date() < FIRST}
    gone = [row for row in log(home) if row["new"] is None]
    assert {row["code"] for row in gone} == {"NARE"}
    assert len(gone) == report.rows_withdrawn == len({ts for ts in shared if ts.date() >= FIRST})
    (row,) = proposals(home)
    assert (row["entity"], row["old"], row["new"]) == ("Rio", "NARE", "NARE NUEVO")
    assert (row["until"], row["since"], row["first_seen"]) == (FIRST - DAY, FIRST, NIGHT)
    assert row["compared"] == row["alike"] == len(gone)
    assert row["level_old"] == row["level_new"] == 12.5
    (line,) = report.renames
    assert "Rio NARE → NARE NUEVO: AporCaudal" in line
    (entry,) = yaml.safe_load(line.partition("aliases.yml: ")[2])
    alias = Alias.model_validate(entry)
    assert (alias.entity, alias.old, alias.new, alias.since) == ("Rio", "NARE", "NARE NUEVO", FIRST)
    assert home.night(NIGHT + DAY).renames == [line]
    replayed(home, tmp_path, NIGHT + DAY)
    answer = {"id": "x", "entity": "Rio", "old": "NARE", "new": "NARE NUEVO", "text": "No.", "source": "Acta 1"}
    xm.catalog = dataclasses.replace(xm.catalog, aliases=(Alias.model_validate(answer | {"same": False}),))
    assert home.night(NIGHT + 2 * DAY).renames == []


def test_a_code_that_only_begins_is_no_rename(home: House, xm: ForgettingXm) -> None:
    """Another one has to end for it."""
    xm.rivers = ("BATA", "NARE", "OTRO")
    assert home.night(NIGHT).renames == []
    assert proposals(home) == []


def lake_of(tmp_path: Path) -> Lake:
    """Return a lake in which a reservoir goes by two names, one day by both, and the list knows the old one only."""
    lake = Lake(tmp_path / "lake")
    told = [
        ("MIEL I", 1, 10.0),
        ("MIEL I", 2, 11.0),
        ("AMANI NUEVO", 2, 12.0),
        ("AMANI NUEVO", 3, 13.0),
        ("BETANIA", 3, 5.0),
    ]
    rows = pa.table(
        {
            "code": [code for code, _, _ in told],
            "ts": pa.array([dt.datetime(2024, 5, day) for _, day, _ in told], pa.timestamp("ms")),
            "value": [value for *_, value in told],
            "quality": ["ok"] * len(told),
        }
    )
    listed = {
        "entity": ["Sistema"] * 2, "code": ["MIEL I", "BETANIA"], "name": ["MIEL I", "BETANIA"],
        "ts": pa.array([dt.datetime(2024, 5, 3)] * 2, pa.timestamp("ms")), "region": ["CENTRO", "CENTRO"],
    }  # fmt: skip
    with lake.writing():
        transaction = lake.transaction(dt.date(2024, 5, 6))
        transaction.upsert("VoluUtilDiarEner", "Embalse", rows)
        transaction.put_table("ListadoEmbalses", "Sistema", pa.table(listed))
        transaction.commit(dt.datetime(2024, 5, 6, 5, 40))
    return lake


def aliases(*pairs: tuple[str, str]) -> tuple[Alias, ...]:
    """Return declarations of renamed reservoirs."""
    entry = {"entity": "Embalse", "text": "Es el mismo embalse.", "source": "Acta 1"}
    return tuple(
        Alias.model_validate(entry | {"id": f"a{n}", "old": old, "new": new}) for n, (old, new) in enumerate(pairs)
    )


def test_a_declared_rename_joins_both_where_they_are_read(tmp_path: Path, catalog: Catalog) -> None:
    """One history, nothing twice, the new code's own value where both have one; the list speaks of the new code."""
    lake = lake_of(tmp_path)
    small = dataclasses.replace(
        catalog,
        metrics={name: catalog.metrics[name] for name in ("VoluUtilDiarEner", "ListadoEmbalses")},
        headlines={}, forecasts=(), boards={},
        aliases=aliases(("MIEL I", "AMANI"), ("AMANI", NEW)),
    )  # fmt: skip
    con = duckdb.connect()
    warehouse.create_views(con, small, lake, lake.manifest(), dt.date(2026, 11, 22))
    found = con.sql('SELECT code, ts::DATE::VARCHAR, value FROM "VoluUtilDiarEner" ORDER BY ts, code').fetchall()
    joined = [
        ("AMANI NUEVO", "2024-05-01", 10.0),
        ("AMANI NUEVO", "2024-05-02", 12.0),
        ("AMANI NUEVO", "2024-05-03", 13.0),
    ]
    assert found == [*joined, ("BETANIA", "2024-05-03", 5.0)]
    days = con.sql("SELECT code, day::VARCHAR, value FROM metric_daily ORDER BY day, code").fetchall()
    assert days == found
    listed = con.sql('SELECT name, region FROM "ListadoEmbalses" ORDER BY name').fetchall()
    assert listed == [(NEW, "CENTRO"), ("BETANIA", "CENTRO")]
    plain = duckdb.connect()
    warehouse.create_views(plain, dataclasses.replace(small, aliases=()), lake, lake.manifest(), dt.date(2026, 11, 22))
    assert plain.sql('SELECT count(*) FROM "VoluUtilDiarEner"').fetchall() == [(5,)]


def test_no_code_has_two_heirs_or_comes_to_be_its_own(tmp_path: Path) -> None:
    """A chain is followed to its end; a circle has none."""
    entry = "- {{id: {}, entity: Embalse, old: {}, new: {}, text: Porque sí., source: Acta 1}}\n"
    for source in HERE.rglob("*.yml"):
        target = tmp_path / source.relative_to(HERE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    for told, fault in (
        ([("a", "A", "B"), ("b", "B", "C")], ""),
        ([("a", "A", "B"), ("b", "A", "C")], "b › old"),
        ([("a", "A", "B"), ("b", "B", "C"), ("c", "C", "A")], "c › old"),
    ):
        (tmp_path / "aliases.yml").write_text("".join(entry.format(*one) for one in told), encoding="utf-8")
        if not fault:
            assert load_catalog(tmp_path).renamed("Embalse") == {"A": "C", "B": "C"}
            continue
        with pytest.raises(CatalogError) as refused:
            load_catalog(tmp_path)
        assert fault in str(refused.value)
