"""The clocks of cadences: when the next step of a lead is due, what a contact does to it, when a lead leaves.

A clock runs from the day of the start, and anew from the day of every contact. A contact does the steps that were due by then;
an attempt that reached nobody does nothing. Who calls holds the leads.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Prefetch, Q
from django.utils import timezone

from cotano.lib import clock, when
from leads.models import Cadence, Enrolment, Lead, Step
from teams.models import Rep

Ended = Enrolment.Ended
BATCH = 1000  # leads at once
SILENT = dt.timedelta(hours=24)  # an attempt of which nobody says how it went counts as a contact after that
FORGOTTEN = dt.timedelta(days=7)  # and is not looked at any more after that
# What `day_of` adds for a step, in SQL: `s` is the step.
AFTER = """make_interval(days => CASE s.unit WHEN 'days' THEN s.after WHEN 'weeks' THEN s.after * 7 ELSE 0 END,
  months => CASE s.unit WHEN 'months' THEN s.after ELSE 0 END)"""


@dataclass(frozen=True)
class Clock:
    """Where a lead stands in a cadence: from which day it counts, which step is next (by place), on which day."""

    since: dt.date
    place: int
    next_day: dt.date


def day_of(since: dt.date, step: Step) -> dt.date:
    """The day of a step for a clock that began on `since`; a month later is the same day of the month, or that month's last."""
    match step.unit:
        case Step.Unit.MONTHS:
            return when.months_after(since, step.after)
        case Step.Unit.WEEKS:
            return since + dt.timedelta(weeks=step.after)
        case _:
            return since + dt.timedelta(days=step.after)


def begin(steps: Sequence[Step], since: dt.date) -> Clock | None:
    """A clock that begins on that day; None for a cadence without steps. The steps stand in their order."""
    return Clock(since, steps[0].place, day_of(since, steps[0])) if steps else None


def after_contact(steps: Sequence[Step], now: Clock, day: dt.date, *, repeats: bool) -> Clock | None:
    """The clock after a contact on `day`: the steps due by then are done, and the next one counts from that day.

    None when that was the last step. A contact before the clock began changes nothing.
    """
    if day < now.since:
        return now
    left = [step for step in steps if step.place >= now.place and day_of(now.since, step) > day]
    return begin(left or (list(steps) if repeats else []), day)


def after_step(steps: Sequence[Step], now: Clock, today: dt.date, *, repeats: bool) -> Clock | None:
    """The clock when a person lets the next step be: the one behind it, of the same beginning. None when that was the last step."""
    left = [step for step in steps if step.place > now.place]
    if left:
        return Clock(now.since, left[0].place, day_of(now.since, left[0]))
    return begin(steps, today) if repeats else None


def coming(steps: Sequence[Step], now: Clock) -> list[tuple[Step, dt.date]]:
    """The steps that lie ahead with their days, as they will be if nobody is in contact before. The next one stands where it was put."""
    days = [(step, day_of(now.since, step)) for step in steps if step.place >= now.place]
    return [(step, now.next_day if step.place == now.place else max(day, now.next_day)) for step, day in days]


@dataclass(frozen=True)
class Standing:
    """A lead in a cadence: the row, the step that is next, how many there are, the days that come after."""

    enrolment: Enrolment
    step: Step
    steps: int
    then: list[dt.date]


def standing(lead: Lead) -> list[Standing]:
    """What the lead is in, the soonest first. Two queries."""
    found = []
    for enrolment in sorted(_running([lead.pk]), key=lambda one: (one.next_day, one.pk)):
        steps = list(enrolment.cadence.steps.all())
        ahead = coming(steps, clock_of(enrolment))
        if ahead:
            found.append(Standing(enrolment, ahead[0][0], len(steps), [day for _step, day in ahead[1:]]))
    return found


def preview(cadence: Cadence, today: dt.date) -> list[dt.date]:
    """The days of a cadence (read with its steps) that would begin today."""
    return [day_of(today, step) for step in cadence.steps.all()]


def restart(leads: Collection[int], day: dt.date) -> None:
    """There was a contact with the leads of these ids on that day of the rep's clock."""
    for enrolment in _running(leads).filter(since__lte=day):
        steps = list(enrolment.cadence.steps.all())
        write(enrolment, after_contact(steps, clock_of(enrolment), day, repeats=enrolment.cadence.repeats))


