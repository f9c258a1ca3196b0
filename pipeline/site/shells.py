"""From pages in Markdown to finished HTML: MkDocs makes an empty shell of each page, then title and body are pasted in.

Generated pages are one block of HTML below their front matter. Markdown has nothing to say about it and takes
seconds per megabyte to read it, so MkDocs gets an empty slot instead and the block is put there afterwards. A shell
knows nothing of the data: MkDocs runs again only when a page comes or goes, or when theme, configuration or a
hand-written page change.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path

import yaml

from pipeline.catalog.load import Catalog
from pipeline.core.errors import PublishError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings
from pipeline.site.csp import with_policy
from pipeline.site.search import build_index
from pipeline.site.tree import Content, files_below, fingerprint, is_done, sync, write_if_changed

REPOSITORY = ""  # the portal names its repository once it has a public one
CONFIG_NAME = "mkdocs.yml"
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_PAGE_LINK = re.compile(r'<a href="(?P<way>\.\./[^"#?:]*/)(?:#[^"]*)?">(?P<words>.*?)</a>')
_SLOT = re.compile(r'<(div|span) data-slot="([^"]+)"></\1>')
# The theme's own indentation; a shell that is only a slot holds no text of which lines matter.
_INDENT = re.compile(r"\s*\n\s*")
_URL = re.compile(r"\s*<url>.*?</url>", re.DOTALL)
#: What a shell says where its page's own title and description go.
HEAD = {"title": "PE-TITULO", "description": "PE-DESCRIPCION"}
_TIMEOUT = 300  # [s]
# Theme files that only the theme's own pages use; the portal's have its stylesheets alone.
_UNUSED = ("assets/javascripts/", "assets/_mkdocstrings.css", "sitemap.xml.gz")
_STYLES = ("main.*.min.css", "palette.*.min.css")

BANNERS = {
    "simulated": {
        "title": "DATOS SIMULADOS",
        "text": "Esta copia usa un simulador: ninguna cifra es real.",
    },
    "replayed": {
        "title": "DATOS DE PRUEBA",
        "text": "Copia histórica de XM: las cifras no son las de hoy.",
    },
}
SOURCES = {
    "simulated": "simulador del portal, con el formato de XM",
    "replayed": "XM S.A. E.S.P., copia histórica",
    "xm": "XM S.A. E.S.P., operador del Sistema Interconectado Nacional",
}
FOOTER_LINKS = (
    ("datos.md", "Descargar los datos"),
    ("estado.md", "Estado de los datos"),
    ("calidad.md", "Calidad de los datos"),
    ("metodologia.md", "Metodología"),
    ("acerca.md", "Acerca del portal"),
    ("accesibilidad.md", "Accesibilidad"),
)


#: Pages of the navigation behind the boards: on its first level, and in sections.
SECTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "": (
        ("¿Habrá racionamiento?", "estado-del-sistema.md"),
        ("Métricas", "metricas.md"),
    ),
    "Informes": (
        ("Informes para citar", "informes.md"),
        ("Récords", "records.md"),
        ("¿Qué cambió anoche?", "cambios.md"),
    ),
    "Pronósticos": (
        ("Los próximos días", "pronosticos.md"),
        ("Aciertos", "aciertos.md"),
    ),
    "Datos": (
        ("Plantas, ríos y agentes", "plantas.md"),
        ("Descargar los datos", "datos.md"),
        ("Explorador", "explorar.md"),
        ("Consulta SQL", "consulta.md"),
        ("Verificador", "verificador.md"),
        ("Estado de cada serie", "estado.md"),
        ("Calidad de los datos", "calidad.md"),
        ("Modelo de datos", "modelo-de-datos.md"),
    ),
    "Acerca": (
        ("Acerca del portal", "acerca.md"),
        ("Si usaba el sistema anterior", "sistema-anterior.md"),
        ("Metodología", "metodologia.md"),
        ("Arquitectura", "arquitectura.md"),
        ("Glosario", "glosario.md"),
        ("Operar el portal", "operar.md"),
    ),
}


@dataclass(frozen=True)
class Slots:
    """Bodies and heads taken out of the pages, by slot name, and the pages MkDocs reads instead.

    Pages that say so in their front matter (`shell`) and lie equally deep wear one shell: `twins` names, for each but
    the first of them, that first one. So a page more each night is none for MkDocs.
    """

    pages: dict[str, bytes]
    bodies: dict[str, str]
    heads: dict[str, dict[str, str]]
    twins: dict[str, str]


def page_of(pages: Collection[str], name: str) -> str | None:
    """Return the path of page `name` (`datos.md` or `datos/index.md`) among `pages`, or None when there is none."""
    folder = name.removesuffix(".md") + "/index.md"
    return next((path for path in (name, folder) if path in pages), None)


def address_of(page: str) -> str:
    """Return the address of a page file, relative to the home page (`datos.md` → `datos/`)."""
    stem = page.removesuffix(".md").removesuffix("index").rstrip("/")
    return f"{stem}/" if stem else "./"


def navigation(pages: Collection[str], catalog: Catalog) -> list[dict[str, object]]:
    """Return MkDocs' `nav`: only pages that exist, so that a page that failed does not stop the site."""

    def found(*entries: tuple[str, str]) -> list[dict[str, object]]:
        return [{label: page} for label, name in entries if (page := page_of(pages, name))]

    sections: list[dict[str, object]] = [{title: found(*entries)} for title, entries in SECTIONS.items() if title]
    plan: list[dict[str, object]] = [
        *found(("Inicio", "index.md")),
        {"Tableros": found(*((board.title, f"tableros/{board.slug}.md") for board in catalog.boards.values()))},
        *found(*SECTIONS[""]),
        *sections,
    ]
    return [entry for entry in plan if all(entry.values())]


