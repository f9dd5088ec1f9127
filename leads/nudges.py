"""Nudges about a rep's own people: steps of cadences, birthdays, customers who usually buy and have not yet."""

import datetime as dt
from calendar import isleap
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import deadlines, figures
from campaigns.call_rows import OFTEN
from campaigns.models import Campaign
from campaigns.nudges import PEOPLE, Limits, Rule, Slot, ask, campaign_values, missing_words, not_in_words, numbers, path_of, still, untold
from cotano.lib import clock
from leads import clocks
from leads.models import Attempt, Cadence
from notifications.models import Notification
from notifications.nudges import Found, Words
from notifications.topics import Topic

FEBRUARY = 2
LEAP = 29  # whoever was born on that day has the birthday on the 28th in other years
LATE = 7  # days after which a step that nobody has told is history
MAY_BE_CONTACTED = "l.do_not_contact_at IS NULL AND l.refusal_id IS NULL"


def about_leads(slot: Slot, topic: Topic, query: str, values: dict[str, object], words: Callable[..., Words]) -> Found:
    """Nudges about people, whose names are the titles: they lead to them, and may be turned into a reminder."""
    return Found(topic, query, slot.values(topic, **values), words, slot.morning, "lead:{id}", path_of("pipeline:lead"), _acts())


def _acts(template: str = "") -> dict[str, str]:
    """What can be done on the spot: a reminder, and a message with the template of this name chosen."""
    snooze = {"snooze": path_of("pipeline:reminder")}
    return {**snooze, "message": f"{path_of('pipeline:message')}?{urlencode({'named': template})}"} if template else snooze


# ---- steps of cadences
_STEP = f"""
FROM leads_enrolment e JOIN leads_lead l ON l.id = e.lead_id AND {MAY_BE_CONTACTED}
JOIN leads_cadence c ON c.id = e.cadence_id JOIN leads_step s ON s.cadence_id = c.id AND s.place = e.place
WHERE e.ended_at IS NULL"""
STEPS = f"""
WITH {PEOPLE}, due AS (
  SELECT p.user_id, p.language, e.id, e.place, e.next_day, e.words, l.id AS lead, l.name, l.hour, l.zone, c.standard, c.own_name,
    s.channel, s.text, s.template, row_number() OVER (PARTITION BY p.user_id ORDER BY e.next_day, e.id) AS n
  {_STEP.replace("WHERE", "JOIN people p ON p.rep_id = l.owner_id WHERE")} AND e.next_day <= %(today)s AND e.next_day > %(late)s
    AND {untold("p.user_id", "'step:' || e.id || ':' || e.place || ':' || e.next_day")}
) SELECT user_id, language, 'step:' || id || ':' || place || ':' || next_day, lead, name,
  json_build_array(standard, own_name, words, channel, text, template, hour, CASE WHEN hour IS NOT NULL THEN zone END)::text
FROM due WHERE n <= %(most)s"""  # noqa: S608  own words


def find_steps(slot: Slot, limits: Limits) -> Iterator[Found]:
    """The steps whose day has come: with the digest, or at the hour the person likes, on the person's clock."""

    def words(
        standard: str, own_name: str, about: str, channel: str, text: str, template: str, hour: int | None, zone: str | None
    ) -> Words:
        at = None if hour is None else clock.instant(slot.today, dt.time(hour), zone or slot.known)
        cadence = own_name or str(Cadence.Standard(standard).label)
        return Words(_step_words(cadence, about, channel, text), acts=_acts(template), at=at)

    yield about_leads(slot, Topic.STEP, STEPS, {"late": slot.today - dt.timedelta(days=LATE), "most": limits.most}, words)


def _step_words(cadence: str, words: str, channel: str, text: str) -> str:
    """Why: "2-2-2 after a delivery (Cream): Call. Ask how it is"."""
    about = _("%(cadence)s (%(what)s)") % {"cadence": cadence, "what": words} if words else cadence
    said = [_("%(cadence)s: %(way)s.") % {"cadence": about, "way": str(Attempt.Channel(channel).label)} if channel else f"{about}."]
    return " ".join([*said, text] if text else said)


def steps_hold(told: Sequence[Notification], _now: dt.datetime) -> set[int]:
    """While that step is still the next one, and due."""
    sql = f"SELECT 'step:' || e.id || ':' || e.place || ':' || e.next_day {_STEP} AND e.id = ANY(%(ids)s)"
    return still(told, sql, {"ids": numbers(told)})


