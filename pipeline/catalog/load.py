"""Read every declaration, cross-check them, and report all faults at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.catalog.data_pages import DataPage
from pipeline.catalog.forecasts import WORDS, ForecastPolicy, Words
from pipeline.catalog.schema import (
    Board,
    Correction,
    EnergySource,
    EntityKind,
    HeadlineSeries,
    Metric,
    QualityWord,
    Series,
    Source,
    Term,
    Theme,
    Word,
)
from pipeline.core.errors import CatalogError

HERE = Path(__file__).resolve().parent
Model = TypeVar("Model", bound=BaseModel)
Slugged = TypeVar("Slugged", Board, DataPage)


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
    quality: dict[str, QualityWord] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    """Settlement versions, the weakest first."""
    forecasts: tuple[ForecastPolicy, ...] = ()
    """Policies of the forecast series, in the order of their files."""
    headlines: dict[str, HeadlineSeries] = field(default_factory=dict)
    """Headline series, in the order of their files and entries."""
    pages: dict[str, DataPage] = field(default_factory=dict)
    """Pages about the data, by address."""
    words: dict[str, dict[str, Word]] = field(default_factory=dict)
    """Vocabularies of codes: name → code → words."""
    places: dict[str, str] = field(default_factory=dict)
    """Where entries are declared: `series/demand` → `series/country.yml › demand`."""

    def series(self) -> list[Series]:
        """Return every metric × entity series, in catalogue order."""
        return [Series(metric=m.id, entity=e) for m in self.metrics.values() for e in m.entities]

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
class _Reader:
    """Collects declarations and faults while files are read."""

    root: Path
    problems: list[str] = field(default_factory=list)
    digest: Any = field(default_factory=hashlib.sha256)
    places: dict[str, str] = field(default_factory=dict)

    def document(self, path: Path) -> Any:  # noqa: ANN401 - YAML is untyped
        name = path.relative_to(self.root).as_posix()
        if not path.exists():
            self.problems.append(f"{name}: file is missing")
            return None
        raw = path.read_bytes()
        self.digest.update(name.encode() + b"\0" + raw)
        try:
            found = yaml.load(raw, Loader=_Loader)  # noqa: S506 - a SafeLoader
        except yaml.YAMLError as error:
            self.problems.append(f"{name}: not valid YAML: {' '.join(str(error).split())}")
            return None
        if found is None:
            self.problems.append(f"{name}: the file declares nothing")
        return found

    def build(self, model: type[Model], data: object, where: str) -> Model | None:
        if not isinstance(data, dict):
            self.problems.append(f"{where}: expected a mapping of fields, found {type(data).__name__}")
            return None
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for fault in error.errors():
                place = " › ".join(_steps(data, fault["loc"])) or "entry"
                self.problems.append(f"{where} › {place}: {fault['msg'].removeprefix('Value error, ')}")
            return None

    def entries(self, model: type[Model], data: object, name: str, key: str) -> dict[str, Model]:
        found: dict[str, Model] = {}
        if data is None:
            return found
        if not isinstance(data, list):
            self.problems.append(f"{name}: expected a list of entries")
            return found
        for position, item in enumerate(data, 1):
            label = item.get(key, f"entry {position}") if isinstance(item, dict) else f"entry {position}"
            built = self.build(model, item, f"{name} › {label}")
            if built is None:
                continue
            identity = str(getattr(built, key))
            if identity in found:
                self.problems.append(f"{name} › {identity} › {key}: declared twice")
            found[identity] = built
            self.places.setdefault(f"{name.partition('/')[0]}/{identity}", f"{name} › {identity}")
        return found


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
    reader = _Reader(root or HERE)
    metrics = _metrics(reader)
    boards = _by_slug(reader, Board, "boards")
    pages = _by_slug(reader, DataPage, "pages")
    forecasts = _forecasts(reader, metrics)
    headlines = _in_files(reader, HeadlineSeries, "series")
    words = reader.document(reader.root / "vocabularies.yml")
    if not isinstance(words, dict):
        reader.problems += [] if words is None else ["vocabularies.yml: expected a mapping of lists"]
        words = {}
    entities = reader.entries(EntityKind, words.get("entities"), "vocabularies.yml › entities", "id")
    themes = reader.entries(Theme, words.get("themes"), "vocabularies.yml › themes", "id")
    energy = reader.entries(EnergySource, words.get("energy_sources"), "vocabularies.yml › energy_sources", "xm")
    coded = words.get("words") or {}
    told = {name: reader.entries(Word, coded[name], f"vocabularies.yml › {name}", "id") for name in coded}
    quality = reader.entries(QualityWord, words.get("quality"), "vocabularies.yml › quality", "id")
    versions = _versions(reader, words.get("versions"))
    sources = reader.entries(Source, reader.document(reader.root / "sources.yml"), "sources.yml", "id")
    corrections = reader.entries(Correction, reader.document(reader.root / "corrections.yml"), "corrections.yml", "id")
    glossary = reader.entries(Term, reader.document(reader.root / "glossary.yml"), "glossary.yml", "term")
    _cross_check(reader, metrics, boards, headlines, entities, themes, sources, corrections, glossary)
    if reader.problems:
        raise CatalogError(
            f"The catalogue has {len(reader.problems)} fault(s)",
            hint="mend each line below",
            problems=reader.problems,
        )
    return Catalog(
        metrics=metrics,
        boards=dict(sorted(boards.items(), key=lambda item: (item[1].order, item[0]))),
        sources=sources,
        entities=entities,
        themes=themes,
        energy_sources=energy,
        quality=quality,
        pages=pages,
        words=told,
        versions=versions,
        forecasts=forecasts,
        headlines=headlines,
        places=reader.places,
        corrections=tuple(corrections.values()),
        glossary=tuple(glossary.values()),
        fingerprint=reader.digest.hexdigest(),
    )


def _by_slug(reader: _Reader, model: type[Slugged], folder: str) -> dict[str, Slugged]:
    """Return what the files of a folder declare, one a file, which is named like it."""
    found: dict[str, Slugged] = {}
    for path in sorted((reader.root / folder).glob("*.yml")):
        name = f"{folder}/{path.name}"
        data = reader.document(path)
        built = None if data is None else reader.build(model, data, name)
        if built is not None:
            if built.slug != path.stem:
                reader.problems.append(f"{name} › slug: must equal the file's name")
            found[built.slug] = built
    return found


def _versions(reader: _Reader, data: object) -> tuple[str, ...]:
    names = [str(name) for name in data] if isinstance(data, list) else []
    if len(set(names)) < len(names):
        reader.problems.append("vocabularies.yml › versions: a version is named twice")
    return tuple(names)


def _forecasts(reader: _Reader, metrics: dict[str, Metric]) -> tuple[ForecastPolicy, ...]:
    found: dict[str, ForecastPolicy] = {}
    if (reader.root / "forecasts").exists():
        reader.build(Words, reader.document(reader.root / "forecasts" / WORDS.name), f"forecasts/{WORDS.name}")
    for path in sorted((reader.root / "forecasts").glob("[0-9]*.yml")):
        where = f"forecasts/{path.name}"
        policy = reader.build(ForecastPolicy, reader.document(path), where)
        if policy is None:
            continue
        if policy.series in found:
            reader.problems.append(f"{where} › series: declared in another file too")
        if not policy.input:
            reader.problems.append(f"{where} › input: give the query of its history")
        found[policy.series] = policy
        reader.places[f"forecasts/{policy.series}"] = where
        metric = metrics.get(policy.metric)
        if path.stem.partition("_")[2] != policy.series:
            reader.problems.append(f"{where} › series: the file must be called NN_{policy.series}.yml")
        if metric is None or policy.entity not in metric.entities:
            reader.problems.append(f"{where} › metric: {policy.metric!r} {policy.entity!r} is not declared")
        elif metric.unit.stored != policy.unit:
            reader.problems.append(f"{where} › unit: {policy.metric} is stored in {metric.unit.stored}")
    for policy in found.values():
        if policy.day and policy.day not in found:
            reader.problems.append(
                f"{reader.places[f'forecasts/{policy.series}']} › day: {policy.day!r} is no declared series"
            )
    return tuple(found.values())


def _metrics(reader: _Reader) -> dict[str, Metric]:
    metrics = _in_files(reader, Metric, "metrics")
    if not metrics:
        reader.problems.append("metrics/: no metric is declared")
    return metrics


def _in_files(reader: _Reader, model: type[Model], folder: str) -> dict[str, Model]:
    """Return the entries of every file of a folder by their ids, in the order of files and entries."""
    found: dict[str, Model] = {}
    for path in sorted((reader.root / folder).glob("*.yml")):
        name = f"{folder}/{path.name}"
        for identity, entry in reader.entries(model, reader.document(path), name, "id").items():
            if identity in found:
                reader.problems.append(f"{name} › {identity} › id: declared in another file too")
            found[identity] = entry
    return found


def _cross_check(
    reader: _Reader,
    metrics: dict[str, Metric],
    boards: dict[str, Board],
    headlines: dict[str, HeadlineSeries],
    entities: dict[str, EntityKind],
    themes: dict[str, Theme],
    sources: dict[str, Source],
    corrections: dict[str, Correction],
    glossary: dict[str, Term],
) -> None:
    """Report names that point nowhere."""

    def check(where: str, names: tuple[str, ...] | set[str], known: object, what: str) -> None:
        for name in names:
            if name not in known:  # type: ignore[operator]
                reader.problems.append(f"{where}: {name!r} is no declared {what}")

    places = reader.places
    slugs = {path.stem for path in (reader.root / "boards").glob("*.yml")}
    for metric in metrics.values():
        where = places[f"metrics/{metric.id}"]
        check(f"{where} › theme", (metric.theme,), themes, "theme")
        check(f"{where} › entities", metric.entities, entities, "entity")
        check(f"{where} › source", (metric.source,), sources, "source")
        if metric.simem is not None and metric.simem.calendar is not None:
            calendar = metrics.get(metric.simem.calendar)
            if calendar is None or not {"code", "start", "end", "in_force"} <= set(calendar.columns.values()):
                reader.problems.append(
                    f"{where} › simem.calendar: names a list with columns code, start, end and in_force"
                )
    for kind in entities.values():
        if kind.listed_in is not None:
            check(f"vocabularies.yml › {kind.id} › listed_in", (kind.listed_in,), metrics, "metric")
    for series in headlines.values():
        check(f"{places[f'series/{series.id}']} › metrics", series.metrics, metrics, "metric")
    for board in boards.values():
        check(f"boards/{board.slug}.yml › facts", tuple(board.facts), headlines, "headline series")
        check(f"boards/{board.slug}.yml › metrics", board.metrics, metrics, "metric")
        for block in board.blocks:
            where = f"boards/{board.slug}.yml › {block.id}"
            check(f"{where} › metrics", block.metrics, metrics, "metric")
            named = [name.strip() for name in str(block.options.get("sources", "")).split(",")]
            check(f"{where} › options › sources", tuple(filter(None, named)), sources, "source")
            if "board" in block.options:
                check(f"{where} › options › board", (str(block.options["board"]),), slugs, "board")
    for correction in corrections.values():
        check(f"corrections.yml › {correction.id} › metrics", correction.metrics, metrics, "metric")
    for term in glossary.values():
        check(f"glossary.yml › {term.term} › metrics", term.metrics, metrics, "metric")
