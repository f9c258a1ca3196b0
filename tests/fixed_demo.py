"""Proof that a refactoring changes nothing: the demo built at a fixed day, a SHA-256 per file of its lake and site.

Only the command line is used, which stays; the list of two trees is compared with `diff`:

    .venv/bin/python -m tests.fixed_demo > before.txt      # then change the code, and again > after.txt

Bronze is left out: it keeps what the source sent, byte by byte, and says nothing of what was made of it.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TODAY, DAYS = "2026-11-20", 120


def build_demo(home: Path, today: str = TODAY, days: int = DAYS) -> dict[str, Path]:
    """Build the demo under `home`; return the folders that are compared, by name.

    Args:
        home: Folder that takes data and build; browser assets are those of the checkout.
        today: The day to stand on (AAAA-MM-DD).
        days: Days of history.

    Raises:
        subprocess.CalledProcessError: The build failed; what it said stands on standard error.
    """
    data, build, vendor = home / "data", home / "build", ROOT / "build" / "vendor"
    for folder in (vendor, build):
        folder.mkdir(parents=True, exist_ok=True)
    if not (build / "vendor").exists():
        (build / "vendor").symlink_to(vendor)
    places = [f"PORTAL_DATA_DIR={data}", f"PORTAL_BUILD_DIR={build}", "OPENBLAS_NUM_THREADS=1"]
    demo = [sys.executable, "tasks.py", "demo", "--no-serve", "--today", today, "--days", str(days)]
    subprocess.run(["env", *places, *demo], cwd=ROOT, stdout=sys.stderr, check=True)
    return {"lake": data / "demo" / "lake", "site": build / "demo" / "site"}


def hashes(folders: dict[str, Path]) -> Iterator[str]:
    """Yield a line `sha256  folder/path` for every file, in the order of the paths."""
    for name, folder in folders.items():
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}/{path.relative_to(folder).as_posix()}"


def main() -> None:
    """Build and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--today", default=TODAY, help="the day to stand on (AAAA-MM-DD)")
    parser.add_argument("--days", type=int, default=DAYS, help="days of history")
    parser.add_argument("--keep", type=Path, help="empty folder to build in and keep (default: a temporary one)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.keep.resolve() if asked.keep else Path(temporary)
        for line in hashes(build_demo(home, asked.today, asked.days)):
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
