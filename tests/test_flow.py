"""The whole line, twice: complete, idempotent, reproducible, and calm when a part fails."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import time
from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.load import Catalog
from pipeline.flow import Line
from pipeline.store.lake import Lake
from pipeline.store.series_files import addresses
from tests import world as small

pytestmark = [pytest.mark.world]


def test_every_series_arrives(world: small.SmallWorld, catalog: Catalog) -> None:
    """All declared series end `ok`, or `empty` with a reason; none failed, and so do those of the other sources."""
    status = json.loads((world.paths.site / "api" / "v1" / "estado.json").read_text())
    series = status["series"]
    assert len(series) == len(catalog.series())
    assert {s["estado"] for s in series} <= {"ok", "vacía"}
    assert sum(s["estado"] == "ok" for s in series) >= 180
    assert all(s["motivo"] for s in series if s["estado"] == "vacía")
    assert world.report.exit_code == 0
    assert not world.report.failed


def test_every_metric_and_board_has_its_page(world: small.SmallWorld, catalog: Catalog) -> None:
    """A page for each metric and every board, each with its title and its number."""
    for metric in catalog.metrics.values():
        assert metric.title in world.page(f"metricas/{metric.id}"), metric.id
    for board in catalog.boards.values():
        page = world.page("" if board.slug == "inicio" else f"tableros/{board.slug}")
        assert board.question in page or board.slug == "inicio"


def test_simulated_data_say_so_on_every_page(world: small.SmallWorld) -> None:
    """No page of a simulated portal passes for a real one."""
    pages = list(world.paths.site.rglob("*.html"))
    assert len(pages) > 150
    for page in pages:
        assert "DATOS SIMULADOS" in page.read_text(encoding="utf-8"), page


def test_a_second_run_does_nothing(world: small.SmallWorld) -> None:
    """Unchanged inputs: no question asked, no stage run, no file rewritten, and soon done."""
    before = world.stamps()
    started = time.monotonic()
    again = small.build(world.paths.data.parent)
    assert time.monotonic() - started < 15
    assert again.report.skipped == ["warehouse", "forecast", "narrate", "reports", "site"]
    assert again.stamps() == before


@pytest.mark.again
def test_another_folder_zone_language_and_one_process_give_the_same_bytes(
    world: small.SmallWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same inputs and lock ⇒ same bytes: lake, pages, figures, search index, API; by two processes or by one."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONHASHSEED", "1234")
    time.tzset()
    try:
        twin = small.build(tmp_path, workers=1)
    finally:
        monkeypatch.undo()
        time.tzset()
    first, second = world.contents(), twin.contents()
    assert set(first) == set(second)
    assert [name for name in first if first[name] != second[name]] == []
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_the_published_data_are_the_lake(world: small.SmallWorld) -> None:
    """`datos/` holds the manifest and every part it names, byte for byte."""
    published = json.loads((world.paths.site / "datos" / "manifest.json").read_text())
    lake = Lake(world.paths.lake)
    parts = {p.path: p for p in lake.manifest().parts if not p.metric.startswith("_")}
    names = {p["path"] for p in published["parts"]}
    assert set(parts) <= names
    where = addresses(lake.manifest())
    for path in parts:
        assert (world.paths.site / "datos" / where[path]).read_bytes() == (lake.root / path).read_bytes()


def test_restore_rebuilds_the_lake(world: small.SmallWorld, tmp_path: Path) -> None:
    """Any published portal is a backup: the lake comes back with the same content."""
    from pipeline.core.settings import load_settings
    from pipeline.ingest.restoring import restore_lake

    settings = load_settings(data_dir=tmp_path, build_dir=tmp_path / "build")
    restore_lake(settings, str(world.paths.site))
    assert Lake(tmp_path / "lake").manifest().fingerprint() == Lake(world.paths.lake).manifest().fingerprint()
    assert not Lake(tmp_path / "lake").verify()


def test_no_forecast_lies_outside_what_can_be(world: small.SmallWorld) -> None:
    """No row of any model, night, backtest or scenario has a mean or a band beyond the range known at its origin."""
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        rows, outside, disordered = con.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE lo95 < least OR hi95 > most OR mean NOT BETWEEN least AND most),
                   count(*) FILTER (WHERE NOT (lo95 <= lo80 AND lo80 <= mean AND mean <= hi80 AND hi80 <= hi95))
            FROM forecast_value AS v
            ASOF JOIN forecast_range AS r ON r.series = v.series AND r.day <= v.origin
            """
        ).fetchall()[0]
    assert rows > 1000
    assert (outside, disordered) == (0, 0)


