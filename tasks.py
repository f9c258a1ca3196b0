"""The command line: thin tasks over `pipeline.flow`. `./inv --list` shows them all.

Exit codes: 0 ok · 1 a bug or a broken declaration · 2 wrong usage · 75 try again later.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from invoke import Collection, Context, Exit, task

from pipeline.core import clock
from pipeline.core.commands import Commands, guarded
from pipeline.core.errors import UsageError
from pipeline.core.lock import alone, undisturbed
from pipeline.core.paths import Paths
from pipeline.core.portal import chosen
from pipeline.core.settings import Settings, load_settings

DEMO_DAYS = 400
ASKED = {
    "today": "the day to stand on",
    "since": "first day wanted; kept with the lake",
    "metrics": "only these, comma separated, or `all`; kept with the lake",
    "full": "ask for everything again",
    "accept-shrink": "take what would be held back: rows lost, settled days that move",
}
OF_THE_DEMO = {"demo": "of the demo's portal instead of the configured one"}


@contextmanager
def _writing(command: str, settings: Settings) -> Iterator[Settings]:
    """Hold the folders of a portal for a command that changes them: a second one is turned away (exit 75)."""
    with alone(Paths.of(settings), command, clock.now_bogota()):
        yield settings


def _tell(demo: bool, needs: str, say: Callable[[Settings], object]) -> None:
    """Print what is said of a portal that another command may be changing: what then looks broken is for later (75)."""
    settings = chosen(demo, needs=needs)
    with undisturbed(Paths.of(settings)):
        sys.stdout.write(f"{say(settings)}\n")


def _day(today: str | None) -> dt.date:
    return clock.parse_day(today, "--today") or clock.now_bogota().date()


def _line(settings: Settings, today: str | None, since: str | None):
    from pipeline.operate import asking_line

    told = clock.parse_day(since, "--since") or settings.since
    return asking_line(settings, _day(today), told, _names(settings.metrics), clock.now_bogota())


def _finish(report) -> None:
    """End with the run's exit code, naming what failed."""
    if report.exit_code:
        failed = "\n".join(f"  · {name}" for name in report.failed)
        raise Exit(f"the run ended with failures:\n{failed}", code=report.exit_code)
    for note in report.notes:
        sys.stderr.write(f"  · {note}\n")
    total = sum(report.seconds.values())
    sys.stderr.write(f"done in {total:.1f} s{' (nothing changed)' if report.skipped[:1] == ['warehouse'] else ''}\n")


def _source(data: str | None, today: dt.date, faults: str | None = None) -> AbstractContextManager[str]:
    from pipeline.emulator.server import running

    return running(data or "simulated", today, faults=faults)


@task(help={
    "serve": "serve the portal when built (--no-serve: only build)", "port": "port of the portal",
    "today": "the day to stand on (AAAA-MM-DD)", "days": "days of history",
})  # fmt: skip
@guarded
def demo(c: Context, serve=True, port=8000, today=None, days=DEMO_DAYS):
    """Build the whole portal on the built-in emulator and serve it."""
    from pipeline.site.serve import check_port, serve_site

    if serve:
        check_port(port)
    day = _day(today)
    with _writing("demo", chosen(demo=True)) as own, _source(None, day) as url:
        settings = own.model_copy(update={"xm_base_url": url, "simem_base_url": url})
        line, _ = _line(settings, day.isoformat(), (day - dt.timedelta(days=int(days))).isoformat())
        report = line.build()
    _finish(report)
    if serve:
        serve_site(line.paths.site, port)


@task(help=ASKED)
@guarded
def build(c: Context, today=None, since=None, metrics=None, full=False, accept_shrink=False):
    """Run the whole line on the configured source (XM by default)."""
    with _writing("build", _asking(metrics)) as settings:
        line, wanted = _line(settings, today, since)
        report = line.build(wanted, full=full, accept_shrink=accept_shrink)
    _finish(report)


def _asking(metrics: str | None) -> Settings:
    """Return the settings with what the command line says of the metrics wanted."""
    return load_settings(metrics=metrics) if metrics else load_settings()


