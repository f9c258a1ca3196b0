"""The checks find what is wrong, all of it at once, and nothing else."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from pipeline.core.errors import BrokenSite, StaleSite
from pipeline.core.host import PROFILES, HostBudget
from pipeline.site.check import check_site, read_page, verdict
from tests.site.tiny import RUN, World


@pytest.fixture
def site(published: World, tmp_path: Path) -> Path:
    """A copy of the published tiny site, to be broken."""
    return Path(shutil.copytree(published.paths.site, tmp_path / "site"))


def _edit(site: Path, name: str, old: str, new: str) -> None:
    path = site / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_good_site_passes(published: World) -> None:
    """The tiny site has no fault, with and without the identity of the run."""
    assert check_site(published.paths.site) == check_site(published.paths.site, RUN) > 10


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("index.html", "</h1>", '</h1><img src="https://example.org/x.png">', "from another origin"),
        ("index.html", "</h1>", '</h1><script src="//example.org/x.js"></script>', "from another origin"),
        ("index.html", "</h1>", "</h1><script>alert(1)</script>", "a script is written in the page"),
        ("index.html", "</h1>", '</h1><a href="no/esta/">x</a>', "no/esta/ leads nowhere"),
        ("index.html", "</h1>", '</h1><a href="glosario/#zzz">x</a>', "names a place"),
        ("index.html", "</h1>", '</h1><a href="javascript:alert(1)">x</a>', "has the scheme javascript"),
        ("index.html", "</h1>", '</h1><figure data-figure="f/no.json"></figure>', "f/no.json leads nowhere"),
        ("index.html", "</h1>", '</h1><p style="background:url(https://example.org/p.png)">x</p>', "another origin"),
        ("index.html", "</h1>", '</h1><p id="contenido">x</p>', "used twice"),
        ("index.html", "</h1>", "</h1><h1>Otro</h1>", "2 first-level headings"),
        ("index.html", '<data value="1', '<data value="9', "is not in the HTML"),
        ("index.html", "tarjeta.png", "otra.png", "otra.png leads nowhere"),
        ("estado/index.html", 'lang="es"', 'lang="en"', "lang is 'en'"),
        ("estado/index.html", "<title>", "<title></title><x>", "no title"),
        ("estado/index.html", 'name="description"', 'name="descripcion"', "no description"),
        ("estado/index.html", "data-banner", "data-other", "banner is absent"),
        ("estado/index.html", "<head>", "<head><meta name='a'>", "not the first element"),
        ("estado/index.html", "<head>", "<head><!--" + "x" * 1100 + "-->", "encoding is declared after"),
        ("css/site.css", ":root {", "@import 'https://example.org/a.css'; :root {", "from another origin"),
        ("css/site.css", ":root {", "b { background: url(nada.png) } :root {", "nada.png) leads nowhere"),
        ("api/v1/titulares.json", '"titulares":[', '"titulares":[],"x":[', "no headline figure"),
    ],
)
def test_each_fault_is_found(site: Path, name: str, old: str, new: str, fault: str) -> None:
    """Each kind of fault is named with its page."""
    _edit(site, name, old, new)
    with pytest.raises(BrokenSite) as caught:
        check_site(site, RUN)
    assert fault in str(caught.value)
    assert name in str(caught.value)


def test_all_faults_at_once(site: Path) -> None:
    """Three faults in three files give one error with three lines."""
    _edit(site, "index.html", "</h1>", '</h1><a href="no/esta/">x</a>')
    _edit(site, "estado/index.html", 'lang="es"', 'lang="en"')
    (site / "datos" / "README.txt").write_bytes(b"")
    with pytest.raises(BrokenSite, match=r"3 fault\(s\)"):
        check_site(site, RUN)


def test_what_its_host_refuses_is_a_fault(site: Path) -> None:
    """A file, a site or a number of files above the budget is named with its setting; without limits nothing is."""
    tight = HostBudget(file=100_000, site=200_000, files=10, why="a test")
    with pytest.raises(BrokenSite) as caught:
        check_site(site, RUN, tight)
    for name in ("PORTAL_MAX_FILE_MB", "PORTAL_MAX_SITE_MB", "PORTAL_MAX_FILES"):
        assert name in str(caught.value)
    assert check_site(site, RUN, PROFILES["server"])


def test_the_verdict_is_a_sentence_and_age_is_a_fault(site: Path) -> None:
    """A fresh site is told in words; one that two nights did not renew is one to build again."""
    fresh = verdict(site, PROFILES["pages"], RUN.created)
    assert "pages checked, no fault" in fresh
    assert "published 2026-11-20 05:40" in fresh
    with pytest.raises(StaleSite, match="not being renewed") as caught:
        verdict(site, PROFILES["pages"], RUN.created + dt.timedelta(hours=49))
    assert caught.value.exit_code == 75


def test_state_in_an_address_is_no_anchor(site: Path) -> None:
    """A link that carries a query for the SQL page is fine."""
    _edit(site, "index.html", "</h1>", '</h1><a href="consulta/#metrica=Gene">x</a>')
    assert check_site(site, RUN)


def test_empty_folder(tmp_path: Path) -> None:
    """Without a site there is nothing to check, and the message says what to run."""
    with pytest.raises(BrokenSite, match=r"\./inv build"):
        check_site(tmp_path)


def test_figures_are_read_with_their_text() -> None:
    """A data element gives its value and what a reader sees; one without a number or a text gives nothing."""
    page = read_page("x", '<data value="251.7">251,7</data> GWh <data value="">sin dato</data><data value="3"></data>')
    assert page.figures == [(251.7, "251,7")]


def test_scripts_and_styles_are_not_text() -> None:
    """Only what a reader sees counts as text."""
    page = read_page(
        "x", "<p>uno</p><script>dos</script><style>tres</style><template>4</template><svg><text>5</text></svg>"
    )
    assert "".join(page.text) == "uno5"
