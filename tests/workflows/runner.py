"""Runs a workflow from its YAML: every `run:` in bash as GitHub does, every `uses:` by a declared local equivalent."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.expressions import Expressions

_BLOCK = re.compile(r"^([\w-]+)<<(.+)\n((?:.*\n)*?)\2\n|^([\w-]+)=(.*)\n", re.MULTILINE)


@dataclass
class Step:
    """How a step ended: `success`, `failure` or `skipped`, what it said and what it put out."""

    name: str
    outcome: str
    said: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


@dataclass
class Job:
    """How a job ended, and its steps."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str) -> Step:
        """Return a step by its name, or the action it uses."""
        return next(step for step in self.steps if step.name == name)


@dataclass
class Place:
    """Where the steps of a job run: its folder, what it may do, the environment of its steps; what to do at its end."""

    folder: Path
    job: str
    may: Mapping[str, str]
    environment: str
    at_end: list[Callable[[], None]] = field(default_factory=list)


Action = Callable[[Place, Mapping[str, str]], Mapping[str, str]]


@dataclass
class Runner:
    """A machine that runs workflows.

    Attributes:
        home: Where the jobs' folders are made, each new and empty.
        tools: Folder of the commands that stand for GitHub's and the system's.
        base: Environment of every step.
        actions: What stands for an action, by its name without version.
        vars, secrets: As the repository has them.
    """

    home: Path
    tools: Path
    base: Mapping[str, str]
    actions: Mapping[str, Action]
    vars: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0

    def run(self, workflow: Path, inputs: Mapping[str, object] | None = None) -> dict[str, Job]:
        """Run all jobs of a workflow, in the order of what they need."""
        document: dict[Any, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        assert document["permissions"] == {}
        declared = document.get(True, {}).get("workflow_dispatch") or {}  # YAML reads `on` as a truth
        defaults = {name: given.get("default", "") for name, given in declared.get("inputs", {}).items()}
        assert not inputs or inputs.keys() <= defaults.keys()
        self.runs += 1
        github = {
            "repository": "quien/portal", "run_id": str(self.runs), "server_url": "https://github.example",
            "token": "token-of-the-run", "ref": "refs/heads/main",
        }  # fmt: skip
        contexts: dict[str, Any] = {
            "github": github, "inputs": {**defaults, **(inputs or {})}, "vars": self.vars, "secrets": self.secrets,
            "runner": {"os": "Linux"}, "needs": {}, "steps": {}, "env": {},
        }  # fmt: skip
        done: dict[str, Job] = {}
        left = dict(document["jobs"])
        while left:
            name = next(n for n, job in left.items() if set(_needs(job)) <= done.keys())
            done[name] = self._job(name, left.pop(name), document, contexts, done)
        return done

    def _job(
        self, name: str, job: dict[str, Any], document: Any, contexts: dict[str, Any], done: Mapping[str, Job]
    ) -> Job:
        needed = {n: done[n] for n in _needs(job)}
        own = {
            **contexts,
            "steps": {},
            "needs": {n: {"result": j.result, "outputs": j.outputs} for n, j in needed.items()},
        }
        well = all(j.result == "success" for j in needed.values())
        if not _wanted(job.get("if", ""), Expressions(own, _calls(well, Path())), well):
            return Job("skipped")
        folder = self.home / f"{self.runs}-{name}"
        folder.mkdir(parents=True)
        place = Place(folder, name, job.get("permissions", {}), str(job.get("environment", "")))
        made = Job("success")
        for step in job["steps"]:
            told = self._step(step, job, document, place, own, made.result == "success")
            made.steps.append(told)
            if step.get("id"):
                own["steps"][step["id"]] = {"outcome": told.outcome, "outputs": told.outputs}
            if told.outcome == "failure" and not step.get("continue-on-error"):
                made.result = "failure"
        for after in reversed(place.at_end):
            if made.result == "success":
                after()
        reading = Expressions(own, _calls(well, folder))
        made.outputs = {key: reading.text(value) for key, value in job.get("outputs", {}).items()}
        return made

    def _step(
        self, step: dict[str, Any], job: Any, document: Any, place: Place, own: dict[str, Any], well: bool
    ) -> Step:
        reading = Expressions(own, _calls(well, place.folder))
        name = step.get("name") or step.get("uses", "").partition("@")[0] or step["run"].splitlines()[0]
        own["env"] = {key: reading.text(value) for key, value in (job.get("env") or {}).items()}
        own["env"] |= {key: reading.text(value) for key, value in (step.get("env") or {}).items()}
        if not _wanted(step.get("if", ""), reading, well):
            return Step(name, "skipped")
        if "uses" in step:
            action, _, version = step["uses"].partition("@")
            assert re.fullmatch("[0-9a-f]{40}", version), f"{action} is not pinned"
            given = {key: reading.text(value) for key, value in (step.get("with") or {}).items()}
            return Step(name, "success", outputs=dict(self.actions[action](place, given)))
        shell = document.get("defaults", {}).get("run", {}).get("shell")
        options = ["--noprofile", "--norc", "-eo", "pipefail"] if shell == "bash" else ["-e"]
        return self._bash(name, reading.text(step["run"]), options, place, own)

    def _bash(self, name: str, script: str, options: list[str], place: Place, own: dict[str, Any]) -> Step:
        kept = self.home / "files"
        kept.mkdir(exist_ok=True)
        files = {key: kept / key for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
        for path in files.values():
            path.write_text("")
        github = {"GITHUB_REPOSITORY": own["github"]["repository"], "GITHUB_RUN_ID": own["github"]["run_id"]}
        may = " ".join(f"{key}:{value}" for key, value in place.may.items())
        env = {
            **self.base, **github, **{key: str(path) for key, path in files.items()}, **own["env"],
            "MAY": may, "PATH": f"{self.tools}:{self.base['PATH']}",
        }  # fmt: skip
        done = subprocess.run(
            ["bash", *options, "-c", script], cwd=place.folder, env=env, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert not files["GITHUB_ENV"].read_text(), "a step changes the environment of the next ones unseen"
        outputs = {
            m[1] or m[4]: (m[3] or m[5] or "").rstrip("\n") for m in _BLOCK.finditer(files["GITHUB_OUTPUT"].read_text())
        }
        return Step(name, "success" if done.returncode == 0 else "failure", done.stdout, outputs)


def _needs(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else needs


def _calls(well: bool, folder: Path) -> dict[str, Callable[..., Any]]:
    def hashed(pattern: str) -> str:
        return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob(pattern)))).hexdigest()

    return {"always": lambda: True, "success": lambda: well, "failure": lambda: not well, "hashFiles": hashed}


def _wanted(condition: str, reading: Expressions, well: bool) -> bool:
    """Say whether a step or a job runs; without a word on it, only after success."""
    told = re.search(r"\b(always|failure|success|cancelled)\(", str(condition))
    return bool(reading.value(str(condition)) if condition else True) and (well or bool(told))


class Cache:
    """Stands for `actions/cache`: exact key, else the newest of the prefixes; saved when the job ends well."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.hits: list[str] = []

    def __call__(self, place: Place, given: Mapping[str, str]) -> Mapping[str, str]:
        """Bring back what was kept, and keep it anew at the end."""
        paths, key = given["path"].split(), given["key"]
        there = sorted(self.store.glob("*"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        names = [key, *given.get("restore-keys", "").split()]
        found = next((path for name in names for path in there if path.name.startswith(name)), None)
        if found is not None:
            self.hits.append(key)
            shutil.copytree(found, place.folder, dirs_exist_ok=True, symlinks=True)

        def save() -> None:
            for path in filter(lambda path: (place.folder / path).exists(), paths):
                shutil.copytree(place.folder / path, self.store / key / path, symlinks=True, dirs_exist_ok=True)

        place.at_end.append(save)
        return {}


def environment(**more: str) -> dict[str, str]:
    """Return what a step has of this machine, and no setting of a portal."""
    ours = dict(os.environ)  # noqa: TID251 - what is not of the portal
    kept = {name: value for name, value in ours.items() if name in {"PATH", "HOME", "LANG", "LC_ALL", "TZ"}}
    return {**kept, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", **more}
