"""The JSON Schemas are current, and every YAML file names its own in the first line."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.catalog.json_schemas import KINDS, first_line, schemas, write_schemas
from pipeline.catalog.load import HERE
from pipeline.core.units import UNITS


def test_committed_schemas_are_current() -> None:
    """What `./inv check --schemas` would write is what is there, no more and no less."""
    there = {path.name: path.read_text(encoding="utf-8") for path in (HERE / "schemas").iterdir()}
    assert there == schemas(), "run ./inv check --schemas"


def test_every_file_names_the_schema_of_its_kind() -> None:
    """No YAML file is without a kind, and the address in its first line is that of a file."""
    named = set()
    for kind, (files, _) in KINDS.items():
        for path in HERE.glob(files):
            line = path.read_text(encoding="utf-8").partition("\n")[0]
            assert line == first_line(path, kind), path
            assert (path.parent / line.partition("$schema=")[2]).resolve() == HERE / "schemas" / f"{kind}.json"
            named.add(path)
    assert named == set(HERE.rglob("*.yml"))


def test_schemas_know_what_an_editor_should_complete() -> None:
    """Units, fields and their limits are in them; a field nobody declared is refused."""
    board = json.loads(schemas()["board.json"])
    assert board["additionalProperties"] is False
    assert board["$defs"]["Block"]["properties"]["unit"]["enum"] == list(UNITS)
    assert {"sql", "input", "shown", "published"} <= {"sql", *json.loads(schemas()["forecast.json"])["properties"]}


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    """The command says which files it wrote."""
    assert sorted(write_schemas(tmp_path)) == sorted(f"{kind}.json" for kind in KINDS)
    assert write_schemas(tmp_path) == []
