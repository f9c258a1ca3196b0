"""No key may be published: those of the settings, and whatever has the shape of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.core.errors import BrokenSite
from pipeline.site.tree import Tree

_TEXTS = {"html", "json", "jsonld", "csv", "md", "txt", "xml", "js", "py", "R", "sql", "svg", "ics", "yml"}
_BUNDLED = "assets/vendor/"  # code of others, from packages pinned by hash
#: Shapes of keys by the letters they begin with, which most files do not hold: only then is the rest looked at.
_SHAPES = {
    start: re.compile(re.escape(start) + rest)
    for start, rest in {
        b"gsk_": rb"\w{20,}",
        b"sk-": rb"(?:or-|proj-|ant-)?[A-Za-z0-9_]{24,}",
        b"ghp_": rb"\w{30,}",
        b"github_pat_": rb"\w{30,}",
        b"AKIA": rb"[A-Z0-9]{16}\b",
        b"Bearer ": rb"[\w.~+/-]{20,}",
        b"://": rb"[^\s/:@\"'<>]+:[^\s/:@\"'<>]{3,}@",
        b"-----BEGIN ": rb"[A-Z ]*PRIVATE KEY-----",
    }.items()
}
_SHORTEST = 6
"""Characters below which a secret is a word that texts may hold."""


def leaks(files: Tree, secrets: Iterable[str] = ()) -> Iterator[str]:
    """Yield each file that holds a secret of the settings or what looks like one; the secret itself is never told."""
    known = [secret.encode() for secret in secrets if len(secret) >= _SHORTEST]
    for name, content in files.items():
        if name.rpartition(".")[2] not in _TEXTS or name.startswith(_BUNDLED):
            continue
        data = content if isinstance(content, bytes) else content.read_bytes()
        shaped = (shape.search(data) for start, shape in _SHAPES.items() if start in data)
        if any(secret in data for secret in known):
            yield f"{name}: holds a secret of the settings"
        elif found := next(filter(None, shaped), None):
            yield f"{name}: holds what looks like a key, at byte {found.start()}"


def check_no_leaks(files: Tree, secrets: Iterable[str] = ()) -> None:
    """Stop a site that would publish a key.

    Raises:
        BrokenSite: Every file that holds one.
    """
    if found := list(leaks(files, secrets)):
        raise BrokenSite(
            "A key would be published:\n" + "\n".join(f"  · {fault}" for fault in found),
            hint="change the key now, then find how it came into the data, a page or a template",
        )
