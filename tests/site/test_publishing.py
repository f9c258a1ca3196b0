"""Publishing the tiny world: complete, repeatable, by content."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline.core.errors import BrokenSite, PublishError
from pipeline.site.tree import files_below, sha256_of
from tests.site.tiny import RUN, World, make_world


def _hashes(folder: Path) -> dict[str, str]:
    return {name: sha256_of(path) for name, path in files_below(folder).items()}


def test_everything_is_published(published: World) -> None:
    """Pages, data, API, search, assets and the 404 page are all in the site."""
    names = set(files_below(published.paths.site))
    assert {
        "index.html",
        "404.html",
        "consulta/index.html",
        "tableros/prueba/index.html",
        "metricas/Gene/index.html",
        "datos/manifest.json",
        "datos/series.json",
        "datos/portal.sql",
        "datos/csv/Gene.Recurso.csv",
        "datos/datapackage.json",
        "api/v1/metricas/Gene.json",
        "pagefind/pagefind.js",
        "assets/vendor/plotly-basic.min.js",
        "css/site.css",
        "sitemap.xml",
    } <= names
    texts = {name for name in names if name == "llms.txt" or name.endswith("/index.md")}
    assert texts == {"llms.txt", "tableros/prueba/index.md"}
    assert not [name for name in names - texts if name.endswith((".md", ".map", ".gz"))]


@pytest.mark.slow
def test_second_run_rewrites_nothing(world: World) -> None:
    """With nothing changed, no file of the site is written or removed, not even its time of change."""
    first = world.publish()
    before = {name: path.stat().st_mtime_ns for name, path in files_below(world.paths.site).items()}
    second = world.publish()
    assert first.written == first.files
    assert (second.written, second.removed) == (0, 0)
    assert {name: path.stat().st_mtime_ns for name, path in files_below(world.paths.site).items()} == before


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(published: World, fake_vendor: Path, fake_web: Path, tmp_path: Path) -> None:
    """A build from nothing, in another folder, gives the same site byte for byte."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.site.publishing.vendor_folder", lambda root, cache: fake_vendor)
        patch.setattr("pipeline.site.publishing.web_folder", lambda root, cache: fake_web)
        patch.setenv("TZ", "Asia/Tokyo")
        patch.setenv("LC_ALL", "C")
        other = make_world(tmp_path)
        other.publish()
    assert _hashes(other.paths.site) == _hashes(published.paths.site)


@pytest.mark.slow
def test_changed_page_rewrites_only_what_holds_it(world: World) -> None:
    """A change in one page rewrites that page and its search index, nothing else."""
    world.publish()
    page = world.paths.docs / "glosario.md"
    page.write_text(page.read_text(encoding="utf-8").replace("control", "control automático"), encoding="utf-8")
    before = _hashes(world.paths.site)
    world.publish()
    after = _hashes(world.paths.site)
    changed = {name for name in before if before[name] != after.get(name)}
    assert {name for name in changed if not name.startswith("pagefind/")} == {"glosario/index.html"}


@pytest.mark.slow
def test_broken_site_is_not_published(world: World) -> None:
    """A page that is gone but linked stops the publication with its name; the last good site stays as it was."""
    world.publish()
    before = _hashes(world.paths.site)
    (world.paths.docs / "metricas" / "Vacia.md").unlink()
    with pytest.raises(BrokenSite, match="metricas/Vacia/ leads nowhere"):
        world.publish()
    assert _hashes(world.paths.site) == before


@pytest.mark.slow
def test_banner_follows_the_source(world: World) -> None:
    """Simulated and replayed sites say so on every page; one from XM says nothing."""
    for source, words in (("simulated", "DATOS SIMULADOS"), ("replayed", "DATOS DE PRUEBA"), ("xm", None)):
        world.publish(dataclasses.replace(RUN, source=source))  # type: ignore[arg-type]
        pages = [p for n, p in files_below(world.paths.site).items() if n.endswith(".html")]
        assert pages
        for page in pages:
            text = page.read_text(encoding="utf-8")
            assert (words in text) if words else ("DATOS SIMULADOS" not in text and "DATOS DE PRUEBA" not in text)


@pytest.mark.slow
def test_a_removed_source_file_leaves_the_site(world: World) -> None:
    """A hand-written file that is deleted disappears from build/docs and from the site; rendered pages stay."""
    extra = world.paths.site_src / "img" / "extra.svg"
    extra.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    world.publish()
    assert (world.paths.site / "img" / "extra.svg").is_file()
    extra.unlink()
    report = world.publish()
    assert not (world.paths.site / "img" / "extra.svg").exists()
    assert report.removed == 1
    assert (world.paths.docs / "index.md").is_file()


@pytest.mark.slow
def test_mkdocs_refusal_is_told(world: World) -> None:
    """A Markdown link that leads nowhere stops the build with MkDocs' own words; the last good site stays."""
    world.publish()
    before = _hashes(world.paths.site)
    (world.paths.docs / "suelta.md").write_text("---\ntitle: X\n---\n# X\n\n[roto](no-existe.md)\n")
    with pytest.raises(PublishError, match=r"no-existe\.md"):
        world.publish()
    assert _hashes(world.paths.site) == before


@pytest.mark.slow
def test_unknown_slot_is_told(world: World) -> None:
    """A page that asks for a block nobody makes stops the build and is named."""
    page = world.paths.docs / "estado.md"
    page.write_text(page.read_text(encoding="utf-8").replace("<p>6", '<div data-slot="nada"></div><p>6'))
    with pytest.raises(PublishError, match=r"estado/index\.html.*'nada'"):
        world.publish()
