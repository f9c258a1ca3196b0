"""What a host accepts: largest file, whole site, number of files. A profile gives all three, a setting one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.core.settings import Settings

MB = 1_000_000  # [B]
#: Of what a whole site may weigh, the share of the lake: pages, readable copies and what the nights add need the rest.
LAKE_SHARE = 0.6


@dataclass(frozen=True)
class HostBudget:
    """Limits of a host; None where it has none.

    Attributes:
        file: Largest file [B].
        site: All files together [B].
        files: How many files.
        why: Where the limits come from, in words for whoever meets one.
    """

    file: int | None
    site: int | None
    files: int | None
    why: str

    @property
    def lake(self) -> int | None:
        """What the lake may weigh before no more of the past is brought in [B]; None without a limit."""
        return None if self.site is None else int(self.site * LAKE_SHARE)


PROFILES: Mapping[str, HostBudget] = {
    # docs.github.com/pages, "GitHub Pages limits": 1 GB a site. Git itself refuses a file above 100 MB ("About large
    # files on GitHub"), which matters to those who publish from a branch.
    "pages": HostBudget(100 * MB, 1000 * MB, None, "GitHub Pages"),
    # developers.cloudflare.com/pages/platform/limits: 25 MiB a file, 20,000 files on the free plan.
    "cloudflare": HostBudget(25 * MB, None, 20_000, "Cloudflare Pages"),
    "server": HostBudget(None, None, None, "this server"),
}


def budget_of(settings: Settings) -> HostBudget:
    """Return the limits of the host of these settings, with those that were set one by one."""
    found = PROFILES[settings.host]
    if settings.max_file_mb is not None:
        found = replace(found, file=int(settings.max_file_mb * MB), why="your setting")
    if settings.max_site_mb is not None:
        found = replace(found, site=int(settings.max_site_mb * MB), why="your setting")
    if settings.max_files is not None:
        found = replace(found, files=settings.max_files, why="your setting")
    return found
