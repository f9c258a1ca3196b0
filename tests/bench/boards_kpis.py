"""Every quantity that a card shows beside the test that proves its formula, and those tests run.

The list is `tests/views/formulas.yml`; the boards say what it must hold. A test counts when it exists, names the
quantity or the view behind it, stands where real values are read if it claims them, and passes.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.log import get_logger
from pipeline.core.paths import PACKAGE, ROOT
from tests.bench.portals import Portals
from tests.bench.table import Line, exactly, told

log = get_logger("bench")

FOLDER: Final = ROOT / "tests" / "views"
LIST: Final = FOLDER / "formulas.yml"
BASES: Final = ("real", "published", "written")
_SERIES = re.compile(r"FROM headline\b.*?series = '(\w+)'", re.DOTALL)
_INNER = re.compile(r"\([^()]*\)")
_LETTER = re.compile(r"\bvalue\b.*?\bFROM (\w+)\s+WHERE letter = '(\w+)'", re.DOTALL)
_COLUMN = re.compile(r"(?:\w+\.)?(\w+) AS value\b.*?\bFROM (\w+)", re.DOTALL)


@dataclass(frozen=True)
class Proof:
    """What the list says of a quantity.

    Attributes:
        test: `file.py::test`, below `tests/views`.
        basis: Against what, one of `BASES`.
        via: Another view that the test asks.
        why: Which real value is missing.
    """

    test: str
    basis: str
    via: str = ""
    why: str = ""


def bench_kpis(_portals: Portals) -> list[Line]:
    """Compare the list with the boards and run the tests it names."""
    wanted, proofs = quantities(load_catalog()), read_proofs()
    for fault in (found := faults(wanted, proofs)):
        log.warning("formula without its proof", fault=fault)
    told_apart = {basis: sum(proofs[q].basis == basis for q in wanted if q in proofs) for basis in BASES}
    return [
        told("kpis: cards on the boards", sum(len(cards) for cards in wanted.values())),
        told("kpis: quantities they show", len(wanted)),
        told("kpis: tested against XM's real values", told_apart["real"]),
        told("kpis: tested against published figures", told_apart["published"]),
        told("kpis: tested on written rows, no real value at hand", told_apart["written"]),
        exactly("kpis: faults of the list (missing, stale, test not found)", len(found), 0),
        exactly("kpis: tests of it that fail or are skipped", _not_passed(p.test for p in proofs.values()), 0),
    ]


def quantities(catalog: Catalog) -> dict[str, list[str]]:
    """Return what the cards of the boards show: quantity → cards."""
    found: dict[str, list[str]] = {}
    for board in catalog.boards.values():
        for block in board.blocks:
            if block.type == "kpi":
                found.setdefault(quantity(block.sql), []).append(f"{board.slug}/{block.id}")
    return found


def quantity(sql: str) -> str:
    """Return the series of `headline` that a card reads, `view.column` of a view of its own, or `view.PART`."""
    if series := _SERIES.search(sql):
        return series[1]
    while (flat := _INNER.sub("", sql)) != sql:
        sql = flat
    if part := _LETTER.search(sql):
        return f"{part[1]}.{part[2]}"
    column = _COLUMN.search(sql)
    return f"{column[2]}.{column[1]}" if column else " ".join(sql.split())


def read_proofs(path: Path = LIST) -> dict[str, Proof]:
    """Return the list: quantity → proof."""
    return {name: Proof(**fields) for name, fields in yaml.safe_load(path.read_text(encoding="utf-8")).items()}


def faults(wanted: Iterable[str], proofs: Mapping[str, Proof], folder: Path = FOLDER) -> list[str]:
    """Return what is wrong with the list: quantities without proof, proofs of none, tests that do not prove it."""
    names = set(wanted)
    found = [f"{name}: no test is named" for name in sorted(names - set(proofs))]
    found += [f"{name}: no card shows it" for name in sorted(set(proofs) - names)]
    for name, proof in proofs.items():
        found += [f"{name}: {fault}" for fault in _proof_faults(name, proof, folder)]
    return found


def _proof_faults(name: str, proof: Proof, folder: Path) -> list[str]:
    file, _, test = proof.test.partition("::")
    path = folder / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    source = _source(text, test)
    if not source:
        return [f"there is no {proof.test}"]
    found = []
    if proof.basis not in BASES:
        found.append(f"basis {proof.basis!r} is none of {', '.join(BASES)}")
    if proof.basis == "real" and "pytest.mark.real" not in _marks(text) + source:
        found.append(f"{proof.test} is not marked `real`")
    if proof.basis == "written" and not proof.why:
        found.append("`why` does not say which real value is missing")
    view = _view_of(name)
    if proof.via and not _in_one_file(view, proof.via):
        found.append(f"no file of views has both {view} and {proof.via}")
    words = {name, view, proof.via, name.partition(".")[0]} - {""}
    if not any(re.search(rf"\b{re.escape(word)}\b", source) for word in words):
        found.append(f"{proof.test} names none of {', '.join(sorted(words))}")
    return found


def _source(text: str, test: str) -> str:
    """Return a test function with its decorators, '' where there is none."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == test:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    return ""


def _marks(text: str) -> str:
    """Return the marks of a whole file."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            return ast.unparse(node)
    return ""


@cache
def _catalog() -> Catalog:
    return load_catalog()


def _view_of(name: str) -> str:
    """Return the view that a series of `headline` is read from, as its declaration says."""
    if "." in name:
        return name.partition(".")[0]
    series = _catalog().headlines.get(name)
    found = re.search(r"\bFROM (\w+)", series.sql) if series else None
    return found[1] if found else ""


def _in_one_file(*words: str) -> bool:
    return any(
        all(re.search(rf"\b{word}\b", path.read_text(encoding="utf-8")) for word in words)
        for path in (PACKAGE / "views").rglob("*.sql")
    )


def _not_passed(tests: Iterable[str]) -> int:
    """Run tests and return how many of them did not pass: failed, not found, or skipped without real values."""
    names = sorted(set(tests))
    addresses = [
        str((FOLDER / name.partition("::")[0]).relative_to(ROOT)) + f"::{name.partition('::')[2]}" for name in names
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-rA", "-p", "no:cacheprovider", *addresses]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    passed = set(re.findall(r"^PASSED \S*?/(\w+\.py::\w+)", done.stdout, re.MULTILINE))
    failed = set(re.findall(r"^(?:FAILED|ERROR) \S*?/(\w+\.py::\w+)", done.stdout, re.MULTILINE))
    return sum(name not in passed or name in failed for name in names)
