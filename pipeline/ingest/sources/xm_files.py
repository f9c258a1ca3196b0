"""XM's portal of files: official demand forecasts, one file a week and one a day, each of them failing alone.

The portal answers a question for a file with a small document that says where it lies (`{"url": …}`), or with the file
itself. Addresses and layouts are as public programs that read them show them; they have not been checked against the
real service, so every answer is judged and nothing is guessed. Layouts that are accepted, and nothing else:

- Week (`PRONSIN`): 24 lines `hour,Monday,…,Sunday`, hours 1 to 24, mean power of each hour [MW], no heading.
- Buses (`PRON_BARRA`): lines `unit,bus,voltage,variable,h1,…,h24` [MWh]; the variables `EN` and `Ener.Act.` are energy
  and are added up by unit, any other is set aside as no energy.

A line that does not fit is rejected with its number. A week with an hour missing, twice or out of bounds keeps the
others: whoever adds hours to days counts them.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pipeline.catalog.schema import Metric
from pipeline.core.errors import ParseError, SourceRefused, SourceUnavailable
from pipeline.core.log import progress
from pipeline.core.settings import Settings
from pipeline.ingest.addresses import emulated, is_local
from pipeline.ingest.intake import merge_file
from pipeline.ingest.job import Adaptor, SourceJob
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.probes import SyncTransport
from pipeline.ingest.rows import SYSTEM, Reject, ReplyRows, excerpt
from pipeline.ingest.states import NOT_CONFIGURED, SeriesMemory, Window, fresh_state
from pipeline.ingest.transport import HttpCall, Settled, status_of
from pipeline.ingest.verdicts import ReplyVerdict, judge_file
from pipeline.ingest.windows import ANSWERED, Status
from pipeline.store.bronze import BronzeRef

SERVICE = "/administracion-archivos/ficheros/descarga-archivo"
STORE = "storageportalxm"
FOLDER = "M:/InformacionAgentes/Usuarios/Publico/DEMANDAS/Pronostico Oficial"
_MISSING = frozenset({204, 404, 410})
HOURS, DAYS = 24, 7
_ENERGY = frozenset({"EN", "ENER.ACT", "ENER.ACT."})
_NUMBER = re.compile(r"^[+-]?[0-9]{1,9}(\.[0-9]+)?$")
_KEYS = 4  # unit, bus, voltage, variable
_PATIENCE = dt.timedelta(days=21)  # how long a file that was not there is asked for again


def weekly(monday: dt.date) -> str:
    """Return the path of the forecast of the week that begins on `monday`."""
    return f"{FOLDER}/{monday:%Y-%m}/PRONSIN{monday:%m%d}.txt"


def by_bus(day: dt.date) -> str:
    """Return the path of the forecast of each bus for `day`."""
    return f"{FOLDER}/{day:%Y-%m}/PRON_BARRA{day:%m%d}.txt"


def base_of(settings: Settings) -> str | None:
    """Return the address of the portal, None when no one set it and XM is not emulated."""
    return settings.xm_files_url or emulated(settings)


def ask_file(portal: SyncTransport, base: str, path: str) -> Settled:
    """Return how asking for a file ended: verdict `ok` with its bytes, `empty` when it is not published.

    Raises:
        SourceRefused: The portal points to an address that is not safe to follow: links to https are, and to this
            machine only when the portal itself is on it.
    """
    address = f"{base.rstrip('/')}{SERVICE}?ruta={quote(path, safe='')}&nombreBlobContainer={STORE}"
    settled = portal.ask(HttpCall(address, method="GET"), judge_answer)
    link = _link(settled.body) if settled.verdict.kind == "ok" else None
    if link is None:
        return settled
    there = urlsplit(link)
    if there.hostname and (is_local(base) if is_local(link) else there.scheme == "https"):
        return portal.ask(HttpCall(link, method="GET"), judge_table)
    raise SourceRefused(
        "The portal of files points to an address that is not followed", hint="only https links are", url=link[:200]
    )


def judge_answer(status: int, body: bytes) -> ReplyVerdict:
    """Say what the answer to a question for a file means: a link, a table, or nothing there."""
    if status < 300 and _link(body) is not None:
        return ReplyVerdict("ok")
    return judge_table(status, body)


def judge_table(status: int, body: bytes) -> ReplyVerdict:
    """Say what a file means: lines of values between commas."""
    if status in _MISSING:
        return ReplyVerdict("empty", "not_published")
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    is_table = head[:1] not in b"<{[" and b"," in head
    return judge_file(status, head, says="no table of values between commas", looks_right=is_table)


def _link(body: bytes) -> str | None:
    """Return the address in an answer `{"url": …}`, None for any other answer."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        document = json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    url = document.get("url") if isinstance(document, dict) else None
    return url if isinstance(url, str) and url else None


