"""Shells: what pages share, and what they take of the theme."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from pipeline.core.paths import ROOT
from pipeline.site.shells import CONFIG_NAME, build_shells, finished, take_bodies, theme_styles
from pipeline.site.tree import files_below, write_if_changed

SITE = "https://portal.example.org/energia/"


def page(folder: Path, name: str, *, shared: bool = True) -> Path:
    """Write a rendered page."""
    path = folder / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    shell = 'shell: "report"\n' if shared else ""
    path.write_text(f'---\ntitle: "T {name}"\ndescription: "D {name}"\n{shell}---\n\n<p>{name}</p>\n', encoding="utf-8")
    return path


def test_pages_of_one_depth_wear_one_shell(tmp_path: Path) -> None:
    """Each has its own title, body and address, in the page and in the map of the site; depth parts them."""
    names = ["informes/2026/10", "informes/2026/10/01", "informes/2026/10/02", "informes/2026/11", "otra"]
    docs = {f"{name}.md": page(tmp_path / "docs", name, shared=name != "otra") for name in names}
    slots = take_bodies(dict(sorted(docs.items())), {})
    assert set(slots.pages) == {"informes/2026/10.md", "informes/2026/10/01.md", "otra.md"}
    shells, entries = tmp_path / "shell", []
    for name in ("informes/2026/10", "informes/2026/10/01", "otra"):
        path = shells / name / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f'<html><head><title>PE-TITULO</title><meta content="PE-DESCRIPCION"><link rel="canonical" '
            f'href="{SITE}{name}/"></head><body><div data-slot="{name}.md"></div></body></html>',
            encoding="utf-8",
        )
        entries.append(f"<url>\n<loc>{SITE}{name}/</loc>\n</url>")
    (shells / "sitemap.xml").write_text("<urlset>\n" + "\n".join(entries) + "\n</urlset>", encoding="utf-8")
    tree = finished(shells, slots)
    for name in names:
        html = tree[f"{name}/index.html"].decode()
        for words in (f"<title>T {name}</title>", f'content="D {name}"', f'href="{SITE}{name}/"', f"<p>{name}</p>"):
            assert words in html, (name, words)
        assert "data-slot" not in html
        assert tree["sitemap.xml"].decode().count(f"<loc>{SITE}{name}/</loc>") == 1


def test_a_link_to_a_page_that_is_not_there_is_words(tmp_path: Path) -> None:
    """A hand-written page may name a board that this portal has not; a page that was rendered is left as it is."""
    page = tmp_path / "a.md"
    page.write_text(
        '# A\n\n<a href="../">Inicio</a>, <a href="../tableros/x/">X</a>, <a href="../tableros/no/">No</a>, '
        '<a href="../rios/#magdalena">ríos</a>, <a href="../api/v1/x.json">API</a>'
    )
    docs = {"a.md": page, "tableros/x.md": page, "rios/index.md": page}
    told = take_bodies(docs, {}, {"a.md"}).pages["a.md"].decode()
    assert '<a href="../">' in told and '<a href="../tableros/x/">X</a>' in told
    assert ', No, <a href="../rios/#magdalena">ríos</a>, <a href="../api/v1/x.json">API</a>' in told
    assert '<a href="../tableros/no/">No</a>' in take_bodies(docs, {}).pages["a.md"].decode()


def test_pages_take_nothing_of_the_theme_but_its_stylesheets(tmp_path: Path) -> None:
    """MkDocs without any theme makes the same pages from our own templates: another theme can take its place."""
    table = "| a | b |\n|---|---|\n| 1 | 2 |\n"
    pages = {"index.md": "# Inicio\n\nTexto.\n", "datos.md": f'---\ntitle: "Datos"\n---\n\n## Uno\n\n{table}'}
    portal = {"source": "xm", "source_text": "XM", "banner": None, "links": [], "stylesheets": theme_styles()}
    made = {}
    for name in ("material", None):
        work = tmp_path / str(name)
        for path, text in pages.items():
            write_if_changed(work / "docs" / path, text.encode())
        root = yaml.safe_load((ROOT / CONFIG_NAME).read_text(encoding="utf-8"))
        theme = {"name": name, "custom_dir": str(ROOT / "templates" / "theme"), "static_templates": ["404.html"]}
        config = root | {"theme": theme, "docs_dir": str(work / "docs"), "site_dir": str(work / "shell")}
        config |= {"nav": [{"Inicio": "index.md"}, {"Datos": "datos.md"}], "extra": {"portal": portal}}
        write_if_changed(work / CONFIG_NAME, yaml.safe_dump(config).encode())
        build_shells(work)
        built = files_below(work / "shell").items()
        made[name] = {path: text.read_bytes() for path, text in built if path.endswith(".html")}
    assert {"index.html", "datos/index.html", "404.html"} <= made[None].keys()
    assert made["material"] == made[None]
    # What the style sheets of the theme, and ours over them, ask of every page.
    style = f"{(ROOT / 'site_src/css/theme.css').read_text()}{(ROOT / 'site_src/css/explorer.css').read_text()}"
    body = re.search(rb"<body[^>]*>", made[None]["index.html"])
    assert "[dir]" in style and body
    assert b' dir="ltr"' in body[0] and b" data-md-color-scheme=" in body[0]
