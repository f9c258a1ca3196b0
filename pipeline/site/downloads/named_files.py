"""Small files of the API with the newest day of everything that has a name, one a kind: pages change once a month."""

from __future__ import annotations

import duckdb

_KINDS = "SELECT kind, folder FROM named_kind ORDER BY folder"
_LATEST = (
    "SELECT slug, name, code, title, unit, day, round(value, 4), round(pct, 2) FROM named_latest WHERE kind = ? "
    "ORDER BY slug, ordinal"
)


def named_documents(con: duckdb.DuckDBPyConnection) -> dict[str, dict[str, object]]:
    """Return a document a kind: address → name, code, and the newest value of each measure that may be quoted."""
    documents: dict[str, dict[str, object]] = {}
    for kind, folder in con.execute(_KINDS).fetchall():
        found: dict[str, dict[str, object]] = {}
        for slug, name, code, title, unit, day, value, pct in con.execute(_LATEST, [kind]).fetchall():
            own = found.setdefault(slug, {"nombre": name, "codigo": code, "ultimo": []})
            told = {"medida": title, "unidad": unit, "fecha": day.isoformat(), "valor": value}
            last = own["ultimo"]
            if isinstance(last, list):
                last.append(told if pct is None else {**told, "porcentaje": pct})
        documents[folder] = {"pagina": f"../../{folder}/", folder: found}
    return documents
