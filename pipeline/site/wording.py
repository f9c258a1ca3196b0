"""Sentences of the catalogue: templates over the columns of a query, filled in as Colombia writes numbers and dates.

What a template says is the catalogue's; here are formats and grammar only. Nothing makes nothing: a filter over a value
that is missing writes no word.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import cached_property

import numpy as np
import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined, Template, TemplateError, TemplateNotFound, meta
from markupsafe import Markup

from pipeline.catalog.load import Catalog
from pipeline.catalog.vocabulary import Word
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.site.context import state_mark

Row = Mapping[str, object]
_BLANK = re.compile(r"[ \n\t]+")  # not the no-break space, which ties a number to its unit
_OTHER = "other"


class Wording:
    """The templates of a page: a row and what all of them may name in, text or HTML out."""

    def __init__(
        self, catalog: Catalog, up: str = "", shared: Row | None = None, phrases: Mapping[str, str] | None = None
    ) -> None:
        """Prepare the templates of a page.

        Args:
            catalog: Titles, entities and vocabularies.
            up: Way from the page to the root of the site.
            shared: What every template may name besides its own row.
            phrases: Parts of sentences that templates include by name.
        """
        self.catalog = catalog
        self.up = up
        self.phrases = phrases or {}
        self.shared = {"up": up, **(shared or {})}
        self._compiled: dict[tuple[bool, str], Template] = {}

    def over(self, facts: Row) -> Wording:
        """Return the same templates with more that all of them may name."""
        same = copy(self)  # with the templates that are compiled already
        same.shared = {**self.shared, **facts}
        return same

    def text(self, template: str, row: Row | None = None) -> str:
        """Return plain text."""
        return self._filled(template, row or {}, marked=False)

    def html(self, template: str, row: Row | None = None) -> Markup:
        """Return HTML: what the data say is escaped, what the template says is not."""
        return Markup(self._filled(template, row or {}, marked=True))  # noqa: S704 - escaped by the environment

    def names(self, template: str) -> set[str]:
        """Return what a template and the phrases that it includes name.

        Raises:
            RenderError: It is no template, or includes what is no phrase.
        """
        try:
            tree = self._plain.parse(template)
            below = [self._phrase(str(name)) for name in meta.find_referenced_templates(tree)]
            return meta.find_undeclared_variables(tree).union(*(self.names(phrase) for phrase in below))
        except TemplateError as error:
            raise RenderError(f"A sentence is no template: {error}", hint="mend its braces and filters") from error

    def _phrase(self, name: str) -> str:
        if name not in self.phrases:
            raise TemplateNotFound(name, f"no phrase is called {name!r}")
        return self.phrases[name]

    def _filled(self, template: str, row: Row, *, marked: bool) -> str:
        try:
            made = self._compiled.get((marked, template))
            if made is None:
                env = self._marked if marked else self._plain
                made = self._compiled[marked, template] = env.from_string(template)
            text = made.render({**self.shared, **row})
        except (TemplateError, AttributeError, TypeError, ValueError) as error:
            raise RenderError(
                f"A sentence cannot be filled in: {error}", hint="mend its template or its query", template=template
            ) from error
        return _BLANK.sub(" ", text).strip(" ")

    @cached_property
    def _plain(self) -> Environment:
        return self._environment(autoescape=False)

    @cached_property
    def _marked(self) -> Environment:
        return self._environment(autoescape=True)

    def _environment(self, *, autoescape: bool) -> Environment:
        # Output is text, or HTML that is escaped where the templates of pages are.
        loader = DictLoader(self.phrases)
        env = Environment(loader=loader, undefined=StrictUndefined, autoescape=autoescape, finalize=_said)  # noqa: S701
        env.filters |= {name: _of_something(made) for name, made in self._filters().items()}
        env.filters["tramo"] = span_text
        return env

    def _filters(self) -> dict[str, Callable[..., str]]:
        return {
            "num": lambda value, decimals=0: spanish.number(value, decimals),
            "cantidad": spanish.quantity,
            "titular": spanish.headline,
            "decimales": lambda value, unit: spanish.number(value, spanish.unit_decimals(unit)),
            "unidad": spanish.unit_label,
            "porcentaje": spanish.percent,
            "cambio": lambda change, unit: spanish.change_text(change, points=unit == "%"),
            "fecha": spanish.date,
            "periodo": self._period,
            "fecha_larga": spanish.long_date,
            "momento": lambda at: spanish.date(at) if at.hour == 0 else spanish.clock(at),
            "mes": spanish.month,
            "dia": lambda at: f"{spanish.weekday(at)} {at.day} de {spanish.MONTHS[at.month - 1]}",
            "dia_semana": spanish.weekday,
            "anticipacion": lead_words,
            "plural": spanish.plural,
            "unir": lambda parts: spanish.join(list(parts)),
            "motivo": spanish.reason,
            "estado": state_mark,
            "palabra": lambda code, name: self.word(code, name).label,
            "rotulo": self._badge,
            "entidad": self._entity,
            "metrica": self._metric,
        }

    def word(self, code: str, vocabulary: str) -> Word:
        """Return the words of a code; an unknown one has those of `other`, or is its own word."""
        known = self.catalog.words.get(vocabulary, {})
        return known.get(code) or known.get(_OTHER) or Word(id=code, label=code)

    def _badge(self, code: str, vocabulary: str) -> Markup:
        word = self.word(code, vocabulary)
        return Markup('<span class="state {}">{} {}</span>').format(word.tone, word.icon, word.label)

    def _period(self, day: dt.date, metric: str) -> str:
        """Return the day of a value of a metric in words, or its month where it has one value a month."""
        known = self.catalog.metrics.get(metric)
        return spanish.period(day, known.grain if known else "daily")

    def _entity(self, name: str) -> str:
        known = self.catalog.entities.get(name)
        return known.label if known else name

    def _metric(self, name: str, label: str = "") -> Markup:
        """Return a metric's title (or another label) with the way to its page; an unknown one is its own name."""
        metric = self.catalog.metrics.get(name)
        if metric is None:
            return Markup("{}").format(label or name)
        return Markup('<a href="{}metricas/{}/">{}</a>').format(self.up, name, label or metric.title)


