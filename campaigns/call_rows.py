"""From a campaign's figures to whom somebody should call: the rows of one calendar, written again where they differ."""

import datetime as dt

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from campaigns import deadlines, title_steps
from campaigns.models import CallFirst, Campaign
from campaigns.pace import FEW, WHOLE, WITHIN
from cotano.lib import clock

NEAR = 7  # days before the deadline from which a newcomer without an order is called
USUAL = 3  # closed campaigns that are looked at
OFTEN = 2  # of these with an order: a usual orderer
REACH = WHOLE - WITHIN  # percent of a goal from which on it is close

# s: the rep in the campaign that runs; p1, p2, p3: in the last one, the one before, the one before that.
# Not NULL in this order is the reason; `idle` of a campaign counts itself.
FOUND = """
CREATE TEMP TABLE call_first_new ON COMMIT DROP AS
WITH near AS ({nearest}), why AS (
  SELECT s.rep_id, s.territory_id, coalesce(near.order_deadline, %(deadline)s) AS deadline,
    step.reason AS step, step.short, step.orders_short, title.requirement_id, title.missing,
    CASE
      WHEN s.active THEN NULL
      WHEN s.is_newcomer AND NOT coalesce(p1.active, false)
        AND coalesce(near.order_deadline, %(deadline)s) <= %(near)s THEN {newcomer}
      WHEN p1.idle = 2 THEN {two_idle}
      WHEN (p1.first_order AND p1.orders = 1 OR p2.first_order AND p2.orders = 1 AND p1.orders = 0)
        AND s.orders = 0 THEN {no_second}
      WHEN p1.idle = 1 THEN {one_idle}
      WHEN coalesce(p1.active, false)::int + coalesce(p2.active, false)::int + coalesce(p3.active, false)::int >= %(often)s
        THEN {usual}
    END AS reason
  FROM campaigns_snapshot s JOIN teams_rep r ON r.id = s.rep_id AND r.status = 'active'
  LEFT JOIN campaigns_snapshot p1 ON p1.rep_id = s.rep_id AND p1.campaign_id = %(before)s
  LEFT JOIN campaigns_snapshot p2 ON p2.rep_id = s.rep_id AND p2.campaign_id = %(before2)s
  LEFT JOIN campaigns_snapshot p3 ON p3.rep_id = s.rep_id AND p3.campaign_id = %(before3)s
  LEFT JOIN near ON near.territory_id = s.territory_id AND near.campaign_id = s.campaign_id
  LEFT JOIN (SELECT DISTINCT ON (rep_id) * FROM ({steps}) t ORDER BY rep_id, reason) step ON step.rep_id = s.rep_id
  LEFT JOIN call_first_steps title ON title.rep_id = s.rep_id
  WHERE s.campaign_id = %(campaign)s AND s.on_file
)
SELECT rep_id, territory_id, coalesce(reason, step)::smallint AS reason,
  CASE WHEN reason IS NULL THEN %(ends)s ELSE deadline END AS by_day, CASE WHEN reason IS NULL THEN short END AS short,
  CASE WHEN reason IS NULL THEN orders_short END AS orders_short, requirement_id, missing
FROM why WHERE reason IS NOT NULL OR step IS NOT NULL"""

# Who is a step away from something: (rep_id, reason, short, orders_short). The best one counts, behind all other reasons.
STEPS = (
    f"""SELECT s.rep_id, CASE WHEN g.is_company THEN {CallFirst.Reason.GOAL} ELSE {CallFirst.Reason.OWN_GOAL} END AS reason,
      CASE WHEN g.measure = 'net_sales' THEN g.target - s.net_sales END AS short,
      CASE WHEN g.measure = 'orders' THEN g.target - s.orders END AS orders_short
    FROM campaigns_goal g JOIN campaigns_snapshot s ON s.rep_id = g.rep_id AND s.campaign_id = g.campaign_id
    WHERE g.campaign_id = %(campaign)s AND %(today)s + {FEW} - 1 <= %(ends)s
      AND (g.measure = 'net_sales' AND s.net_sales < g.target AND s.net_sales * 100 >= g.target * {REACH}
        OR g.measure = 'orders' AND s.orders > 0 AND g.target > s.orders
        AND (g.target - s.orders <= {FEW} OR s.orders * 100 >= g.target * {REACH}))""",  # noqa: S608  own words
    # Who lacks one requirement of the next title (campaigns/title_steps.py).
    f"""SELECT rep_id, {CallFirst.Reason.TITLE} AS reason, NULL::numeric AS short, NULL::numeric AS orders_short
    FROM call_first_steps""",  # noqa: S608  own words
)

