"""What a goal is measured by: how much of each measure a set of reps reached in a campaign. Pure reads."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Count, Q, Sum

from campaigns import figures
from campaigns.models import Campaign, Goal, Snapshot
from teams import tree
from teams.models import ActivityCount, Rep, RepQuerySet, Territory

Measure = Goal.Measure


def reps_of(goal: Goal) -> RepQuerySet:
    """Whose figures count: the rep's, those of the leader with all below, or of the territory with all below."""
    if goal.rep_id:
        return Rep.objects.filter(pk=goal.rep_id)
    if goal.leader_id:
        return Rep.objects.filter(tree.at_or_below_one(Rep.objects.filter(pk=goal.leader_id)))
    return Rep.objects.filter(territory__in=Territory.objects.at_or_below(Territory.objects.filter(pk=goal.territory_id)))


def reached(campaigns: Sequence[Campaign], reps: RepQuerySet) -> list[dict[str, Decimal | None]]:
    """Measure -> figure of these reps, for each of the campaigns (with their calendars), in the given order. Six queries.

    Follow-ups kept are None where the campaign's figures have not been taken, activity where nobody was on file.
    """
    if not campaigns:
        return []
    reps = reps.order_by()
    calls = figures.done(campaigns, ActivityCount.objects.filter(rep__in=reps, kind=ActivityCount.Kind.CALL))
    taken = Snapshot.objects.filter(campaign__in=campaigns, rep__in=reps).order_by()
    kept = dict(taken.values_list("campaign").annotate(Sum("reminders_kept")))
    recruits = _recruits(campaigns, reps)
    return [
        {
            Measure.ORDERS: Decimal(row.orders),
            Measure.NET_SALES: row.net_sales,
            Measure.ACTIVITY: None if row.active_percent is None else Decimal(100 * row.active) / row.on_file,
            Measure.RECRUITS: Decimal(recruits.get((row.campaign.calendar.code, row.campaign.year, row.campaign.number), 0)),
            Measure.CALLS: Decimal(calls[row.campaign.pk]),
            Measure.FOLLOW_UPS: None if kept.get(row.campaign.pk) is None else Decimal(kept[row.campaign.pk]),
        }
        for row in figures.of_campaigns(campaigns, reps)
    ]


def _recruits(campaigns: Sequence[Campaign], reps: RepQuerySet) -> dict[tuple[str, int, int], int]:
    """(calendar, year, number) -> newcomers whose sponsor today is one of these reps."""
    named = Q(pk__in=[])
    for campaign in campaigns:
        named |= Q(calendar=campaign.calendar.code, joined_year=campaign.year, joined_number=campaign.number)
    rows = Rep.objects.filter(named, sponsor__in=reps).order_by().values_list("calendar", "joined_year", "joined_number")
    return {(calendar, year, number): n for calendar, year, number, n in rows.annotate(n=Count("pk"))}
