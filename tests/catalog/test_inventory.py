"""The catalogue is XM's inventory, no more and no less."""

from __future__ import annotations

from collections import Counter


def test_series_are_exactly_xms(catalog, inventory):
    """Every metric × entity of XM is declared once, and nothing else is."""
    declared = Counter((series.metric, series.entity) for series in catalog.series())
    assert declared == Counter((row.metric, row.entity) for row in inventory)


def test_counts_the_portal_promises(catalog):
    """142 metrics, 193 series: 186 of data and 7 of lists."""
    lists = {metric.id for metric in catalog.lists()}
    listed = [series for series in catalog.series() if series.metric in lists]
    assert (len(catalog.metrics), len(catalog.series()), len(listed)) == (142, 193, 7)


def test_grain_and_window_are_xms(catalog, inventory):
    """Grain and longest request agree with XM's inventory for each series."""
    wrong = [
        row
        for row in inventory
        if (catalog.metrics[row.metric].grain, catalog.metrics[row.metric].max_days) != (row.grain, row.max_days)
    ]
    assert wrong == []


def test_every_data_series_has_bounds(catalog):
    """A value without a plausible range cannot be checked."""
    without = [
        (metric.id, entity)
        for metric in catalog.data_metrics()
        for entity in metric.entities
        if metric.bounds_of(entity) is None
    ]
    assert without == []


def test_every_theme_holds_metrics_and_has_its_place(catalog):
    """No theme is empty and no two share an order."""
    used = {metric.theme for metric in catalog.metrics.values()}
    assert used == set(catalog.themes)
    orders = [theme.order for theme in catalog.themes.values()]
    assert len(orders) == len(set(orders))


def test_every_entity_kind_is_used(catalog):
    """The vocabulary of entities is closed: thirteen, in XM's spelling."""
    used = {series.entity for series in catalog.series()}
    assert used == set(catalog.entities)
    assert len(used) == 13


def test_list_columns_are_snake_case(catalog):
    """Lists give their columns English snake_case names, have a code, and leave the lake's own names alone."""
    for metric in catalog.lists():
        names = set(metric.columns.values())
        assert "code" in names, metric.id
        assert not names & {"entity", "ts"}, metric.id
        assert all(name.isidentifier() and name == name.lower() for name in names), metric.id


def test_energy_sources_say_the_fixed_labels(catalog):
    """Sources map to the portal's fixed labels, one palette key each."""
    palettes: dict[str, set[str]] = {}
    for source in catalog.energy_sources.values():
        palettes.setdefault(source.label, set()).add(source.palette)
    assert palettes == {
        "Hidráulica": {"hidraulica"},
        "Biomasa y cogeneración": {"biomasa"},
        "Gas": {"gas"},
        "Carbón": {"carbon"},
        "Líquidos": {"liquidos"},
        "Térmica": {"termica"},
        "Eólica": {"eolica"},
        "Solar": {"solar"},
        "Importación": {"importacion"},
    }


def test_quality_words_cover_the_lake(catalog):
    """Each quality a row can have is said in Spanish."""
    assert set(catalog.quality) == {"ok", "provisional", "corrected"}
