"""What the catalogue declares, as tables: metrics, themes, headline series, what boards may quote, forecasts."""

from __future__ import annotations

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.catalog.value_states import macros
from pipeline.store.sql import make_table


def create_catalog_tables(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create what is declared, in its order: metrics, themes, headline series, what boards read and may quote."""
    for macro in macros():
        con.execute(macro)
    make_table(
        con,
        "catalog_metric",
        "id VARCHAR, title VARCHAR, definition VARCHAR, theme VARCHAR, grain VARCHAR, kind VARCHAR, unit VARCHAR, "
        "lag_days INTEGER, source VARCHAR, ordinal INTEGER, entities VARCHAR[], sparse BOOLEAN, ends DATE, "
        "level_check BOOLEAN, late_after INTEGER",
        [
            (m.id, m.title, m.definition, m.theme, m.grain, m.kind, m.unit.stored, m.lag_days, m.source, ordinal,
             list(m.entities), m.sparse, m.ends, m.level_check, m.late_after)
            for ordinal, m in enumerate(catalog.metrics.values(), 1)
        ],
    )  # fmt: skip
    themes = sorted(catalog.themes.values(), key=lambda t: (t.order, t.id))
    rows: list[tuple[object, ...]] = [(ordinal, t.id, t.title) for ordinal, t in enumerate(themes, 1)]
    make_table(con, "catalog_theme", "ordinal INTEGER, id VARCHAR, title VARCHAR", rows)
    rows = [
        (ordinal, board.slug, board.title, metric)
        for ordinal, board in enumerate(catalog.boards.values(), 1)
        for metric in dict.fromkeys([*board.metrics, *(name for block in board.blocks for name in block.metrics)])
    ]
    make_table(con, "board_metric", "ordinal INTEGER, board VARCHAR, title VARCHAR, metric VARCHAR", rows)
    rows = [
        (board.slug, place, told if "." in told else "", "" if "." in told else told)
        for board in catalog.boards.values()
        for place, told in enumerate(board.tells, 1)
    ]
    make_table(con, "board_tells", "board VARCHAR, place INTEGER, pattern VARCHAR, series VARCHAR", rows)
    rows = [(c.id, c.left, c.right, list(c.ways), c.link) for c in catalog.contrasts]
    make_table(con, "contrast_rule", 'id VARCHAR, "left" VARCHAR, "right" VARCHAR, ways VARCHAR[], link VARCHAR', rows)


def create_series_info(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `series_info`: what each headline series is, in the order of the declarations."""
    rows = [
        (ordinal, s.id, s.label, s.unit, s.decimals, ",".join(s.metrics), s.compare, s.said, s.share_of)
        for ordinal, s in enumerate(catalog.headlines.values(), 1)
    ]
    columns = (
        "ordinal INTEGER, series VARCHAR, label VARCHAR, unit VARCHAR, decimals INTEGER, metrics VARCHAR, "
        "compare VARCHAR, said VARCHAR, share_of VARCHAR"
    )
    make_table(con, "series_info", columns, rows)


def create_forecast_info(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Create `forecast_info`: what the pages make of each forecast, and which step its seasonal naive repeats."""
    columns = (
        "series VARCHAR, again VARCHAR, line BOOLEAN, subject VARCHAR[], answers BOOLEAN, feed BOOLEAN, "
        "by_lead BOOLEAN, misses BOOLEAN, drivers VARCHAR[]"
    )
    rows = [
        (p.series, "day" if p.season == p.steps else "week", p.shown.line, p.shown.subject and list(p.shown.subject),
         p.shown.answers, p.shown.feed, p.shown.by_lead, p.shown.misses, list(p.shown.drivers))
        for p in catalog.forecasts
    ]  # fmt: skip
    make_table(con, "forecast_info", columns, rows)
