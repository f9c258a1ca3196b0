"""The assistant on its two hundred questions in the small world: floors hold, its queries give its figures again."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from pipeline.core.paths import ROOT
from tests.bench.assistant_lies import given
from tests.bench.assistant_score import bench_assistant, judge, questions, score_csv
from tests.narrate.claim_queries import console
from tests.world import SmallWorld

pytestmark = [pytest.mark.slow, pytest.mark.world]


@pytest.fixture(scope="module")
def con(world: SmallWorld) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the small world."""
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as opened:
        yield opened


def test_the_set_is_whole() -> None:
    """Two hundred questions, each once, sixty of them held out, forty without an answer."""
    held, tuned = questions("held_out"), questions("tuned")
    both = [*held, *tuned]
    assert (len(held), len(both)) == (60, 200)
    assert len({(each["q"], str(each.get("after")), each.get("page")) for each in both}) == 200
    assert sum(each["is"] == "refuse" for each in both) == 40


def test_the_floors_hold(world: SmallWorld, con: duckdb.DuckDBPyConnection) -> None:
    """Right, plausible but wrong, refused: as the bench measures them."""
    lines = bench_assistant(con, world.paths.site)
    assert [line for line in lines if not line.ok] == []
    assert [line.floor for line in lines[:4]] == ["≥ 92", "≤ 1", "≥ 40", "= 0"]
    assert lines[4].value > 40, "too few replies of the model that lies are answered to prove anything"


def test_the_published_score_is_this_one(world: SmallWorld, con: duckdb.DuckDBPyConnection) -> None:
    """The page of the score shows what the assistant does today, question by question; never a number of before."""
    now = score_csv(con, world.paths.site)
    made = ROOT / "build" / "reports" / "assistant_score.csv"
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(now, encoding="utf-8")
    kept = (ROOT / "data" / "reference" / made.name).read_text(encoding="utf-8")
    assert kept == now, f"put {made} in its place, and its sha256 in data/reference/README.md"
    page = world.page("preguntas")
    right = sum(
        each.outcome == "right" and each.answerable
        for each in (*judge(con, world.paths.site, "held_out"), *judge(con, world.paths.site, "tuned"))
    )
    assert f"{right} de 160 preguntas" in page


def test_a_wrong_figure_is_seen(world: SmallWorld, con: duckdb.DuckDBPyConnection) -> None:
    """An oracle that moves makes the answers about it wrong: the judge can fail."""
    row = con.execute("SELECT current_catalog()").fetchone()
    assert row
    moved = f"SELECT * REPLACE (value * 1.01 AS value) FROM {row[0]}.main.daily_series"
    con.execute(f"CREATE OR REPLACE TEMP VIEW daily_series AS {moved}")
    outcomes = [each.outcome for each in judge(con, world.paths.site, "tuned") if each.answerable]
    con.execute("DROP VIEW temp.daily_series")
    assert outcomes.count("wrong") > 50


def test_queries_give_the_figures_again(world: SmallWorld, con: duckdb.DuckDBPyConnection) -> None:
    """What the answer offers for the console reads there, and says the same."""
    judged = [each for group in ("held_out", "tuned") for each in judge(con, world.paths.site, group) if each.sql]
    own = console(world.paths.site)
    told = [each for each in judged if '_daily"' not in each.sql and each.figure is not None]
    assert len(told) > 90
    assert [each.question for each in told if not given(own, each.sql, each.figure or 0.0)] == []
    metrics = [each for each in judged if '_daily"' in each.sql and each.figure is not None]
    assert len(metrics) > 10
    assert [each.question for each in metrics if not given(con, each.sql, each.figure or 0.0)] == []
