"""Calendars and their campaigns: a year made by a rule, one campaign added or changed, the day on which a calendar goes live."""

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import deadlines, snapshots
from campaigns.models import LONGEST, MOST, Calendar, Campaign, Cause
from cotano.jobs.refusals import Refusal
from teams.models import NUMBERS, User

DATES = ("starts_on", "ends_on", "order_deadline")
_TERM = re.compile(r"\s*(\d{1,3})\s*[x×*хХX]\s*(\d{1,3})\s*")


def lengths(rule: str) -> list[int]:
    """The days of each campaign of a rule such as `16 x 21 + 2 x 14`, in order. Raises Refusal."""
    days: list[int] = []
    for term in rule.split("+"):
        if not (match := _TERM.fullmatch(term)):
            raise Refusal(_("Write the rule like 16 x 21 + 2 x 14: how many campaigns, of how many days."))
        count, length = map(int, match.groups())
        if not count:
            raise Refusal(_("There is a term with no campaigns in the rule."))
        if not 1 <= length <= LONGEST:
            raise Refusal(_("A campaign lasts from 1 to %(most)d days.") % {"most": LONGEST})
        days += [length] * count
        if len(days) > MOST:
            raise Refusal(_("A calendar has at most %(most)d campaigns in a year.") % {"most": MOST})
    return days


def plan_year(
    calendar: Calendar, *, year: int, rule: str, first_day: dt.date, first_number: int = 1, days_before_end: int = 0
) -> list[Campaign]:
    """The campaigns of a year by the rule, one after the other, not saved; orders are due some days before each end.

    Raises Refusal for a rule that makes no sense, numbers that are too large or taken, and days that belong to other campaigns.
    """
    days = lengths(rule)
    if not 1 <= first_number <= NUMBERS[1] + 1 - len(days):
        raise Refusal(_("Numbers of campaigns go from 1 to %(most)d.") % {"most": NUMBERS[1]})
    if not 0 <= days_before_end < min(days):
        raise Refusal(_("The order deadline would be before the first day of the shortest campaign."))
    planned, starts = [], first_day
    try:
        for number, length in enumerate(days, start=first_number):
            ends = starts + dt.timedelta(length - 1)
            deadline = ends - dt.timedelta(days_before_end)
            planned.append(Campaign(calendar=calendar, year=year, number=number, starts_on=starts, ends_on=ends, order_deadline=deadline))
            starts = ends + dt.timedelta(1)
    except OverflowError:
        raise Refusal(_("The year would end after the last day of all calendars.")) from None
    check(planned)
    return planned


def check(campaigns: Collection[Campaign]) -> None:
    """Refuse campaigns of one calendar that cannot stand in it beside those that are there (themselves aside). One query."""
    calendar = next(iter(campaigns)).calendar
    others = list(Campaign.objects.filter(calendar=calendar).exclude(pk__in=[one.pk for one in campaigns if one.pk]))
    taken = {(one.year, one.number) for one in others}
    counted = {year: sum(one.year == year for one in (*others, *campaigns)) for year in {one.year for one in campaigns}}
    for one in campaigns:
        if not 1 <= (one.ends_on - one.starts_on).days + 1 <= LONGEST:
            raise Refusal(_("A campaign lasts from 1 to %(most)d days.") % {"most": LONGEST})
        if not one.starts_on <= one.order_deadline <= one.ends_on:
            raise Refusal(_("The order deadline must lie inside the campaign."))
        if (one.year, one.number) in taken:
            raise Refusal(_("Campaign %(campaign)s is there already.") % {"campaign": one})
        if meets := next((other for other in others if other.starts_on <= one.ends_on and other.ends_on >= one.starts_on), None):
            raise Refusal(_("It overlaps with campaign %(campaign)s.") % {"campaign": meets})
        if one.pk is None and counted[one.year] > MOST:
            raise Refusal(_("A calendar has at most %(most)d campaigns in a year.") % {"most": MOST})


@dataclass(frozen=True)
class Gap:
    """Days between two campaigns that belong to none."""

    before: Campaign
    after: Campaign
    days: int

    def __str__(self) -> str:
        """As staff are warned of it."""
        return ngettext(
            "%(n)d day between %(before)s and %(after)s belongs to no campaign.",
            "%(n)d days between %(before)s and %(after)s belong to no campaign.",
            self.days,
        ) % {"n": self.days, "before": self.before, "after": self.after}


def gaps(calendar: Calendar, campaigns: Sequence[Campaign] = ()) -> list[Gap]:
    """Where days belong to no campaign, with `campaigns` (not saved, or changed) among those on file. One query."""
    ids = {one.pk for one in campaigns}
    stored = [one for one in Campaign.objects.filter(calendar=calendar).select_related("calendar") if one.pk not in ids]
    line = sorted([*stored, *campaigns], key=lambda one: one.starts_on)
    found = [Gap(before, after, (after.starts_on - before.ends_on).days - 1) for before, after in pairwise(line)]
    near = {id(one) for one in campaigns}
    return [gap for gap in found if gap.days > 0 and (not near or {id(gap.before), id(gap.after)} & near)]


