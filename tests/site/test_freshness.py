"""One small file says how fresh the site is, and from when on to doubt it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from pipeline.core.errors import BrokenSite, StaleSite
from pipeline.site.downloads.freshness import PORTAL, check_fresh, freshness, read_freshness
from tests.site.tiny import RUN, World


@pytest.fixture(scope="module")
def document(published: World) -> dict[str, object]:
    """What the tiny site says."""
    found: dict[str, object] = json.loads((published.paths.site / PORTAL).read_text(encoding="utf-8"))
    return found


def test_the_document_gives_moments_not_rules(document: dict[str, object]) -> None:
    """Built when, data until when, and the two moments from which a reader is warned."""
    assert document["publicado"] == "2026-11-20T05:40-05:00"
    assert document["datos_hasta"] == "2026-11-19"
    assert document["dudar_del_portal_desde"] == "2026-11-22T05:40-05:00"
    # 19 November is whole; the 20th ends on the 21st, comes two days later, and may be three days late.
    assert document["dudar_de_los_datos_desde"] == "2026-11-26T00:00-05:00"
    assert str(document["pie"]).replace("\xa0", " ") == "Datos hasta el 19 nov 2026; portal publicado el 20 nov 2026."
    assert [(n["desde"], n["titulo"]) for n in document["avisos"]] == [
        ("2026-11-22T05:40-05:00", "Portal sin renovar"),
        ("2026-11-26T00:00-05:00", "Datos atrasados"),
    ]


@pytest.mark.parametrize(
    ("hours", "published_later", "fault"),
    [(0, 0, ""), (48, 0, ""), (49, 0, "not being renewed"), (24 * 9, 24 * 8, "its data are old")],
)
def test_age_is_judged_at_the_moment_given(
    document: dict[str, object], hours: int, published_later: int, fault: str
) -> None:
    """Two nights may pass; then it is the portal's fault, or, when it is renewed, that of its data."""
    later = dict(document)
    for key in ("publicado", "dudar_del_portal_desde"):
        moment = dt.datetime.fromisoformat(str(document[key])) + dt.timedelta(hours=published_later)
        later[key] = moment.isoformat()
    found = read_freshness({PORTAL: json.dumps(later).encode()})
    moment = RUN.created + dt.timedelta(hours=hours)
    if not fault:
        assert "data until 2026-11-19" in check_fresh(found, moment)
        return
    with pytest.raises(StaleSite, match=fault) as caught:
        check_fresh(found, moment)
    assert caught.value.exit_code == 75


def test_a_site_that_does_not_say_is_broken() -> None:
    """Without the file, or with half of it, nobody could warn."""
    for files in ({}, {PORTAL: b"{}"}, {PORTAL: b"<html>"}):
        with pytest.raises(BrokenSite, match="how fresh"):
            read_freshness(files)


def test_without_any_data_only_the_portal_can_be_doubted(world: World) -> None:
    """An empty portal has no newest day."""
    with world.connection() as con:
        con.execute("DELETE FROM series_status")
        found = freshness(con, RUN)
    assert (found["datos_hasta"], found["dudar_de_los_datos_desde"]) == (None, None)


def test_the_date_of_the_build_is_in_no_page(published: World) -> None:
    """A page carries the days of its own data: a new night alone makes no page new."""
    for path in published.paths.site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "20 nov 2026, 5:40" not in text
        assert "js/portal.js" in text, path
    assert "<lastmod>" not in (published.paths.site / "sitemap.xml").read_text(encoding="utf-8")
