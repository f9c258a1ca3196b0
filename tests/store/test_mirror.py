"""The PostgreSQL mirror against a real server: equal to the lake, atomic, idempotent, read-only for readers."""

# ruff: noqa: E501 - statements and rows are kept whole
from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import LockHeld, MirrorError, UsageError
from pipeline.core.paths import ROOT
from pipeline.store import mirror_rows
from pipeline.store.held import accept_all
from pipeline.store.lake import Lake
from pipeline.store.mirror import LOCK, mirror
from pipeline.store.mirror_ddl import block, views

TODAY = dt.date(2024, 5, 6)
NOW = dt.datetime(2024, 5, 6, 5, 40)
HOSTILE = [
    "O'Brien", 'double "quote"', "'; DROP SCHEMA portal CASCADE; --", "$$; DROP TABLE x; $$", "$portal$", "\\'; --", "%s", "{0}",
    "\\x00", "NULL", "", " ", "\t", "línea\nnueva", "emoji ⚡", "ABC|REGULADO", "2024E1", "x" * 10_000, "<script>", "\u202e",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def database(server: str, request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of its own."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**10}"
    with psycopg.connect(server, autocommit=True) as con:
        con.execute(f"DROP DATABASE IF EXISTS {name}")
        con.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


def rows(codes: list[str], start: dt.datetime, hours: int, value: float = 1.0) -> pa.Table:
    """Return `hours` rows of each code."""
    times = [start + dt.timedelta(hours=h) for h in range(hours)]
    return pa.table(
        {
            "code": pa.array([c for c in codes for _ in times], pa.string()),
            "ts": pa.array(times * len(codes), pa.timestamp("ms")),
            "value": pa.array([value + i / 7 for i in range(len(codes) * hours)], pa.float64()),
            "quality": pa.array(["ok"] * (len(codes) * hours), pa.string()),
        }
    )


def commit(lake: Lake, **series: pa.Table) -> None:
    """Commit rows; keys are `Metric__Entity`, lists and tables are put whole."""
    with lake.writing():
        transaction = lake.transaction(TODAY, decide=accept_all)
        for key, table_ in series.items():
            metric, entity = key.split("__")
            if metric.startswith(("Listado", "Lineas", "_")):
                transaction.put_table(metric, entity, table_)
            else:
                transaction.upsert(metric, entity, table_)
        transaction.commit(NOW)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with two years of an hourly series, a national one, a list and forecasts."""
    made = Lake(tmp_path / "lake")
    listed = pa.table(
        {"code": ["CHVR", "GVIO"], "name": ["CHIVOR", "GUAVIO"], "ts": pa.array([NOW] * 2, pa.timestamp("ms"))}
    )
    forecast = pa.table({"series": ["demand"], "origin": pa.array([TODAY], pa.date32()), "h": pa.array([1], pa.int32()),
                         "mean": [230.5], "published": [True]})  # fmt: skip
    commit(
        made,
        Gene__Recurso=pa.concat_tables(
            [rows(["CHVR", "GVIO"], dt.datetime(2023, 12, 30), 48), rows(["CHVR", "GVIO"], dt.datetime(2024, 1, 1), 48)]
        ),
        PrecBolsNaci__Sistema=rows(["Sistema"], dt.datetime(2024, 4, 30), 24, 127.12),
        ListadoRecursos__Sistema=listed,
        _forecast_value__daily=forecast,
    )
    return made


def ask(url: str, sql: str) -> list[tuple]:
    """Return the rows of a query."""
    with psycopg.connect(url) as con:
        return con.execute(sql).fetchall()


def content(url: str) -> list[tuple]:
    """Return every observation, ordered."""
    return ask(url, "SELECT metric, entity, code, ts, value, quality FROM portal.observation ORDER BY 1, 2, 3, 4")


def signature(url: str) -> tuple:
    """Return the number of observations and a hash over all of them, in order."""
    rows_ = "o::text, '|' ORDER BY metric, entity, code, ts"
    return ask(url, f"SELECT count(*), md5(string_agg({rows_})) FROM portal.observation o")[0]


def in_lake(lake: Lake) -> list[tuple]:
    """Return every row of the lake's series in the same order and shape."""
    found = []
    keys = lake.manifest().keys()
    for metric, entity in keys:
        if not metric.startswith(("Listado", "_")):
            found += [
                (r["metric"], r["entity"], r["code"], r["ts"], r["value"], r["quality"])
                for r in lake.read(metric, entity).to_pylist()
            ]
    return sorted(found, key=lambda r: r[:4])


@pytest.mark.postgres
def test_mirror_equals_the_lake(lake, catalog, database):
    """Every row, through the one view and through the metric's own; lists and forecasts too; comments in Spanish."""
    report = mirror(lake, catalog, database)
    assert sorted(content(database), key=lambda r: r[:4]) == in_lake(lake)
    assert report.rows_loaded == sum(p.rows for p in lake.manifest().parts)
    assert ask(database, "SELECT count(*) FROM portal.\"PrecBolsNaci\" WHERE quality = 'ok'") == [(24,)]
    assert ask(database, 'SELECT code, name, entity FROM portal."ListadoRecursos" ORDER BY 1')[0] == (
        "CHVR",
        "CHIVOR",
        "Sistema",
    )
    assert ask(database, "SELECT series, origin, h, mean FROM portal.forecast_value") == [("demand", TODAY, 1, 230.5)]
    (comment,) = ask(database, "SELECT obj_description('portal.\"PrecBolsNaci\"'::regclass)")[0]
    assert "Unidad: COP/kWh" in comment
    count = sum(2 + metric.versioned for metric in catalog.data_metrics())
    assert ask(database, "SELECT count(*) FROM pg_views WHERE schemaname = 'portal'") == [(count + 1,)]


@pytest.mark.postgres
def test_same_manifest_changes_nothing(lake, catalog, database):
    """The second load of a manifest sends no row and leaves no trace."""
    mirror(lake, catalog, database)
    before = ask(database, "SELECT (SELECT count(*) FROM portal.load), (SELECT max(part) FROM portal.part)")
    report = mirror(lake, catalog, database)
    assert not report.changed and "up to date" in str(report)
    assert ask(database, "SELECT (SELECT count(*) FROM portal.load), (SELECT max(part) FROM portal.part)") == before


@pytest.mark.postgres
def test_only_changed_parts_travel(lake, catalog, database):
    """A revised day and a new day replace the current year's part; the closed year stays where it is."""
    mirror(lake, catalog, database)
    commit(lake, Gene__Recurso=rows(["CHVR", "NEW"], dt.datetime(2024, 1, 2), 48, 9.0))
    report = mirror(lake, catalog, database)
    assert sorted(content(database), key=lambda r: r[:4]) == in_lake(lake)
    (part,) = [p for p in lake.manifest().of("Gene", "Recurso") if any(y.startswith("2024") for y in p.years)]
    assert report.rows_loaded < sum(p.rows for p in lake.manifest().parts)
    assert (report.parts_removed, report.rows_deleted) == (1, 96) and report.rows_loaded >= part.rows
    assert ask(database, "SELECT count(*) FROM portal.revisions WHERE metric = 'Gene'")[0][0] > 0


@pytest.mark.postgres
def test_series_that_leaves_the_lake_leaves_the_mirror(lake, catalog, database):
    """Parts that the manifest no longer names are deleted."""
    mirror(lake, catalog, database)
    manifest = lake.manifest()
    kept = tuple(p for p in manifest.parts if p.metric != "Gene")
    lake.put_in_use(replace(manifest, version=manifest.version + 1, parts=kept))
    assert mirror(lake, catalog, database).rows_deleted == 192
    assert content(database) == in_lake(lake)


@pytest.mark.postgres
def test_changed_catalogue_renews_the_views(lake, catalog, database):
    """Another title shows in the comment; a metric that is gone loses its view; no row travels again."""
    mirror(lake, catalog, database)
    price = catalog.metrics["PrecBolsNaci"]
    fewer = {key: metric for key, metric in catalog.metrics.items() if key != "PrecEsca"}
    other = replace(
        catalog, metrics={**fewer, price.id: price.model_copy(update={"title": "Otro título"})}, fingerprint="other"
    )
    report = mirror(lake, other, database)
    assert report.views and report.parts_loaded == 0
    assert "Otro título" in ask(database, "SELECT obj_description('portal.\"PrecBolsNaci\"'::regclass)")[0][0]
    assert ask(database, "SELECT count(*) FROM pg_views WHERE viewname = 'PrecEsca'") == [(0,)]


def prices(values: dict[str, float]) -> pa.Table:
    """Return a day of a price in several versions."""
    day = rows(["Sistema"] * len(values), dt.datetime(2024, 4, 30), 24)
    each = [pa.array([v for v in of for _ in range(24)]) for of in (values.values(), values)]
    return day.set_column(2, "value", each[0]).append_column("version", each[1])


@pytest.mark.postgres
def test_versions_travel_and_one_holds(lake, catalog, database):
    """Every version arrives; the metric's view gives one value an hour: the calendar's version, else the highest."""
    commit(lake, PB_Nal__Sistema=prices({"TX2": 100.0, "TX10": 101.0, "TXF": 102.0}))
    mirror(lake, catalog, database)
    one = 'SELECT count(*), min(value), max(version) FROM portal."PB_Nal"'
    assert ask(database, one) == [(24, 102.0, "TXF")]
    assert ask(database, 'SELECT count(*) FROM portal."PB_Nal_versions"') == [(72,)]
    assert ask(database, "SELECT count(*) FROM portal.observation WHERE version IS NOT NULL") == [(72,)]
    stamp = pa.array([dt.datetime(2024, 4, 1)] * 2, pa.timestamp("ms"))
    listed = {"entity": ["Sistema"] * 2, "code": ["TXF", "TX10"], "ts": stamp, "start": ["2024-04-01"] * 2,
              "end": ["2024-04-30"] * 2, "in_force": ["0", "1"], "published": ["2024-05-10", "2024-06-20"]}  # fmt: skip
    with lake.writing():
        transaction = lake.transaction(TODAY)
        transaction.put_table("VersionesLiquidacion", "Sistema", pa.table(listed))
        transaction.commit(NOW)
    mirror(lake, catalog, database)
    assert ask(database, one) == [(24, 101.0, "TX10")]
    assert not mirror(lake, catalog, database).changed


@pytest.mark.postgres
def test_a_mirror_without_versions_learns_them(lake, catalog, database):
    """The rows of a mirror made before versions existed stay; the column is added."""
    mirror(lake, catalog, database)
    with psycopg.connect(database) as con:
        con.execute("ALTER TABLE portal_data.observation DROP COLUMN version CASCADE")
        con.execute("DROP TABLE portal.schema_version")
        con.execute("DROP SCHEMA compat CASCADE")
    commit(lake, PB_Nal__Sistema=prices({"TX1": 100.0}))
    mirror(lake, replace(catalog, fingerprint="newer"), database)
    assert ask(database, 'SELECT count(*) FROM portal."PB_Nal"') == [(24,)]
    assert ask(database, "SELECT count(*) FROM portal.observation") == [(240,)]


@pytest.mark.postgres
def test_hostile_codes_are_data(tmp_path, catalog, database):
    """Quotes, SQL, control characters, emoji and 10 kB of text come back as they went in; nothing is executed."""
    lake = Lake(tmp_path / "lake")
    commit(lake, Gene__Recurso=rows(HOSTILE, dt.datetime(2024, 1, 1), 2))
    mirror(lake, catalog, database)
    assert {r[0] for r in ask(database, 'SELECT DISTINCT code FROM portal."Gene"')} == set(HOSTILE)
    assert content(database)


@pytest.mark.postgres
def test_extreme_values_survive(tmp_path, catalog, database):
    """The largest, smallest and most negative doubles are stored to the last bit."""
    values = [1.7976931348623157e308, 5e-324, -1.5, 0.1, 1 / 3]
    data = rows([f"C{i}" for i in range(len(values))], dt.datetime(2024, 1, 1), 1)
    data = data.set_column(2, "value", pa.array(values, pa.float64()))
    lake = Lake(tmp_path / "lake")
    commit(lake, Gene__Recurso=data)
    mirror(lake, catalog, database)
    assert [r[4] for r in content(database)] == values


@pytest.mark.postgres
def test_reader_reads_and_nothing_more(lake, catalog, database):
    """The reader's role sees the views and can change, create or unlock nothing."""
    assert mirror(lake, catalog, database).roles
    refused = [
        "INSERT INTO portal.code VALUES (99999, 'x')", "DELETE FROM portal.part", "UPDATE portal.metric SET title = 'x'",
        "TRUNCATE portal.code", "DROP VIEW portal.observation", "CREATE TABLE portal.mine (a int)", "DROP SCHEMA portal CASCADE",
        "SELECT * FROM portal_data.observation", "INSERT INTO portal.\"Gene\" VALUES ('a','b',now(),1,'ok')",
        "SELECT pg_read_file('/etc/passwd')", "COPY portal.code TO PROGRAM 'cat'", "ALTER TABLE portal.code ADD COLUMN x int",
    ]  # fmt: skip
    with psycopg.connect(database, autocommit=True) as con:
        con.execute("SET ROLE portal_reader")
        con.execute("SET default_transaction_read_only = off")
        assert con.execute("SELECT count(*) FROM portal.observation").fetchone()[0] > 0
        for statement in refused:
            with pytest.raises(psycopg.Error):
                con.execute(statement)


@pytest.mark.postgres
def test_new_tables_are_readable(lake, catalog, database):
    """A list that is made anew by a later load can be read by the reader too."""
    mirror(lake, catalog, database)
    commit(
        lake,
        ListadoRecursos__Agente=pa.table({"code": ["X"], "name": ["Y"], "ts": pa.array([NOW], pa.timestamp("ms"))}),
    )
    mirror(lake, catalog, database)
    with psycopg.connect(database) as con:
        con.execute("SET ROLE portal_reader")
        found = con.execute('SELECT entity FROM portal."ListadoRecursos" ORDER BY 1').fetchall()
        assert found == [("Agente",), ("Sistema",), ("Sistema",)]


@pytest.mark.postgres
def test_failed_load_leaves_the_old_rows(lake, catalog, database, monkeypatch):
    """A part that cannot be encoded, in the middle of a load, rolls everything back."""
    mirror(lake, catalog, database)
    before = content(database)
    commit(lake, Gene__Recurso=rows(["CHVR"], dt.datetime(2024, 2, 1), 24), PrecEsca__Sistema=rows(["Sistema"], NOW, 1))
    original, calls = mirror_rows.encode, []

    def breaks_late(*args: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise MirrorError("broken on purpose")
        return original(*args)

    monkeypatch.setattr("pipeline.store.mirror.encode", breaks_late)
    with pytest.raises(MirrorError, match="on purpose"):
        mirror(lake, catalog, database)
    assert content(database) == before
    monkeypatch.undo()
    mirror(lake, catalog, database)
    assert sorted(content(database), key=lambda r: r[:4]) == in_lake(lake)


@pytest.mark.postgres
def test_counts_that_differ_stop_the_load(lake, catalog, database):
    """A manifest that promises other rows than its part holds is refused, and nothing of it is kept."""
    manifest = lake.manifest()
    lied = tuple(replace(p, rows=p.rows + 1) if p.metric == "PrecBolsNaci" else p for p in manifest.parts)
    lake.put_in_use(replace(manifest, version=manifest.version + 1, parts=lied))
    with pytest.raises(MirrorError, match="differs"):
        mirror(lake, catalog, database)
    assert ask(database, "SELECT count(*) FROM pg_namespace WHERE nspname = 'portal'") == [(0,)]


@pytest.mark.postgres
def test_second_loader_is_turned_away(lake, catalog, database):
    """Two loads at once: the second says so at once."""
    with psycopg.connect(database) as con:
        con.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        with pytest.raises(LockHeld):
            mirror(lake, catalog, database)


@pytest.mark.postgres
@pytest.mark.slow
def test_killed_mid_load_leaves_old_or_new(lake, catalog, database):
    """SIGKILL at six moments of a load: what is read afterwards is the old state or the new one, never a mix."""
    mirror(lake, catalog, database)
    old = signature(database)
    many = [f"P{i:03d}" for i in range(120)]
    commit(
        lake,
        Gene__Recurso=rows(many, dt.datetime(2024, 2, 1), 200),
        GeneIdea__Recurso=rows(many, dt.datetime(2024, 2, 1), 200),
    )
    code = (
        "import sys\nfrom pathlib import Path\nfrom pipeline.catalog.load import load_catalog\n"
        "from pipeline.store.lake import Lake\nfrom pipeline.store.mirror import mirror\n"
        "lake, catalog = Lake(Path(sys.argv[1])), load_catalog()\nprint('ready', flush=True)\n"
        "mirror(lake, catalog, sys.argv[2])\n"
    )
    seen = []
    for delay in (0.02, 0.1, 0.2, 0.35, 0.5, 0.8):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(lake.root), database], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        time.sleep(delay)
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        seen.append(signature(database))
    mirror_when_free(lake, catalog, database)
    assert len(content(database)) == len(in_lake(lake))
    assert set(seen) <= {old, signature(database)} and seen[0] == old


def mirror_when_free(lake: Lake, catalog: Catalog, database: str) -> None:
    """Mirror once the server has noticed that the killed client is gone."""
    for _ in range(50):
        try:
            mirror(lake, catalog, database)
        except LockHeld:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the lock of a killed client was never released")


@pytest.mark.parametrize("url", ["", "mysql://u@h/d", "host=localhost"])
def test_no_address_is_wrong_usage(tmp_path, catalog, url):
    """Something that is no PostgreSQL address is wrong usage (exit 2), before anything is opened."""
    with pytest.raises(UsageError) as caught:
        mirror(Lake(tmp_path), catalog, url)
    assert caught.value.exit_code == 2


def test_server_down_is_one_clear_line(tmp_path, catalog):
    """A server that is not there: one line that says what to do, without the password."""
    with pytest.raises(MirrorError) as caught:
        mirror(Lake(tmp_path), catalog, "postgresql://u:s3cret@127.0.0.1:9/d")
    assert "refused" in str(caught.value) and "s3cret" not in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_no_number_no_row(value):
    """NaN, infinity and NULL never reach the server."""
    data = rows(["A"], NOW, 1).set_column(2, "value", pa.array([value], pa.float64()))
    with pytest.raises(MirrorError, match="no number"):
        mirror_rows.encode(data, "p", 1, 1, {})


def test_codes_and_qualities_are_checked():
    """A NUL byte cannot be stored in PostgreSQL and an undeclared quality has no number: both are named."""
    with pytest.raises(MirrorError, match="code"):
        mirror_rows.encode(rows(["a\x00b"], NOW, 1), "p", 1, 1, {})
    odd = rows(["A"], NOW, 1).set_column(3, "quality", pa.array(["guess"]))
    with pytest.raises(MirrorError, match="quality"):
        mirror_rows.encode(odd, "p", 1, 1, {})


def test_codes_keep_their_numbers():
    """A known code keeps its number, a new one gets the next."""
    codes = {"A": 5}
    sent, fresh = mirror_rows.encode(rows(["B", "A"], NOW, 2), "p", 3, 8, codes)
    assert codes == {"A": 5, "B": 6} and fresh.to_pylist() == [{"code_no": 6, "code": "B"}]
    assert sent["code"].to_pylist() == [6, 6, 5, 5] and set(sent["part"].to_pylist()) == {8}


def test_a_block_holds_no_mark_of_its_end():
    """A text of the catalogue that would end the block of statements is refused."""
    assert block(["SELECT 1"]).startswith("DO $portal$")
    with pytest.raises(MirrorError):
        block(["$portal$"])


@pytest.mark.postgres
def test_tables_of_odd_names_and_types(tmp_path, catalog, database):
    """Names are quoted whatever they hold; a type that PostgreSQL has no column for is one clear error."""
    lake = Lake(tmp_path / "lake")
    commit(lake, **{'_od"d__x': pa.table({"a'b": ["it's"], "n": pa.array([1], pa.int16())})})
    mirror(lake, catalog, database)
    assert ask(database, 'SELECT "a\'b", n FROM portal."od""d"') == [("it's", 1)]
    commit(lake, _map__x=pa.table({"x": pa.array([{"a": 1}], pa.struct([("a", pa.int8())]))}))
    with pytest.raises(MirrorError):
        mirror(lake, catalog, database)


def test_every_metric_has_a_view(catalog):
    """The catalogue alone decides the views."""
    numbers = {(s.metric, s.entity): n for n, s in enumerate(catalog.series(), 1)}
    text = "\n".join(statement for batch in views(catalog, numbers) for statement in batch)
    assert all(f'CREATE VIEW portal."{metric.id}"' in text for metric in catalog.data_metrics())


@pytest.mark.postgres
def test_reports_are_mirrored_without_their_files(database: str, lake: Lake, catalog: Catalog) -> None:
    """The index of what is published, and the hash of each file; the bytes stay in the lake."""
    files = pa.table({"published": pa.array([TODAY], pa.date32()), "address": ["informes/2024/05/05"],
                      "sha256": ["ab"], "content": pa.array([b"\x00\xff"], pa.binary())})  # fmt: skip
    commit(lake, _report_file__all=files)
    mirror(lake, catalog, database)
    assert ask(database, "SELECT address, sha256 FROM portal.report_file") == [("informes/2024/05/05", "ab")]
    assert ask(database, "SELECT column_name FROM information_schema.columns WHERE table_name = 'report_file' "
               "AND column_name = 'content'") == []  # fmt: skip
