"""The SQL page in a real browser: right answers, own origin only, faults said in Spanish."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Opener, Watched
from tests.narrate.claim_queries import COLUMNS
from tests.site.tiny import World

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("world")]


def _open(watch: Opener, address: str) -> Watched:
    watched = watch(address + "consulta/")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    return watched


def _run(page: Page, sql: str, timeout: float = 30_000) -> str:
    """Type a query, run it by keyboard, return the final state."""
    page.fill("#sql-editor", sql)
    page.press("#sql-editor", "Control+Enter")
    page.locator("#sql-console:not([data-state=running])").wait_for(timeout=timeout)
    return str(page.locator("#sql-console").get_attribute("data-state"))


def _cells(page: Page) -> list[list[str]]:
    return [
        row.split("\t")
        for row in page.evaluate(
            "[...document.querySelectorAll('#sql-output tbody tr')]"
            ".map((tr) => [...tr.cells].map((td) => td.textContent).join('\\t'))"
        )
    ]


def _native(world: World, sql: str) -> list[tuple[object, ...]]:
    with world.connection() as con:
        return con.execute(sql).fetchall()


QUERIES = [
    'SELECT count(*)::INT AS n, round(sum(value), 3) AS s, min(ts) AS a, max(ts) AS b FROM "Gene"',
    "SELECT entity, code, round(avg(value), 4) AS v FROM \"Gene\" WHERE entity = 'Recurso' GROUP BY ALL ORDER BY code",
    'SELECT day, round(value, 2) AS v, hours, quality FROM "PrecBolsNaci_daily" ORDER BY day',
    'SELECT code, day, value FROM "VertEner_daily" ORDER BY code, day LIMIT 30',
    'SELECT g.ts, g.value, p.value FROM "Gene" g JOIN "PrecBolsNaci" p USING (ts) WHERE g.entity = \'Sistema\' '
    "ORDER BY ts LIMIT 48",
    'SELECT code, name FROM "ListadoRecursos" ORDER BY code',
]


def _text(value: object) -> str:
    if value is None:
        return "nulo"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    text = str(value)
    return text[:16] if len(text) == 19 and text[10] == " " else text


def test_answers_equal_native_duckdb(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """Counts, sums, times, joins, accents and lists equal native DuckDB on the same lake, cell by cell."""
    watched = _open(watch, tiny_address)
    for sql in QUERIES:
        assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
        found = _cells(watched.page)
        assert found == [[_text(value) for value in row] for row in _native(tiny_world, sql)]
    assert watched.outside == []
    assert watched.complaints == []


def test_engine_waits_for_a_click(tiny_address: str, watch: Opener) -> None:
    """Opening the page downloads no engine."""
    watched = _open(watch, tiny_address)
    assert not [url for url in watched.requests if "duckdb" in url]


def test_faults_are_said_in_spanish(tiny_address: str, watch: Opener) -> None:
    """A wrong query says what is wrong and leaves the page working."""
    watched = _open(watch, tiny_address)
    for sql, words in {
        "SELECT * FROM nada": "No existe la tabla nada",
        'SELECT precio FROM "Gene"': "No existe la columna",
        "SELECT 1 FRO x y": "error de sintaxis",
        "DROP VIEW x": "solo se consulta",
    }.items():
        assert _run(watched.page, sql) == "error"
        assert words in watched.page.locator("#sql-error").inner_text()
    assert _run(watched.page, "SELECT 1 AS uno") == "done"


OUTSIDE_CALLS = [
    "SELECT * FROM read_csv_auto('{}a.csv')",
    "SELECT * FROM read_parquet('{}a.parquet')",
    "SELECT * FROM '{}a.parquet'",
    "ATTACH '{}a.db' AS otra",
    "COPY (SELECT 1) TO '{}b.csv'",
    "WITH x AS (SELECT * FROM read_csv_auto('{}a.csv')) SELECT * FROM x",
    "SELECT 1; SELECT * FROM read_csv_auto('{}a.csv')",
    "INSTALL httpfs FROM '{}'",
    "LOAD '{}a.duckdb_extension'",
]


@contextmanager
def _listener() -> Iterator[tuple[str, list[str]]]:
    """A server on another origin that would answer anyone, and the requests it heard."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            self.send_header("Content-Length", "4")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(b"a\n1\n")

        do_HEAD = do_OPTIONS = do_PUT = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", heard
    server.shutdown()
    server.server_close()


def test_other_origins_are_refused(tiny_address: str, watch: Opener) -> None:
    """No statement makes the browser talk to another origin, even one that would welcome it."""
    watched = _open(watch, tiny_address)
    with _listener() as (other, heard):
        for call in OUTSIDE_CALLS:
            assert _run(watched.page, call.format(other)) == "error", call
        assert heard == []
        # The listener does hear a document without the policy, so silence above means refusal.
        bare = watch(tiny_address + "datos/README.txt")
        bare.page.evaluate(f"fetch('{other}a.csv').catch(() => undefined)")
        bare.page.wait_for_timeout(300)
        assert heard
    assert _run(watched.page, "SELECT 1 AS uno") == "done"


def test_comments_and_reading_statements_pass(tiny_address: str, watch: Opener) -> None:
    """A query may begin with comments or brackets, and statements that only read are welcome."""
    watched = _open(watch, tiny_address)
    for sql in (
        "-- uno\n/* dos */ (SELECT 1 AS a)",
        'FROM "VertEner" LIMIT 2',
        'DESCRIBE "VertEner"',
        'SUMMARIZE "VertEner"',
        "VALUES (1, 'a'), (2, 'b')",
    ):
        assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
        assert _cells(watched.page)


