"""Every path of the project, in one place."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import UsageError
from pipeline.core.settings import Settings

PACKAGE = Path(__file__).resolve().parent.parent
ROOT = PACKAGE.parent
DEMO = "demo"
"""Folder of the demo, below those of data and build: it never touches a portal of real data."""
VERSION = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


@dataclass(frozen=True)
class Paths:
    """Where things lie: `data` and `build` follow the settings, sources follow the checkout."""

    data: Path
    build: Path
    root: Path = ROOT

    @classmethod
    def of(cls, settings: Settings) -> Paths:
        """Return the paths of a run; relative folders hang from the project root.

        Raises:
            UsageError: A folder is a file, or lies below one.
        """
        paths = cls(data=ROOT / settings.data_dir, build=ROOT / settings.build_dir)
        for name, folder in (("PORTAL_DATA_DIR", paths.data), ("PORTAL_BUILD_DIR", paths.build)):
            lowest = next(place for place in (folder, *folder.parents) if place.exists())
            if not lowest.is_dir():
                raise UsageError(f"{name} is no folder: {lowest} is a file", hint="name a folder, see .env.example")
        return paths

    @property
    def bronze(self) -> Path:
        """Raw replies, never edited."""
        return self.data / "bronze"

    @property
    def lake(self) -> Path:
        """Parquet parts, manifests and CURRENT."""
        return self.data / "lake"

    @property
    def warehouse(self) -> Path:
        """The disposable DuckDB file."""
        return self.data / "warehouse.duckdb"

    @property
    def narrative(self) -> Path:
        """Texts and their cache."""
        return self.data / "narrative"

    @property
    def claims(self) -> Path:
        """Every claim of the last texts with its sentence in each language."""
        return self.data / "claims.json"

    @property
    def ingest(self) -> Path:
        """What was asked of the source, and when."""
        return self.data / "ingest.json"

    @property
    def reference(self) -> Path:
        """Small sourced reference data, in git."""
        return self.root / "data" / "reference"

    @property
    def submissions(self) -> Path:
        """Forecasts of others, in git."""
        return self.root / "data" / "submissions"

    @property
    def docs(self) -> Path:
        """MkDocs input, generated."""
        return self.build / "docs"

    @property
    def site(self) -> Path:
        """The published portal."""
        return self.build / "site"

    @property
    def reports(self) -> Path:
        """Run reports and benchmarks."""
        return self.build / "reports"

    @property
    def vendor(self) -> Path:
        """Browser assets as bundled from npm: they follow the checkout's lock file, so that every build shares them."""
        return self.root / "build" / "vendor"

    @property
    def templates(self) -> Path:
        """Jinja2 templates."""
        return self.root / "templates"

    @property
    def site_src(self) -> Path:
        """Hand-written pages, browser code, styles, images."""
        return self.root / "site_src"

    @property
    def views(self) -> Path:
        """The domain layer in SQL."""
        return PACKAGE / "views"
