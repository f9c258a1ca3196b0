"""XM's official forecasts: from the emulator to the lake, each file failing alone, and nothing asked of nobody."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.emulator.server import running
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.sources.xm_files import base_of, by_bus, judge_answer, weekly
from pipeline.ingest.states import read_states
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 6, 30)  # a Tuesday
NAMES = ["PronSIN", "PronUCP"]
REAL = Path(__file__).resolve().parents[4] / "shared" / "realdata"
WEEK = "\n".join(f"{hour},{','.join(['9000.5'] * 7)}" for hour in range(1, 25))
Answer = tuple[int, str]


def settings_of(tmp_path: Path, base: str | None, xm: str = "https://servapibi.xm.com.co") -> Settings:
    return Settings(
        _env_file=None, xm_base_url=xm, simem_base_url=xm, xm_files_url=base, data_dir=tmp_path / "data",
        build_dir=tmp_path, xm_backoff=0.01, xm_connect_timeout=2, xm_read_timeout=2, xm_attempts=2,
    )  # fmt: skip


def run_of(today: dt.date = TODAY, days: int = 40, source: str = "simulated") -> RunInfo:
    return RunInfo(today, today - dt.timedelta(days=days), source, dt.datetime.combine(today, dt.time(5, 40)))


def gather(settings: Settings, run: RunInfo, names: list[str] = NAMES):
    return ingest(load_catalog(), settings, Paths.of(settings), run, metrics=names)


@contextmanager
def portal(answer: Callable[[str], Answer]) -> Iterator[tuple[str, list[str]]]:
    """Run a portal of files that answers each path of a file as it is told; yield its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = parse_qs(urlsplit(self.path).query).get("ruta", [self.path])[0]
            asked.append(path)
            status, text = answer(path)
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_forecasts_reach_the_lake_and_agree_with_the_demand_they_forecast(tmp_path):
    """Weeks until the next one, a day of buses ahead; some 1 % from the demand; asked once a day; replayed alike."""
    with running("simulated", TODAY) as url:
        settings = settings_of(tmp_path, None, url)
        report = gather(settings, run_of(), [*NAMES, "DemaSIN", "Festivos"])
        assert not report.failed
        again = gather(settings, run_of())
    assert (again.asked, again.changed) == (0, False)
    lake = Lake(Paths.of(settings).lake)
    week, units, demand = (
        lake.read(*key).to_pandas() for key in (("PronSIN", "Sistema"), ("PronUCP", "UCP"), ("DemaSIN", "Sistema"))
    )
    assert week["ts"].max() == dt.datetime(2026, 7, 5, 23)  # the week of 6 July comes out on Thursday
    assert units["ts"].max() == dt.datetime(2026, 7, 1, 23)
    assert units["code"].nunique() == 11
    daily = week.groupby(week["ts"].dt.normalize())["value"].sum()
    truth = demand.set_index("ts")["value"].iloc[:-2]  # the two newest days are half built
    error = (daily / truth - 1.0).dropna().abs()
    assert len(error) > 30
    assert 0.003 < error.mean() < 0.025
    whole = units.groupby(units["ts"].dt.normalize())["value"].sum()
    assert (whole / daily - 1.0).dropna().abs().max() < 0.03
    before = lake.manifest().fingerprint()
    replay(load_catalog(), settings, Paths.of(settings), run_of())
    assert lake.manifest().fingerprint() == before


def test_nobody_is_asked_when_no_address_is_set(tmp_path):
    """No failure, no data, and a reason that the page can say in words."""
    settings = settings_of(tmp_path, None)
    assert base_of(settings) is None
    report = gather(settings, run_of(source="xm"), [*NAMES, "Festivos"])
    assert (report.asked, report.failed, report.down) == (0, {}, {})
    states = read_states(Paths.of(settings))
    assert {states[name]["reason"] for name in ("PronSIN/Sistema", "PronUCP/UCP")} == {"not_configured"}
    assert {states[name]["state"] for name in ("PronSIN/Sistema", "PronUCP/UCP")} == {"empty"}