def lock(calendar: int) -> Calendar:
    """Hold the calendar until the transaction ends: nobody else puts campaigns into it meanwhile."""
    return Calendar.objects.select_for_update(of=("self",)).select_related("market").get(pk=calendar)


@transaction.atomic
def generate_year(calendar: Calendar, *, by: User, **plan: object) -> list[Campaign]:
    """Save the campaigns that `plan_year` gives for `plan`. Those that are past already are history: closed. Raises Refusal."""
    _allow(by, "campaigns.add_campaign")
    held = lock(calendar.pk)
    planned, today, now = plan_year(held, **plan), held.today(), timezone.now()
    for one in planned:
        one.closed_at = now if one.ends_on < today else None
    return Campaign.objects.bulk_create(planned)


@transaction.atomic
def add_campaign(campaign: Campaign, *, by: User) -> Campaign:
    """Put one more campaign into its calendar, by a number of its own. Raises Refusal."""
    _allow(by, "campaigns.add_campaign")
    held = lock(campaign.calendar_id)
    check([campaign])
    campaign.closed_at = timezone.now() if campaign.ends_on < held.today() else None
    campaign.save(force_insert=True)
    return campaign


@transaction.atomic
def change_campaign(campaign: Campaign, *, by: User) -> Campaign:
    """Write a campaign's dates and its days for late orders as the given instance has them. Raises Refusal.

    Closed, it keeps its dates (open again, its deadline may change); begun, its first day; and no campaign ends before today.
    """
    _allow(by, "campaigns.change_campaign")
    held = lock(campaign.calendar_id)
    refuse_change(campaign, Campaign.objects.get(pk=campaign.pk), held.today())
    check([campaign])
    campaign.save(update_fields=[*DATES, "own_grace_days"])
    mark_late(campaign)
    return campaign


@transaction.atomic
def mark_late(campaign: Campaign) -> int:
    """Mark the campaign's orders late, or not, by the deadlines of today, and have its figures taken where that changes any."""
    changed = deadlines.mark_late(campaign)
    if changed:
        snapshots.mark([campaign.pk])
    return changed


@transaction.atomic
def reopen(campaign: Campaign, *, by: User) -> Campaign:
    """Open a closed campaign again for its late orders, up to the last day on which they count. Raises Refusal.

    Its boards stay read-only and the cards that went on stay where they are; its deadlines may change, and its figures are
    taken again: now, after every file, and when it closes by itself (`close_reopened`).
    """
    _allow(by, "campaigns.change_campaign")
    held = lock(campaign.calendar_id)
    campaign = Campaign.objects.select_related("calendar__market").get(pk=campaign.pk)
    if not campaign.is_closed:
        raise Refusal(_("The campaign is not closed."), status=409)
    if campaign.late_until < held.today():
        raise Refusal(
            _("Its days for late orders were over after %(day)s. Give the campaign more of them first.")
            % {"day": date_format(campaign.late_until)},
            status=409,
        )
    campaign.reopened_until = campaign.late_until
    campaign.save(update_fields=["reopened_until"])
    snapshots.mark([campaign.pk], cause=Cause.ASKED)
    return campaign


@transaction.atomic
def close_reopened() -> int:
    """Close the campaigns whose days for late orders are over, with their figures taken a last time; returns how many. Safe to repeat."""
    a_day = dt.timedelta(days=1)  # the market's date is at most a day off
    opened = Campaign.objects.select_for_update(of=("self",), skip_locked=True).select_related("calendar__market")
    over = [one for one in opened.filter(reopened_until__lt=timezone.now().date() + a_day) if one.reopened_until < one.calendar.today()]
    Campaign.objects.filter(pk__in=[one.pk for one in over]).update(reopened_until=None)
    snapshots.mark([one.pk for one in over], cause=Cause.CLOSED)
    return len(over)


def refuse_change(campaign: Campaign, was: Campaign, today: dt.date) -> None:
    """Refuse dates that a campaign may no longer get."""
    if was.is_closed:
        kept = DATES[:2] if was.is_reopened else DATES
        if any(getattr(campaign, name) != getattr(was, name) for name in kept):
            raise Refusal(_("The campaign is closed: its dates cannot change."), status=409)
        return
    if was.starts_on <= today and campaign.starts_on != was.starts_on:
        raise Refusal(_("The campaign has begun: its first day cannot change."), status=409)
    if campaign.ends_on != was.ends_on and campaign.ends_on < today:
        raise Refusal(_("A campaign cannot end before today."), status=409)


@transaction.atomic
def go_live(calendar: Calendar, *, by: User, day: dt.date | None) -> Calendar:
    """Say from which day on reps are told about the campaigns of a calendar; None: they are told nothing."""
    _allow(by, "campaigns.change_calendar")
    held = lock(calendar.pk)
    held.live_from = day
    held.save(update_fields=["live_from"])
    return held


def _allow(by: User, permission: str) -> None:
    if not by.has_perm(permission):
        raise Refusal(_("You may not change calendars."), status=403)
