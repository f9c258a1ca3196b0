"""The house rules that a tool can hold: sizes, languages, documents that match the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))
PROOFS = sorted(
    p for name in ("bench", "nights") for p in (ROOT / "tests" / name).rglob("*.py") if not p.name.startswith("test_")
)
# Spanish lives on the surface only; proper names and XM's own words are not prose.
_SPANISH = re.compile(r"[ñÑ¿¡]|[a-z]ción\b|[a-z]ón\b")
_NAMES = re.compile(r'Niñ[oa]|"años"')  # the climate index has no English name, nor has the unit on the page
_SPANISH_LAYERS = (
    "core/spanish.py",
    "store/mirror_ddl.py",
    "site/",
    "narrate/",
    "emulator/",
    "operate.py",
)


def test_there_are_modules() -> None:
    """A rule over nothing proves nothing."""
    assert len(MODULES) > 60


@pytest.mark.parametrize("path", [*MODULES, *PROOFS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module fits in the head (400 lines), a function on a screen (60)."""
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.end_lineno - node.lineno + 1  # type: ignore[operator]
            if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                body -= node.body[0].end_lineno - node.body[0].lineno + 1  # type: ignore[operator]
            assert body <= 60, f"{path.name}:{node.name} has {body} lines"


@pytest.mark.parametrize("path", [*MODULES, *PROOFS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_modules_say_what_they_own(path: Path) -> None:
    """Each module opens with a docstring, but for empty package files."""
    source = path.read_text(encoding="utf-8")
    assert not source.strip() or ast.get_docstring(ast.parse(source))


def test_spanish_stays_on_the_surface() -> None:
    """Core, catalogue code, store, ingest, model and the flow hold no Spanish prose."""
    found = []
    for path in MODULES:
        name = path.relative_to(ROOT / "pipeline").as_posix()
        if name.startswith(_SPANISH_LAYERS):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            quotes_xm = "`" in line or "XM" in line or "#" in line
            if _SPANISH.search(_NAMES.sub("", line)) and not quotes_xm:
                found.append(f"{name}:{number}: {line.strip()}")
    assert not found, "\n".join(found)


def test_readme_names_every_task() -> None:
    """Every command is in the README or in CONTRIBUTING, and none that is not there."""
    tasks = re.findall(r"^@task.*?^def (\w+)", (ROOT / "tasks.py").read_text(), re.S | re.M)
    assert len(tasks) > 15
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    missing = [t for t in tasks if not re.search(rf"\b{t.replace('_', '-')}\b", text)]
    assert not missing, f"undocumented: {missing}"
    named = set(re.findall(r"\./inv ([a-z]+)", text))
    assert named <= set(tasks), f"documented but absent: {named - set(tasks)}"


def test_actions_are_pinned_and_weak() -> None:
    """Workflows pin actions by full hash, start with no permission, and give a key only to the step that uses it."""
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert len(workflows) == 3
    for path in workflows:
        text = path.read_text()
        assert "\npermissions: {}\n" in text
        uses = re.findall(r"uses: (\S+)", text)
        assert uses and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", u) for u in uses)
        assert text.count("timeout-minutes:") >= text.count("runs-on:")
        keyed = [step for step in re.split(r"\n      - ", text) if re.search(r"secrets\.\w*KEY", step)]
        assert [re.findall(r"^name: (\w+)", step) for step in keyed] == ([["build"]] if keyed else [])
        assert not re.search(r"run:[^\n]*\$\{\{", text), "what others wrote enters a shell as text only"


def test_lock_files_name_no_registry() -> None:
    """Locks pin versions and hashes; where to fetch from is the machine's business."""
    for name in ("requirements.lock", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert len(text) > 1000
        assert "://" not in re.sub(r'"(url|funding|homepage|bugs)": *"[^"]*"', "", text) or name == "package-lock.json"
        assert not re.search(r"\b(pypi\.org|pythonhosted|registry\.npmjs)", text)
