"""Blocks of a board turned into what the templates show: figures of merit, charts, tables, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import pandas as pd
import plotly.graph_objects as go

from pipeline.catalog.schema import Block, Board
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.core.palette import token_of
from pipeline.site.blocks.bill import BillView, bill_view
from pipeline.site.blocks.chart_files import about_block, csv_text, save_rows
from pipeline.site.blocks.kpi import KpiView, kpi_view
from pipeline.site.charts import PICTURES, REGISTRY, ChartSpec, Event, build_figure, build_picture
from pipeline.site.charts.bar import LYING
from pipeline.site.charts.base import BOTTOM, HEIGHTS, LEFT, RIGHT, TOP
from pipeline.site.context import Assets, SiteContext
from pipeline.site.drawing import theme
from pipeline.site.drawing.axes import spans
from pipeline.site.drawing.figure import cells, dump, slim
from pipeline.site.drawing.spans import span_views
from pipeline.site.drawing.svg import static_svg
from pipeline.site.table import Table, chart_table, map_table, sql_table

TABLE_ROWS = 100
_FORECAST = (
    ("Observado", "ink"),
    ("Pronóstico", "accent"),
    ("Intervalo del 80 %", "band80"),
    ("Intervalo del 95 %", "band95"),
)
#: Chart types that a reader may narrow to their last days.
NARROWED = ("line", "area", "stack", "bar")
FAR = "Los días preliminares que se alejan del resto no se dibujan: XM aún los completa. Están en la tabla y en el CSV."


@dataclass(frozen=True)
class LegendItem:
    """A series in the page's own legend."""

    name: str
    token: str
    value: str
    share: str = ""


@dataclass(frozen=True)
class ChartView:
    """A chart: static drawing, legend, table, and the file that brings it to life."""

    id: str
    type: str
    title: str
    subtitle: str
    note: str
    svg: str = ""
    box: str = ""
    height: int = 0
    figure: str = ""
    cells: str = ""
    files: tuple[tuple[str, str], ...] = ()
    legend: tuple[LegendItem, ...] = ()
    scale: tuple[str, str] | None = None
    table: Table | None = None
    until: str = ""
    empty: str = ""
    credit: str = ""
    ranges: tuple[tuple[int, str], ...] = ()
    image: str = ""
    embed: str = ""


