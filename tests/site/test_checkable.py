"""What the checker knows, from small tables; and the checker itself under node, on that document."""

# ruff: noqa: E501 - sentences and rows are kept whole

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.catalog.load import Catalog
from pipeline.core.errors import UsageError
from pipeline.core.paths import PACKAGE
from pipeline.site.downloads.checkable import PATH, checkable
from pipeline.site.downloads.data import json_bytes
from pipeline.site.text_check import check_file, check_texts

_TABLES = """
CREATE TABLE series_info AS FROM (VALUES
    ('demand', 'DemaSIN', 1, 'like_day'), ('price', 'PrecBolsNaci', 2, 'like_day'), ('oni', 'ONI', 2, 'month')) AS t (series, metrics, decimals, compare);
CREATE TABLE catalog_metric AS FROM (VALUES ('DemaSIN', 'flow'), ('PrecBolsNaci', 'price'), ('ONI', 'rate')) AS t (id, kind);
-- ten days to the twentieth; the last of the demand may not be quoted
CREATE TABLE metric_daily AS
SELECT metric, 'Sistema' AS entity, DATE '2026-11-11' + i::INTEGER AS day, (level + i)::DOUBLE AS value, 24 AS hours
FROM range(10) t(i), (VALUES ('DemaSIN', 240.0), ('PrecBolsNaci', 1000.0)) m(metric, level);
CREATE TABLE daily_series AS
SELECT i.series, m.day, m.value, NOT (i.series = 'demand' AND m.day = DATE '2026-11-20') AS complete
FROM metric_daily AS m JOIN series_info AS i ON i.metrics = m.metric
UNION ALL SELECT 'demand', day, value, TRUE
FROM (VALUES (DATE '2026-06-03', 240.0), (DATE '2026-06-10', 252.0), (DATE '2025-06-11', 210.0)) AS t (day, value)
UNION ALL SELECT 'oni', day, value::DOUBLE, TRUE FROM (VALUES (DATE '2026-08-01', 1.2), (DATE '2026-10-01', 1.38)) AS t (day, value);
-- an hour of the demand was 2 lower, then 1 lower than now; each hour of a price counts a twenty-fourth
CREATE TABLE revision AS FROM (VALUES
    ('DemaSIN', 'Sistema', 'Sistema', TIMESTAMP '2026-11-18 03:00', 8.0, 9.0, DATE '2026-11-19', NULL::VARCHAR),
    ('DemaSIN', 'Sistema', 'Sistema', TIMESTAMP '2026-11-18 03:00', 9.0, 10.0, DATE '2026-11-20', NULL),
    ('PrecBolsNaci', 'Sistema', 'Sistema', TIMESTAMP '2026-11-18 03:00', 976.0, 1000.0, DATE '2026-11-19', NULL),
    ('DemaSIN', 'Sistema', 'Sistema', TIMESTAMP '2026-11-17 03:00', 9.0, NULL, DATE '2026-11-18', NULL)
) AS t (metric, entity, code, ts, old, new, seen, version);
CREATE TABLE claim AS FROM (VALUES
    ('compare.demand.year', 'comparison', 'demand', MAP {'value': 248.0, 'change': -3.74, 'span': 1.0}::MAP(VARCHAR, DOUBLE), MAP {}::MAP(VARCHAR, DOUBLE),
     MAP {'said': 'la demanda del país', 'against': 'year'}, DATE '2026-11-19', 'GWh', 1, 'day', ['DemaSIN']),
    ('composition.generation', 'composition', 'whole', MAP {'total': 100.0}::MAP(VARCHAR, DOUBLE), MAP {'la hidráulica': 52.4, 'la térmica': 38.5}::MAP(VARCHAR, DOUBLE),
     MAP {'said': 'la generación del país'}, DATE '2026-11-19', '%', 1, 'day', ['Gene']),
    ('threshold.reservoir.chuza', 'threshold', 'threshold_chuza', MAP {'value': 23.4, 'threshold': 29.8}::MAP(VARCHAR, DOUBLE), MAP {}::MAP(VARCHAR, DOUBLE),
     MAP {'said': 'el embalse Chuza', 'manner': 'stock', 'share_of': 'de su capacidad útil'}, DATE '2026-11-19', '%', 1, 'day', ['VoluUtilDiarEner']),
    ('run.demand.below', 'run', 'demand', MAP {'days': 8.0, 'span': 1.0}::MAP(VARCHAR, DOUBLE), MAP {}::MAP(VARCHAR, DOUBLE),
     MAP {'said': 'la demanda del país', 'side': 'below', 'basis': 'el día comparable de un año antes'}, DATE '2026-11-19', 'GWh', 1, 'day',
     ['DemaSIN'])
) AS t (id, kind, subject, figures, parts, words, day, unit, decimals, period, metrics);
-- what the reports of two days said: one value is another by now, the other is the same in its decimals
CREATE TABLE report AS FROM (VALUES
    ('daily', DATE '2026-11-17', '{"figures": [{"series": "demand", "value": 244.1, "measure": "day"}, {"series": "price", "value": 1006.001, "measure": "day"}]}'),
    ('daily', DATE '2026-11-18', '{"figures": [{"series": "demand", "value": 246.0, "measure": "day"}, {"series": "demand", "value": 1.0, "measure": "mean"}]}')
) AS t (kind, first, record);
CREATE TABLE record_day AS FROM (VALUES
    ('demand', 'high', DATE '2026-06-10', 240.0, DATE '2026-06-03'), ('demand', 'high', DATE '2026-06-03', 210.0, DATE '2025-06-11'),
    ('demand', 'high', DATE '2025-06-11', NULL::DOUBLE, NULL::DATE)) AS t (series, side, day, best_before, best_before_day);
ALTER TABLE claim ADD COLUMN days MAP(VARCHAR, DATE) DEFAULT MAP {};
ALTER TABLE metric_daily ADD COLUMN quality VARCHAR DEFAULT 'ok';
"""


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse of three series and four claims."""
    with duckdb.connect() as made:
        made.execute((PACKAGE / "views" / "rules" / "calendar.sql").read_text(encoding="utf-8"))
        made.execute(_TABLES)
        made.execute((PACKAGE / "views" / "headlines" / "checkable.sql").read_text(encoding="utf-8"))
        yield made


@pytest.fixture(scope="module")
def documents(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> dict[str, dict[str, object]]:
    """Every document."""
    return checkable(con, catalog)


@pytest.fixture(scope="module")
def known(documents: dict[str, dict[str, object]]) -> dict[str, object]:
    """The document of the night."""
    return documents[PATH]


@pytest.fixture(scope="module")
def site(documents: dict[str, dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has the documents."""
    folder = tmp_path_factory.mktemp("site")
    for name, document in documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(json_bytes(document))
    return folder


