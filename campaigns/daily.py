"""What reps did each day of a campaign, added up over territories."""

from django.db.backends.utils import CursorWrapper

from campaigns.models import Campaign
from teams.models import ActivityCount

# Where a rep stood is what the campaign's row of the rep says; what an earlier system recorded has no days.
DAYS = """
WITH RECURSIVE up AS (
  SELECT id AS place, id AS above FROM teams_territory
  UNION ALL
  SELECT u.place, t.parent_id FROM up u JOIN teams_territory t ON t.id = u.above WHERE t.parent_id IS NOT NULL
), told AS (
  SELECT s.territory_id, d.day, sum(d.n) AS actions, count(*) AS people
  FROM campaigns_snapshot s
  JOIN (SELECT a.rep_id, a.day, sum(a.n) AS n FROM teams_activitycount a
        WHERE a.day BETWEEN %(starts)s AND %(ends)s AND a.kind <> %(earlier)s GROUP BY a.rep_id, a.day) d ON d.rep_id = s.rep_id
  WHERE s.campaign_id = %(campaign)s AND s.actions > 0
  GROUP BY s.territory_id, d.day
), summed AS (
  SELECT u.above AS territory_id, w.day, sum(w.actions)::bigint AS actions, sum(w.people)::int AS people
  FROM told w JOIN up u ON u.place = w.territory_id GROUP BY u.above, w.day
), gone AS (
  DELETE FROM campaigns_daytotal d WHERE d.campaign_id = %(campaign)s
  AND NOT EXISTS (SELECT FROM summed s WHERE s.territory_id = d.territory_id AND s.day = d.day)
)
INSERT INTO campaigns_daytotal AS d (campaign_id, territory_id, day, actions, people)
SELECT %(campaign)s, s.territory_id, s.day, s.actions, s.people FROM summed s
ON CONFLICT (campaign_id, territory_id, day) DO UPDATE SET actions = excluded.actions, people = excluded.people
WHERE (d.actions, d.people) <> (excluded.actions, excluded.people)"""


def write_days(cursor: CursorWrapper, campaign: Campaign) -> None:
    """Write the days of a campaign from the rows of its reps, which were just written; in the transaction of the pass."""
    values = {"campaign": campaign.pk, "starts": campaign.starts_on, "ends": campaign.ends_on, "earlier": ActivityCount.Kind.EARLIER}
    cursor.execute(DAYS, values)
