"""Two nights of one portal: what is written again shows something new, and what grew equals what is built at once."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from pipeline.core.paths import ROOT
from pipeline.core.settings import load_settings
from pipeline.flow import Line
from pipeline.store.figure_albums import is_figure
from pipeline.store.series_files import address
from tests import world as small
from tests.once import Once

pytestmark = [pytest.mark.world, pytest.mark.slow]
FIRST = small.TODAY
MB = 1_000_000
#: What is about the night itself: it names it, whatever the data did.
_OF_THE_NIGHT = re.compile(
    r"api/v1/portal\.json|datos/(manifest|backup|ingest|datapackage)\.json|datos/narrative/|cambios|index\.html$"
)
_TEXT = re.compile(r"\.(html|json|csv|xml|svg|txt)$")


@dataclass(frozen=True)
class Nights:
    """A portal before and after its second night."""

    world: small.SmallWorld
    before: dict[str, bytes]
    after: dict[str, bytes]
    stamps: tuple[dict[str, int], dict[str, int]]

    @property
    def rewritten(self) -> list[str]:
        """Files that were there and were written again."""
        old, new = self.stamps
        return [name for name in new if name in old and old[name] != new[name]]


@pytest.fixture(scope="module")
def nights(once: Once, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The night after the small world's, in a copy of it: the whole catalogue."""
    shared = once("world", small.build)
    home = tmp_path_factory.mktemp("nights") / "portal"
    shutil.copytree(shared.paths.data.parent, home, symlinks=True)
    first = replace(shared, paths=replace(shared.paths, data=home / "data", build=home / "build"))
    before, stamps = first.contents(), first.stamps()
    second = small.build(home, today=FIRST + dt.timedelta(days=1), since=shared.run.since)
    return Nights(second, before, second.contents(), (stamps, second.stamps()))


def _days(night: dt.date) -> tuple[bytes, ...]:
    months = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")
    short = f"{night.day}\u00a0{months[night.month - 1]}\u00a0{night.year}"
    return night.isoformat().encode(), short.encode(), short.replace("\u00a0", " ").encode()


def test_a_file_that_is_written_again_shows_something_new(nights: Nights) -> None:
    """Its bytes differ, and by more than the day of the run: no build date makes a file new."""
    idle = []
    for name in nights.rewritten:
        assert nights.before[name] != nights.after[name], name
        old, new = nights.before[name], nights.after[name]
        for day in (FIRST, FIRST + dt.timedelta(days=1)):
            for words in _days(day):
                old, new = old.replace(words, b"DAY"), new.replace(words, b"DAY")
        if _TEXT.search(name) and old == new and not _OF_THE_NIGHT.match(name):
            idle.append(name)
    assert idle == []


def _parts(manifest: bytes) -> dict[str, list[str]]:
    """Return the hashes of the parts of each metric."""
    found: dict[str, list[str]] = {}
    for part in json.loads(manifest)["parts"]:
        found.setdefault(part["metric"], []).append(part["sha256"])
    return found


def test_what_has_nothing_new_is_left_alone(nights: Nights) -> None:
    """Hand-written pages, the glossary, the theme, and every metric without new rows keep their time of writing."""
    still = {"glosario", "metodologia", "acerca", "consulta"}
    assert not {f"{name}/index.html" for name in still} & set(nights.rewritten)
    assert not {"404.html", "sitemap.xml", "datos/README.txt", "css/theme.css"} & set(nights.rewritten)
    before, after = (_parts(night["datos/manifest.json"]) for night in (nights.before, nights.after))
    same = [metric for metric, parts in after.items() if before.get(metric) == parts and not metric.startswith("_")]
    assert len(same) > 10
    for metric in same:
        if nights.before.get(f"api/v1/metricas/{metric}.json") == nights.after[f"api/v1/metricas/{metric}.json"]:
            assert f"metricas/{metric}/index.html" not in nights.rewritten, metric
    assert len(nights.rewritten) < len(nights.after)