def test_long_query_is_stopped(tiny_address: str, watch: Opener) -> None:
    """A query without end is stopped within 12 s and the next one is answered by a new engine."""
    watched = _open(watch, tiny_address)
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b"
    assert _run(watched.page, endless, timeout=14_000) == "error"
    assert "se detuvo" in watched.page.locator("#sql-error").inner_text()
    assert _run(watched.page, "SELECT 2 AS dos") == "done"


def test_large_result_is_cut(tiny_address: str, watch: Opener) -> None:
    """Ten thousand rows at most, and the page says so."""
    watched = _open(watch, tiny_address)
    assert _run(watched.page, "SELECT range AS n FROM range(3000000)") == "done"
    assert "primeras 10.000 filas" in watched.page.locator("#sql-status").inner_text()
    assert len(_cells(watched.page)) == 500


def test_address_carries_the_query(tiny_address: str, watch: Opener) -> None:
    """A query in the address is shown and not run; a metric in it gives a ready query."""
    sql = 'SELECT "code" FROM "Gene" -- <b>ñ</b>'
    watched = watch(f"{tiny_address}consulta/#sql={quote(sql)}")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    assert watched.page.input_value("#sql-editor") == sql
    assert watched.page.locator("#sql-console").get_attribute("data-state") == "idle"
    other = watch(f"{tiny_address}consulta/#metrica=VertEner")
    other.page.locator("#sql-about:visible").wait_for()
    assert '"VertEner_daily"' in other.page.input_value("#sql-editor")


def test_data_is_text_and_csv_is_safe(tiny_address: str, watch: Opener, tmp_path: Path) -> None:
    """Markup in the data stays text, and a formula in it is neutralised in the download."""
    watched = _open(watch, tiny_address)
    sql = 'SELECT DISTINCT code, 1.5 AS x FROM "Gene" ORDER BY code'
    assert _run(watched.page, sql) == "done"
    assert watched.page.locator("#sql-output img").count() == 0
    assert any("<img" in row[0] for row in _cells(watched.page))
    with watched.page.expect_download() as download:
        watched.page.click("#sql-csv")
    path = tmp_path / "consulta.csv"
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row["code"] for row in csv.DictReader(stream)]
    assert {row[:2] for row in rows} == {"'=", "'-", "GU", "Si"}


def test_picker_finds_a_metric(tiny_address: str, watch: Opener) -> None:
    """Typing a word lists metrics; Enter writes a query for the first one that runs."""
    watched = _open(watch, tiny_address)
    watched.page.fill("#sql-pick", "vertimi")
    watched.page.locator("#sql-options button").first.wait_for()
    watched.page.press("#sql-pick", "Enter")
    assert _run(watched.page, watched.page.input_value("#sql-editor")) == "done"
    assert len(_cells(watched.page)) > 50


def test_large_files_are_read_by_ranges(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """Files too large to fetch whole are read by parts, with the same answers."""
    watched = watch(tiny_address, go=False)
    document = json.loads((tiny_world.paths.site / "datos" / "manifest.json").read_text())
    for part in document["parts"]:
        part["bytes"] += 40 * 2**20
    watched.page.route("**/datos/manifest.json", lambda route: route.fulfill(json=document))
    parts: list[str] = []
    watched.page.context.on("response", lambda r: parts.append(str(r.status)) if ".parquet" in r.url else None)
    watched.page.goto(tiny_address + "consulta/")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    for sql in QUERIES[:3]:
        assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
        assert _cells(watched.page) == [[_text(value) for value in row] for row in _native(tiny_world, sql)]
    assert "206" in parts
    assert watched.outside == []


@pytest.mark.parametrize("broken", ["assets/vendor/duckdb/duckdb-eh.wasm", "series/"])
def test_missing_files_are_explained(tiny_address: str, watch: Opener, broken: str) -> None:
    """A missing engine or data file gives a plain message, not a stuck page."""
    watched = _open(watch, tiny_address)
    watched.page.route(f"**/{broken}**", lambda route: route.fulfill(status=404))
    assert _run(watched.page, 'SELECT * FROM "Gene" LIMIT 1') == "error"
    assert "Recargue la página" in watched.page.locator("#sql-error").inner_text()


def test_the_queries_of_a_text_open_here(built_site: Path, address: str, watch: Opener) -> None:
    """From the audit of a text a link leads to its query; run, it gives the figure of the claim."""
    site = built_site
    told = json.loads((site / "datos" / "narrative" / "inicio.json").read_text(encoding="utf-8"))["claims"]
    figures = {claim["id"]: claim["figures"] for claim in told if claim["shown"]}
    watched = watch(address)
    page = watched.page
    page.locator("details.audit > summary").click()
    links = {
        row.locator("td").first.inner_text(): row.locator("a").get_attribute("href") or ""
        for row in page.locator("details.audit tbody tr").filter(has=page.locator("a")).all()
    }
    assert len(links) > 3
    for name, href in links.items():
        page.goto(address + href)
        page.locator("#sql-console[data-ready]").wait_for()
        page.click("#sql-run")
        page.locator("#sql-console:not([data-state=running]):not([data-state=idle])").wait_for(timeout=60_000)
        assert page.locator("#sql-console").get_attribute("data-state") == "done", page.locator(
            "#sql-error"
        ).inner_text()
        heads = page.locator("#sql-output th").all_inner_texts()
        row = dict(zip(heads, _cells(page)[0], strict=True))
        known = {COLUMNS[figure]: value for figure, value in figures[name].items() if figure in COLUMNS}
        assert known, name
        for column, value in known.items():
            assert float(row[column]) == pytest.approx(value, rel=1e-4, abs=1e-4), name
        page.goto("about:blank")  # the next address differs in its fragment alone
