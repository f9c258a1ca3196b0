"""XM's JSON, byte by byte: an item per date and code, strings for numbers, "" for what is not published.

Rows of hourly series nest their values, those of the others are flat; a list is one item, dated today. Bodies are
joined from formatted text: `json.dumps` over nested dictionaries takes three times longer, and a demo asks for some
hundred megabytes.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence

import numpy as np

from pipeline.emulator.source import ValueBlock
from pipeline.emulator.xm_contract import Contract

_ARRAYS = {"hourly": "HourlyEntities", "daily": "DailyEntities", "monthly": "MonthlyEntities"}
_HOURS = ",".join(f'"Hour{hour:02d}":"%s"' for hour in range(1, 25))


def _number(value: float) -> str:
    """Write a value as XM's hourly rows do: no trailing zeros, never an exponent, nothing for NaN."""
    if value != value:  # noqa: PLR0124 - NaN is the only value that differs from itself
        return ""
    text = repr(value)
    return np.format_float_positional(value, trim="0") if "e" in text else text


def _flat(value: float) -> str:
    """Write a value as XM's flat rows do: five decimals, more only where the value has more."""
    text = f"{value:.5f}"
    return text if float(text) == value else _number(value)


def _fields(names: Sequence[str], key: Sequence[str]) -> str:
    return ",".join(f'"{name}":{json.dumps(part, ensure_ascii=False)}' for name, part in zip(names, key, strict=True))


def _envelope(contract: Contract, first: dt.date, last: dt.date, items: Sequence[str]) -> bytes:
    head = json.dumps(
        {
            "Id": contract.metric,
            "Name": contract.name,
            "StartDate": f"{first.isoformat()}T00:00:00",
            "EndDate": f"{last.isoformat()}T00:00:00",
        },
        ensure_ascii=False,
    )
    return f'{{"Metric":{head},"Items":[{",".join(items)}]}}'.encode()


def _hourly_rows(contract: Contract, block: ValueBlock) -> list[list[str]]:
    """Return the JSON rows of each day; a code without value that day has a row of blanks or none."""
    templates = [
        f'{{"Id":"{contract.entity}","Values":{{{_fields(contract.keys, key)},'.replace("%", "%%") + _HOURS + "}}"
        for key in block.keys
    ]
    valid = ~np.isnan(block.values)
    full: list[list[bool]] = np.all(valid, axis=2).tolist()
    some: list[list[bool]] = np.any(valid, axis=2).tolist()
    rows = []
    for day, values in enumerate(block.values.tolist()):
        day_full, day_some = full[day], some[day]
        texts = []
        for column, template in enumerate(templates):
            if day_full[column]:
                text = template % tuple(values[column])
                if "e-" in text:
                    text = template % tuple(map(_number, values[column]))
                texts.append(text)
            elif day_some[column] or block.blank_rows:
                texts.append(template % tuple(map(_number, values[column])))
        rows.append(texts)
    return rows


def _flat_rows(contract: Contract, block: ValueBlock) -> list[list[str]]:
    heads = [
        f'{{"Id":"{contract.entity}",' + (_fields(contract.keys, key) + "," if contract.keys else "")
        for key in block.keys
    ]
    return [
        [
            f'{head}"Value":"{_flat(value)}"}}'
            for head, value in zip(heads, values, strict=True)
            if not math.isnan(value)
        ]
        for values in block.values.tolist()
    ]


def data_body(contract: Contract, first: dt.date, last: dt.date, block: ValueBlock | None) -> bytes:
    """Return the reply of /hourly, /daily or /monthly for one window.

    Args:
        contract: The series.
        first: First day asked for.
        last: Last day asked for.
        block: Its values in XM's unit, or None when nothing is published.
    """
    if block is None:
        return _envelope(contract, first, last, [])
    rows = _hourly_rows(contract, block) if contract.grain == "hourly" else _flat_rows(contract, block)
    array = _ARRAYS[contract.grain]
    items = [
        f'{{"Date":"{day.isoformat()}","{array}":[{text}]}}'
        for day, texts in zip(block.dates, rows, strict=True)
        for text in texts
    ]
    return _envelope(contract, first, last, items)


def list_body(contract: Contract, day: dt.date, rows: Sequence[dict[str, object]]) -> bytes:
    """Return the reply of /lists: one item, dated with the day of the answer."""
    entities = [{"Id": contract.entity, "Values": row} for row in rows]
    metric = {"Id": contract.metric, "Name": contract.name}
    document = {"Metric": metric, "Items": [{"Date": day.isoformat(), "ListEntities": entities}]}
    return json.dumps(document, ensure_ascii=False).encode()
