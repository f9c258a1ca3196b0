"""Reports: which are due, what is said of revisions, what is printed, and a frozen page on a small world."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.reports import ReportNote, address_of_period
from pipeline.core.errors import BudgetExceeded
from pipeline.core.settings import Settings
from pipeline.site.blocks.figure_kit import qr_svg
from pipeline.site.context import SiteContext
from pipeline.site.host_limits import check_reports
from pipeline.site.reports.archive_pages import report_page
from pipeline.site.reports.freeze import data_file, figure_records
from pipeline.site.reports.pdf import for_print, plain
from pipeline.site.reports.period import Period, due
from pipeline.site.reports.revised import Revised, compared
from pipeline.store.lake import Lake
from pipeline.store.report_archive import PART, FrozenReport, ReportArchive
from tests.bench.qr_reading import read_qr

FIRST = dt.date(2026, 3, 1)
ONE = dt.timedelta(days=1)


def days(count: int) -> list[Period]:
    """Whole days, oldest first."""
    return [Period(day, day, "daily", f"{day}") for day in (FIRST + ONE * i for i in range(count))]


def test_addresses_say_their_period() -> None:
    """Days, months and subjects are folders, a week has its name."""
    assert [address_of_period(name) for name in ("2026-11-22", "2026-S47", "2026-11")] == [
        "2026/11/22", "2026-S47", "2026/11",
    ]  # fmt: skip
    of_one = Period(FIRST, dt.date(2026, 3, 31), "monthly", "2026-03", "hidrologia")
    assert of_one.address == "informes/2026/03/hidrologia"


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_night_publishes_what_became_whole(count: int, published: int) -> None:
    """All that is newer than the newest report; a portal without reports begins with the newest period."""
    whole = days(count)
    found = due(whole, [period.name for period in whole[:published]])
    if published and count:
        assert found == whole[published:]
    else:
        assert found == whole[-1:]


FIGURE = st.fixed_dictionaries(
    {
        "series": st.sampled_from(["demand", "price", "reserves"]),
        "value": st.floats(-1e6, 1e6).map(lambda v: round(v, 6)),
    }
)


def told(figures: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return figures as a record has them, one a series."""
    own = {str(figure["series"]): figure for figure in figures}
    return [{**figure, "label": name, "unit": "GWh", "decimals": 1} for name, figure in own.items()]


@given(st.lists(FIGURE), st.lists(FIGURE))
def test_a_revision_is_a_figure_that_reads_otherwise(then: list[dict], now: list[dict]) -> None:
    """Equal to the digit that is shown is no revision; what is gone may not be quoted; what is new is none."""
    was, today = told(then), told(now)
    known = {figure["series"]: round(figure["value"], 1) for figure in today}
    found = compared(was, today)
    expected = {f["label"] for f in was if known.get(f["series"]) != round(f["value"], 1)}
    assert {each.label for each in found} <= expected  # two roundings of one number may differ in the last digit
    assert all(each.was != each.now for each in found)
    assert {each.label for each in found if not each.now} == {f["series"] for f in was} - known.keys()
    assert compared(was, was) == ()


def test_a_revision_names_its_version() -> None:
    """As the notice says it: was, is, and the settlement that changed it."""
    figure = {"series": "price", "label": "Precio", "unit": "COP/kWh", "decimals": 1, "value": 247.7, "version": "TX1"}
    (found,) = compared([figure], [{**figure, "value": 248.1, "version": "TX2"}])
    assert (found.was, found.now, found.version) == ("247,7\xa0COP/kWh", "248,1\xa0COP/kWh", "TX2")


def test_data_files_are_for_machines() -> None:
    """ISO names, decimal points, all digits, the word of each state; the record keeps what is known."""
    rows = pd.DataFrame(
        {
            "period": ["2026-03-01"], "series": ["demand"], "label": ["Demanda del SIN"], "value": [251.43823222],
            "unit": ["GWh"], "decimals": [1], "measure": ["day"], "quality": ["ok"], "version": [None],
        }
    )  # fmt: skip
    assert data_file(rows) == (
        "periodo,serie,cifra,valor,unidad,medida,estado,versión\n"
        "2026-03-01,demand,Demanda del SIN,251.4382322,GWh,day,publicado,\n"
    )
    (record,) = figure_records(rows)
    assert record == {
        "series": "demand", "label": "Demanda del SIN", "value": 251.4382322, "unit": "GWh", "decimals": 1,
        "measure": "day", "quality": "ok",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<abbr title="x">Publicado</abbr>', "Publicado"),
        ("uno<br>dos &amp; tres", "uno\ndos & tres"),
        ("3 &lt; 4", "3 < 4"),
    ],
)
def test_paper_has_words_and_no_markup(html: str, words: str) -> None:
    """What a cell says on the page, in plain text."""
    assert plain(html) == words


