"""XM's official demand forecasts: one file a week and one a day, archived whole, each of them failing alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.catalog.schema import Metric
from pipeline.core.errors import DataError, PartCorrupt, SourceUnavailable
from pipeline.core.log import progress
from pipeline.extract.xm_files import FilePortal, base_of, by_bus, weekly
from pipeline.ingest.contract import UNREADABLE, Adaptor, Errand, SeriesState, Window, fail, fresh_state
from pipeline.ingest.harvest import merge
from pipeline.ingest.parsing import Harvest
from pipeline.ingest.states import NOT_CONFIGURED
from pipeline.store.bronze import BronzeRef
from pipeline.validate.official import parse_buses, parse_week
from pipeline.validate.parse import Parsed

SOURCE = "xm-files"
_PATIENCE = dt.timedelta(days=21)  # how long a file that was not there is asked for again


@dataclass(frozen=True)
class _Series:
    """Files of one metric: their step and how far back they are asked for [days], how far ahead they are published."""

    step: int
    back: int
    ahead: int
    path: Callable[[dt.date], str]

    def first_days(self, errand: Errand, metric: Metric) -> Iterator[dt.date]:
        """Yield the first day of every file wanted, oldest first; weeks begin on Monday."""
        today = errand.run.today
        day = max(errand.run.since, metric.starts or errand.run.since, today - dt.timedelta(self.back))
        if self.step == 7:
            day -= dt.timedelta(day.weekday())
        while day <= today + dt.timedelta(self.ahead):
            yield day
            day += dt.timedelta(self.step)


SERIES = {"PronSIN": _Series(7, 7 * 104, 7, weekly), "PronUCP": _Series(1, 60, 1, by_bus)}


def gather(errand: Errand) -> None:
    """Ask for the files that are new, and put their rows into the transaction.

    Without an address of the portal nothing is asked and the series say so: that is no failure.

    Raises:
        SourceUnavailable: Not one file was answered for; what the lake holds stays.
    """
    base = base_of(errand.settings)
    wanted: list[tuple[Metric, dt.date]] = []
    for metric in errand.metrics:
        state = errand.states.setdefault(_key(metric), fresh_state())
        state["state"], state["reason"] = "", "" if base else NOT_CONFIGURED
        days = SERIES[metric.id].first_days(errand, metric)
        wanted += [(metric, day) for day in days if errand.full or _due(state, day, errand.run.today)]
    if base is None or not wanted:
        return
    answered, trouble = 0, ""
    with FilePortal(base, errand.settings) as portal:
        wanted.sort(key=lambda pair: pair[1], reverse=True)  # newest first: what is cut off is the past
        for metric, day in progress(wanted, len(wanted), "official forecasts"):
            settled = portal.ask(SERIES[metric.id].path(day))
            status = settled.verdict.kind
            if status == "unsent":
                break
            errand.report.asked += 1
            _note(errand, metric, day, status, settled.verdict.reason)
            if status not in {"ok", "empty"}:
                trouble = settled.verdict.reason
                continue
            answered += 1
            if status == "ok":
                errand.report.bytes += len(settled.body)
                window = (day, day + dt.timedelta(SERIES[metric.id].step - 1))
                entity = metric.entities[0]
                ref = errand.bronze.put(SOURCE, metric.id, entity, window, errand.run.today, settled.body)
                _read(errand, metric, ref)
    if portal.given_up or (trouble and not answered):
        cause = portal.cause or trouble
        raise SourceUnavailable(
            f"The portal of files does not answer: {cause}",
            hint="check PORTAL_XM_FILES_URL, or try again later",
            code=cause,
        )


def replay(errand: Errand) -> None:
    """Parse the archived files of one night again."""
    for metric in errand.metrics:
        for ref in errand.archive.get((metric.id, metric.entities[0]), []):
            _read(errand, metric, ref)


def _key(metric: Metric) -> str:
    return f"{metric.id}/{metric.entities[0]}"


def _due(state: SeriesState, day: dt.date, today: dt.date) -> bool:
    """Say whether a file is to be asked for: once a day until its first day has come, or until it is given up."""
    known = state["windows"].get(day.isoformat())
    if known is None:
        return True
    if known["asked"] == today.isoformat() and known["status"] in {"ok", "empty"}:
        return False
    if known["status"] == "ok":
        return known["asked"] < day.isoformat()
    return today - day <= _PATIENCE


def _note(errand: Errand, metric: Metric, day: dt.date, status: str, reason: str) -> None:
    """Remember how asking for one file ended; a file that was there once stays known."""
    windows = errand.states[_key(metric)]["windows"]
    if status not in {"ok", "empty"}:
        errand.report.failed_windows += 1
    before = windows.get(day.isoformat())
    if status != "ok" and before is not None and before["status"] == "ok":
        return
    end = day + dt.timedelta(SERIES[metric.id].step - 1)
    windows[day.isoformat()] = Window(
        end=end.isoformat(), asked=errand.run.today.isoformat(), status=status, reason="" if status == "ok" else reason
    )


def _read(errand: Errand, metric: Metric, ref: BronzeRef) -> None:
    """Parse one archived file; one that cannot be read costs itself only."""
    try:
        parsed = _parsed(errand.bronze.get(ref), metric, ref)
    except (DataError, PartCorrupt) as error:
        fail(errand.states, _key(metric), f"{UNREADABLE}: {error}")
        return
    rejects = [(ref.sha12, reject) for reject in parsed.rejects]
    merge(Harvest(metric.id, ref.entity, parsed.rows, rejects, parsed.balance), metric, errand)


def _parsed(body: bytes, metric: Metric, ref: BronzeRef) -> Parsed:
    if SERIES[metric.id].step == 7:
        return parse_week(body, metric, ref.start)
    return parse_buses(body, metric, ref.entity, ref.start)


XM_FILES = Adaptor(gather, replay)
