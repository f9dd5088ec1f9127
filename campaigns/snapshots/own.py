"""What each rep did in a campaign, into a temporary table by one statement: all of it is of one moment.

Of a campaign that was taken after its end where everybody stood is kept: sponsor, territory, title, who was on file, joined,
left and came back come from its rows; what a late file can change is counted again.
"""

import datetime as dt
from collections.abc import Iterator

from django.db.backends.utils import CursorWrapper

from campaigns import facts
from campaigns.facts import Fact
from campaigns.models import MOST_IDLE, Campaign
from cotano.jobs.models import Job
from cotano.lib import clock
from teams.imports import Roster
from teams.models import ActivityCount, Rep, Touch

# Everybody is joined with everything: a plan by statistics of before a large file would loop over it.
NO_LOOPS, LOOPS = (f"SET LOCAL enable_nestloop = {switch}" for switch in ("off", "on"))
WEEK = 7  # days in which one action makes a weekly user
DAY = dt.timedelta(hours=24)  # in which a newcomer is to be contacted

# s: the row that is kept, if there is one; p: the rep in the campaign before.
OWN = """
CREATE TEMP TABLE snapshot_own ON COMMIT DROP AS
WITH returned AS (
  SELECT b.returns_id, sum(b.amount) AS amount FROM campaigns_order b JOIN campaigns_order o ON o.id = b.returns_id
  WHERE b.returns_id IS NOT NULL AND o.campaign_id = %(campaign)s GROUP BY b.returns_id
), ordered AS (
  SELECT o.rep_id, count(*) FILTER (WHERE o.kind = 'order') AS orders, count(*) FILTER (WHERE o.is_late) AS late,
    sum(o.amount) AS net_sales, sum(o.points) AS points,
    bool_or(o.kind = 'order' AND (b.amount IS NULL OR b.amount > -o.amount)) AS kept
  FROM campaigns_order o LEFT JOIN returned b ON b.returns_id = o.id WHERE o.campaign_id = %(campaign)s GROUP BY o.rep_id
), acted AS (
  SELECT a.rep_id, sum(a.n) AS n, sum(a.n) FILTER (WHERE a.kind = %(call)s) AS calls,
    bool_or(a.day >= %(week)s AND a.kind <> %(earlier)s AND a.n > 0) AS weekly
  FROM teams_activitycount a WHERE a.day BETWEEN %(starts)s AND %(ends)s GROUP BY a.rep_id
), turned AS (
  SELECT c.rep_id, bool_or(c.status = %(gone)s) AS removed, bool_or(c.status = %(there)s) AS reinstated
  FROM teams_statuschange c WHERE c.at >= %(begin)s AND c.at < %(end)s GROUP BY c.rep_id
), stood AS (
  SELECT r.id, s.id IS NOT NULL AS was_taken,
    CASE WHEN s.id IS NULL THEN r.sponsor_id ELSE s.sponsor_id END AS sponsor_id,
    coalesce(s.territory_id, r.territory_id) AS territory_id,
    coalesce(s.title, r.title) AS title,
    coalesce(s.joined_year, r.joined_year) AS joined_year,
    coalesce(s.joined_number, r.joined_number) AS joined_number,
    coalesce(s.on_file, f.follows AND f.was_unknown AND (r.joined_year, r.joined_number) <= (%(year)s, %(number)s)
      AND (r.removed_on IS NULL OR r.removed_on > %(ends)s)) AS on_file,
    coalesce(s.appointed, f.follows AND f.was_unknown AND (r.joined_year, r.joined_number) = (%(year)s, %(number)s)) AS appointed,
    coalesce(s.removed, f.follows AND c.removed, false) AS removed,
    coalesce(s.reinstated, f.follows AND c.reinstated, false) AS reinstated,
    CASE WHEN s.id IS NULL THEN f.follows ELSE s.on_file OR s.appointed OR s.removed OR s.reinstated OR s.orders > 0 OR s.actions > 0 END
      AS follows,
    s.is_newcomer AS was_newcomer, s.answered AS was_answered, s.is_weekly AS was_weekly,
    coalesce(o.orders, 0)::int AS orders, coalesce(o.late, 0)::int AS late_orders, coalesce(o.net_sales, 0)::numeric(14, 2) AS net_sales,
    coalesce(v.pv, o.points, 0)::bigint AS pv, coalesce(o.kept, false) AS kept, o.rep_id IS NOT NULL OR v.pv IS NOT NULL AS ordered,
    coalesce(a.n, 0)::bigint AS actions, coalesce(a.calls, 0)::int AS calls, coalesce(a.weekly, false) AS weekly,
    r.user_id, r.first_seen_at, coalesce(p.idle, 0) AS idle_before, coalesce(p.orders, 0) > 0 AS ordered_before{kept_facts}
  FROM teams_rep r CROSS JOIN LATERAL (
    SELECT r.calendar = %(calendar)s AS follows, r.first_seen_at > coalesce(%(frozen_at)s::timestamptz, '-infinity') AS was_unknown) f
  LEFT JOIN ordered o ON o.rep_id = r.id
  LEFT JOIN acted a ON a.rep_id = r.id
  LEFT JOIN turned c ON c.rep_id = r.id
  LEFT JOIN campaigns_volume v ON v.rep_id = r.id AND v.campaign_id = %(campaign)s
  LEFT JOIN campaigns_snapshot s ON s.rep_id = r.id AND s.campaign_id = %(keeps)s
  LEFT JOIN campaigns_snapshot p ON p.rep_id = r.id AND p.campaign_id = %(before)s
), known AS (
  SELECT s.*, s.on_file AND s.kept AS active,
    coalesce(s.was_newcomer, s.on_file AND s.follows
      AND (s.joined_year, s.joined_number) IN ((%(year)s, %(number)s), (%(year_before)s, %(number_before)s))
      AND (s.first_seen_at > %(first_roster)s OR EXISTS (SELECT FROM teams_invitation i WHERE i.used_by_id = s.user_id)),
      false) AS is_newcomer
  FROM stood s
  WHERE s.was_taken OR s.on_file OR s.appointed OR s.removed OR s.reinstated OR s.ordered OR (s.follows AND s.actions > 0)
)
SELECT k.id, k.sponsor_id, k.territory_id, k.title, k.joined_year, k.joined_number, k.on_file, k.active, k.orders, k.late_orders,
  k.net_sales, k.pv, CASE WHEN k.follows THEN k.actions ELSE 0 END AS actions, CASE WHEN k.follows THEN k.calls ELSE 0 END AS calls,
  coalesce(k.was_weekly, k.follows AND k.weekly) AS is_weekly, k.appointed, k.removed, k.reinstated, k.is_newcomer,
  (CASE WHEN NOT k.on_file OR k.active OR NOT %(known)s THEN 0 ELSE least(k.idle_before + 1, %(most_idle)s) END)::smallint AS idle,
  -- correlated on purpose: looked up for those who did not order in the campaign before, whatever the length of the history
  CASE WHEN k.orders > 0 AND NOT k.ordered_before THEN (
    SELECT 1 FROM campaigns_order e JOIN campaigns_campaign d ON d.id = e.campaign_id
    WHERE e.rep_id = k.id AND e.kind = 'order' AND d.starts_on < %(starts)s LIMIT 1) IS NULL ELSE false END AS first_order,
  CASE WHEN NOT k.is_newcomer THEN NULL WHEN k.was_answered IS NOT NULL THEN k.was_answered
    WHEN EXISTS (SELECT FROM teams_touch t WHERE t.rep_id = k.id AND t.outcome = %(reached)s
                 AND t.at BETWEEN k.first_seen_at AND k.first_seen_at + %(day)s) THEN true
    WHEN k.first_seen_at + %(day)s <= %(now)s THEN false END AS answered{facts}
FROM known k {joins}
ORDER BY k.id"""

