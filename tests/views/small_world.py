"""A warehouse made of a few inline rows, with the real generator and the real domain layer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.catalog.fields import UnitPair
from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.schema import Metric, SimemSection
from pipeline.core.paths import PACKAGE, ROOT
from pipeline.store import changes, domain, evidence, reference, warehouse
from pipeline.store import parts as parquet
from pipeline.store.findings import create_findings
from pipeline.store.lake import Lake, Manifest, Part

VIEWS = PACKAGE / "views"
REAL = ROOT.parent / "shared" / "realdata"

# (id, grain, kind, source unit, stored unit) of the metrics of the four first boards; test_contract.py compares them
# with the catalogue. Whatever else the views read comes from the catalogue itself.
DATA_METRICS = [
    ("DemaSIN", "daily", "flow", "kWh", "GWh"),
    ("DemaReal", "hourly", "flow", "kWh", "GWh"),
    ("DemaCome", "hourly", "flow", "kWh", "GWh"),
    ("Gene", "hourly", "flow", "kWh", "GWh"),
    ("VoluUtilDiarEner", "daily", "stock", "kWh", "GWh"),
    ("CapaUtilDiarEner", "daily", "stock", "kWh", "GWh"),
    ("PorcVoluUtilDiar", "daily", "ratio", "1", "%"),
    ("AporEner", "daily", "flow", "kWh", "GWh"),
    ("AporEnerMediHist", "daily", "flow", "kWh", "GWh"),
    ("PorcApor", "daily", "ratio", "1", "%"),
    ("VertEner", "daily", "flow", "kWh", "GWh"),
    ("PrecBolsNaci", "hourly", "price", "COP/kWh", "COP/kWh"),
    ("PrecBolsNaciTX1", "hourly", "price", "COP/kWh", "COP/kWh"),
    ("PPPrecBolsNaci", "daily", "price", "COP/kWh", "COP/kWh"),
    ("PB_Nal", "hourly", "price", "COP/kWh", "COP/kWh"),
    ("PrecEsca", "daily", "price", "COP/kWh", "COP/kWh"),
    ("PrecEscaAct", "daily", "price", "COP/kWh", "COP/kWh"),
    ("PrecEscaSup", "daily", "price", "COP/kWh", "COP/kWh"),
    ("PrecEscaInf", "daily", "price", "COP/kWh", "COP/kWh"),
    ("ImpoEner", "hourly", "flow", "kWh", "GWh"),
    ("ExpoEner", "hourly", "flow", "kWh", "GWh"),
    ("PerdidasEner", "hourly", "flow", "kWh", "GWh"),
    ("RestAliv", "hourly", "flow", "COP", "MCOP"),
    ("RestSinAliv", "hourly", "flow", "COP", "MCOP"),
]
VERSIONED = {"PB_Nal": SimemSection(dataset="EC6945", date="FechaHora", value="Valor", version="Version")}
BOARDS = ("inicio", "generacion-fuentes", "hidrologia", "precio-bolsa")
LIST_COLUMNS = {
    "ListadoRecursos": {
        "Code": "code",
        "Name": "name",
        "Type": "type",
        "EnerSource": "energy_source",
        "CompanyCode": "agent_code",
        "Disp": "dispatch",
        "OperStartdate": "operation_start",
        "State": "state",
    },
    "ListadoEmbalses": {"Code": "code", "Name": "name", "HydroRegion": "region"},
    "ListadoRios": {"Code": "code", "Name": "name", "HydroRegion": "region"},
}
Row = tuple[str, dt.date | dt.datetime, float] | tuple[str, dt.date | dt.datetime, float, str]
Series = Mapping[str, Sequence[Row]]
Lists = Mapping[str, Sequence[Mapping[str, str | None]]]
World = Callable[..., "Warehouse"]


def _metric(name: str, grain: str, kind: str, unit: UnitPair, columns: Mapping[str, str]) -> Metric:
    return Metric.model_validate(
        {
            "id": name,
            "title": f"Metric {name}",
            "definition": "Declared inline for the tests of the domain layer.",
            "theme": "test",
            "entities": ["Sistema"],
            "grain": grain,
            "kind": kind,
            "weights": _declared()[name].weights if name in _declared() else None,
            "unit": unit,
            "lag_days": 0,
            "columns": dict(columns),
        }
    )


@cache
def _catalog() -> Catalog:
    return load_catalog()


def _declared() -> Mapping[str, Metric]:
    return _catalog().metrics


def small_catalog() -> Catalog:
    """Return a catalogue that holds the metrics of the views, and the boards with the facts they declare."""
    metrics = {m[0]: _metric(m[0], m[1], m[2], UnitPair(source=m[3], stored=m[4]), {}) for m in DATA_METRICS}
    for name, section in VERSIONED.items():
        metrics[name] = metrics[name].model_copy(update={"source": "simem", "simem": section})
    for name, columns in LIST_COLUMNS.items():
        metrics[name] = _metric(name, "list", "list", UnitPair(source="", stored=""), columns)
    declared = _declared()
    metrics |= {name: declared[name] for name in sorted((metrics_read() & set(declared)) - set(metrics))}
    for name in sorted({m.weighed_by for m in metrics.values()} - {"", *metrics}):
        metrics[name] = declared[name]
    whole = _catalog()
    return Catalog(
        metrics, whole.boards, {}, {}, {}, {}, (), (), "test", versions=("TX1", "TX2", "TX10", "TXR", "TXF"),
        forecasts=whole.forecasts, headlines=whole.headlines, places=whole.places,
        contrasts=whole.contrasts,
    )  # fmt: skip


def _part(lake: Lake, key: str, table: pa.Table) -> Part:
    metric, entity = key.split("/")
    path, sha, size = parquet.write(lake.root / metric / entity, "part", table)
    return Part(metric, entity, path.relative_to(lake.root).as_posix(), table.num_rows, size, sha, None, None, {})


def _moment(value: dt.date | dt.datetime) -> dt.datetime:
    return value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())


def series_table(key: str, rows: Sequence[Row]) -> pa.Table:
    metric, entity = key.split("/")
    records = [
        {
            "metric": metric,
            "entity": entity,
            "code": row[0],
            "ts": _moment(row[1]),
            "value": row[2],
            "quality": row[3] if len(row) > 3 else "ok",
        }
        for row in rows
    ]
    return pa.Table.from_pylist(records, schema=parquet.SERIES_SCHEMA)


def list_table(name: str, rows: Sequence[Mapping[str, str | None]]) -> pa.Table:
    declared = LIST_COLUMNS.get(name) or _declared()[name].columns
    columns = ["entity", "code", *dict.fromkeys(c for c in declared.values() if c != "code")]
    records = [{"entity": "Sistema", **{c: row.get(c) for c in columns if c != "entity"}} for row in rows]
    schema = pa.schema([pa.field(c, pa.string()) for c in columns])
    table = pa.Table.from_pylist(records, schema=schema)
    moment = pa.array([dt.datetime(2024, 5, 6)] * len(rows), pa.timestamp("ms"))
    return table.append_column("ts", moment)


class Warehouse:
    """A connection to a warehouse whose domain layer is made as it is read: a view, and what that one reads.

    Of 355 statements a test reads a few; that all of them can be made, and in which order, is for `test_contract.py`.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, layer: Mapping[str, domain.Statement]) -> None:
        self._con = con
        self._left = dict(layer)

    def execute(self, sql: str, parameters: object = None) -> duckdb.DuckDBPyConnection:
        """Run a query, after making what it names; all there is when it asks which tables there are."""
        names = set(re.findall(r"\w+", sql.lower()))
        for name in list(self._left) if "information_schema" in names else sorted(names & self._left.keys()):
            self._make(name)
        return self._con.execute(sql, parameters)

    def _make(self, name: str) -> None:
        statement = self._left.pop(name, None)
        if statement is not None:
            for other in sorted(statement.tables | statement.functions):
                self._make(other)
            statement.run(self._con)

    def close(self) -> None:
        """Close the connection."""
        self._con.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@cache
