"""What campaigns may know of a rep's people: counts, never whom."""

from campaigns.facts import Fact
from cotano.lib import clock

# Due: its time has come, on a day of the campaign, and nobody has withdrawn it. Kept: done before that day was over where the rep was.
REMINDERS = Fact(
    columns=("reminders_due", "reminders_kept"),
    query=f"""
SELECT r.owner_id, count(*),
  count(*) FILTER (WHERE r.state = 'done' AND r.ended_at < (r.day + 1)::timestamp AT TIME ZONE {clock.in_database("r.zone")})
FROM leads_reminder r
WHERE r.day BETWEEN %(starts)s AND %(ends)s AND r.due_at <= %(now)s AND r.state <> 'cancelled' AND r.lead_id IS NOT NULL
GROUP BY r.owner_id""",  # noqa: S608  own words
)