# Everybody above who is not among them: of another calendar, or off file.
ABOVE = """
INSERT INTO snapshot_own
WITH RECURSIVE above AS (
  SELECT DISTINCT o.sponsor_id AS id FROM snapshot_own o
  WHERE o.sponsor_id IS NOT NULL AND NOT EXISTS (SELECT FROM snapshot_own x WHERE x.id = o.sponsor_id)
  UNION
  SELECT r.sponsor_id FROM above JOIN teams_rep r ON r.id = above.id LEFT JOIN snapshot_own x ON x.id = r.sponsor_id
  WHERE r.sponsor_id IS NOT NULL AND x.id IS NULL
)
SELECT r.id, r.sponsor_id, r.territory_id, r.title, r.joined_year, r.joined_number, false, false, 0, 0, 0, 0, 0, 0, false, false, false,
  false, false, 0, false, NULL::boolean{zeros}
FROM above JOIN teams_rep r ON r.id = above.id"""


def gather(cursor: CursorWrapper, campaign: Campaign, before: Campaign | None, *, frozen_at: dt.datetime | None, now: dt.datetime) -> int:
    """Make the temporary table `snapshot_own`, a row per rep; returns how many.

    `before` is the campaign before in the calendar, its figures taken, or None. `frozen_at`: since when where everybody stood
    is kept; who was known then and has no row was not on file, whatever has become of them since.
    The campaign comes with its calendar and market.
    """
    today = min(clock.today(campaign.calendar.zone, now), campaign.ends_on)
    found = list(facts.every())
    columns = [(f"f{n}", column) for n, fact in enumerate(found) for column in fact.columns]
    known = _first_known(cursor, campaign)
    if before is not None and (known is None or before.starts_on < known):
        before = None  # nobody is idle in a campaign of which the company's orders are not known
    values = {
        "campaign": campaign.pk,
        "calendar": campaign.calendar.code,
        "year": campaign.year,
        "number": campaign.number,
        "starts": campaign.starts_on,
        "ends": campaign.ends_on,
        "today": today,
        "week": today - dt.timedelta(days=WEEK - 1),
        "begin": campaign.begins_at,
        "end": campaign.over_at,
        "now": now,
        "before": before and before.pk,
        "keeps": campaign.pk if frozen_at else None,
        "frozen_at": frozen_at,
        "known": known is not None and known <= campaign.starts_on,
        "first_roster": first_roster(cursor),
        "earlier": ActivityCount.Kind.EARLIER,
        "call": ActivityCount.Kind.CALL,
        "gone": Rep.Status.REMOVED,
        "there": Rep.Status.ACTIVE,
        "reached": Touch.Outcome.REACHED,
        "day": DAY,
        "most_idle": MOST_IDLE,
        **_numbered_before(cursor, campaign),
    }
    cursor.execute(NO_LOOPS)
    cursor.execute(
        OWN.format(
            kept_facts="".join(f", s.{column} AS was_{column}" for _alias, column in columns),
            facts="".join(
                f", coalesce(k.was_{column}, CASE WHEN k.follows THEN {alias}.{column} END, 0)::int AS {column}"
                for alias, column in columns
            ),
            joins=" ".join(_joins(found)),
        ),
        values,
    )
    cursor.execute(LOOPS)
    cursor.execute("ANALYZE snapshot_own (id, sponsor_id, territory_id)")
    cursor.execute(ABOVE.format(zeros=", 0" * len(columns)))
    cursor.execute("SELECT count(*) FROM snapshot_own")
    return cursor.fetchone()[0]


