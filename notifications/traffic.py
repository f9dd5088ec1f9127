"""How much is told, and how late: counted per hour and kind, so that staff see a queue that falls behind."""

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from django.db import connection
from django.utils import timezone

from notifications.models import Notification, Traffic

BOUNDS = (5, 10, 30, 60, 300)  # seconds: told so late at most; the last bucket is all beyond
BUCKETS = ("in_5", "in_10", "in_30", "in_60", "in_300", "beyond")
_COLUMNS = (*BUCKETS, "later", "dead")
_ADD = f"""
    INSERT INTO notifications_traffic AS v (hour, kind, {", ".join(_COLUMNS)}) VALUES (%s, %s{", %s" * len(_COLUMNS)})
    ON CONFLICT (hour, kind) DO UPDATE SET {", ".join(f"{name} = v.{name} + excluded.{name}" for name in _COLUMNS)}
"""  # noqa: S608  own words


class Due(Protocol):
    """Something that was due."""

    kind: str
    due_at: dt.datetime


@dataclass
class Tally:
    """What one sweep told, by kind."""

    late: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * len(BUCKETS)))
    later: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dead: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def told(self, rows: Iterable[Due], now: dt.datetime) -> None:
        """These have been told at `now`."""
        for one in rows:
            self.late[one.kind][bisect_left(BOUNDS, (now - one.due_at).total_seconds())] += 1

    def save(self) -> None:
        """Add them to the hour's rows, if there were any."""
        hour = timezone.now().replace(minute=0, second=0, microsecond=0)
        kinds = sorted({*self.late, *self.later, *self.dead})
        if kinds:
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, [(hour, kind, *self.late[kind], self.later[kind], self.dead[kind]) for kind in kinds])


@dataclass(frozen=True)
class Told:
    """What was told of one kind; `late_99` is the bound in seconds within which 99 of 100 were, None when later than all bounds."""

    kind: str
    told: int
    later: int
    dead: int
    late_99: int | None

    @property
    def label(self) -> str:
        """The kind in the reader's words."""
        return str(dict(Notification.Kind.choices).get(self.kind, self.kind))


def read_told(since: dt.datetime) -> list[Told]:
    """By kind, from the hour of `since` on. One query."""
    sums = defaultdict(lambda: [0] * len(_COLUMNS))
    for kind, *counts in Traffic.objects.filter(hour__gte=since.replace(minute=0, second=0, microsecond=0)).values_list("kind", *_COLUMNS):
        sums[kind] = [a + b for a, b in zip(sums[kind], counts, strict=True)]
    return [Told(kind, sum(counts[: len(BUCKETS)]), *counts[len(BUCKETS) :], _bound(counts)) for kind, counts in sorted(sums.items())]


def _bound(counts: list[int]) -> int | None:
    told, so_far = sum(counts[: len(BUCKETS)]), 0
    for bound, count in zip(BOUNDS, counts, strict=False):
        so_far += count
        if so_far * 100 >= told * 99:
            return bound
    return None


def forget_old() -> int:
    """Hours older than a year go; returns how many rows."""
    return Traffic.objects.filter(hour__lt=timezone.now() - dt.timedelta(days=366)).delete()[0]
