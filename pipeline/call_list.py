"""The printable call list: whom to call, when they were last reached, what comes next."""

from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery

from leads.models import Lead, LeadQuerySet, Reminder
from pipeline.models import WorkItem

SHEET = 30  # people on a sheet of paper
SHEETS = 10  # of one page in the browser


@dataclass(frozen=True)
class CallList:
    """Some sheets; `more_after` is the lead after which the next ones begin (None at the end), `first` the number of the first person."""

    sheets: list[list[Lead]]
    more_after: int | None


def read_call_list(mine: LeadQuerySet, *, after: int | None) -> CallList:
    """The sheets after a lead, by name: people with a phone whom the rep may call, with `next_at`, `reason` and `call_by`.

    At most two queries.
    """
    reminders = Reminder.objects.filter(lead=OuterRef("pk"), state=Reminder.State.OPEN).order_by("due_at")
    items = WorkItem.objects.filter(lead=OuterRef("pk"), done_at=None).order_by(F("call_by").asc(nulls_last=True), "pk")
    found = mine.exclude(phone="").to_contact().for_contacts()
    last = mine.filter(pk=after).values_list("sort_key", "pk").first() if after is not None else None
    rest = found if last is None else found.behind(*last)
    most = SHEET * SHEETS
    people = list(
        rest.annotate(
            next_at=Subquery(reminders.values("due_at")[:1]),
            reason=Subquery(items.values("reason")[:1]),
            call_by=Subquery(items.values("call_by")[:1]),
        )[: most + 1]
    )
    shown = people[:most]
    sheets = [shown[start : start + SHEET] for start in range(0, len(shown), SHEET)]
    return CallList(sheets, shown[-1].pk if len(people) > most else None)
