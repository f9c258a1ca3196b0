"""What has a name: codes by series, their names, how headline series add up."""

from __future__ import annotations

import json

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