GONE = """
DELETE FROM campaigns_callfirst c USING campaigns_campaign k
WHERE k.id = c.campaign_id AND k.calendar_id = %(calendar)s AND NOT EXISTS (SELECT FROM call_first_new n WHERE n.rep_id = c.rep_id)"""

# A reason that still holds keeps its day, and who was called for it stays called.
WRITE = """
INSERT INTO campaigns_callfirst AS c (rep_id, campaign_id, territory_id, reason, by_day, since, short, orders_short,
  requirement_id, missing)
SELECT rep_id, %(campaign)s, territory_id, reason, by_day, %(begin)s, short, orders_short, requirement_id, missing
FROM call_first_new ORDER BY rep_id
ON CONFLICT (rep_id) DO UPDATE SET campaign_id = excluded.campaign_id, territory_id = excluded.territory_id, reason = excluded.reason,
  by_day = excluded.by_day, short = excluded.short, orders_short = excluded.orders_short,
  requirement_id = excluded.requirement_id, missing = excluded.missing,
  since = CASE WHEN c.campaign_id <> excluded.campaign_id THEN excluded.since WHEN c.reason <> excluded.reason THEN %(now)s ELSE c.since END
WHERE (c.campaign_id, c.territory_id, c.reason, c.by_day, c.short, c.orders_short, c.requirement_id, c.missing)
  IS DISTINCT FROM (excluded.campaign_id, excluded.territory_id, excluded.reason, excluded.by_day, excluded.short, excluded.orders_short,
    excluded.requirement_id, excluded.missing)"""


def write(cursor: CursorWrapper, campaign: Campaign) -> int:
    """Write whom to call in the campaign, from its figures and those of the three before it; returns the rows written.

    Nothing for a campaign that does not run today. It comes with its calendar and market; the caller holds the transaction.
    """
    now = timezone.now()
    today = clock.today(campaign.calendar.zone, now)
    if not campaign.is_running:
        return 0
    before = Campaign.objects.filter(calendar=campaign.calendar_id, starts_on__lt=campaign.starts_on).order_by("-starts_on")
    pasts = [*before.values_list("pk", flat=True)[:USUAL], *[None] * USUAL]
    values = {
        "campaign": campaign.pk,
        "campaigns": [campaign.pk],
        "calendar": campaign.calendar_id,
        "before": pasts[0],
        "before2": pasts[1],
        "before3": pasts[2],
        "deadline": campaign.order_deadline,
        "near": today + dt.timedelta(days=NEAR),
        "today": today,
        "ends": campaign.ends_on,
        "often": OFTEN,
        "begin": campaign.begins_at,
        "now": now,
    }
    numbers = {reason.name.lower(): reason.value for reason in CallFirst.Reason}
    title_steps.find(cursor, campaign)
    cursor.execute("ANALYZE call_first_steps (rep_id)")
    cursor.execute(FOUND.format(nearest=deadlines.NEAREST, steps=" UNION ALL ".join(STEPS), **numbers), values)
    cursor.execute("ANALYZE call_first_new (rep_id)")
    written = 0
    for statement in (GONE, WRITE):
        cursor.execute(statement, values)
        written += cursor.rowcount
    cursor.execute("DROP TABLE call_first_new, call_first_steps")
    return written
