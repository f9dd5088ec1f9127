"""Calendar files."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotano.lib import ics

AT = dt.datetime(2026, 3, 29, 8, 0, tzinfo=dt.UTC)


def event(**said):
    return ics.Event(**{"key": "reminder-1@cotano", "at": AT, "title": "Olena", "changed": AT, **said})


def unfold(file):
    return file.replace("\r\n ", "").split("\r\n")


def test_a_file_in_full():
    file = ics.write("Cotano", [event(url="https://cotano.example/leads/1/"), event(key="day-1@cotano", at=dt.date(2026, 12, 31))])
    assert unfold(file) == [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Cotano//Calendar//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"),
        *("X-WR-CALNAME:Cotano", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"),
        *("BEGIN:VEVENT", "UID:reminder-1@cotano", "DTSTAMP:20260329T080000Z", "DTSTART:20260329T080000Z", "DTEND:20260329T081500Z"),
        *("SUMMARY:Olena", "URL:https://cotano.example/leads/1/", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:day-1@cotano", "DTSTAMP:20260329T080000Z", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101"),
        *("TRANSP:TRANSPARENT", "SUMMARY:Olena", "END:VEVENT", "END:VCALENDAR", ""),
    ]


def test_a_moment_in_any_zone_is_written_in_utc():
    kyiv = dt.timezone(dt.timedelta(hours=3))
    assert "DTSTART:20260329T080000Z" in ics.write("", [event(at=dt.datetime(2026, 3, 29, 11, tzinfo=kyiv))])


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("a;b,c\\d", "a\\;b\\,c\\\\d"),
        ("a\r\nBEGIN:VEVENT\r\n", "a\\nBEGIN:VEVENT\\n"),
        ("a\u2028b\u0085c\rd\x0be", "a\\nb\\nc\\nd\\ne"),
        ("a\x00\x1b\ud800b\tc", "ab c"),
    ],
)
def test_what_people_write_stays_in_its_line(said, written):
    assert ics.text(said) == written


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=5))
def test_no_title_can_write_another_line(titles):
    file = ics.write("Cotano", [event(key=f"{n}@cotano", title=title) for n, title in enumerate(titles)])
    lines = file.split("\r\n")
    assert max(len(line.encode()) for line in lines) <= 75
    assert file.count("BEGIN:VEVENT") - sum(title.count("BEGIN:VEVENT") for title in titles) <= len(titles)
    names = [re.split("[:;]", line)[0] for line in unfold(file)[:-1]]
    assert names.count("SUMMARY") == len(titles)
    assert set(names) <= {
        *("BEGIN", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL", "UID"),
        *("DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "END"),
    }
    assert "\r" not in file.replace("\r\n", "")
    assert "\n" not in file.replace("\r\n", "")


def test_a_long_name_is_cut_between_letters():
    file = ics.write("Cotano", [event(title="Ї" * 200)])
    assert "SUMMARY:" + "Ї" * 200 in unfold(file)
    assert max(len(line.encode()) for line in file.split("\r\n")) <= 75
