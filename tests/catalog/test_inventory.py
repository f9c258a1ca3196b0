"""The catalogue is XM's inventory, no more and no less."""

from __future__ import annotations

from collections import Counter


def of_xm(catalog) -> list[tuple[str, str]]:
    """Return the series of XM's own API."""
    return [(s.metric, s.entity) for s in catalog.series() if catalog.metrics[s.metric].source == "xm"]


def test_every_series_of_xm_is_declared_once(catalog, inventory):
    """Nothing of XM's own list is missing or misspelt, and nothing is declared twice."""
    declared = Counter(of_xm(catalog))
    assert declared.keys() >= {(row.metric, row.entity) for row in inventory}
    assert set(declared.values()) == {1}


def test_the_inventory_is_the_one_that_was_counted(inventory):
    """142 metrics of XM, 193 series: 186 of data and 7 of lists. The portal may grow beyond them, never below."""
    lists = [row for row in inventory if row.grain == "list"]
    assert (len({row.metric for row in inventory}), len(inventory), len(lists)) == (142, 193, 7)


def test_simem_adds_what_xm_lacks(catalog):
    """Versions, reservoir minima, lines, scarcity prices and losses, each with its dataset; no id of XM is taken."""
    declared = {metric.id: metric.simem for metric in catalog.metrics.values() if metric.source == "simem"}
    datasets = {section.dataset for section in declared.values()}
    assert datasets >= {"EC6945", "24914F", "B0E933", "c51127", "7538fd", "ae3f23", "d0d746"}
    assert {id for id, section in declared.items() if section.version} >= {
        "PB_Nal", "PB_Int", "PB_Tie", "PerdidasDemandaTie", "PerdidasEnergia",
    }  # fmt: skip
    assert len({name.lower() for name in catalog.metrics}) == len(catalog.metrics), "DuckDB ignores case in names"


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
    """The vocabulary of entities is closed: each is asked for, and none is asked for that is not in it."""
    assert {series.entity for series in catalog.series()} == set(catalog.entities)


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
    assert list(catalog.quality) == ["provisional", "doubtful", "corrected", "ok", "final"], "the worst first"
