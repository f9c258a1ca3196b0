"""The calendar of publications: the declared lags, in a file that any calendar reads, the same all year."""

from __future__ import annotations

import datetime as dt
import re

from pipeline.catalog.load import load_catalog
from pipeline.site.downloads.calendar_file import calendar_file

YEAR = 2026


def events() -> list[dict[str, str]]:
    """Return the fields of each event, with lines and letters as they were before they were folded and escaped."""
    text = calendar_file(load_catalog(), YEAR).decode().replace("\r\n ", "")
    found = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text, re.DOTALL)
    return [dict(line.split(":", 1) for line in event.strip().split("\r\n")) for event in found]


def test_a_month_comes_when_its_lag_says() -> None:
    """Each monthly metric that is still published is in one event of each month, on its day."""
    catalog = load_catalog()
    own = [m for m in catalog.data_metrics() if m.grain == "monthly" and not m.ends]
    for metric in own:
        day = dt.date(YEAR, 5, 31) + dt.timedelta(days=metric.lag_days)
        uid = f"{YEAR}-05-sale-{metric.lag_days}@portal-energetico"
        (event,) = [event for event in events() if event["UID"] == uid]
        assert event["DTSTART;VALUE=DATE"] == f"{day:%Y%m%d}"
        assert metric.title.replace(",", "\\,") in event["DESCRIPTION"]
    assert len({event["UID"] for event in events()}) == len(events()) > 12 * 2
    assert {event["DTSTART;VALUE=DATE"][:4] for event in events()} == {str(YEAR)}


def test_lines_are_as_long_as_the_standard_lets_them_be() -> None:
    """75 octets, letters whole, and every line ends with both marks."""
    lines = calendar_file(load_catalog(), YEAR).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines[:-1])
    assert (lines[0], lines[-2:]) == (b"BEGIN:VCALENDAR", [b"END:VCALENDAR", b""])
