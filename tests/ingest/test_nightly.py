"""Ingest end to end on the emulator: nothing lost, nothing asked twice, failures contained."""

import datetime as dt
import time
from pathlib import Path

import pytest

from pipeline.catalog.load import Catalog
from pipeline.core import spanish
from pipeline.core.errors import SourceUnavailable, UsageError
from pipeline.core.paths import Paths
from pipeline.core.run import RunInfo
from pipeline.core.settings import Settings, load_settings
from pipeline.emulator.server import running
from pipeline.ingest.plan import due
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.states import IngestReport, read_memory, read_states
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 5, 20)
SOME = ("DemaSIN", "DemaReal", "PrecBolsNaci", "Gene", "ListadoRecursos", "PrecEscaAct", "CargoUsoSTN")
pytestmark = [pytest.mark.slow]


def a_run(today: dt.date = TODAY, days: int = 60) -> RunInfo:
    """Return the identity of a simulated run."""
    return RunInfo(today, TODAY - dt.timedelta(days=days), "simulated", dt.datetime.combine(today, dt.time(5, 40)))


def go(catalog: Catalog, home: Path, run: RunInfo, url: str, **how: object) -> tuple[IngestReport, Paths]:
    """Ingest some metrics into a folder of their own."""
    settings: Settings = load_settings(xm_base_url=url, data_dir=home, build_dir=home / "build", xm_backoff=0.01)
    paths = Paths.of(settings)
    return ingest(catalog, settings, paths, run, metrics=SOME, **how), paths  # type: ignore[arg-type]


def windows_of(paths: Paths) -> dict[str, object]:
    """Return what was asked of each series."""
    return {key: state["windows"] for key, state in read_states(paths).items()}


@pytest.fixture(scope="module")
def url() -> str:  # type: ignore[misc]
    """A simulated XM that stands on TODAY."""
    with running("simulated", TODAY) as address:
        yield address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, url: str) -> tuple[IngestReport, Paths]:
    """A first ingest, shared by the tests that only read it."""
    return go(catalog, tmp_path_factory.mktemp("ingest"), a_run(), url)


def test_every_series_ends_with_a_state_and_a_reason(home: tuple[IngestReport, Paths]) -> None:
    """Rows, or empty with the reason why; nothing in between."""
    report, paths = home
    states = read_states(paths)
    assert not report.failed
    assert states["DemaSIN/Sistema"]["state"] == "ok"
    assert (states["PrecEscaAct/Sistema"]["state"], states["PrecEscaAct/Sistema"]["reason"]) == (
        "empty",
        "ended 2025-02-28",
    )
    assert Lake(paths.lake).read("ListadoRecursos", "Sistema").num_rows > 20


def test_parts_of_the_system_add_up_in_the_lake(home: tuple[IngestReport, Paths]) -> None:
    """Σ plants = system, read back from the lake, in GWh."""
    _, paths = home
    lake = Lake(paths.lake)
    plants = lake.read("Gene", "Recurso").to_pandas().groupby("ts")["value"].sum()
    system = lake.read("Gene", "Sistema").to_pandas().query("quality == 'ok'").set_index("ts")["value"]
    whole = system.index[system.index < system.index.max() - dt.timedelta(days=3)]  # the newest days are half built
    shared = whole.intersection(plants.index)
    assert len(shared) > 1000
    assert (plants[shared] - system[shared]).abs().max() < 1e-9
    assert 100 < system.groupby(system.index.date).sum().iloc[5] < 400


def test_the_same_day_asks_nothing(catalog: Catalog, home: tuple[IngestReport, Paths], url: str) -> None:
    """A second run of the day knows all there is to know."""
    _, paths = home
    before = (paths.lake / "CURRENT").read_bytes()
    report, _ = go(catalog, paths.data, a_run(), url)
    assert (report.asked, report.changed) == (0, False)
    assert (paths.lake / "CURRENT").read_bytes() == before


def test_the_next_day_asks_only_what_may_have_changed(catalog: Catalog, home: tuple[IngestReport, Paths]) -> None:
    """Young windows again, settled ones never."""
    _, paths = home
    states = read_states(paths)
    tomorrow = a_run(TODAY + dt.timedelta(days=1))
    asked = [one.request for one in due([catalog.metrics["Gene"]], tomorrow, states)]
    assert {r.start for r in asked if r.entity == "Sistema"} == {dt.date(2026, 4, 1), dt.date(2026, 5, 1)}
    assert len(due([catalog.metrics["Gene"]], tomorrow, states, full=True)) == 6


