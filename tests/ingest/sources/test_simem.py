"""SIMEM end to end: versions kept, one value per hour, lists whole, each dataset failing alone."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.catalog.load import Catalog
from pipeline.catalog.schema import SimemSection
from pipeline.core.errors import SourceUnavailable
from pipeline.core.paths import Paths
from pipeline.core.run import DataSource, RunInfo
from pipeline.core.settings import load_settings
from pipeline.emulator.server import running
from pipeline.ingest.rounds import ingest, replay
from pipeline.ingest.states import IngestReport, read_states
from pipeline.store import warehouse
from pipeline.store.lake import Lake

TODAY = dt.date(2026, 9, 20)
SINCE = dt.date(2026, 5, 20)
pytestmark = [pytest.mark.slow]


def a_run(today: dt.date = TODAY, since: dt.date = SINCE, source: DataSource = "simulated") -> RunInfo:
    """Return the identity of a run."""
    return RunInfo(today, since, source, dt.datetime.combine(today, dt.time(5, 40)))


def go(catalog: Catalog, home: Path, run: RunInfo, url: str, *more: str, **how: object) -> tuple[IngestReport, Paths]:
    """Ingest SIMEM's metrics, and some of XM's, into a folder."""
    settings = load_settings(
        xm_base_url=url, simem_base_url=url, data_dir=home, build_dir=home / "build", xm_backoff=0.01, xm_attempts=2
    )
    paths = Paths.of(settings)
    names = [metric.id for metric in catalog.metrics.values() if metric.source == "simem"]
    return ingest(catalog, settings, paths, run, metrics=[*names, *more], **how), paths  # type: ignore[arg-type]


def table(paths: Paths, metric: str, entity: str = "Sistema") -> pd.DataFrame:
    """Return the rows of a series."""
    return Lake(paths.lake).read(metric, entity).to_pandas()


@pytest.fixture(scope="module")
def url() -> str:  # type: ignore[misc]
    """A simulated XM and SIMEM that stand on TODAY."""
    with running("simulated", TODAY) as address:
        yield address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, url: str) -> tuple[IngestReport, Paths]:
    """A first ingest, with its warehouse, shared by the tests that only read it."""
    report, paths = go(catalog, tmp_path_factory.mktemp("simem"), a_run(), url, "PrecBolsNaci", "VoluUtilDiarEner")
    warehouse.prepare(paths, catalog, Lake(paths.lake), a_run(), read_states(paths))
    warehouse.complete(paths, catalog, Lake(paths.lake))
    return report, paths


def test_every_series_of_simem_arrives(home: tuple[IngestReport, Paths], catalog: Catalog) -> None:
    """All have rows but the activation price, which ended; nothing is refused, missing or lost."""
    report, paths = home
    states = read_states(paths)
    found = {s.key: states[s.key]["state"] for s in catalog.series() if catalog.metrics[s.metric].source == "simem"}
    assert found.pop("PrecioEscasezActivacion/Sistema") == "empty"
    assert set(found.values()) == {"ok"}
    assert (report.failed, report.rejects, report.gaps, report.drift) == ({}, 0, 0, [])
    assert len(table(paths, "LineasTransmision")) == 60


def test_one_value_per_hour_equals_xms_price(home: tuple[IngestReport, Paths]) -> None:
    """Over months with an adjustment after the invoice and days with a first version only, SIMEM = XM (I18)."""
    _, paths = home
    with warehouse.connect(paths.warehouse) as con:
        both = con.execute(
            'SELECT count(*), max(abs(s.value - x.value)), sum(s.value) / sum(x.value) FROM "PB_Nal" s '
            'JOIN "PrecBolsNaci" x USING (ts)'
        ).fetchall()[0]
        used = con.execute('SELECT DISTINCT version FROM "PB_Nal" ORDER BY 1').fetchall()
        kept = con.execute('SELECT count(*), count(DISTINCT version) FROM "PB_Nal_versions"').fetchall()[0]
        hours = con.execute('SELECT count(*), count(DISTINCT ts) FROM "PB_Nal"').fetchall()[0]
    assert both[0] > 2800
    assert both[1] < 1e-9
    assert [name for (name,) in used] == ["TX1", "TX2", "TX3", "TXF", "TXR"]
    assert hours[0] == hours[1]
    assert kept[0] > 3 * hours[0]
    assert kept[1] == 5


def test_what_tx1_said_and_what_holds_now_is_one_query(home: tuple[IngestReport, Paths]) -> None:
    """The view of versions has a row an hour, the first and the latest value and how far they moved."""
    _, paths = home
    with warehouse.connect(paths.warehouse) as con:
        row = con.execute(
            "SELECT tx1, tx3, txf, latest, latest_version, versions, max_change FROM price_versions "
            "WHERE ts = TIMESTAMP '2026-06-01 12:00'"
        ).fetchall()[0]
    tx1, tx3, txf, latest, name, versions, change = row
    assert (latest, name, versions) == (tx3, "TX3", 5)
    assert tx1 != latest
    assert txf == pytest.approx(1.003 * tx3, rel=1e-6)
    assert change >= abs(txf - tx3)


def test_reservoirs_of_both_sources_agree(home: tuple[IngestReport, Paths]) -> None:
    """SIMEM's volumes are XM's, in GWh, under SIMEM's codes; the minima lie where they should."""
    _, paths = home
    simem = table(paths, "VolumenUtilDiarioEnergia", "Embalse").query("code == 'GUAVIO'").set_index("ts")["value"]
    xm = table(paths, "VoluUtilDiarEner", "Embalse").query("code == 'GUAVIO'").set_index("ts")["value"]
    assert len(simem) > 100
    assert (simem - xm[simem.index]).abs().max() < 1e-9
    low, high = (table(paths, f"MinimoOperativo{name}", "Embalse")["value"] for name in ("Inferior", "Superior"))
    assert (low < high).all()


