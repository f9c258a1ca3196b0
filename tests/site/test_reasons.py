"""No page tells English: whatever ingest left as a reason goes through the one place that has words for it."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core import spanish
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.site.rendering import render_site
from pipeline.store.lake import Manifest
from tests.site.conftest import add_registers, with_pages

RAW = (
    "the deadline of the run has passed", "the source is down", "source_down connect: refused", "http_503",
    "frozen: unit changed", "not_asked", "ParseError: no items", "timeout: no whole answer in 120 s",
)  # fmt: skip
WORDS = "motivo en palabras de un ministerio"


@pytest.mark.parametrize("code", RAW)
def test_a_reason_reaches_a_page_in_words_only(
    con: duckdb.DuckDBPyConnection,
    small: Catalog,
    paths: Paths,
    run: RunInfo,
    monkeypatch: pytest.MonkeyPatch,
    code: str,
) -> None:
    """As the reason of a series, of a gap and of its state, a code is never printed; its words are."""
    monkeypatch.setattr(spanish, "reason", lambda found: WORDS if found else "")
    add_registers(con, small)
    con.execute("UPDATE series_status SET state = 'failed', reason = ? WHERE rows = 0", [code])
    con.execute(
        "INSERT INTO gap SELECT 'DemaSIN' AS metric, 'Sistema' AS entity, DATE '2026-11-01' AS start, "
        "DATE '2026-11-02' AS \"end\", ? AS reason, ? AS state",
        [code, code],
    )
    con.execute("INSERT INTO quarantine VALUES ('DemaSIN', 'Sistema', ?)", [code])
    con.execute(
        "INSERT INTO catalog_drift SELECT ? AS kind, 'DemaSIN' AS metric, 'Sistema' AS entity, ? AS field, "
        "'a' AS was, 'b' AS now, DATE '2026-11-22' AS first_seen, DATE '2026-11-22' AS last_seen",
        [code, code],
    )
    con.execute("INSERT INTO source_state VALUES ('xm', 2, 1, NULL, ?, DATE '2026-11-22', '')", [code])
    small = with_pages(small)
    report = render_site(con, small, paths, run, Manifest(1, None, ""))
    assert report.failed == {}
    texts = {p.relative_to(paths.docs).as_posix(): p.read_text(encoding="utf-8") for p in paths.docs.rglob("*.md")}
    assert not [name for name, text in texts.items() if code in text or code.split(":", maxsplit=1)[0] in text]
    for name in ("estado.md", "calidad.md", "metricas/VertEner.md", "tableros/demanda.md"):
        assert WORDS in texts[name], name
