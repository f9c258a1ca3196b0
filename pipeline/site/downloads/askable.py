"""What the assistant of the pages understands: series, plants, reservoirs and rivers by name, terms, named days.

It holds no value: it changes when the catalogue or a list of the source does, and once a year.
`site_src/js/lib/lexicon.js` reads it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, get_args

import duckdb

from pipeline.catalog.assistant import NamedFigure, NamedKind
from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import HeadlineSeries
from pipeline.core import spanish
from pipeline.site.downloads.data import json_bytes

ASKED: Final = "datos/asistente.json"
_KINDS: Final = get_args(NamedKind)
_SPANS: Final = """
SELECT name, CAST(first AS VARCHAR), CAST(last AS VARCHAR) FROM named_span, run_info
WHERE year(first) BETWEEN 2000 AND year(run_info.today) + 1 ORDER BY name, first
"""


def askable(con: duckdb.DuckDBPyConnection, catalog: Catalog, model: str) -> dict[str, bytes]:
    """Return the vocabulary by its address.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        model: Path on the same host where a language model answers; empty where there is none.

    Raises:
        duckdb.Error: A view is missing or fails.
    """
    measures: dict[str, str | None] = dict(con.execute("FROM series_measure").fetchall())
    spans: dict[str, list[str | list[str]]] = defaultdict(list)
    for name, first, last in con.execute(_SPANS).fetchall():
        spans[name].append(first if first == last else [first, last])
    words = catalog.assistant
    document = {
        "series": [_series(each, catalog, measures.get(each.id)) for each in catalog.headlines.values()],
        "named": {kind: _named(con, catalog, kind) for kind in _KINDS},
        "figures": [_figure(each, catalog) for each in words.figures],
        "terms": [[term.term, term.abbreviation or "", term.definition] for term in catalog.glossary],
        "boards": [
            [b.slug, b.title, b.question, [t for t in b.tells if "." not in t]] for b in catalog.boards.values()
        ],
        "days": spans,
        "refusals": [each.model_dump() for each in words.refusals],
        "same": words.same,
        "fillers": words.fillers,
        "cautions": words.cautions,
        "model": model,
        "doubted": sorted(state.label.lower() for state in catalog.quality.values() if not state.quotable),
    }
    return {ASKED: json_bytes(document)}


def _series(series: HeadlineSeries, catalog: Catalog, measure: str | None) -> dict[str, object]:
    """Return how a series is called, and its `measure` over a span, none where that has no sense."""
    boards = [board.slug for board in catalog.telling(series.id)]
    metric = catalog.metrics[series.metrics[0]]
    return {
        "id": series.id,
        "label": series.label,
        "names": list(dict.fromkeys(n for n in (series.label, series.said, *series.also, *series.asked) if n)),
        "unit": spanish.unit_label(series.unit),
        "decimals": series.decimals,
        "of": series.share_of,
        "measure": measure,
        "monthly": series.compare == "month",
        "lag": metric.lag_days,
        "metric": metric.id,
        "board": next(iter(boards), ""),
        "forecast": series.forecast,
    }


def _figure(figure: NamedFigure, catalog: Catalog) -> dict[str, object]:
    """Return a metric that is asked of named things, and what it is over days: a total, a mean, or its last value."""
    measure = {"flow": "total", "rate": "mean"}.get(catalog.metrics[figure.metric].kind, "stock")
    return {**figure.model_dump(), "measure": measure}


def _named(con: duckdb.DuckDBPyConnection, catalog: Catalog, kind: str) -> list[list[str]]:
    """Return code, name as it is written, and other names of everything of a kind."""
    also = {
        thing: words
        for each in catalog.directories.values()
        if each.shows == kind
        for thing, words in each.also.items()
    }
    rows = con.execute("SELECT code, shown, thing FROM named_thing WHERE kind = ? ORDER BY ALL", [kind])
    return [[code, shown, *also.get(thing, ())] for code, shown, thing in rows.fetchall() if code and shown]
