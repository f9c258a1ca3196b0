"""The state of a machine and of its portal in one table: what is well, what is not, and what to do about it."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import NamedTuple

from pydantic import SecretStr

from pipeline.core.errors import PipelineError, StoreError, ToolMissing, UsageError
from pipeline.core.lock import at_work
from pipeline.core.paths import ROOT, VERSION, Paths
from pipeline.core.settings import Settings
from pipeline.site.downloads.freshness import PORTAL, check_fresh, read_freshness
from pipeline.store.lake import Lake
from pipeline.store.sizes import folder_bytes

GB = 1e9
_ROOM = 2 * GB  # a night writes some hundred megabytes, and a build holds the site twice
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_KEYS = ("groq_api_key", "openrouter_api_key", "llm_api_key", "postgres_url", "xm_proxy")
_LOCKED = re.compile(r"^([\w.-]+)==([\w.!+-]+)( ;)?", re.MULTILINE)


class Checked(NamedTuple):
    """One thing that was looked at: `well`, `note` (it works without) or `ill`; what was found, what to do."""

    what: str
    state: str
    found: str
    cure: str = ""


class _Note(UsageError):
    """Something that the portal does without, and that its keeper should know."""


Look = Callable[[Settings, Paths, dt.datetime], str]


def _python(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    found = f"Python {sys.version.split()[0]}, portal {VERSION}"
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        raise UsageError(found, hint="use Python 3.11 to 3.14: delete .venv and run ./inv again")
    return found


def _packages(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    locked: dict[str, set[str | None]] = {}
    for name, version, marker in _LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")):
        locked.setdefault(name, {None} if marker else set()).add(version)  # another Python may do without, or differ
    there = {each.metadata["Name"].lower().replace("_", "-"): each.version for each in metadata.distributions()}
    wrong = [name for name, versions in locked.items() if there.get(name) not in versions]
    if wrong:
        raise UsageError(f"{', '.join(wrong[:5])}: not of requirements.lock", hint="delete .venv and run ./inv again")
    return f"{len(locked)} packages as locked"


def _sources(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    return f"{settings.xm_base_url}, {settings.simem_base_url}"


def _keys(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    """Say which secrets are set; what they are stays where it is."""
    given = {name: getattr(settings, name) for name in _KEYS}
    empty = [n for n, key in given.items() if isinstance(key, SecretStr) and not key.get_secret_value().strip()]
    if empty:
        raise UsageError(f"{', '.join(empty)}: set, and empty", hint="give a key, or leave the variable out")
    if settings.llm_base_url and not settings.llm_model:
        raise UsageError("PORTAL_LLM_BASE_URL without a model", hint="set PORTAL_LLM_MODEL")
    return ", ".join(f"{name}: {'set' if key else 'not set'}" for name, key in given.items())


def _address(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    if not settings.site_url:
        raise _Note("no public address", hint="set PORTAL_SITE_URL: citations, cards and the sitemap need it")
    return settings.site_url


def _disk(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    lowest = next(place for place in (paths.data, *paths.data.parents) if place.exists())
    free, held = shutil.disk_usage(lowest).free, folder_bytes(paths.data) + folder_bytes(paths.build)
    found = f"{free / GB:.1f} GB free, the portal holds {held / GB:.1f} GB"
    if free < max(_ROOM, held / 2):
        raise StoreError(found, hint="free some space: ./inv clean --old, ./inv clean")
    return found


def _lock(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    if who := at_work(paths):
        raise _Note(f"held by {who}", hint="wait for it to end")
    return "nobody is at work"


def _lake(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    lake = Lake(paths.lake)
    if lake.is_empty():
        raise _Note("no data yet", hint="run ./inv build, or ./inv restore --from a published portal")
    manifest = lake.manifest()
    missing = [part.path for part in manifest.parts if not lake.path(part).is_file()]
    if missing:
        raise StoreError(f"{len(missing)} part(s) missing, {missing[0]} first", hint="run ./inv verify, then restore")
    rows = sum(part.rows for part in manifest.parts)
    return f"state {manifest.version} of {manifest.created}, {len(manifest.parts)} parts, {rows} rows"


def _run(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    file = paths.reports / "run.json"
    if not file.is_file():
        raise _Note("no run yet", hint="run ./inv build")
    told = json.loads(file.read_text(encoding="utf-8"))
    if told["exit_code"]:
        raise StoreError(
            f"ended with {told['exit_code']}: {'; '.join(told['failed'][:3])}",
            hint="./inv status tells of each series; the page Operar el portal tells of each code",
        )
    return f"all well in {sum(told['seconds'].values()):.0f} s"


def _site(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    if not (paths.site / PORTAL).is_file():
        raise _Note("no site yet", hint="run ./inv build")
    return check_fresh(read_freshness({PORTAL: paths.site / PORTAL}), now)


def _assets(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    if not any(paths.vendor.glob("*/site/manifest.json")):
        raise _Note("the browser's code is not bundled yet", hint="the first build fetches it with npm")
    return "the browser's code is bundled"


def _browser(settings: Settings, paths: Paths, now: dt.datetime) -> str:
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        raise ToolMissing("no Chromium", hint="only ./inv test needs one, and installs it")
    return found


LOOKS: dict[str, Look] = {
    "python": _python, "packages": _packages, "sources": _sources, "keys": _keys, "address": _address,
    "disk": _disk, "lock": _lock, "lake": _lake, "last run": _run, "site": _site, "assets": _assets,
    "browser": _browser,
}  # fmt: skip


def examine(settings: Settings, now: dt.datetime) -> list[Checked]:
    """Look at everything once; nothing is changed, and nobody is asked.

    Args:
        settings: Of the portal.
        now: The moment its age is judged at [Bogotá].
    """
    paths, found = Paths.of(settings), []
    for what, look in LOOKS.items():
        try:
            found.append(Checked(what, "well", look(settings, paths, now)))
        except (_Note, ToolMissing) as error:
            found.append(Checked(what, "note", error.message, error.hint))
        except (PipelineError, OSError, ValueError, KeyError) as error:
            told = getattr(error, "message", None) or f"{type(error).__name__}: {error}"
            found.append(Checked(what, "ill", told, getattr(error, "hint", "") or "see what names the file"))
    return found


def table(found: Sequence[Checked]) -> str:
    """Return one line a check, with what to do below the ones that are not well."""
    lines = []
    for each in found:
        lines.append(f"{each.what:<10}{each.state:<6}{each.found}")
        if each.cure and each.state != "well":
            lines.append(f"{'':<16}→ {each.cure}")
    ill = sum(each.state == "ill" for each in found)
    return "\n".join([*lines, f"{ill} of {len(found)} ill" if ill else f"{len(found)} looked at, none ill"])