def _of(known: dict[str, object], series: str) -> dict[str, object]:
    listed: list[dict[str, object]] = known["series"]  # type: ignore[assignment]
    return next(each for each in listed if each["serie"] == series)


def test_a_series_has_its_days_and_months_and_no_value_that_may_not_be_quoted(known: dict[str, object]) -> None:
    """From its first day on, one a day; a month that is missing is null; the provisional day is not there."""
    assert known["hasta"] == "2026-11-20"
    demand = _of(known, "demand")
    assert (demand["desde"], demand["valores"]) == ("2026-11-01", [None] * 10 + [240.0 + i for i in range(9)])
    oni = _of(known, "oni")
    assert (oni["desde"], oni["valores"]) == ("2026-10-01", [1.38])
    names: list[str] = known["nombres"]  # type: ignore[assignment]
    assert {names[n] for n in demand["n"]} >= {"demanda del país", "demanda de energía"}  # type: ignore[attr-defined]


def test_older_versions_are_the_revisions_undone(known: dict[str, object]) -> None:
    """A flow loses what its hours gained, a price its mean; a day that was withdrawn in between is left out.

    What a report said of its day is known too, once it is another value, and once only.
    """
    assert _of(known, "demand")["antes"] == [
        ["2026-11-18", 245.0, "2026-11-19"], ["2026-11-18", 246.0, "2026-11-20"], ["2026-11-17", 244.1, ""],
    ]  # fmt: skip
    assert _of(known, "price")["antes"] == [["2026-11-18", 1006.0, "2026-11-19"]]


def test_a_portal_without_data_knows_nothing(catalog: Catalog) -> None:
    """No series, no claims: the page says so."""
    with duckdb.connect() as empty:
        empty.execute("CREATE TABLE daily_series (series VARCHAR, day DATE, value DOUBLE, complete BOOLEAN)")
        assert checkable(empty, catalog) == {PATH: {"hasta": None, "nombres": [], "series": [], "hechos": []}}


