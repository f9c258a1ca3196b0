"""The assistant on two hundred questions in Spanish, forty of them to be refused: right, plausible but wrong, refused.

The oracle of a question is a query over the warehouse; the assistant reads what is published, under node, by the
scripts of the pages. An answer is right when series or thing, kind, value and day are those of the oracle. It is
plausible but wrong when it shows another figure for what was asked, or says that there is none and there is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import duckdb
import yaml

from pipeline.core.paths import ROOT
from tests.bench.assistant_asked import ask
from tests.bench.assistant_lies import REPLIES, false_figures
from tests.bench.table import Line, at_least, at_most, exactly, told

QUESTIONS = ROOT / "tests" / "assistant" / "questions.yml"
Group = Literal["held_out", "tuned"]
_NEAR = 1e-4  # published files have six decimals
#: What oracles are written with: days that may be quoted, told by the warehouse alone.
_MACROS = """
CREATE OR REPLACE TEMP MACRO now() AS (SELECT today FROM run_info);
CREATE OR REPLACE TEMP MACRO state_said() AS TABLE
    SELECT CASE state WHEN 'risk' THEN 'riesgo' WHEN 'watch' THEN 'vigilancia' ELSE state END AS said FROM system_state;
CREATE OR REPLACE TEMP MACRO week() AS CAST(date_trunc('week', now()) AS DATE);
CREATE OR REPLACE TEMP MACRO year_start() AS make_date(year(now()), 1, 1);
CREATE OR REPLACE TEMP MACRO month(m) AS
    make_date(year(now()) - if(make_date(year(now()), m, 1) > now(), 1, 0), m, 1);
CREATE OR REPLACE TEMP MACRO month_end(m) AS last_day(month(m));
CREATE OR REPLACE TEMP MACRO month_back(n) AS CAST(date_trunc('month', now()) - to_months(n) AS DATE);
CREATE OR REPLACE TEMP MACRO weekday_before(d) AS now() - CAST((isodow(now()) - d + 6) % 7 + 1 AS INTEGER);
CREATE OR REPLACE TEMP MACRO weekday_after(d) AS now() + CAST((d - isodow(now()) + 6) % 7 + 1 AS INTEGER);
CREATE OR REPLACE TEMP MACRO day_of(s, d) AS TABLE
    SELECT value, day FROM daily_series WHERE series = s AND complete AND day = d;
CREATE OR REPLACE TEMP MACRO inside(s, a, b) AS TABLE
    SELECT value, day FROM daily_series WHERE series = s AND complete AND day BETWEEN a AND b;
CREATE OR REPLACE TEMP MACRO last(s) AS TABLE
    SELECT value, day FROM daily_series WHERE series = s AND complete ORDER BY day DESC LIMIT 1;
CREATE OR REPLACE TEMP MACRO total(s, a, b) AS TABLE
    SELECT sum(value) AS value FROM inside(s, a, b) HAVING count(*) > 0;
CREATE OR REPLACE TEMP MACRO mean(s, a, b) AS TABLE
    SELECT avg(value) AS value FROM inside(s, a, b) HAVING count(*) > 0;
CREATE OR REPLACE TEMP MACRO high(s, a, b) AS TABLE
    SELECT value, day FROM inside(s, a, b) ORDER BY round(value, 3) DESC, day LIMIT 1;
CREATE OR REPLACE TEMP MACRO low(s, a, b) AS TABLE
    SELECT value, day FROM inside(s, a, b) ORDER BY round(value, 3), day LIMIT 1;
CREATE OR REPLACE TEMP MACRO end_of(s, a, b) AS TABLE
    SELECT value, day FROM inside(s, a, b) ORDER BY day DESC LIMIT 1;
CREATE OR REPLACE TEMP MACRO changed(u, now_, base) AS
    if(u IN ('%', '°C'), now_ - base, 100 * (now_ - base) / abs(base));
CREATE OR REPLACE TEMP MACRO change(s, basis) AS TABLE
    SELECT changed(unit, compared, base) AS value, day
    FROM (SELECT i.unit, h.compared, h.day, if(basis = 'year', h.year_ago, coalesce(h.week_ago, h.last_ago)) AS base
          FROM headline AS h JOIN series_info AS i USING (series) WHERE h.series = s) WHERE base IS NOT NULL;
