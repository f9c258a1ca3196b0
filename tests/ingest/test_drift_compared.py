"""The source's own catalogue is read, kept and compared with ours."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import SourceSchemaChanged
from pipeline.ingest.sources.xm import Difference, ListedMetric, compare, parse_listing
from tests.ingest.conftest import metric

GENE = ListedMetric("Gene", "Sistema", "HourlyEntities", "kWh", 31)
APOR = ListedMetric("AporEner", "Rio", "DailyEntities", "kWh", 31)


def catalog() -> Catalog:
    declared = [metric("Gene"), metric("AporEner", "daily", ("Rio",)), metric("Lista", "list")]
    return Catalog({m.id: m for m in declared}, {}, {}, {}, {}, {}, (), (), "")


LISTED = [GENE, APOR, ListedMetric("Lista", "Sistema", "ListsEntities", "", 731)]


def reply(rows: list[dict[str, object]]) -> bytes:
    return json.dumps(
        {"Items": [{"Date": "2024-05-06", "ListEntities": [{"Id": "Sistema", "Values": r} for r in rows]}]}
    ).encode()


ROW = {"MetricId": "Gene", "Entity": "Sistema", "Type": "HourlyEntities", "MetricUnits": "kWh", "MaxDays": 31}


def test_the_listing_is_read() -> None:
    """Rows become pairs; repeated rows are one; a number may come as text, and may be missing (F12)."""
    listed = parse_listing(
        reply([ROW, ROW, {**ROW, "Entity": "Recurso", "MaxDays": "731"}, {**ROW, "MetricId": "Z", "MaxDays": None}])
    )
    assert listed == [
        dataclasses.replace(GENE, entity="Recurso", max_days=731),
        GENE,
        dataclasses.replace(GENE, metric="Z", max_days=30),
    ]
    assert [row.grain for row in listed] == ["hourly"] * 3


@pytest.mark.parametrize(
    "body", [b"{}", b"nothing", b'{"Items": [1]}', b'{"Items": [{"ListEntities": [{"Values": {}}]}]}']
)
def test_another_shape_is_not_a_listing(body: bytes) -> None:
    """A reply that is not the list says so, instead of listing nothing."""
    with pytest.raises(SourceSchemaChanged, match="ListadoMetricas"):
        parse_listing(body)


def test_no_difference_is_no_drift() -> None:
    """The listing of our own catalogue is no drift."""
    assert compare(catalog(), LISTED) == []


def test_five_kinds_of_drift_are_found() -> None:
    """A new and a removed metric, another type, unit and limit: 5 of 5 (I15)."""
    new = ListedMetric("Nueva", "Sistema", "AnnualEntities", "kWh", 366)
    listed = [dataclasses.replace(GENE, type="DailyEntities", unit="MWh", max_days=30), new, LISTED[2]]
    drift = compare(catalog(), listed)
    assert drift == [
        Difference("changed", "Gene", "Sistema", "max_days", "31", "30"),
        Difference("changed", "Gene", "Sistema", "type", "hourly", "daily"),
        Difference("changed", "Gene", "Sistema", "unit", "kWh", "MWh"),
        Difference("new", "Nueva", "Sistema", now="AnnualEntities kWh"),
        Difference("removed", "AporEner", "Rio"),
    ]
    assert [each.field for each in drift if each.freezes] == ["type", "unit"]
    assert [str(each) for each in drift] == [
        "changed: Gene/Sistema max_days: '31' → '30'",
        "changed: Gene/Sistema type: 'hourly' → 'daily'",
        "changed: Gene/Sistema unit: 'kWh' → 'MWh'",
        "new: Nueva/Sistema (AnnualEntities kWh)",
        "removed: AporEner/Rio",
    ]
    assert new.grain is None


def test_a_label_that_we_correct_is_watched() -> None:
    """Where our declaration corrects a wrong label, a change of the label is still seen."""
    ours = Catalog({"Gene": metric("Gene", source_label="%")}, {}, {}, {}, {}, {}, (), (), "")
    assert compare(ours, [dataclasses.replace(GENE, unit="%")]) == []
    assert compare(ours, [GENE]) == [Difference("changed", "Gene", "Sistema", "unit", "%", "kWh")]
