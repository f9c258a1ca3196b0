"""The state of the system: levels at their thresholds, what is unknown, and no green above an alert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import VIEWS, World, hours, one, rows

from tests.state_world import NOTHING

DAY = dt.date(2026, 11, 20)
SHOWN = ("system_state", "state_index", "alert")
EMPTY = (
    "system_light_daily", "inflows_daily", "price_daily", "price_hourly", "scarcity_month", "reserves_daily",
    "generation_mix_daily",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """What the sources said up to a day; None: nothing, or nothing that may be quoted."""

    volume: float | None = 4000.0
    """Water of the reservoirs, whose minima are 3,000 and 2,000 [GWh]."""
    inflow: float | None = 100.0
    """Inflows of each of 28 days over a mean of 100 [GWh]."""
    dear: int | None = 0
    """Days of the last seven whose mean price is above the scarcity price of 1,000."""
    hours: int = 0
    """Hours of the last day above it; its mean stays below."""
    low: int = 0
    """Reservoirs below their lower minimum."""
    stale: Mapping[str, int] | None = None
    """How many days before the last one a source fell silent, by name."""


def ago(drawn: Drawn, source: str) -> dt.date:
    """The last day of a source."""
    return DAY - dt.timedelta(days=(drawn.stale or {}).get(source, 0))


def rows_of(drawn: Drawn) -> Iterator[str]:
    """Yield the statements that write down what was drawn."""
    yield from (f"DELETE FROM {name}" for name in EMPTY)
    if drawn.volume is not None:
        day = ago(drawn, "water")
        light = "good" if drawn.volume >= 3000 else "watch" if drawn.volume >= 2000 else "low"
        values = f"'{day}', '{light}', {drawn.volume}, 3000, 2000, 'ok', 9, 0, {drawn.low}"
        yield f"INSERT INTO system_light_daily VALUES ({values})"
    if drawn.inflow is not None:
        first = ago(drawn, "rivers") - dt.timedelta(days=27)
        days = f"SELECT DATE '{first}' + i::INTEGER, {drawn.inflow}, 100, 'ok' FROM range(28) t(i)"
        yield f"INSERT INTO inflows_daily {days}"
    if drawn.dear is not None:
        last = ago(drawn, "prices")
        mean = f"CASE WHEN i < {drawn.dear} THEN 1200 ELSE 300 END"
        yield f"INSERT INTO price_daily SELECT DATE '{last}' - i::INTEGER, {mean}, 'ok' FROM range(7) t(i)"
        hour = f"CASE WHEN i < {drawn.hours} OR {drawn.dear} > 0 THEN 1200 ELSE 300 END"
        yield f"INSERT INTO price_hourly SELECT DATE '{last}' + to_hours(i::INTEGER), {hour}, 'ok' FROM range(24) t(i)"
        yield "INSERT INTO scarcity_month VALUES ('2026-10-01', 1000), ('2026-11-01', 1000)"


@pytest.fixture(scope="module")
def rule() -> Iterator[duckdb.DuckDBPyConnection]:
    """The rule and the alerts over empty tables."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE run_info AS SELECT DATE '{DAY}' AS today")
        con.execute(NOTHING)
        con.execute("ALTER TABLE system_light_daily ADD COLUMN with_minimum INTEGER")
        con.execute("ALTER TABLE system_light_daily ADD COLUMN watch INTEGER")
        con.execute("ALTER TABLE system_light_daily ADD COLUMN low INTEGER")
        con.execute("CREATE VIEW system_light AS FROM system_light_daily ORDER BY day DESC LIMIT 1")
        yield con


