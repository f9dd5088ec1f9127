"""What has arrived for a person, by day, newest first."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q
from django.utils import timezone

from cotano.lib import moments
from notifications.models import Notification

PAGE = 50
ICONS = {"reminder": "bell", "summary": "board", "job": "download", "notice": "info", "nudge": "flame", "digest": "list"}


@dataclass(frozen=True)
class Day:
    """The notifications of one day on the person's calendar."""

    date: dt.date
    groups: list["Group"]

    @property
    def rows(self) -> list[Notification]:
        """All of them, group after group."""
        return [row for group in self.groups for row in (group.newest, *group.older)]


@dataclass(frozen=True)
class Group:
    """What one day brought about one thing: the newest, and what came before it."""

    newest: Notification
    older: list[Notification]


@dataclass(frozen=True)
class Inbox:
    """One page; `more` is where the next one begins ("" on the last)."""

    days: list[Day] = field(default_factory=list)
    more: str = ""


def read_inbox(user: AbstractBaseUser, *, before: str = "") -> Inbox:
    """A page of the inbox, older than the place `before`, which an earlier page gave as `more`. One query.

    A place that was not given by a page counts as the beginning. The days are those of the current time zone.
    """
    arrived = Notification.objects.visible_to(user).for_inbox()
    if place := moments.read_place(before):
        at, number = place
        arrived = arrived.filter(Q(due_at__lt=at) | Q(due_at=at, pk__lt=number))
    rows = list(arrived[: PAGE + 1])
    shown = rows[:PAGE]
    for row in shown:
        row.icon = ICONS.get(row.kind, "info")
    days = [Day(date, _groups(rows)) for date, rows in groupby(shown, key=lambda row: timezone.localtime(row.due_at).date())]
    last = shown[-1] if len(rows) > PAGE else None
    return Inbox(days, moments.place(last.due_at, last.pk) if last else "")


def _groups(rows: Iterable[Notification]) -> list[Group]:
    """By subject; what has none stands alone."""
    found: dict[object, list[Notification]] = {}
    for row in rows:
        found.setdefault(row.subject or row.pk, []).append(row)
    return [Group(newest, older) for newest, *older in found.values()]
