"""Wall-clock time: what a person means by "tomorrow 10:00", in any zone, on any day."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

AFTERNOON = dt.time(17, 0)
MORNING = dt.time(10, 0)


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
    here = now.astimezone(ZoneInfo(known(zone)))
    offered = [Preset("tomorrow", here.date() + dt.timedelta(days=1), MORNING)]
    if here.time() < AFTERNOON:
        offered.insert(0, Preset("today", here.date(), AFTERNOON))
    return offered
