"""How the queue stands: what waits, since when, what is tried again, what was given up. Numbers, never what is told to whom."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min
from django.utils import timezone

from notifications.models import Letter, Notification
from notifications.traffic import Told, read_told

MOST = 100_000  # rows are counted up to here


@dataclass(frozen=True)
class Backlog:
    """The queue at one moment. `waiting` is what should have been told by now, by kind; `oldest` the seconds the first of it is late."""

    waiting: dict[str, int]
    oldest: int
    sending: int
    later: int
    dead: int
    letters: int
    hour: list[Told]
    day: list[Told]

    @property
    def depth(self) -> int:
        """All that should have been told by now."""
        return sum(self.waiting.values())

    @property
    def named(self) -> list[tuple[str, int]]:
        """`waiting` with the kinds in the reader's words."""
        return [(str(Notification.Kind(kind).label), n) for kind, n in self.waiting.items()]


def read_backlog() -> Backlog:
    """By the indexes of what is not done, so that history costs nothing. Nine queries."""
    now, rows = timezone.now(), Notification.objects
    state = Notification.State
    due = rows.filter(state=state.DUE, due_at__lte=now)
    reminders, others = due.filter(kind=Notification.Kind.REMINDER), due.exclude(kind=Notification.Kind.REMINDER)
    waiting = {Notification.Kind.REMINDER.value: reminders[:MOST].count()}
    waiting |= dict(others.values_list("kind").annotate(n=Count("pk")).order_by("kind"))
    first = [found for part in (reminders, others) if (found := part.aggregate(first=Min("due_at"))["first"])]
    held = rows.filter(state__in=[state.LEASED, state.LATER]).values_list("state").annotate(n=Count("pk")).order_by()
    by_state = dict(held)
    return Backlog(
        waiting={kind: n for kind, n in waiting.items() if n},
        oldest=int((now - min(first)).total_seconds()) if first else 0,
        sending=by_state.get(state.LEASED, 0),
        later=by_state.get(state.LATER, 0),
        dead=rows.filter(state=state.DEAD)[:MOST].count(),
        letters=Letter.objects.count(),
        hour=read_told(now - dt.timedelta(hours=1)),
        day=read_told(now - dt.timedelta(days=1)),
    )