def test_a_second_run_asks_nothing_and_the_next_day_little(
    home: tuple[IngestReport, Paths], catalog: Catalog, url: str
) -> None:
    """Known windows are not asked again the same day; the day after only young ones and the lists are."""
    _, paths = home
    again, _ = go(catalog, paths.data, a_run(), url)
    assert (again.asked, again.changed) == (0, False)
    tomorrow = TODAY + dt.timedelta(days=1)
    with running("simulated", tomorrow) as later:
        report, _ = go(catalog, paths.data, a_run(tomorrow), later)
    assert 0 < report.asked < 40
    assert report.failed == {}
    revised = table(paths, "_revisions", "log")
    # A version never changes once it is out; a new version is a new row.
    assert not len(revised) or not revised["metric"].isin(["PB_Nal", "PB_Int"]).any()


def test_series_of_one_dataset_that_end_on_other_days_are_all_known(tmp_path: Path, catalog: Catalog, url: str) -> None:
    """One answer for a shorter span does not make the longer one, which began on the same day, be asked again."""
    settings = load_settings(xm_base_url=url, simem_base_url=url, data_dir=tmp_path, build_dir=tmp_path / "build")
    names = [
        m.id for m in catalog.metrics.values() if m.simem and m.simem.dataset == catalog.metrics["PE"].simem.dataset
    ]
    run = a_run(since=dt.date(2024, 1, 1))
    first = ingest(catalog, settings, Paths.of(settings), run, metrics=names)
    assert first.progress["simem"]["asked"] == first.progress["simem"]["wanted"] > 2
    assert ingest(catalog, settings, Paths.of(settings), run, metrics=names).asked == 0


def test_the_archive_alone_gives_the_same_lake(home: tuple[IngestReport, Paths], catalog: Catalog) -> None:
    """Replayed from bronze into an empty lake, every series of SIMEM comes back equal."""
    _, paths = home
    names = [s for s in catalog.series() if catalog.metrics[s.metric].source == "simem"]
    before = {s.key: table(paths, s.metric, s.entity) for s in names}
    empty = Paths(data=paths.data.parent / "again", build=paths.build)
    empty.data.mkdir()
    (empty.data / "bronze").symlink_to(paths.bronze)
    settings = load_settings(data_dir=empty.data, build_dir=empty.build)
    replay(catalog, settings, empty, a_run(TODAY + dt.timedelta(days=1)))
    for series in names:
        pd.testing.assert_frame_equal(table(empty, series.metric, series.entity), before[series.key])


