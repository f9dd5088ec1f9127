"""Nudges about cards and the company's work list: nobody in touch for long, no next step, a call the company asks for."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.nudges import PEOPLE, Limits, Rule, Slot, ask, day_words, numbers, path_of, still, untold
from leads.nudges import MAY_BE_CONTACTED, about_leads
from notifications.models import Notification
from notifications.nudges import Found, Words
from notifications.topics import Topic
from pipeline.models import DAYS

# Open cards without a reminder that lies ahead or a step of a cadence; `since` is the last contact or move.
OPEN = f"""
FROM pipeline_card c JOIN pipeline_board b ON b.id = c.board_id AND b.rolled_at IS NULL
JOIN campaigns_campaign k ON k.id = b.campaign_id AND k.closed_at IS NULL
JOIN pipeline_stage s ON s.id = c.stage_id AND s."end" = ''
JOIN leads_lead l ON l.id = c.lead_id AND {MAY_BE_CONTACTED}
{{people}}
WHERE c.closed_at IS NULL
  AND NOT EXISTS (SELECT FROM leads_reminder m WHERE m.lead_id = c.lead_id AND m.state = 'open' AND m.due_at >= %(now)s)
  AND NOT EXISTS (SELECT FROM leads_enrolment e WHERE e.lead_id = c.lead_id AND e.ended_at IS NULL)"""  # noqa: S608  own words
MINE = "JOIN people p ON p.rep_id = b.rep_id"
SINCE = "greatest(c.entered_stage_at, l.contacted_at)"
STAY = "coalesce(s.days, %(days)s) * interval '1 day'"
STALE_KEY = f"'stale:' || c.id || ':' || floor(extract(epoch FROM {SINCE}))::bigint"

STALE = f"""
WITH {PEOPLE}, waits AS (
  SELECT p.user_id, p.language, c.id, l.id AS lead, l.name, {SINCE} AS since, {STALE_KEY} AS key,
    row_number() OVER (PARTITION BY p.user_id ORDER BY {SINCE}, c.id) AS n
  {OPEN.format(people=MINE)} AND {SINCE} < %(now)s - {STAY} AND {untold("p.user_id", STALE_KEY)}
) SELECT user_id, language, key, lead, name, json_build_array(extract(day FROM %(now)s - since)::int)::text
FROM waits WHERE n <= %(most)s"""  # noqa: S608  own words


def find_stale(slot: Slot, limits: Limits) -> Iterator[Found]:
    """Cards without a next step, with neither contact nor move for as long as their stage allows; the oldest first."""
    yield about_leads(slot, Topic.STALE, STALE, {"days": limits.days, "most": limits.most}, _stale_words)


def _stale_words(n: int) -> Words:
    why = ngettext("No contact and no move for %(n)d day, and no next step.", "No contact and no move for %(n)d days, and no next step.", n)
    return Words(why % {"n": n})


def stale_holds(told: Sequence[Notification], now: dt.datetime) -> set[int]:
    """While the card is open without a next step, and nothing has happened since."""
    sql = f"SELECT {STALE_KEY} {OPEN.format(people='')} AND c.id = ANY(%(ids)s)"
    return still(told, sql, {"ids": numbers(told), "now": now})


# ---- no next step: one nudge a week for all of them
NO_STEP = f"""
WITH {PEOPLE} SELECT p.user_id, p.language, 'no_step:' || p.rep_id || ':' || %(week)s, max(b.id), '', json_build_array(count(*))::text
{OPEN.format(people=MINE)} AND c.created_at < %(now)s - %(days)s * interval '1 day'
  AND {untold("p.user_id", "'no_step:' || p.rep_id || ':' || %(week)s")}
