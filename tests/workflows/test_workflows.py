"""The workflows run: every step of the YAML itself, from an empty repository, on the emulator."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from pipeline.core.paths import ROOT
from pipeline.store.lake import Lake
from tests.nights.life import SERIES, living
from tests.nights.source import MovingEmulator
from tests.nights.year import FIRST
from tests.workflows.expressions import Expressions
from tests.workflows.runner import Cache, Job, Place, Runner, environment

WORKFLOWS = ROOT / ".github" / "workflows"
TITLE = "La noche del portal falló"
HISTORY = 60


class Host(SimpleHTTPRequestHandler):
    """Serves what was deployed; once it was asked `good` files it has no time, until somebody has slept."""

    good = 10_000
    slept = Path()
    given: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        """Answer, or say that there is no time now."""
        if len(Host.given) >= Host.good and not Host.slept.exists():
            self.send_error(503)
            return
        Host.given.append(self.path)
        super().do_GET()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


@dataclass
class Repository:
    """A repository with Pages switched on, as GitHub would keep it."""

    home: Path
    url: str
    emulator: MovingEmulator
    vars: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare what stands for GitHub."""
        tools = self.home / "tools"
        tools.mkdir()
        for name, command in {
            "gh": f'exec "{sys.executable}" "{ROOT / "tests" / "workflows" / "gh.py"}" "$@"',
            "sleep": f'touch "{self.home / "slept"}"',
        }.items():
            (tools / name).write_text(f"#!/bin/sh\n{command}\n")
            (tools / name).chmod(0o755)
        self.state_file.write_text(
            json.dumps({"pages": "", "deployments": [], "issues": [], "releases": {}, "enabled": []})
        )
        (self.home / "cache").mkdir()
        self.cache = Cache(self.home / "cache")
        (self.home / "pages").mkdir()
        base = environment(
            GH_STATE=str(self.state_file), PYTHONPATH=str(ROOT), PORTAL_XM_BASE_URL=self.url,
            PORTAL_SIMEM_BASE_URL=self.url, PORTAL_METRICS=",".join(SERIES), PORTAL_XM_BACKOFF="0.001",
            PORTAL_SINCE=f"{FIRST - dt.timedelta(days=HISTORY)}", PORTAL_PATIENCE="5", PORTAL_WORKERS="1",
        )  # fmt: skip
        actions = {
            "actions/checkout": self._checkout,
            "actions/setup-python": lambda place, given: {"python-version": f"{given['python-version']}.9"},
            "actions/cache": self.cache,
            "actions/upload-artifact": lambda place, given: {},
            "actions/upload-pages-artifact": self._hand_over,
            "actions/deploy-pages": self._deploy,
        }
        self.runner = Runner(self.home / "jobs", tools, base, actions, self.vars, {"GROQ_API_KEY": "", "OTHER": "x"})

    @property
    def state_file(self) -> Path:
        """Where `gh` keeps what it knows."""
        return self.home / "state.json"

    @property
    def state(self) -> dict[str, Any]:
        """What GitHub knows."""
        told: dict[str, Any] = json.loads(self.state_file.read_text())
        return told

    def change(self, **more: object) -> None:
        """Change what GitHub knows."""
        self.state_file.write_text(json.dumps(self.state | more))

    def night(self, day: dt.date, **inputs: object) -> dict[str, Job]:
        """Run the nightly workflow as if it were `day`."""
        self.emulator.stand_on(day)
        return self.runner.run(WORKFLOWS / "nightly.yml", {"today": f"{day}", **inputs})

    def red(self) -> list[dict[str, Any]]:
        """Return the issues that tell of red nights and are open."""
        return [issue for issue in self.state["issues"] if issue["open"] and issue["title"] == TITLE]

    def _checkout(self, place: Place, given: Mapping[str, str]) -> Mapping[str, str]:
        assert given["persist-credentials"] == "false" and place.may["contents"] in {"read", "write"}
        shutil.copytree(ROOT / ".ci", place.folder / ".ci")
        shutil.copyfile(ROOT / "requirements.lock", place.folder / "requirements.lock")
        build, data = place.folder / "build", place.folder / "data"
        command = f'exec env PORTAL_DATA_DIR="{data}" PORTAL_BUILD_DIR="{build}" "{sys.executable}"'
        (place.folder / "inv").write_text(f'#!/bin/sh\n{command} -m tests.workflows.small "$@"\n')
        (place.folder / "inv").chmod(0o755)
        return {}

    def _hand_over(self, place: Place, given: Mapping[str, str]) -> Mapping[str, str]:
        shutil.rmtree(self.home / "artifact", ignore_errors=True)
        shutil.copytree(place.folder / given["path"], self.home / "artifact")
        return {}

    def _deploy(self, place: Place, given: Mapping[str, str]) -> Mapping[str, str]:
        assert place.may == {"pages": "write", "id-token": "write"} and place.environment == "github-pages"
        shutil.rmtree(self.home / "pages")
        shutil.copytree(self.home / "artifact", self.home / "pages")
        self.change(deployments=[*self.state["deployments"], "success"])
        return {}


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """Serve what is in a folder, whatever that is at the time."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_from_an_empty_repository_by_the_workflows_own_steps(tmp_path: Path) -> None:
    """No Pages, a first night, broken settings, an outage that ends, a month's release."""
    nights = [FIRST + dt.timedelta(days=n) for n in range(4)]
    with living(tmp_path / "life", FIRST, 4, offers_all=True) as life:
        repository = Repository(tmp_path, life.url, life.emulator)
        _no_pages(repository, nights[0])
        with hosted(tmp_path / "pages") as url:
            repository.change(pages=url, deployments=["failure"])
            _first_night(repository, nights[0])
            _red_nights(repository, nights[1])
            _night_after_an_outage(repository, nights[1])
            _month(repository)


