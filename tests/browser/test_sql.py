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
from playwright.sync_api import Page, Route, expect

from pipeline.site.downloads.claims_file import FIGURES
from pipeline.store import warehouse
from tests.browser.conftest import Opener, Watched
from tests.site.tiny import World
from tests.world import SmallWorld

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def _open(watch: Opener, address: str) -> Watched:
    watched = watch(address + "consulta/")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    return watched


def _type(page: Page, sql: str) -> None:
    """Put a query in the place of what stands in the editor, as a paste does."""
    page.locator("#sql-code").focus()
    page.keyboard.press("Control+A")
    page.locator("#sql-code").evaluate(
        "(code, text) => { const data = new DataTransfer(); data.setData('text/plain', text); "
        "code.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }",
        sql,
    )


def _run(page: Page, sql: str, timeout: float = 30_000) -> str:
    """Type a query, run it by keyboard, return the final state."""
    _type(page, sql)
    page.press("#sql-code", "Control+Enter")
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


def _file(page: Page, kind: str) -> list[list[str]]:
    """Return the rows of the file of all rows of the last result."""
    with page.expect_download() as download:
        page.click(f'#sql-files [data-kind="{kind}"]')
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream, delimiter="," if kind == "csv" else ";"))


def _native(world: World | SmallWorld, sql: str) -> list[list[str]]:
    """Return what DuckDB itself writes for every cell of a query."""
    with world.connection() if isinstance(world, World) else warehouse.connect(world.paths.warehouse) as con:
        names = [f"c{i}" for i, _ in enumerate(con.execute(sql).description)]
        texts = ", ".join(f"coalesce({name}::VARCHAR, 'nulo')" for name in names)
        found = con.execute(f"SELECT {texts} FROM ({sql}) AS t({', '.join(names)})").fetchall()
        return [list(row) for row in found]


def _query(page: Page) -> str:
    """Return what stands in the editor."""
    return "\n".join(page.locator("#sql-code .cm-line").all_text_contents())


QUERIES = [
    'SELECT count(*)::INT AS n, round(sum(value), 3) AS s, min(ts) AS a, max(ts) AS b FROM "Gene"',
    "SELECT entity, code, round(avg(value), 4) AS v FROM \"Gene\" WHERE entity = 'Recurso' GROUP BY ALL ORDER BY code",
    'SELECT day, round(value, 2) AS v, hours, quality FROM "PrecBolsNaci_daily" ORDER BY day',
    'SELECT code, day, value FROM "VertEner_daily" ORDER BY code, day LIMIT 30',
    'SELECT g.ts, g.value, p.value FROM "Gene" g JOIN "PrecBolsNaci" p USING (ts) WHERE g.entity = \'Sistema\' '
    "ORDER BY ts LIMIT 48",
    'SELECT code, name FROM "ListadoRecursos" ORDER BY code',
    "SELECT max(ts) - min(ts) AS span, min(ts)::TIME AS hour, date_trunc('month', max(ts))::DATE AS m FROM \"Gene\"",
]
#: One value of each type that DuckDB has, as an expression.
VALUES = {
    "BOOLEAN": "true", "TINYINT": "(-7)::TINYINT", "UBIGINT": "18446744073709551615::UBIGINT",
    "HUGEINT": "170141183460469231731687303715884105727::HUGEINT", "DOUBLE": "0.1::DOUBLE + 0.2::DOUBLE",
    "large DOUBLE": "1e20::DOUBLE", "not a number": "'nan'::DOUBLE", "FLOAT": "12345.678::FLOAT",
    "DECIMAL": "0.005::DECIMAL(5,3)", "negative DECIMAL": "(-12.50)::DECIMAL(9,2)", "VARCHAR": "'ñ <b>'",
    "DATE": "DATE '2026-11-05'", "old DATE": "DATE '0044-03-15'", "TIME": "TIME '23:00:00'",
    "TIMESTAMP": "TIMESTAMP '2026-11-05 06:00:00.25'", "INTERVAL": "INTERVAL '1 month 3 days 25 hours'",
    "days": "DATE '2026-11-05' - DATE '2026-10-01'", "LIST": "[0.5, 1.25, NULL]", "list of days": "[DATE '2026-01-01']",
    "STRUCT": "{'max': 100.25, 'b': [1, 2]}", "MAP": "map([1, 2], ['a', 'b'])", "BLOB": "'\\xAA\\x00'::BLOB",
    "UUID": "'eeccb8c5-9943-b2bb-bb5e-222f4e14b687'::UUID", "NULL": "NULL", "empty": "''",
}  # fmt: skip