def _names(metrics: str | None) -> list[str] | None:
    return [name.strip() for name in metrics.split(",") if name.strip()] if metrics else None


@task(help=ASKED)
@guarded
def ingest(c: Context, today=None, since=None, metrics=None, full=False, accept_shrink=False):
    """Ask the source, archive its replies, parse them and commit them to the lake."""
    with _writing("ingest", _asking(metrics)) as settings:
        line, wanted = _line(settings, today, since)
        line.ingest(wanted, full=full, accept_shrink=accept_shrink)
    _finish(line.report)


def _stage(
    command: str, today: str | None, since: str | None, demo: bool, work: Callable[..., None], needs: str = "warehouse"
) -> None:
    """Run one stage on the data that are there: day, span and source as the last build left them."""
    from pipeline.operate import last_line

    with _writing(command, chosen(demo, needs)) as settings:
        line = last_line(settings, today=clock.parse_day(today, "--today"), since=clock.parse_day(since, "--since"))
        work(line)
    _finish(line.report)


@task(help={"accept-shrink": "take what would be held back: rows lost, settled days that move"} | OF_THE_DEMO)
@guarded
def replay(c: Context, today=None, since=None, accept_shrink=False, demo=False):
    """Parse the archive of raw replies again, commit what changes, make damaged parts again; nothing is asked."""
    _stage("replay", today, since, demo, lambda line: line.replay(accept_shrink=accept_shrink), "lake")


@task(help=OF_THE_DEMO)
@guarded
def forecast(c: Context, today=None, since=None, demo=False):
    """Prepare the warehouse and make the forecasts."""
    _stage("forecast", today, since, demo, lambda line: line.forecast(), "lake")


@task(help=OF_THE_DEMO)
@guarded
def narrate(c: Context, today=None, since=None, demo=False):
    """Write the boards' texts."""
    _stage("narrate", today, since, demo, lambda line: line.narrate())


@task(help={"from": "first day of the reports to make (AAAA-MM-DD)", "to": "their last day"} | OF_THE_DEMO)
@guarded
def report(c: Context, from_="", to="", demo=False):
    """Make the reports of past days, weeks and months that are not there yet, from what is known today."""
    from pipeline.operate import past_reports

    span = clock.parse_day(from_, "--from"), clock.parse_day(to, "--to")
    _stage("report", None, None, demo, lambda line: past_reports(line, *span))


@task(help=OF_THE_DEMO)
@guarded
def site(c: Context, today=None, since=None, demo=False):
    """Draw the pages, assemble the site and check it."""
    _stage("site", today, since, demo, lambda line: line.site())


@task(help={"port": "port to serve on"} | OF_THE_DEMO)
@guarded
def serve(c: Context, port=8000, demo=False):
    """Serve the built portal on the loopback."""
    from pipeline.site.serve import serve_site

    serve_site(Paths.of(chosen(demo, needs="site")).site, port)


@task(help={"month": "the month whose changes are told (AAAA-MM); the last whole one when left out"} | OF_THE_DEMO)
@guarded
def release(c: Context, month="", demo=False):
    """Make a month's release of the published portal: offline site, data by board, what XM changed, checksums."""
    from pipeline.site.downloads.release import make_release

    last = f"{clock.now_bogota().date().replace(day=1) - dt.timedelta(days=1):%Y-%m}"
    first = clock.parse_day(f"{month or last}-01", "--month")
    _tell(demo, "site", lambda told: "\n".join(map(str, make_release(Paths.of(told), first, told.site_url))))


@task(help={"compare": "load nothing: compare both, every table and month"} | OF_THE_DEMO)
@guarded
def mirror(c: Context, compare=False, demo=False):
    """Load the lake into PostgreSQL (PORTAL_POSTGRES_URL)."""
    from pipeline.operate import mirror_lake

    # It writes elsewhere, but what it reads for minutes must not be swept away meanwhile.
    with _writing("mirror", chosen(demo, needs="lake")) as settings:
        sys.stderr.write(f"{mirror_lake(settings, compare=compare)}\n")


