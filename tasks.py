"""The command line: thin tasks over `pipeline.flow`. `./inv --list` shows them all.

Exit codes: 0 ok · 1 a bug or a broken declaration · 2 wrong usage · 75 try again later.
"""

from __future__ import annotations

import datetime as dt
import functools
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from invoke import Collection, Context, Exit, ParseError, Program, task

from pipeline.core import clock, log
from pipeline.core.errors import PipelineError, UsageError
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings, load_settings

DEMO_DAYS = 400
HISTORY_START = dt.date(2000, 1, 1)
F = TypeVar("F", bound=Callable[..., object])


def _guarded(function: F) -> F:
    """Turn an error of ours into one clear line and the right exit code."""

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        log.configure(json=load_settings_quietly())
        try:
            return function(*args, **kwargs)
        except PipelineError as error:
            raise Exit(f"error: {error}", code=error.exit_code) from None
        except KeyboardInterrupt:
            raise Exit("interrupted; what was committed is kept", code=75) from None

    return wrapped  # type: ignore[return-value]


def load_settings_quietly() -> bool:
    """Return whether logs are JSON, without failing on settings that a task will report better."""
    try:
        return load_settings().log_json
    except PipelineError:
        return False


def _day(text: str | None, default: dt.date, name: str) -> dt.date:
    return _parse(text, name) or default


def _parse(text: str | None, name: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} {text!r} is no date", hint="write it as AAAA-MM-DD, for example 2024-05-06") from None


def _line(settings: Settings, today: str | None, since: str | None, *, span: int | None = None):
    from pipeline.extract.identity import identify
    from pipeline.flow import Line

    now = clock.now_bogota()
    day = _day(today, now.date(), "--today")
    start = _day(since, day - dt.timedelta(days=span) if span else HISTORY_START, "--since")
    if start > day:
        raise UsageError(f"--since {start} lies after --today {day}", hint="give the earlier date first")
    source = identify(settings.xm_base_url)
    created = now.replace(microsecond=0) if source == "xm" else dt.datetime.combine(day, dt.time(5, 40))
    return Line.of(settings, RunInfo(day, start, source, created))


def _finish(report) -> None:
    """End with the run's exit code, naming what failed."""
    if report.exit_code:
        raise Exit(
            "the run ended with failures:\n" + "\n".join(f"  · {name}" for name in report.failed), code=report.exit_code
        )
    total = sum(report.seconds.values())
    sys.stderr.write(f"done in {total:.1f} s{' (nothing changed)' if report.skipped[:1] == ['warehouse'] else ''}\n")


def _source(data: str | None, today: dt.date, faults: str | None = None) -> AbstractContextManager[str]:
    from pipeline.emulator.server import running

    return running(data or "simulated", today, faults=faults)


@task(
    help={
        "serve": "serve the portal when built (--no-serve: only build)",
        "port": "port of the portal",
        "today": "the day to stand on (AAAA-MM-DD)",
        "days": "days of history",
    }
)
@_guarded
def demo(c: Context, serve=True, port=8000, today=None, days=DEMO_DAYS):
    """Build the whole portal on the built-in emulator and serve it."""
    from pipeline.publish.serve import check_port, serve_site

    if serve:
        check_port(port)
    day = _day(today, clock.now_bogota().date(), "--today")
    with _source(None, day) as url:
        settings = load_settings(xm_base_url=url, simem_base_url=url, data_dir=load_settings().data_dir / "demo")
        line = _line(settings, day.isoformat(), None, span=days)
        report = line.build()
    _finish(report)
    if serve:
        serve_site(line.paths.site, port)


@task(
    help={
        "today": "the day to stand on",
        "since": "first day wanted",
        "metrics": "only these, comma separated",
        "full": "ask for everything again",
        "accept-shrink": "allow a commit that loses rows",
    }
)
@_guarded
def build(c: Context, today=None, since=None, metrics=None, full=False, accept_shrink=False):
    """Run the whole line on the configured source (XM by default)."""
    line = _line(load_settings(), today, since)
    _finish(line.build(_names(metrics), full=full, accept_shrink=accept_shrink))


