"""What a run leaves behind: a page for people, metrics for machines, and rules that fire when they should."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
import yaml

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import ROOT, Paths
from pipeline.core.run import RunReport
from pipeline.core.settings import load_settings
from pipeline.site.downloads.freshness import BADGE
from pipeline.site.run_report import _HELP, STATES, SeriesAge, exposition, samples, write_run_report
from pipeline.store.manifest import EMPTY
from tests.site.tiny import RUN, World

RULES = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
RUNBOOK = (ROOT / "site_src" / "operar.md").read_text(encoding="utf-8")
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp()
WELL = [SeriesAge("Gene/Sistema", "ok", 4, 7, ""), SeriesAge("ListadoRios/Sistema", "ok", None, None, "")]
ROOM = {"disk_free": 5e10, "site": 4e8, "site_limit": 1e9}
Values = dict[str, dict[str, float]]


def measured(report: RunReport, series: list[SeriesAge], room: dict[str, float]) -> Values:
    """Return the metrics as Prometheus would read them: name → labels → value."""
    found: Values = {}
    text = exposition(samples(report, RUN, series, EMPTY, room))
    for line in text.splitlines():
        if not line.startswith("#"):
            told = re.fullmatch(r"(\w+)(\{.*\})? (\S+)", line)
            assert told, line
            found.setdefault(told[1], {})[told[2] or ""] = float(told[3])
    return found


def firing(values: Values, now: float = NOW) -> set[str]:
    """Return the rules that fire, read as Prometheus reads the few forms that ours have."""

    def side(text: str) -> dict[str, float] | float:
        if re.fullmatch(r"[\d.]+", text):
            return float(text)
        base, _, factor = text.removeprefix("time() - ").partition(" * ")
        name, braces, labels = base.partition("{")
        chosen = {k: v for k, v in values.get(name, {}).items() if not braces or k == braces + labels}
        scaled = {k: v * float(factor or 1) for k, v in chosen.items()}
        return {k: now - v for k, v in scaled.items()} if text.startswith("time()") else scaled

    found = set()
    for rule in RULES:
        left, sign, right = re.fullmatch(r"(.+) (>|<|==) (.+)", rule["expr"]).groups()  # type: ignore[union-attr]
        above, limit = side(left), side(right)
        assert isinstance(above, dict)
        pairs = [(v, limit if isinstance(limit, float) else limit.get(k)) for k, v in above.items()]
        holds = {">": lambda a, b: a > b, "<": lambda a, b: a < b, "==": lambda a, b: a == b}[sign]
        found |= {rule["alert"]} if any(b is not None and holds(a, b) for a, b in pairs) else set()
    return found


def test_every_rule_reads_a_metric_says_its_source_and_has_a_cure() -> None:
    """No rule over a name that no run writes, and no alert without a heading of the runbook."""
    for rule in RULES:
        names = set(re.findall(r"portal_\w+", rule["expr"]))
        assert names and names <= _HELP.keys(), rule["alert"]
        assert f'id="{rule["annotations"]["runbook"]}"' in RUNBOOK
        file = rule["annotations"]["source"].partition(",")[0].partition(";")[0]
        assert (ROOT / file).exists(), rule["annotations"]["source"]
    for code in (0, 1, 2, 75):
        assert f'id="codigo-{code}"' in RUNBOOK


def test_a_good_run_alarms_nobody() -> None:
    """All well, and a list has no age."""
    values = measured(RunReport(seconds={"ingest": 3.0}), WELL, ROOM)
    assert firing(values) == set()
    assert values["portal_series"] == {f'{{state="{state}"}}': 2 * (state == "ok") for state in STATES}
    assert values["portal_run_created_seconds"][""] == dt.datetime(2026, 11, 20, 10, 40, tzinfo=dt.UTC).timestamp()


BAD = {
    "PortalEjecucionFallida": ({"exit_code": 1}, WELL, ROOM),
    "PortalIntentarMasTarde": ({"exit_code": 75}, WELL, ROOM),
    "PortalFuenteCaida": ({"details": {"ingest": {"down": {"xm": "503"}}}}, WELL, ROOM),
    "PortalCambiosRetenidos": ({"details": {"ingest": {"held_back": ["Gene"]}}}, WELL, ROOM),
    "PortalSerieAtrasada": ({}, [SeriesAge("Gene/Sistema", "late", 8, 7, "")], ROOM),
    "PortalSeriesConFalla": ({}, [SeriesAge("Gene/Sistema", "failed", 1, 7, "timeout")], ROOM),
    "PortalDiscoLleno": ({}, WELL, ROOM | {"disk_free": 1e9}),
    "PortalSitioCercaDelLimite": ({}, WELL, ROOM | {"site": 9.5e8}),
}


@pytest.mark.parametrize("alert", BAD)
def test_each_illness_fires_its_own_rule(alert: str) -> None:
    """And no other one."""
    report, series, room = BAD[alert]
    assert firing(measured(RunReport(**report), series, room)) == {alert}  # type: ignore[arg-type]


def test_a_portal_that_nobody_renews_is_told() -> None:
    """Two days and an hour after the last run; and every rule has an illness here."""
    values = measured(RunReport(), WELL, ROOM)
    assert firing(values, NOW + 49 * 3600) == {"PortalSinRenovar"}
    assert {rule["alert"] for rule in RULES} == {*BAD, "PortalSinRenovar"}


def test_a_series_should_be_as_young_as_it_is_declared() -> None:
    """Lag and three days; two months more for what comes by month; what ended or comes seldom has no age."""
    metrics = load_catalog().metrics
    found = {name: metrics[name].late_after for name in ("PrecBolsNaci", "CERE", "PrecEscaAct", "ImpoEner")}
    assert found == {"PrecBolsNaci": 7, "CERE": 110, "PrecEscaAct": None, "ImpoEner": None}


def test_the_page_says_how_it_went_and_trusts_no_text(tmp_path: Path) -> None:
    """What failed stands on it, escaped; a run that broke off before it had a warehouse is told as well."""
    report = RunReport(seconds={"ingest": 1.5})
    report.fail("xm: <script>alert(1)</script>", 75)
    paths = Paths(tmp_path, tmp_path)
    write_run_report(load_settings(host="pages"), paths, RUN, report, EMPTY)
    page = (paths.reports / "run.html").read_text(encoding="utf-8")
    assert "basta con intentar más tarde (código 75)" in page and "no llegó a mirarlas" in page
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert json.loads((paths.reports / "run.json").read_text())["exit_code"] == 75
    assert "portal_site_limit_bytes 1000000000" in (paths.reports / "metrics.prom").read_text()


def test_the_badge_says_how_far_the_data_reach(published: World) -> None:
    """A picture for other people's pages, read aloud as it is seen."""
    svg = (published.paths.site / BADGE).read_text(encoding="utf-8")
    assert 'aria-label="Portal Energético: datos hasta el 19 nov 2026"' in svg