def test_forecasts_are_kept_and_beat_the_naive(world: small.SmallWorld, catalog: Catalog) -> None:
    """Every published model is at least as good as the seasonal naive in its own backtest."""
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        rows = con.execute(
            """
            SELECT p.series, p.model, p.mae, n.mae
            FROM forecast_score p JOIN forecast_score n USING (series, lead, run_kind)
            WHERE p.published AND n.model = 'seasonal_naive' AND lead = 'all' AND run_kind = 'backtest'
              AND p.series NOT LIKE '%:%'
            """
        ).fetchall()
        told = con.execute(
            "SELECT series, published, reason FROM forecast_policy WHERE series NOT LIKE '%:%'"
        ).fetchall()
        agents = con.execute("SELECT count(DISTINCT series) FROM forecast_value WHERE series LIKE '%:%'").fetchone()
        hours = con.execute(
            "SELECT count(*) FROM forecast_value "
            "WHERE series = 'demand_hourly' AND model = 'lear' AND run_kind = 'live'"
        ).fetchone()
        sources = con.execute(
            """
            SELECT max(abs(gap)) FROM (
                SELECT target, sum(CASE series WHEN 'generation_total_daily' THEN -mean ELSE mean END) AS gap
                FROM forecast_value WHERE model = 'coherent' AND run_kind = 'live'
                  AND series IN (SELECT series FROM forecast_policy WHERE metric = 'Gene')
                GROUP BY target)
            """
        ).fetchone()
        kinds = {k for (k,) in con.execute("SELECT DISTINCT run_kind FROM forecast_value").fetchall()}
    assert len(rows) >= 12
    assert len(told) == len(catalog.forecasts)
    assert all(reason for _, _, reason in told)
    assert agents is not None and agents[0] > 20
    assert hours == (168,)
    assert sources is not None and sources[0] < 1e-6
    assert all(mae <= naive for _, _, mae, naive in rows)
    assert kinds == {"live", "backtest"}


def test_provisional_days_never_make_a_headline(world: small.SmallWorld) -> None:
    """The newest, half-built demand is in the table, marked; the headline is an older, whole day."""
    headlines = json.loads((world.paths.site / "api" / "v1" / "titulares.json").read_text())
    shown = {h["serie"]: h for h in headlines["titulares"]}
    with duckdb.connect(str(world.paths.warehouse), read_only=True) as con:
        days = con.execute("SELECT day, value FROM \"DemaSIN_daily\" WHERE quality = 'provisional'").fetchall()
    assert days
    low = {day.isoformat() for day, _ in days}
    assert shown["demand"]["dia"] not in low
    assert shown["demand"]["valor"] > 100 > max(value for _, value in days)
    marked = {d["dia"] for d in headlines["dias"] if d["serie"] == "demand" and d["calidad"] == "preliminar"}
    assert marked == low
    assert "Preliminar" in world.page("")


def test_a_failing_page_keeps_its_last_state(world: small.SmallWorld, tmp_path: Path) -> None:
    """A board whose SQL breaks is named and the run ends 1; every other page is published."""
    home = tmp_path / "w"
    shutil.copytree(world.paths.data.parent, home, symlinks=True)
    from pipeline.core.settings import load_settings

    settings = load_settings(data_dir=home / "data", build_dir=home / "build")
    line = Line.of(settings, world.run)
    board = line.catalog.boards["hidrologia"]
    block = next(b for b in board.blocks if b.sql)
    broken = board.model_copy(
        update={
            "blocks": tuple(
                b.model_copy(update={"sql": "SELECT nothing FROM nowhere"}) if b is block else b for b in board.blocks
            )
        }
    )
    line.catalog.boards["hidrologia"] = broken
    line.site()
    assert line.report.exit_code == 1
    assert any("hidrologia" in reason for reason in line.report.failed)
    assert (home / "build" / "docs" / "tableros" / "hidrologia.md").exists() or list(
        (home / "build" / "docs" / "tableros").glob("hidrologia*")
    )


