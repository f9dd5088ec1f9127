"""Writing down who saw, shared or took out whose things. Rows stay for ever: there is nothing here to change or remove one."""

from collections.abc import Iterable

from django.db.models import Model
from django.utils import timezone

from cotano.jobs.models import Audit

LOOKS = frozenset({Audit.What.BOARD_SEEN, Audit.What.REP_PAGE_SEEN})  # one row a day says it


def record(*, by: Model, whose: int | None, what: str, subject: str) -> None:
    """Write down that the user `by` did `what` (of `Audit.What`) with `subject` ("board:71"), which belongs to the user `whose`.

    Looking at the same thing again is written once a day, the day of the reader's clock. Belongs to the transaction of what it tells.
    """
    kind = Audit.What(what)
    day = timezone.localdate() if kind in LOOKS else None
    Audit.objects.bulk_create([Audit(by_id=by.pk, whose_id=whose, what=kind, subject=subject, day=day)], ignore_conflicts=day is not None)


def record_export(*, by: Model, subject: str, whose: Iterable[int | None] = ()) -> None:
    """Write down that the user `by` took `subject` ("job:71") out as a file: one row for each user whose things are in it.

    One's own are no news to oneself: a row tells of them where nobody else's are in it. Nobody's: the company's own.
    """
    named = dict.fromkeys(whose)
    people = [user for user in named if user != by.pk] or list(named) or [None]
    rows = [Audit(by_id=by.pk, whose_id=user, what=Audit.What.EXPORTED, subject=subject) for user in people]
    Audit.objects.bulk_create(rows, batch_size=5000)
