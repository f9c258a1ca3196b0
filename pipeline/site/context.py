"""What every page builder works with: the warehouse, the declarations, the run, and its own address.

Pages lie at different depths and MkDocs does not touch addresses in raw HTML, so each page writes
relative ones itself; the portal then works under any sub-path.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from pipeline.catalog.load import Catalog
from pipeline.catalog.value_states import value_states, word
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.site.named_links import NamedPages
from pipeline.store.manifest import Manifest

Text = Mapping[str, object]
PartInfo = Mapping[str, object]


@dataclass(frozen=True)
class Raster:
    """A file that is slow to draw: a hash of all it is drawn from, and how; one that stands already is left alone."""

    key: str
    draw: Callable[[], bytes]


#: A file of a page: text, bytes as they are, or a picture.
PageFile = str | bytes | Raster
#: Files of a page by path under build/docs.
Assets = dict[str, PageFile]


def bytes_of(content: PageFile) -> bytes:
    """Return the bytes of a file."""
    if isinstance(content, Raster):
        return content.draw()
    return content.encode() if isinstance(content, str) else content


@dataclass(frozen=True)
class Page:
    """A finished page: its Markdown file and the files it owns beside it, by path under build/docs."""

    path: str
    markdown: str
    assets: Mapping[str, PageFile] = field(default_factory=dict)


@dataclass(frozen=True)
class SeriesState:
    """One row of `series_status`, as the pages need it."""

    metric: str
    entity: str
    state: str
    reason: str
    rows: int
    codes: int
    first: dt.date | None
    last: dt.date | None
    last_ok: dt.date | None
    provisional_days: int


@dataclass(frozen=True)
class SiteContext:
    """Everything shared by the pages of one run."""

    con: duckdb.DuckDBPyConnection
    catalog: Catalog
    run: RunInfo
    env: Environment
    texts: Mapping[str, Text]
    parts: Sequence[PartInfo]
    states: Mapping[str, tuple[SeriesState, ...]]
    names: Mapping[str, Mapping[str, str]]
    site_url: str = ""
    named: NamedPages = field(default_factory=dict)
    """Where the names in tables lead: nowhere from what is frozen, which outlives addresses."""
    kept: dict[str, pd.DataFrame] = field(default_factory=dict)
    """Rows queried for the key of the page being made; the page takes them from here."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
        """Run a query and return its rows."""
        known = None if parameters else self.kept.get(sql)
        return self.con.execute(sql, list(parameters)).df() if known is None else known.copy(deep=False)

    def digest(self, sql: str) -> str:
        """Return a hash of the rows of a query, and of the fault of one that fails: the page will tell it."""
        try:
            rows = self.kept[sql] = self.query(sql)
        except duckdb.Error as error:
            return str(error)
        return rows_hash(rows)

    def has(self, name: str) -> bool:
        """Return whether the warehouse has a table or view of that name."""
        sql = "SELECT 1 FROM information_schema.tables WHERE table_name = ?"
        return self.con.execute(sql, [name]).fetchone() is not None

    def name_of(self, entity: str, code: str) -> str:
        """Return the readable name of a code: plants and agents have one, the rest are their own name."""
        head, _, tail = code.partition("|")
        found = self.names.get(entity, {}).get(head, "")
        return f"{found} · {tail}" if found and tail else found

    def missing(self, metrics: Sequence[str]) -> str:
        """Return what is missing among `metrics`, since when, and why; no event is no gap.

        Where all of them have data, it is too few for what was asked: the text says which days there are.
        """
        gaps, quiet, short = [], [], []
        for metric in metrics:
            declared = self.catalog.metrics.get(metric)
            title = declared.title if declared else metric
            for state in self.states.get(metric, ()):
                if state.state == "ok" and state.rows:
                    if state.first and state.last:
                        grain = declared.grain if declared else "daily"
                        ends = (spanish.period(day, grain) for day in (state.first, state.last))
                        span = ("de {} a {}" if grain == "monthly" else "del {} al {}").format(*ends)
                        short.append(f"{title}, {state.entity}: {span}")
                    continue
                if declared and declared.sparse and state.state != "failed":
                    quiet.append(f"{title}, {state.entity}: sin eventos reportados en el periodo")
                    continue
                since = "no hay ningún dato"
                if state.last:
                    monthly = declared is not None and declared.grain == "monthly"
                    since = (
                        f"no hay datos desde {spanish.month(state.last)}"
                        if monthly
                        else (f"no hay datos desde el {spanish.date(state.last)}")
                    )
                why = f" ({state.reason.rstrip('.')})" if state.reason else ""
                gaps.append(f"{title}, {state.entity}: {since}{why}")
        if gaps:
            return f"Faltan datos. {'; '.join(gaps[:3])}."
        if quiet:
            return f"{'; '.join(quiet[:3])}."
        return f"Los datos que hay no alcanzan. {'; '.join(short[:3])}." if short else "No hay datos para este periodo."


