"""Read every declaration, cross-check them, and report all faults at once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.catalog.alike import by_id, fill_alike
from pipeline.catalog.assistant import Assistant
from pipeline.catalog.data_pages import DataPage
from pipeline.catalog.directories import Directory
from pipeline.catalog.fields import CALENDAR
from pipeline.catalog.forecasts import WORDS, ForecastPolicy, Words
from pipeline.catalog.reports import Report, ReportNote
from pipeline.catalog.schema import (
    Alias,
    Board,
    Contrast,
    Correction,
    HeadlineSeries,
    Metric,
    ReferenceTable,
    Series,
    Source,
)
from pipeline.catalog.search_words import SearchWords
from pipeline.catalog.vocabulary import EnergySource, EntityKind, Term, Theme, ValueState, Vocabularies, Word
from pipeline.core.errors import CatalogError
from pipeline.core.paths import ROOT

HERE = Path(__file__).resolve().parent
#: Board that is the home page.
HOME = "inicio"
#: Pages that list what is declared, and folder of those that are written by hand.
LISTS = ("metricas/", "glosario/")
WRITTEN = ROOT / "site_src"
Model = TypeVar("Model", bound=BaseModel)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The fast safe loader; a key given twice is a fault, not a silent choice of the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} is given twice", node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return found


@dataclass(frozen=True)
class Catalog:
    """All declarations, checked against each other."""

    metrics: dict[str, Metric]
    boards: dict[str, Board]
    sources: dict[str, Source]
    entities: dict[str, EntityKind]
    themes: dict[str, Theme]
    energy_sources: dict[str, EnergySource]
    corrections: tuple[Correction, ...]
    glossary: tuple[Term, ...]
    fingerprint: str
    quality: dict[str, ValueState] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    """Settlement versions, the weakest first."""
    forecasts: tuple[ForecastPolicy, ...] = ()
    """Policies of the forecast series, in the order of their files."""
    headlines: dict[str, HeadlineSeries] = field(default_factory=dict)
    """Headline series, in the order of their files and entries."""
    pages: dict[str, DataPage] = field(default_factory=dict)
    """Pages about the data, by address."""
    directories: dict[str, Directory] = field(default_factory=dict)
    """Kinds of named things, by the folder of their addresses."""
    references: tuple[ReferenceTable, ...] = ()
    """Files of `data/reference` as tables."""
    words: dict[str, dict[str, Word]] = field(default_factory=dict)
    """Vocabularies of codes: name → code → words."""
    aliases: tuple[Alias, ...] = ()
    """Codes that the source renamed."""
    contrasts: tuple[Contrast, ...] = ()
    """Pairs of claims that a text may set against each other."""
    reports: dict[str, Report] = field(default_factory=dict)
    """Kinds of reports, by name."""
    notes: tuple[ReportNote, ...] = ()
    """What stands above published reports."""
    assistant: Assistant = field(default_factory=Assistant)
    """Words of the assistant of the pages."""
    search: SearchWords = field(default_factory=SearchWords)
    """Groups and words of the search of the pages."""
    places: dict[str, str] = field(default_factory=dict)
    """Where entries are declared: `series/demand` → `series/country.yml › demand`."""

    def series(self) -> list[Series]:
        """Return every metric × entity series, in catalogue order."""
        return [Series(metric=m.id, entity=e) for m in self.metrics.values() for e in m.entities]

    def telling(self, series: str) -> list[Board]:
        """Return the boards whose text tells of a headline series, the home page left out."""
        return [board for board in self.boards.values() if board.slug != HOME and series in board.tells]

    def renamed(self, entity: str) -> dict[str, str]:
        """Return, of the codes of an entity kind that were renamed, the newest code of each."""
        heirs = {alias.old: alias.new for alias in self.aliases if alias.same and alias.entity == entity}
        newest = {}
        for old in heirs:
            code = old
            while code in heirs:
                code = heirs[code]
            newest[old] = code
        return newest

    def where(self, kind: str, name: str) -> str:
        """Return where an entry is declared, for errors: file below the catalogue, and entry."""
        return self.places.get(f"{kind}/{name}", f"{kind} › {name}")

    def data_metrics(self) -> Iterator[Metric]:
        """Yield the metrics that hold values (all but the lists)."""
        yield from (m for m in self.metrics.values() if m.grain != "list")

    def lists(self) -> Iterator[Metric]:
        """Yield the metrics that are lists."""
        yield from (m for m in self.metrics.values() if m.grain == "list")


@dataclass
class _Reading:
    """The files below a folder as they are read, what is built of them, and what is wrong with it."""

    root: Path
    problems: list[str] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    places: dict[str, str] = field(default_factory=dict)
    known: dict[str, Collection[str]] = field(default_factory=dict)
    """Names that are declared, by kind: what `schema.declared` asks for."""
    documents: dict[str, Any] = field(default_factory=dict)

    def files(self, pattern: str) -> dict[str, Any]:
        """Return the documents of the files of a pattern, by name; a file that is named itself must be there."""
        names = sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(pattern))
        if not names and "*" not in pattern:
            names = [pattern]
        return {name: document for name in names if (document := self._document(name)) is not None}

    def whole(self, model: type[Model], pattern: str) -> Model:
        """Return what one file declares as a whole; without the file, nothing."""
        found = [self.build(model, data, name) for name, data in self.files(pattern).items()]
        return next((each for each in found if each), model())

    def _document(self, name: str) -> Any:  # noqa: ANN401 - YAML is untyped
        if name not in self.documents:
            self.documents[name] = None
            try:
                raw = (self.root / name).read_bytes()
                self.digest.update(name.encode() + b"\0" + raw)
                self.documents[name] = yaml.load(raw, Loader=_Loader)  # noqa: S506 - a SafeLoader
                if self.documents[name] is None:
                    self.problems.append(f"{name}: the file declares nothing")
            except FileNotFoundError:
                self.problems.append(f"{name}: file is missing")
            except yaml.YAMLError as error:
                self.problems.append(f"{name}: not valid YAML: {' '.join(str(error).split())}")
        return self.documents[name]

    def build(self, model: type[Model], data: object, where: str) -> Model | None:
        """Return a declaration; None when it is wrong, and then every fault is noted."""
        if not isinstance(data, dict):
            self.problems.append(f"{where}: expected a mapping of fields, found {type(data).__name__}")
            return None
        try:
            return model.model_validate(data, context=self.known)
        except ValidationError as error:
            for fault in error.errors():
                place = " › ".join(_steps(data, fault["loc"])) or "entry"
                self.problems.append(f"{where} › {place}: {fault['msg'].removeprefix('Value error, ')}")
            return None

    def entries(
        self, model: type[Model], pattern: str, key: str = "id", *, one_a_file: bool = False
    ) -> dict[str, Model]:
        """Return what the files of a pattern declare by its key, in the order of files and entries.

        Args:
            model: Shape of an entry.
            pattern: Of the files' names.
            key: Field that identifies an entry.
            one_a_file: Whether a file is one entry, and not a list of them.
        """
        found: dict[str, Model] = {}
        for name, data in self.files(pattern).items():
            if not one_a_file and not isinstance(data, list):
                self.problems.append(f"{name}: expected a list of entries")
                continue
            for position, item in enumerate([data] if one_a_file else data, 1):
                label = item.get(key, f"entry {position}") if isinstance(item, dict) else f"entry {position}"
                where = name if one_a_file else f"{name} › {label}"
                built = self.build(model, item, where)
                if built is not None:
                    identity = str(getattr(built, key))
                    place = f"{name.partition('/')[0]}/{identity}"
                    if identity in found:
                        how = "twice" if self.places[place].startswith(name) else "in another file too"
                        self.problems.append(f"{where} › {key}: declared {how}")
                    found[identity] = built
                    self.places.setdefault(place, where)
        return found

    def slugged(self, model: type[Model], folder: str) -> dict[str, Model]:
        """Return what the files of a folder declare, one a file, which is named like it."""
        found = self.entries(model, f"{folder}/*.yml", "slug", one_a_file=True)
        for slug in found:
            if (name := self.places[f"{folder}/{slug}"]) != f"{folder}/{slug}.yml":
                self.problems.append(f"{name} › slug: must equal the file's name")
        return found

    def note_names(self, words: object) -> None:
        """Note which names are declared, before any entry is built: entries may name each other in any order."""
        metrics = self._named("metrics/*.yml")
        needed = {"code", "start", "end", "in_force"}
        told = words if isinstance(words, dict) else {}
        names: dict[str, Collection[str]] = {
            "metric": metrics,
            CALENDAR: [name for name, metric in metrics.items() if needed <= _columns(metric)],
            "headline series": self._named("series/*.yml"),
            "source": self._named("sources.yml"),
            "board": [path.stem for path in (self.root / "boards").glob("*.yml")],
            "entity": by_id(told.get("entities")),
            "theme": by_id(told.get("themes")),
            "term": self._named("glossary.yml", "term"),
            "page": [
                "",
                *LISTS,
                *(f"{path.stem}/" for path in (*self.root.glob("pages/*.yml"), *WRITTEN.glob("*.md"))),
            ],
        }
        self.known = {kind: found for kind, found in names.items() if found}  # a lost file is one fault, not hundreds

    def _named(self, pattern: str, key: str = "id") -> dict[str, dict[str, Any]]:
        return {name: entry for data in self.files(pattern).values() for name, entry in by_id(data, key).items()}


def _columns(metric: dict[str, Any]) -> set[str]:
    found = metric.get("columns")
    return set(map(str, found.values())) if isinstance(found, dict) else set()


def _steps(data: object, path: tuple[int | str, ...]) -> Iterator[str]:
    """Yield a path into a declaration in words: an item of a list by its id where it has one, else by its place."""
    for step in path:
        inner: object = None
        if isinstance(data, dict):
            inner = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            inner = data[step]
        named = isinstance(step, int) and isinstance(inner, dict) and isinstance(inner.get("id"), str)
        yield inner["id"] if named and isinstance(inner, dict) else str(step + 1 if isinstance(step, int) else step)
        data = inner


def load_catalog(root: Path | None = None) -> Catalog:
    """Return the catalogue found under `root` (default: the package's own).

    Raises:
        CatalogError: Any declaration is wrong; `problems` lists every fault as `file › entry › field: what`.
    """
    reading = _Reading(root or HERE)
    (words,) = reading.files("vocabularies.yml").values() or ({},)
    reading.note_names(words)
    told = reading.build(Vocabularies, words, "vocabularies.yml") or Vocabularies()
    kinds = {entity.id: entity for entity in told.entities}
    metrics = {name: _identified(m, kinds) for name, m in reading.entries(Metric, "metrics/*.yml").items()}
    if not metrics:
        reading.problems.append("metrics/: no metric is declared")
    _check_weights(reading, metrics)
    boards = reading.slugged(Board, "boards")
    headlines = reading.entries(HeadlineSeries, "series/*.yml")
    catalog = Catalog(
        metrics=metrics,
        boards=dict(sorted(boards.items(), key=lambda item: (item[1].order, item[0]))),
        sources=reading.entries(Source, "sources.yml"),
        entities=kinds,
        themes={theme.id: theme for theme in told.themes},
        energy_sources={source.xm: source for source in told.energy_sources},
        quality={word.id: word for word in told.quality},
        pages=reading.slugged(DataPage, "pages"),
        directories=_directories(reading),
        reports=_reports(reading, headlines),
        notes=tuple(reading.entries(ReportNote, "notes*.yml").values()),
        words={name: {word.id: word for word in words} for name, words in told.words.items()},
        versions=told.versions,
        forecasts=_forecasts(reading, metrics),
        headlines=headlines,
        places=reading.places,
        corrections=tuple(reading.entries(Correction, "corrections.yml").values()),
        aliases=_aliases(reading),
        assistant=reading.whole(Assistant, "assistant*.yml"),
        search=reading.whole(SearchWords, "search_words*.yml"),
        contrasts=tuple(reading.entries(Contrast, "contrasts*.yml").values()),
        glossary=tuple(reading.entries(Term, "glossary.yml", "term").values()),
        references=tuple(reading.entries(ReferenceTable, "reference*.yml", "table").values()),
        fingerprint=reading.digest.hexdigest(),
    )
    if reading.problems:
        raise CatalogError(
            f"The catalogue has {len(reading.problems)} fault(s)",
            hint="mend each line below",
            problems=reading.problems,
        )
    return catalog


def _identified(metric: Metric, kinds: dict[str, EntityKind]) -> Metric:
    """Return a metric with the fields that identify its rows: its own, else those of its entity kinds."""
    of_kinds = {entity: kinds[entity].identity for entity in metric.entities if entity in kinds}
    return metric.model_copy(update={"identity": of_kinds | metric.identity})


@cache
def reference_tables() -> tuple[ReferenceTable, ...]:
    """Return the tables that the files of `data/reference` become."""
    return tuple(_Reading(HERE).entries(ReferenceTable, "reference.yml", "table").values())


def _reports(reading: _Reading, series: Collection[str]) -> dict[str, Report]:
    """Return the kinds of reports, each with an address of its own."""
    reading.problems += fill_alike("reports", reading.files("reports/*.yml"))
    found = reading.slugged(Report, "reports")
    editions = [report.edition for report in found.values()]
    for slug, report in found.items():
        if editions.count(report.edition) > 1:
            reading.problems.append(f"reports/{slug}.yml › period: one report a period and subject, its address")
        if unknown := set(report.series) - set(series):
            reading.problems.append(f"reports/{slug}.yml › series: {sorted(unknown)[0]} is no headline series")
    return found


def _directories(reading: _Reading) -> dict[str, Directory]:
    reading.problems += fill_alike("entities", reading.files("entities/*.yml"))
    return reading.slugged(Directory, "entities")


def _aliases(reading: _Reading) -> tuple[Alias, ...]:
    """Return the renamed codes: each has one heir, and none comes to be its own."""
    found = tuple(reading.entries(Alias, "aliases*.yml").values())
    heirs: dict[tuple[str, str], str] = {}
    for alias in found:
        key = alias.entity, alias.old
        code, seen = alias.new, {alias.old}
        while code not in seen and (following := heirs.get((alias.entity, code))):
            seen.add(code)
            code = following
        where = reading.places[f"aliases.yml/{alias.id}"]
        if alias.same and (key in heirs or code in seen):
            reading.problems.append(f"{where} › old: {alias.old!r} has another heir, or comes to be its own")
        elif alias.same:
            heirs[key] = alias.new
    return found


def _check_weights(reading: _Reading, metrics: dict[str, Metric]) -> None:
    """Note weights that cannot be laid beside the values they weigh: another grain, or an entity that they lack."""
    for metric in metrics.values():
        other = metrics.get(metric.weighed_by)
        if other is not None and (other.grain != metric.grain or not {*metric.entities} <= {*other.entities}):
            where = reading.places[f"metrics/{metric.id}"]
            reading.problems.append(f"{where} › weights: {other.id} has not the same grain and entities")


def _forecasts(reading: _Reading, metrics: dict[str, Metric]) -> tuple[ForecastPolicy, ...]:
    if (reading.root / "forecasts").exists():
        for name, data in reading.files(f"forecasts/{WORDS.name}").items():
            reading.build(Words, data, name)
    found = reading.entries(ForecastPolicy, "forecasts/[0-9]*.yml", "series", one_a_file=True)
    for policy in found.values():
        where = reading.places[f"forecasts/{policy.series}"]
        metric = metrics.get(policy.metric)
        if not policy.input:
            reading.problems.append(f"{where} › input: give the query of its history")
        if Path(where).stem.partition("_")[2] != policy.series:
            reading.problems.append(f"{where} › series: the file must be called NN_{policy.series}.yml")
        if metric is None or policy.entity not in metric.entities:
            reading.problems.append(f"{where} › metric: {policy.metric!r} {policy.entity!r} is not declared")
        elif metric.unit.stored != policy.unit:
            reading.problems.append(f"{where} › unit: {policy.metric} is stored in {metric.unit.stored}")
        if policy.day and policy.day not in found:
            reading.problems.append(f"{where} › day: {policy.day!r} is no declared series")
    return tuple(found.values())