def test_no_leftovers_after_the_build(world: small.SmallWorld) -> None:
    """No temporary file stays in data or site."""
    found = (p for root in (world.paths.data, world.paths.site) for p in root.rglob("*") if p.is_file())
    left = [p for p in found if ".tmp" in p.as_posix()]
    assert left == []


@pytest.fixture(scope="module")
def real_world(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> small.SmallWorld:
    """Real XM values through the whole line, as on 6 May 2024."""
    home = tmp_path_factory.mktemp("real")
    since = dt.date(2023, 1, 1)
    return small.build(home, today=dt.date(2024, 5, 6), since=since, source="replayed", data=realdata / "xm")


PUBLISHED = {
    ("price", "2024-04-30"): 127.12, ("price_min", "2024-04-30"): 96.36, ("price_max", "2024-04-30"): 228.36,
    ("generation", "2024-04-30"): 233.86, ("gen_hydro", "2024-04-30"): 143.26, ("gen_thermal", "2024-04-30"): 78.45,
    ("gen_solar", "2024-04-30"): 10.12, ("gen_cogeneration", "2024-04-30"): 1.57, ("gen_wind", "2024-04-30"): 0.46,
    ("reserves", "2024-05-05"): 34.42, ("inflows", "2024-05-05"): 344.0, ("inflows_pct", "2024-05-05"): 121.7,
}  # fmt: skip


@pytest.mark.real
@pytest.mark.again
def test_published_values_stand_in_the_api(real_world: small.SmallWorld) -> None:
    """What XM and the ministry published for those days is what our API answers."""
    document = json.loads((real_world.paths.site / "api" / "v1" / "titulares.json").read_text())
    days = {(d["serie"], d["dia"]): d["valor"] for d in document["dias"]}
    found = {key: days.get(key) for key in PUBLISHED}
    assert found == {
        key: pytest.approx(value, abs=0.051 if key[0].startswith("inflows") else 0.0051)
        for key, value in PUBLISHED.items()
    }
    yearly = json.loads((real_world.paths.site / "api" / "v1" / "anual.json").read_text())["anual"]
    (demand,) = [y for y in yearly if y["serie"] == "demand" and y["anio"] == 2023]
    assert demand["valor"] == pytest.approx(79982, abs=0.5)
    assert demand["dias"] == 365
    assert real_world.report.exit_code == 0


@pytest.mark.real
@pytest.mark.again
def test_published_values_stand_in_the_pages(real_world: small.SmallWorld) -> None:
    """The same figures are printed, es-CO, in the built HTML; and the pages say what data they hold."""
    home, mix = real_world.page(""), real_world.page("tableros/generacion-fuentes")
    price, water = real_world.page("tableros/precio-bolsa"), real_world.page("tableros/hidrologia")
    assert "DATOS DE PRUEBA" in home
    assert "79.982" in home
    assert all(text in price for text in ("127,1", "96,36", "228,36"))
    assert all(text in mix for text in ("233,9", "143,3", "78,4", "10,1"))
    assert all(text in water for text in ("34,4", "344,0", "121,7"))


@pytest.mark.real
@pytest.mark.again
def test_half_built_real_days_are_marked_and_out_of_headlines(real_world: small.SmallWorld) -> None:
    """52.6 and 49.1 GWh of 2 and 3 May 2024: provisional, in the table, in no headline, claim or forecast."""
    with duckdb.connect(str(real_world.paths.warehouse), read_only=True) as con:
        rows = con.execute(
            'SELECT day, round(value, 1), quality FROM "DemaReal_daily" '
            "WHERE entity = 'Sistema' AND day >= '2024-05-02'"
        ).fetchall()
        claims = con.execute("SELECT id, unnest(map_values(figures)) FROM claim").fetchall()
    assert [(d.isoformat(), v, q) for d, v, q in rows] == [
        ("2024-05-02", 52.6, "provisional"), ("2024-05-03", 49.1, "provisional"),
    ]  # fmt: skip
    assert len(claims) > 200
    assert not [c for c in claims if c[1] is not None and (abs(c[1] - 52.6) < 0.05 or abs(c[1] - 49.1) < 0.05)]
    assert "Preliminar" in real_world.page("")
