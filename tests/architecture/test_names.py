"""A name says what it holds and stands once in the house; what nobody calls is not there."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))

#: File names that stand twice with the same role, and why; three at most.
SAME_ROLE: dict[str, str] = {}


def classes(path: Path) -> Iterator[str]:
    """Yield the classes of a module, private ones too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef))


def twice(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return what stands more than once."""
    return {name: places for name, places in sorted(found.items()) if len(places) > 1}


def test_a_file_name_stands_once() -> None:
    """Who looks for a room by its name finds one; each name on a list is still doubled."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        if path.name != "__init__.py":
            found[path.name].append(path.relative_to(ROOT).as_posix())
    assert len(SAME_ROLE) <= 3
    assert all(len(why) > 20 for why in SAME_ROLE.values())
    assert twice(found).keys() - SAME_ROLE.keys() == set(), twice(found)
    assert SAME_ROLE.keys() - twice(found).keys() == set(), "take it off the list"


def test_a_class_name_stands_once() -> None:
    """A class of one name in two rooms is two meanings of a word."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for name in classes(path):
            found[name].append(path.relative_to(ROOT).as_posix())
    assert twice(found) == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_except_is_broad(path: Path) -> None:
    """What is caught is named, but where everything is undone and raised again."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and is_broad(node.type):
            last = node.body[-1]
            assert isinstance(last, ast.Raise) and last.exc is None, f"{path.name}:{node.lineno}"


def is_broad(caught: ast.expr | None) -> bool:
    """Say whether an `except` catches everything."""
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(n is None or (isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"}) for n in names)


def test_no_name_is_dead() -> None:
    """Vulture is sure (80 %) of nothing that nobody reads."""
    done = subprocess.run(
        [sys.executable, "-m", "vulture", "pipeline", "tasks.py", "--min-confidence", "80"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
