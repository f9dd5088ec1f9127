"""When something was, in the words of a diary."""

import datetime as dt

from django.utils import formats
from django.utils.translation import gettext as _

from cotano.lib import due


def heading(date: dt.date, today: dt.date) -> str:
    """`Today`, `Yesterday`, `3 November`; with the year when it is another one."""
    if date == today:
        return _("Today")
    if date == today - dt.timedelta(days=1):
        return _("Yesterday")
    return due.day(date, today)


def moment(at: dt.datetime, now: dt.datetime, zone: dt.tzinfo) -> str:
    """`Today 18:20`, `Yesterday 18:20`, `3 November 18:20` on the clock of `zone`."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    time = formats.date_format(local, "H:i")
    if local.date() == today:
        return _("Today %(time)s") % {"time": time}
    if local.date() == today - dt.timedelta(days=1):
        return _("Yesterday %(time)s") % {"time": time}
    return wall(local.date(), local.time(), today)


def wall(day: dt.date, time: dt.time, today: dt.date) -> str:
    """`3 November 10:00`: a wall-clock time as it was chosen."""
    return f"{due.day(day, today)} {formats.time_format(time, 'H:i')}"


def months_after(day: dt.date, n: int) -> dt.date:
    """The same day of the month `n` months later, or that month's last day."""
    month = day.month - 1 + n
    first = dt.date(day.year + month // 12, month % 12 + 1, 1)
    last = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return first.replace(day=min(day.day, last.day))