CREATE OR REPLACE TEMP MACRO versus(s, a, b, c, d) AS TABLE
    SELECT changed((SELECT unit FROM series_info WHERE series = s), m.value, n.value) AS value
    FROM mean(s, a, b) AS m, mean(s, c, d) AS n;
CREATE OR REPLACE TEMP MACRO forecast(s, d) AS TABLE
    SELECT pronostico AS value, d AS day FROM pronosticos
    WHERE serie = s AND escenario = '' AND left(CAST(instante AS VARCHAR), 10) = CAST(d AS VARCHAR);
CREATE OR REPLACE TEMP MACRO entity_inside(m, e, c, a, b) AS TABLE
    SELECT value, day FROM metric_daily
    WHERE metric = m AND entity = e AND code = c AND quotable(quality) AND day BETWEEN a AND b;
CREATE OR REPLACE TEMP MACRO entity_day(m, e, c, d) AS TABLE FROM entity_inside(m, e, c, d, d);
CREATE OR REPLACE TEMP MACRO entity_last(m, e, c) AS TABLE
    SELECT * FROM entity_inside(m, e, c, DATE '2000-01-01', now()) ORDER BY day DESC LIMIT 1;
CREATE OR REPLACE TEMP MACRO entity_total(m, e, c, a, b) AS TABLE
    SELECT sum(value) AS value FROM entity_inside(m, e, c, a, b) HAVING count(*) > 0;
CREATE OR REPLACE TEMP VIEW reservoir_rank AS
    SELECT value, day, code FROM metric_daily
    WHERE metric = 'PorcVoluUtilDiar' AND entity = 'Embalse' AND quotable(quality)
    QUALIFY day = max(day) OVER ();
CREATE OR REPLACE TEMP VIEW source_rank AS
    SELECT value, day, series FROM daily_series WHERE complete AND series IN
        ('gen_hydro', 'gen_thermal', 'gen_solar', 'gen_wind', 'gen_cogeneration')
    QUALIFY count(*) OVER (PARTITION BY day) = 5 AND day = max(day) OVER ();
