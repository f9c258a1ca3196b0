"""The whole rendering: every page of the site from the warehouse, only what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb

from pipeline.catalog.load import Catalog
from pipeline.core.log import progress
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.render import registers, theme
from pipeline.render.board import board_page
from pipeline.render.changes_page import changes_page
from pipeline.render.context import Page, PartInfo, SiteContext, environment, read_names, read_states, read_texts
from pipeline.render.figure import dump
from pipeline.render.forecast_page import forecast_page
from pipeline.render.home import HOME, home_page
from pipeline.render.index_pages import catalogue_page, glossary_page, status_page
from pipeline.render.metric_page import metric_page
from pipeline.render.quality_page import quality_page
from pipeline.render.records_page import records_page
from pipeline.render.writer import STATE_FILE, Job, RenderReport, Writer, key_of, sources_hash

TEMPLATE_FILE = "assets/plotly-template.json"


def render_site(
    con: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    paths: Paths,
    run: RunInfo,
    *,
    fingerprints: Mapping[str, str],
    parts: Sequence[PartInfo],
    site_url: str = "",
) -> RenderReport:
    """Render every page into build/docs; pages whose inputs did not change are not even made.

    Args:
        con: Connection to the warehouse.
        catalog: All declarations.
        paths: Where templates and texts are and where pages go.
        run: Identity of the run.
        fingerprints: Metric → hash of its lake parts.
        parts: Entries of the lake manifest, for download links.
        site_url: Public address, for the links of feeds; empty when it is not known.

    Returns:
        What was rendered, written, skipped and removed, and which pages failed and kept their last version.
    """
    env = environment(paths.templates)
    texts = read_texts(paths.narrative)
    site = SiteContext(con, catalog, run, env, texts, parts, read_states(con), read_names(con, catalog), site_url)
    made_by = sources_hash([paths.templates / "pages", paths.templates / "partials", Path(__file__).parent])
    common = key_of(
        made_by, run.source, json.dumps({s.id: s.publisher + s.attribution for s in catalog.sources.values()})
    )
    jobs = [*_shared_jobs(site, common, fingerprints), *_board_jobs(site, common, fingerprints)]
    jobs += _metric_jobs(site, common, fingerprints)
    writer = Writer(paths.docs, paths.build / STATE_FILE)
    return writer.run(progress(jobs, len(jobs), "render"))


def _shared_jobs(site: SiteContext, common: str, fingerprints: Mapping[str, str]) -> list[Job]:
    """Return the pages that stand on the whole catalogue, and the shared template file."""
    everything = key_of(
        common, site.catalog.fingerprint, _digest(fingerprints), site.run.today.isoformat(), repr(site.states)
    )
    night = key_of(everything, registers.digest(site), site.run.created.isoformat(), site.site_url)
    forecasts = key_of(common, _digest(fingerprints), _forecast_digest(site))
    template = dump(theme.shared_template())
    return [
        Job(TEMPLATE_FILE, key_of(template), lambda: Page(TEMPLATE_FILE, template)),
        Job("metricas", everything, lambda: catalogue_page(site)),
        Job("estado", everything, lambda: status_page(site)),
        Job("calidad", night, lambda: quality_page(site)),
        Job("cambios", night, lambda: changes_page(site)),
        Job("records", night, lambda: records_page(site)),
        Job("pronosticos", forecasts, lambda: forecast_page(site)),
        Job("glosario", key_of(common, site.catalog.fingerprint), lambda: glossary_page(site)),
    ]


def _board_jobs(site: SiteContext, common: str, fingerprints: Mapping[str, str]) -> list[Job]:
    """Return the home page and the boards; views may read any metric, so all of the lake is their input."""
    jobs = []
    base = key_of(common, _digest(fingerprints), _forecast_digest(site), site.run.today.isoformat(), repr(site.states))
    for board in site.catalog.boards.values():
        text = json.dumps(dict(site.texts.get(board.slug, {})), sort_keys=True, default=str)
        key = key_of(base, board.model_dump_json(), text)
        if board.slug == HOME:
            boards = "".join(b.model_dump_json() for b in site.catalog.boards.values())
            jobs.append(Job(HOME, key_of(key, boards, site.run.created.isoformat()), partial(home_page, site, board)))
        else:
            jobs.append(Job(f"tableros/{board.slug}", key, partial(board_page, site, board)))
    return jobs


def _metric_jobs(site: SiteContext, common: str, fingerprints: Mapping[str, str]) -> list[Job]:
    """Return the metric pages; each stands on its own declaration, data, state and corrections."""
    names = key_of(json.dumps(site.names, sort_keys=True))
    jobs = []
    for metric in site.catalog.metrics.values():
        corrections = "".join(c.model_dump_json() for c in site.catalog.corrections if metric.id in c.metrics)
        parts = [dict(p) for p in site.parts if p["metric"] == metric.id]
        key = key_of(
            common,
            metric.model_dump_json(),
            corrections,
            names if any(e in site.names for e in metric.entities) else "",
            fingerprints.get(metric.id, ""),
            json.dumps(parts, sort_keys=True, default=str),
            repr(site.states.get(metric.id, ())),
        )
        jobs.append(Job(f"metricas/{metric.id}", key, partial(metric_page, site, metric)))
    return jobs


def _forecast_digest(site: SiteContext) -> str:
    """Return a hash of the forecasts and scores; they are tables of the warehouse, not metrics of the lake."""
    sums = [
        site.con.execute(f"SELECT count(*), bit_xor(hash({name})) FROM {name}").fetchone()
        for name in ("forecast_value", "forecast_score")
    ]
    return repr(sums)


def _digest(fingerprints: Mapping[str, str]) -> str:
    return key_of(*(f"{name}={fingerprints[name]}" for name in sorted(fingerprints)))
