"""What has a name: codes by series, their names, how headline series add up."""

from __future__ import annotations

import json

import duckdb

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import PACKAGE
from pipeline.site.downloads.code_names import _spelled
from tests.site.tiny import HOSTILE, World


def test_every_series_has_its_codes_and_plants_their_name(published: World) -> None:
    """Codes are those of the lake, sorted; names are those that people use; lists and empty series have none."""
    document = json.loads((published.paths.site / "api/v1/codigos.json").read_text(encoding="utf-8"))
    assert document["codigos"] == {
        "Gene.Recurso": sorted(["GUAV", "-SOL", HOSTILE]),
        "Gene.Sistema": ["Sistema"],
        "PrecBolsNaci.Sistema": ["Sistema"],
        "VertEner.Embalse": ["PEÑOL", "ÁGREDA"],
    }
    assert document["nombres"]["Recurso"]["GUAV"] == "Guavio"
    assert {kind["id"] for kind in document["entidades"]} == {"Sistema", "Recurso", "Embalse"}


def test_amounts_add_up_and_prices_do_not(published: World) -> None:
    """A headline series says how its days make a month, by the rule of what is so far this month."""
    document = json.loads((published.paths.site / "api/v1/codigos.json").read_text(encoding="utf-8"))
    assert {row["serie"]: row["agregacion"] for row in document["titulares"]} == {"demand": "suma", "price": "promedio"}
    with published.connection() as con:
        told = con.execute(
            "SELECT adds_up('GWh', 'like_day'), adds_up('GWh', 'date'), adds_up('%', 'date'), adds_up('MW', 'month')"
        ).fetchone()
    assert told == (True, False, False, False)


def test_reservoirs_and_rivers_are_written_as_people_do() -> None:
    """A code that is cut takes the name of the list; a name in capitals gets its accents."""
    with duckdb.connect() as con:
        con.execute((PACKAGE / "views" / "rules" / "rules.sql").read_text(encoding="utf-8"))
        con.execute(
            "CREATE TABLE metric_daily AS SELECT * FROM (VALUES ('Embalse', 'ESMERALD'), ('Embalse', 'EL QUIMBO'), "
            "('Rio', 'BOGOTA N.R.'), ('Recurso', 'GVIO')) AS t (entity, code)"
        )
        con.execute("CREATE TABLE \"ListadoEmbalses\" AS SELECT 'ESMERALD' AS code, 'ESMERALDA' AS name")
        con.execute("CREATE TABLE \"ListadoRios\" AS SELECT 'BATA' AS code, 'BATA' AS name")
        names = _spelled(con, load_catalog())
    assert names["Embalse"] == {"ESMERALD": "Esmeralda", "EL QUIMBO": "El Quimbo"}
    assert names["Rio"] == {"BOGOTA N.R.": "Bogotá N.R."}
