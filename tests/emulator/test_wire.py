"""Numbers and names as XM writes them."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np

from pipeline.emulator.server import Emulator
from pipeline.emulator.source import ValueBlock
from pipeline.emulator.wire import data_body

DAY = dt.date(2024, 4, 30)


def hourly(emulator: Emulator, first_hours: list[float], key: tuple[str, ...] = ("A",)) -> dict[str, str]:
    """Return the Values of a one-row hourly reply whose other hours are 1."""
    values = np.ones((1, 1, 24))
    values[0, 0, : len(first_hours)] = first_hours
    contract = emulator.catalog["Gene", "Recurso"]
    body = data_body(contract, DAY, DAY, ValueBlock((DAY,), (key,), values))
    values_: dict[str, str] = json.loads(body)["Items"][0]["HourlyEntities"][0]["Values"]
    return values_


def test_hours_have_no_trailing_zeros_no_exponents_and_blanks_for_nothing(simulated: Emulator) -> None:
    """102141.20 is written 102141.2, 0.00003 in full, NaN as an empty text, a negative as such."""
    written = hourly(simulated, [102141.20, 0.00003, np.nan, -12.5])
    assert [written[f"Hour0{hour}"] for hour in (1, 2, 3, 4)] == ["102141.2", "0.00003", "", "-12.5"]
    assert hourly(simulated, [0.00003])["Hour01"] == "0.00003"


def test_names_with_quotes_percents_and_accents_survive(simulated: Emulator) -> None:
    """A key may hold anything: it reads back as it was."""
    name = 'DESV. "Ñ" 100 % (NEC,PAJ)'
    assert hourly(simulated, [1.0], (name,))["code"] == name


def test_days_and_rows_without_values_are_left_out(simulated: Emulator) -> None:
    """No value in a row: no row, and no item; unless the series shows its blanks. An item per date and code."""
    days = (DAY, DAY + dt.timedelta(days=1))
    values = np.full((2, 2, 24), np.nan)
    values[0, 0, 5] = 3.0
    contract = simulated.catalog["Gene", "Recurso"]

    def rows(*, blanks: bool) -> list[tuple[str, list[str]]]:
        block = ValueBlock(days, (("A",), ("B",)), values, blank_rows=blanks)
        items = json.loads(data_body(contract, *days, block))["Items"]
        return [(item["Date"], [row["Values"]["code"] for row in item["HourlyEntities"]]) for item in items]

    assert rows(blanks=False) == [("2024-04-30", ["A"])]
    assert rows(blanks=True) == [(day, [code]) for day in ("2024-04-30", "2024-05-01") for code in "AB"]