def parse_week(body: bytes, metric: Metric, monday: dt.date) -> ReplyRows:
    """Turn the file of one week into rows.

    Args:
        body: The file as archived.
        metric: Its declaration: unit, bounds [stored unit].
        monday: First day of the week.

    Returns:
        Rows code, ts (start of the hour), value [stored unit].

    Raises:
        ParseError: No line of it is one of the table.
    """
    found: dict[int, list[float | None]] = {}
    rejects: list[Reject] = []
    cells = duplicate = 0
    for number, parts in _lines(body):
        text = parts[0].strip()
        hour = int(text) if text.isdecimal() and 1 <= int(text) <= HOURS else None
        values = [_value(part) for part in parts[1:]]
        cells += DAYS
        bad = hour is None or len(parts) != DAYS + 1 or None in values
        if hour is not None and not bad and found.setdefault(hour, values) is values:
            continue
        if hour is not None and not bad and found[hour] == values:
            duplicate += DAYS
            continue
        # One reject per cell of the line, so that the account of cells holds.
        rule, said = "not_a_row" if bad else "conflicting_duplicate", excerpt(",".join(parts))
        rejects += [Reject(rule, f"line {number} cell {cell}", said) for cell in range(1, DAYS + 1)]
    if not found:
        raise ParseError("The official forecast has another layout", hint="expected 24 lines: hour and seven values")
    midnight = dt.datetime.combine(monday, dt.time())
    rows = [
        (SYSTEM, midnight + dt.timedelta(days=day, hours=hour - 1), (power or 0.0) * metric.unit.factor)
        for hour in sorted(found)
        for day, power in enumerate(found[hour])
    ]
    return ReplyRows.of(rows, rejects, metric.bounds_of(SYSTEM), cells=cells, duplicate=duplicate)


def parse_buses(body: bytes, metric: Metric, entity: str, day: dt.date) -> ReplyRows:
    """Turn the file of the buses of one day into rows of each forecasting unit.

    A cell is one hour of one unit: the account is of what the lake is offered, after adding up.

    Raises:
        ParseError: No line of it is one of the table.
    """
    totals: dict[str, list[float]] = {}
    spoilt: dict[str, Reject] = {}
    seen: set[tuple[str, ...]] = set()
    rejects: list[Reject] = []
    for number, parts in _lines(body):
        keys = tuple(part.strip() for part in parts[:_KEYS])
        values = [_value(part) for part in parts[_KEYS:]]
        if len(parts) != _KEYS + HOURS or not keys[0]:
            rejects.append(Reject("item", f"line {number}", excerpt(",".join(parts))))
        elif keys[3].upper() in _ENERGY:
            if None in values or keys in seen:
                # One bus short makes its whole unit short: the unit is refused, not lowered.
                rule = "conflicting_duplicate" if keys in seen else "not_a_row"
                spoilt.setdefault(keys[0], Reject(rule, f"{keys[0]} line {number}", excerpt(",".join(parts))))
            seen.add(keys)
            total = totals.setdefault(keys[0], [0.0] * HOURS)
            totals[keys[0]] = [a + (b or 0.0) for a, b in zip(total, values, strict=True)]
    if not totals:
        raise ParseError("The forecast by bus has another layout", hint="expected unit,bus,voltage,variable,24 values")
    for unit in sorted(spoilt):
        first = spoilt[unit]
        rejects += [Reject(first.rule, f"{first.place} hour {hour + 1}", first.value) for hour in range(HOURS)]
    midnight = dt.datetime.combine(day, dt.time())
    rows = [
        (unit, midnight + dt.timedelta(hours=hour), energy * metric.unit.factor)
        for unit in sorted(totals.keys() - spoilt.keys())
        for hour, energy in enumerate(totals[unit])
    ]
    return ReplyRows.of(rows, rejects, metric.bounds_of(entity), cells=HOURS * len(totals))


def _lines(body: bytes) -> list[tuple[int, list[str]]]:
    """Return the lines that hold anything, with their number from 1."""
    text = body.decode("utf-8-sig", errors="replace")
    return [(n, row) for n, row in enumerate(csv.reader(text.splitlines()), start=1) if any(map(str.strip, row))]


def _value(text: str) -> float | None:
    return float(text) if _NUMBER.match(text.strip()) else None


