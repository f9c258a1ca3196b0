"""The portal that a command works on: the configured one or the demo's, and whether it was ever made."""

from __future__ import annotations

from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.paths import DEMO, Paths
from pipeline.core.settings import Settings, load_settings


def chosen(demo: bool, needs: str = "") -> Settings:
    """Return the settings of the portal meant, the demo's or the configured one.

    Raises:
        UsageError: What the command works on (`needs`: lake, warehouse or site) was never made.
    """
    settings = load_settings()
    if demo:
        settings = load_settings(data_dir=settings.data_dir / DEMO, build_dir=settings.build_dir / DEMO)
    if needs and not _is_there(settings, needs):
        hint = "run ./inv demo" if demo else "run ./inv build"
        if not demo and _is_there(chosen(demo=True), needs):
            hint += ", or add --demo for the demo's"
        raise UsageError(f"Nothing built here yet: no {needs} in {_place(settings, needs)}", hint=hint)
    return settings


def _place(settings: Settings, what: str) -> Path:
    paths = Paths.of(settings)
    return {"lake": paths.data, "warehouse": paths.warehouse, "site": paths.site}[what]


def _is_there(settings: Settings, what: str) -> bool:
    paths = Paths.of(settings)
    if what == "lake":  # or what it was made of: a lake that lost its pointer is there to be mended
        return any(folder.is_dir() and any(folder.iterdir()) for folder in (paths.lake, paths.bronze))
    return (paths.site / "index.html").is_file() if what == "site" else paths.warehouse.is_file()
