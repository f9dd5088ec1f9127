"""What a person means by a wall-clock time, compared with a plain search through the moments around it, in any zone."""

import datetime as dt
import random
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from cotano.lib import clock
from tests import sizes

NAMED = ["Europe/Kyiv", "America/New_York", "Asia/Almaty", "Pacific/Apia", "Australia/Lord_Howe"]
ALL = sorted(zone for zone in clock.zones() if zone not in {"localtime", "posixrules"} and not zone.startswith(("posix/", "right/")))
ZONES = NAMED + (ALL if sizes.ZONES is None else random.Random(8).sample(ALL, sizes.ZONES))
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
FIRST, LAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2038, 12, 30, tzinfo=dt.UTC)
REPEATS = ["daily", "workdays", "weekly"]


def shown(at, zone):
    """What clocks in `zone` show."""
    return at.astimezone(zone).replace(tzinfo=None)


def expected(day, time, zone):
    """The first moment at which they show it; where they skip it, as long after the skip as it stands after its beginning."""
    wall = dt.datetime.combine(day, time)
    middle = wall.replace(tzinfo=dt.UTC)
    around = [(shown(at, zone), at.replace(tzinfo=None)) for at in (middle + hours * HOUR for hours in range(-28, 28))]
    offsets = {shows - at for shows, at in around}
    if found := [middle - offset for offset in offsets if shown(middle - offset, zone) == wall]:
        return min(found)
    return middle - [shows - at for shows, at in around if shows < wall][-1]


def moments(name):
    """Around each change of the zone's clocks from 2000 to 2038, and twice a year beside."""
    zone, chance = ZoneInfo(name), random.Random(name)
    days = [FIRST + n * DAY for n in range((LAST - FIRST).days)]
    found = [day + chance.random() * DAY for day in days[:: 183 if name in NAMED else 400]]
    for one, other in pairwise(days):
        if one.astimezone(zone).utcoffset() != other.astimezone(zone).utcoffset():
            found += [one + hours * HOUR + chance.random() * HOUR for hours in (-30, -14, -2, 4, 12, 20, 23)]
    return found


@pytest.mark.parametrize("name", ZONES)
def test_every_preset_and_repeat_is_what_the_clock_on_the_wall_says(name):
    zone = ZoneInfo(name)
    for now in moments(name):
        here = now.astimezone(zone)
        for preset in clock.offers(name, now).values():
            at = clock.instant(preset.day, preset.time, name)
            assert at == expected(preset.day, preset.time, zone), (now, preset)
            assert at > now, (now, preset)
        offered = clock.offers(name, now)
        assert offered["tomorrow"].day == here.date() + DAY
        assert dt.timedelta(minutes=59) < clock.instant(offered["hour"].day, offered["hour"].time, name) - now <= 27 * HOUR
        if shown(now, zone).time() > dt.time(17):
            assert "today" not in offered or expected(here.date(), dt.time(17), zone) > now
        repeat = REPEATS[now.day % 3]
        day, at = here.date(), clock.instant(here.date(), dt.time(2, 30), name)
        for _ in range(3):
            day = clock.following(day, dt.time(2, 30), name, repeat, after=at)
            again = clock.instant(day, dt.time(2, 30), name)
            assert again == expected(day, dt.time(2, 30), zone), (now, day)
            assert again > at
            at = again


