"""Replies to rows: shapes as XM sends them, and every way they go wrong."""

import datetime as dt
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError
from pipeline.ingest.sources.xm_reply import parse, parse_list

DAY = dt.date(2024, 4, 30)


def hourly(codes: dict[str, list[object]], day: str = "2024-04-30", **extra: str) -> bytes:
    """Return an hourly reply: 24 values per code."""
    entries = [
        {"Id": "Recurso", "Values": {"code": code, **extra, **{f"Hour{h + 1:02d}": v for h, v in enumerate(values)}}}
        for code, values in codes.items()
    ]
    return json.dumps({"Items": [{"Date": day, "HourlyEntities": entries}]}).encode()


@pytest.fixture
def gene(catalog: Catalog) -> Metric:
    """Hourly energy by plant, kWh → GWh."""
    return catalog.metrics["Gene"]


def test_hours_units_and_order(gene: Metric) -> None:
    """Hour01 is 00:00, kWh become GWh, codes stay text even when they look like floats."""
    parsed = parse(hourly({"2E10": [str(1000.0 * h) for h in range(24)]}), gene, "Recurso", DAY, DAY)
    rows = parsed.rows.to_pylist()
    assert [r["ts"].hour for r in rows] == list(range(24))
    assert rows[5] == {"code": "2E10", "ts": dt.datetime(2024, 4, 30, 5), "value": 0.005}
    assert parsed.cells == 24


def test_blank_is_missing_not_zero(gene: Metric) -> None:
    """An unpublished hour is no row; a zero is a row."""
    parsed = parse(hourly({"TBST": ["", None, "0"] + ["5"] * 21}), gene, "Recurso", DAY, DAY)
    assert parsed.rows.num_rows == 22
    assert parsed.blank == 2
    assert parsed.rows["value"][0].as_py() == 0.0


def test_days_outside_the_window_are_clipped_and_counted(gene: Metric) -> None:
    """A day nobody asked for is not data."""
    parsed = parse(hourly({"TBST": ["1"] * 24}, day="2024-05-01"), gene, "Recurso", DAY, DAY)
    assert (parsed.rows.num_rows, parsed.clipped) == (0, 24)


def test_bad_cells_are_refused_and_good_ones_kept(gene: Metric) -> None:
    """Each cell that is no number is named; the other hours of the reply stay."""
    bad: list[object] = ["N/D", "7.306.335,34", "Infinity", "NaN", "1e999", True, {"a": 1}, [1]]
    parsed = parse(hourly({"TBST": bad + ["10"] * 16}), gene, "Recurso", DAY, DAY)
    assert parsed.rows.num_rows == 16
    assert [r.place for r in parsed.rejects][:2] == ["Items[0][0].Hour01", "Items[0][0].Hour02"]
    assert len(parsed.rejects) == len(bad)


def test_out_of_bounds_goes_to_quarantine(gene: Metric) -> None:
    """An impossible value (1e60 kWh in an hour) is refused with its place."""
    parsed = parse(hourly({"TBST": ["1e60"] + ["10"] * 23}), gene, "Recurso", DAY, DAY)
    assert [r.rule for r in parsed.rejects] == ["out_of_bounds"]
    assert parsed.rows.num_rows == 23


def test_two_ids_are_joined_in_order(catalog: Catalog) -> None:
    """Market and type give one code."""
    metric = catalog.metrics["DemaCome"]
    body = hourly({"ANTIOQUIA": ["1"] * 24}, MarketType="NO REGULADO")
    parsed = parse(body, metric, "MercadoComercializacion", DAY, DAY)
    assert set(parsed.rows["code"].to_pylist()) == {"ANTIOQUIA|NO REGULADO"}


def test_daily_fraction_becomes_percent(catalog: Catalog) -> None:
    """PorcVoluUtilDiar is labelled % and sent as a fraction."""
    body = b'{"Items":[{"Date":"2024-04-30","DailyEntities":[{"Id":"Sistema","Value":"0.34419"}]}]}'
    parsed = parse(body, catalog.metrics["PorcVoluUtilDiar"], "Sistema", DAY, DAY)
    assert parsed.rows.to_pylist() == [
        {"code": "Sistema", "ts": dt.datetime(2024, 4, 30), "value": pytest.approx(34.419)}
    ]


