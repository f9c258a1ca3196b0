"""What is wrong in a board is named with file, block and field; what is right is left alone."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.schema import Block, Column
from pipeline.check.catalogue import Queries, problems
from pipeline.check.queries import all_scopes, comparisons
from pipeline.check.trial import Trial
from pipeline.core.paths import PACKAGE
from pipeline.core.units import UNITS
from pipeline.site.blocks import TYPES
from pipeline.store import domain

pytestmark = [pytest.mark.slow]
CATALOG = load_catalog()
BLOCKS = [(slug, block) for slug, board in CATALOG.boards.items() for block in board.blocks if block.sql]
DRAWN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def faults(trial: Trial, slug: str, block: Block) -> list[str]:
    """Return what is wrong with a block, each line beginning with its place."""
    found = list(Queries(trial, CATALOG).block(slug, block))
    assert all(line.startswith(f"boards/{slug}.yml › {block.id} › ") and " — " in line for line in found)
    return found


def test_the_catalogue_is_right(trial: Trial) -> None:
    """Nothing is wrong with what is published; each query without rows on the small lake says why."""
    assert problems(trial, CATALOG) == []
    assert all(why.startswith(("no data in ", "no row of ")) for why in trial.quiet.values())
    # Nobody forecasts on the small lake: what the pages of the forecasts read is empty there, and says so.
    # Nor does anybody publish reports on it; a report that is like the daily one has the blocks of that.
    shown = {f"pages/{slug}.yml" for slug in ("aciertos", "pronosticos", "informes")}
    shown |= {f"reports/{slug}.yml" for slug in CATALOG.reports if slug != "diario"}
    # No month of a named thing is whole there.
    shown |= {f"entities/{slug}.yml" for slug in CATALOG.directories}
    # Nor is one there of what is told of whole months.
    made = domain.statements(PACKAGE / "views", CATALOG)
    lacking = {f"no data in {each.name}" for each in made if each.where.endswith("/month_measures.sql")}
    quiet = [w for w, why in trial.quiet.items() if w.partition(" › ")[0] not in shown and why not in lacking]
    assert len(quiet) < len(BLOCKS) / 4


def compared() -> st.SearchStrategy[tuple[str, Block, str]]:
    """Draw a block and a word that it compares a column with.

    Not the letters of the unit cost: no month is whole on the small lake, and they are written in a lateral list two
    views down, where the check does not look.
    """
    found = []
    with duckdb.connect() as parser:
        for slug, block in ((s, b) for s, b in BLOCKS if "unit_cost_card" not in b.sql):
            scopes = [scope for tree in domain.parse(parser, block.sql) for scope in all_scopes(tree)]
            found += [(slug, block, word) for word in sorted({w for scope in scopes for _, w in comparisons(scope)})]
    return st.sampled_from(found)


@DRAWN
@given(
    st.deferred(compared),
    st.sampled_from([lambda w: w + "x", lambda w: "x" + w, lambda w: w[:-1] + "¿", lambda w: w.swapcase() + "_"]),
)
def test_a_filter_that_matches_nothing_is_named(
    trial: Trial, drawn: tuple[str, Block, str], spoil: Callable[[str], str]
) -> None:
    """A misspelt word, which would publish an empty block, is named with what the column holds."""
    slug, block, word = drawn
    wrong = spoil(word)
    found = faults(trial, slug, block.model_copy(update={"sql": block.sql.replace(f"'{word}'", f"'{wrong}'")}))
    assert any("› sql: " in line and repr(wrong) in line and "matches nothing" in line for line in found)


def test_a_word_that_has_no_rows_yet_is_no_fault(trial: Trial) -> None:
    """`Sin clasificar` has no row on the small lake, but the view can write it: its data are missing, no more."""
    sql = "SELECT day AS x, source AS series, gwh AS value FROM generation_mix_daily WHERE source = 'Sin clasificar'"
    block = Block(type="line", id="prueba", unit="GWh", metrics=("Gene",), sql=sql)
    assert faults(trial, "generacion", block) == []
    assert trial.quiet["boards/generacion.yml › prueba"].startswith("no row of generation_mix_daily")
    (fault,) = faults(trial, "generacion", block.model_copy(update={"sql": sql.replace("Sin clasificar", "SOLAR")}))
    assert "'SOLAR' matches nothing" in fault


@DRAWN
@given(st.sampled_from([(slug, b) for slug, b in BLOCKS if b.unit in ("GWh", "MCOP", "hm3")]), st.data())
def test_a_unit_of_another_size_is_named(trial: Trial, drawn: tuple[str, Block], data: st.DataObject) -> None:
    """MWh over values in GWh would be wrong by a thousand."""
    slug, block = drawn
    alike = [u for u in UNITS if u != block.unit and UNITS[u].dimension == UNITS[block.unit].dimension]
    unit = data.draw(st.sampled_from(alike))
    found = faults(trial, slug, block.model_copy(update={"unit": unit}))
    assert any("› unit: " in line and repr(unit) in line and block.unit in line for line in found)


@DRAWN
@given(st.sampled_from(BLOCKS), st.sampled_from(["contexto", "ancho", "limite", "Zero"]))
def test_an_option_that_nobody_reads_is_named(trial: Trial, drawn: tuple[str, Block], option: str) -> None:
    """Unknown options had no effect and no message."""
    slug, block = drawn
    found = faults(trial, slug, block.model_copy(update={"options": {**block.options, option: 1}}))
    assert any("› options: " in line and repr(option) in line for line in found)


@DRAWN
@given(st.sampled_from([(slug, b) for slug, b in BLOCKS if b.columns and b.type != "worded_table"]), st.data())
def test_a_misspelt_column_is_named(trial: Trial, drawn: tuple[str, Block], data: st.DataObject) -> None:
    """A column that is declared and not returned would lose its unit and decimals."""
    slug, block = drawn
    name = data.draw(st.sampled_from(sorted(block.columns)))
    columns = {(key + "s" if key == name else key): shown for key, shown in block.columns.items()}
    found = faults(trial, slug, block.model_copy(update={"columns": columns}))
    assert any("› columns: " in line and repr(name + "s") in line for line in found)


@DRAWN
@given(st.sampled_from([(slug, b) for slug, b in BLOCKS if TYPES[b.type].optional is not None]), st.data())
def test_a_column_that_a_type_lacks_or_does_not_read_is_named(
    trial: Trial, drawn: tuple[str, Block], data: st.DataObject
) -> None:
    """A renamed column is told both as missing and as unread, or as unread where it may be missing."""
    slug, block = drawn
    rule = TYPES[block.type]
    name = data.draw(st.sampled_from(rule.columns))
    found = faults(
        trial, slug, block.model_copy(update={"sql": f"SELECT * RENAME ({name} AS otra) FROM ({block.sql})"})
    )
    assert any(f"needs the column {name}" in line for line in found)
    assert any("reads no column 'otra'" in line for line in found)


@DRAWN
@given(st.sampled_from(BLOCKS), st.data())
def test_a_name_that_does_not_exist_is_told(trial: Trial, drawn: tuple[str, Block], data: st.DataObject) -> None:
    """A misspelt view or a query cut short is told with the words of DuckDB."""
    slug, block = drawn
    with duckdb.connect() as parser:
        tables, _ = domain.names_below(domain.parse(parser, block.sql))
    name = data.draw(st.sampled_from(sorted(tables)))
    broken = re.sub(rf'"?\b{name}\b"?', f"{name}_no", block.sql, flags=re.IGNORECASE)
    assert any(f"{name}_no" in line for line in faults(trial, slug, block.model_copy(update={"sql": broken})))
    cut = block.model_copy(update={"sql": f"{block.sql.rstrip()} WHERE ("})
    assert any("› sql: " in line for line in faults(trial, slug, cut))


def test_a_type_nobody_knows_and_columns_nobody_shows_are_named(trial: Trial) -> None:
    """`lines` is no type; a line chart shows no columns."""
    slug, block = next((slug, b) for slug, b in BLOCKS if b.type == "line")
    assert any("is it 'line'?" in f for f in faults(trial, slug, block.model_copy(update={"type": "lines"})))
    assert any("› columns: " in f for f in faults(trial, slug, block.model_copy(update={"columns": {"x": Column()}})))


def test_headline_series_and_forecasts_are_tried_too(trial: Trial) -> None:
    """Their queries have the same faults, with their own files."""
    demand = CATALOG.headlines["gen_solar"]
    wrong = demand.model_copy(update={"unit": "MWh", "sql": demand.sql.replace("'Solar'", "'SOLAR'")})
    spoilt = dataclasses.replace(CATALOG, headlines={**CATALOG.headlines, "gen_solar": wrong})
    found = [f for f in problems(trial, spoilt) if f.startswith("series/")]
    assert [f.partition(": ")[0] for f in found] == [
        "series/country.yml › gen_solar › sql",
        "series/country.yml › gen_solar › unit",
    ]
    inflow = next(p for p in CATALOG.forecasts if p.series == "inflow_daily")
    others = tuple(p for p in CATALOG.forecasts if p is not inflow)
    bad = inflow.model_copy(update={"input": inflow.input.replace("'Sistema'", "'sistema'")})
    (fault,) = problems(trial, dataclasses.replace(CATALOG, forecasts=(*others, bad)))
    assert fault.startswith("forecasts/50_inflow_daily.yml › input: entity = 'sistema' matches nothing")


def test_a_filter_of_a_view_is_tried_too(trial: Trial) -> None:
    """A misspelt word in a formula would empty every board that reads it."""
    view = trial.statements["map_unserved"]
    assert list(Queries(trial, CATALOG).view(view)) == []
    spoilt = dataclasses.replace(view, body=view.body.replace("'Subarea'", "'SubareaX'"))
    found = list(Queries(trial, CATALOG).view(spoilt))
    place = "views/places/map_unserved.sql › map_unserved: entity = 'SubareaX' matches nothing"
    assert found and all(line.startswith(place) for line in found)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"headline": "{{ fersh | num }} series"}, "headline: no query returns 'fersh' (is it 'fresh'?)"),
        ({"headline": "{{ fresh | nmu }} series"}, "headline: A sentence is no template: No filter named 'nmu'"),
        ({"sql": "SELECT count(*) AS total FROM series_sate"}, "sql › sql: Catalog Error"),
        ({"sql": "SELECT 1 AS fresh, 2 AS total, today FROM run_info WHERE data_source = 'xmm'"}, "'xmm'"),
    ],
)
def test_a_page_about_the_data_is_checked_like_a_board(trial: Trial, changed: dict[str, str], told: str) -> None:
    """Its queries are tried, and what its sentences name is a column that one of them returns."""
    wrong = CATALOG.pages["estado"].model_copy(update=changed)
    assert told in "\n".join(Queries(trial, CATALOG).page("pages", wrong))


def test_an_axis_of_no_time_has_a_name(trial: Trial) -> None:
    """Every chart of a board over hours, shares or names asks for it; a reader hears it at each value."""
    named = [(slug, b) for slug, board in CATALOG.boards.items() for b in board.blocks if "x_label" in b.options]
    assert len(named) > 20
    for slug, block in named:
        options = {name: value for name, value in block.options.items() if name != "x_label"}
        found = "\n".join(Queries(trial, CATALOG).block(slug, block.model_copy(update={"options": options})))
        asks = f"{block.id} › options: x is no time and nothing says what it is" in found
        assert asks == (block.type != "map"), "a map has shapes and no axis"


def test_a_block_of_a_page_is_checked_too(trial: Trial) -> None:
    """Its type, its options and the columns of its cells are those that there are."""
    page = CATALOG.pages["estado"]
    tally, table = page.blocks
    cell = table.columns["Serie"].model_copy(update={"text": "{{ metrci | metrica }}"})
    blocks = (
        tally.model_copy(update={"options": {"wrds": "series_state"}}),
        table.model_copy(update={"columns": {**table.columns, "Serie": cell}}),
        table.model_copy(update={"id": "otra", "type": "kpis"}),
    )
    found = "\n".join(Queries(trial, CATALOG).page("pages", page.model_copy(update={"blocks": blocks})))
    assert "pages/estado.yml › resumen › options: a tally block has no option 'wrds' (is it 'words'?)" in found
    assert "pages/estado.yml › series › columns › Serie: no query returns 'metrci' (is it 'metric'?)" in found
    assert "pages/estado.yml › otra › type: no block type is called 'kpis'" in found


def test_blocks_of_a_section_are_checked_with_the_columns_around_them(trial: Trial) -> None:
    """Each must tell its rows apart as its section does; its words may name the columns of both, and phrases."""
    page = CATALOG.pages["aciertos"]
    duel = next(block for block, _ in page.all_blocks() if block.id == "duelo")
    text, table, chart = duel.blocks
    inner = (
        text.model_copy(update={"note": "{% include 'quien' %}"}),
        table.model_copy(update={"sql": "SELECT who FROM official_score"}),
        chart.model_copy(
            update={"title": "{{ ahead }} de {{ anchor }}", "sql": "SELECT run_kind, week AS x FROM official_week"}
        ),
    )
    blocks = (duel.model_copy(update={"blocks": inner}),)
    changed = {"blocks": blocks, "phrases": {"quien": "{{ ours }} {{ tehirs }}"}}
    found = list(Queries(trial, CATALOG).page("pages", page.model_copy(update=changed)))
    assert "pages/aciertos.yml › errores › sql: rows are told apart by 'run_kind' — add it to the SELECT" in found
    assert "a line block needs the column value" in "\n".join(found)
    assert any(fault.startswith("pages/aciertos.yml › quien › note: no query returns 'tehirs'") for fault in found)
    assert any("› semanas › title: no query returns 'ahead'" in fault for fault in found)
    assert not [fault for fault in found if "'anchor'" in fault.split("—")[0]]
    stray = {"blocks": blocks, "phrases": {}}
    assert "no phrase is called 'quien'" in "\n".join(
        Queries(trial, CATALOG).page("pages", page.model_copy(update=stray))
    )
