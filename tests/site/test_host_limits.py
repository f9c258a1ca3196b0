"""What a host accepts: profiles, single settings, and a refusal before an hour of work instead of after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import BudgetExceeded
from pipeline.core.host import MB, PROFILES, budget_of
from pipeline.core.settings import Settings
from pipeline.site.downloads.export import CsvLimits, CsvMonth, Span, cut, first_year
from pipeline.site.host_limits import beyond, check_ahead
from pipeline.store.lake import Lake
from tests.site.tiny import TODAY, World


def _settings(**fields: object) -> Settings:
    return Settings(_env_file=None, **fields)  # type: ignore[arg-type, call-arg]


def test_the_default_is_a_server_which_has_no_limit() -> None:
    """A profile gives all limits; each setting replaces one and leaves the others."""
    server = budget_of(_settings())
    assert server == PROFILES["server"]
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
    for words in ("PORTAL_MAX_SITE_MB", "PORTAL_MAX_FILES", "PORTAL_MAX_FILE_MB", "PORTAL_HOST", "datos/series"):
        assert words in told


@given(
    st.lists(
        st.dictionaries(
            st.tuples(st.integers(2000, 2026), st.integers(1, 12)),
            st.integers(1, 400_000).map(lambda size: CsvMonth(size, size // 40 + 1)),
            min_size=1,
            max_size=40,
        ),
        max_size=6,
    ),
    st.integers(-1_000_000, 20_000_000),
)
def test_the_oldest_years_give_way_where_there_is_no_room(
    series: list[dict[tuple[int, int], CsvMonth]], room: int
) -> None:
    """What is left fits, or is the least there can be; one year more would not have fitted; one cut serves all."""
    limits = CsvLimits(1_000_000, 64_000, TODAY)
    first = first_year(series, limits, room)

    def spans(limits: CsvLimits) -> list[tuple[dict[tuple[int, int], CsvMonth], Span]]:
        return [(months, span) for months in series for span in cut(months, limits)]

    def weight(limits: CsvLimits) -> int:
        return sum(m.bytes for months, span in spans(limits) for key, m in months.items() if span.holds(*key))

    fitted = replace(limits, first=first)
    assert weight(fitted) <= room or all(span.year in {0, TODAY.year} for _, span in spans(fitted))
    if first:
        assert weight(replace(limits, first=first - 1)) > room