def theme_styles() -> list[str]:
    """Return the addresses of the theme's stylesheets, which bear their hashes.

    Raises:
        PublishError: The theme is not installed, or has them elsewhere.
    """
    spec = find_spec("material")
    root = Path(next(iter((spec and spec.submodule_search_locations) or ()), "")) / "templates"
    found = [sorted(root.glob(f"assets/stylesheets/{name}")) for name in _STYLES]
    if not all(found):
        lacking = " or ".join(_STYLES)
        raise PublishError(f"The theme has no {lacking}", hint="install the locked requirements with ./inv")
    return [path.relative_to(root).as_posix() for paths in found for path in paths]


def config_text(
    pages: Collection[str], paths: Paths, settings: Settings, catalog: Catalog, run: RunInfo, work: Path
) -> str:
    """Return the generated MkDocs configuration, which inherits the root file."""
    links = [
        {"title": title, "url": address_of(page)} for name, title in FOOTER_LINKS if (page := page_of(pages, name))
    ]
    site_url = settings.site_url.rstrip("/") + "/" if settings.site_url else ""
    config: dict[str, object] = {
        "INHERIT": os.path.relpath(paths.root / CONFIG_NAME, work),
        "site_url": site_url,
        "docs_dir": str(work / "docs"),
        "site_dir": str(work / "shell"),
        "theme": {"custom_dir": str(paths.templates / "theme")},
        "nav": navigation(pages, catalog),
        "extra": {
            "portal": {
                "source": run.source,
                "source_text": SOURCES[run.source],
                "banner": BANNERS.get(run.source),
                "links": links,
                "stylesheets": theme_styles(),
            }
        },
    }
    if REPOSITORY:
        config["repo_url"] = REPOSITORY
    text: str = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    return text


def build_pages(
    paths: Paths, settings: Settings, catalog: Catalog, run: RunInfo, bodies: Mapping[str, str], work: Path
) -> dict[str, Content]:
    """Return the finished pages, the files they own and the search index, by address.

    Shells, pages and index are made again only where what they are made of changed.

    Args:
        paths: Where the rendered pages (`build/docs`), the hand-written ones, and the theme lie.
        settings: The site's address.
        catalog: The boards, for the navigation.
        run: Identity of the run, printed on every page.
        bodies: Named blocks that pages ask for.
        work: Folder kept between runs.

    Raises:
        PublishError: MkDocs refused, or a page asks for a block nobody made.
    """
    written = {name: path for name, path in files_below(paths.site_src).items() if not name.startswith(("js/", "css/"))}
    docs = files_below(paths.docs) | written
    config = config_text(docs, paths, settings, catalog, run, work)
    slots = take_bodies(docs, bodies, written)
    theme = {f"theme/{name}": path for name, path in files_below(paths.templates / "theme").items()}
    inputs: dict[str, Content] = {"config": config.encode(), CONFIG_NAME: paths.root / CONFIG_NAME, **theme}
    key, mark = fingerprint(inputs | slots.pages), work / "shell.key"
    if not is_done(mark, key) or not (work / "shell" / "index.html").is_file():
        write_if_changed(work / CONFIG_NAME, config.encode())
        sync(work / "docs", slots.pages)
        build_shells(work)
        write_if_changed(mark, key.encode())
    made = sync(work / "html", finished(work / "shell", slots))
    if made.written or made.removed or not (work / "pagefind" / "pagefind.js").is_file():
        build_index(work / "html", work / "pagefind")
    owned = {name: path for name, path in docs.items() if not name.endswith(".md")}
    index = {f"pagefind/{name}": path for name, path in files_below(work / "pagefind").items()}
    return {**owned, **files_below(work / "html"), **index}


def front_matter(text: str) -> tuple[dict[str, object], str]:
    """Return what a page says of itself above its body, and the body."""
    head = _FRONT_MATTER.match(text)
    return (yaml.safe_load(head.group(1)) or {}, text[head.end() :].strip()) if head else ({}, text.strip())


