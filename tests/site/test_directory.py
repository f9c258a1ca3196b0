"""Pages of named things: all that is listed has one, each number is the lake's, and a night makes none again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.core import spanish
from pipeline.core.paths import ROOT, Paths
from pipeline.core.run import RunInfo
from pipeline.site.blocks.locator import OUTLINE
from pipeline.site.context import SiteContext, site_context
from pipeline.site.pages.directory import directory_jobs, outline_job
from pipeline.site.shells import take_bodies
from pipeline.store.manifest import Manifest
from tests.site.conftest import without_ways
from tests.views import test_named
from tests.views.small_world import Row, Warehouse, one, rows
from tests.views.test_named import DAYS, TODAY, opened

pytestmark = pytest.mark.slow  # a whole domain layer
RUN = RunInfo(TODAY, DAYS[0], "replayed", dt.datetime(2024, 4, 3, 5, 40))
MOVED = {"el-penol": "GTPE", "guatape": "TCDT"}


def catalogue() -> Catalog:
    """Return the catalogue, in which a plant had another address, and an address is another's today."""
    own = load_catalog()
    plants = own.directories["plantas"].model_copy(update={"moved": MOVED})
    return dataclasses.replace(own, directories={**own.directories, "plantas": plants})


def site_of(con: Warehouse, tmp: Path) -> SiteContext:
    """Return what pages are made from."""
    con.execute("CREATE OR REPLACE TEMP TABLE read_now AS SELECT * FROM information_schema.tables")  # makes every view
    paths = Paths(tmp / "data", tmp / "build", root=ROOT)
    return site_context(con, catalogue(), paths, RUN, Manifest(1, None, "", ()))  # type: ignore[arg-type]


