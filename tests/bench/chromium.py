"""Chromium for the browser tests and the bench of the boards: the one found, else the one installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import sync_playwright

VARIABLE = "PORTAL_CHROMIUM"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """Return the path of a Chromium: `PORTAL_CHROMIUM`, the system's, Playwright's, or None."""
    named = os.environ.get(VARIABLE)  # noqa: TID251 (a setting of the tests, not of the pipeline)
    if named:
        return named if Path(named).is_file() else None
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    return _playwrights()


def _playwrights() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def install() -> str:
    """Install Chromium: Debian's package as root where apt is, Playwright's elsewhere; return its path.

    Raises:
        RuntimeError: Neither way worked; the message says what to do.
    """
    if path := find():
        return path
    # Test workers start together; the package manager takes one at a time.
    with FileLock(Path(tempfile.gettempdir()) / "portal-chromium.lock"):
        return find() or _installed()


def _installed() -> str:
    said = []
    for command in _commands():
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said.append(f"{' '.join(command)}: exit {done.returncode} {done.stderr.strip()[-300:]}")
        if done.returncode == 0 and command[-1] != "update" and (path := find()):
            return path
    raise RuntimeError(
        f"Chromium is needed for the browser tests and could not be installed. Install it and set {VARIABLE} to its "
        "path, or run the tests without -m browser.\n" + "\n".join(said)
    )


def _commands() -> list[list[str]]:
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        frontend = ["env", "DEBIAN_FRONTEND=noninteractive"]
        return [
            ["apt-get", "-qq", "update"],
            [*frontend, "apt-get", "-qq", "-y", "install", "--no-install-recommends", "chromium"],
            playwright,
        ]
    return [playwright]


if __name__ == "__main__":
    sys.stdout.write(install() + "\n")
