"""Hourly rows folded by day: unfolding gives back every value that is one, in order, and nothing else."""

import datetime as dt

import numpy as np
import pyarrow as pa

from pipeline.ingest.rows import count_of, folded, is_folded, unfolded, values_of, years_of
from pipeline.store.parts import sort_rows


def table() -> pa.Table:
    """Return two plants on two days, out of order, one hour of them not published."""
    codes = pa.array(["TBST", "GVIO", "GVIO"]).dictionary_encode()
    days = np.array(["2024-04-02", "2024-04-02", "2024-04-01"], "datetime64[D]")
    values = np.arange(72, dtype=float)
    values[30] = np.nan
    return folded(codes, days, values)


def test_unfolding_drops_the_hours_that_are_not_published() -> None:
    """71 of 72 hours have a value: as many rows, each at its hour."""
    rows = unfolded(table())
    assert count_of(table()) == rows.num_rows == 71
    assert years_of(table()) == years_of(rows) == {2024: 71}
    assert years_of(table().slice(0, 0)) == {}
    assert rows.schema.types == [pa.string(), pa.timestamp("ms"), pa.float64()]
    assert rows.slice(29, 2).to_pylist() == [
        {"code": "GVIO", "ts": dt.datetime(2024, 4, 2, 5), "value": 29.0},
        {"code": "GVIO", "ts": dt.datetime(2024, 4, 2, 7), "value": 31.0},
    ]


def test_sorting_days_is_sorting_hours() -> None:
    """A folded table sorts by code and day; its unfolded rows are then in order too."""
    rows = unfolded(sort_rows(table()))
    assert rows.equals(sort_rows(unfolded(table())).combine_chunks())
    assert rows["code"][0].as_py() == "GVIO"
    assert np.isnan(values_of(table())).sum() == 1


def test_tables_of_several_dictionaries_become_one() -> None:
    """Replies name other plants in another order: their codes survive the joining."""
    other = folded(pa.array(["AAAA"]).dictionary_encode(), np.array(["2024-04-03"], "datetime64[D]"), np.ones(24))
    rows = unfolded(pa.concat_tables([table(), other]))
    assert rows["code"].to_pylist()[-24:] == ["AAAA"] * 24
    assert not is_folded(rows)
    assert unfolded(rows) is rows
