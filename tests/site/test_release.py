"""A month's release: pages that open as files, data by board, what was changed, and checksums that hold."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import UsageError
from pipeline.core.paths import Paths
from pipeline.site.downloads.release import make_release

MONTH = dt.date(2026, 11, 1)


def _site(build: Path, changes: list[tuple[str, float, float | None]]) -> Paths:
    """Write a portal of one metric with changes (hour, old, new) seen in November."""
    site = build / "site"
    documents = {
        "datos/datapackage.json": {
            "name": "portal", "version": "7", "created": "2026-12-01T05:40:00-05:00",
            "resources": [
                {"name": "demasin.sistema-csv", "title": "Demanda",
                 "path": ["csv/a.csv", "csv/b.csv"], "format": "csv"},
                {"name": "gene.sistema-csv", "title": "Generación", "path": "csv/c.csv", "format": "csv"},
            ],
        },
        "api/v1/tableros.json": {
            "origen": "simulado", "tableros": [{"id": "demanda", "titulo": "Demanda", "metricas": ["DemaSIN"]}],
        },
        "api/v1/metricas.json": {"metricas": [{"id": "DemaSIN", "titulo": "Demanda del SIN"}]},
    }  # fmt: skip
    for name, document in documents.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(json.dumps(document), encoding="utf-8")
    (site / "datos" / "csv").mkdir()
    for name in "abc":
        (site / "datos" / "csv" / f"{name}.csv").write_text(f"fecha,valor\n2026-11-01,{name}\n")
    pages = {"index.html": '<a href="b/#x">b</a>', "b/index.html": '<a href="..">a</a><a href="../datos/lake/x">x</a>'}
    for name, page in pages.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(f'<script type="module" src="s.js"></script>{page}', encoding="utf-8")
    if changes:
        log = site / "datos" / "lake" / "_revisions" / "log"
        log.mkdir(parents=True)
        rows = {
            "metric": "DemaSIN", "entity": "Sistema", "code": "Sistema", "seen": dt.date(2026, 11, 5),
        }  # fmt: skip
        table = pa.Table.from_pylist([
            rows | {"ts": dt.datetime.fromisoformat(hour), "old": old, "new": new} for hour, old, new in changes
        ])  # fmt: skip
        pq.write_table(table, log / "2026-11-abc.parquet")
    return Paths(data=build, build=build)


def test_what_a_month_changed_is_told(tmp_path: Path) -> None:
    """Every change with its two values, and of each series how many, how many went, and by how much at most."""
    changes = [("2026-10-01T03:00", 100.0, 110.0), ("2026-10-02T04:00", 100.0, 98.0), ("2026-10-03T00:00", 5.0, None)]
    paths = _site(tmp_path, changes)
    files = {path.name: path for path in make_release(paths, MONTH)}
    told = files["CAMBIOS.md"].read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert "| Demanda del SIN | Sistema | 3 | 1 | 1 oct 2026 | 3 oct 2026 | 10,0 % |" in told
    assert len(files["cambios.csv"].read_text().splitlines()) == 1 + len(changes)
    assert "cambios.csv" not in {path.name for path in make_release(paths, dt.date(2026, 10, 1))}


def test_pages_open_as_files(tmp_path: Path) -> None:
    """Folders become files, no module stays, and what is elsewhere is asked of the portal, or is no link."""
    for url, link in (("https://portal.test", '<a href="https://portal.test/datos/lake/x">x'), ("", "<a >x")):
        files = make_release(_site(tmp_path / (url[:5] or "no"), []), MONTH, url)
        with zipfile.ZipFile(next(path for path in files if path.name.startswith("portal-"))) as portal:
            page = portal.read("portal/b/index.html").decode()
            assert portal.read("portal/index.html").decode() == '<a href="b/index.html#x">b</a>'
        assert page == f'<a href="../index.html">a</a>{link}</a>'


def test_a_bundle_holds_what_its_board_reads(tmp_path: Path) -> None:
    """The files of the board's metrics and of no other, described."""
    files = make_release(_site(tmp_path, []), MONTH)
    with zipfile.ZipFile(next(path for path in files if path.name.startswith("datos-demanda"))) as bundle:
        assert set(bundle.namelist()) == {"LEEME.txt", "datapackage.json", "csv/a.csv", "csv/b.csv"}
        assert "Demanda" in bundle.read("LEEME.txt").decode()
        assert [each["title"] for each in json.loads(bundle.read("datapackage.json"))["resources"]] == ["Demanda"]


def test_its_packages_are_those_of_the_locks(tmp_path: Path) -> None:
    """Each once, with the version that is pinned."""
    files = {path.name: path for path in make_release(_site(tmp_path, []), MONTH)}
    told = json.loads(files["sbom.json"].read_text())["components"]
    versions = {each["purl"].partition("@")[0]: each["version"] for each in told}
    assert versions["pkg:pypi/duckdb"] == importlib.metadata.version("duckdb")
    assert any(purl.startswith("pkg:npm/") for purl in versions)
    assert len(told) == len({each["purl"] for each in told}) > 100


def test_no_portal_no_release(tmp_path: Path) -> None:
    """It says what to run first."""
    with pytest.raises(UsageError, match="inv build"):
        make_release(Paths(data=tmp_path, build=tmp_path), MONTH)
