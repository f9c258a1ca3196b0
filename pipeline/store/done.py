"""What was done with which inputs, kept in `build/state.json`: unchanged inputs, and nothing is done again."""

from __future__ import annotations

import hashlib
import json

from pipeline.core.paths import PACKAGE, ROOT, Paths
from pipeline.store.atomic import write_json

_STATE = "state.json"


def is_done(paths: Paths, what: str, key: str) -> bool:
    """Say whether something was last done with the inputs of this key."""
    return read_state(paths).get(what) == key


def remember(paths: Paths, what: str, key: str) -> None:
    """Note that something was done with the inputs of this key."""
    write_json(paths.build / _STATE, {**read_state(paths), what: key})


def read_state(paths: Paths) -> dict[str, str]:
    """Return the key of what was done; a damaged memory is none, and the work is done again."""
    try:
        state = json.loads((paths.build / _STATE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def key_of_inputs(*inputs: object) -> str:
    """Return one key of all that something is made from, by their texts."""
    return hashlib.sha256("\0".join(str(one) for one in inputs).encode()).hexdigest()


def code_of(room: str = "") -> str:
    """Return a hash of the code of a room of the package, or of all code and templates."""
    roots = [PACKAGE / room] if room else [PACKAGE, ROOT / "templates", ROOT / "site_src"]
    digest = hashlib.sha256()
    for path in sorted(p for root in roots for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("mkdocs.yml", "package-lock.json") if not room else ():
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()
