"""The source's own catalogue is read, kept and compared with ours."""

from __future__ import annotations

import dataclasses
import json

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import SourceSchemaChanged
from pipeline.ingest.drift import ListedMetric, ListingChange, compare, parse_listing
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
    assert not compare(catalog(), LISTED)
    assert compare(catalog(), LISTED).lines() == []


def test_five_kinds_of_drift_are_found() -> None:
    """A new and a removed metric, another type, unit and limit: 5 of 5 (I15)."""
    new = ListedMetric("Nueva", "Sistema", "AnnualEntities", "kWh", 366)
    listed = [dataclasses.replace(GENE, type="DailyEntities", unit="MWh", max_days=30), new, LISTED[2]]
    drift = compare(catalog(), listed)
    assert drift.new == (new,)
    assert drift.removed == (("AporEner", "Rio"),)
    assert drift.changed == (
        ListingChange("Gene", "Sistema", "max_days", "31", "30"),
        ListingChange("Gene", "Sistema", "type", "hourly", "daily"),
        ListingChange("Gene", "Sistema", "unit", "kWh", "MWh"),
    )
    assert drift.frozen == {"Gene"}
    assert len(drift.lines()) == 5
    assert new.grain is None


def test_a_label_that_we_correct_is_watched_in_the_last_copy() -> None:
    """Where our declaration corrects a wrong label, a change is seen against yesterday's listing."""
    odd = metric("Gene", source_label="%")
    ours = Catalog({"Gene": odd}, {}, {}, {}, {}, {}, (), (), "")
    labelled = dataclasses.replace(GENE, unit="%")
    assert not compare(ours, [labelled], [labelled])
    assert compare(ours, [GENE], [labelled]).changed == (ListingChange("Gene", "Sistema", "unit", "%", "kWh"),)
