"""What a rep does about a person: writes a comment, calls, notes how it went, sets a reminder.

Every act locks the lead first, so two taps on one lead come one after the other.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import clock, text
from leads import clocks
from leads.models import Attempt, Comment, Enrolment, Lead, Reminder
from notifications import actions as notifications
from notifications.models import Notification
from teams import activity
from teams.models import ActivityCount, Rep, User

SAME_TAP = dt.timedelta(minutes=1)  # a second tap on the same button, before the first has an outcome
FARTHEST = dt.timedelta(days=5 * 366)
COMMENT_LONGEST = 2000


@transaction.atomic
def comment_on(lead: Lead, *, by: User, text: str, spoke: bool = False, once: str = "") -> Comment:
    """Write a comment on the lead; `spoke` says that the two spoke, which is a contact.

    The same form (`once`) sent again returns the first one. A reminder that waits tells the newest comment.
    Raises Refusal for an empty one.
    """
    lead = _lock(lead, by)
    return _write_comment(lead, lead.owner, text, once, spoke=spoke)


@transaction.atomic
def comment_as_helper(lead: Lead, *, helper: Rep, text: str, once: str = "") -> Comment:
    """The same by another rep, whom the owner has asked to help; that this is so, the caller has checked and holds."""
    lead = Lead.objects.select_related("owner__user").select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    return _write_comment(lead, helper, text, once)


def _write_comment(lead: Lead, author: Rep, text: str, once: str, *, spoke: bool = False) -> Comment:
    if (receipt := receipts.once(author.user, once)) and (first := lead.comments.filter(pk=receipt.made or None).first()):
        return first
    comment = Comment.objects.create(lead=lead, by=author.user, text=_clean(text), spoke=spoke, at=timezone.now())
    receipts.note(author.user, once, str(comment.pk))
    if spoke:
        note_contact(lead, comment.at)
    retell_reminders(lead)
    activity.count(author, ActivityCount.Kind.COMMENT)
    return comment


def _clean(typed: str) -> str:
    said = text.many_lines(typed)[:COMMENT_LONGEST]
    if not said:
        raise Refusal(_("Write something first."))
    return said


@transaction.atomic
def log_attempt(lead: Lead, *, by: User, channel: str, once: str = "") -> Attempt:
    """Log a tap on call or message, or a visit, which is a contact by itself.

    The same form (`once`) sent again, or a second tap within a minute, is the same attempt.
    Raises Refusal (409) for somebody the rep does not contact.
    """
    lead = _lock(lead, by)
    if (receipt := receipts.once(by, once)) and (first := lead.attempts.filter(pk=receipt.made or None).first()):
        return first
    refuse_contact(lead)
    now = timezone.now()
    attempt = lead.attempts.filter(by=by, channel=channel, outcome="", at__gt=now - SAME_TAP).order_by("-at").first()
    if attempt is None:
        attempt = Attempt.objects.create(lead=lead, by=by, channel=channel, at=now)
        activity.count(lead.owner, ActivityCount.Kind.CALL)
        if channel == Attempt.Channel.VISIT:
            note_contact(lead, now)
    receipts.note(by, once, str(attempt.pk))
    return attempt


@transaction.atomic
def give_outcome(attempt: Attempt, *, by: User, outcome: str) -> Attempt:
    """Note what an attempt led to, once; the same outcome given again changes nothing.

    Every outcome but "no answer" is a contact: the lead's clock restarts, and a reminder that had come due is done.
    "Not interested" also withdraws one that lies ahead. It is no action of its own: the attempt was counted.
    Raises Refusal (409) when the attempt has another outcome already.
    """
    lead = _lock(attempt.lead, by)
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk, lead=lead)
    attempt.lead = lead
    if attempt.outcome == outcome:
        return attempt
    if attempt.outcome:
        raise Refusal(_("How it went has been noted already: %(outcome)s.") % {"outcome": attempt.get_outcome_display()}, status=409)
    attempt.outcome, attempt.outcome_at = outcome, timezone.now()
    attempt.save(update_fields=["outcome", "outcome_at"])
    if outcome != Attempt.Outcome.NO_ANSWER:
        note_contact(lead, attempt.at, withdraw=outcome == Attempt.Outcome.NOT_INTERESTED)
    if outcome == Attempt.Outcome.NOT_INTERESTED:
        clocks.leave([lead.pk], Enrolment.Ended.NOT_INTERESTED)
    elif outcome == Attempt.Outcome.ORDERED:
        clocks.leave([lead.pk], Enrolment.Ended.ORDERED, by_hand_only=True)
    return attempt


def note_contact(lead: Lead, at: dt.datetime, *, withdraw: bool = False) -> None:
    """The person was reached at this moment: the lead's clock restarts, and a reminder that had come due is done.

    `withdraw`: one that lies ahead is withdrawn. The caller holds the lead.
    """
    lead.contacted_at = max(lead.contacted_at or at, at)
    lead.save(update_fields=["contacted_at"])
    clocks.restart([lead.pk], clocks.day_for(lead.owner, at))
    _settle_reminders(lead, withdraw=withdraw)


def _settle_reminders(lead: Lead, *, withdraw: bool) -> None:
    """The person was reached: what had come due is done; what lies ahead stays, or is withdrawn."""
    now = timezone.now()
    for reminder in lead.reminders.filter(state=Reminder.State.OPEN):
        if reminder.due_at <= now:
            _end(reminder, Reminder.State.DONE)
        elif withdraw:
            _end(reminder, Reminder.State.CANCELLED)


@transaction.atomic
def stop_contact(lead: Lead, *, by: User) -> Lead:
    """The rep lets the person be: no buttons, no reminders, also after the person comes in a file again. Twice is fine."""
    lead = _lock(lead, by)
    if lead.do_not_contact_at is None:
        withdraw_reminders(lead)
        clocks.leave([lead.pk], Enrolment.Ended.DO_NOT_CONTACT)
        notifications.mark_read(by, subject=f"lead:{lead.pk}")
        _write_contact(lead, timezone.now())
    return lead


def withdraw_reminders(lead: Lead) -> None:
    """End every reminder of the lead that is open, and what it would tell. The caller holds the lead."""
    withdraw_reminders_of([lead.pk])


def withdraw_reminders_of(leads: Collection[int]) -> None:
    """The same for the leads with these ids, however many. The caller holds them."""
    if not leads:
        return
    waiting = Reminder.objects.filter(lead__in=leads, state=Reminder.State.OPEN)
    if ended := list(waiting.values_list("pk", flat=True)):
        waiting.update(state=Reminder.State.CANCELLED, ended_at=timezone.now())
        notifications.cancel_all(reminder_key(pk) for pk in ended)


@transaction.atomic
def allow_contact(lead: Lead, *, by: User) -> Lead:
    """The rep may call and write to the person again; reminders are set anew. Twice is fine."""
    lead = _lock(lead, by)
    if lead.do_not_contact_at is not None:
        _write_contact(lead, None)
    return lead


def _write_contact(lead: Lead, since: dt.datetime | None) -> None:
    lead.do_not_contact_at = since
    lead.save(update_fields=["do_not_contact_at"])
    activity.count(lead.owner, ActivityCount.Kind.LEAD)


def refuse_contact(lead: Lead) -> None:
    """Raise Refusal for somebody who asked the company not to be contacted, and for somebody the rep lets be."""
    if lead.refusal_id is not None:
        raise Refusal(_("%(name)s asked the company not to be contacted.") % {"name": lead.name}, status=409)
    if not lead.may_be_contacted:
        raise Refusal(_("%(name)s is marked “do not contact”. Allow contact on the page first.") % {"name": lead.name}, status=409)


@transaction.atomic
def set_reminder(lead: Lead, *, by: User, day: dt.date, time: dt.time) -> Reminder:
    """Remind of the lead at this wall-clock time in the person's zone, instead of the lead's open reminder.

    The same moment once more changes nothing. Raises Refusal for a moment that is past or more than five years ahead, and
    (409) for somebody the rep does not contact.
    """
    lead = _lock(lead, by)
    refuse_contact(lead)
    due_at = _moment(day, time, by.zone)
    waiting = list(lead.reminders.filter(state=Reminder.State.OPEN))
    if [(old.day, old.time, old.zone) for old in waiting] == [(day, time, by.zone)]:
        return waiting[0]
    for old in waiting:
        _end(old, Reminder.State.CANCELLED)
    reminder = Reminder.objects.create(
        owner=lead.owner, lead=lead, by=by, day=day, time=time, zone=by.zone, due_at=due_at, created_at=timezone.now()
    )
    _schedule(reminder)
    activity.count(lead.owner, ActivityCount.Kind.REMINDER)
    return reminder


@transaction.atomic
def finish_reminder(reminder: Reminder, *, by: User) -> Reminder:
    """Done: it leaves the lead and is never told again. Finishing it twice is fine. Raises Refusal (409) for a withdrawn one."""
    lead, reminder = _lock_reminder(reminder, by)
    if reminder.state == Reminder.State.DONE:
        return reminder
    if reminder.state == Reminder.State.CANCELLED:
        raise Refusal(_("This reminder was replaced or removed before."), status=409)
    _end(reminder, Reminder.State.DONE)
    notifications.mark_read(by, subject=f"lead:{lead.pk}")
    activity.count(lead.owner, ActivityCount.Kind.REMINDER)
    return reminder


@transaction.atomic
def snooze_reminder(reminder: Reminder, *, by: User, day: dt.date, time: dt.time) -> Reminder:
    """Later: a new reminder in the place of this one; returns the new one.

    Snoozing twice to the same moment is one effect. Raises Refusal (409) for a reminder that has ended, and those of set_reminder.
    """
    lead, reminder = _lock_reminder(reminder, by)
    if reminder.state != Reminder.State.OPEN:
        same = lead.reminders.filter(state=Reminder.State.OPEN, day=day, time=time, zone=by.zone).first()
        if same is None:
            raise Refusal(_("This reminder has ended already."), status=409)
        return same
    notifications.mark_read(by, subject=f"lead:{lead.pk}")
    return set_reminder(lead, by=by, day=day, time=time)


@transaction.atomic
def remove_reminder(reminder: Reminder, *, by: User) -> Reminder:
    """Withdraw an open reminder. An ended one stays as it is."""
    lead, reminder = _lock_reminder(reminder, by)
    if reminder.state == Reminder.State.OPEN:
        _end(reminder, Reminder.State.CANCELLED)
        activity.count(lead.owner, ActivityCount.Kind.REMINDER)
    return reminder


@transaction.atomic
def retell_reminders(lead: Lead) -> None:
    """The lead's name or newest comment has changed: reminders that wait tell the new one; those already told stay as they are."""
    for reminder in lead.reminders.filter(state=Reminder.State.OPEN):
        notifications.reword(key=_key(reminder), title=lead.name, text=_last_words(lead))