def _no_pages(repository: Repository, day: dt.date) -> None:
    """Pages are off: nothing is built, and the issue says what to do."""
    done = repository.night(day)
    assert (done["build"].result, done["deploy"].result, done["verdict"].result) == ("failure", "skipped", "failure")
    assert "enable them" in repository.red()[0]["body"]
    assert "sigue en línea el portal anterior" in repository.red()[0]["body"]


def _first_night(repository: Repository, day: dt.date) -> None:
    """A failed deployment is no portal: the line starts from nothing, publishes, and closes the issue."""
    done = repository.night(day)
    said = {step.name: (step.outcome, step.said[-2000:]) for step in done["build"].steps}
    assert {job.result for job in done.values()} == {"success"}, said
    assert "first night" in done["build"].step("yesterday").said
    assert done["build"].step("sources").outcome == "success", said["sources"]
    assert (repository.home / "pages" / "datos" / "manifest.json").is_file()
    assert repository.red() == [] and len(repository.state["issues"]) == 1
    kept = [path.name for path in repository.cache.store.iterdir()]
    assert sorted(name.partition("-")[0] for name in kept) == ["portal"] and repository.cache.hits == []


def _red_nights(repository: Repository, day: dt.date) -> None:
    """Settings that cannot be used, two nights: one issue, which names the last; what is published stays."""
    before = (repository.home / "pages" / "datos" / "manifest.json").read_bytes()
    for name, step in (("PORTAL_SITE_URL", "yesterday"), ("PORTAL_LLM_BASE_URL", "build")):
        repository.vars[name] = "modelo.example"
        done = repository.night(day)
        assert done["verdict"].result == "failure" and done["build"].step(step).outcome == "failure"
        (issue,) = repository.red()
        assert "modelo.example" in issue["body"] and "exit 2" in issue["body"], issue
        del repository.vars[name]
    assert len(repository.state["issues"]) == 2
    assert (repository.home / "pages" / "datos" / "manifest.json").read_bytes() == before


def _night_after_an_outage(repository: Repository, day: dt.date) -> None:
    """The lake is in no cache and the host is busy for a while: it comes back in pieces, none of them twice."""
    for kept in repository.cache.store.glob("portal-*/data"):
        shutil.rmtree(kept)
    Host.given.clear()
    Host.good, Host.slept = 12, repository.home / "slept"
    Host.slept.unlink(missing_ok=True)
    done = repository.night(day)
    restored = done["build"].step("yesterday").said
    assert restored.count("restored ") == 1 and restored.count("error:") == 1, restored
    parts = [path for path in Host.given if path.endswith(".parquet")]
    assert len(parts) > 12 and len(parts) == len(set(parts))
    assert {job.result for job in done.values()} == {"success"}, done["build"].step("build").said[-2000:]
    lake = Lake(repository.home / "jobs" / f"{repository.runner.runs}-build" / "data" / "lake")
    newest = max(part.max_ts or "" for part in lake.manifest().parts if part.metric == "PrecBolsNaci")
    oldest = min(part.min_ts or "9" for part in lake.manifest().parts if part.metric == "PrecBolsNaci")
    assert newest[:10] >= f"{day - dt.timedelta(days=6)}"
    assert oldest[:10] <= f"{FIRST - dt.timedelta(days=HISTORY - 2)}"
    assert repository.red() == []


def _month(repository: Repository) -> None:
    """A release holds the lake, old ones go, and the schedules are kept alive."""
    repository.change(releases={f"datos-20{n:02d}-01": [] for n in range(30)} | {"v1.0": []})
    done = repository.runner.run(WORKFLOWS / "monthly.yml")
    assert {job.result for job in done.values()} == {"success"}, [s.said[-800:] for s in done["release"].steps]
    releases = repository.state["releases"]
    assert len(releases) == 25 and "v1.0" in releases and "datos-2000-01" not in releases
    assert sorted(max(releases.values(), key=len)) == ["SHA256SUMS", "datos.tar.aa"]
    assert repository.state["enabled"] == ["nightly.yml", "monthly.yml"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("inputs.yes && '--full' || ''", "--full"),
        ("inputs.no && '--full' || ''", ""),
        ("steps.a.outputs.none || steps.a.outputs.b", "told"),
        ("!(inputs.no == 'false') || always()", True),
        ("steps.a.outputs.b != 'told'", False),
    ],
)
def test_expressions_mean_what_github_means(written: str, value: object) -> None:
    """And, or, not, equality, calls; what is not there is empty."""
    contexts = {"inputs": {"yes": True, "no": False}, "steps": {"a": {"outputs": {"b": "told"}}}}
    assert Expressions(contexts, {"always": lambda: True}).value(written) == value