def _names(metrics: str | None) -> list[str] | None:
    return [name.strip() for name in metrics.split(",") if name.strip()] if metrics else None


@task
@_guarded
def extract(c: Context, today=None, since=None, metrics=None, full=False, accept_shrink=False):
    """Ask the source, archive its replies, parse them and commit them to the lake."""
    line = _line(load_settings(), today, since)
    line.extract(_names(metrics), full=full, accept_shrink=accept_shrink)
    _finish(line.report)


@task(help={"accept-shrink": "allow a commit that loses rows", "demo": "of the demo's data"})
@_guarded
def validate(c: Context, today=None, since=None, accept_shrink=False, demo=False):
    """Parse the archive of raw replies again, commit what changes, make damaged parts again; nothing is asked."""
    line = _line_offline(today, since, demo=demo)
    line.replay(accept_shrink=accept_shrink)
    _finish(line.report)


@task
@_guarded
def model(c: Context, today=None, since=None):
    """Prepare the warehouse and make the forecasts."""
    line = _line_offline(today, since)
    line.model()
    _finish(line.report)


@task
@_guarded
def narrate(c: Context, today=None, since=None):
    """Write the boards' texts."""
    line = _line_offline(today, since)
    line.narrate()
    _finish(line.report)


@task
@_guarded
def render(c: Context, today=None, since=None):
    """Draw the pages."""
    line = _line_offline(today, since)
    line.render()
    _finish(line.report)


@task
@_guarded
def publish(c: Context, today=None, since=None):
    """Assemble the site."""
    line = _line_offline(today, since)
    line.publish()
    _finish(line.report)


def _line_offline(today: str | None, since: str | None, *, demo: bool = False):
    """Return a line on the data that are there: day, span and source as the last build left them."""
    from pipeline.operate import last_line

    settings = _settings(demo)
    return last_line(settings, today=_parse(today, "--today"), since=_parse(since, "--since"))


@task(help={"port": "port to serve on"})
@_guarded
def serve(c: Context, port=8000):
    """Serve the built portal on the loopback."""
    from pipeline.core.paths import Paths
    from pipeline.publish.serve import serve_site

    serve_site(Paths.of(load_settings()).site, port)


@task
@_guarded
def mirror(c: Context):
    """Load the lake into PostgreSQL (PORTAL_POSTGRES_URL)."""
    from pipeline.operate import mirror_lake

    sys.stderr.write(f"{mirror_lake(load_settings())}\n")


@task
@_guarded
def backtest(c: Context):
    """Print the score of every forecast model against the naive."""
    from pipeline.operate import scorecard

    sys.stdout.write(f"{scorecard(load_settings())}\n")


@task(help={"demo": "of the demo's data instead of the configured ones"})
@_guarded
def status(c: Context, demo=False):
    """Print each series: state, last day, lag against the expected one, provisional days."""
    from pipeline.operate import status_table

    sys.stdout.write(f"{status_table(_settings(demo))}\n")


def _settings(demo: bool) -> Settings:
    settings = load_settings()
    return load_settings(data_dir=settings.data_dir / "demo") if demo else settings


@task
@_guarded
def verify(c: Context, demo=False):
    """Check every file of the lake against its hash."""
    from pipeline.operate import verify_lake

    sys.stdout.write(f"{verify_lake(_settings(demo))}\n")


@task(name="restore", help={"from": "address or folder of a published portal"})
@_guarded
def restore(c: Context, from_):
    """Rebuild the lake from a published portal, checking every hash."""
    from pipeline.operate import restore_lake

    sys.stdout.write(f"{restore_lake(load_settings(), from_)}\n")