@transaction.atomic
def move_reminders(user: User) -> int:
    """The person's zone has changed: reminders that lie ahead keep their wall-clock time in the new zone; returns how many moved.

    One whose wall-clock time has passed in the new zone comes at once.
    """
    ahead = Reminder.objects.visible_to(user).filter(state=Reminder.State.OPEN, due_at__gt=timezone.now()).exclude(zone=user.zone)
    leads = Lead.objects.filter(pk__in=ahead.values("lead")).order_by("pk").select_for_update(no_key=True)
    list(leads)
    moved = list(ahead.select_related("lead__owner__user"))
    for reminder in moved:
        reminder.zone, reminder.due_at = user.zone, clock.instant(reminder.day, reminder.time, user.zone)
        reminder.save(update_fields=["zone", "due_at"])
        _schedule(reminder)
    return len(moved)


def _lock(lead: Lead, by: User) -> Lead:
    """The lead as it is now, locked until the transaction ends. Raises Refusal when it is no longer theirs."""
    mine = Lead.objects.visible_to(by).select_related("owner__user")
    try:
        return mine.select_for_update(of=("self",), no_key=True).get(pk=lead.pk)
    except Lead.DoesNotExist:
        raise Refusal(_("This person is no longer on your list."), status=409) from None


def _lock_reminder(reminder: Reminder, by: User) -> tuple[Lead, Reminder]:
    lead = _lock(reminder.lead, by)
    return lead, Reminder.objects.select_for_update().get(pk=reminder.pk, lead=lead)


