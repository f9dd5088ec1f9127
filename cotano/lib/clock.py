"""Wall-clock time: what a person means by "tomorrow 10:00", in any zone, on any day."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

AFTERNOON = dt.time(17, 0)
MORNING = dt.time(10, 0)
EVENING = dt.time(19, 0)
SATURDAY = 5


@cache
def zones() -> frozenset[str]:
    """Every zone name that this machine knows."""
    return frozenset(available_timezones())


def known(zone: str) -> str:
    """`zone`, or UTC in the place of one that this machine does not know (any more)."""
    return zone if zone in zones() else "UTC"


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name, UTC for one that is not known."""
    return ZoneInfo(known(name))


def in_database(zone: str) -> str:
    """SQL: a zone (an expression), or UTC in the place of one that the database does not know (any more).

    `AT TIME ZONE` with a name it does not know ends the statement, for everybody. Costs 20 ms a statement, however many rows.
    """
    return f"(CASE WHEN {zone} IN (SELECT name FROM pg_timezone_names) THEN {zone} ELSE 'UTC' END)"  # noqa: S608  own words


def instant(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The moment (UTC) at which clocks in `zone` show `day` and `time`.

    A time that the clocks skip in spring comes an hour later; one that they show twice in autumn is the first of the two.
    """
    local = dt.datetime.combine(day, time, tzinfo=ZoneInfo(known(zone)))
    return local.astimezone(dt.UTC)


def midnight(day: dt.date, zone: str) -> dt.datetime:
    """The moment in which `day` begins in `zone`."""
    return instant(day, dt.time(), zone)


def today(zone: str, now: dt.datetime) -> dt.date:
    """The date on a calendar in `zone` at the moment `now` (aware)."""
    return now.astimezone(ZoneInfo(known(zone))).date()


@dataclass(frozen=True)
class Preset:
    """One reminder offered as a single tap."""

    name: str
    day: dt.date
    time: dt.time


def presets(zone: str, now: dt.datetime) -> list[Preset]:
    """Today 17:00 (only while it lies ahead) and tomorrow 10:00."""
    day = today(zone, now)
    offered = [Preset("today", day, AFTERNOON), Preset("tomorrow", day + dt.timedelta(days=1), MORNING)]
    return [preset for preset in offered if instant(preset.day, preset.time, zone) > now]


def snoozes(zone: str, now: dt.datetime) -> list[Preset]:
    """In an hour, tonight (only while that is later than in an hour) and tomorrow 10:00."""
    day, soon = today(zone, now), _in_an_hour(zone, now)
    offered = [soon, Preset("tonight", day, EVENING), Preset("tomorrow", day + dt.timedelta(days=1), MORNING)]
    in_an_hour = instant(soon.day, soon.time, zone)
    return [preset for preset in offered if preset is soon or instant(preset.day, preset.time, zone) > in_an_hour]


def _in_an_hour(zone: str, now: dt.datetime) -> Preset:
    """The wall-clock minute an hour from now; in the hour that clocks show twice it may be later, never past."""
    at, place = (now + dt.timedelta(minutes=60, seconds=59)).replace(second=0, microsecond=0), ZoneInfo(known(zone))
    while instant((local := at.astimezone(place).replace(fold=0)).date(), local.time(), zone) < at:
        at += dt.timedelta(minutes=30)
    return Preset("hour", local.date(), local.time())


def offers(zone: str, now: dt.datetime) -> dict[str, Preset]:
    """Every preset that stands somewhere now, by its name."""
    return {preset.name: preset for preset in (*presets(zone, now), *snoozes(zone, now))}


def following(day: dt.date, time: dt.time, zone: str, repeat: str, *, after: dt.datetime) -> dt.date:
    """The day on which a reminder of `day` that repeats ("daily", "weekly", "workdays") comes again: the first later than `after`."""
    step = dt.timedelta(days=7 if repeat == "weekly" else 1)
    day += step * max(1, (after.date() - day) // step - 1)  # near it at once, however long ago it was
    while instant(day, time, zone) <= after or (repeat == "workdays" and not is_workday(day)):
        day += step
    return day


def is_workday(day: dt.date) -> bool:
    """Monday to Friday."""
    return day.weekday() < SATURDAY