@dataclass(frozen=True)
class _FileSeries:
    """Files of one metric: their step and how far back they are asked for [days], how far ahead they are published."""

    step: int
    back: int
    ahead: int
    path: Callable[[dt.date], str]

    def first_days(self, job: SourceJob, metric: Metric) -> Iterator[dt.date]:
        """Yield the first day of every file wanted, oldest first; weeks begin on Monday."""
        today = job.run.today
        day = max(job.run.since, metric.starts or job.run.since, today - dt.timedelta(self.back))
        if self.step == 7:
            day -= dt.timedelta(day.weekday())
        while day <= today + dt.timedelta(self.ahead):
            yield day
            day += dt.timedelta(self.step)


SERIES = {"PronSIN": _FileSeries(7, 7 * 104, 7, weekly), "PronUCP": _FileSeries(1, 60, 1, by_bus)}


def gather(job: SourceJob) -> None:
    """Ask for the files that are new, and put their rows into the transaction.

    Without an address of the portal nothing is asked and the series say so: that is no failure.

    Raises:
        SourceUnavailable: Not one file was answered for; what the lake holds stays.
    """
    base = base_of(job.settings)
    wanted: list[tuple[Metric, dt.date]] = []
    for metric in job.metrics:
        state = job.states.setdefault(_key(metric), fresh_state())
        state["state"], state["reason"] = "", "" if base else NOT_CONFIGURED
        days = SERIES[metric.id].first_days(job, metric)
        wanted += [(metric, day) for day in days if job.full or _due(state, day, job.run.today)]
    if base is None or not wanted:
        return
    answered, trouble = 0, ""
    with SyncTransport(PacingPolicy.from_settings(job.settings)) as portal:
        wanted.sort(key=lambda pair: pair[1], reverse=True)  # newest first: what is cut off is the past
        for metric, day in progress(wanted, len(wanted), "official forecasts"):
            settled = ask_file(portal, base, SERIES[metric.id].path(day))
            status = status_of(settled.verdict)
            if status == "unsent":
                break
            job.report.asked += 1
            _note(job, metric, day, status, settled.verdict.reason)
            if status not in ANSWERED:
                trouble = settled.verdict.reason
                continue
            answered += 1
            if status == "ok":
                job.report.bytes += len(settled.body)
                window = (day, day + dt.timedelta(SERIES[metric.id].step - 1))
                entity = metric.entities[0]
                ref = job.bronze.put(job.source, metric.id, entity, window, job.run.today, settled.body)
                _read(job, metric, ref)
    if portal.transport.given_up or (trouble and not answered):
        cause = portal.transport.cause or trouble
        raise SourceUnavailable(
            f"The portal of files does not answer: {cause}",
            hint="check PORTAL_XM_FILES_URL, or try again later",
            code=cause,
        )


def replay(job: SourceJob) -> None:
    """Parse the archived files of one night again."""
    for metric in job.metrics:
        for ref in job.archive.get((metric.id, metric.entities[0]), []):
            _read(job, metric, ref)


def _key(metric: Metric) -> str:
    return f"{metric.id}/{metric.entities[0]}"


def _due(state: SeriesMemory, day: dt.date, today: dt.date) -> bool:
    """Say whether a file is to be asked for: once a day until its first day has come, or until it is given up."""
    known = state["windows"].get(day.isoformat())
    if known is None:
        return True
    if known["asked"] == today.isoformat() and known["status"] in ANSWERED:
        return False
    if known["status"] == "ok":
        return known["asked"] < day.isoformat()
    return today - day <= _PATIENCE


def _note(job: SourceJob, metric: Metric, day: dt.date, status: Status, reason: str) -> None:
    """Remember how asking for one file ended; a file that was there once stays known."""
    windows = job.states[_key(metric)]["windows"]
    if status not in ANSWERED:
        job.report.failed_windows += 1
    before = windows.get(day.isoformat())
    if status != "ok" and before is not None and before["status"] == "ok":
        return
    end = day + dt.timedelta(SERIES[metric.id].step - 1)
    windows[day.isoformat()] = Window(
        end=end.isoformat(), asked=job.run.today.isoformat(), status=status, reason="" if status == "ok" else reason
    )


def _read(job: SourceJob, metric: Metric, ref: BronzeRef) -> None:
    if SERIES[metric.id].step == 7:
        merge_file(job, metric, ref, lambda body: parse_week(body, metric, ref.start))
    else:
        merge_file(job, metric, ref, lambda body: parse_buses(body, metric, ref.entity, ref.start))


ADAPTOR = Adaptor(gather, replay)
