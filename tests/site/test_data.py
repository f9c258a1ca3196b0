"""The published lake, its CSV files and the API."""

from __future__ import annotations

import csv
import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.catalog.schema import SimemSection
from pipeline.core.errors import PublishError
from pipeline.site.downloads import api, data, export
from pipeline.site.downloads.api import rounded
from pipeline.site.downloads.export import CsvLimits
from pipeline.site.tree import sha256_of
from pipeline.store.lake import Lake
from pipeline.store.series_files import addresses
from tests.site.tiny import DAYS, HOSTILE, RUN, TODAY, World, hours, write_docs

TABLES = (
    "titulares",
    "comparables",
    "costo_unitario",
    "lineas",
    "estados_del_sistema",
    "pronosticos",
    "puntajes",
    "pronostico-oficial",
)  # of views, written anew each time


def _csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _json(world: World, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((world.paths.site / name).read_text(encoding="utf-8"))
    return found


def test_manifest_and_parts_are_the_lake(published: World) -> None:
    """The published manifest is the lake's, and every part it names is there with its hash: a lake can be rebuilt."""
    manifest = _json(published, "datos/manifest.json")
    lake = Lake(published.paths.lake).manifest()
    assert manifest == lake.as_json()
    where = addresses(lake)
    for part in manifest["parts"]:  # type: ignore[attr-defined]
        path = published.paths.site / "datos" / where[part["path"]]
        assert sha256_of(path) == part["sha256"]
        assert pq.read_metadata(path).num_rows == part["rows"]


def test_csv_holds_each_day_with_its_unit(published: World) -> None:
    """One line a day and code, full days, in the stored unit, equal to the sum of the hours."""
    rows = _csv(published.paths.site / "datos" / "csv" / "Gene.Sistema.csv")
    assert len(rows) == DAYS
    assert list(rows[0]) == ["fecha", "codigo", "valor", "unidad", "estado"]
    assert {(row["unidad"], row["estado"], row["codigo"]) for row in rows} == {("GWh", "publicado", "Sistema")}
    day = dt.date.fromisoformat(rows[3]["fecha"])
    table = hours(["Sistema"], 9.5).to_pylist()
    assert float(rows[3]["valor"]) == pytest.approx(sum(r["value"] for r in table if r["ts"].date() == day), abs=1e-6)


def test_a_series_with_versions_names_them(world: World) -> None:
    """One line a day and version, and a column that says which; the data package describes it."""
    spot = SimemSection(dataset="EC6945", date="FechaHora", value="Valor", version="Version")
    price = world.catalog.metrics["PrecBolsNaci"].model_copy(update={"id": "PB_Nal", "source": "simem", "simem": spot})
    catalog = replace(world.catalog, metrics={**world.catalog.metrics, "PB_Nal": price}, versions=("TX1", "TXF"))
    lake = Lake(world.paths.lake)
    with lake.writing():
        change = lake.transaction(TODAY)
        tables = [
            hours(["Sistema"], level, days=2).append_column("version", pa.array([version] * 48))
            for version, level in (("TX1", 100.0), ("TXF", 101.0))
        ]
        change.upsert("PB_Nal", "Sistema", pa.concat_tables(tables))
        change.commit(dt.datetime(2026, 11, 20, 6))
    with replace(world, catalog=catalog).connection() as con:
        limits = CsvLimits.of(world.settings, TODAY)
        found = data.publish_data(con, catalog, lake, world.paths.build / "cache", RUN, limits)
    (made,) = (e for e in found.exports if e.metric == "PB_Nal")
    assert made.columns[-1] == ("versión", "string")
    assert [row["versión"] for row in _csv(made.pieces[0].path)] == ["TX1", "TXF", "TX1", "TXF"]


def test_formulas_are_neutralised(published: World) -> None:
    """A code or a name that a spreadsheet would run gets an apostrophe; numbers, even negative, do not."""
    codes = {row["codigo"] for row in _csv(published.paths.site / "datos" / "csv" / "Gene.Recurso.csv")}
    assert codes == {"GUAV", "'-SOL", "'" + HOSTILE}
    names = {row["name"] for row in _csv(published.paths.site / "datos" / "csv" / "ListadoRecursos.Sistema.csv")}
    assert names == {"GUAVIO", "'" + HOSTILE}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_every_dangerous_start_is_known(start: str) -> None:
    """All six characters that start a formula are caught, and ordinary text is left alone."""
    query = f"SELECT {export.text_cell('t')} FROM (SELECT ? AS t)"
    with duckdb.connect() as con:
        assert con.execute(query, [start + "1"]).fetchall() == [("'" + start + "1",)]
        assert con.execute(query, ["ÁGREDA -1"]).fetchall() == [("ÁGREDA -1",)]


@pytest.mark.slow
def test_incomplete_days_are_marked(world: World) -> None:
    """A day without its 24 hours is marked, a provisional one too; sparse metrics are not days of 24 hours."""
    lake = Lake(world.paths.lake)
    partial = hours(["Sistema"], 1.0, days=1).slice(0, 10)
    with lake.writing():
        change = lake.transaction(RUN.today)
        change.upsert("Vacia", "Sistema", partial)
        change.commit(dt.datetime(2026, 11, 20, 6))
    world.publish()
    rows = _csv(world.paths.site / "datos" / "csv" / "Vacia.Sistema.csv")
    assert [row["estado"] for row in rows] == ["preliminar"]


@pytest.mark.slow
def test_only_changed_series_are_written_again(world: World) -> None:
    """New values of one series rewrite its CSV and leave the others' bytes and times alone; a stale copy goes."""
    world.publish()
    cache = world.paths.build / "publish" / "csv"
    before = {path.name: path.stat().st_mtime_ns for path in cache.iterdir() if not path.name.startswith(TABLES)}
    lake = Lake(world.paths.lake)
    with lake.writing():
        change = lake.transaction(RUN.today)
        change.upsert("PrecBolsNaci", "Sistema", hours(["Sistema"], 190.0))
        change.commit(dt.datetime(2026, 11, 20, 6))
    write_docs(world.paths.docs, world.catalog, lake)
    world.publish()
    after = {path.name: path.stat().st_mtime_ns for path in cache.iterdir() if not path.name.startswith(TABLES)}
    gone, new = set(before) - set(after), set(after) - set(before)
    assert [name.split("-")[0] for name in (*gone, *new)] == ["PrecBolsNaci.Sistema"] * 2
    assert all(before[name] == after[name] for name in set(before) & set(after))


def test_data_package_describes_what_is_there(published: World) -> None:
    """Every file the package names exists, with the size and hash it says."""
    package = _json(published, "datos/datapackage.json")
    folder = published.paths.site / "datos"
    for resource in package["resources"]:  # type: ignore[attr-defined]
        paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
        assert all((folder / path).is_file() for path in paths)
        if resource["format"] == "csv":
            assert resource["hash"] == f"sha256:{sha256_of(folder / resource['path'])}"
            header = (folder / resource["path"]).read_text(encoding="utf-8").splitlines()[0]
            assert header == ",".join(field["name"] for field in resource["schema"]["fields"])


def test_note_warns_of_simulated_data(published: World) -> None:
    """The text that travels with the files says that they are simulated."""
    assert "SIMULADOS" in (published.paths.site / "datos" / "README.txt").read_text(encoding="utf-8").splitlines()[0]


def test_api_speaks_of_the_same_numbers(published: World) -> None:
    """Headlines, the metric's last value and the CSV agree, with unit and day."""
    headlines = {row["serie"]: row for row in _json(published, "api/v1/titulares.json")["titulares"]}  # type: ignore[attr-defined]
    series = _json(published, "api/v1/metricas/PrecBolsNaci.json")["series"][0]  # type: ignore[index]
    last = _csv(published.paths.site / "datos" / "csv" / "PrecBolsNaci.Sistema.csv")[-1]
    assert headlines["price"]["valor"] == series["ultimo"]["valor"] == round(float(last["valor"]), 2)
    assert headlines["price"]["dia"] == series["ultimo"]["dia"] == last["fecha"]
    assert headlines["price"]["unidad"] == "COP/kWh"
    assert headlines["price"]["anio_anterior"] is headlines["price"]["dia_anio_anterior"] is None
    day, week_ago = (dt.date.fromisoformat(headlines["price"][key]) for key in ("dia", "dia_semana_anterior"))
    assert (day - week_ago).days == 7
    assert len(series["valores"]) == min(DAYS, api.DAYS)


def test_api_tells_the_state_of_the_system_and_who_declares_it(published: World) -> None:
    """Without readings it is not known and every index that counts is missing; the notice is always there."""
    document = _json(published, "api/v1/estado-del-sistema.json")
    assert document["estado"] == "sin datos suficientes"
    assert "la declara el Centro Nacional de Despacho" in str(document["aviso"])
    assert len(document["falta"]) == 4  # type: ignore[arg-type]
    assert document["historia"] == document["indices"] == []


def test_api_of_many_codes_gives_the_last_day(published: World) -> None:
    """A series of many codes lists its last day, one value a code, and no single last value."""
    document = _json(published, "api/v1/metricas/Gene.json")
    plants = next(s for s in document["series"] if s["entidad"] == "Recurso")  # type: ignore[attr-defined]
    assert len(plants["valores"]) == 3
    assert len({row["dia"] for row in plants["valores"]}) == 1
    assert plants["ultimo"] is None
    base = published.paths.site / "api" / "v1" / "metricas"
    assert all((base / path).resolve().is_file() for path in [plants["csv"], *plants["parquet"]])


def test_api_lists_every_metric_and_state(published: World) -> None:
    """The catalogue names all metrics with a page and a file; the state covers all series, empty ones too."""
    metrics = _json(published, "api/v1/metricas.json")["metricas"]
    folder = published.paths.site / "api" / "v1"
    assert [m["id"] for m in metrics] == list(published.catalog.metrics)  # type: ignore[attr-defined]
    assert all((folder / m["detalle"]).is_file() for m in metrics)  # type: ignore[attr-defined]
    assert all((folder / m["pagina"] / "index.html").resolve().is_file() for m in metrics)  # type: ignore[attr-defined]
    states = {(s["metrica"], s["entidad"]): s["estado"] for s in _json(published, "api/v1/estado.json")["series"]}  # type: ignore[attr-defined]
    assert len(states) == len(published.catalog.series())
    assert states["Vacia", "Sistema"] == "vacía"
    assert states["Gene", "Recurso"] == "ok"


def test_rounding_keeps_two_decimals() -> None:
    """Published numbers keep at least two decimals and lose the noise of binary arithmetic."""
    assert rounded(0.1 + 0.2, "GWh") == 0.3
    assert rounded(34.4217, "%") == 34.42
    assert rounded(None, "%") is None


def test_missing_view_is_told(world: World) -> None:
    """Without a view of the domain layer the publication stops and says which file to look at."""
    with world.connection() as con:
        con.execute("DROP VIEW api_yearly")
        from pipeline.site.publishing import publish_site

        with pytest.raises(PublishError, match=r"(?s)api_yearly.*api_tables\.sql"):
            publish_site(con, world.catalog, world.paths, world.settings, RUN)
