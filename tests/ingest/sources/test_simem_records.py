"""SIMEM's records: long and wide form, both error shapes, versions that are known and versions that are not."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import ParseError
from pipeline.ingest.sources.simem import judge_simem
from pipeline.ingest.sources.simem_records import KnownCodes, SimemRecord, parse_records, parse_table, records_of

DAY = dt.date(2024, 4, 10)
VERSIONS = KnownCodes({name.casefold(): name for name in ("TX1", "TX2", "TX10", "TXR", "TXF")})


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The project's own catalogue."""
    return load_catalog()


def price(hour: int, version: str, value: object, **more: object) -> SimemRecord:
    """Return a record of EC6945."""
    return {
        "CodigoVariable": "PB_Nal",
        "FechaHora": f"{DAY}T{hour:02d}:00:00",
        "CodigoDuracion": "PT1H",
        "UnidadMedida": "COP/kWh",
        "Version": version,
        "Valor": value,
        **more,
    }


def test_long_form_gives_one_row_a_version(catalog: Catalog) -> None:
    """Numbers and texts are numbers, the hour is the start of the hour, other variables are not this metric's."""
    records = [price(0, "TX1", 967.27), price(0, "TX2", "967.37820"), price(0, "TX1", 1.0, CodigoVariable="PB_Int")]
    parsed = parse_records(records, catalog.metrics["PB_Nal"], DAY, DAY, VERSIONS)
    assert parsed.rows.to_pylist() == [
        {"code": "Sistema", "ts": dt.datetime(2024, 4, 10), "value": 967.27, "version": "TX1"},
        {"code": "Sistema", "ts": dt.datetime(2024, 4, 10), "value": 967.3782, "version": "TX2"},
    ]
    assert parsed.cells == 2


def test_every_cell_is_accounted_for(catalog: Catalog) -> None:
    """Blank, twice, twice and different, outside, no number, unknown version, other duration or unit, no date."""
    records = [
        price(0, "TX1", 1.0),
        price(0, "TX1", "1.0"),
        price(1, "TX1", 1.0),
        price(1, "TX1", 2.0),
        price(2, "TX1", ""),
        price(2, "TX2", None),
        price(3, "TX1", "n/d"),
        price(3, "TX2", "1,234"),
        price(3, "TX77", 5.0),
        price(3, "", 5.0),
        price(4, "TX1", 5.0, CodigoDuracion="P1D"),
        price(5, "TX1", 5.0, UnidadMedida="USD/MWh"),
        price(6, "TX1", 99_999.0),
        price(7, "TX1", 5.0, FechaHora="10/04/2024"),
        price(7, "TX1", 5.0, FechaHora="2024-04-11T00:00:00"),
        price(8, "TX10", float("inf")),
        price(9, "TX10", True),
    ]
    parsed = parse_records(records, catalog.metrics["PB_Nal"], DAY, DAY, VERSIONS)
    assert parsed.rows.num_rows == 1
    assert (parsed.blank, parsed.duplicate, parsed.clipped, parsed.cells) == (2, 1, 1, 17)
    assert Counter(reject.rule for reject in parsed.rejects) == {
        "conflicting_duplicate": 2, "not_a_number": 4, "unknown_version": 2, "duration": 1, "unit": 1,
        "out_of_bounds": 1, "date": 1,
    }  # fmt: skip
    unknown = next(reject for reject in parsed.rejects if reject.rule == "unknown_version")
    assert (unknown.place, unknown.value) == ("[8].Version", "TX77")


def test_wide_form_gives_each_metric_its_column(catalog: Catalog) -> None:
    """One record holds several metrics; kilowatt hours become gigawatt hours; a blank is no row."""
    records: list[SimemRecord] = [
        {"Fecha": "2024-04-10", "CodigoEmbalse": "GUAVIO", "VolumenUtilDiarioEnergia": "724500000",
         "CapacidadUtilEnergia": 1_449_100_000, "VolumenTotalEnergia": 800_000_000, "VertimientosEnergia": "",
         "CodigoDuracion": "P1D"},
    ]  # fmt: skip
    found = {
        name: parse_records(records, catalog.metrics[name], DAY, DAY, VERSIONS).rows.to_pylist()
        for name in ("VolumenUtilDiarioEnergia", "CapacidadUtilEnergia", "VertimientosEnergia")
    }
    assert found["VolumenUtilDiarioEnergia"] == [{"code": "GUAVIO", "ts": dt.datetime(2024, 4, 10), "value": 724.5}]
    assert [row["value"] for row in found["CapacidadUtilEnergia"]] == [1449.1]
    assert found["VertimientosEnergia"] == []


