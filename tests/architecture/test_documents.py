"""Documents of the repository that repeat what the code knows."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline.core.paths import ROOT, VERSION

DOCUMENTS = [*sorted((ROOT / ".github").rglob("*.yml")), ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff"]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_document_can_be_read(path: Path) -> None:
    """A slip of indentation would only show on the hosting site."""
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


def test_version_is_told_the_same_everywhere() -> None:
    """The citation and the change log name the version of `pyproject.toml`, with the same date."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == VERSION
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    releases = re.findall(r"^## (\d+\.\d+\.\d+) · (\d{4}-\d{2}-\d{2})$", log, re.MULTILINE)
    assert releases[0] == (VERSION, str(citation["date-released"]))
    days = [dt.date.fromisoformat(day) for _, day in releases]
    assert days == sorted(days, reverse=True)


def test_hooks_run_tools_that_are_here() -> None:
    """A hook calls the project's own tools: nothing is fetched from elsewhere."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repo["repo"] for repo in hooks["repos"]} == {"local"}
    for hook in hooks["repos"][0]["hooks"]:
        program, *_ = hook["entry"].split()
        assert (ROOT / program).exists(), program
        for path in re.findall(r"\btests/\S+", hook["entry"]):
            assert (ROOT / path).exists(), path


def test_the_container_starts_as_a_newcomer_does() -> None:
    """The container runs the bootstrap and nothing else."""
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["postCreateCommand"].startswith("./inv ")
