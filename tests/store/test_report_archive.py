"""Published reports in the lake: kept as they are, read back byte for byte, never written twice."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import StoreError
from pipeline.core.run import RunInfo
from pipeline.store.lake import Lake
from pipeline.store.report_archive import FrozenReport, ReportArchive

FIRST = dt.date(2026, 3, 1)
DAY = dt.timedelta(days=1)


def run_on(day: dt.date) -> RunInfo:
    """The run of a night."""
    return RunInfo(day, FIRST, "simulated", dt.datetime.combine(day, dt.time(5, 40)))


def report_of(day: dt.date, files: dict[str, bytes], published: dt.date) -> FrozenReport:
    """A report of a day."""
    record = json.dumps({"files": [{"path": path, "sha256": "-"} for path in files], "figures": []})
    return FrozenReport(
        "daily", f"{day}", f"informes/{day:%Y/%m/%d}", day, day, published, f"Informe del {day}", "Dice.", False, record
    )


def test_a_lake_without_reports_has_none(tmp_path: Path) -> None:
    """Neither an index nor files."""
    archive = ReportArchive(Lake(tmp_path / "lake"))
    assert archive.reports == ()
    assert archive.files_of("informes/2026/03/01") == {}


@settings(max_examples=8, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=40))
def test_files_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]) -> None:
    """Over many nights and parts, each report has its own files with their bytes, and the index is in order."""
    lake = Lake(tmp_path_factory.mktemp("archive") / "lake")
    for number, content in enumerate(contents):
        day = FIRST + number * DAY
        files = {"parte.html": content, "informe.pdf": content[::-1]}
        ReportArchive(lake).keep([(report_of(day, files, day + DAY), files)], run_on(day + DAY))
    archive = ReportArchive(lake)
    assert [report.first for report in archive.reports] == [FIRST + n * DAY for n in range(len(contents))]
    for report, content in zip(archive.reports, contents, strict=True):
        assert archive.files_of(report.address) == {"parte.html": content, "informe.pdf": content[::-1]}
    assert lake.verify() == []


def test_a_night_writes_little_of_the_archive_again(tmp_path: Path) -> None:
    """Full parts stay: the files of a report of the first night lie where they lay."""
    lake = Lake(tmp_path / "lake")
    for number in range(20):
        day = FIRST + number * DAY
        files = {f"{name}.svg": bytes([number]) * 50 for name in "abcd"}
        ReportArchive(lake).keep([(report_of(day, files, day), files)], run_on(day))
    before = {part.path for part in lake.manifest().of("_report_file", "all")}
    day = FIRST + 20 * DAY
    ReportArchive(lake).keep([(report_of(day, {"a.svg": b"x"}, day), {"a.svg": b"x"})], run_on(day))
    after = {part.path for part in lake.manifest().of("_report_file", "all")}
    assert len(before - after) <= 1
    assert len(before) >= 4


def test_an_address_is_taken_once(tmp_path: Path) -> None:
    """What is published never changes, whoever tries."""
    lake = Lake(tmp_path / "lake")
    ReportArchive(lake).keep([(report_of(FIRST, {"a": b"1"}, FIRST), {"a": b"1"})], run_on(FIRST))
    with pytest.raises(StoreError, match="never changes"):
        ReportArchive(lake).keep([(report_of(FIRST, {"a": b"2"}, FIRST), {"a": b"2"})], run_on(FIRST + DAY))
    assert ReportArchive(lake).files_of("informes/2026/03/01") == {"a": b"1"}