def test_a_dataset_fails_alone(tmp_path: Path, catalog: Catalog, url: str) -> None:
    """One dataset retired and one with a renamed column: their series fail with the reason, the others arrive."""
    metrics = dict(catalog.metrics)
    retired = SimemSection(dataset="c1b851", value="Valor")
    metrics["PE"] = metrics["PE"].model_copy(update={"simem": retired})
    renamed = SimemSection(dataset="B0E933", value="VolumenTotal", code=("CodigoEmbalse",))
    metrics["VolumenTotalEnergia"] = metrics["VolumenTotalEnergia"].model_copy(update={"simem": renamed})
    broken = Catalog(**{**vars(catalog), "metrics": metrics})
    report, paths = go(broken, tmp_path, a_run(since=TODAY - dt.timedelta(days=20)), url)
    assert set(report.failed) == {"PE/Sistema", "VolumenTotalEnergia/Embalse"}
    assert "unknown_dataset" in report.failed["PE/Sistema"] or "no existe" in report.failed["PE/Sistema"]
    assert "no column VolumenTotal" in report.failed["VolumenTotalEnergia/Embalse"]
    states = read_states(paths)
    assert states["PB_Nal/Sistema"]["state"] == states["VolumenUtilDiarioEnergia/Embalse"]["state"] == "ok"


def test_an_unknown_version_is_quarantined(tmp_path: Path, catalog: Catalog, url: str) -> None:
    """A version nobody declared goes to quarantine with its place; the hours keep their other versions (I18).

    The losses come in that version only: nothing of them can be read, which is a failure by name.
    """
    fewer = Catalog(**{**vars(catalog), "versions": ("TX1", "TX2", "TXF")})
    report, paths = go(fewer, tmp_path, a_run(since=TODAY - dt.timedelta(days=40)), url)
    held = table(paths, "_quarantine", "PB_Nal.Sistema")
    assert set(held["rule"]) == {"unknown_version"}
    assert set(held["value"]) == {"TXR"}
    assert report.quarantined == report.rejects > 0
    assert set(table(paths, "PB_Nal")["version"]) == {"TX1", "TX2"}
    assert report.failed.keys() == {"PerdidasEnergia/Agente", "PerdidasDemandaTie/Agente"}
    assert all("unknown_version at [" in reason for reason in report.failed.values())


def test_simem_down_does_not_stop_xm(tmp_path: Path, catalog: Catalog, url: str) -> None:
    """Without SIMEM, XM's series arrive and SIMEM is named as down; alone, it is an error to try again later."""
    nowhere = "http://127.0.0.1:9"
    run = a_run(since=TODAY - dt.timedelta(days=10))
    settings = load_settings(
        xm_base_url=url, simem_base_url=nowhere, data_dir=tmp_path, build_dir=tmp_path / "b", xm_backoff=0.01,
        xm_attempts=1,
    )  # fmt: skip
    report = ingest(catalog, settings, Paths.of(settings), run, metrics=["DemaSIN", "PE", "PB_Nal"])
    assert set(report.down) == {"simem"}
    assert set(report.failed) == {"source simem"}, "the source is to blame, once"
    assert {read_states(Paths.of(settings))[f"{name}/Sistema"]["reason"] for name in ("PB_Nal", "PE")} == {"not_asked"}
    assert len(table(Paths.of(settings), "DemaSIN")) > 5
    with pytest.raises(SourceUnavailable):
        ingest(catalog, settings, Paths.of(settings), run, metrics=["PE"], full=True)


@pytest.mark.real
def test_real_versions_come_back_as_they_are(tmp_path: Path, catalog: Catalog, realdata: Path) -> None:
    """Real prices of March and April 2024 in seven versions, and of late 2024 in two: equal to 1e-9, none missing."""
    with running(realdata / "xm", dt.date(2025, 12, 31)) as url:
        run = a_run(dt.date(2025, 12, 31), dt.date(2024, 3, 1), "replayed")
        report, paths = go(catalog, tmp_path, run, url)
    assert report.rejects == 0
    source = pd.concat(
        pq.read_table(realdata / name).to_pandas()
        for name in ("simem_precio_versiones_2024.parquet", "simem_versiones_2024T4.parquet")
    )
    names = {"Última versión": "TXF", "Versión TXR": "TXR"}
    source["version"] = source["version"].replace(names)
    kept = pd.concat(table(paths, name).assign(metric=name) for name in ("PB_Nal", "PB_Int", "PB_Tie"))
    key = ["metric", "ts", "version"]
    left = source.astype({"ts": "datetime64[ms]"}).set_index(key)["value"].sort_index()
    right = kept.astype({"ts": "datetime64[ms]"}).set_index(key)["value"].sort_index()
    assert left.index.equals(right.index)
    assert (left - right).abs().max() < 1e-9
