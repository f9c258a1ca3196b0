"""Files are replayed in XM's format, nothing after the day, lists of the vintage then known."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import UsageError
from pipeline.emulator.server import Emulator, build
from tests.emulator.conftest import ask_raw, read

DAY = dt.date(2021, 3, 2)


def write(path: Path, codes: list[str], hours: list[str], values: list[float]) -> None:
    """Write a file of the replay folder."""
    stamps = pa.array(np.array(hours, dtype="datetime64[us]"))
    pq.write_table(pa.table({"code": codes, "ts": stamps, "value": values}), path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one hourly, one daily, one two-keyed and one monthly series, and lists beside it."""
    data = tmp_path / "xm"
    data.mkdir()
    hours = [f"2021-03-{day:02d}T{hour:02d}" for day in (1, 2, 3) for hour in range(24)]
    write(data / "Gene.Recurso.parquet", ["2E10"] * 72, hours, [float(i) + 0.5 for i in range(72)])
    write(data / "AporEner.Rio.parquet", ["B", "A"], ["2021-03-02", "2021-03-01"], [2.0, 1.0])
    keys = ["ENDC|REGULADO", "ENDC|NO REGULADO"]
    write(data / "CompContEnerSICEP.Agente.parquet", keys, ["2021-03-01T05", "2021-03-01T06"], [7.0, 8.0])
    write(data / "CERE.Sistema.parquet", ["Sistema"], ["2021-02-01"], [60.5])
    rows = {
        "Code": ["OLD", "NEW", "LATER"],
        "Name": ["Vieja", "Nueva", "Futura"],
        **{name: ["x"] * 3 for name in ("Type", "Disp", "RecType", "CompanyCode", "EnerSource", "State")},
        "OperStartdate": ["2000-01-01", None, "2020-01-01"],
        "vintage": ["2020-12", "2021-03-01", "2022-01-01"],
    }
    pq.write_table(pa.table(rows), tmp_path / "listado_recursos.parquet")
    return data


@pytest.fixture
def replayed(folder: Path) -> Emulator:
    return build(folder, DAY)


def test_hours_and_days_come_back_as_they_lie_in_the_files(replayed: Emulator) -> None:
    """Hour 0 of the file is Hour01 of the reply; a code that looks like a float stays text."""
    table = read(ask_raw(replayed, "Gene", "Recurso", "2021-03-01", "2021-03-02"))
    assert list(table) == [("2021-03-01", "2E10"), ("2021-03-02", "2E10")]
    np.testing.assert_array_equal(table["2021-03-02", "2E10"], np.arange(24) + 24.5)
    rivers = read(ask_raw(replayed, "AporEner", "Rio", "2021-03-01", "2021-03-31"))
    assert {key: float(value[0]) for key, value in rivers.items()} == {
        ("2021-03-01", "A"): 1.0,
        ("2021-03-02", "B"): 2.0,
    }
    assert float(read(ask_raw(replayed, "CERE", "Sistema", "2021-01-01", "2021-03-02"))["2021-02-01",][0]) == 60.5


def test_two_keys_are_split_again(replayed: Emulator) -> None:
    """`agent|market` becomes the two fields of XM, with blanks in the hours without value."""
    items = json.loads(ask_raw(replayed, "CompContEnerSICEP", "Agente", "2021-03-01", "2021-03-01"))["Items"]
    rows = {row["Values"]["MarketType"]: row["Values"] for item in items for row in item["HourlyEntities"]}
    assert rows["REGULADO"]["code"] == "ENDC"
    assert (rows["REGULADO"]["Hour06"], rows["REGULADO"]["Hour07"]) == ("7.0", "")


def test_nothing_after_today_and_nothing_that_is_not_there(replayed: Emulator) -> None:
    """The third of March is in the file and not in the reply; a pair without file gives no items."""
    assert json.loads(ask_raw(replayed, "Gene", "Recurso", "2021-03-03", "2021-03-20"))["Items"] == []
    assert json.loads(ask_raw(replayed, "DemaSIN", "Sistema", "2021-03-01", "2021-03-02"))["Items"] == []


def test_lists_are_of_the_newest_vintage_known_that_day(folder: Path) -> None:
    """Before the first vintage the oldest one serves; a missing list is an empty one."""

    def codes(day: dt.date) -> list[str]:
        body = json.loads(ask_raw(build(folder, day), "ListadoRecursos", "Sistema", "2021-01-01", "2021-01-01"))
        return [row["Values"]["Code"] for row in body["Items"][0]["ListEntities"]]

    assert codes(dt.date(2019, 1, 1)) == ["OLD"]
    assert codes(dt.date(2021, 2, 1)) == ["OLD"]
    assert codes(DAY) == ["NEW"]
    rivers = json.loads(ask_raw(build(folder, DAY), "ListadoRios", "Sistema", "2021-01-01", "2021-01-01"))
    assert rivers["Items"][0]["ListEntities"] == []
    assert build(folder, DAY).label == "replayed"


def test_a_folder_without_series_is_a_usage_error(tmp_path: Path) -> None:
    """A wrong path is told at the start, not by 193 empty answers."""
    with pytest.raises(UsageError, match="holds no"):
        build(tmp_path, DAY)


@pytest.mark.slow
@pytest.mark.real
def test_the_real_week_is_served_with_its_published_values(realdata: Path) -> None:
    """Every stored pair of the first days of May 2024 is answered, and the published figures come out."""
    emulator = build(realdata / "xm", dt.date(2024, 5, 6))
    for path in sorted((realdata / "xm").glob("*.parquet")):
        metric, entity, _ = path.name.split(".")
        contract = emulator.catalog[metric, entity]
        first = "2024-04-01" if contract.grain == "monthly" else "2024-04-30"
        last = "2024-05-06" if contract.grain == "monthly" else "2024-05-05"
        assert json.loads(ask_raw(emulator, metric, entity, first, last))["Items"], path.name
    price = read(ask_raw(emulator, "PrecBolsNaci", "Sistema", "2024-04-30", "2024-04-30"))["2024-04-30", "Sistema"]
    assert float(price.mean()) == pytest.approx(127.12, abs=0.005)
    plants = read(ask_raw(emulator, "Gene", "Recurso", "2024-04-30", "2024-04-30"))
    total = read(ask_raw(emulator, "Gene", "Sistema", "2024-04-30", "2024-04-30"))["2024-04-30", "Sistema"]
    made = float(np.nansum(np.stack(list(plants.values()))))
    assert made / 1e6 == pytest.approx(233.86, abs=0.005)
    assert made == pytest.approx(float(total.sum()), rel=1e-6)
    level = read(ask_raw(emulator, "PorcVoluUtilDiar", "Sistema", "2024-05-05", "2024-05-20"))
    assert {key: float(value[0]) for key, value in level.items()} == {("2024-05-05",): 0.34419}