def test_a_result_is_drawn_by_keyboard(address: str, watch: Opener) -> None:
    """What draws comes when it is asked for; arrows tell the values; a result that has no drawing says why."""
    watched = _open(watch, address)
    page = watched.page
    assert _run(page, "SELECT fecha, serie, valor FROM titulares WHERE serie IN ('demand', 'generation')") == "done"
    assert not [asked for asked in watched.requests if "js/grafico.js" in asked]
    page.locator("#sql-chart").focus()
    page.keyboard.press("Enter")
    page.locator("#sql-plot svg").wait_for()
    assert sorted(page.locator("#sql-plot svg").get_attribute("aria-label") or "") == sorted("demand, generation")
    page.locator("#sql-plot .ex-plot").focus()
    page.keyboard.press("End")
    last = max(row[0] for row in _cells(page))
    assert int(last[8:]) == int(page.locator(".ex-tip b").inner_text().split()[0])
    with page.expect_download() as waiting:
        page.locator("#sql-plot").get_by_role("button", name="SVG").click()
    assert Path(waiting.value.path()).read_text(encoding="utf-8").startswith("<svg")
    assert _run(page, "SELECT 'Guavio' AS planta, 5 AS valor UNION ALL SELECT 'Chivor', 4") == "done"
    page.locator("#sql-plot text", has_text="Guavio").wait_for()
    assert _run(page, "SELECT 'Guavio' AS planta UNION ALL SELECT 'Chivor'") == "done"
    expect(page.locator("#sql-plot .pe-notice")).to_contain_text("columna")
    assert watched.complaints == []
    assert watched.outside == []


