"""What a rep does with a person of the queue other than calling: after the others, or not before tomorrow."""

import datetime as dt

from django.db import transaction
from django.utils import timezone

from cotano.lib import clock
from leads import reminders
from leads.holding import hold
from leads.models import Lead, Reminder
from pipeline.models import Skip
from teams.models import User


@transaction.atomic
def skip_lead(lead: Lead, *, by: User) -> Skip:
    """Put the person behind the others for today; once more, behind those skipped before. Changes nothing else and is no action."""
    lead = hold(lead, by)
    return Skip.objects.update_or_create(lead=lead, defaults={"at": timezone.now()})[0]


@transaction.atomic
def call_tomorrow(lead: Lead, *, by: User) -> Reminder | None:
    """Tomorrow at ten instead of today: what had come due moves there, or a reminder is set. A second tap changes nothing.

    Raises Refusal (409) for somebody the rep does not contact.
    """
    lead = hold(lead, by)
    tomorrow = _tomorrow(by)
    return move_to_tomorrow(lead, by=by) or reminders.set_reminder(lead, by=by, day=tomorrow, time=clock.MORNING)


def move_to_tomorrow(lead: Lead, *, by: User) -> Reminder | None:
    """Snooze the reminders of today and before; returns the last one, None without any. The caller holds the lead."""
    tomorrow, moved = _tomorrow(by), None
    for reminder in _due(lead, tomorrow, by):
        moved = reminders.snooze_reminder(reminder, by=by, day=tomorrow, time=clock.MORNING)
    return moved


def _due(lead: Lead, tomorrow: dt.date, by: User) -> list[Reminder]:
    waiting = lead.reminders.filter(state=Reminder.State.OPEN, due_at__lt=clock.midnight(tomorrow, by.zone))
    return list(waiting.select_related("lead__owner__user").order_by("due_at"))


def _tomorrow(by: User) -> dt.date:
    return clock.today(by.zone, timezone.now()) + dt.timedelta(days=1)
