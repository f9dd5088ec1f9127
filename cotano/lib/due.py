"""When something is due, in words and in a colour that says the same."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

OVERDUE, SOON, LATER = "due", "soon", ""  # red, yellow, grey


@dataclass(frozen=True)
class Due:
    """`tone` is OVERDUE, SOON (today or tomorrow) or LATER."""

    tone: str
    words: str


def due(at: dt.datetime, now: dt.datetime, zone: dt.tzinfo) -> Due:
    """How a reminder for the moment `at` stands at the moment `now` for a person in `zone`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = formats.date_format(local, "H:i")
    days = (local.date() - today).days
    if days < 0:
        return Due(OVERDUE, ngettext("Overdue %(n)d day", "Overdue %(n)d days", -days) % {"n": -days})
    if at <= now:
        return Due(OVERDUE, _("Overdue since %(time)s") % {"time": time})
    if days == 0:
        return Due(SOON, _("Today %(time)s") % {"time": time})
    if days == 1:
        return Due(SOON, _("Tomorrow %(time)s") % {"time": time})
    return Due(LATER, day(local.date(), today))


def day(date: dt.date, today: dt.date) -> str:
    """`3 November`; with the year when it is another one."""
    return _day(date, translation.get_language(), with_year=date.year != today.year)


@lru_cache(1_000)  # a list says few days many times
def _day(date: dt.date, _language: str, *, with_year: bool) -> str:
    return formats.date_format(date, "j E Y" if with_year else "j E")