def _layer() -> dict[str, domain.Statement]:
    """Return the statements of the domain layer by name, in order."""
    made = {statement.name: statement for statement in domain.statements(VIEWS, small_catalog())}
    known = set().union(*(statement.tables for statement in made.values())) - made.keys()
    return {statement.name: statement for statement in domain.in_order(made.values(), known)}


def open_warehouse(folder: Path, tables: Mapping[str, pa.Table], today: dt.date, catalog: Catalog) -> Warehouse:
    """Return an in-memory warehouse over `tables` (key `Metric/Entity`), with generated views and the domain layer."""
    lake = Lake(folder)
    found = tuple(_part(lake, key, table) for key, table in sorted(tables.items()) if table.num_rows)
    con = duckdb.connect()
    manifest = Manifest(1, None, "", found)
    warehouse.create_views(con, catalog, lake, manifest, today)
    create_findings(con, catalog, lake, manifest)
    con.execute("CREATE TABLE run_info(today DATE, since DATE, data_source VARCHAR, created TIMESTAMP)")
    con.execute("INSERT INTO run_info VALUES (?, ?, 'replayed', ?)", [today, dt.date(2023, 1, 1), today])
    warehouse._status(con, catalog, manifest, {})
    warehouse._source_state(con, {})
    warehouse._lost_parts(con, [])
    changes.create_table(con, lake, manifest, today)
    evidence.create_readings(con, catalog)
    reference.load_reference(con, folder / "reference")
    return Warehouse(con, _layer())


def hours(
    day: dt.date, values: float | Sequence[float], code: str = "Sistema", quality: str = "ok"
) -> list[tuple[str, dt.datetime, float, str]]:
    """Return the hourly rows of one day; a single value is repeated 24 times."""
    listed = [values] * 24 if isinstance(values, int | float) else values
    midnight = dt.datetime.combine(day, dt.time())
    return [(code, midnight + dt.timedelta(hours=h), float(v), quality) for h, v in enumerate(listed)]


def one(con: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """Return the only row of a query as a mapping."""
    found = rows(con, sql)
    assert len(found) == 1, f"{len(found)} rows: {sql}"
    return found[0]


def rows(con: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query as mappings."""
    cursor = con.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def metrics_read() -> set[str]:
    """Return the ids of the generated views that the SQL files and the declared queries name."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(VIEWS.rglob("*.sql")))
    text += "\n".join([*(s.sql for s in _catalog().headlines.values()), *(p.input for p in _catalog().forecasts)])
    text += "\n".join(str(end) for p in _catalog().forecasts for end in (p.least, p.most))
    return {
        name.removesuffix("_daily").removesuffix("_versions") for name in re.findall(r'"([A-Za-z][A-Za-z0-9_]+)"', text)
    }
