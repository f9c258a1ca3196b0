"""A report, drawn once: page, figures, data, PDF, and a record of what they are and come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pipeline.catalog.reports import Report
from pipeline.core import spanish
from pipeline.core.errors import RenderError
from pipeline.site.blocks import Place
from pipeline.site.blocks.chart_files import csv_text, told_rows, without_noise
from pipeline.site.blocks.chart_view import ChartView
from pipeline.site.blocks.figure_kit import FIGURES
from pipeline.site.blocks.section import Placed, SectionView, placed
from pipeline.site.context import Assets, PageFile, SiteContext, bytes_of, prefix_of
from pipeline.site.page import source_words, tidy_html
from pipeline.site.reports.pdf import Printed, pdf_of
from pipeline.site.reports.period import Period, stand_on
from pipeline.site.reports.sentences import sentences
from pipeline.site.wording import Wording, paragraphs, records
from pipeline.store.manifest import Manifest
from pipeline.store.report_archive import PART, FrozenReport

PDF, DATA, RECORD = "informe.pdf", "datos.csv", "informe.json"
SCHEMA_VERSION = 1
_WIDTH = 760  # of a figure on a sheet, so that its letters are as large as those around it [px]
_HEADS = {
    "series": "serie", "label": "cifra", "value": "valor", "unit": "unidad", "measure": "medida", "quality": "estado",
    "version": "versión",
}  # fmt: skip


@dataclass(frozen=True)
class DataVersion:
    """The state of the lake that a report comes from."""

    manifest: str
    version: int
    fingerprint: str

    @classmethod
    def of(cls, manifest: Manifest) -> DataVersion:
        """Return what names a state of the lake."""
        return cls(manifest.state, manifest.version, manifest.fingerprint())


def freeze(
    site: SiteContext, report: Report, period: Period, data: DataVersion, *, past: bool
) -> tuple[FrozenReport, dict[str, bytes]]:
    """Draw a report; return it with its files.

    Args:
        site: Shared context.
        report: Its declaration.
        period: What it is about.
        data: The state of the lake behind the warehouse.
        past: Whether it is made later than its night.

    Raises:
        RenderError: A query, a sentence or a block fails; the message names report and period.
    """
    try:
        return _frozen(site, report, period, data, past=past)
    except RenderError as error:
        context = error.context | {"report": report.slug, "period": period.name}
        raise RenderError(error.message, hint=error.hint, **context) from error


def _frozen(
    site: SiteContext, report: Report, period: Period, data: DataVersion, *, past: bool
) -> tuple[FrozenReport, dict[str, bytes]]:
    stand_on(site.con, report, [period])
    path = f"{period.address}.md"
    shared = {
        "source": source_words(site), "published": site.run.today, "manifest": data.manifest, "past": past,
        "address": period.address,
    }  # fmt: skip
    words = Wording(site.catalog, prefix_of(path), shared, report.phrases)
    facts = words.over(next(iter(records(site.query(report.sql))), {}))
    place = replace(Place.of(site, period.address, report.title, f"{period.address}/"), words=facts, width=_WIDTH)
    views = [_still(each) for block in report.blocks for each in placed(block, place)]
    figures = site.query(report.figures)
    files: dict[str, bytes] = {DATA: data_file(figures).encode()}
    files |= {name: bytes_of(content) for name, content in _own(place.assets, place.slug)}
    told = sentences(site, report, facts, period.first.isoformat(), period.last.isoformat())
    values: dict[str, Any] = {
        "title": report.title,
        "name": facts.text(report.name),
        "headline": facts.text(report.headline),
        "answer": told.lead,
        "boards": told.boards,
        "meta": facts.html(report.meta),
        "views": views,
        "method": paragraphs(report.method),
        "versions": _versions(site, data, files, past=past),
        "source": shared["source"],
    }
    html = site.env.get_template("pages/report.html").render(up=prefix_of(path), address=period.address, pdf=PDF,
                                                             data=DATA, record=RECORD, **values)  # fmt: skip
    files[PART] = tidy_html(html).encode()
    files[PDF] = pdf_of(Printed(site, period, values, files))
    summary = " ".join(text for _, text in told.lead)
    record = _record(site, period, data, figures, files, past=past) | {"title": values["name"], "summary": summary}
    made = FrozenReport(
        report.edition, period.name, period.address, period.first, period.last, site.run.today, values["name"], summary,
        past, json.dumps(record, ensure_ascii=False, separators=(",", ":")),
    )  # fmt: skip
    return made, files


def _still(view: Placed) -> Placed:
    """Return a block without what brings a chart to life or leads away from the report: code of later is not its."""
    if isinstance(view.view, ChartView):
        chart = view.view
        files = tuple((label, path.replace("assets/figures/", "", 1)) for label, path in chart.files)
        image = chart.image.replace(f"{FIGURES}/", "", 1)
        still = replace(chart, figure="", cells="", embed="", qr="", ranges=(), table=None, files=files, image=image)
        return replace(view, view=still)
    if view.type == "section" and isinstance(view.view, tuple):
        return replace(view, view=tuple(_still_section(each) for each in view.view))
    return view


def _still_section(view: SectionView) -> SectionView:
    return replace(view, rows=tuple((row, tuple(_still(each) for each in found)) for row, found in view.rows))


def _own(assets: Assets, slug: str) -> list[tuple[str, PageFile]]:
    """Return the figures of a report and their rows, by their names below its address."""
    kinds = {f"assets/figures/{slug}/": ".csv", f"{FIGURES}/{slug}/": ".svg"}
    return [
        (path.removeprefix(prefix), content)
        for path, content in sorted(assets.items())
        for prefix, end in kinds.items()
        if path.startswith(prefix) and path.endswith(end) and not path.endswith(".qr.svg")
    ]


def data_file(figures: pd.DataFrame) -> str:
    """Return the figures of a report as CSV, with all their digits."""
    rows = told_rows(without_noise(figures.drop(columns=["series", "decimals"])))
    rows.insert(1, "series", figures["series"])
    return csv_text(rows.rename(columns={"period": "periodo", **_HEADS}))


def _versions(site: SiteContext, data: DataVersion, files: Mapping[str, bytes], *, past: bool) -> list[tuple[str, str]]:
    """Return what a report says of where it comes from, label and words."""
    made = (
        "después de su fecha, con lo que se sabía al publicarlo"
        if past
        else "la noche en que sus datos quedaron completos"
    )
    return [
        ("Publicado", f"{spanish.long_date(site.run.today)}; hecho {made}"),
        ("Versión de los datos", f"{data.version}, {data.fingerprint}"),
        ("Archivo de datos", f"{DATA}, SHA-256 {_sha(files[DATA])}"),
        ("Programa", f"Portal Energético de Colombia {site.run.code_version}"),
    ]


def _record(
    site: SiteContext,
    period: Period,
    data: DataVersion,
    figures: pd.DataFrame,
    files: Mapping[str, bytes],
    *,
    past: bool,
) -> dict[str, object]:
    return {
        "schema": SCHEMA_VERSION,
        "address": period.address,
        "kind": period.kind,
        "period": period.name,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "published": site.run.today.isoformat(),
        "past": past,
        "source": site.run.source,
        "code": site.run.code_version,
        "data": vars(data),
        "figures": figure_records(figures),
        "files": [
            {"path": path, "bytes": len(content), "sha256": _sha(content)} for path, content in sorted(files.items())
        ],
    }


def figure_records(figures: pd.DataFrame) -> list[dict[str, object]]:
    """Return figures as a record keeps them; what is not known is null."""
    kept = without_noise(figures.drop(columns="period"))
    return [{name: value for name, value in row.items() if value is not None} for row in records(kept)]


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