def pages_of(site: SiteContext) -> tuple[dict[str, str], dict[str, str]]:
    """Return page and key of every job, by its name."""
    jobs = [outline_job(site), *directory_jobs(site, "", site.catalog.directories.values())]
    made = {job.name: job.make().markdown for job in jobs}
    assert len(made) == len(jobs)
    return made, {job.name: job.key for job in jobs}


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Three whole months and a day."""
    with opened(tmp_path_factory.mktemp("named"), DAYS) as made:
        yield made


@pytest.fixture(scope="module")
def site(con: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> SiteContext:
    """What the pages of those months are made from."""
    return site_of(con, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def made(site: SiteContext) -> dict[str, str]:
    """The pages."""
    return pages_of(site)[0]


def test_all_that_is_listed_has_a_page_and_nothing_else(site: SiteContext, made: dict[str, str]) -> None:
    """Plants, river, reservoir, companies, departments, region; one address of the past; the shared outline."""
    listed = rows(site.con, "SELECT folder || '/' || slug AS name FROM named JOIN named_kind USING (kind)")
    assert {row["name"] for row in listed} | {"plantas/el-penol", OUTLINE} == set(made)
    assert {"plantas/guatape", "rios/nare", "embalses/penol", "agentes/epm", "departamentos/antioquia"} <= set(made)


def test_numbers_are_the_lakes_with_unit_date_and_source(site: SiteContext, made: dict[str, str]) -> None:
    """March of Guatapé, added up from its hours here."""
    march = "ts >= '2024-03-01' AND ts < '2024-04-01' AND code = 'GTPE'"
    own = one(site.con, f'SELECT sum(value) AS v FROM "Gene" WHERE {march}')["v"]
    page = without_ways(made["plantas/guatape"].replace(spanish.NBSP, " "))
    assert f"Generó {spanish.number(own, 0)} GWh en marzo de 2024" in page
    for words in (
        "Código de XM: GTPE",
        "560 MW",
        "Antioquia",
        "Puesto",
        "1 de 3",
        "Fuente: XM S.A. E.S.P.",
    ):
        assert words in page, words
    assert 'href="../../embalses/penol/"' in page and 'href="../../agentes/epm/"' in page
    assert "abril" not in page


def test_pages_are_small_and_have_no_file_beside_them(site: SiteContext, made: dict[str, str]) -> None:
    """No frozen figure, no data of its own, no page to embed: the body stays under 16 kB, and the shell is shared."""
    for job in directory_jobs(site, "", site.catalog.directories.values()):
        assert job.make().assets == {}
    assert max(len(text.encode()) for name, text in made.items() if name != OUTLINE) < 16_000
    assert all("data-figure" not in text and "data-kit" not in text for text in made.values())


def test_all_pages_of_a_kind_wear_one_shell(made: dict[str, str], tmp_path: Path) -> None:
    """MkDocs sees one page a kind, and one of the addresses of the past."""
    files = {}
    for name, text in made.items():
        if name != OUTLINE:
            files[f"{name}.md"] = tmp_path / name.replace("/", "-")
            files[f"{name}.md"].write_text(text, encoding="utf-8")
    slots = take_bodies(files, {})
    assert len(slots.pages) == len({name.partition("/")[0] for name in files}) + 1
    assert len(slots.twins) == len(files) - len(slots.pages)


def test_thin_plants_are_anchors_on_the_page_of_their_agent(made: dict[str, str]) -> None:
    """Also what may be written neither in a name nor in a code."""
    assert re.search(r'<span id="0ag1">Autog Casa</span>', made["agentes/epm"])
    assert "Solar Ñandú" in made["agentes/epm"]


def test_an_address_of_the_past_leads_on(made: dict[str, str]) -> None:
    """Unless another thing has it today."""
    assert 'href="../guatape/"' in made["plantas/el-penol"]
    assert "está ahora en otra dirección" not in made["plantas/guatape"]


def test_what_has_no_data_says_so(made: dict[str, str]) -> None:
    """A department without plants, a retailer without a whole month."""
    assert "no conoce en este departamento plantas" in made["departamentos/amazonas"]


def test_a_day_more_makes_no_page_again(site: SiteContext, made: dict[str, str], tmp_path: Path) -> None:
    """Neither its bytes nor its key change, until the month is over."""
    keys = pages_of(site)[1]
    with opened(tmp_path / "later", [*DAYS, DAYS[-1] + dt.timedelta(days=1)]) as con:
        texts, later = pages_of(site_of(con, tmp_path))
        newest = one(con, "SELECT max(day) AS day FROM named_latest WHERE kind = 'plant'")["day"]
    assert newest == DAYS[-1] + dt.timedelta(days=1)
    assert texts == made
    assert later == keys


def test_a_month_more_makes_those_with_data_again(made: dict[str, str], tmp_path: Path) -> None:
    """All with a series of April, and no department without plants."""
    april = [DAYS[-1] + dt.timedelta(days=i) for i in range(1, 30)]
    with opened(tmp_path / "later", [*DAYS, *april]) as con:
        texts, _ = pages_of(site_of(con, tmp_path))
    changed = {name for name in made if texts[name] != made[name]}
    assert {"plantas/guatape", "rios/nare", "embalses/penol", "agentes/epm", "departamentos/antioquia"} <= changed
    assert "departamentos/amazonas" not in changed


def test_a_revised_month_changes_only_pages_that_say_its_figures(
    made: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One day of the river: its page, its region's, and that of the reservoir it fills."""
    told, revised = test_named.series, dt.date(2024, 3, 5)

    def series(days: list[dt.date]) -> dict[str, list[Row]]:
        found = told(days)
        found["AporEner/Rio"] = [(code, day, value + (day == revised)) for code, day, value in found["AporEner/Rio"]]
        return found

    monkeypatch.setattr(test_named, "series", series)
    with opened(tmp_path / "later", DAYS) as con:
        texts, _ = pages_of(site_of(con, tmp_path))
    assert {name for name in made if texts[name] != made[name]} == {"rios/nare", "regiones/antioquia", "embalses/penol"}
