"""Every address that was ever published answers with its bytes: nights, revisions, restores, new templates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.pdf_reading import PdfReader
from tests.nights.ledger import MOVED, NIGHTS, Ledger, elsewhere, lived_nights, other_templates, published
from tests.nights.life import Life

pytestmark = [pytest.mark.slow, pytest.mark.again]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Life, Ledger]]:
    """A portal after thirty nights with revisions, and all that it published on any of them."""
    with lived_nights(tmp_path_factory.mktemp("ledger")) as made:
        yield made


def test_reports_of_every_night_are_there(lived: tuple[Life, Ledger]) -> None:
    """A report for each day that became whole, each week, the month and its subjects, the newest nights included."""
    _, ledger = lived
    pages = {name.removesuffix("/index.html") for name in ledger if name.endswith("index.html")}
    days = [name for name in pages if re.fullmatch(r"informes/\d{4}/\d\d/\d\d", name)]
    assert len(days) >= NIGHTS - 5
    assert {"informes/2026/01", "informes/2026/02", "informes/2026/01/mercado", "informes/2026/02/mercado"} <= pages
    assert (
        not {"informes/2026/01/generacion", "informes/2026/01/hidrologia"} & pages
    )  # without its series there is none
    assert len([name for name in pages if "-S" in name]) >= 4
    for page in pages:
        assert {f"{page}/{name}" for name in ("informe.pdf", "datos.csv", "informe.json")} <= ledger.keys()


def test_paper_can_be_read(lived: tuple[Life, Ledger]) -> None:
    """The month on paper: few pages, tagged, fonts in it, and its figures in the text that a reader selects."""
    life, _ = lived
    folder = life.home / "build" / "site" / "informes" / "2026" / "02"
    data = (folder / "informe.pdf").read_bytes()
    paper, record = PdfReader(data), json.loads((folder / "informe.json").read_bytes())
    assert 2 <= len(paper.pages) <= 12
    assert len(data) < 1_000_000
    assert paper.tagged
    assert paper.embedded
    words = " ".join(paper.words().split())
    figures = [word for word in record["summary"].split() if any(map(str.isdigit, word))]
    assert figures
    assert [figure for figure in figures if figure not in words] == []


def test_what_was_published_stays(lived: tuple[Life, Ledger]) -> None:
    """After the last night each address answers with the bytes of its first one, and they are those of its record."""
    life, ledger = lived
    site = life.home / "build" / "site"
    assert published(site) == ledger
    for path in sorted((site / "informes").rglob("informe.json")):
        record = json.loads(path.read_bytes())
        hashes = {file["path"]: file["sha256"] for file in record["files"]}
        own = {
            name.rpartition("/")[2]: ledger[f"{record['address']}/{name}"] for name in hashes if name != "parte.html"
        }
        assert hashes.pop("parte.html") == ledger[f"{record['address']}/index.html"]
        assert own == hashes


def test_a_revision_is_said_above_the_report(lived: tuple[Life, Ledger]) -> None:
    """The report of the day whose demand the source moved says what it was and what it is today."""
    life, _ = lived
    informes = life.home / "build" / "site" / "informes"
    page = (informes / f"{MOVED:%Y/%m/%d}" / "index.html").read_text(encoding="utf-8")
    record = json.loads((informes / f"{MOVED:%Y/%m/%d}" / "informe.json").read_bytes())
    was = next(figure["value"] for figure in record["figures"] if figure["series"] == "demand")
    said = re.search(r"Demanda del SIN: esta cifra era ([\d,]+)\D*; hoy es ([\d,]+)", page)
    assert said is not None
    then, now = (float(text.replace(",", ".")) for text in said.groups())
    assert then == round(was, 1)
    assert now == pytest.approx(was * 1.01, rel=0.003)  # the source's own last version of the day goes with it


def test_two_restores_and_other_templates_change_no_byte(lived: tuple[Life, Ledger], tmp_path: Path) -> None:
    """A portal made from a portal made from this one, drawn with other templates, publishes the same reports."""
    life, ledger = lived
    second = elsewhere(life, tmp_path / "second", life.home / "build" / "site")
    assert published(second) == ledger
    root = other_templates(tmp_path / "root")
    third = elsewhere(life, tmp_path / "third", second, root)
    assert published(third) == ledger
    page = next((third / "informes" / "2026").rglob("index.html")).read_text(encoding="utf-8")
    assert "Otra plantilla." in page