def _moment(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The moment meant; dates that no clock reaches are refused before they are computed with."""
    now = timezone.now()
    today = clock.today(zone, now)
    if day > today + FARTHEST:
        raise Refusal(_("A reminder can be at most five years ahead."))
    if day < today or (due_at := clock.instant(day, time, zone)) <= now:
        raise Refusal(_("This time has already passed. Pick a later one."))
    return due_at


def _end(reminder: Reminder, state: Reminder.State) -> None:
    reminder.state, reminder.ended_at = state, timezone.now()
    reminder.save(update_fields=["state", "ended_at"])
    notifications.cancel(key=_key(reminder))


def _schedule(reminder: Reminder) -> None:
    lead = reminder.lead
    notifications.schedule(
        key=_key(reminder),
        subject=f"lead:{lead.pk}",
        recipient=lead.owner.user,
        kind=Notification.Kind.REMINDER,
        title=lead.name,
        text=_last_words(lead),
        url=lead.get_absolute_url(),
        acts={
            "done": reverse("pipeline:reminder_done", args=[reminder.pk]),
            "snooze": reverse("pipeline:reminder_snooze", args=[reminder.pk]),
        },
        due_at=reminder.due_at,
    )


def reminder_key(pk: int) -> str:
    """Under which a reminder's notification is known."""
    return f"reminder:{pk}"


def _key(reminder: Reminder) -> str:
    return reminder_key(reminder.pk)


def _last_words(lead: Lead) -> str:
    return lead.comments.order_by("-at", "-pk").values_list("text", flat=True).first() or ""