def leave(leads: Collection[int], why: Enrolment.Ended, *, by_hand_only: bool = False, at: dt.datetime | None = None) -> int:
    """The leads of these ids are in no cadence any more, from `at` (now) on; returns how many that were.

    `by_hand_only`: in none into which they were put by hand.
    """
    running = Enrolment.objects.running().filter(lead__in=list(leads))
    if by_hand_only:
        running = running.filter(cadence__start=Cadence.Start.HAND)
    return end(running, why, at)


def end(running: "Iterable[Enrolment] | object", why: Enrolment.Ended, at: dt.datetime | None = None) -> int:
    """End these (a queryset); returns how many there were."""
    return running.update(ended_at=at or timezone.now(), ended_as=why, next_day=None)


# Not beside one that has begun since, and not of somebody who is to be let be.
_REVIVE = f"""
UPDATE leads_enrolment e SET ended_at = NULL, ended_as = '', next_day = (e.since + {AFTER})::date
FROM leads_step s, leads_cadence c, leads_lead l
WHERE e.lead_id = ANY(%(leads)s) AND e.ended_as = ANY(%(why)s) AND e.ended_at = %(at)s
  AND c.id = e.cadence_id AND c.is_on AND s.cadence_id = c.id AND s.place = e.place
  AND l.id = e.lead_id AND l.do_not_contact_at IS NULL AND l.refusal_id IS NULL
  AND NOT EXISTS (SELECT FROM leads_enrolment x WHERE x.lead_id = e.lead_id AND x.cadence_id = e.cadence_id AND x.ended_at IS NULL)"""  # noqa: S608  own words


def revive(leads: Collection[int], why: Collection[Enrolment.Ended], *, at: dt.datetime) -> int:
    """What made these leads leave at that moment is taken back: they go on where they stood; returns how many that were.

    A day to which the next step had been put off is forgotten: it comes when the series says. The caller holds the leads.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REVIVE, {"leads": list(leads), "why": [str(one) for one in why], "at": at})
        return cursor.rowcount


def clock_of(enrolment: Enrolment) -> Clock:
    """The clock of one that runs."""
    return Clock(enrolment.since, enrolment.place, enrolment.next_day)


def write(enrolment: Enrolment, now: Clock | None) -> None:
    """Write the clock; None ends it: all steps are done."""
    if now is None:
        end(Enrolment.objects.filter(pk=enrolment.pk), Ended.DONE)
    elif now != clock_of(enrolment):
        enrolment.since, enrolment.place, enrolment.next_day = now.since, now.place, now.next_day
        enrolment.save(update_fields=["since", "place", "next_day"])


def day_for(rep: Rep, at: dt.datetime) -> dt.date:
    """The day of a moment on the rep's calendar."""
    return clock.today(clock.known(rep.user.zone) if rep.user else "UTC", at)


def _running(leads: Collection[int]) -> "Iterable[Enrolment]":
    steps = Prefetch("cadence__steps", Step.objects.order_by("place"))
    return Enrolment.objects.running().filter(lead__in=list(leads)).select_related("cadence").prefetch_related(steps).order_by("pk")


# ---- attempts of which nobody says how they went
_COUNT = """
WITH silent AS MATERIALIZED (
  SELECT a.lead_id, max(a.at) AS at FROM leads_attempt a
  WHERE a.outcome = '' AND a.at > %(forgotten)s AND a.at <= %(silent)s GROUP BY a.lead_id
), held AS MATERIALIZED (
  SELECT l.id, s.at FROM leads_lead l JOIN silent s ON s.lead_id = l.id
  WHERE l.contacted_at IS NULL OR l.contacted_at < s.at ORDER BY l.id LIMIT %(batch)s FOR NO KEY UPDATE OF l SKIP LOCKED
)
UPDATE leads_lead l SET contacted_at = held.at FROM held WHERE l.id = held.id AND (l.contacted_at IS NULL OR l.contacted_at < held.at)
RETURNING l.id"""


def count_silent(now: dt.datetime) -> int:
    """Attempts without an outcome count as contacts after 24 hours: up to BATCH leads, in the caller's transaction; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"forgotten": now - FORGOTTEN, "silent": now - SILENT, "batch": BATCH})
        ids = [pk for (pk,) in cursor.fetchall()]
    in_one = Lead.objects.filter(pk__in=ids).filter(Q(enrolments__ended_at=None) & Q(enrolments__isnull=False)).distinct()
    for lead in in_one.select_related("owner__user"):
        restart([lead.pk], day_for(lead.owner, lead.contacted_at))
    return len(ids)
