"""The search index: Pagefind reads the finished pages; accents do not matter, Spanish endings do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.core.errors import ToolMissing

_TIMEOUT = 120  # [s]
# Parts of pages that would only blur the index, and make it another one every night: charts, rows of tables, figures
# and sentences of the day, what can be downloaded, queries.
_EXCLUDE = (
    *("svg", "figure table", "details:not(.fold)", "pre", "form", "script"),
    *(".kpi-value", ".when", ".kpi-more", ".meta", ".foot", ".why", ".facts", ".downloads"),
    *("h1.told", ".answer", ".more-answer", ".summary"),  # the sentences of the day
    # Rows of tables: what has a name in them has a page of its own.
    *(".portal:not(.portal--thing) tbody", ".legend", ".known"),
    # A metric's newest values and corrections by code: in the order of the night, and every plant in every such page.
    *(".portal--metric .tableblock",),
    # A named thing is found by its name, codes and other names; the list of its kind would come up with each.
    *(".portal--thing section:not(.thin)", ".portal--thing figure", ".portal--thing .answer"),
    ".portal--directory .tableblock",
)
# Ready-made interfaces of Pagefind; the portal has its own box.
_UNUSED = ("pagefind-ui", "pagefind-modular-ui", "pagefind-component-ui", "pagefind-highlight", "pagefind-playground")


def build_index(html: Path, target: Path) -> None:
    """Index the pages below `html` into `target`, which is replaced.

    Raises:
        ToolMissing: Pagefind is absent or failed.
    """
    shutil.rmtree(target, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "pagefind"),
        *("--site", str(html)),
        *("--output-path", str(target)),
        *("--force-language", "es"),
        *("--exclude-selectors", ", ".join(_EXCLUDE)),
        "--quiet",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolMissing(
            f"Pagefind could not run: {error}", hint="install the locked requirements again with ./inv"
        ) from error
    if done.returncode != 0 or not (target / "pagefind.js").is_file():
        said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise ToolMissing(
            f"Pagefind could not index the site: {said or 'no message'}",
            hint="install the locked requirements again with ./inv (package pagefind[bin])",
        )
    for path in target.iterdir():
        if path.name.startswith(_UNUSED):
            path.unlink() if path.is_file() else shutil.rmtree(path)