@dataclass(frozen=True)
class TableView:
    """A table block."""

    id: str
    title: str
    subtitle: str
    note: str
    table: Table | None = None
    empty: str = ""
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TextView:
    """A text block: paragraphs, how many figures were checked when it was written, and by which model if any."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    checked: int = 0
    model: str = ""
    empty: str = ""
    link: tuple[str, str] | None = None


View = KpiView | ChartView | TableView | BillView | TextView


def build_block(site: SiteContext, board: Board, block: Block, assets: Assets) -> View:
    """Return the view of one block, adding its files to `assets`.

    Raises:
        RenderError: The query or the drawing fails; the message names board and block.
    """
    if block.type in {"summary", "text"}:
        return _text(site, board, block)
    try:
        return _built(site, board, block, site.query(block.sql), assets)
    except (duckdb.Error, RenderError, KeyError, ValueError, TypeError) as error:
        raise RenderError(
            f"A block cannot be drawn: {error}",
            hint="mend its SQL or its declaration",
            board=board.slug,
            block=block.id,
        ) from error


def _built(site: SiteContext, board: Board, block: Block, rows: pd.DataFrame, assets: Assets) -> View:
    """Return the view of a block over its rows."""
    reason = empty_reason(site, board, block)
    match block.type:
        case "kpi":
            return kpi_view(block, rows, reason)
        case "table":
            return _table(site, board, block, rows, assets)
        case "bill":
            bill = bill_view(block, rows, reason)
            return bill if rows.empty else replace(bill, files=_files(site, board, block, rows, assets))
        case kind if kind in PICTURES:
            return _picture(site, board, block, rows, assets)
        case _:
            return _drawn(site, board, block, rows, assets)


def _drawn(site: SiteContext, board: Board, block: Block, rows: pd.DataFrame, assets: Assets) -> ChartView:
    """Return a chart on axes, or why there is none."""
    measure = "value" if "value" in rows else "mean" if "mean" in rows else rows.columns[-1]
    if rows.empty or rows[measure].isna().all():
        reason = empty_reason(site, board, block)
        return ChartView(block.id, block.type, block.title, block.subtitle, block.note, empty=reason)
    spec = replace(_spec(block), events=declared_events(site, block.metrics or board.metrics))
    view = chart_view(rows, spec, f"assets/figures/{board.slug}", assets, note=block.note)
    return replace(view, files=_files(site, board, block, rows, assets))


def declared_events(site: SiteContext, metrics: Sequence[str]) -> tuple[Event, ...]:
    """Return the declared events of any of `metrics` that have a mark for time axes, once each, in order."""
    found = {
        (c.start.isoformat(), c.mark)
        for c in site.catalog.corrections
        if c.start and c.mark and set(c.metrics) & set(metrics)
    }
    return tuple(Event(x, label) for x, label in sorted(found))


def _spec(block: Block) -> ChartSpec:
    return ChartSpec(
        id=block.id, type=block.type, title=block.title, subtitle=block.subtitle, unit=block.unit,
        decimals=block.decimals, options=dict(block.options),
    )  # fmt: skip


def _picture(site: SiteContext, board: Board, block: Block, rows: pd.DataFrame, assets: Assets) -> ChartView:
    """Return a map with its table; outlines alone are no map. Option `sources` names whose geometry it shows."""
    base = ChartView(block.id, block.type, block.title, block.subtitle, block.note)
    known = rows["value"].notna() if "value" in rows else False
    told = rows[known | (rows["layer"] != "area")]
    if told.empty:
        return replace(base, empty=empty_reason(site, board, block))
    spec = _spec(block)
    drawn = build_picture(rows, spec, f"g-{block.id}")
    saved = told.drop(columns=["path"], errors="ignore").dropna(axis=1, how="all")
    wanted = [part.strip() for part in str(block.options.get("sources", "")).split(",") if part.strip()]
    return replace(
        base,
        svg=drawn.svg,
        box=f"k-{block.type}",
        height=drawn.height,
        files=_files(site, board, block, saved, assets),
        legend=tuple(LegendItem(words, token, "") for words, token in drawn.legend),
        table=map_table(told, spec),
        until=_until(rows),
        credit=" ".join(site.catalog.sources[source].attribution for source in wanted),
    )


def chart_view(rows: pd.DataFrame, spec: ChartSpec, folder: str, assets: Assets, *, note: str = "") -> ChartView:
    """Draw rows both ways and add the figure and CSV files to `assets`."""
    figure = build_figure(rows, spec)
    kind = REGISTRY[spec.type]
    stem = f"{folder}/{spec.id}"
    ranges = spans(rows["x"]) if spec.type in NARROWED else ()
    if kind.live:
        assets[f"{stem}.json"] = dump(span_views(slim(figure), [days for days, _ in ranges]))
    elif spec.type == "heatmap":
        assets[f"{stem}.json"] = dump(cells(figure))
    assets[f"{stem}.csv"] = csv_text(rows)
    legend = _legend(figure, rows, spec)
    if figure.layout.meta:
        note = f"{note} {FAR}".strip()
    few = len(legend) <= 4 and not kind.legend
    return ChartView(
        id=spec.id,
        type=spec.type,
        title=spec.title,
        subtitle=spec.subtitle,
        note=note,
        svg=static_svg(figure, spec.title or spec.id, f"g-{spec.id}", spec.subtitle),
        box=_box(figure, spec) + (" few" if few else ""),
        height=int(figure.layout.height),
        figure=f"{stem}.json" if kind.live else "",
        cells=f"{stem}.json" if spec.type == "heatmap" else "",
        files=(("CSV", f"{stem}.csv"),),
        legend=legend,
        scale=_scale(rows, spec),
        table=chart_table(rows, spec),
        until=_until(rows),
        ranges=ranges,
    )


def _box(figure: go.Figure, spec: ChartSpec) -> str:
    """Return the classes that give the drawing its margins and height; the CSS knows the same values."""
    margin, height = figure.layout.margin, int(figure.layout.height)
    left = LEFT.index(margin.l) + 1 if margin.l in LEFT else 0
    right = RIGHT.index(margin.r) if margin.r in RIGHT else 0
    rows = (height - TOP - BOTTOM) // LYING
    named = next((f"h-{k}" for k, v in HEIGHTS.items() if v == height), f"n{rows}" if rows > 0 else "h-free")
    return f"l{left} r{right} {named} k-{spec.type}"


def _legend(figure: go.Figure, rows: pd.DataFrame, spec: ChartSpec) -> tuple[LegendItem, ...]:
    """Return the series with their last value (and share, for the parts of a whole)."""
    if spec.type in {"heatmap", "spark"}:
        return ()
    if spec.type == "forecast":
        drawn = {trace.name for trace in figure.data}
        return tuple(LegendItem(name, token, "") for name, token in _FORECAST if name in drawn)
    tokens: dict[str, str] = {}
    for trace in figure.data:
        color = trace.fillcolor if getattr(trace, "stackgroup", None) else _color(trace)
        if trace.name and isinstance(color, str) and color != theme.color("none"):
            tokens.setdefault(trace.name.removesuffix(" (preliminar)"), token_of(color))
    if len(tokens) < 2:
        return ()
    total = float(rows["value"].clip(lower=0).sum()) if spec.type == "mix" else 0.0
    lying = spec.type == "dots" or any(getattr(trace, "orientation", None) == "h" for trace in figure.data)
    items = []
    for name, token in tokens.items():
        own = rows[rows["series"].astype(str) == name]
        own = own[own["quality"] != "provisional"] if "quality" in own and len(own) > 1 else own
        last = float(own["value"].dropna().iloc[-1]) if len(own["value"].dropna()) else None
        share = spanish.percent(last / total * 100) if total and last is not None else ""
        # Lying bars show the total of each category; a last value would be that of the last category.
        value = "" if lying else spec.text(last)
        items.append(LegendItem(name, token, value, share))
    return tuple(items if spec.type != "stack" else items[::-1])


def _color(trace: object) -> object:
    line, marker = getattr(trace, "line", None), getattr(trace, "marker", None)
    return (line.color if line is not None and line.color else None) or (marker.color if marker is not None else None)


def _scale(rows: pd.DataFrame, spec: ChartSpec) -> tuple[str, str] | None:
    if spec.type != "heatmap":
        return None
    return spec.text(float(rows["value"].min())), spec.text(float(rows["value"].max()))


def _until(rows: pd.DataFrame) -> str:
    column = "day" if "day" in rows else "x" if "x" in rows else ""
    if not column or not pd.api.types.is_datetime64_any_dtype(rows[column]):
        return ""
    known = rows.dropna(subset=["actual"]) if "actual" in rows else rows
    if "quality" in known and (known["quality"] != "provisional").any():
        known = known[known["quality"] != "provisional"]
    if known.empty:
        return ""
    last, moments = known[column].max().date(), rows[column].drop_duplicates().dt
    if len(moments.day) > 1 and (moments.dayofyear == 1).all():
        return str(last.year)
    if len(moments.day) > 1 and (moments.day == 1).all():
        return spanish.short_month(last)
    return spanish.date(last)


def _files(
    site: SiteContext, board: Board, block: Block, rows: pd.DataFrame, assets: Assets
) -> tuple[tuple[str, str], ...]:
    """Save the rows of a block and return its downloads."""
    about = about_block(site, (board.title, board.slug), block.model_dump(), block.metrics or board.metrics)
    return save_rows(rows, f"assets/figures/{board.slug}/{block.id}", about, assets)


def _table(site: SiteContext, board: Board, block: Block, rows: pd.DataFrame, assets: Assets) -> TableView:
    if rows.empty:
        return TableView(block.id, block.title, block.subtitle, block.note, empty=empty_reason(site, board, block))
    limit = int(block.options.get("limit", TABLE_ROWS))
    table = sql_table(rows, block.columns, limit)
    files = _files(site, board, block, rows, assets)
    return TableView(block.id, block.title, block.subtitle, block.note, table, files=files)


def _text(site: SiteContext, board: Board, block: Block) -> TextView:
    if block.sql:
        rows = site.query(block.sql)
        return TextView(block.id, block.title, tuple(str(v) for v in rows.iloc[:, 0].dropna()) if len(rows) else ())
    if block.type == "text":
        other = site.catalog.boards.get(str(block.options.get("board", "")))
        link = (f"tableros/{other.slug}/", f"Ver el tablero {other.title}") if other else None
        return TextView(block.id, block.title, tuple(p for p in block.note.split("\n\n") if p.strip()), link=link)
    return text_view(site.texts.get(board.slug), block.id, block.title)


def text_view(text: Mapping[str, object] | None, block_id: str, title: str) -> TextView:
    """Return a board's narrative text; without one the page says so instead of leaving a hole."""
    raw = (text or {}).get("paragraphs")
    paragraphs = tuple(str(p) for p in raw) if isinstance(raw, (list, tuple)) else ()
    lead = str((text or {}).get("headline", ""))
    if lead and paragraphs and paragraphs[0].startswith(lead) and paragraphs[0] != lead:
        paragraphs = (lead, paragraphs[0].removeprefix(lead).strip(), *paragraphs[1:])
    if text is None or not paragraphs:
        return TextView(block_id, title, (), empty="El resumen de este tablero aún no se ha escrito.")
    checked = text.get("checked_figures")
    written = str(text.get("model", "")) if text.get("origin") == "modelo" else ""
    return TextView(block_id, title, paragraphs, checked if isinstance(checked, int) else 0, written)