def _joins(found: list[Fact]) -> Iterator[str]:
    for n, fact in enumerate(found):
        yield f"LEFT JOIN ({fact.query}) f{n}(rep_id, {', '.join(fact.columns)}) ON f{n}.rep_id = k.id"


def _first_known(cursor: CursorWrapper, campaign: Campaign) -> dt.date | None:
    """The first day of the first campaign of the calendar for which orders are known."""
    cursor.execute(
        """SELECT c.starts_on FROM campaigns_campaign c
           WHERE c.calendar_id = %s AND EXISTS (SELECT FROM campaigns_order o WHERE o.campaign_id = c.id) ORDER BY c.starts_on LIMIT 1""",
        [campaign.calendar_id],
    )
    row = cursor.fetchone()
    return row[0] if row else None


def first_roster(cursor: CursorWrapper) -> dt.datetime | None:
    """When the company's first roster was in: who is first seen later came by a later one."""
    cursor.execute("SELECT min(finished_at) FROM jobs_job WHERE kind = %s AND state = %s", [Roster.name, Job.State.DONE])
    return cursor.fetchone()[0]


def _numbered_before(cursor: CursorWrapper, campaign: Campaign) -> dict[str, int | None]:
    """Year and number of the campaign before, whether its figures count or not."""
    cursor.execute(
        "SELECT year, number FROM campaigns_campaign WHERE calendar_id = %s AND starts_on < %s ORDER BY starts_on DESC LIMIT 1",
        [campaign.calendar_id, campaign.starts_on],
    )
    year, number = cursor.fetchone() or (None, None)
    return {"year_before": year, "number_before": number}
