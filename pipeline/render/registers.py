"""What other stages wrote down about the data: read where it is, said to be missing where it is not."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from pipeline.render.context import SiteContext

#: Said where no stage keeps the record yet.
NO_RECORD = "Sin registro todavía."
#: Tables and views that pages about the data read besides the series themselves.
SOURCES = ("lake_change", "revision", "quarantine", "gap", "catalog_drift", "balance_residual", "record_event",
           "source_state")  # fmt: skip


def has(site: SiteContext, name: str) -> bool:
    """Return whether the warehouse has a table or view of that name."""
    found = site.con.execute("SELECT 1 FROM information_schema.tables WHERE table_name = ?", [name]).fetchone()
    return found is not None


def read(
    site: SiteContext, name: str, columns: str = "*", rest: str = "", parameters: Sequence[object] = ()
) -> pd.DataFrame:
    """Return rows of a table or view, none when the warehouse does not have it.

    Args:
        site: Shared context.
        name: Table or view, possibly with its joins.
        columns: What to select.
        rest: Conditions, groups and order.
        parameters: Values for the `?` in `rest`.
    """
    if not has(site, name.split(maxsplit=1)[0]):
        return pd.DataFrame()
    return site.query(f"SELECT {columns} FROM {name} {rest}", parameters)


def digest(site: SiteContext) -> str:
    """Return a hash of every register, so that a page about the data is made again when one grows."""
    sums = [
        site.con.execute(f"SELECT count(*), bit_xor(hash(r)) FROM {name} AS r").fetchone()
        for name in SOURCES
        if has(site, name)
    ]
    return repr(sums)