GROUP BY p.user_id, p.language, p.rep_id"""


def find_no_step(slot: Slot, limits: Limits) -> Iterator[Found]:
    """How many open cards have no next step; once a week."""
    year, week, _day = slot.today.isocalendar()
    values = slot.values(Topic.NO_STEP, days=limits.days, week=f"{year}-{week}")
    yield Found(Topic.NO_STEP, NO_STEP, values, _no_step_words, slot.morning, "board:{id}", path_of("pipeline:board"))


def _no_step_words(n: int) -> Words:
    why = ngettext(
        "On your board %(n)d open card has neither a reminder nor a follow-up ahead.",
        "On your board %(n)d open cards have neither a reminder nor a follow-up ahead.",
        n,
    )
    title = ngettext("%(n)d person without a next step", "%(n)d people without a next step", n)
    return Words(why % {"n": n}, title % {"n": n})


def no_step_holds(told: Sequence[Notification], now: dt.datetime) -> set[int]:
    """While there is one such card."""
    sql = f"SELECT DISTINCT b.rep_id {OPEN.format(people='')} AND b.rep_id = ANY(%(reps)s)"
    reps = numbers(told)
    left = {rep for (rep,) in ask(sql, {"reps": reps, "now": now})}
    return {one.pk for one, rep in zip(told, reps, strict=True) if rep in left}


# ---- calls the company asks for: as on Home, not reached since the file, no reminder ahead, not finished
ASKED = f"""
FROM pipeline_workitem w JOIN leads_lead l ON l.id = w.lead_id AND {MAY_BE_CONTACTED}
LEFT JOIN jobs_job j ON j.id = w.job_id
{{people}}
WHERE w.done_at IS NULL AND w.call_by IS NOT NULL
  AND NOT coalesce(l.contacted_at >= coalesce(j.created_at, '-infinity'), false)
  AND NOT EXISTS (SELECT FROM leads_reminder m WHERE m.lead_id = l.id AND m.state = 'open' AND m.due_at >= %(now)s)
  AND NOT EXISTS (SELECT FROM pipeline_card c JOIN pipeline_stage s ON s.id = c.stage_id AND s."end" <> ''
    JOIN pipeline_board b ON b.id = c.board_id JOIN campaigns_campaign k ON k.id = b.campaign_id AND k.closed_at IS NULL
    WHERE c.lead_id = l.id AND c.closed_at IS NULL)"""  # noqa: S608  own words
CALL_BY = f"""
WITH {PEOPLE}, asked AS (
  SELECT p.user_id, p.language, w.id, w.call_by, w.reason, l.id AS lead, l.name,
    row_number() OVER (PARTITION BY p.user_id ORDER BY w.call_by, w.id) AS n
  {ASKED.format(people="JOIN people p ON p.rep_id = w.rep_id")} AND w.call_by BETWEEN %(today)s AND %(until)s
    AND {untold("p.user_id", "'call_by:' || w.id || ':' || w.call_by")}
) SELECT user_id, language, 'call_by:' || id || ':' || call_by, lead, name, json_build_array(call_by, reason)::text
FROM asked WHERE n <= %(most)s"""  # noqa: S608  own words


def find_call_by(slot: Slot, limits: Limits) -> Iterator[Found]:
    """People of the work list whose day is near."""

    def words(day: str, reason: str) -> Words:
        said = {"day": day_words(dt.date.fromisoformat(day), slot.today), "reason": reason}
        return Words(_("The company asks to call by %(day)s: %(reason)s.") % said)

    until = slot.today + dt.timedelta(days=limits.days)
    yield about_leads(slot, Topic.CALL_BY, CALL_BY, {"until": until, "most": limits.most}, words)


def call_by_holds(told: Sequence[Notification], now: dt.datetime) -> set[int]:
    """While the company asks and nobody has done so."""
    sql = f"SELECT 'call_by:' || w.id || ':' || w.call_by {ASKED.format(people='')} AND w.id = ANY(%(ids)s)"
    return still(told, sql, {"ids": numbers(told), "now": now})


RULES = (
    Rule("call_by", Topic.CALL_BY, Limits(days=1, most=3), find_call_by, call_by_holds),
    Rule("stale", Topic.STALE, Limits(days=DAYS, most=3), find_stale, stale_holds),
    Rule("no_step", Topic.NO_STEP, Limits(days=2), find_no_step, no_step_holds),
)