def test_names_with_commas_and_double_blanks(catalog: Catalog) -> None:
    """A river's name is its code, with white space folded."""
    entry = {"Id": "Rio", "Name": "DESV. EEPPM  (NEC,PAJ,DOL)", "Value": "9.66"}
    body = json.dumps({"Items": [{"Date": "2024-04-30T00:00:00", "DailyEntities": [entry]}]}).encode()
    parsed = parse(body, catalog.metrics["AporCaudal"], "Rio", DAY, DAY)
    assert parsed.rows["code"][0].as_py() == "DESV. EEPPM (NEC,PAJ,DOL)"


def test_equal_duplicates_fold_and_conflicts_are_refused(gene: Metric) -> None:
    """The same value twice is one; two different values are none."""
    one = json.loads(hourly({"A": ["1"] * 24}))["Items"][0]
    other = json.loads(hourly({"A": ["1"] * 23 + ["2"]}))["Items"][0]
    parsed = parse(json.dumps({"Items": [one, other]}).encode(), gene, "Recurso", DAY, DAY)
    assert parsed.rows.num_rows == 23
    assert parsed.duplicate == 23
    assert [r.rule for r in parsed.rejects] == ["conflicting_duplicate"] * 2


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>mantenimiento</html>", b'"error: Rango de consulta"', b'{"Items": 5}', b"[1,2]",
        b'{"Message":"Id de M\xc3\xa9trica no encontrada."}', b'{"Items": [{"Date"',
    ],
)  # fmt: skip
def test_documents_that_are_no_reply(body: bytes, gene: Metric) -> None:
    """Anything but a reply is a ParseError, never a crash and never rows."""
    with pytest.raises(ParseError):
        parse(body, gene, "Recurso", DAY, DAY)


def test_empty_items_are_no_rows(gene: Metric) -> None:
    """`Items: []` and `Items: null` mean no data."""
    for body in (b'{"Items": []}', b'{"Items": null}'):
        assert parse(body, gene, "Recurso", DAY, DAY).rows.num_rows == 0


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(junk=_JUNK, place=st.integers(0, 5), seed=st.integers(0, 9999))
def test_mutated_replies_never_crash(catalog: Catalog, junk: object, place: int, seed: int) -> None:
    """Whatever is put anywhere in a reply: ParseError or a balanced account, good cells kept."""
    document = json.loads(hourly({"A": ["1"] * 24, "B": ["2"] * 24}))
    item = document["Items"][0]
    hour = f"Hour{random.Random(seed).randint(1, 24):02d}"
    if place == 0:
        document["Items"] = junk
    elif place == 1:
        item["Date"] = junk
    elif place == 2:
        item["HourlyEntities"] = junk
    elif place == 3:
        item["HourlyEntities"][0] = junk
    elif place == 4:
        item["HourlyEntities"][0]["Values"] = junk
    else:
        item["HourlyEntities"][0]["Values"][hour] = junk
    try:
        parsed = parse(json.dumps(document).encode(), catalog.metrics["Gene"], "Recurso", DAY, DAY)
    except ParseError:
        return
    parsed.balance.check()
    if place >= 3:
        kept = [r for r in parsed.rows.to_pylist() if r["code"] == "B"]
        assert len(kept) == 24


def test_lists_keep_the_declared_columns(catalog: Catalog) -> None:
    """A list becomes one row per element, all text, dated."""
    values = {"Code": "3E46", "Name": "EL POPAL", "Type": "HIDRAULICA", "Nuevo": "x"}
    body = json.dumps(
        {"Items": [{"Date": "2024-05-05", "ListEntities": [{"Id": "Sistema", "Values": values}]}]}
    ).encode()
    parsed = parse_list(body, catalog.metrics["ListadoRecursos"], "Sistema")
    row = parsed.rows.to_pylist()[0]
    assert (row["code"], row["name"], row["ts"]) == ("3E46", "EL POPAL", dt.datetime(2024, 5, 5))
    assert not parsed.rejects