def empty_reason(site: SiteContext, board: Board, block: Block) -> str:
    """Return why a block has nothing to show and since when, from the state of the metrics it needs."""
    return missing_text(site, block.metrics or board.metrics)


def missing_text(site: SiteContext, metrics: Sequence[str]) -> str:
    """Return what is missing among `metrics`, since when, and why; no event is no gap.

    Where all of them have data, it is too few for what was asked: the text says which days there are.
    """
    gaps, quiet, short = [], [], []
    for metric in metrics:
        declared = site.catalog.metrics.get(metric)
        title = declared.title if declared else metric
        for state in site.states.get(metric, ()):
            if state.state == "ok" and state.rows:
                if state.first and state.last:
                    span = f"del {spanish.date(state.first)} al {spanish.date(state.last)}"
                    short.append(f"{title}, {state.entity}: {span}")
                continue
            if declared and declared.sparse and state.state != "failed":
                quiet.append(f"{title}, {state.entity}: sin eventos reportados en el periodo")
                continue
            since = f"no hay datos desde el {spanish.date(state.last)}" if state.last else "no hay ningún dato"
            why = f" ({state.reason.rstrip('.')})" if state.reason else ""
            gaps.append(f"{title}, {state.entity}: {since}{why}")
    if gaps:
        return f"Faltan datos. {'; '.join(gaps[:3])}."
    if quiet:
        return f"{'; '.join(quiet[:3])}."
    return f"Los datos que hay no alcanzan. {'; '.join(short[:3])}." if short else "No hay datos para este periodo."
