"""What is counted of a rep's work: how often, on which day, never about whom."""

import datetime as dt

from django.db import connection
from django.db.models import F
from django.utils import timezone

from cotano.lib import clock
from teams.models import ActivityCount, Rep

COUNT = """
INSERT INTO teams_activitycount AS a (rep_id, day, kind, n) VALUES (%(rep)s, %(day)s, %(kind)s, %(n)s)
ON CONFLICT (rep_id, day, kind) DO UPDATE SET n = a.n + excluded.n"""


def uncount(rep: Rep, kind: ActivityCount.Kind, at: dt.datetime) -> None:
    """Take one off the count of the day of `at`: it was taken back."""
    zone = rep.user.zone if rep.user else "UTC"
    counted = ActivityCount.objects.filter(rep=rep, day=clock.today(zone, at), kind=kind)
    counted.filter(n__gt=0).update(n=F("n") - 1)
    counted.filter(n=0).delete()  # nothing was done that day


def count(rep: Rep, kind: ActivityCount.Kind, n: int = 1) -> None:
    """Add `n` to today's count of this kind, in the caller's transaction. Today is the rep's own day (UTC without a log-in)."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, counted(rep, kind, n))


def counted(rep: Rep, kind: ActivityCount.Kind, n: int = 1) -> dict[str, object]:
    """The values of COUNT, for a caller who carries it out beside statements of their own."""
    zone = rep.user.zone if rep.user else "UTC"
    return {"rep": rep.pk, "day": clock.today(zone, timezone.now()), "kind": kind, "n": n}