def test_archive_replayed_from_zero_is_the_same_lake(
    catalog: Catalog, home: tuple[IngestReport, Paths], tmp_path: Path
) -> None:
    """Bronze alone rebuilds the lake, byte for byte."""
    _, paths = home
    again = Paths(data=tmp_path, build=tmp_path / "build")
    again.bronze.parent.mkdir(exist_ok=True)
    again.bronze.symlink_to(paths.bronze)
    replay(catalog, load_settings(), again, a_run())
    grown, replayed = Lake(paths.lake).manifest(), Lake(again.lake).manifest()
    for name in (*SOME, "_revisions", "_quarantine"):  # holidays are made, not archived: a replay makes them all
        assert replayed.fingerprint(name) == grown.fingerprint(name), name


def test_faults_lose_nothing(catalog: Catalog, home: tuple[IngestReport, Paths], tmp_path: Path) -> None:
    """With a fifth of the answers broken, the lake is the one of a quiet day."""
    _, paths = home
    with running("simulated", TODAY, faults="503:0.1,truncated:0.05,html:0.05") as broken:
        settings = load_settings(xm_base_url=broken, data_dir=tmp_path, xm_backoff=0.01, xm_attempts=12)
        report = ingest(catalog, settings, Paths.of(settings), a_run(), metrics=SOME)
    assert not report.failed
    assert Lake(tmp_path / "lake").manifest().fingerprint() == Lake(paths.lake).manifest().fingerprint()


def test_a_dead_source_keeps_the_lake_and_says_so_once(catalog: Catalog, tmp_path: Path, url: str) -> None:
    """Nothing answers: what is there stays, the source is named, no series is to blame, and the next run asks again."""
    _, paths = go(catalog, tmp_path, a_run(), url)
    before = Lake(paths.lake).manifest(), windows_of(paths)
    begun = time.monotonic()
    report, _ = go(catalog, tmp_path, a_run(TODAY + dt.timedelta(days=1)), "http://127.0.0.1:9")
    assert time.monotonic() - begun < 10
    assert set(report.failed) == {"source xm"} and report.down["xm"].startswith("connect")
    assert (Lake(paths.lake).manifest(), windows_of(paths)) == before
    assert read_memory(paths).sources["xm"]["down"] == report.down["xm"]
    report, _ = go(catalog, tmp_path, a_run(TODAY + dt.timedelta(days=1)), url)
    assert not report.failed and report.asked > 0
    assert read_memory(paths).sources["xm"]["down"] == ""


def test_a_source_that_answers_503_is_given_up_in_time(catalog: Catalog, tmp_path: Path, url: str) -> None:
    """Patience and no more: the source is named with its code, no window and no series is to blame (S11)."""
    _, paths = go(catalog, tmp_path, a_run(), url)
    before = Lake(paths.lake).manifest(), windows_of(paths)
    with running("simulated", TODAY, faults="503:1.0") as broken:
        settings = load_settings(xm_base_url=broken, data_dir=tmp_path, patience=3, xm_attempts=50)
        begun = time.monotonic()
        tomorrow = a_run(TODAY + dt.timedelta(days=1))
        report = ingest(catalog, settings, paths, tomorrow, metrics=SOME)
    assert time.monotonic() - begun < 10
    assert set(report.failed) == {"source xm"} and report.down["xm"].startswith("http_503")
    assert spanish.reason(report.down["xm"]) == "la fuente falló (respondió 503)"
    assert (report.failed_windows, report.gaps) == (0, 0)
    assert (Lake(paths.lake).manifest(), windows_of(paths)) == before


def test_an_unreachable_source_and_no_lake_is_tried_again_later(catalog: Catalog, tmp_path: Path) -> None:
    """There is nothing to show: exit 75, and what to do."""
    with pytest.raises(SourceUnavailable, match="PORTAL_XM_PROXY") as caught:
        go(catalog, tmp_path, a_run(), "http://127.0.0.1:9")
    assert caught.value.exit_code == 75
    assert not (tmp_path / "ingest.json").exists()


def test_sources_never_mix(catalog: Catalog, home: tuple[IngestReport, Paths], url: str) -> None:
    """A folder of simulated data refuses real ones."""
    _, paths = home
    real = RunInfo(TODAY, TODAY, "xm", dt.datetime(2026, 5, 20))
    with pytest.raises(UsageError, match="simulated data"):
        go(catalog, paths.data, real, url)


def test_wrong_use_is_one_clear_line(catalog: Catalog, tmp_path: Path, url: str) -> None:
    """Unknown metric, reversed dates."""
    settings = load_settings(xm_base_url=url, data_dir=tmp_path)
    with pytest.raises(UsageError, match="Unknown metric: GeneReal"):
        ingest(catalog, settings, Paths.of(settings), a_run(), metrics=["GeneReal"])
    reversed_run = RunInfo(TODAY, TODAY + dt.timedelta(days=1), "simulated", dt.datetime(2026, 5, 20))
    with pytest.raises(UsageError, match="--since before --today"):
        ingest(catalog, settings, Paths.of(settings), reversed_run)