def utc(*words):
    return dt.datetime(*words, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("zone", "now", "preset", "at"),
    [
        ("Europe/Kyiv", utc(2026, 3, 28, 12), "tomorrow", utc(2026, 3, 29, 7)),  # 23 hours long
        ("Europe/Kyiv", utc(2026, 10, 24, 12), "tomorrow", utc(2026, 10, 25, 8)),  # 25
        ("Europe/Kyiv", utc(2026, 10, 25, 0, 20), "hour", utc(2026, 10, 25, 2, 20)),  # 3:20 is shown twice: 4:20
        ("America/New_York", utc(2026, 3, 8, 4), "tomorrow", utc(2026, 3, 8, 14)),
        ("America/New_York", utc(2026, 11, 1, 3), "today", None),  # 23:00
        ("Asia/Almaty", utc(2024, 2, 29, 4), "tomorrow", utc(2024, 3, 1, 5)),  # they went an hour back that night
        ("Pacific/Apia", utc(2011, 12, 29, 20), "tomorrow", utc(2011, 12, 30, 20)),  # 30 December was left out there
        ("Australia/Lord_Howe", utc(2026, 4, 4, 2), "tomorrow", utc(2026, 4, 4, 23, 30)),  # half an hour back
    ],
)
def test_by_name(zone, now, preset, at):
    found = clock.offers(zone, now).get(preset)
    assert (clock.instant(found.day, found.time, zone) if found else None) == at


@pytest.mark.parametrize(("at", "names"), [("16:59", ["today", "tomorrow"]), ("17:00", ["tomorrow"]), ("17:30", ["tomorrow"])])
def test_today_at_five_is_offered_until_five(at, names):
    now = dt.datetime.combine(dt.date(2026, 5, 4), dt.time.fromisoformat(at), ZoneInfo("Europe/Kyiv"))
    assert [preset.name for preset in clock.presets("Europe/Kyiv", now)] == names


@pytest.mark.parametrize(
    ("at", "names"), [("17:59", ["hour", "tonight", "tomorrow"]), ("18:00", ["hour", "tomorrow"]), ("23:30", ["hour", "tomorrow"])]
)
def test_tonight_is_offered_while_it_is_later_than_in_an_hour(at, names):
    now = dt.datetime.combine(dt.date(2026, 5, 4), dt.time.fromisoformat(at), ZoneInfo("Europe/Kyiv"))
    assert [preset.name for preset in clock.snoozes("Europe/Kyiv", now)] == names


def test_a_day_that_was_left_out_is_not_told_twice():
    day, at = dt.date(2011, 12, 29), utc(2011, 12, 29, 20)  # 10:00 on the 29th in Apia
    day = clock.following(day, dt.time(10), "Pacific/Apia", "daily", after=at)
    assert clock.instant(day, dt.time(10), "Pacific/Apia") == utc(2011, 12, 30, 20)  # 10:00 on the 31st
    later = clock.following(day, dt.time(10), "Pacific/Apia", "daily", after=utc(2011, 12, 30, 20))
    assert clock.instant(later, dt.time(10), "Pacific/Apia") == utc(2011, 12, 31, 20)


@pytest.mark.parametrize("repeat", REPEATS)
def test_after_a_standstill_of_years_it_goes_on(repeat):
    day = clock.following(dt.date(2000, 1, 3), dt.time(10), "Europe/Kyiv", repeat, after=utc(2038, 1, 1, 12))
    assert day == {"daily": dt.date(2038, 1, 2), "workdays": dt.date(2038, 1, 4), "weekly": dt.date(2038, 1, 4)}[repeat]


def test_a_zone_that_is_no_more_counts_as_utc():
    now = utc(2026, 5, 4, 12)
    assert clock.offers("US/Pacific-New", now) == clock.offers("UTC", now)
    assert clock.instant(dt.date(2026, 5, 5), dt.time(10), "") == utc(2026, 5, 5, 10)


def test_the_database_is_asked_for_no_zone_that_it_does_not_know(db):
    zones = ["Europe/Kyiv", "Asia/Almaty", "Mars/Base", ""]
    with connection.cursor() as cursor:
        sql = f"SELECT %s::timestamptz AT TIME ZONE {clock.in_database('zone')} FROM unnest(%s::text[]) zone"  # noqa: S608  own words
        cursor.execute(sql, [dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC), zones])
        assert [at.hour for (at,) in cursor.fetchall()] == [15, 17, 12, 12]