def test_a_month_is_dated_on_its_first_day(catalog: Catalog) -> None:
    """A monthly value of the month in which the window begins is inside it."""
    record: SimemRecord = {"CodigoVariable": "PE", "Fecha": "2024-04-01", "CodigoDuracion": "P1M", "Valor": 742.65}
    parsed = parse_records([record], catalog.metrics["PE"], dt.date(2024, 4, 5), dt.date(2024, 5, 31), VERSIONS)
    assert parsed.rows["ts"].to_pylist() == [dt.datetime(2024, 4, 1)]


def test_lists_keep_their_newest_day(catalog: Catalog) -> None:
    """Of the lines published every day the newest list counts; of the calendar of versions every row."""
    lines: list[SimemRecord] = [
        {"Fecha": f"2024-12-{day}", "CodigoLinea": code, "NombreLinea": f" LINEA  {code} ", "Tension": 230}
        for day, code in ((30, "Lin1"), (31, "Lin2"), (31, "Lin1"))
    ]
    parsed = parse_table([*lines, {"Fecha": "2024-12-31", "CodigoLinea": ""}], catalog.metrics["LineasTransmision"])
    assert parsed.rows.select(["code", "name", "kilovolts"]).to_pylist() == [
        {"code": "Lin1", "name": "LINEA Lin1", "kilovolts": "230"},
        {"code": "Lin2", "name": "LINEA Lin2", "kilovolts": "230"},
    ]
    assert [reject.rule for reject in parsed.rejects] == ["item"]
    months: list[SimemRecord] = [
        {"FechaInicio": f"2024-0{month}-01", "FechaFin": f"2024-0{month}-28", "Version": "TXF", "EsMaximaVersion": 1}
        for month in (1, 2)
    ]
    assert parse_table(months, catalog.metrics["VersionesLiquidacion"]).rows["in_force"].to_pylist() == ["1", "1"]


@pytest.mark.parametrize(
    "document",
    [
        {"type": "https://tools.ietf.org/html/rfc9110", "title": "One or more validation errors occurred.",
         "status": 400, "errors": {"startDate": ["The value 'x' is not valid."]}},
        {"status": False, "message": "El conjunto de datos no existe."},
        {"success": False, "message": "Sin permiso", "result": None},
    ],
)  # fmt: skip
def test_an_error_is_never_rows(document: dict[str, object]) -> None:
    """Both error shapes, and the envelope that failed, are told in SIMEM's words, and are no records (I28)."""
    body = json.dumps(document).encode()
    with pytest.raises(ParseError, match="no records"):
        records_of(body)
    verdict = judge_simem(200, body)
    assert verdict.kind == "permanent"
    assert any(words in verdict.reason for words in ("value 'x'", "unknown_dataset", "no existe", "Sin permiso"))


def test_a_list_and_an_envelope_hold_the_same_records() -> None:
    """The bare list of the new address, and `result.records` of the older one."""
    records = [price(0, "TX1", 1.0)]
    assert records_of(json.dumps(records).encode()) == records
    assert records_of(json.dumps({"success": True, "result": {"records": records}}).encode()) == records


@pytest.mark.parametrize("body", [b"", b"<html>", b'"error: rango"', b"{}", b'{"result": {"records": null}}', b"\xff"])
def test_what_is_no_document_with_records_is_an_error(body: bytes) -> None:
    """Empty, HTML, a bare string, an object of another shape: one clear error."""
    with pytest.raises(ParseError):
        records_of(body)


def test_a_renamed_column_is_an_error_and_not_an_empty_month(catalog: Catalog) -> None:
    """A dataset without the declared column fails; one with odd members rejects those alone."""
    with pytest.raises(ParseError, match="no column Version"):
        record = {name: value for name, value in price(0, "TX1", 1.0).items() if name != "Version"}
        parse_records([record], catalog.metrics["PB_Nal"], DAY, DAY, VERSIONS)
    odd = records_of(json.dumps(["success", price(0, "TX1", 1.0)]).encode())
    parsed = parse_records(odd, catalog.metrics["PB_Nal"], DAY, DAY, VERSIONS)
    assert parsed.rows.num_rows == 1
    assert [reject.rule for reject in parsed.rejects] == ["item"]
