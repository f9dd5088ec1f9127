"""Until when reps order: a campaign's deadline, or that of the nearest territory of the rep's that has its own."""

import datetime as dt
from collections.abc import Collection

from django.db import connection

from campaigns.models import Campaign, GroupDeadline
from teams import tree
from teams.models import Rep, Territory

# (campaign, territory, deadline) wherever a territory or one above it has its own; the nearest one's. Not NULL: all campaigns.
NEAREST = """
WITH RECURSIVE down AS (
  SELECT campaign_id, territory_id, order_deadline, 0 AS steps FROM campaigns_groupdeadline
  WHERE %(campaigns)s::bigint[] IS NULL OR campaign_id = ANY(%(campaigns)s::bigint[])
  UNION ALL
  SELECT d.campaign_id, t.id, d.order_deadline, d.steps + 1 FROM down d JOIN teams_territory t ON t.parent_id = d.territory_id
)
SELECT DISTINCT ON (campaign_id, territory_id) campaign_id, territory_id, order_deadline FROM down
ORDER BY campaign_id, territory_id, steps"""


def of_rep(rep: Rep, campaign: Campaign) -> dt.date:
    """The last day on which the rep's order is in time. Two queries, one where no territory has a deadline of its own."""
    return in_each(rep, [campaign])[campaign.pk]


def in_each(rep: Rep, campaigns: Collection[Campaign]) -> dict[int, dt.date]:
    """The same for several campaigns, by their ids, in as many queries; none without campaigns."""
    groups = GroupDeadline.objects.filter(campaign__in=campaigns).values_list("campaign", "territory", "order_deadline")
    own = {(campaign, place): day for campaign, place, day in groups} if campaigns else {}
    line = [rep.territory_id, *tree.above(Territory, rep.territory_id)] if own else []
    return {
        campaign.pk: next((own[campaign.pk, place] for place in line if (campaign.pk, place) in own), campaign.order_deadline)
        for campaign in campaigns
    }


def mark_late(campaign: Campaign) -> int:
    """Mark the campaign's orders by the deadlines of today; returns how many changed. For the action that changes a deadline."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH nearest AS ({NEAREST})
                UPDATE campaigns_order o SET is_late = o.placed_on > x.deadline
                FROM (SELECT p.id, coalesce(n.order_deadline, c.order_deadline) AS deadline
                      FROM campaigns_order p JOIN campaigns_campaign c ON c.id = p.campaign_id JOIN teams_rep r ON r.id = p.rep_id
                      LEFT JOIN nearest n ON n.campaign_id = c.id AND n.territory_id = r.territory_id
                      WHERE p.campaign_id = %(campaign)s AND p.kind = 'order') x
                WHERE o.id = x.id AND o.is_late <> (o.placed_on > x.deadline)""",  # noqa: S608  own words
            {"campaigns": [campaign.pk], "campaign": campaign.pk},
        )
        return cursor.rowcount