def span_text(start: dt.date | None, end: dt.date | None) -> str:
    """Return a span of days in words; one day is only that day."""
    if start and start == end:
        return spanish.date(start)
    if start and end:
        return f"{spanish.date(start)} a {spanish.date(end)}"
    if start:
        return f"Desde el {spanish.date(start)}"
    return f"Hasta el {spanish.date(end)}" if end else ""


def lead_words(lead: str, hourly: bool = False) -> str:
    """Return a span of leads in days: `1-7` «1 a 7 días», `25-168` of hours «2 a 7 días», `all` all of them."""
    if lead == "all":
        return "todo el horizonte"
    first, _, final = lead.partition("-")
    final = final or first
    if not (first.isdigit() and final.isdigit()):
        return lead
    low, high = int(first), int(final)
    if hourly:
        low, high = (low - 1) // 24 + 1, -(-high // 24)
    if low == high:
        return "el primer día" if low == 1 else f"el día {low}"
    return f"{low} a {high} días"


def paragraphs(text: str) -> list[str]:
    """Split a declaration's text at blank lines."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def records(rows: pd.DataFrame) -> list[dict[str, object]]:
    """Return rows as templates read them: a missing value is None, a midnight of a column of days its day."""
    columns = {str(name): _column(rows[name]) for name in rows.columns}
    return [dict(zip(columns, line, strict=True)) for line in zip(*columns.values(), strict=True)]


def _column(values: pd.Series) -> Iterable[object]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else v.to_pydatetime() for v in values]
    return [_native(v) for v in values.tolist()]


def _native(value: object) -> object:
    if isinstance(value, np.ndarray):
        return [_native(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value is pd.NA or value is pd.NaT or value != value else value  # noqa: PLR0124


def _said(value: object) -> object:
    return "" if value is None else value


def _of_something(made: Callable[..., str]) -> Callable[..., str]:
    return lambda value, *rest, **named: "" if value is None else made(value, *rest, **named)