def test_a_month_of_the_past_has_a_file_that_no_night_writes_again(
    con: duckdb.DuckDBPyConnection, catalog: Catalog, documents: dict[str, dict[str, object]]
) -> None:
    """Its values, what its days are compared with, and nothing of tonight: a day more leaves it as it was."""
    name = "datos/verificar/2026-06.json"
    june = documents[name]
    assert documents[PATH]["archivo"] == "2025-06"
    assert june["valores"] == {"demand": [None, None, 240.0, *[None] * 6, 252.0, *[None] * 20]}
    backs = june["bases"]["like_day"]  # type: ignore[index]
    assert (backs["tramo"], backs["week"][9], backs["year"][9]) == (1, 7, 364)
    con.execute("BEGIN; INSERT INTO daily_series VALUES ('price', DATE '2026-11-21', 1010.0, TRUE)")
    again = checkable(con, catalog)
    con.execute("ROLLBACK")
    assert again[PATH] != documents[PATH]
    assert {n: d for n, d in again.items() if n != PATH} == {n: d for n, d in documents.items() if n != PATH}


@pytest.mark.parametrize(
    ("text", "verdicts"),
    [
        ("El 19 de noviembre de 2026, la demanda de energía fue de 248,0 GWh, un 3,7 % menos que hace un año.", ["right", "right"]),
        ("El 19 de noviembre de 2026, la demanda de energía fue de 248,0 GWh, un 3,7 % más que hace un año.", ["right", "wrong"]),
        ("El 18 de noviembre, la demanda del país fue de 246 GWh.", ["old"]),
        ("El 17 de noviembre, la demanda del país fue de 244,1 GWh.", ["old"]),
        ("El 18 de noviembre, el precio de bolsa fue de 1.007 COP/kWh.", ["right"]),
        ("El 18 de noviembre, el precio de bolsa fue de 1.003 COP/kWh.", ["wrong"]),
        ("El 20 de noviembre, la demanda del país fue de 249 GWh.", ["absent"]),
        ("El 19 de noviembre, el 52,4 % de la generación del país correspondió a la hidráulica.", ["right"]),
        ("El 19 de noviembre, Chuza está en el 23,4 % de su capacidad útil, por debajo del mínimo operativo superior del 28,9 %.", ["right", "wrong"]),
        ("El 19 de noviembre, la demanda del país completa ocho días seguidos por debajo del día comparable de un año antes.", ["right"]),
        ("El 19 de noviembre, la inflación fue de 5,1 %.", ["unknown"]),
        ("El 10 de junio de 2026, la demanda del país fue de 252 GWh, un 5 % más que la semana anterior y un 20 % más que un año antes.", ["right"] * 3),
        ("El 10 de junio de 2026, la demanda del país fue de 225 GWh, un 5 % menos que la semana anterior.", ["wrong", "wrong"]),
        ("El 11 de junio de 2026, la demanda del país fue de 252 GWh.", ["absent"]),
    ],
)  # fmt: skip
def test_the_checker_reads_the_documents(site: Path, text: str, verdicts: list[str]) -> None:
    """What Python wrote, the script understands: each figure of a sentence has its verdict."""
    [marks] = check_texts([text], (site / PATH).parent)
    assert [mark.verdict for mark in marks] == verdicts
    assert [text[mark.start : mark.end] for mark in marks] == [mark.text for mark in marks]


def test_a_file_is_checked_line_by_line(site: Path, tmp_path: Path) -> None:
    """Each figure is a line with its mark and the right value; one that is wrong is told apart."""
    text = tmp_path / "boletín.txt"
    text.write_text("El 19 de noviembre, la demanda del país fue de 284 GWh.", encoding="utf-8")
    said, clean = check_file(str(text), site)
    assert not clean
    assert said.splitlines()[0].split() == [
        "284", "GWh", "ERRADA", "Es", "248,0", "GWh:", "demanda", "del", "país,", "19", "nov", "2026.", "metricas/DemaSIN/",
    ]  # fmt: skip
    text.write_text("El 19 de noviembre, la demanda del país fue de 248 GWh.", encoding="utf-8")
    assert check_file(str(text), site)[1]


def test_what_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    """No such text, bytes that are no text, a site of an older portal."""
    bytes_only = tmp_path / "x.bin"
    bytes_only.write_bytes(b"\xff\xfe\x00")
    for name in (tmp_path / "no.txt", bytes_only):
        with pytest.raises(UsageError, match="cannot be read"):
            check_file(str(name), tmp_path)
    text = tmp_path / "t.txt"
    text.write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="has no datos/verificar"):
        check_file(str(text), tmp_path)


def test_a_month_says_which_records_stood_before_it(documents: dict[str, dict[str, object]]) -> None:
    """Before its first day with a value; of a month before any record, none."""
    assert documents["datos/verificar/2026-06.json"]["marcas"] == {"demand": {"high": [210.0, "2025-06-11"]}}
    assert documents["datos/verificar/2025-06.json"]["marcas"] == {}