def read(con: duckdb.DuckDBPyConnection, drawn: Drawn) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Return the state and the alerts of what was drawn."""
    for statement in rows_of(drawn):
        con.execute(statement)
    con.execute((VIEWS / "headlines" / "system_state.sql").read_text(encoding="utf-8"))
    alert = (VIEWS / "headlines" / "alert.sql").read_text(encoding="utf-8")
    con.execute(alert[alert.index("CREATE OR REPLACE VIEW alert") :])
    return one(con, "FROM system_state"), rows(con, "FROM alert")


@pytest.mark.parametrize(
    ("drawn", "state", "because"),
    [
        (Drawn(), "normal", []),
        (Drawn(volume=3000.0), "normal", []),
        (Drawn(volume=2999.9), "watch", ["system_light"]),
        (Drawn(volume=2000.0), "watch", ["system_light"]),
        (Drawn(volume=1999.9), "risk", ["system_light"]),
        (Drawn(inflow=90.0), "normal", []),
        (Drawn(inflow=89.9), "watch", ["hsin"]),
        (Drawn(hours=1), "watch", ["scarcity_hours"]),
        (Drawn(dear=3), "watch", ["scarcity_hours"]),
        (Drawn(dear=4), "risk", ["pbp", "scarcity_hours"]),
        (Drawn(dear=4, inflow=50.0), "risk", ["pbp", "hsin", "scarcity_hours"]),
        (Drawn(volume=None), "unknown", []),
        (Drawn(volume=None, inflow=50.0), "watch", ["hsin"]),
        (Drawn(low=3), "normal", []),  # news of those reservoirs
        (Drawn(stale={"water": 6}), "normal", []),
        (Drawn(stale={"water": 7}), "unknown", []),
        (Drawn(volume=1000.0, stale={"water": 7}), "unknown", []),
    ],
)  # fmt: skip
def test_state_is_the_worst_level(
    rule: duckdb.DuckDBPyConnection, drawn: Drawn, state: str, because: list[str]
) -> None:
    """Each index at its threshold and just beyond it; risk comes first among the reasons, then the weight."""
    found, _ = read(rule, drawn)
    assert found["state"] == state
    assert one(rule, "SELECT because FROM system_state_daily ORDER BY day DESC LIMIT 1") == {"because": because}
    assert len(found["reasons"]) == len(because)  # type: ignore[arg-type]
    assert bool(found["missing"]) == (drawn.volume is None or bool(drawn.stale and drawn.stale["water"] >= 7))


def sometimes(values: st.SearchStrategy[float]) -> st.SearchStrategy[float | None]:
    """Values, or nothing."""
    return st.one_of(st.none(), values)


@settings(max_examples=60, deadline=None)
@given(
    drawn=st.builds(
        Drawn,
        volume=sometimes(st.floats(0, 6000)),
        inflow=sometimes(st.floats(0, 250)),
        dear=st.one_of(st.none(), st.integers(0, 7)),
        hours=st.integers(0, 24),
        low=st.integers(0, 9),
        stale=st.dictionaries(st.sampled_from(["water", "rivers", "prices"]), st.integers(0, 20)),
    )
)
def test_no_green_stands_above_an_alert(rule: duckdb.DuckDBPyConnection, drawn: Drawn) -> None:
    """Whatever is known and whatever is not: the state and the alerts come from the same levels."""
    found, alerts = read(rule, drawn)
    told = {a["id"]: a for a in alerts}
    own = [a for a in alerts if a["id"] != "reservoirs_low"]
    raised = {a["tone"] for a in own if a["in_force"]}
    assert (found["state"] == "risk") == ("bad" in raised)
    assert (found["state"] == "watch") == (raised == {"warn"})
    assert (found["state"] == "normal") == (len(own) == 4 and all(a["in_force"] is False for a in own))
    if "reservoirs_low" in told:
        assert told["reservoirs_low"]["tone"] == "none"
    if found["state"] == "normal":
        assert not found["missing"]
        assert not found["reasons"]
    if any(a["in_force"] is None for a in own):
        assert found["missing"]
    assert all(a["text"] for a in alerts)


@settings(max_examples=30, deadline=None)
@given(known=st.sets(st.sampled_from(["volume", "inflow", "dear"])), inflow=st.floats(50, 120), dear=st.integers(0, 7))
def test_what_is_unknown_never_makes_it_better(
    rule: duckdb.DuckDBPyConnection, known: set[str], inflow: float, dear: int
) -> None:
    """Taking an index away moves the state down to what the others say, and never to normal."""
    whole = Drawn(inflow=inflow, dear=dear)
    part = Drawn(
        volume=whole.volume if "volume" in known else None,
        inflow=inflow if "inflow" in known else None,
        dear=dear if "dear" in known else None,
    )
    state = read(rule, part)[0]["state"]
    assert (state == "normal") == (len(known) == 3 and read(rule, whole)[0]["state"] == "normal")


def test_no_source_makes_no_state(rule: duckdb.DuckDBPyConnection) -> None:
    """Without any reading there is one row, which says what is missing; nothing stands for it."""
    found, alerts = read(rule, Drawn(volume=None, inflow=None, dear=None))
    assert (found["state"], found["day"], len(found["missing"])) == ("unknown", None, 4)  # type: ignore[arg-type]
    assert alerts == []


def test_silence_of_all_sources_ends_the_state(world: World) -> None:
    """Twenty days without a new value: the last state is history, and today's is not known."""
    prices = [row for d in range(7) for row in hours(DAY - dt.timedelta(days=d), 300.0)]
    series = {
        "PrecBolsNaci/Sistema": prices,
        "PrecEscaSup/Sistema": [("Sistema", dt.date(2026, 11, 1), 1000.0)],
    }
    con = world(series, today=DAY + dt.timedelta(days=20))
    found = one(con, "FROM system_state")
    assert (found["state"], found["day"]) == ("unknown", DAY + dt.timedelta(days=13))
    assert {r["id"]: r["level"] for r in rows(con, "FROM state_index WHERE decides")}.keys() == {
        "system_light", "hsin", "pbp", "scarcity_hours",
    }  # fmt: skip


def test_history_is_of_each_day(rule: duckdb.DuckDBPyConnection) -> None:
    """The state of a past day is that of its own values: a dear week turns to risk on its fourth day, and back."""
    for statement in rows_of(Drawn(dear=None)):
        rule.execute(statement)
    rule.execute("INSERT INTO scarcity_month VALUES ('2026-10-01', 1000), ('2026-11-01', 1000)")
    rule.execute(
        "INSERT INTO price_daily SELECT DATE '2026-10-22' + i::INTEGER, "
        "CASE WHEN i BETWEEN 10 AND 13 THEN 1200 ELSE 300 END, 'ok' FROM range(30) t(i)"
    )
    rule.execute((VIEWS / "headlines" / "system_state.sql").read_text(encoding="utf-8"))
    spans = rows(rule, "SELECT day, until FROM system_state_span WHERE state = 'risk'")
    assert spans == [{"day": dt.date(2026, 11, 4), "until": dt.date(2026, 11, 7)}]
    strip = rows(rule, "SELECT start, until FROM system_state_strip WHERE label LIKE '%PBP%' AND state = 'risk'")
    assert strip == [{"start": dt.date(2026, 11, 4), "until": dt.date(2026, 11, 7)}]
