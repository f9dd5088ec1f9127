"""When a rep comes back to a person or to a task: set, done, later, again.

An act about a lead's reminder locks the lead first, then the reminder; one about a task the reminder alone. Of one that repeats
each time is a row: the row that ends makes the next one, whether it was done, snoozed or missed.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from cotano.jobs import receipts
from cotano.jobs.refusals import Refusal
from cotano.lib import clock, text
from leads.holding import hold, refuse_contact
from leads.models import Lead, Reminder
from leads.models.reminders import TITLE_LONGEST
from notifications import actions as notifications
from notifications.models import Notification
from teams import activity
from teams.models import ActivityCount, Rep, User

State, Repeat = Reminder.State, Reminder.Repeat
FARTHEST = dt.timedelta(days=5 * 366)
MOST = 20  # open reminders of one lead
MOST_TASKS = 500  # open tasks of one rep
EARLY = dt.timedelta(minutes=10)  # before its time one that repeats takes the place of the one that was missed
BATCH = 500


@transaction.atomic
def set_reminder(lead: Lead, *, by: User, day: dt.date, time: dt.time, repeat: str = "", beside: bool = False) -> Reminder:
    """Remind of the lead at this wall-clock time in the person's zone.

    It takes the place of the lead's next open reminder, unless that one repeats or this one is to stand `beside` it. The same moment
    once more changes nothing. Raises Refusal for a moment that is past or more than five years ahead, for too many, and (409) for
    somebody the rep does not contact.
    """
    lead = hold(lead, by)
    refuse_contact(lead)
    day = _first_day(day, repeat)
    due_at = _moment(day, time, by.zone)
    waiting = list(lead.reminders.open().order_by("due_at", "pk"))
    for old in waiting:
        if (old.day, old.time, old.zone, old.repeat) == (day, time, by.zone, repeat):
            return old
    replaced = None if beside else next((old for old in waiting if not old.repeat), None)
    if len(waiting) - bool(replaced) >= MOST:
        raise Refusal(_("There are too many reminders of this person already."))
    if replaced:
        _end(replaced, State.CANCELLED)
    reminder = _create(lead.owner, lead=lead, by=by, day=day, time=time, zone=by.zone, due_at=due_at, repeat=repeat)
    activity.count(lead.owner, ActivityCount.Kind.REMINDER)
    return reminder


@transaction.atomic
def add_task(owner: Rep, *, by: User, title: str, day: dt.date, time: dt.time, repeat: str = "", once: str = "") -> Reminder:
    """Note a task for this wall-clock time. The same form (`once`) sent again returns the first one.

    Raises Refusal for an empty title, for a moment that is past or more than five years ahead, and for too many.
    """
    mine = Reminder.objects.filter(owner=owner, lead=None)
    if first := receipts.first(by, once, mine):
        return first
    title = text.one_line(title)[:TITLE_LONGEST].strip()
    if not title:
        raise Refusal(_("Write what to do."))
    day = _first_day(day, repeat)
    due_at = _moment(day, time, by.zone)
    if mine.open().count() >= MOST_TASKS:
        raise Refusal(_("There are too many open tasks already."))
    task = _create(owner, title=title, by=by, day=day, time=time, zone=by.zone, due_at=due_at, repeat=repeat)
    receipts.note(by, once, str(task.pk))
    activity.count(owner, ActivityCount.Kind.REMINDER)
    return task


@transaction.atomic
def finish_reminder(reminder: Reminder, *, by: User) -> Reminder:
    """Done: this one is never told again. Finishing it twice is fine. Raises Refusal (409) for one that was withdrawn or missed."""
    reminder = _hold(reminder, by)
    if reminder.state == State.DONE:
        return reminder
    if reminder.state != State.OPEN:
        raise Refusal(_("This reminder was replaced or removed before."), status=409)
    _end(reminder, State.DONE)
    _again(reminder)
    notifications.mark_read(by, subject=_subject(reminder))
    activity.count(reminder.owner, ActivityCount.Kind.REMINDER)
    return reminder


@transaction.atomic
def reopen_reminder(reminder: Reminder, *, by: User) -> Reminder:
    """Not done after all: it stands where it stood, and is told when its time still lies ahead. One that is open stays as it is.

    The next one of a repeat goes, if nothing has happened to it. Raises Refusal (409) for one that was withdrawn or missed, that
    has come again since, or whose person the rep does not contact any more.
    """
    reminder = _hold(reminder, by)
    if reminder.state == State.OPEN:
        return reminder
    if reminder.state != State.DONE:
        raise Refusal(_("This reminder was replaced or removed before."), status=409)
    if reminder.lead:
        refuse_contact(reminder.lead)
    following = reminder.next.select_for_update().first()
    if following and (following.state != State.OPEN or following.due_at <= timezone.now()):
        raise Refusal(_("It has come again since."), status=409)
    if following:
        _end(following, State.CANCELLED)
        Reminder.objects.filter(pk=following.pk).update(after=None)
    reminder.state, reminder.ended_at = State.OPEN, None
    reminder.next_at = _next_at(reminder)
    reminder.save(update_fields=["state", "ended_at", "next_at"])
    if reminder.due_at > timezone.now():
        _schedule(reminder)
    return reminder


@transaction.atomic
def snooze_reminder(reminder: Reminder, *, by: User, day: dt.date, time: dt.time) -> Reminder:
    """Later: a new reminder in the place of this one; returns the new one. One that repeats comes again as ever, besides.

    Snoozing twice to the same moment is one effect. Raises Refusal (409) for a reminder that has ended, and those of set_reminder.
    """
    reminder = _hold(reminder, by)
    beside = Reminder.objects.filter(owner=reminder.owner, lead=reminder.lead, title=reminder.title).open()
    same = beside.filter(day=day, time=time, zone=by.zone).exclude(pk=reminder.pk).first()
    if reminder.state != State.OPEN:
        if same is None:
            raise Refusal(_("This reminder has ended already."), status=409)
        return same
    if reminder.lead:
        refuse_contact(reminder.lead)
    due_at = _moment(day, time, by.zone)
    if (reminder.due_at, reminder.repeat) == (due_at, ""):
        return reminder
    notifications.mark_read(by, subject=_subject(reminder))
    _end(reminder, State.CANCELLED)
    _again(reminder)
    if same is None:
        same = _create(
            reminder.owner, lead=reminder.lead, title=reminder.title, by=by, day=day, time=time, zone=by.zone, due_at=due_at, repeat=""
        )
    activity.count(reminder.owner, ActivityCount.Kind.REMINDER)
    return same


@transaction.atomic
def remove_reminder(reminder: Reminder, *, by: User) -> Reminder:
    """Withdraw an open reminder; one that repeats does not come again. An ended one stays as it is."""
    reminder = _hold(reminder, by)
    if reminder.state == State.OPEN:
        _end(reminder, State.CANCELLED)
        activity.count(reminder.owner, ActivityCount.Kind.REMINDER)
    return reminder


def settle_reminders(lead: Lead, *, withdraw: bool) -> None:
    """The person was reached: what had come due is done; what lies ahead stays, or is withdrawn. The caller holds the lead."""
    now = timezone.now()
    for reminder in lead.reminders.open():
        if reminder.due_at <= now:
            _end(reminder, State.DONE)
            if not withdraw:
                reminder.lead = lead
                _again(reminder)
        elif withdraw:
            _end(reminder, State.CANCELLED)


def withdraw_reminders(lead: Lead) -> None:
    """End every reminder of the lead that is open, and what it would tell. The caller holds the lead."""
    withdraw_reminders_of([lead.pk])


def withdraw_reminders_of(leads: Collection[int]) -> None:
    """The same for the leads with these ids, however many. The caller holds them."""
    if not leads:
        return
    waiting = Reminder.objects.filter(lead__in=leads).open()
    if ended := list(waiting.values_list("pk", flat=True)):
        waiting.update(state=State.CANCELLED, ended_at=timezone.now(), next_at=None)
        notifications.cancel_all(reminder_key(pk) for pk in ended)


def revive_reminders(reminders: Collection[int]) -> None:
    """Reminders (ids) withdrawn by something that is taken back wait again, as far as they lie ahead. The caller holds the leads."""
    ahead = Reminder.objects.filter(pk__in=reminders, state=State.CANCELLED, due_at__gt=timezone.now())
    for reminder in ahead.select_related("lead", "owner__user"):
        reminder.state, reminder.ended_at = State.OPEN, None
        reminder.next_at = _next_at(reminder)
        reminder.save(update_fields=["state", "ended_at", "next_at"])
        _schedule(reminder)


@transaction.atomic
def retell_reminders(lead: Lead) -> None:
    """The lead's name or newest comment has changed: reminders that wait tell the new one; those already told stay as they are."""
    for reminder in lead.reminders.open():
        notifications.reword(key=_key(reminder), title=lead.name, text=_last_words(lead))