# ---- how hot a person is puts them into a cadence: those of a slot, for whom nobody has done so yet, by two statements
_COOLED = """
UPDATE leads_enrolment e SET ended_at = %(now)s, ended_as = 'anew', next_day = NULL
FROM leads_cadence c, leads_lead l, nudge_people p
WHERE c.id = e.cadence_id AND c.start = 'hotness' AND e.ended_at IS NULL AND l.id = e.lead_id AND p.rep_id = l.owner_id
  AND c.hotness <> l.hotness"""
_HOT = f"""
WITH used AS (
  SELECT DISTINCT ON (c.hotness) c.id, c.hotness, s.place, {clocks.AFTER} AS after
  FROM leads_cadence c JOIN leads_step s ON s.cadence_id = c.id
  WHERE c.start = 'hotness' AND c.is_on AND (c.market_id = %(market)s OR c.market_id IS NULL)
  ORDER BY c.hotness, c.market_id NULLS LAST, s.place
), hot AS (
  SELECT l.id, u.id AS cadence, u.place, u.after,
    least(coalesce((l.contacted_at AT TIME ZONE {clock.in_database("%(zone)s")})::date, %(today)s), %(today)s) AS since
  FROM leads_lead l JOIN nudge_people p ON p.rep_id = l.owner_id JOIN used u ON u.hotness = l.hotness
  WHERE l.hotness > 0 AND {MAY_BE_CONTACTED} AND NOT EXISTS (
    SELECT FROM leads_enrolment e WHERE e.lead_id = l.id AND e.cadence_id = u.id AND (e.ended_at IS NULL OR e.ended_as = 'by_hand'))
)
INSERT INTO leads_enrolment (lead_id, cadence_id, about, words, started_on, since, place, next_day, ended_as, created_at)
SELECT id, cadence, '', '', since, since, place, (since + after)::date, '', %(now)s FROM hot ON CONFLICT DO NOTHING"""  # noqa: S608  own words


def follow_hot(slot: Slot) -> int:
    """Whom a rep has called hot is followed up as often as that asks for; who was taken out stays out. Returns how many begin."""
    values = {"now": slot.now, "today": slot.today, "zone": slot.known, "market": slot.market.pk}
    with connection.cursor() as cursor:
        cursor.execute(_COOLED, values)
        cursor.execute(_HOT, values)
        return cursor.rowcount


# ---- birthdays and other days of the year
BIRTHDAYS = f"""
WITH {PEOPLE}, days AS (
  SELECT l.owner_id, l.id, l.name, '' AS what, 0 AS day_id FROM leads_lead l
  WHERE EXTRACT(MONTH FROM l.birthday) = %(month)s AND EXTRACT(DAY FROM l.birthday) = ANY(%(days)s)
    AND l.birthday IS NOT NULL AND {MAY_BE_CONTACTED}
  UNION ALL
  SELECT l.owner_id, l.id, l.name, d.name, d.id FROM leads_importantdate d JOIN leads_lead l ON l.id = d.lead_id AND {MAY_BE_CONTACTED}
  WHERE d.month = %(month)s AND d.day = ANY(%(days)s)
), mine AS (
  SELECT p.user_id, p.language, d.*, row_number() OVER (PARTITION BY p.user_id ORDER BY d.day_id, d.name, d.id) AS n
  FROM days d JOIN people p ON p.rep_id = d.owner_id
  WHERE {untold("p.user_id", "'birthday:' || d.id || ':' || d.day_id || ':' || %(year)s")}
) SELECT user_id, language, 'birthday:' || id || ':' || day_id || ':' || %(year)s, id, name, json_build_array(what)::text
FROM mine WHERE n <= %(most)s"""  # noqa: S608  own words


def days_of(today: dt.date) -> list[int]:
    """The days of the month that are kept today: on 28 February of a year without a 29th that one as well."""
    is_eve = (today.month, today.day) == (FEBRUARY, LEAP - 1) and not isleap(today.year)
    return [today.day, LEAP] if is_eve else [today.day]


def find_birthdays(slot: Slot, limits: Limits) -> Iterator[Found]:
    """Whose day it is, unless the company keeps no birthdays there."""
    theirs = Cadence.objects.filter(start=Cadence.Start.BIRTHDAY, is_on=True)
    if (theirs.filter(market=slot.market) | theirs.filter(market=None)).exists():
        values = {"month": slot.today.month, "days": days_of(slot.today), "year": str(slot.today.year), "most": limits.most}
        yield about_leads(slot, Topic.BIRTHDAY, BIRTHDAYS, values, _day_words)


