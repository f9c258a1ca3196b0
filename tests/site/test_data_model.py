"""The page of the data model is written from the catalogue and the lake's own schema."""

from __future__ import annotations

import re

from pipeline.catalog.load import Catalog
from pipeline.site.pages.data_model import COLUMNS, data_model
from pipeline.store.parts import SERIES_SCHEMA, VERSION, key_of


def test_columns_and_keys_are_those_of_the_lake() -> None:
    """Every column is told, none that is not there, and the key is the one that the lake keeps."""
    assert list(COLUMNS) == [*SERIES_SCHEMA.names, VERSION.name]
    told = {name for name, (key, _) in COLUMNS.items() if key == "Sí"}
    assert told == {"metric", "entity", *key_of(SERIES_SCHEMA.append(VERSION))}


def test_every_metric_state_and_entity_is_there(catalog: Catalog) -> None:
    """A metric stands once, with a link to its page; lists with their columns."""
    page = data_model(catalog)
    for metric in catalog.metrics.values():
        if metric.grain == "list":
            assert f"<code>{metric.id}</code>" in page
        else:
            assert page.count(f'href="../metricas/{metric.id}/"') == 1
    for word in (*catalog.quality.values(), *catalog.entities.values()):
        assert f"<code>{word.id}</code>" in page
    assert re.findall(r"\b(?:hourly|daily|monthly|flow|stock|rate)\b", re.sub(r"<code>.*?</code>", "", page)) == []
