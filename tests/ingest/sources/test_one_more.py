"""CONTRIBUTING followed to the letter: one more source is one module and one entry."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import load_settings
from pipeline.ingest import rounds, sources
from pipeline.store.lake import Lake
from tests.catalog.additions import METRIC, copy_catalogue

ENTRY = """
- id: otra-fuente
  title: Otra fuente
  publisher: Una entidad
  url: https://example.org
  terms: Datos públicos, de consulta libre.
  attribution: "Fuente: una entidad."
"""
MODULE = '''\
"""A source that publishes one number."""

import datetime as dt

import pyarrow as pa

from pipeline.ingest.intake import merge_file
from pipeline.ingest.job import Adaptor
from pipeline.ingest.rows import ReplyRows


def gather(job):
    """Put the number into the lake."""
    today = job.run.today
    for metric in job.metrics:
        ref = job.bronze.put(job.source, metric.id, metric.entities[0], (today, today), today, b"2.5")
        read(job, metric, ref)


def replay(job):
    """Read the archived replies of one night again."""
    for metric in job.metrics:
        for ref in job.archive.get((metric.id, metric.entities[0]), []):
            read(job, metric, ref)


def read(job, metric, ref):
    """Read one reply."""
    ts = pa.array([dt.datetime.combine(ref.start, dt.time())], pa.timestamp("ms"))

    def parse(body):
        return ReplyRows(pa.table({"code": ["Sistema"], "ts": ts, "value": [float(body)]}), cells=1)

    merge_file(job, metric, ref, parse)


ADAPTOR = Adaptor(gather, replay)
'''


def test_one_more_source_is_one_module_and_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its metric is asked, archived, merged and replayed, and nothing else had to be touched."""
    root = copy_catalogue(tmp_path / "catalog")
    with (root / "sources.yml").open("a", encoding="utf-8") as there:
        there.write(ENTRY)
    with (root / "metrics" / "demanda.yml").open("a", encoding="utf-8") as there:
        there.write(f"{METRIC.rstrip()}\n  source: otra-fuente\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "otra_fuente.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path / "more")])
    before = list(rounds.SOURCES)
    monkeypatch.setattr(rounds, "SOURCES", sources.adaptors())
    monkeypatch.delitem(sys.modules, "pipeline.ingest.sources.otra_fuente")
    assert [name for name in rounds.SOURCES if name != "otra-fuente"] == before
    catalog, paths = load_catalog(root), Paths(data=tmp_path / "data", build=tmp_path / "build")
    settings = load_settings(data_dir=tmp_path / "data", workers=1)
    today = dt.date(2026, 5, 20)
    run = RunInfo(today, today - dt.timedelta(days=3), "simulated", dt.datetime.combine(today, dt.time(5, 40)))
    report = rounds.ingest(catalog, settings, paths, run, metrics=["DemaPrueba"])
    assert (report.failed, report.rows_added) == ({}, 1)
    assert Lake(paths.lake).read("DemaPrueba", "Sistema")["value"].to_pylist() == [2.5]
    shutil.rmtree(paths.lake)
    rounds.replay(catalog, settings, paths, run)
    assert Lake(paths.lake).read("DemaPrueba", "Sistema")["value"].to_pylist() == [2.5]
