"""Faults drawn from the real declarations: each fails at load, named with its file; none is silent or a traceback."""

from __future__ import annotations

import copy
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog import load
from pipeline.catalog.load import HERE
from pipeline.core.errors import CatalogError

from .additions import copy_catalogue

pytestmark = pytest.mark.slow
FILES = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("*.yml"))
TEXTS = {name: (HERE / name).read_bytes() for name in FILES}
TREES = {name: yaml.load(text, Loader=load._Loader) for name, text in TEXTS.items()}
#: What the loader makes of the files as they are, to be read again in no time: a fault is in one of sixty files.
KEPT = {text: pickle.dumps(TREES[name]) for name, text in TEXTS.items()}
parse = yaml.load
DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
#: Mappings whose keys are the author's own, and files of nothing but sentences.
FREE = {"same", "also", "columns", "options", "files", "bounds", "blends", "calendar", "agents"}
#: Fields that name something declared elsewhere.
NAMES = {"unit", "source", "stored", "metric", "metrics", "theme", "entities"}
Step = str | int


def fields(node: object, path: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the path of every declared field."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key)
            if key not in FREE:
                yield from fields(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from fields(value, (*path, place))


PLACES = [(name, path) for name, tree in TREES.items() if name != "vocabularies.yml" for path in fields(tree)]


def faults(name: str, spoilt: object) -> list[str]:
    """Return the faults of the catalogue in which one file has other contents (text, or a tree to write)."""
    with tempfile.TemporaryDirectory() as folder:
        root = copy_catalogue(Path(folder))
        text = spoilt if isinstance(spoilt, str) else yaml.safe_dump(spoilt, allow_unicode=True, sort_keys=False)
        (root / name).write_text(text, encoding="utf-8")
        with patch.object(yaml, "load", parse_once), pytest.raises(CatalogError) as caught:
            load.load_catalog(root)
    return caught.value.problems


def parse_once(raw: bytes, Loader: type) -> object:  # noqa: N803 - as PyYAML calls it
    """Return what a file says; one that is as it was is not parsed again."""
    return pickle.loads(KEPT[raw]) if raw in KEPT else parse(raw, Loader=Loader)


def changed(name: str, path: tuple[Step, ...]) -> tuple[Any, Any, Step]:
    """Return a copy of a file's tree, the node that holds the field, and the field."""
    tree = copy.deepcopy(TREES[name])
    node = tree
    for step in path[:-1]:
        node = node[step]
    return tree, node, path[-1]


@DRAWN
@given(st.sampled_from(PLACES))
def test_a_misspelt_field_is_named(place: tuple[str, tuple[Step, ...]]) -> None:
    """A field that nobody declared is an error, not a guest."""
    name, path = place
    tree, node, key = changed(name, path)
    node[f"{key}_"] = node.pop(key)
    assert any(line.startswith(name) and f"{key}_" in line for line in faults(name, tree))


@DRAWN
@given(st.sampled_from([place for place in PLACES if place[1][-1] in NAMES]))
def test_a_name_or_a_unit_that_does_not_exist_is_named(place: tuple[str, tuple[Step, ...]]) -> None:
    """Units, metrics, themes, entities and sources that nobody declares."""
    name, path = place
    if name in {"corrections.yml"} and path[-1] == "source":
        return  # there the source is a sentence
    tree, node, key = changed(name, path)
    value = node[key]
    if isinstance(value, dict):
        return  # the pair of units; its halves are drawn by themselves
    node[key] = [*value, "Nada"] if isinstance(value, list) else "Nada"
    assert any(line.startswith(name) and "Nada" in line for line in faults(name, tree))


@DRAWN
@given(st.sampled_from(PLACES), st.sampled_from([["una", "lista"], {"un": "mapa"}]))
def test_a_value_of_another_shape_is_named(place: tuple[str, tuple[Step, ...]], other: object) -> None:
    """A list or a mapping where a text or a number belongs."""
    name, path = place
    tree, node, key = changed(name, path)
    if isinstance(node[key], list | dict) or key in {"versus", "bounds"}:
        return
    node[key] = other
    assert any(line.startswith(name) for line in faults(name, tree))


@DRAWN
@given(st.sampled_from(FILES), st.sampled_from(["{", "- [", "\t: x", "a: 1\n a: 2", "&x *x"]))
def test_a_file_that_is_no_yaml_is_named(name: str, rubbish: str) -> None:
    """Text after the end of a file that no parser takes."""
    text = (HERE / name).read_text(encoding="utf-8") + f"\n{rubbish}\n"
    assert any(line.startswith(name) for line in faults(name, text))


@DRAWN
@given(st.sampled_from([n for n in FILES if n.partition("/")[0] in {"boards", "forecasts"}]), st.data())
def test_a_field_given_twice_is_named(name: str, data: st.DataObject) -> None:
    """YAML would keep the last one without a word."""
    key = data.draw(st.sampled_from(sorted(TREES[name])))
    text = (HERE / name).read_text(encoding="utf-8") + f"\n{key}: otra vez\n"
    assert any(line.startswith(name) and "given twice" in line for line in faults(name, text))


@DRAWN
@given(st.sampled_from(FILES), st.sampled_from(["", "42", "hola", "[1, 2]", "null", "- 1\n- dos"]))
def test_a_file_of_another_shape_is_named(name: str, text: str) -> None:
    """A file that is empty, a number, a word or a list of anything: told, or what it lacks is."""
    assert faults(name, text)


@pytest.mark.parametrize("other", [["una", "lista"], {"un": "mapa"}, "", 3, None])
@pytest.mark.parametrize("field", ["id", "like", "sections"])
def test_what_a_report_takes_over_wrongly_is_named(field: str, other: object) -> None:
    """A report that is like another joins its blocks by their names: one that has none is not lost on the way."""
    name = "reports/hidrologia.yml"
    tree, node, _ = changed(name, ("blocks", 0, "id"))
    if field == "id":
        node[field] = other
    elif not other:
        return  # the same as not to say it
    else:
        tree[field] = ["estado", other] if field == "sections" else other
    assert any(line.startswith(name) for line in faults(name, tree))
