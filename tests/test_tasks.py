"""The command line as a person meets it: mistakes in one line, two commands at once, the demo apart."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from socket import socket

import duckdb
import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.paths import ROOT, Paths
from pipeline.emulator.server import running
from pipeline.site.check import check_site
from pipeline.store.done import read_state
from pipeline.store.lake import Lake
from tests.warm import Command, Warm, warm

pytestmark = [pytest.mark.slow]

TODAY, SINCE = date(2026, 5, 20), date(2026, 5, 12)
BUILD = ("build", "--today", f"{TODAY}", "--since", f"{SINCE}", "--metrics", "DemaReal")


@dataclass(frozen=True)
class Desk:
    """A place to run commands: folders of its own, and an emulator to ask."""

    home: Path
    warm: Warm
    url: str = "http://127.0.0.1:9"

    def env(self, settings: dict[str, str]) -> dict[str, str]:
        """Return the settings of this place, over those of the tests."""
        own = {
            "PORTAL_DATA_DIR": f"{self.home / 'data'}", "PORTAL_BUILD_DIR": f"{self.home / 'build'}",
            "PORTAL_XM_BASE_URL": self.url, "PORTAL_SIMEM_BASE_URL": self.url, "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        return {**os.environ, **own, **settings}  # noqa: TID251

    def run(self, *command: str, **settings: str) -> tuple[int, str, str]:
        """Return exit code, answer and complaints of a command; never a trace."""
        return ended(self.start(*command, **settings))

    def start(self, *command: str, **settings: str) -> Command:
        """Start a command."""
        return self.warm.start(command, self.env(settings))

    def run_script(self, *command: str) -> tuple[int, str, str]:
        """Run a command as a person does, from nothing."""
        done = subprocess.run(
            [sys.executable, "tasks.py", *command], cwd=ROOT, env=self.env({}), timeout=300, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr


def ended(command: Command) -> tuple[int, str, str]:
    code, out, err = command.ended()
    assert "Traceback" not in err, err
    return code, out, err


@pytest.fixture(scope="module")
def forked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    with warm(tmp_path_factory.mktemp("warm")) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, forked: Warm) -> Desk:
    return Desk(tmp_path, forked)


MISTAKES: list[tuple[list[str], dict[str, str], int, str]] = [
    (["build", "--today", "2024-13-01"], {}, 2, "is no date"),
    (["build", "--today", "2024-05-06", "--since", "2024-05-07"], {}, 2, "lies after"),
    (["report", "--from", "2024-13-01"], {}, 2, "is no date"),
    (["serve", "--port", "many"], {}, 2, "many"),
    (["demo", "--days", "few"], {}, 2, "few"),
    (["demo", "--port", "99999999"], {}, 2, "Port 99999999"),
    (["emulator", "--port", "70000"], {}, 2, "Port 70000"),
    (["restore"], {}, 2, "restore from"),
    (["nothing"], {}, 2, "--list"),
    (["status", "--nothing"], {}, 2, "--list"),
    (["clean"], {"PORTAL_SITE_URL": "portal.example.org"}, 2, "PORTAL_SITE_URL"),
    (["build"], {"PORTAL_POSTGRES_URL": "garbage"}, 2, "PORTAL_POSTGRES_URL"),
    (["status"], {"PORTAL_DATA_DIR": str(ROOT / "README.md")}, 2, "PORTAL_DATA_DIR"),
    (["build"], {"PORTAL_BUILD_DIR": str(ROOT / "README.md" / "x")}, 2, "PORTAL_BUILD_DIR"),
    (["verify"], {}, 2, "Nothing built here yet"),
    (["check-text"], {}, 2, "file"),
    (["check-text", "-"], {}, 2, "Nothing built here yet"),
    (["status", "--demo"], {}, 2, "run ./inv demo"),
]


@pytest.mark.parametrize(("command", "settings", "code", "words"), MISTAKES)
def test_a_mistake_is_one_clear_line(
    desk: Desk, command: list[str], settings: dict[str, str], code: int, words: str
) -> None:
    """Wrong words, dates, ports, settings and folders: exit 2, the thing named, nothing made."""
    found, out, err = desk.run(*command, **settings)
    assert (found, out) == (code, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert not (desk.home / "data" / "lake").exists()


def test_a_taken_port_is_told_before_any_work(desk: Desk) -> None:
    """The demo does not build for a minute to find that it cannot serve."""
    with closing(socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = desk.run("demo", "--port", f"{taken.getsockname()[1]}")
    assert code == 2
    assert "cannot be used" in err


@pytest.mark.parametrize("content", [b"", b"no database", b"\x00" * 4096])
def test_a_damaged_warehouse_is_told(desk: Desk, content: bytes) -> None:
    """Torn or strange: which file, and that nothing is lost with it."""
    (desk.home / "data").mkdir()
    (desk.home / "data" / "warehouse.duckdb").write_bytes(content)
    for command in ("status", "backtest", "forecast", "site"):
        code, _, err = desk.run(command)
        assert code in {1, 2}
        assert "warehouse" in err


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory, forked: Warm) -> Iterator[Desk]:
    """A portal of one metric and nine days, with its emulator."""
    with running("simulated", TODAY) as url:
        desk = Desk(tmp_path_factory.mktemp("tiny"), forked, url)
        code, _, err = desk.run_script(*BUILD)
        assert code == 0, err
        yield desk


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00"])
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    """`build/state.json` torn or of another shape: what it remembered is done again."""
    paths = Paths(tmp_path, tmp_path)
    (tmp_path / "state.json").write_text(text)
    assert read_state(paths) == {}


@pytest.mark.world
def test_the_demo_is_apart(tiny: Desk, tmp_path: Path) -> None:
    """Where only a demo is, commands say so; with --demo they work on it; cleaning one leaves the other."""
    other = Desk(tmp_path, tiny.warm, tiny.url)
    for name in ("data", "build"):
        shutil.copytree(tiny.home / name, tmp_path / name / "demo")
    for command in ("status", "verify", "check", "backtest", "site", "serve"):
        code, _, err = other.run(command)
        assert code == 2
        assert "add --demo" in err
    assert other.run("verify", "--demo")[0] == 0
    assert other.run("check", "--demo", "--now", f"{TODAY}")[0] == 0
    assert other.run("clean", "--data")[0] == 0
    assert (tmp_path / "build" / "demo" / "site" / "index.html").exists()
    assert (tmp_path / "data" / "demo" / "lake" / "CURRENT").exists()
    assert other.run("clean", "--demo", "--data")[0] == 0
    assert not (tmp_path / "build" / "demo" / "site").exists()
    assert not (tmp_path / "data" / "demo" / "lake").exists()


WRITERS = (
    BUILD, ("ingest", *BUILD[1:]), ("replay",), ("forecast",), ("narrate",), ("site",), ("clean",),
    ("clean", "--data"), ("restore", "--from", "SITE"),
)  # fmt: skip
READERS = (("status",), ("verify",), ("check", "--now", f"{TODAY}"), ("backtest",))
PAIRS = 30


@pytest.mark.world
def test_any_two_commands_at_once(tiny: Desk, tmp_path: Path) -> None:
    """Thirty drawn pairs: no trace; one works, the other too or says who is at work; what is left is sound."""
    rng = random.Random(7)
    turned = 0
    for number in range(PAIRS):
        home = tmp_path / f"{number}"
        shutil.copytree(tiny.home, home)
        pair = [rng.choice(WRITERS), rng.choice((*WRITERS, *READERS))]
        commands = [[str(tiny.home / "build" / "site") if word == "SITE" else word for word in c] for c in pair]
        desk = Desk(home, tiny.warm, tiny.url)
        found = [ended(started) for started in [desk.start(*command) for command in commands]]
        codes = [code for code, _, _ in found]
        assert codes.count(75) < 2, (pair, found)
        for code, _, err in found:
            assert code in {0, 2, 75} or "There are no forecasts yet" in err, (pair, err)
            if code == 75:
                turned += 1
                assert "at work" in err or "being changed by" in err, (pair, err)
        assert_sound(home)
        shutil.rmtree(home)
    assert turned >= PAIRS // 3


def assert_sound(home: Path) -> None:
    """What the commands left can be read: lake, warehouse, site; no lock is held and no draft is left."""
    assert Lake(home / "data" / "lake").verify() == []
    if (home / "data" / "warehouse.duckdb").exists():
        with duckdb.connect(str(home / "data" / "warehouse.duckdb"), read_only=True) as con:
            assert con.execute("SELECT count(*) FROM series_status").fetchone()
    if (home / "build" / "site" / "index.html").exists():
        try:
            check_site(home / "build" / "site")
        except PipelineError as error:  # pragma: no cover - told with the pair
            raise AssertionError(str(error)) from error
    assert not list(home.rglob(".run.json"))
    assert not [path for path in home.rglob("*") if path.is_file() and ".tmp" in path.name]
