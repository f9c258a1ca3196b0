"""The page policy (Content-Security-Policy) of each page, as a meta element made from the HTML.

Static hosts such as GitHub Pages send no headers of ours, so the policy travels in the page and must come
before anything it governs. Blob workers inherit it, same-origin workers do not (measured; see sql.js).
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

_INLINE_SCRIPT = re.compile(r"<script(?P<attrs>[^>]*)>(?P<body>.*?)</script>", re.DOTALL | re.IGNORECASE)
_INLINE_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_STYLE_ATTRIBUTE = re.compile(r"<[a-zA-Z][^<>]*?\sstyle=\"([^\"]*)\"")
_POLICY = re.compile(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>\n?")
_HEAD = "<head>"
# What Plotly writes as style: an empty element, which it fills through the object model, and bold or italic labels.
_PLOTLY_STYLES = ("", "font-weight:bold", "font-style:italic")
_NOT_RUN = re.compile(r"\b(?:src=|type=\"?application/(?:ld\+)?json)", re.IGNORECASE)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def inline_scripts(html: str) -> list[str]:
    """Return the bodies of scripts that the browser would run from the page itself."""
    found = _INLINE_SCRIPT.finditer(html)
    return [m["body"] for m in found if m["body"].strip() and not _NOT_RUN.search(m["attrs"])]


def policy(html: str) -> str:
    """Return the policy for one page: own origin only, and by hash what is written in the page.

    Style attributes need `unsafe-hashes`, which allows exactly the hashed declarations and nothing else.
    """
    scripts = sorted({_hash(body) for body in inline_scripts(html)})
    written = [*_INLINE_STYLE.findall(html), *map(unescape, _STYLE_ATTRIBUTE.findall(html))]
    styles = sorted({_hash(text) for text in (*_PLOTLY_STYLES, *written)})
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'", *scripts],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'", "blob:"],  # the engine's own bytes, which the page has fetched and checked
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'", "'unsafe-hashes'", *styles],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "object-src": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def with_policy(html: str) -> str:
    """Return the page with its policy as the first element of the head (an older one is replaced)."""
    bare = _POLICY.sub("", html)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(bare)}">'
    return bare.replace(_HEAD, f"{_HEAD}\n{meta}", 1)