"""
Outcome = Literal["right", "wrong", "refused"]


@dataclass(frozen=True)
class Judged:
    """A question, what became of it, and why.

    Attributes:
        question: As it was asked.
        answerable: Whether the portal has the answer.
        outcome: Right (an unanswerable one that was refused is right), wrong though plausible, or refused.
        why: What differs; empty where it is right.
        sql: Query that the answer offers, with the figure it has to give again; empty without one.
        figure: First figure of the answer.
    """

    question: str
    answerable: bool
    outcome: Outcome
    why: str = ""
    sql: str = ""
    figure: float | None = None


def questions(group: Group) -> list[dict[str, Any]]:
    """Return the questions of a group."""
    found: list[dict[str, Any]] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))[group]
    return found


def judge(con: duckdb.DuckDBPyConnection, site: Path, group: Group) -> list[Judged]:
    """Return what becomes of each question of a group.

    Args:
        con: Open warehouse of the site.
        site: Folder of the site.
        group: Which questions.
    """
    con.execute(_MACROS)
    row = con.execute("SELECT today FROM run_info").fetchone()
    assert row
    asked = questions(group)
    return [_judged(con, each, answer) for each, answer in zip(asked, ask(site, row[0], asked), strict=True)]


def _judged(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Judged:
    refused = answer["kind"] == "refuse"
    if asked["is"] == "refuse":
        why = "" if refused else f"answered: {answer['understood']} {answer['figures'][:1]}"
        return Judged(asked["q"], False, "right" if refused else "wrong", why)
    if refused:
        return Judged(asked["q"], True, "refused", f"{answer['topic']}: {answer['said']}")
    faults = list(_faults(con, asked, answer))
    shown = answer["figures"][0]["value"] if answer["figures"] else None
    sql = answer.get("sql", "")
    return Judged(asked["q"], True, "wrong" if faults else "right", "; ".join(faults), sql, shown)


def _faults(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what an answer says otherwise than the oracle."""
    question, figures = answer["question"], answer["figures"]
    if "series" in asked and question.get("series") != asked["series"]:
        yield f"series {question.get('series')}, not {asked['series']}"
    found = con.execute(asked["oracle"])
    names = [column[0] for column in found.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if "said" in names:
        if answer.get("said") != rows[0]["said"]:
            yield f"said {answer.get('said')}, not {rows[0]['said']}"
        return
    if not rows:
        yield from _without(con, asked, answer)
        return
    if answer.get("missing"):
        yield f"told missing, and is {rows[0]}"
        return
    if not answer.get("missing") and answer["kind"] != asked["is"]:
        yield f"kind {answer['kind']}, not {asked['is']}"
    if len(figures) < len(rows):
        yield f"{len(figures)} figures, not {len(rows)}"
    for figure, row in zip(figures, rows, strict=False):
        yield from _differing(figure, row)


def _without(con: duckdb.DuckDBPyConnection, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong where the portal has no such day: that must be said, and what is shown be the last one."""
    if not answer.get("missing"):
        yield f"no such day, and told {answer['figures'][:1]}"
    elif answer["figures"] and "series" in asked:
        row = con.execute("FROM last(?)", [asked["series"]]).fetchone()
        assert row
        yield from _differing(answer["figures"][0], {"value": row[0], "day": row[1]})


def _differing(figure: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    if abs(figure["value"] - row["value"]) > _NEAR * max(1.0, abs(row["value"])):
        yield f"value {figure['value']}, not {row['value']}"
    day = str(row["day"]) if row.get("day") else None
    if day and "day" in figure and not day.startswith(figure["day"]):
        yield f"day {figure['day']}, not {day}"
    if day and "day" not in figure:
        yield f"no day, it is {day}"
    if row.get("code") and figure.get("code") != row["code"]:
        yield f"{figure.get('code')}, not {row['code']}"


def bench_assistant(con: duckdb.DuckDBPyConnection, site: Path) -> list[Line]:
    """Return the score of the assistant: both groups, and those that it was not tuned on.

    Args:
        con: Open warehouse of the site.
        site: Folder of the site.
    """
    held, tuned = judge(con, site, "held_out"), judge(con, site, "tuned")
    whole = [*held, *tuned]
    shown, faults = false_figures(con, site)
    can, apart = ([each for each in group if each.answerable] for group in (whole, held))
    lines = [
        at_least("assistant: answerable questions, right [%]", _share(can, "right"), 92),
        at_most("assistant: answerable questions, plausible but wrong [%]", _share(can, "wrong"), 1),
        at_least("assistant: unanswerable questions refused", sum(_refused(each) for each in whole), 40),
        exactly(f"assistant: false figures, {REPLIES} replies of a model that lies", len(faults), 0),
        told("assistant: figures shown to those replies", shown),
        told("assistant: answerable questions", len(can)),
        told("assistant: held out, right [%]", _share(apart, "right")),
        told("assistant: held out, plausible but wrong [%]", _share(apart, "wrong")),
    ]
    return lines + [told(f"assistant: {each.outcome}: {each.question} ({each.why})", 1) for each in whole if each.why]


def score_csv(con: duckdb.DuckDBPyConnection, site: Path) -> str:
    """Return what became of every question, as `data/reference/assistant_score.csv` has it.

    Args:
        con: Open warehouse of the site.
        site: Folder of the site.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["number", "held_out", "question", "before", "answerable", "outcome", "said"])
    groups: tuple[Group, ...] = ("held_out", "tuned")
    asked = [(group, each) for group in groups for each in questions(group)]
    judged = [each for group in groups for each in judge(con, site, group)]
    for number, ((group, question), each) in enumerate(zip(asked, judged, strict=True), start=1):
        said = each.why.partition(": ")[2] if each.outcome == "refused" else ""
        before = " · ".join(question.get("after", []))
        held = str(group == "held_out").lower()
        can = str(each.answerable).lower()
        writer.writerow([number, held, each.question, before, can, each.outcome, said])
    return out.getvalue()


def _share(judged: Sequence[Judged], outcome: Outcome) -> float:
    return round(100 * sum(each.outcome == outcome for each in judged) / len(judged), 2)


def _refused(each: Judged) -> bool:
    return not each.answerable and each.outcome == "right"
