"""From a template and its values to a Markdown file that MkDocs only wraps: front matter and raw HTML."""

from __future__ import annotations

import json
import re

from pipeline.site.context import Assets, Page, SiteContext, prefix_of
from pipeline.site.terms import linked_terms

_BLANK = re.compile(r"\n\s*\n+")
_HINTED = re.compile(r'<abbr title="[^"]*">([^<]*)</abbr>')
_DESCRIPTION = 160
#: What is frozen or stands in other people's pages has no way to the glossary; the glossary needs none.
_ALONE = frozenset({"archived", "embed", "glossary"})


def make_page(
    site: SiteContext,
    path: str,
    template: str,
    title: str,
    description: str,
    values: dict[str, object],
    assets: Assets | None = None,
    head: dict[str, object] | None = None,
    kind: str = "",
) -> Page:
    """Render a template of ``templates/pages`` into a page.

    Args:
        site: Shared context.
        path: Markdown file under build/docs; its address follows from it.
        template: Template name without suffix.
        title: Title of the browser tab and of search results.
        description: One sentence for search engines and shared links.
        values: What the template shows.
        assets: Files that belong to the page.
        head: More front matter.
        kind: CSS class of the page, by default the name of its template.
    """
    html = site.env.get_template(f"pages/{template}.html").render(
        up=prefix_of(path),
        path=path,
        kind=kind or template,
        source=source_words(site),
        **values,
    )
    body = tidy_html(html)
    if template not in _ALONE:
        body = linked_terms(body, site.catalog.glossary, prefix_of(path))
    fields = {"title": title, "description": _shorten(description), "hide": ["navigation", "toc"]} | (head or {})
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
    return Page(path, f"---\n{front}---\n\n{body}\n", assets or {})


def tidy_html(html: str) -> str:
    """Return HTML without blank lines, which Markdown would take for the end of a block.

    A word that is explained on hover, such as the state of each row of a table, has its explanation once: the browser
    gives it to the others (`site_src/js/portal.js`), and a night writes a tenth of a megabyte less.
    """
    told = set[str]()

    def once(found: re.Match[str]) -> str:
        first = found[0] not in told
        told.add(found[0])
        return found[0] if first else f"<abbr>{found[1]}</abbr>"

    return _HINTED.sub(once, _BLANK.sub("\n", html)).strip()


def source_words(site: SiteContext) -> str:
    """Return whose data a page shows; a simulated or replayed build never passes for XM's own."""
    if site.run.source == "simulated":
        return "simulador del portal, con el formato de XM"
    source = site.catalog.sources.get("xm")
    publisher = source.publisher.split(",")[0] if source else "XM"
    return f"{publisher}, copia histórica" if site.run.source == "replayed" else publisher


def _shorten(text: str) -> str:
    """Return at most one search-result line, cut at a word."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _DESCRIPTION else flat[:_DESCRIPTION].rsplit(" ", 1)[0].rstrip(",;:") + "…"
