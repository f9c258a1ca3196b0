"""JSON Schemas of every kind of declaration, so that editors complete and check them while they are written.

They are committed under `schemas/`, and the first line of each YAML file names its own. `./inv check --schemas` writes
them again. They know shapes, not names: which metrics, series or boards there are, the loader checks.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.catalog.assistant import Assistant
from pipeline.catalog.data_pages import DataPage
from pipeline.catalog.directories import Directory
from pipeline.catalog.forecasts import ForecastPolicy, Words
from pipeline.catalog.load import HERE
from pipeline.catalog.reports import Report, ReportNote
from pipeline.catalog.schema import Alias, Board, Contrast, Correction, HeadlineSeries, Metric, ReferenceTable, Source
from pipeline.catalog.search_words import SearchWords
from pipeline.catalog.vocabulary import Term, Vocabularies

KINDS: dict[str, tuple[str, TypeAdapter[object]]] = {
    "metrics": ("metrics/*.yml", TypeAdapter(list[Metric])),
    "series": ("series/*.yml", TypeAdapter(list[HeadlineSeries])),
    "board": ("boards/*.yml", TypeAdapter(Board)),
    "page": ("pages/*.yml", TypeAdapter(DataPage)),
    "directory": ("entities/*.yml", TypeAdapter(Directory)),
    "report": ("reports/*.yml", TypeAdapter(Report)),
    "notes": ("notes.yml", TypeAdapter(list[ReportNote])),
    "forecast": ("forecasts/[0-9]*.yml", TypeAdapter(ForecastPolicy)),
    "words": ("forecasts/words.yml", TypeAdapter(Words)),
    "sources": ("sources.yml", TypeAdapter(list[Source])),
    "vocabularies": ("vocabularies.yml", TypeAdapter(Vocabularies)),
    "corrections": ("corrections.yml", TypeAdapter(list[Correction])),
    "aliases": ("aliases.yml", TypeAdapter(list[Alias])),
    "assistant": ("assistant.yml", TypeAdapter(Assistant)),
    "search_words": ("search_words.yml", TypeAdapter(SearchWords)),
    "contrasts": ("contrasts.yml", TypeAdapter(list[Contrast])),
    "reference": ("reference.yml", TypeAdapter(list[ReferenceTable])),
    "glossary": ("glossary.yml", TypeAdapter(list[Term])),
}
"""Name of the schema → files of that kind, and their shape."""


def schemas() -> dict[str, str]:
    """Return the text of each schema by its file's name."""
    texts = {}
    for name, (_, shape) in KINDS.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **shape.json_schema()}
        texts[f"{name}.json"] = json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return texts


def write_schemas(root: Path = HERE) -> list[str]:
    """Write the schemas under `root`; return the names of those that changed."""
    folder = root / "schemas"
    folder.mkdir(exist_ok=True)
    changed = []
    for name, text in schemas().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


def first_line(path: Path, kind: str, root: Path = HERE) -> str:
    """Return the line with which a file of a kind begins: editors read in it where the schema is."""
    up = "../" * (len(path.relative_to(root).parts) - 1)
    return f"# yaml-language-server: $schema={up}schemas/{kind}.json"