@transaction.atomic
def move_reminders(user: User) -> int:
    """The person's zone has changed: what lies ahead keeps its wall-clock time in the new zone; returns how many moved.

    One whose wall-clock time has passed in the new zone comes at once. One that is overdue stays so; when it comes again is of the
    new zone.
    """
    mine = Reminder.objects.visible_to(user).open().exclude(zone=user.zone)
    waiting = mine.filter(Q(due_at__gt=timezone.now()) | Q(next_at__isnull=False))
    list(Lead.objects.filter(pk__in=waiting.values("lead")).order_by("pk").select_for_update(no_key=True))
    moved = 0
    for reminder in waiting.select_related("lead", "owner__user").order_by("pk").select_for_update(of=("self",)):
        ahead = reminder.due_at > timezone.now()
        if ahead:
            reminder.zone, reminder.due_at = user.zone, clock.instant(reminder.day, reminder.time, user.zone)
        reminder.next_at = _next_at(reminder, zone=user.zone)
        reminder.save(update_fields=["zone", "due_at", "next_at"])
        if ahead:
            _schedule(reminder)
            moved += 1
    return moved


def repeat_reminders() -> int:
    """What repeats and was not done by its next time is missed, and comes again at that time; returns how many did.

    After a standstill each comes once, at the newest of its times that have passed. Any number may run at once.
    """
    came = 0
    while True:
        with transaction.atomic():
            due = Reminder.objects.filter(next_at__lte=timezone.now() + EARLY).order_by("next_at")[:BATCH]
            rows = list(due.select_for_update(of=("self",), skip_locked=True).select_related("lead", "owner__user"))
            for reminder in rows:
                _end(reminder, State.MISSED)
                _again(reminder, newest=True)
        came += len(rows)
        if len(rows) < BATCH:
            return came


