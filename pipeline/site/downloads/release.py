"""A month's release of a published portal: the site to open without a network, its data by board, what XM changed.

It reads what was published and nothing else, so that any copy of a portal can be released; equal copies give equal
files. Nothing of it lies in the nightly site: a host of files (a release of the repository, an object store) keeps it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from jinja2 import Environment

from pipeline.core import spanish
from pipeline.core.errors import UsageError
from pipeline.core.paths import VERSION, Paths
from pipeline.site.context import text_environment
from pipeline.site.downloads.zips import write_zip
from pipeline.store.sql import literal

_ELSEWHERE = ("datos/series/", "datos/lake/", "datos/hub/", "datos/verificar/", "pagefind/")
"""Folders that the offline site leaves to the portal: what only programs read."""
_LINK = re.compile(r'(?P<name>\b(?:href|src)=")(?P<path>[^"#?:]*)(?P<rest>[#?][^"]*)?"')
_SCRIPT = re.compile(
    r'<script type="module"[^>]*></script>\n?|<meta http-equiv="Content-Security-Policy"[^>]*>\n?|</?noscript>'
)
"""What a browser refuses to run, or refuses to show a page for, where a page is a file; what is said then is shown."""
Json = dict[str, Any]
_PINNED = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", re.MULTILINE)
_CHANGES = """
    SELECT metric, entity, code, ts, old, new, seen FROM read_parquet({files}) ORDER BY ALL
"""
_SUMMARY = """
    SELECT metric, entity, count(*)::INTEGER AS cells, (count(*) FILTER (WHERE new IS NULL))::INTEGER AS withdrawn,
           min(ts)::DATE AS first, max(ts)::DATE AS last, max(100 * abs(new - old) / nullif(abs(old), 0)) AS most
    FROM changes GROUP BY ALL ORDER BY cells DESC, metric, entity
"""


def make_release(paths: Paths, month: dt.date, site_url: str = "") -> list[Path]:
    """Write the release of a month below `build/release/AAAA-MM/` and return its files.

    Args:
        paths: Where the published portal lies.
        month: First day of the month whose changes are told.
        site_url: Public address, for links to what the offline site leaves out; without one they are no links.

    Raises:
        UsageError: There is no published portal.
    """
    site = paths.site
    if not (site / "datos" / "datapackage.json").exists():
        raise UsageError("There is no portal to release", hint="run ./inv build or ./inv demo first")
    name = f"{month:%Y-%m}"
    out = paths.build / "release" / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    package, boards = _json(site / "datos" / "datapackage.json"), _json(site / "api" / "v1" / "tableros.json")
    draw = _environment(paths.templates / "release", package, boards, month)
    write_zip(out / f"portal-{name}.zip", _offline(site, f"{site_url.rstrip('/')}/" if site_url else ""))
    for board in boards["tableros"]:
        write_zip(out / f"datos-{board['id']}-{name}.zip", _bundle(site / "datos", package, board, draw))
    (out / "sbom.json").write_text(_packages(paths.root, package), encoding="utf-8")
    (out / "CAMBIOS.md").write_text(_changes(site, out, boards, draw, name), encoding="utf-8")
    files = sorted(out.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (out / "SHA256SUMS").write_text(sums, encoding="utf-8")
    return [*files, out / "SHA256SUMS"]


def _json(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def _offline(site: Path, url: str) -> Iterator[tuple[str, bytes]]:
    """Yield each file of the site, its links leading to files; what lies elsewhere is asked of the portal."""
    for path in sorted(p for p in site.rglob("*") if p.is_file()):
        name = path.relative_to(site).as_posix()
        engine = name.startswith("assets/vendor/") and path.suffix != ".txt"  # of its folder the licences stay
        if engine or name.startswith(_ELSEWHERE) or name == "404.html":
            continue
        content = path.read_bytes()
        if path.suffix == ".html":
            content = _as_file(content.decode(), name, url).encode()
        yield f"portal/{name}", content


def _as_file(page: str, name: str, url: str) -> str:
    """Return a page for a browser that reads it as a file: no folder answers there, and no module runs."""

    def linked(found: re.Match[str]) -> str:
        path, rest = html.unescape(found["path"]), found["rest"] or ""
        if path.startswith("/") or not (path or rest):
            return found[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
        if f"{target}/".startswith(_ELSEWHERE):  # words without a link, where nobody knows the portal's address
            return f'{found["name"]}{html.escape(url + target)}{rest}"' if url else ""
        folder = path.endswith("/") or posixpath.basename(path) in {".", ".."}
        return f'{found["name"]}{html.escape(posixpath.join(path, "index.html"))}{rest}"' if folder else found[0]

    return _LINK.sub(linked, _SCRIPT.sub("", page))


def _bundle(data: Path, package: Json, board: Json, draw: Environment) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the metrics that a board reads, with what they are."""
    asked = {metric.lower() for metric in board["metricas"]}
    chosen = [
        resource
        for resource in package["resources"]
        if resource["format"] == "csv" and str(resource["name"]).partition(".")[0] in asked
    ]
    told = [{"title": each["title"], "paths": _paths(each)} for each in chosen]
    yield "LEEME.txt", draw.get_template("leeme.txt").render(title=board["titulo"], resources=told).encode()
    described = {**package, "name": f"{package['name']}-{board['id']}", "resources": chosen}
    yield "datapackage.json", json.dumps(described, ensure_ascii=False, indent=1).encode()
    for path in sorted(path for each in told for path in each["paths"]):
        yield path, (data / path).read_bytes()


