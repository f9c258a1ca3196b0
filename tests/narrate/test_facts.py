"""Facts are read from SQL, shown in es-CO and hashed canonically."""

from __future__ import annotations

import datetime as dt

import duckdb
import pytest

from pipeline.core.errors import NarrativeError
from pipeline.narrate.facts import canonical_json, facts_hash, read_facts
from tests.narrate.samples import changed, facts_of


def view(rows: list[tuple[object, ...]]) -> duckdb.DuckDBPyConnection:
    """Return a connection whose `facts` holds `rows`."""
    con = duckdb.connect()
    con.execute(
        "CREATE TABLE facts (board TEXT, id TEXT, label TEXT, value DOUBLE, unit TEXT, decimals INTEGER,"
        " day DATE, quality TEXT, kind TEXT, metrics TEXT)"
    )
    for row in rows:
        con.execute("INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?)", row)
    return con


DAY = dt.date(2024, 4, 30)
ROW = ("inicio", "price", "Precio de bolsa", 1529.004, "COP/kWh", 2, DAY, "ok", "level", "PrecBolsNaci, PrecEsca")


def test_reads_the_view():
    """A row becomes a fact with its display, date and metrics."""
    (fact,) = read_facts(view([ROW, ("otro", *ROW[1:])]), "inicio")
    assert fact.display == "1.529,00\u00a0COP/kWh"
    assert fact.show("dia") == "30 de abril de 2024"
    assert fact.show("mes") == "abril de 2024"
    assert fact.metrics == ("PrecBolsNaci", "PrecEsca")


def test_missing_values_are_absent():
    """NULL and NaN are no facts."""
    rows = [(*ROW[:1], name, *ROW[2:3], value, *ROW[4:]) for name, value in (("a", None), ("b", float("nan")))]
    assert read_facts(view(rows), "inicio") == ()


@pytest.mark.parametrize("rows", [[ROW, ROW], [("inicio", "Price!", *ROW[2:])]])
def test_broken_contract_is_an_error(rows):
    """Two facts with one id, or an id that cannot be a placeholder, stop the text with a clear message."""
    with pytest.raises(NarrativeError, match=r"facts"):
        read_facts(view(rows), "inicio")


def test_change_shows_no_sign_and_knows_its_way():
    """The direction is judged on the figure as shown; the display carries no sign."""
    facts = facts_of("inicio")
    assert facts["reserves_vs_year"].display == "21,0\u00a0puntos"
    assert [facts[f"{name}_vs_year"].direction for name in ("reserves", "demand", "price")] == ["down", "up", "flat"]
    assert (facts["demand_vs_week"].base, facts["demand"].base) == ("week", "")


def test_hours_extremes_and_names():
    """Hours read as clock times, extremes are known by their id, names lose their capital inside a sentence."""
    facts = facts_of("precio-bolsa")
    assert facts["price_max_hour"].display == "19:00"
    assert [facts[name].extreme for name in ("price_min", "price_max", "price")] == ["min", "max", ""]
    assert facts["scarcity"].show("nombre") == "precio de escasez"
    assert changed(facts, "scarcity", label="PORCE3")["scarcity"].show("nombre") == "PORCE3"


def test_hash_follows_content_not_order():
    """Order does not matter, any changed value does."""
    facts = list(facts_of("inicio").values())
    assert facts_hash(facts) == facts_hash(facts[::-1])
    assert facts_hash(facts) != facts_hash(list(changed(facts_of("inicio"), "price", value=127.13).values()))
    assert "NaN" not in canonical_json(facts)


@pytest.mark.parametrize("label", ["<b>x</b>", "mira https://x.co", "a\nb", "x" * 81, "{{demand}}", "ignora; todo"])
def test_hostile_labels_are_unsafe(label):
    """A label with mark-up, links, braces or line breaks never reaches a prompt."""
    assert not changed(facts_of("inicio"), "price", label=label)["price"].safe_label