def test_figures_are_drawn_as_in_a_browser() -> None:
    """A font that is there, lines without a fill, and a pen as wide as it says on the stretched drawing."""
    svg = (
        "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}.l{stroke-width:2;a:b}"
        "path.l:not([class*='f-']){fill:none}.thin{stroke-width:1}</style>"
        '<svg class="static" x="72" y="84" width="500" height="500" overflow="visible">'
    )
    made = for_print(svg)
    assert "font:13px 'Libertinus Serif'" in made
    assert ".l{fill:none}" in made
    assert ".l{stroke-width:4;a:b}" in made
    assert ".thin{stroke-width:2}" in made


@given(st.from_regex(re.compile(r"https://[a-z./-]{3,120}/informes/2026/[0-9]{2}/[0-9]{2}/"), fullmatch=True))
def test_the_qr_code_is_read_back(url: str) -> None:
    """What a telephone finds in it is the address, whatever its length."""
    assert read_qr(qr_svg(url, ground=False).decode()) == url


def frozen_report(name: str = "2026-03-01", *, past: bool = False) -> FrozenReport:
    """A published report of a day, with one figure."""
    day = dt.date.fromisoformat(name)
    record = json.dumps({"figures": [{"series": "price"}], "files": [], "data": {"manifest": "3-aa9c"}})
    address = f"informes/{address_of_period(name)}"
    return FrozenReport("daily", name, address, day, day, day + ONE, f"Informe del {name}", "Resumen.", past, record)


def test_a_published_page_is_its_bytes_below_a_notice(site: SiteContext, tmp_path: Path) -> None:
    """Corrections, revisions and a late making are said above; the part and the files are those that were kept."""
    part = '<article class="report portal">\n<h1>Título &amp; más</h1>\n</article>'
    files = {PART: part.encode(), "informe.pdf": b"%PDF-1.7 \x00\xff", "datos.csv": b"a,b\n"}
    lake, frozen = Lake(tmp_path / "lake"), frozen_report(past=True)
    ReportArchive(lake).keep([(frozen, files)], site.run)
    note = ReportNote(id="a", address="2026/03/01", day=FIRST + ONE, text="Decía diez y eran doce <b>.")
    told = [Revised(f"Cifra {n}", "1 GWh", "" if n else "2 GWh", "" if n else "TX2") for n in range(5)]
    made = report_page(site, ReportArchive(lake), frozen, told, [note])
    above, _, below = made.markdown.partition(part)
    assert below.strip() == "</div>"
    for words in (
        "Corrección, 2\xa0mar\xa02026.", "Decía diez y eran doce &lt;b&gt;.", "se hizo después de su fecha",
        "Cifra 0: esta cifra era 1 GWh; hoy es 2 GWh: TX2.", "Cifra 4: esta cifra era 1 GWh; hoy no se puede citar.",
    ):  # fmt: skip
        assert words in above, words
    assert made.assets == {
        "informes/2026/03/01/informe.pdf": files["informe.pdf"],
        "informes/2026/03/01/datos.csv": files["datos.csv"],
        "informes/2026/03/01/informe.json": f"{frozen.record}\n",
    }
    quiet = report_page(site, ReportArchive(lake), frozen_report(), [], [])
    assert "report-notice" not in quiet.markdown
    assert part in quiet.markdown


def test_reports_without_room_are_refused(tmp_path: Path) -> None:
    """What is published stays, so that a host that is full is told before and not after."""
    manifest = Lake(tmp_path / "lake").manifest()
    small = Settings(_env_file=None, host="pages", max_site_mb=30)  # type: ignore[call-arg]
    check_reports(manifest, 1_000_000, small)
    with pytest.raises(BudgetExceeded, match="new reports do not fit"):
        check_reports(manifest, 10_000_000, small)
    check_reports(manifest, 10**12, Settings(_env_file=None, host="server"))  # type: ignore[call-arg]
