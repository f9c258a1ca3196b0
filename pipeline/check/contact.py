"""First contact with the real sources: a dozen small questions, and in what the answers are not those we build on.

The emulator implements what we believe XM and SIMEM answer. So it is asked the same as they are, and the two answers
are compared: status and words of a refusal, fields and what they hold, units, versions and variables, the level of the
values, how late they come, how long a window may be. XM's list of metrics is held against the declarations.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core.errors import SourceSchemaChanged, SourceUnavailable
from pipeline.core.settings import Settings
from pipeline.emulator.server import running
from pipeline.ingest.pacing import PacingPolicy
from pipeline.ingest.probes import SyncTransport
from pipeline.ingest.sources import simem, xm
from pipeline.ingest.transport import HttpCall
from pipeline.ingest.verdicts import OK, RETRYABLE, ReplyVerdict, decoded, judge_status
from pipeline.ingest.windows import WindowRequest
from pipeline.store.atomic import write_bytes, write_json

LISTING: Final = "xm list of metrics"
#: What XM is asked: name of the question, metric, entity, and how many days more than a window may have.
_XM: Final = (
    ("xm hours", "PrecBolsNaci", "Sistema", 0),
    ("xm hours, a day too many", "PrecBolsNaci", "Sistema", 1),
    ("xm hours by plant", "Gene", "Recurso", -24),
    ("xm days", "DemaSIN", "Sistema", 0),
    ("xm days by reservoir", "VoluUtilDiarEner", "Embalse", -21),
    ("xm months", "CERE", "Sistema", -365),
    ("xm list of plants", "ListadoRecursos", "Sistema", 0),
)
#: The same of SIMEM: by dataset; days of the window.
_SIMEM: Final = (
    ("simem datasets", simem.INVENTORY, 1),
    ("simem prices in versions", "EC6945", 31),
    ("simem prices, a day too many", "EC6945", 32),
    ("simem calendar of versions", "24914F", 31),
    ("simem reservoirs", "B0E933", 7),
    ("simem months", "ae3f23", 365),
    ("simem unknown dataset", "ffffff", 1),
)
#: Whose declared lag the newest day of an answer is held against.
_LAGS: Final = {"xm hours": "PrecBolsNaci", "xm days": "DemaSIN", "xm months": "CERE"} | {
    "simem prices in versions": "PB_Nal", "simem months": "PE",
}  # fmt: skip
_LEVEL: Final = 100  # another unit is a thousand times more or less, another year is not
_DAYS: Final = ("Date", "FechaHora", "Fecha", "FechaInicio")
_VALUES: Final = re.compile(r"Hour\d+|Value|Valor|VolumenUtilDiarioEnergia")
#: Fields whose words are part of the contract, alone or with the field that says what they are.
_WORDS: Final = (
    ("CodigoVariable", "UnidadMedida"), ("nameColumn", "dataType"), ("variableCode", "measurementUnit"),
    ("CodigoDuracion",), ("periodicity",), ("Version",), ("idDataset",),
)  # fmt: skip
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
_ASKED_SECONDS: Final = 600.0
Place = tuple[str, ...]


class Finding(NamedTuple):
    """Something that a source answers otherwise than we build on: to which question, what, how it was, how it is."""

    question: str
    what: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.question}: {self.what}: {self.was or '-'} → {self.now or '-'}"


@dataclass(frozen=True)
class Heard:
    """What came back: status (0: nothing), body, and why nothing came."""

    status: int
    body: bytes
    reason: str = ""


@dataclass
class Outline:
    """What of an answer is the contract's, not the day's.

    Attributes:
        fields: Kinds of what stands at each place.
        words: Words of the fields of `_WORDS`.
        newest: Newest day with a value.
        values: The values [the source's unit].
        bare: Places of lists without an entry.
    """

    fields: dict[Place, set[str]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)
    newest: dt.date | None = None
    values: list[float] = field(default_factory=list)
    bare: set[Place] = field(default_factory=set)

    @classmethod
    def of(cls, body: bytes) -> Outline:
        """Return the shape of a JSON document."""
        found = cls()
        found._walk((), decoded(body), None)
        return found

    def _walk(self, place: Place, node: object, day: dt.date | None) -> None:
        self.fields.setdefault(place, set()).add(_kind(node))
        if isinstance(node, list):
            if not node:
                self.bare.add(place)
            for entry in node:
                self._walk((*place, "[]"), entry, day)
        elif isinstance(node, dict):
            day = next((found for name in _DAYS if (found := _day(node.get(name)))), day)
            for names in _WORDS:
                if names[0] in node:
                    told = " ".join(str(node.get(name)) for name in names)
                    self.words.setdefault(" ".join(names), set()).add(told)
            for name, value in node.items():
                if _VALUES.fullmatch(name):
                    self._value(value, day)
                self._walk((*place, name), value, day)

    def _value(self, value: object, day: dt.date | None) -> None:
        if not _NUMBER.fullmatch(str(value)):
            return
        self.values.append(abs(float(str(value))))
        if day and (self.newest is None or day > self.newest):
            self.newest = day


def _kind(node: object) -> str:
    if isinstance(node, str):
        if not node.strip():
            return "blank"
        if _NUMBER.fullmatch(node):
            return "number in quotes"
        found = _MOMENT.fullmatch(node)
        return ("moment" if found[1] else "day") if found else "text"
    names = {dict: "object", list: "list", bool: "yes or no", int: "number", float: "number", type(None): "blank"}
    return names.get(type(node), "no JSON")


def _day(value: object) -> dt.date | None:
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    return dt.date.fromisoformat(found.string[:10]) if found else None


def questions(settings: Settings, catalog: Catalog, today: dt.date) -> dict[str, HttpCall]:
    """Return what is asked, by the name of the question."""
    base = settings.xm_base_url.rstrip("/")
    asked = {LISTING: HttpCall(f"{base}/lists", json=xm.QUESTION)}
    for name, metric, entity, more in _XM:
        declared = catalog.metrics[metric]
        first = today - dt.timedelta(days=declared.max_days - 1 + more)
        asked[name] = xm.call_of(WindowRequest(declared, entity, first, today), base)
    unknown = {"MetricId": "NoExiste", "Entity": "Sistema", "StartDate": str(today), "EndDate": str(today)}
    asked["xm unknown metric"] = HttpCall(f"{base}/hourly", json=unknown)
    for name, dataset, days in _SIMEM:
        asked[name] = simem.call_of(dataset, (today - dt.timedelta(days=days - 1), today), settings)
    detail = f"{settings.simem_base_url.rstrip('/')}/backend-files/api/detalle-datos-publicos?datasetId=EC6945"
    return asked | {"simem detail of a dataset": HttpCall(detail, method="GET")}


def ask_all(settings: Settings, asked: Mapping[str, HttpCall]) -> dict[str, Heard]:
    """Ask one after the other, twice where nothing comes back; a source that is down is not waited for."""
    policy = PacingPolicy.from_settings(settings)
    policy = dataclasses.replace(policy, attempts=2, run_deadline=min(policy.run_deadline, _ASKED_SECONDS))
    answers: dict[str, Heard] = {}
    for source in ("xm", "simem"):  # a line each: one that is down says nothing of the other
        with SyncTransport(policy) as line:
            for name, call in asked.items():
                if name.startswith(source):
                    answers[name] = _ask(line, call)
    return answers


def _ask(line: SyncTransport, call: HttpCall) -> Heard:
    seen = [0]

    def judge(status: int, body: bytes) -> ReplyVerdict:
        seen[0] = status
        busy = status in RETRYABLE or status >= 500 or (status == OK and not body.strip())
        return ReplyVerdict("retry", f"http_{status}") if busy else ReplyVerdict("ok")

    settled = line.ask(call, judge)
    return Heard(seen[0], settled.body, settled.verdict.reason)


def differences(
    ours: Mapping[str, Heard], theirs: Mapping[str, Heard], catalog: Catalog, today: dt.date
) -> list[Finding]:
    """Return what a source answers otherwise than the contract.

    Args:
        ours: What the emulator answered.
        theirs: What the source answered to the same questions.
        catalog: The declarations.
        today: The day of the questions.
    """
    found: list[Finding] = []
    for name, wanted in ours.items():
        told = theirs[name]
        was, now = _outcome(wanted), _outcome(told)
        if was != now:
            found.append(Finding(name, "answer", was, now))
            continue
        if was != "data":
            continue
        mine, other = Outline.of(wanted.body), Outline.of(told.body)
        found += [Finding(name, *rest) for rest in (*_fields(mine, other), *_words(mine, other, catalog))]
        found += [Finding(name, *rest) for rest in _values(mine, other)]
        metric = catalog.metrics.get(_LAGS.get(name, ""))
        late = metric and metric.late_after
        if late and other.newest and (today - other.newest).days > late:
            found.append(Finding(name, "newest day", f"at most {late} days ago", str(other.newest)))
    return [*found, *_listed(theirs[LISTING], catalog)]


def _outcome(answer: Heard) -> str:
    """Return `data`, or how the question was refused: status, and the reason if it is one that we know."""
    if not answer.status:
        return f"nothing ({answer.reason})"
    verdict = judge_status(answer.status, answer.body)
    if verdict is None:
        return "data"
    known = verdict.reason.partition(":")[0]
    return f"{answer.status} {known}".strip()


def _fields(mine: Outline, other: Outline) -> Iterator[tuple[str, str, str]]:
    bare = {place for place in other.bare if place not in mine.bare}
    for place in sorted(bare):
        yield _said(place), "entries", "none"
    gone = {p for p in mine.fields.keys() - other.fields.keys() if not any(p[: len(b)] == b for b in bare)}
    new = {p for p in other.fields.keys() - mine.fields.keys() if not any(p[: len(b)] == b for b in mine.bare)}
    for place in sorted(p for p in gone if p[:-1] not in gone):
        yield f"field {_said(place)}", "/".join(sorted(mine.fields[place])), "gone"
    for place in sorted(p for p in new if p[:-1] not in new):
        yield f"field {_said(place)}", "absent", "/".join(sorted(other.fields[place]))
    kinds: dict[tuple[Place, str, str], list[str]] = {}
    for place in sorted(mine.fields.keys() & other.fields.keys()):
        was, now = mine.fields[place] - {"blank"}, other.fields[place] - {"blank"}
        if "text" in was:  # a name may look like a number or a day
            now -= {"number in quotes", "moment", "day"}
        if was and now - was:
            key = place[:-1], "/".join(sorted(was)), "/".join(sorted(now))
            kinds.setdefault(key, []).append(_said(place))
    for (_parent, *change), places in kinds.items():
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"type of {places[0]}{more}", change[0], change[1]


def _said(place: Place) -> str:
    return ".".join(place).replace(".[]", "[]") or "document"


def _words(mine: Outline, other: Outline, catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    for name in sorted(mine.words.keys() & other.words.keys()):
        was, now = mine.words[name], other.words[name]
        if name == "Version":  # which of the known ones a month has depends on the day
            was = now & {*catalog.versions} | ({*catalog.versions} if not now else set())
        if name == "idDataset":  # SIMEM has hundreds that nobody asks for
            now = now & was
        if was != now:
            yield name, ", ".join(sorted(was - now)), ", ".join(sorted(now - was))


def _values(mine: Outline, other: Outline) -> Iterator[tuple[str, str, str]]:
    if not (mine.values and other.values):
        return
    was, now = median(mine.values), median(other.values)
    if was and not was / _LEVEL < now < was * _LEVEL:
        yield "level of the values", f"about {was:.4g}", f"about {now:.4g}"


def _listed(answer: Heard, catalog: Catalog) -> Iterable[Finding]:
    try:
        listed = xm.parse_listing(answer.body)
    except SourceSchemaChanged:
        return  # the question itself has told
    for each in xm.compare(catalog, listed):
        what = f"{each.metric}/{each.entity} {each.field or each.kind}"
        yield Finding(LISTING, what, each.was or ("listed" if each.kind == "removed" else ""), each.now)


@dataclass(frozen=True)
class Contact:
    """What came of a first contact.

    Attributes:
        today: Its day.
        addresses: Whom it asked.
        answers: What came back, by question.
        findings: What is otherwise.
    """

    today: dt.date
    addresses: tuple[str, ...]
    answers: Mapping[str, Heard]
    findings: tuple[Finding, ...]

    @property
    def reached(self) -> bool:
        """Whether anybody answered anything."""
        return any(answer.status for answer in self.answers.values())

    def __str__(self) -> str:
        """Return the report, fit to be sent: no key and no proxy stands in it."""
        lines = [f"First contact on {self.today} with {' and '.join(self.addresses)}"]
        for name, answer in self.answers.items():
            count = sum(found.question == name for found in self.findings)
            state = f"{count} difference(s)" if count else "as expected"
            lines.append(f"  {name:<32}{answer.status or '-':>4}{len(answer.body):>11} bytes  {state}")
        lines += [f"  · {found}" for found in self.findings]
        return "\n".join([*lines, f"{len(self.findings)} difference(s) from what the portal builds on"])

    def save(self, folder: Path) -> None:
        """Write the report and every answer, as new fixtures, into a folder."""
        told = {"today": str(self.today), "sources": self.addresses, "findings": [f._asdict() for f in self.findings]}
        write_json(folder / "contact.json", told)
        write_bytes(folder / "contact.txt", f"{self}\n".encode())
        for name, answer in self.answers.items():
            write_bytes(folder / f"{re.sub(r'[^a-z]+', '-', name)}.{answer.status}.json", answer.body)


def first_contact(settings: Settings, today: dt.date) -> Contact:
    """Ask the configured sources and the emulator the same, and compare.

    Raises:
        SourceUnavailable: Nobody answers.
    """
    catalog = load_catalog()
    with running("simulated", today) as url:
        own = settings.model_copy(update={"xm_base_url": url, "simem_base_url": url, "xm_proxy": None})
        ours = ask_all(own, questions(own, catalog, today))
    theirs = ask_all(settings, questions(settings, catalog, today))
    addresses = (settings.xm_base_url, settings.simem_base_url)
    found = Contact(today, addresses, theirs, tuple(differences(ours, theirs, catalog, today)))
    if not found.reached:
        why = next(iter(theirs.values())).reason
        raise SourceUnavailable(f"Neither XM nor SIMEM answers: {why}", hint="see PORTAL_XM_PROXY", code="connect")
    return found