def _paths(resource: Json) -> list[str]:
    return [resource["path"]] if isinstance(resource["path"], str) else list(resource["path"])


def _changes(site: Path, out: Path, boards: Json, draw: Environment, month: str) -> str:
    """Write every value changed in the month beside the release and return what is told of them."""
    lake = site / "datos" / "lake"
    files = [str(path) for path in sorted(lake.glob(f"_revisions/log/{month}*.parquet"))]
    rows: list[dict[str, object]] = []
    if files:
        titles = {each["id"]: each["titulo"] for each in _json(site / "api" / "v1" / "metricas.json")["metricas"]}
        con = duckdb.connect()
        con.execute("CREATE TABLE changes AS " + _CHANGES.format(files=f"[{', '.join(map(literal, files))}]"))
        con.execute(f"COPY changes TO {literal(str(out / 'cambios.csv'))} (HEADER)")
        for metric, entity, cells, withdrawn, first, last, most in con.execute(_SUMMARY).fetchall():
            rows.append(
                {
                    "title": titles.get(metric, metric), "entity": entity,
                    "cells": spanish.number(cells, 0), "withdrawn": spanish.number(withdrawn, 0),
                    "first": spanish.date(first), "last": spanish.date(last), "most": spanish.percent(most),
                }
            )  # fmt: skip
    return draw.get_template("cambios.md").render(changes=rows)


def _packages(root: Path, package: Json) -> str:
    """Return what the portal was built with, as the locks pin it (CycloneDX 1.6)."""
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    node = _json(root / "package-lock.json")["packages"]
    found = [("pypi", name, version) for name, version in _PINNED.findall(lock)]
    found += [("npm", name.rpartition("node_modules/")[2], told["version"]) for name, told in node.items() if name]
    components = [
        {"type": "library", "name": name, "version": version, "purl": f"pkg:{kind}/{quote(name)}@{version}"}
        for kind, name, version in sorted(set(found))
    ]
    portal = {"type": "application", "name": package["name"], "version": VERSION}
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"timestamp": package["created"], "component": portal}, "components": components,
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _environment(templates: Path, package: Json, boards: Json, month: dt.date) -> Environment:
    environment = text_environment(templates)
    environment.globals |= {
        "name": spanish.month(month),
        "simulated": boards["origen"] == "simulado",
        "version": package["version"],
        "created": spanish.date(dt.datetime.fromisoformat(package["created"]).date()),
    }
    return environment