def test_answers_equal_native_duckdb(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """Counts, sums, times, joins, accents and lists equal native DuckDB on the same lake, cell by cell."""
    watched = _open(watch, tiny_address)
    for sql in QUERIES:
        assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
        assert _cells(watched.page) == _native(tiny_world, sql)
    assert watched.outside == []
    assert watched.complaints == []


def test_every_type_is_written_as_duckdb_writes_it(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """Intervals, times, lists, structures and the rest: on the page and in the file the words of DuckDB itself."""
    watched = _open(watch, tiny_address)
    sql = "SELECT " + ", ".join(f'{value} AS "{name}"' for name, value in VALUES.items())
    assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
    native = _native(tiny_world, sql)
    assert _cells(watched.page) == native
    (head, row) = _file(watched.page, "csv")
    assert head == list(VALUES)
    assert row == ["" if text == "nulo" else text for text in native[0]]


def test_a_pivot_without_values_works(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """A PIVOT whose columns come from the data answers, and its file too."""
    watched = _open(watch, tiny_address)
    sql = "PIVOT (SELECT code, day, value FROM \"VertEner_daily\" WHERE entity = 'Embalse') ON code USING sum(value)"
    assert _run(watched.page, f"{sql} GROUP BY day ORDER BY day LIMIT 5") == "done", watched.page.locator(
        "#sql-error"
    ).inner_text()
    with tiny_world.connection() as con:
        found = con.execute(f"{sql} GROUP BY day ORDER BY day LIMIT 5")
        head = [column[0] for column in found.description]
        rows = [["nulo" if cell is None else str(cell) for cell in row] for row in found.fetchall()]
    assert watched.page.locator("#sql-output th").all_inner_texts() == head
    assert _cells(watched.page) == rows
    assert len(_file(watched.page, "csv")) == 6


def test_days_are_made_as_the_portal_makes_them(tiny_world: World, tiny_address: str, watch: Opener) -> None:
    """A day in the console is the day of the pages: summed, last, mean or weighed, metric by metric."""
    watched = _open(watch, tiny_address)
    with tiny_world.connection() as con:
        metrics = [row[0] for row in con.execute("SELECT DISTINCT metric FROM metric_daily ORDER BY metric").fetchall()]
    sql = " UNION ALL ".join(
        f"SELECT '{metric}' AS m, entity, code, day, round(value, 6) AS v, hours FROM \"{metric}_daily\""
        for metric in metrics
    )
    sums = "count(*) AS n, round(sum(v), 3) AS total, sum(hours)::BIGINT AS hours"
    sql = f"SELECT m, {sums} FROM ({sql}) GROUP BY m ORDER BY m"
    assert _run(watched.page, sql) == "done", watched.page.locator("#sql-error").inner_text()
    assert _cells(watched.page) == _native(tiny_world, sql)


def test_examples_answer_here_as_in_native_duckdb(
    world: SmallWorld, built_site: Path, address: str, watch: Opener
) -> None:
    """Every example that the page offers runs, has rows, and gives what native DuckDB gives."""
    watched = _open(watch, address)
    offered = watched.page.locator("#sql-examples button")
    assert offered.count() > 30
    found = {}
    for i in range(offered.count()):
        offered.nth(i).evaluate("(button) => button.click()")
        watched.page.locator("#sql-console:not([data-state=running])").wait_for(timeout=60_000)
        label = offered.nth(i).inner_text() or str(i)
        assert watched.page.locator("#sql-console").get_attribute("data-state") == "done", (
            label + watched.page.locator("#sql-error").inner_text()
        )
        found[_query(watched.page)] = _cells(watched.page)
    for sql, rows in found.items():
        if "puntajes" in sql or "catalog_metric" in sql:  # files of the site, no views of the warehouse
            assert rows, sql
        else:
            assert sorted(rows) == sorted(_native(world, sql)[:500]), sql  # of equals either may come first
    assert sum(not rows for rows in found.values()) <= 1  # this world has no year before


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
        "SELECT 1; SELECT 2": "una consulta a la vez",
    }.items():
        assert _run(watched.page, sql) == "error"
        expect(watched.page.locator("#sql-error")).to_contain_text(words)
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
    *(
        form.format(call)
        for call in (
            "read_csv_auto('{0}a.csv')",
            "read_csv('{0}a.csv', header=true, columns={{'a': 'INT'}})",
            "read_parquet('{0}a.parquet')",
            "parquet_scan('{0}a.parquet')",
            "parquet_metadata('{0}a.parquet')",
            "parquet_schema('{0}a.parquet')",
            "read_text('{0}a.csv')",
            "read_blob('{0}a.csv')",
            "glob('{0}*')",
            "sniff_csv('{0}a.csv')",
            "read_json_auto('{0}a.json')",
            "'{0}a.csv'",
        )
        for form in (
            "FROM {}",
            "-- x\nFROM {}",
            "WITH x AS (FROM {}) FROM x",
            "SELECT (SELECT count(*) FROM {})",
            "SELECT 1 WHERE EXISTS (FROM {})",
            "SELECT 1) AS t; FROM {}; --",
        )
    ),
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
    expect(watched.page.locator("#sql-error")).to_contain_text("se detuvo")
    assert _run(watched.page, "SELECT 2 AS dos") == "done"


def test_large_result_is_cut(tiny_address: str, watch: Opener) -> None:
    """Ten thousand rows at most, and the page says so; the file has them all."""
    watched = _open(watch, tiny_address)
    assert _run(watched.page, "SELECT range AS n FROM range(30000)") == "done"
    expect(watched.page.locator("#sql-status")).to_contain_text("primeras 10.000 filas")
    assert len(_cells(watched.page)) == 500
    assert len(_file(watched.page, "csv")) == 30_001
    assert _run(watched.page, "SELECT range AS n FROM range(3000000)") == "done"


def test_a_stopped_query_has_no_later_effect(tiny_address: str, watch: Opener) -> None:
    """Stopped while it runs or while the engine starts, a query neither ends the next engine nor says a word more."""
    watched = watch(tiny_address, go=False)
    watched.page.clock.install()
    watched.page.goto(tiny_address + "consulta/")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    endless = "SELECT count(*) FROM range(10000000) a, range(10000000) b"
    for sql in ("SELECT 1 AS uno", endless):  # the first is stopped at the start of the engine
        _type(watched.page, sql)
        watched.page.press("#sql-code", "Control+Enter")
        if sql == endless:
            watched.page.get_by_text("Consultando…").wait_for()
        watched.page.click("#sql-stop")
        expect(watched.page.locator("#sql-error")).to_contain_text("detenida")
    assert _run(watched.page, "SELECT 2 AS dos") == "done"
    watched.page.clock.fast_forward(120_000)
    assert _cells(watched.page) == [["2"]]
    expect(watched.page.locator("#sql-error")).to_be_hidden()
    assert _run(watched.page, "SELECT 3 AS tres") == "done"


def test_a_slow_host_is_waited_for_and_asked_once(tiny_address: str, watch: Opener) -> None:
    """On a host that forbids keeping, the engine is fetched once; while its bytes come no limit ends it."""
    watched = watch(tiny_address, go=False)
    asked: list[str] = []

    def slow(route: Route) -> None:
        asked.append(route.request.url)
        answer = route.fetch()
        watched.page.clock.fast_forward(60_000)
        route.fulfill(response=answer, headers={**answer.headers, "cache-control": "no-store"})

    watched.page.clock.install()
    watched.page.route("**/duckdb-eh.w*", slow)
    watched.page.goto(tiny_address + "consulta/")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    assert _run(watched.page, "SELECT 1 AS uno") == "done", watched.page.locator("#sql-error").inner_text()
    assert len(asked) == len(set(asked)) == 2


def test_a_query_says_what_it_will_fetch_and_can_be_kept(tiny_address: str, watch: Opener) -> None:
    """Before it runs the size of its tables is told; afterwards it is here. A query that is kept opens again."""
    watched = _open(watch, tiny_address)
    page = watched.page
    _type(page, 'SELECT count(*) AS n FROM "Gene"')
    page.get_by_text("Descargará Gene:").wait_for()
    page.click("#sql-save")
    assert _run(page, 'SELECT count(*) AS n FROM "Gene"') == "done"
    page.wait_for_function("document.querySelector('#sql-cost').textContent === ''")
    page.reload()
    page.locator("#sql-console[data-ready]").wait_for()
    _type(page, "")
    page.click("#sql-saved li button >> nth=0")
    assert _query(page) == 'SELECT count(*) AS n FROM "Gene"'
    page.click("#sql-saved li button >> nth=1")
    expect(page.locator("#sql-saved")).to_be_hidden()


def test_the_editor_completes_tables_and_columns(tiny_address: str, watch: Opener) -> None:
    """A few letters offer the table with its title and unit, and its columns behind the point."""
    watched = _open(watch, tiny_address)
    page = watched.page
    _type(page, "")
    page.click("#sql-code")
    page.keyboard.type("SELECT * FROM Prec")
    option = page.locator(".cm-tooltip-autocomplete li", has_text="PrecBolsNaci").first
    option.wait_for()
    expect(option).to_contain_text("COP/kWh")
    assert watched.complaints == []


def test_address_carries_the_query(tiny_address: str, watch: Opener) -> None:
    """A query in the address is shown and not run; a metric in it gives a ready query."""
    sql = 'SELECT "code" FROM "Gene" -- <b>ñ</b>'
    watched = watch(f"{tiny_address}consulta/#sql={quote(sql)}")
    watched.page.locator("#sql-console[data-ready]").wait_for()
    assert _query(watched.page) == sql
    expect(watched.page.locator("#sql-console")).to_have_attribute("data-state", "idle")
    other = watch(f"{tiny_address}consulta/#metrica=VertEner")
    other.page.locator("#sql-about:visible").wait_for()
    assert '"VertEner_daily"' in _query(other.page)


def test_data_is_text_and_csv_is_safe(tiny_address: str, watch: Opener) -> None:
    """Markup in the data stays text, and a formula in it is neutralised in the download."""
    watched = _open(watch, tiny_address)
    sql = 'SELECT DISTINCT code, 1.5 AS x FROM "Gene" ORDER BY code'
    assert _run(watched.page, sql) == "done"
    expect(watched.page.locator("#sql-output img")).to_have_count(0)
    assert any("<img" in row[0] for row in _cells(watched.page))
    for kind in ("csv", "excel.csv"):
        head, *rows = _file(watched.page, kind)
        assert head == ["code", "x"]
        assert {row[0][:2] for row in rows} == {"'=", "'-", "GU", "Si"}
        assert {row[1] for row in rows} == {"1.5" if kind == "csv" else "1,5"}


def test_picker_finds_a_metric(tiny_address: str, watch: Opener) -> None:
    """Typing a word lists metrics; Enter writes a query for the first one that runs."""
    watched = _open(watch, tiny_address)
    watched.page.fill("#sql-pick", "vertimi")
    watched.page.locator("#sql-options button").first.wait_for()
    watched.page.press("#sql-pick", "Enter")
    assert _run(watched.page, _query(watched.page)) == "done"
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
        assert _cells(watched.page) == _native(tiny_world, sql)
    assert "206" in parts
    assert watched.outside == []


@pytest.mark.parametrize("broken", ["assets/vendor/duckdb/duckdb-eh.wasm", "series/"])
def test_missing_files_are_explained(tiny_address: str, watch: Opener, broken: str) -> None:
    """A missing engine or data file gives a plain message, not a stuck page."""
    watched = _open(watch, tiny_address)
    watched.page.route(f"**/{broken}**", lambda route: route.fulfill(status=404))
    assert _run(watched.page, 'SELECT * FROM "Gene" LIMIT 1') == "error"
    expect(watched.page.locator("#sql-error")).to_contain_text("Recargue la página")


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
        known = {FIGURES[figure]: value for figure, value in figures[name].items() if figure in FIGURES}
        assert known, name
        for column, value in known.items():
            assert float(row[column]) == pytest.approx(value, rel=1e-4, abs=1e-4), name
        page.goto("about:blank")  # the next address differs in its fragment alone