def take_bodies(docs: Mapping[str, Path], extra: Mapping[str, str], written: Collection[str] = ()) -> Slots:
    """Split every page into what MkDocs reads and the HTML that is pasted afterwards.

    Args:
        docs: Every file of the pages, by its path.
        extra: Named blocks that hand-written pages ask for with `<div data-slot="name"></div>`.
        written: Which of them are hand-written: what they say of a page that this portal has not stays without a link.
    """
    pages: dict[str, bytes] = {}
    bodies, heads, twins = dict(extra), {}, {}
    first: dict[tuple[object, int], str] = {}
    for name, path in docs.items():
        if not name.endswith(".md"):
            continue
        text = path.read_text(encoding="utf-8")
        text = _known_links(text, name, docs) if name in written else text
        front, body = front_matter(text)
        if body.startswith("<"):
            bodies[name] = body
            heads[name] = {field: str(front[field]) for field in HEAD if field in front}
            shell = front.pop("shell", None)
            worn = first.setdefault((shell, name.count("/")), name) if shell else name
            if worn != name:
                twins[name] = worn
                continue
            front |= {field: HEAD[field] for field in heads[name]}
            text = f'---\n{yaml.safe_dump(front, allow_unicode=True)}---\n\n<div data-slot="{name}"></div>\n'
        pages[name] = text.encode()
    return Slots(pages=pages, bodies=bodies, heads=heads, twins=twins)


def _known_links(text: str, name: str, pages: Collection[str]) -> str:
    """Return a page whose links to pages that are not there (a board that failed, a list without data) are words."""

    def kept(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(address_of(name), link["way"]))
        return link[0] if target == "." or page_of(pages, f"{target}.md") else link["words"]

    return _PAGE_LINK.sub(kept, text)


def build_shells(work: Path) -> None:
    """Run MkDocs on `work/docs` into `work/shell`.

    Args:
        work: Folder with `mkdocs.yml` and `docs/`.

    Raises:
        PublishError: MkDocs refused, in its own words.
    """
    shutil.rmtree(work / "shell", ignore_errors=True)
    environment = {
        **os.environ,  # noqa: TID251 (passed on as it is; nothing is read from it here)
        "NO_MKDOCS_2_WARNING": "1",
        "SOURCE_DATE_EPOCH": "0",  # no clock enters a page
        "PYTHONHASHSEED": "0",
    }
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", CONFIG_NAME]
    try:
        done = subprocess.run(
            command, cwd=work, env=environment, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise PublishError(f"MkDocs took longer than {_TIMEOUT} s", hint="look for a page of many megabytes") from error
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        said = [line for line in lines if line.strip() and not line.startswith("INFO")]
        raise PublishError(
            "MkDocs could not build the pages: " + " | ".join(said[-12:]),
            hint="mend the page or template it names",
            exit=done.returncode,
        )


def finished(shells: Path, slots: Slots) -> dict[str, bytes]:
    """Return the finished pages and what the theme brings: bodies pasted, what no page uses dropped, policies given.

    Raises:
        PublishError: A page asks for a block nobody made.
    """
    tree: dict[str, bytes] = {}
    for name, path in files_below(shells).items():
        if name.startswith(_UNUSED) or name.endswith(".map"):
            continue
        content = path.read_bytes()
        if name.endswith(".html"):
            content = with_policy(_paste(content.decode(), slots, name)).encode()
        tree[name] = _with_twins(content.decode(), slots.twins).encode() if name == "sitemap.xml" else content
    for page, worn in slots.twins.items():
        name = f"{address_of(page)}index.html"
        text = (shells / address_of(worn) / "index.html").read_text(encoding="utf-8")
        text = text.replace(f'data-slot="{worn}"', f'data-slot="{page}"').replace(address_of(worn), address_of(page))
        tree[name] = with_policy(_paste(text, slots, name)).encode()
    return tree


def _with_twins(sitemap: str, twins: Mapping[str, str]) -> str:
    """Return the map of the site with the pages that wear the shell of another beside it."""
    entries = {
        worn: next((e for e in _URL.findall(sitemap) if f"/{address_of(worn)}<" in e), "") for worn in twins.values()
    }
    more = "".join(entries[worn].replace(address_of(worn), address_of(page)) for page, worn in twins.items())
    return sitemap.replace("</urlset>", f"{more}</urlset>")


def _paste(text: str, slots: Slots, page: str) -> str:
    """Return a shell with its head and every slot filled; a pasted body may hold a slot of its own."""

    def body(match: re.Match[str]) -> str:
        name = match.group(2)
        if name not in slots.bodies:
            raise PublishError(
                f"Page {page} asks for the block {name!r}, which nobody made",
                hint="check the data-slot in site_src",
            )
        return _SLOT.sub(body, slots.bodies[name])

    own = next((m.group(2) for m in _SLOT.finditer(text) if m.group(2) in slots.heads), "")
    text = _INDENT.sub("\n", text) if own else text
    for field, value in slots.heads.get(own, {}).items():
        text = text.replace(HEAD[field], escape(value))
    return _SLOT.sub(body, text)
