"""The list of formulas and their tests keeps up with the boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from tests.bench.boards_kpis import FOLDER, Proof, faults, quantities, quantity, read_proofs


def test_every_quantity_on_a_card_has_a_test_of_its_formula() -> None:
    """No card without proof, no proof without card; each test is there, names its quantity and reads what it claims."""
    assert faults(quantities(load_catalog()), read_proofs()) == []


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT day, value FROM headline WHERE series = 'demand'", "demand"),
        ("SELECT h.day, l.light FROM headline AS h JOIN l ON TRUE WHERE h.series = 'reserves'", "reserves"),
        ("SELECT n.month AS day, n.t AS value FROM unit_cost_monthly AS n", "unit_cost_monthly.t"),
        ("SELECT day, mwh AS value, 'ok' AS quality FROM unserved_last_30 WHERE kind = 'x'", "unserved_last_30.mwh"),
    ],
)
def test_the_quantity_of_a_card_is_what_its_query_reads(sql: str, name: str) -> None:
    """A series of the headlines, or a column of a view."""
    assert quantity(sql) == name


@pytest.mark.parametrize(
    ("proof", "fault"),
    [
        (Proof("test_x.py::test_price", "real"), ""),
        (Proof("test_x.py::test_gone", "real"), "there is no"),
        (Proof("test_y.py::test_price", "real"), "there is no"),
        (Proof("test_x.py::test_other", "real"), "names none of"),
        (Proof("test_x.py::test_plain", "real"), "not marked"),
        (Proof("test_x.py::test_plain", "written"), "`why`"),
        (Proof("test_x.py::test_plain", "written", why="not held out"), ""),
        (Proof("test_x.py::test_plain", "hoped"), "basis"),
    ],
)
def test_a_proof_that_proves_nothing_is_seen(tmp_path: Path, proof: Proof, fault: str) -> None:
    """A test that is gone, asks something else or reads no real value does not count."""
    (tmp_path / "test_x.py").write_text(
        "import pytest\n"
        "@pytest.mark.real\ndef test_price(con):\n    assert con.one('FROM price_daily') == 1\n"
        "@pytest.mark.real\ndef test_other(con):\n    assert con.one('FROM demand') == 1\n"
        "def test_plain(con):\n    assert con.one('FROM price_daily') == 1\n"
    )
    found = faults(["price"], {"price": proof}, tmp_path)
    assert [fault in f for f in found] == ([True] if fault else [])


def test_cards_and_list_are_compared_both_ways() -> None:
    """A new card needs a line; a line of no card is stale."""
    proofs = {"price": read_proofs()["price"]}
    assert faults(["price", "new"], proofs, FOLDER) == ["new: no test is named"]
    assert faults([], proofs, FOLDER)[0] == "price: no card shows it"