@task(help={"from": "postgresql://… or sqlite:///file of the old system", "look": "only report, keep nothing"}
      | OF_THE_DEMO)  # fmt: skip
@guarded
def migrate(c: Context, from_="", look=False, today=None, demo=False):
    """Judge the old system's database beside the lake, and keep what no source can give again."""
    from pipeline.operate import migrate_old

    with _writing("migrate", chosen(demo, needs="lake")) as settings:
        sys.stdout.write(f"{migrate_old(settings, from_, _day(today), keep=not look)}\n")


@task(help=OF_THE_DEMO)
@guarded
def backtest(c: Context, demo=False):
    """Print the score of every forecast model against the naive."""
    from pipeline.operate import scorecard

    _tell(demo, "warehouse", scorecard)


@task(help=OF_THE_DEMO)
@guarded
def status(c: Context, demo=False):
    """Print each series (state, last day, lag against the expected one, provisional days) and what the data weigh."""
    from pipeline.operate import status_table

    _tell(demo, "lake", status_table)


@task(help=OF_THE_DEMO | {
    "live": "ask XM and SIMEM a dozen small questions and tell what is otherwise than the portal builds on",
    "save": "folder for that report and the answers, to send or to keep as fixtures", "today": "the day to ask about",
})  # fmt: skip
@guarded
def doctor(c: Context, live=False, save=None, today=None, demo=False):
    """Say what of machine, settings, data and site is well and what to do otherwise; --live looks at the sources."""
    from pipeline.check.contact import first_contact
    from pipeline.check.doctor import examine, table

    settings = chosen(demo)
    if live:
        contact = first_contact(settings, _day(today))
        said, well = str(contact), not contact.findings
        if save:
            contact.save(Path(save))
    else:
        found = examine(settings, clock.now_bogota())
        said, well = table(found), all(each.state != "ill" for each in found)
    sys.stdout.write(f"{said}\n")
    if not well:
        raise Exit(code=1)


@task(help={"what": "Metric/Entity/code@2026-05-01, with :13 for an hour; a claim; a figure", **OF_THE_DEMO})
@guarded
def trace(c: Context, what, demo=False):
    """Follow a value, a claim or a figure back to the raw replies behind it, checking every hop, asking nobody."""
    from pipeline.provenance import trace_value

    _tell(demo, "lake", lambda settings: trace_value(settings, what))


@task(help=OF_THE_DEMO)
@guarded
def verify(c: Context, demo=False):
    """Check every file of the lake against its hash."""
    from pipeline.operate import verify_lake

    _tell(demo, "lake", verify_lake)


@task(
    name="restore",
    help={"from": "address or folder of a published portal", "older": "even when it is older than the lake here"}
    | OF_THE_DEMO,
)
@guarded
def restore(c: Context, from_="", older=False, demo=False):
    """Rebuild the lake from a published portal, checking every hash."""
    from pipeline.ingest.restoring import restore_lake

    with _writing("restore", chosen(demo)) as settings:
        sys.stdout.write(f"{restore_lake(settings, from_, older=older)}\n")


@task(
    help={
        "now": "the moment to judge the age of the portal at (AAAA-MM-DD or AAAA-MM-DDTHH:MM)",
        "catalog": "check the declarations and every query instead, on an empty and on a small lake",
        "schemas": "write the JSON Schemas of the declarations instead",
    }
    | OF_THE_DEMO,
)
@guarded
def check(c: Context, now=None, catalog=False, schemas=False, demo=False):
    """Check the built site: links, assets, languages, sizes, nothing from another origin, renewed in time."""
    from pipeline.catalog.json_schemas import write_schemas
    from pipeline.check.catalogue import check_catalogue
    from pipeline.core.host import budget_of
    from pipeline.site.check import verdict

    if schemas:
        sys.stdout.write(f"schemas written: {', '.join(write_schemas()) or 'none, they are current'}\n")
    if catalog:
        sys.stdout.write(f"{check_catalogue(load_settings())}\n")
    if catalog or schemas:
        return
    moment = clock.parse_moment(now, "--now") if now else clock.now_bogota()
    _tell(demo, "site", lambda settings: verdict(Paths.of(settings).site, budget_of(settings), moment))