def rows_hash(rows: pd.DataFrame) -> str:
    """Return a hash of rows; neither the order in which threads end nor the last digit of a sum makes them new."""
    found = hashlib.sha256(repr(list(rows.dtypes.items())).encode())
    found.update(np.sort(row_hashes(rows)).tobytes())
    return found.hexdigest()


def row_hashes(rows: pd.DataFrame) -> np.ndarray:
    """Return a hash of each row, in their order."""
    return pd.util.hash_pandas_object(rows.apply(_hashable), index=False).to_numpy()


def _hashable(column: pd.Series) -> pd.Series:
    """Return a column whose lists, if it has any, are text."""
    if pd.api.types.is_float_dtype(column.dtype):
        return column.round(8)
    if column.dtype != object or not any(isinstance(v, np.ndarray) for v in column):
        return column
    return column.map(lambda v: repr(v.tolist()) if isinstance(v, np.ndarray) else v)


def site_context(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, paths: Paths, run: RunInfo, manifest: Manifest, site_url: str = ""
) -> SiteContext:
    """Return what the pages of a run share.

    Args:
        con: Open warehouse.
        catalog: The declarations.
        paths: Where templates and texts are.
        run: Identity of the run.
        manifest: The state of the lake.
        site_url: Public address of the site; empty when it is not known.
    """
    parts = [part.as_json() for part in manifest.parts]
    env, texts = environment(paths.templates), read_texts(paths.narrative)
    return SiteContext(con, catalog, run, env, texts, parts, read_states(con), read_names(con, catalog), site_url)


def environment(templates: Path) -> Environment:
    """Return the Jinja2 environment of the pages: undefined names are errors, everything is escaped."""
    env = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        "fecha": lambda d: spanish.date(d) if d else "sin dato",
        "fecha_larga": lambda d: spanish.long_date(d) if d else "sin dato",
        "num": spanish.number,
        "cantidad": spanish.quantity,
        "unidad": spanish.unit_label,
        "unir": spanish.join,
        "estado": state_mark,
        "hinted": hinted,
    }
    return env


def text_environment(folder: Path) -> Environment:
    """Return the Jinja2 environment of plain texts: undefined names are errors, nothing is escaped."""
    return Environment(  # noqa: S701 - no page
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def state_mark(code: str) -> Markup:
    """Return the word of a state of a value, explained on hover."""
    return Markup('<abbr title="{}">{}</abbr>').format(value_states()[code].description.strip(), word(code))


def hinted(text: str) -> str | Markup:
    """Return the text of a cell; the word of a state is explained on hover."""
    known = next((state for state in value_states().values() if state.label == text), None)
    return Markup('<abbr title="{}">{}</abbr>').format(known.description.strip(), text) if known else text


def prefix_of(path: str) -> str:
    """Return the way from a page up to the site's root: `tableros/x.md` → `../../`, `index.md` → ``./``."""
    page = path.removesuffix(".md").removesuffix("index")
    return "../" * len([part for part in page.split("/") if part]) or "./"


def read_texts(folder: Path) -> dict[str, Text]:
    """Return the narrative text of every board that has one, by slug.

    Raises:
        RenderError: A file is not the JSON document that `narrate` writes.
    """
    texts: dict[str, Text] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise RenderError(f"A text cannot be read: {error}", hint="run ./inv narrate", file=path) from error
        if isinstance(document, dict):
            texts[path.stem] = document
    return texts


def read_states(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[SeriesState, ...]]:
    """Return the state of every series, by metric, in catalogue order of the table."""
    found: dict[str, list[SeriesState]] = {}
    rows = con.execute(
        "SELECT metric, entity, state, coalesce(reason, ''), rows, codes, first_ts::DATE, last_ts::DATE, "
        "last_day_ok, provisional_days FROM series_status ORDER BY metric, entity"
    ).fetchall()
    for metric, entity, state, reason, *figures in rows:
        found.setdefault(metric, []).append(SeriesState(metric, entity, state, spanish.reason(reason), *figures))
    return {metric: tuple(states) for metric, states in found.items()}


#: List whose newest snapshot names the codes of an entity, and how its names are written.
_NAMED_BY = {
    "Recurso": ("ListadoRecursos", "proper_name"),
    "RecursoComb": ("ListadoRecursos", "proper_name"),
    "Agente": ("ListadoAgentes", "company_name"),
}


def read_names(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, dict[str, str]]:
    """Return code → readable name for the entities whose codes say nothing to a reader."""
    names: dict[str, dict[str, str]] = {}
    for entity, (listing, written) in _NAMED_BY.items():
        metric = catalog.metrics.get(listing)
        if metric is None or "name" not in metric.columns.values():
            continue
        rows = con.execute(
            f'SELECT code, {written}(min("name")) FROM "{listing}" '
            "WHERE entity = 'Sistema' AND \"name\" IS NOT NULL GROUP BY code"
        ).fetchall()
        names[entity] = {str(code): str(name) for code, name in rows if code is not None}
    return names
