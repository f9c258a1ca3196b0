"""What a host accepts: profiles, single settings, and a refusal before an hour of work instead of after it."""

from __future__ import annotations

import pytest

from pipeline.core.errors import BudgetExceeded
from pipeline.core.settings import Settings
from pipeline.publish.host import MB, PROFILES, beyond, budget_of, check_ahead
from pipeline.store.lake import Lake
from tests.publish.tiny import TODAY, World


def _settings(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # type: ignore[arg-type, call-arg]


def test_the_default_is_pages_and_a_server_has_no_limit() -> None:
    """A profile gives all limits; each setting replaces one and leaves the others."""
    assert budget_of(_settings()) == PROFILES["pages"]
    server = budget_of(_settings(host="server"))
    assert (server.file, server.site, server.files) == (None, None, None)
    mixed = budget_of(_settings(host="cloudflare", max_site_mb=500))
    assert (mixed.file, mixed.site, mixed.files) == (25 * MB, 500 * MB, 20_000)
    own = budget_of(_settings(host="server", max_file_mb=8, max_files=3))
    assert (own.file, own.site, own.files) == (8 * MB, None, 3)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_nothing_is_said_of_a_site_within_its_budget(name: str) -> None:
    """A file as large as the limit is accepted; one byte more is named with its setting."""
    budget = PROFILES[name]
    limit = budget.file or 5_000 * MB
    assert not list(beyond({"a": limit}, budget))
    told = list(beyond({"a": limit + 1}, budget))
    assert told == [] if budget.file is None else "PORTAL_MAX_FILE_MB" in told[0]


def test_too_much_is_refused_before_a_page_is_drawn(world: World) -> None:
    """The lake and the CSV files are weighed ahead; the message says how much, where, and what to set."""
    manifest = Lake(world.paths.lake).manifest()
    with world.connection() as con:
        check_ahead(con, world.catalog, manifest, world.settings, TODAY)
        tight = world.settings.model_copy(update={"max_site_mb": 1.0, "max_files": 20, "max_file_mb": 0.001})
        with pytest.raises(BudgetExceeded) as caught:
            check_ahead(con, world.catalog, manifest, tight, TODAY)
        check_ahead(con, world.catalog, manifest, tight.model_copy(update={"host": "server"} | dict.fromkeys(
            ("max_site_mb", "max_files", "max_file_mb"))), TODAY)  # fmt: skip
    told = str(caught.value)
    for words in ("PORTAL_MAX_SITE_MB", "PORTAL_MAX_FILES", "PORTAL_MAX_FILE_MB", "PORTAL_HOST", "datos/lake"):
        assert words in told