@task(name="check-text", help={"file": "a text in UTF-8, or - for standard input"} | OF_THE_DEMO)
@guarded
def check_text(c: Context, file, demo=False):
    """Hold the figures of a text in Spanish against the built portal; exit 1 when one is wrong."""
    from pipeline.site.text_check import check_file

    settings = chosen(demo, needs="site")
    with undisturbed(Paths.of(settings)):
        said, clean_text = check_file(file, Paths.of(settings).site)
    sys.stdout.write(f"{said}\n")
    if not clean_text:
        raise Exit(code=1)


@task(help=OF_THE_DEMO | {
    "data": "delete data too (bronze, lake, warehouse)",
    "old": "only what is superseded: past states of the lake, replaced replies, old texts; all else stays",
})  # fmt: skip
@guarded
def clean(c: Context, data=False, old=False, demo=False):
    """Delete build output (always safe); the browser assets stay, which every build of this checkout shares."""
    from pipeline.operate import clean_old, clean_portal

    if old and data:
        raise UsageError("--old and --data do not go together", hint="--data deletes all, --old what is superseded")
    with _writing("clean", chosen(demo)) as settings:
        if old:
            sys.stdout.write(f"{clean_old(settings)}\n")
            return
        clean_portal(Paths.of(settings), data=data)


@task(help={
    "port": "port on the loopback", "data": "`simulated` or a folder of Metric.Entity.parquet",
    "faults": "fault plan, e.g. 503:0.05,scale:Gene/Sistema@2026-05-16=0.8", "today": "the day it stands on",
})  # fmt: skip
@guarded
def emulator(c: Context, port=8765, data="simulated", faults=None, today=None):
    """Serve XM's and SIMEM's contract on the loopback."""
    from pipeline.emulator.server import serve as serve_emulator
    from pipeline.site.serve import check_port

    check_port(port)
    day = _day(today)
    serve_emulator(
        int(port), data, day, faults=faults, ready=lambda url: sys.stderr.write(f"emulator ready on {url}\n")
    )


@task(help={"fast": "only the offline core", "k": "only tests whose name matches"})
def test(c: Context, fast=False, k=None):
    """Run the whole test suite; it installs what it needs (Chromium)."""
    # A file's tests share what they stand on: they go to one worker, and what is long does not come last.
    pytest = f"{sys.executable} -m pytest -n 2 --dist loadfile --no-loadscope-reorder" + (f" -k '{k}'" if k else "")
    env = {"PYTHONDONTWRITEBYTECODE": ""}  # a hundred processes would compile the same modules, each for itself
    if fast:
        c.run(f"{pytest} -m 'not browser and not postgres and not real and not slow and not world'", env=env)
        return
    for command in ("ruff check .", "ruff format --check .", "mypy", "lint-imports"):
        c.run(f".venv/bin/{command}")
    c.run(f"{pytest} --cov --cov-report=term:skip-covered --cov-fail-under=92", env=env)


@task(help={
    "name": "boards | demo | doctor | explore | forecast | ingest | mirror | narrate | nights | truth | web",
    "data": "folder of real data, where the bench needs one", "only": "only these parts of it, comma separated",
})  # fmt: skip
@guarded
def bench(c: Context, name, data="../shared/realdata/xm", only=None):
    """Measure, and print what, value, floor, ok; writes build/reports/bench-NAME.json."""
    from tests.bench.run import run_bench

    sys.stdout.write(f"{run_bench(load_settings(), name, data, _names(only) or [])}\n")


def program() -> Commands:
    """Return the command line over the tasks of this file."""
    return Commands(namespace=Collection.from_module(sys.modules[__name__]), binary="./inv", name="inv")


if __name__ == "__main__":
    program().run()