@task(
    help={
        "catalog": "check the declarations and every query instead, on an empty and on a small lake",
        "schemas": "write the JSON Schemas of the declarations instead",
    }
)
@_guarded
def check(c: Context, catalog=False, schemas=False):
    """Check the built site: links, assets, languages, nothing from another origin."""
    from pipeline.catalog.json_schemas import write_schemas
    from pipeline.check.catalogue import check_catalogue
    from pipeline.core.paths import Paths
    from pipeline.publish.check import check_site

    if schemas:
        sys.stdout.write(f"schemas written: {', '.join(write_schemas()) or 'none, they are current'}\n")
    if catalog:
        sys.stdout.write(f"{check_catalogue(load_settings())}\n")
    if catalog or schemas:
        return
    sys.stdout.write(f"{check_site(Paths.of(load_settings()).site)}\n")


@task(help={"data": "delete data too (bronze, lake, warehouse)"})
@_guarded
def clean(c: Context, data=False):
    """Delete build output (always safe)."""
    from pipeline.core.paths import Paths

    paths = Paths.of(load_settings())
    for folder in (paths.docs, paths.site, paths.reports, paths.vendor):
        shutil.rmtree(folder, ignore_errors=True)
    (paths.build / "state.json").unlink(missing_ok=True)
    if data:
        for folder in (paths.bronze, paths.lake, paths.narrative, paths.data / "demo"):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (paths.warehouse, paths.ingest):
            file.unlink(missing_ok=True)


@task(
    help={
        "port": "port on the loopback",
        "data": "`simulated` or a folder of Metric.Entity.parquet",
        "faults": "fault plan, e.g. 503:0.05,hang:0.01",
        "today": "the day the emulator believes it is",
    }
)
@_guarded
def emulator(c: Context, port=8765, data="simulated", faults=None, today=None):
    """Serve XM's and SIMEM's contract on the loopback."""
    from pipeline.emulator.server import serve as serve_emulator

    day = _day(today, clock.now_bogota().date(), "--today")
    serve_emulator(
        int(port), data, day, faults=faults, ready=lambda url: sys.stderr.write(f"emulator ready on {url}\n")
    )


@task(help={"fast": "only the offline core", "k": "only tests whose name matches"})
def test(c: Context, fast=False, k=None):
    """Run the whole test suite; it installs what it needs (Chromium)."""
    pytest = f"{sys.executable} -m pytest -n 2 --dist loadgroup" + (f" -k '{k}'" if k else "")
    if fast:
        c.run(f"{pytest} -m 'not browser and not postgres and not real and not slow and not world'")
        return
    for command in ("ruff check .", "ruff format --check .", "mypy", "lint-imports"):
        c.run(f".venv/bin/{command}")
    c.run(f"{pytest} --cov --cov-report=term:skip-covered --cov-fail-under=85")


@task(
    help={
        "name": "boards | demo | forecast | ingest | mirror",
        "data": "folder of real data, where the bench needs one",
        "only": "only these parts of the bench, comma separated",
    }
)
@_guarded
def bench(c: Context, name, data="../shared/realdata/xm", only=None):
    """Measure, and print what, value, floor, ok; writes build/reports/bench-NAME.json."""
    from pipeline.bench.run import run_bench

    sys.stdout.write(f"{run_bench(load_settings(), name, data, _names(only) or [])}\n")


class Commands(Program):
    """The command line: a word nobody knows is wrong usage (exit 2), not a bug."""

    def parse_core(self, argv):
        """Read the options of the program itself."""
        self._understood(super().parse_core, argv)

    def parse_tasks(self):
        """Read the tasks and their options."""
        self._understood(super().parse_tasks)

    def _understood(self, step, *args):
        try:
            step(*args)
        except ParseError as error:
            raise Exit(f"error: {error} See ./inv --list", code=2) from None


if __name__ == "__main__":
    Commands(namespace=Collection.from_module(sys.modules["__main__"]), binary="./inv", name="inv").run()
