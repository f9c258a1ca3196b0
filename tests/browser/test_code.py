"""The browser code itself: ESLint, TypeScript over its JSDoc, and unit tests under node; no browser is needed."""

from __future__ import annotations

import subprocess

import pytest

from pipeline.core.paths import ROOT
from pipeline.site.assets import tool
from tests.browser.tools import node_modules

pytestmark = [pytest.mark.slow]

CHECKS = {
    "lint": ("eslint/bin/eslint.js", "--max-warnings=0", "."),
    "types": ("typescript/bin/tsc", "--project", "."),
}


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [*tool("node"), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("check", CHECKS)
def test_checker_finds_nothing(check: str) -> None:
    """ESLint and `tsc --checkJs` (strict) have no complaint."""
    script, *options = CHECKS[check]
    _run(str(node_modules() / script), *options)


def test_units_pass() -> None:
    """The pure functions do what they say; none of the files is left out."""
    node_modules()  # the readers of files that some of them try
    files = sorted((ROOT / "tests" / "browser" / "units").glob("*.test.js"))
    said = _run("--test", "--test-reporter=tap", *map(str, files))
    assert "# fail 0" in said
    written = sum(path.read_text(encoding="utf-8").count("\ntest(") for path in files)
    assert f"# pass {written}\n" in said


def test_the_checkers_can_fail(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A script with a wrong type and an unused name is refused: the settings reach our files."""
    modules = node_modules()
    folder = tmp_path_factory.mktemp("code")
    (folder / "node_modules").symlink_to(modules)
    for name in ("eslint.config.js", "tsconfig.json", "package.json"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    script = folder / "site_src" / "js" / "x.js"
    script.parent.mkdir(parents=True)
    script.write_text("/** @param {string} a */\nexport const f = (a) => a.nothing;\nconst unused = 1;\n")
    for check, words in (("lint", "no-unused-vars"), ("types", "TS2339")):
        program, *options = CHECKS[check]
        done = subprocess.run(
            [*tool("node"), str(folder / "node_modules" / program), *options],
            cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode != 0
        assert words in done.stdout