def test_an_address_set_later_takes_the_reason_away(tmp_path):
    """What was not configured is asked as soon as it is."""
    gather(settings_of(tmp_path, None), run_of(source="xm"), ["PronSIN", "Festivos"])
    with portal(lambda _: (200, WEEK)) as (url, _):
        settings = settings_of(tmp_path, url)
        gather(settings, run_of(source="xm"), ["PronSIN"])
    assert read_states(Paths.of(settings))["PronSIN/Sistema"]["state"] == "ok"


def test_one_bad_file_costs_itself_only(tmp_path):
    """A page, a server that fails, a file that is not there, another layout: the other weeks arrive."""
    first = TODAY - dt.timedelta(days=40)
    mondays = [first - dt.timedelta(first.weekday()) + dt.timedelta(7 * n) for n in range(8)]
    faults = dict(
        zip(
            map(weekly, mondays),
            [(200, "<html>"), (500, ""), (404, ""), (200, "a,b\n"), (200, "")],
            strict=False,
        )
    )
    with portal(lambda path: faults.get(path, (200, WEEK))) as (url, _):
        settings = settings_of(tmp_path, url)
        report = gather(settings, run_of(source="xm"), ["PronSIN"])
    found = Lake(Paths.of(settings).lake).read("PronSIN", "Sistema")
    assert {row["ts"].date() for row in found.to_pylist()} == {
        monday + dt.timedelta(day) for monday in mondays[5:] for day in range(7)
    }
    assert report.failed_windows == 3
    assert list(report.failed) == ["PronSIN/Sistema"]
    windows = read_states(Paths.of(settings))["PronSIN/Sistema"]["windows"]
    assert windows[mondays[2].isoformat()]["status"] == "empty"


def test_a_week_is_asked_again_until_it_has_begun(tmp_path):
    """XM may correct a week before it starts; afterwards what it said stands."""
    with portal(lambda path: (200, WEEK) if "PRONSIN" in path else (404, "")) as (url, asked):
        settings = settings_of(tmp_path, url)
        gather(settings, run_of(source="xm", days=10), ["PronSIN"])
        asked.clear()
        gather(settings, run_of(TODAY + dt.timedelta(1), days=11, source="xm"), ["PronSIN"])
        assert asked == [weekly(dt.date(2026, 7, 6))]
        asked.clear()
        gather(settings, run_of(TODAY + dt.timedelta(7), days=17, source="xm"), ["PronSIN"])
        assert asked == [weekly(dt.date(2026, 7, 13)), weekly(dt.date(2026, 7, 6))], "the newest first"
    assert by_bus(TODAY).endswith("2026-06/PRON_BARRA0630.txt")


def test_a_dead_portal_stops_nobody_else(tmp_path):
    """The run names the source that is down; the holidays are there."""
    settings = settings_of(tmp_path, "http://127.0.0.1:9")
    report = gather(settings, run_of(source="xm", days=8), ["PronSIN", "Festivos"])
    assert set(report.down) == {"xm-files"}
    assert Lake(Paths.of(settings).lake).read("Festivos", "Sistema").num_rows > 10


@pytest.mark.parametrize("link", ["http://example.org/x", "http://10.0.0.1/x", "file:///etc/passwd", "/relative"])
def test_a_link_to_elsewhere_is_not_followed(tmp_path, link):
    """Only https, and this machine only when the portal is on it."""
    with portal(lambda _: (200, f'{{"url": "{link}"}}')) as (url, asked):
        report = gather(settings_of(tmp_path, url), run_of(source="xm", days=1), ["PronSIN", "Festivos"])
    assert "xm-files" in report.down
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b'{"url":"https://x.example/f"}', "ok"),
        (200, b"1,2,3", "ok"),
        (200, b'"VALLE","YUMBO",115', "ok"),
        (404, b'{"url":"https://x.example/f"}', "empty"),
        (429, b"", "retry"),
        (503, b"1,2", "retry"),
        (200, b"<html>,</html>", "retry"),
        (200, b'{"error": "no"}', "retry"),
        (200, b"", "retry"),
        (302, b"", "permanent"),
        (400, b"no existe", "permanent"),
    ],
)
def test_what_an_answer_means(status, body, kind):
    """A link or a table is kept; the rest is asked again, missing or refused."""
    assert judge_answer(status, body).kind == kind
