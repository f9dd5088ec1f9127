"""What a goal is measured by: how much of each measure its owner reached in a campaign, as it was taken. Pure reads."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from campaigns.models import Campaign, Goal, Snapshot, Total

Measure = Goal.Measure
Reached = dict[str, Decimal | None]
WHOLE = 100  # %
NOTHING: Reached = dict.fromkeys(Measure.values)


def reached(campaigns: Sequence[Campaign], owner: Goal) -> list[Reached]:
    """Measure -> figure of a goal's owner, for each of the campaigns, in the given order. One query.

    A rep's own, a leader's with the team, or a territory's with all below. None where the campaign's figures have not been taken,
    and for the share of active reps where nobody was on file. Recruits of a rep are those who joined under them in the campaign.
    """
    if not campaigns:
        return []
    found = _of_place(campaigns, owner.territory_id) if owner.territory_id else _of_rep(campaigns, owner)
    return [found.get(one.pk, NOTHING) for one in campaigns]


def _of_place(campaigns: Sequence[Campaign], territory: int) -> dict[int, Reached]:
    rows = Total.objects.filter(campaign__in=campaigns, territory=territory)
    return {
        row.campaign_id: _told(row.orders, row.net_sales, row.calls, row.reminders_kept, row.appointed, (row.active, row.on_file))
        for row in rows
    }


def _of_rep(campaigns: Sequence[Campaign], owner: Goal) -> dict[int, Reached]:
    joined = Snapshot.objects.filter(campaign=OuterRef("campaign"), sponsor=OuterRef("rep"), appointed=True).order_by().values("sponsor")
    rows = Snapshot.objects.filter(campaign__in=campaigns, rep=owner.leader_id or owner.rep_id)
    with_team = owner.leader_id is not None
    return {
        row.campaign_id: _told(
            row.orders + with_team * row.team_orders,
            row.net_sales + with_team * row.team_net_sales,
            row.calls + with_team * row.team_calls,
            row.reminders_kept + with_team * row.team_reminders_kept,
            row.team_appointed if with_team else row.recruits,
            (row.active + with_team * row.team_active, row.on_file + with_team * row.people),
        )
        for row in rows.annotate(recruits=Coalesce(Subquery(joined.annotate(n=Count("pk")).values("n")), 0))
    }


def _told(orders: int, net_sales: Decimal, calls: int, kept: int, recruits: int, active: tuple[int, int]) -> Reached:
    """`active`: reps, of so many on file."""
    return {
        Measure.ORDERS: Decimal(orders),
        Measure.NET_SALES: net_sales,
        Measure.ACTIVITY: Decimal(WHOLE * active[0]) / active[1] if active[1] else None,
        Measure.RECRUITS: Decimal(recruits),
        Measure.CALLS: Decimal(calls),
        Measure.FOLLOW_UPS: Decimal(kept),
    }