def test_what_was_cited_last_night_answers_tonight(nights: Nights) -> None:
    """Every figure of the first night stands where it stood, byte for byte, though most boards show newer ones."""
    cited = {name: content for name, content in nights.before.items() if is_figure(name)}
    assert len(cited) > 100
    assert {name: nights.after.get(name) for name in cited} == cited
    shown = {name for name in nights.after if is_figure(name)}
    assert len(shown) > len(cited)
    pages = b"".join(content for name, content in nights.after.items() if name.endswith(".html"))
    assert {name for name in shown if name.encode() not in pages} <= set(cited), "only the new ones are shown"


def test_a_portal_grown_is_the_portal_built_at_once(nights: Nights, tmp_path: Path) -> None:
    """From the same lake, an empty build folder gives the very same site: a stateless night loses nothing."""
    vendor = ROOT / "build" / "vendor"
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "vendor").symlink_to(vendor)
    settings = load_settings(data_dir=nights.world.paths.data, build_dir=tmp_path / "build")
    line = Line.of(settings, nights.world.run)
    line.site()
    fresh = replace(nights.world, paths=line.paths).contents()
    assert sorted(fresh) == sorted(nights.after)
    assert [name for name in fresh if fresh[name] != nights.after[name]] == []


def test_a_third_rendering_writes_nothing(nights: Nights) -> None:
    """Build the site again, nothing new: no file is touched."""
    paths = nights.world.paths
    line = Line.of(load_settings(data_dir=paths.data, build_dir=paths.build), nights.world.run)
    line.site()
    assert nights.world.stamps() == nights.stamps[1]
    site = line.report.details["site"]
    assert isinstance(site, dict)
    assert (site["rendered"], site["written"]) == ([], 0)


def test_no_file_of_a_default_site_is_large(nights: Nights) -> None:
    """8 MB at most; only the database engine that runs in the browser is more."""
    large = {name for name, content in nights.after.items() if len(content) > 8 * MB}
    assert large == {"assets/vendor/duckdb/duckdb-eh.wasm"}


def test_what_the_first_night_published_of_the_series_still_answers(nights: Nights) -> None:
    """Nothing below `datos/series/` is ever lost, and `series.json` lists it all."""
    first, second = ({n for n in night if n.startswith("datos/series/")} for night in (nights.before, nights.after))
    assert first and first <= second
    known = json.loads(nights.after["datos/series.json"])
    assert {f"datos/{address(key, name)}" for key, names in known.items() for name in names} == second


def _indexed(site: dict[str, bytes]) -> dict[str, str]:
    """Return the words of each page that the search index holds."""
    found = (gzip.decompress(content) for name, content in site.items() if name.endswith(".pf_fragment"))
    pages = (json.loads(text[text.index(b"{") :]) for text in found)
    return {page["url"]: page["content"] for page in pages}


def test_the_search_index_holds_no_values_of_the_day(nights: Nights) -> None:
    """Of most pages it is the same words as the night before: what changes every night is not searched by."""
    before, after = _indexed(nights.before), _indexed(nights.after)
    both = before.keys() & after.keys()
    changed = {page for page in both if before[page] != after[page]}
    assert len(both) > 200
    assert len(changed) < len(both) / 20, sorted(changed)


def test_portal_sql_makes_a_view_of_all_that_has_files(nights: Nights) -> None:
    """Series and lists alike, each with rows, in any DuckDB."""
    site = nights.world.paths.site
    text = (site / "datos" / "portal.sql").read_text(encoding="utf-8")
    with duckdb.connect() as con:
        con.execute(re.sub(r"SET VARIABLE portal = '.*?'", f"SET VARIABLE portal = '{site}/datos/'", text))
        views = {row[0] for row in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
        empty = [name for name in sorted(views) if not con.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()]
    named = {key.split(".")[0] for key in json.loads(nights.after["datos/series.json"])}
    assert views == named
    assert {"Festivos", "ListadoRecursos", "Gene"} <= views
    assert not empty