def reminder_key(pk: int) -> str:
    """Under which a reminder's notification is known."""
    return f"reminder:{pk}"


def _hold(reminder: Reminder, by: User) -> Reminder:
    """The reminder as it is now, locked, with its owner and its lead (locked too). Raises Refusal when it is no longer theirs."""
    lead = hold(reminder.lead, by) if reminder.lead_id else None
    try:
        held = Reminder.objects.visible_to(by).select_for_update(of=("self",)).select_related("owner__user").get(pk=reminder.pk)
    except Reminder.DoesNotExist:
        raise Refusal(_("This reminder was replaced or removed before."), status=409) from None
    if held.lead_id != (lead.pk if lead else None):  # merged into another meanwhile
        raise Refusal(_("This reminder was replaced or removed before."), status=409)
    held.lead = lead
    return held


def _first_day(day: dt.date, repeat: str) -> dt.date:
    """What comes on work days begins on one."""
    while repeat == Repeat.WORKDAYS and not clock.is_workday(day):
        day += dt.timedelta(days=1)
    return day


def _moment(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The moment meant; dates that no clock reaches are refused before they are computed with."""
    now = timezone.now()
    today = clock.today(zone, now)
    if day > today + FARTHEST:
        raise Refusal(_("A reminder can be at most five years ahead."))
    if day < today or (due_at := clock.instant(day, time, zone)) <= now:
        raise Refusal(_("This time has already passed. Pick a later one."))
    return due_at


def _create(owner: Rep, **fields: object) -> Reminder:
    reminder = Reminder(owner=owner, created_at=timezone.now(), **fields)
    reminder.next_at = _next_at(reminder)
    reminder.save(force_insert=True)
    _schedule(reminder)
    return reminder


def _next_at(reminder: Reminder, zone: str = "") -> dt.datetime | None:
    """When it comes again after its own time, if it repeats."""
    if not reminder.repeat:
        return None
    zone = zone or reminder.zone
    day = clock.following(reminder.day, reminder.time, zone, reminder.repeat, after=reminder.due_at)
    return clock.instant(day, reminder.time, zone)


def _again(reminder: Reminder, *, newest: bool = False) -> Reminder | None:
    """Make the next time of one that repeats and has ended: the first that lies ahead, or the newest that is (nearly) there."""
    if not reminder.repeat:
        return None
    zone = reminder.owner.user.zone if reminder.owner.user else reminder.zone
    now = timezone.now()
    after = reminder.due_at if newest else max(reminder.due_at, now)
    day = clock.following(reminder.day, reminder.time, zone, reminder.repeat, after=after)
    while newest:
        later = clock.following(day, reminder.time, zone, reminder.repeat, after=clock.instant(day, reminder.time, zone))
        if clock.instant(later, reminder.time, zone) > now + EARLY:
            break
        day = later
    return _create(
        reminder.owner,
        lead=reminder.lead,
        title=reminder.title,
        by_id=reminder.by_id,
        day=day,
        time=reminder.time,
        zone=zone,
        due_at=clock.instant(day, reminder.time, zone),
        repeat=reminder.repeat,
        after=reminder,
    )


def _end(reminder: Reminder, state: Reminder.State) -> None:
    reminder.state, reminder.ended_at, reminder.next_at = state, timezone.now(), None
    reminder.save(update_fields=["state", "ended_at", "next_at"])
    notifications.cancel(key=_key(reminder))


def _schedule(reminder: Reminder) -> None:
    lead = reminder.lead
    if reminder.owner.user is None:  # nobody logs in any more
        return
    notifications.schedule(
        key=_key(reminder),
        subject=_subject(reminder),
        recipient=reminder.owner.user,
        kind=Notification.Kind.REMINDER,
        title=lead.name if lead else reminder.title,
        text=_last_words(lead) if lead else "",
        url=lead.get_absolute_url() if lead else reverse("pipeline:tasks"),
        acts={
            "done": reverse("pipeline:reminder_done", args=[reminder.pk]),
            "snooze": reverse("pipeline:reminder_snooze", args=[reminder.pk]),
        },
        due_at=reminder.due_at,
    )


def _subject(reminder: Reminder) -> str:
    return f"lead:{reminder.lead_id}" if reminder.lead_id else f"task:{reminder.pk}"


def _key(reminder: Reminder) -> str:
    return reminder_key(reminder.pk)


def _last_words(lead: Lead) -> str:
    return lead.comments.order_by("-at", "-pk").values_list("text", flat=True).first() or ""


# ---- reading
def open_tasks(rep: Rep) -> QuerySet[Reminder]:
    """The rep's open tasks in the order of their time. By index."""
    return Reminder.objects.filter(owner=rep, lead=None).open().order_by("due_at", "pk")


def after_task(rows: QuerySet[Reminder], due_at: dt.datetime, pk: int) -> QuerySet[Reminder]:
    """Those of them that come after a place in the order of their time."""
    return rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=pk))


def done_tasks(rep: Rep, since: dt.datetime) -> QuerySet[Reminder]:
    """The tasks that the rep has done since then, the newest first. By index."""
    return Reminder.objects.filter(owner=rep, lead=None, state=State.DONE, ended_at__gte=since).order_by(F("ended_at").desc(), "-pk")