def _day_words(what: str) -> Words:
    return Words(_("%(what)s today: a good day for a few words.") % {"what": what or _("Birthday")})


def birthdays_hold(told: Sequence[Notification], now: dt.datetime) -> set[int]:
    """On that day, while the person may be contacted and was not today."""
    leads = numbers(told)
    sql = f"SELECT l.id, l.contacted_at FROM leads_lead l WHERE l.id = ANY(%(leads)s) AND {MAY_BE_CONTACTED}"  # noqa: S608  own words
    left, young = dict(ask(sql, {"leads": leads})), now - dt.timedelta(days=1)
    pairs = zip(told, leads, strict=True)
    return {one.pk for one, lead in pairs if one.created_at > young and lead in left and (left[lead] or young) < one.created_at}


# ---- the deadline: customers who usually buy
NOT_BOUGHT = f"""
usual AS (
  SELECT b.rep_id, b.lead_id FROM leads_purchase b WHERE b.campaign_id = ANY(%(past)s) AND b.removed_at IS NULL {{only}}
  GROUP BY b.rep_id, b.lead_id HAVING count(DISTINCT b.campaign_id) >= {OFTEN}
), waiting AS (
  SELECT u.rep_id, l.name FROM usual u JOIN leads_lead l ON l.id = u.lead_id AND {MAY_BE_CONTACTED}
  WHERE NOT EXISTS (SELECT FROM leads_purchase b WHERE b.campaign_id = %(campaign)s AND b.rep_id = u.rep_id AND b.lead_id = u.lead_id
                    AND b.removed_at IS NULL)
)"""  # noqa: S608  own words


def find_buyers(slot: Slot, limits: Limits) -> Iterator[Found]:
    """Customers who bought in two of the last three campaigns and not in this one."""

    def words(n: int, names: list[str], deadline: str, today: str) -> Words:
        title = ngettext("%(n)d customer has not bought yet", "%(n)d customers have not bought yet", n) % {"n": n}
        return Words(not_in_words(n, names, deadline, today), title)

    for campaign in slot.running:
        values = {**slot.values(Topic.DEADLINE), **campaign_values(campaign, limits.days), "key": f"buyers:{campaign.pk}"}
        if len(values["past"]) < OFTEN:
            continue
        query = f"""WITH {PEOPLE}, {NOT_BOUGHT.format(only="")}, near AS ({deadlines.NEAREST})
          SELECT p.user_id, p.language, %(key)s, 0, '', {missing_words("w.name", "coalesce(near.order_deadline, %(deadline)s)")}
          FROM waiting w JOIN people p ON p.rep_id = w.rep_id
          LEFT JOIN near ON near.territory_id = p.territory_id AND near.campaign_id = %(campaign)s
          WHERE coalesce(near.order_deadline, %(deadline)s) BETWEEN %(here)s AND %(until)s AND {untold("p.user_id", "%(key)s")}
          GROUP BY 1, 2"""  # noqa: S608  own words
        yield Found(Topic.DEADLINE, query, values, words, slot.morning, f"campaign:{campaign.pk}", reverse("pipeline:order"))


def buyers_hold(told: Sequence[Notification], _now: dt.datetime) -> set[int]:
    """While the campaign runs and one of them is missing."""
    left = set()
    for campaign in figures.running_campaigns():
        theirs = [one for one in told if one.key == f"buyers:{campaign.pk}"]
        if theirs:
            left |= _who_waits(campaign, theirs)
    return left


def _who_waits(campaign: Campaign, told: Sequence[Notification]) -> set[int]:
    only = "AND b.rep_id IN (SELECT r.id FROM teams_rep r WHERE r.user_id = ANY(%(users)s))"
    sql = f"WITH {NOT_BOUGHT.format(only=only)} SELECT DISTINCT r.user_id FROM waiting w JOIN teams_rep r ON r.id = w.rep_id"  # noqa: S608
    users = {user for (user,) in ask(sql, {**campaign_values(campaign, 0), "users": [one.recipient_id for one in told]})}
    return {one.pk for one in told if one.recipient_id in users}


RULES = (
    Rule("step", Topic.STEP, Limits(most=8), find_steps, steps_hold),
    Rule("birthday", Topic.BIRTHDAY, Limits(most=5), find_birthdays, birthdays_hold),
    Rule("buyers", Topic.DEADLINE, Limits(days=3), find_buyers, buyers_hold),
)
