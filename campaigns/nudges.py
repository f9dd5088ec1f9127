"""What every nudge rule has in common, and the rules whose facts are here: newcomers, deadlines of the team, goals, titles.

A rule looks once a day at all reps of one market in one time zone (a slot) by one statement, in the morning before the digest;
the one about newcomers looks every hour. What it finds has a key that names the cause: of one cause nobody is told twice.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial

from django.db import connection, transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import deadlines, figures, ladder, title_steps
from campaigns.call_rows import OFTEN, REACH, USUAL
from campaigns.models import Campaign, NudgeRule, TitleRequirement
from campaigns.pace import FEW
from campaigns.snapshots.own import LOOPS, NO_LOOPS, first_roster
from cotano.lib import clock, money
from notifications.deciding import DIGEST
from notifications.models import Notification
from notifications.nudges import Found, Words
from notifications.topics import Topic
from teams.models import Territory

LARGE = 1000  # reps of a slot, from which on nothing is looked up one by one
MARK = 987654321  # stands for an id
DAY = dt.timedelta(hours=24)  # in which a newcomer is to be contacted
MISSED = dt.timedelta(days=3)  # a newcomer of longer ago is history
RECENT = dt.timedelta(days=30)  # who logged in since is active


@dataclass(frozen=True)
class Limits:
    """How a rule works in a market: `days` before or after, at most `most` for one rep and day."""

    is_on: bool = True
    days: int = 0
    most: int = 8


@dataclass(frozen=True)
class Slot:
    """The reps of one market whose log-in says one time zone, at one moment of the day `today` there."""

    market: Territory
    places: list[int]  # the market's territories
    zone: str  # as the users have it; `known` is what it counts as
    now: dt.datetime
    today: dt.date
    running: list[Campaign] = field(default_factory=list)  # the campaigns of its calendars that run, with calendar and market

    @property
    def known(self) -> str:
        """The zone to reckon with."""
        return clock.known(self.zone)

    @property
    def morning(self) -> dt.datetime:
        """The moment of today's digest there."""
        return clock.instant(self.today, DIGEST, self.known)

    def values(self, topic: Topic, **more: object) -> dict[str, object]:
        """What PEOPLE asks for."""
        return {"today": self.today, "now": self.now, "topic": str(topic), **more}


@dataclass(frozen=True)
class Rule:
    """A rule. `name` begins the keys of what it offers.

    `find` yields what to offer to a slot; `holds` returns those (ids) of some nudges of this rule whose reason still holds.
    """

    name: str
    topic: Topic
    limits: Limits
    find: Callable[[Slot, Limits], Iterator[Found]]
    holds: Callable[[Sequence[Notification], dt.datetime], set[int]]
    hourly: bool = False


# Who may be told: on file, with a log-in, their calendar live. A table of the slot's own, so that the database knows how many there are.
_LAY_OUT = """
CREATE TEMP TABLE nudge_people ON COMMIT DROP AS
SELECT r.id AS rep_id, r.user_id, r.territory_id, u.language, coalesce(w.muted, '{}') AS muted
FROM teams_rep r JOIN teams_user u ON u.id = r.user_id AND u.is_active AND u.zone = %(zone)s
JOIN campaigns_calendar k ON k.code = r.calendar AND k.live_from <= %(today)s
LEFT JOIN notifications_preference w ON w.user_id = u.id
WHERE r.status = 'active' AND r.territory_id = ANY(%(places)s) AND coalesce(w.cap, 1) > 0"""
# Of these, who has not muted the kind.
PEOPLE = "people AS (SELECT rep_id, user_id, territory_id, language FROM nudge_people WHERE %(topic)s <> ALL(muted))"


@contextmanager
def laid_out(slot: Slot) -> Iterator[None]:
    """PEOPLE of a slot, in one transaction with what the rules write. Of many reps everything is joined with everything, never in loops."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LAY_OUT, {"zone": slot.zone, "today": slot.today, "places": slot.places})
        is_large = cursor.rowcount > LARGE
        cursor.execute("ANALYZE nudge_people")
        if is_large:
            cursor.execute(NO_LOOPS)
        yield
        cursor.execute(LOOPS)
        cursor.execute("DROP TABLE nudge_people")


def untold(user: str, key: str) -> str:
    """SQL: nobody has told this user of this cause (two expressions)."""
    return f"""NOT EXISTS (SELECT FROM notifications_notification n
      WHERE n.kind = 'nudge' AND n.recipient_id = {user} AND n.key = {key})"""


@cache
def path_of(name: str) -> str:
    """What `reverse` says for an address with one id, with `{id}` in its place."""
    return reverse(name, args=[MARK]).replace(str(MARK), "{id}")


def ask(sql: str, values: dict[str, object]) -> list[tuple]:
    """All rows of a statement that returns few."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def numbers(told: Sequence[Notification], part: int = 1) -> list[int]:
    """The id that stands in the keys at this part."""
    return [int(one.key.split(":")[part]) for one in told]


def still(told: Sequence[Notification], sql: str, values: dict[str, object]) -> set[int]:
    """Those (ids) whose key a statement returns, which yields the keys of what still holds."""
    keys = {key for (key,) in ask(sql, values)}
    return {one.pk for one in told if one.key in keys}


def slots(now: dt.datetime) -> Iterator[Slot]:
    """Every market with every time zone of its reps, as it is there now. Three queries, two more a market."""
    running = figures.running_campaigns()
    found = ask(
        """WITH RECURSIVE place AS (
             SELECT id AS market, id FROM teams_territory WHERE kind = 'market'
             UNION ALL SELECT p.market, t.id FROM place p JOIN teams_territory t ON t.parent_id = p.id)
           SELECT p.market, array_agg(DISTINCT p.id), array_agg(DISTINCT u.zone)
           FROM place p JOIN teams_rep r ON r.territory_id = p.id AND r.status = 'active'
           JOIN teams_user u ON u.id = r.user_id AND u.is_active
           GROUP BY p.market ORDER BY p.market""",
        {},
    )
    markets = Territory.objects.in_bulk([market for market, _places, _zones in found])
    for market, places, zones in found:
        own = [campaign for campaign in running if campaign.calendar.market_id == market]
        for zone in zones:
            yield Slot(markets[market], places, zone, now, clock.today(zone, now), own)


def limits_of(market: Territory, rules: Sequence[Rule]) -> dict[str, Limits]:
    """How each rule (by name) works in a market: by its own line, else by that of all markets, else by default. One query."""
    lines = NudgeRule.objects.filter(market=market) | NudgeRule.objects.filter(market=None)
    said = {line.topic: line for line in lines.order_by("-market")}  # NULL comes first: the market's own goes before it
    found = {}
    for rule in rules:
        line = said.get(rule.topic)
        if line is None:
            found[rule.name] = rule.limits
        else:
            found[rule.name] = Limits(line.is_on, line.days or rule.limits.days, line.most or rule.limits.most)
    return found


def day_words(day: dt.date, today: dt.date) -> str:
    """`today`, `tomorrow` or the date, in the language that is switched on, for the end of a sentence."""
    if day == today:
        return _("today")
    if day == today + dt.timedelta(days=1):
        return _("tomorrow")
    return formats.date_format(day, "j E")


# ---- newcomers
# Joined in this or the last campaign of their calendar, first seen after the company's first roster or come by an invitation, a day
# ago and reached by nobody since. Told: the sponsor, the nearest active upline above, the managers of the nearest place that has some.
NEW = """
  SELECT r.id, r.sponsor_id, r.territory_id, r.name
  FROM teams_rep r JOIN campaigns_calendar k ON k.code = r.calendar AND k.live_from <= %(today)s
  WHERE r.status = 'active' {only} AND r.first_seen_at <= %(since)s AND r.first_seen_at > %(missed)s
    AND (r.first_seen_at > %(first_roster)s OR EXISTS (SELECT FROM teams_invitation i WHERE i.used_by_id = r.user_id))
    AND (r.joined_year, r.joined_number) IN (
      SELECT c.year, c.number FROM campaigns_campaign c WHERE c.calendar_id = k.id AND c.starts_on <= %(today)s
      ORDER BY c.starts_on DESC LIMIT 2)
    AND NOT EXISTS (SELECT FROM teams_touch t WHERE t.rep_id = r.id AND t.outcome = 'reached' AND t.at >= r.first_seen_at)"""
NEWCOMERS = f"""
WITH RECURSIVE new AS ({NEW.format(only="AND r.territory_id = ANY(%(places)s)")}), up AS (
  SELECT n.id AS newcomer, n.sponsor_id AS rep, 0 AS steps, false AS ok FROM new n WHERE n.sponsor_id IS NOT NULL
  UNION ALL
  SELECT up.newcomer, s.sponsor_id, up.steps + 1, a.status = 'active' AND au.is_active AND au.last_login > %(recent)s AND EXISTS (
      SELECT FROM campaigns_order o WHERE o.rep_id = a.id AND o.kind = 'order' AND o.campaign_id IN (
        SELECT c.id FROM campaigns_campaign c JOIN campaigns_calendar k ON k.id = c.calendar_id
        WHERE k.code = a.calendar AND c.starts_on <= %(today)s ORDER BY c.starts_on DESC LIMIT 2))
  FROM up JOIN teams_rep s ON s.id = up.rep JOIN teams_rep a ON a.id = s.sponsor_id LEFT JOIN teams_user au ON au.id = a.user_id
  WHERE up.ok IS NOT TRUE
), above AS (
  SELECT n.id AS newcomer, n.territory_id AS place, 0 AS steps FROM new n
  UNION ALL
  SELECT v.newcomer, t.parent_id, v.steps + 1 FROM above v JOIN teams_territory t ON t.id = v.place WHERE t.parent_id IS NOT NULL
), managers AS (
  SELECT v.newcomer, g.user_id, rank() OVER (PARTITION BY v.newcomer ORDER BY v.steps) AS near
  FROM above v JOIN teams_assignment g ON g.territory_id = v.place JOIN teams_user u ON u.id = g.user_id AND u.is_active
), told AS (
  SELECT up.newcomer, r.user_id, false AS manages FROM up JOIN teams_rep r ON r.id = up.rep AND r.status = 'active'
  WHERE up.steps = 0 OR up.ok
  UNION ALL
  SELECT newcomer, user_id, true FROM managers WHERE near = 1
)
SELECT DISTINCT ON (t.user_id, n.id) t.user_id, u.language, 'newcomer:' || n.id, n.id, n.name,
  json_build_array(n.id, n.name, t.manages)::text
FROM told t JOIN new n ON n.id = t.newcomer JOIN teams_user u ON u.id = t.user_id AND u.is_active
LEFT JOIN notifications_preference w ON w.user_id = u.id
WHERE NOT coalesce(%(topic)s = ANY(w.muted), false) AND {untold("t.user_id", "'newcomer:' || n.id")}
ORDER BY t.user_id, n.id, t.manages"""  # noqa: S608  own words


def _newcomer_values(now: dt.datetime) -> dict[str, object]:
    with connection.cursor() as cursor:
        first = first_roster(cursor)
    return {
        "since": now - DAY,
        "missed": now - MISSED,
        "recent": now - RECENT,
        "first_roster": first,
        "today": now.date(),
        "topic": "newcomer",
    }


def find_newcomers(slot: Slot, _limits: Limits) -> Iterator[Found]:
    """Those nobody has reached in 24 hours; of all time zones of the market."""

    def words(rep: int, name: str, manages: bool) -> Words:  # noqa: FBT001  as the query says it
        return Words(
            _("Joined more than 24 hours ago, and nobody of the team has spoken with them yet."),
            _("%(name)s is new") % {"name": name},
            reverse("admin:teams_rep_change", args=[rep]) if manages else reverse("campaigns:rep", args=[rep]),
            at=slot.now,
        )

    values = {**_newcomer_values(slot.now), "places": slot.places}
    yield Found(Topic.NEWCOMER, NEWCOMERS, values, words, slot.now, "rep:{id}", "")


def newcomers_hold(told: Sequence[Notification], now: dt.datetime) -> set[int]:
    """While nobody has reached them."""
    reps = numbers(told)
    sql = NEW.format(only="AND r.id = ANY(%(reps)s)")
    new = {pk for pk, *_rest in ask(sql, {**_newcomer_values(now), "missed": now - MISSED - DAY, "reps": reps})}
    return {one.pk for one, rep in zip(told, reps, strict=True) if rep in new}


# ---- the deadline: who of the first level usually orders and has not yet
NOT_IN = f"""
usual AS (
  SELECT s.rep_id FROM campaigns_snapshot s WHERE s.campaign_id = ANY(%(past)s) AND s.active
  GROUP BY s.rep_id HAVING count(*) >= {OFTEN}
), near AS ({deadlines.NEAREST}), missing AS (
  SELECT r.sponsor_id, r.name, coalesce(near.order_deadline, %(deadline)s) AS deadline
  FROM usual JOIN teams_rep r ON r.id = usual.rep_id AND r.status = 'active' AND r.calendar = %(calendar)s
  LEFT JOIN near ON near.territory_id = r.territory_id AND near.campaign_id = %(campaign)s
  WHERE coalesce(near.order_deadline, %(deadline)s) BETWEEN %(here)s AND %(until)s
    AND NOT EXISTS (SELECT FROM campaigns_order o WHERE o.rep_id = r.id AND o.campaign_id = %(campaign)s AND o.kind = 'order')
)"""  # noqa: S608  own words


def past_of(campaign: Campaign) -> list[int]:
    """The last three closed campaigns before this one. One query."""
    closed = Campaign.objects.filter(calendar=campaign.calendar_id, closed_at__isnull=False, starts_on__lt=campaign.starts_on)
    return list(closed.order_by("-starts_on").values_list("pk", flat=True)[:USUAL])


def campaign_values(campaign: Campaign, days: int) -> dict[str, object]:
    """What NOT_IN asks for: deadlines from today on, `days` ahead at most."""
    here = campaign.calendar.today()
    return {
        "campaign": campaign.pk,
        "campaigns": [campaign.pk],
        "calendar": campaign.calendar.code,
        "deadline": campaign.order_deadline,
        "here": here,
        "until": here + dt.timedelta(days=days),
        "past": past_of(campaign),
    }


def find_not_in(slot: Slot, limits: Limits) -> Iterator[Found]:
    """For a leader: who of the first level usually orders and is not in yet."""

    def words(n: int, names: list[str], deadline: str, today: str) -> Words:
        title = ngettext("%(n)d of your team is not in yet", "%(n)d of your team are not in yet", n) % {"n": n}
        return Words(not_in_words(n, names, deadline, today), title)

    for campaign in slot.running:
        values = {**slot.values(Topic.DEADLINE), **campaign_values(campaign, limits.days), "key": f"team_in:{campaign.pk}"}
        query = f"""WITH {PEOPLE}, {NOT_IN}
          SELECT p.user_id, p.language, %(key)s, 0, '', {missing_words("m.name", "m.deadline")}
          FROM missing m JOIN people p ON p.rep_id = m.sponsor_id WHERE {untold("p.user_id", "%(key)s")} GROUP BY 1, 2"""  # noqa: S608
        path = reverse("campaigns:calls")
        yield Found(Topic.DEADLINE, query, values, words, slot.morning, f"campaign:{campaign.pk}", path)


def missing_words(name: str, deadline: str) -> str:
    """SQL: what `not_in_words` asks for, of a group of people with a name and a deadline (two expressions)."""
    return f"json_build_array(count(*), (array_agg({name} ORDER BY {name}))[1:2], min({deadline}), %(here)s)::text"


def not_in_words(n: int, names: Sequence[str], deadline: str, today: str) -> str:
    """Why: who and until when (days as ISO dates)."""
    day = day_words(dt.date.fromisoformat(deadline), dt.date.fromisoformat(today))
    said = {"names": ", ".join(names), "more": n - len(names), "day": day}
    if n > len(names):
        return (
            ngettext(
                "Usually order, not in yet: %(names)s and %(more)d more. The deadline is %(day)s.",
                "Usually order, not in yet: %(names)s and %(more)d more. The deadline is %(day)s.",
                n - len(names),
            )
            % said
        )
    return _("Usually order, not in yet: %(names)s. The deadline is %(day)s.") % said


def not_in_holds(told: Sequence[Notification], _now: dt.datetime) -> set[int]:
    """While somebody of the first level is missing and the deadline lies ahead."""
    left = set()
    for campaign in Campaign.objects.filter(pk__in=set(numbers(told))).select_related("calendar__market"):
        theirs = [one for one in told if one.key == f"team_in:{campaign.pk}"]
        sql = f"""WITH {NOT_IN} SELECT DISTINCT r.user_id FROM missing m JOIN teams_rep r ON r.id = m.sponsor_id
          WHERE r.user_id = ANY(%(users)s)"""  # noqa: S608  own words
        values = {**campaign_values(campaign, 366), "users": [one.recipient_id for one in theirs]}
        users = {user for (user,) in ask(sql, values)}
        left |= {one.pk for one in theirs if one.recipient_id in users}
    return left


# ---- goals within reach
SHORT = "CASE g.measure WHEN 'net_sales' THEN g.target - s.net_sales ELSE g.target - s.orders END"
WITHIN = f"""
FROM campaigns_goal g JOIN campaigns_snapshot s ON s.rep_id = g.rep_id AND s.campaign_id = g.campaign_id
WHERE (g.measure = 'net_sales' AND s.net_sales < g.target AND s.net_sales * 100 >= g.target * {REACH}
  OR g.measure = 'orders' AND s.orders > 0 AND g.target > s.orders
  AND (g.target - s.orders <= {FEW} OR s.orders * 100 >= g.target * {REACH}))"""


def find_goals(slot: Slot, _limits: Limits) -> Iterator[Found]:
    """A rep's goal that lacks two orders or a fifth, with two days or more left."""
    for campaign in slot.running:
        here = campaign.calendar.today()
        if here + dt.timedelta(days=FEW - 1) > campaign.ends_on:
            continue
        query = f"""WITH {PEOPLE}, reach AS (SELECT g.id, g.rep_id, g.measure, {SHORT} AS short {WITHIN} AND g.campaign_id = %(campaign)s)
          SELECT p.user_id, p.language, 'goal:' || g.id, g.id, '', json_build_array(g.measure, g.short)::text
          FROM reach g JOIN people p ON p.rep_id = g.rep_id WHERE {untold("p.user_id", "'goal:' || g.id")}"""  # noqa: S608  own words
        values = slot.values(Topic.GOAL, campaign=campaign.pk)
        words = partial(_goal_words, campaign, (campaign.ends_on - here).days + 1)
        yield Found(Topic.GOAL, query, values, words, slot.morning, "goal:{id}", reverse("campaigns:progress"))


def _goal_words(campaign: Campaign, days: int, measure: str, short: int | Decimal) -> Words:
    said = {"short": _short_words(measure, short, campaign), "n": days}
    why = ngettext("Missing: %(short)s, with %(n)d day left.", "Missing: %(short)s, with %(n)d days left.", days) % said
    return Words(why, _("Your goal is within reach"))


def _short_words(measure: str, short: int | Decimal, campaign: Campaign) -> str:
    if measure == "orders":
        return ngettext("%(n)d order", "%(n)d orders", int(short)) % {"n": int(short)}
    return money.whole(Decimal(short), campaign.calendar.market.currency, translation.get_language())


def goals_hold(told: Sequence[Notification], _now: dt.datetime) -> set[int]:
    """While the goal is neither reached nor the campaign over."""
    running = {campaign.pk for campaign in figures.running_campaigns()}
    goals = numbers(told)
    near = {
        goal
        for goal, campaign in ask(f"SELECT g.id, g.campaign_id {WITHIN} AND g.id = ANY(%(goals)s)", {"goals": goals})
        if campaign in running
    }
    return {one.pk for one, goal in zip(told, goals, strict=True) if goal in near}


# ---- one step from a title
def find_titles(slot: Slot, _limits: Limits) -> Iterator[Found]:
    """Who lacks exactly one requirement of the next title in the campaign that runs."""
    for campaign in slot.running:
        with transaction.atomic(), connection.cursor() as cursor:
            title_steps.find(cursor, campaign)
            market = campaign.calendar.market_id
            asked = TitleRequirement.objects.filter(title__market=market).select_related("title", "of_title").in_bulk()
            query = f"""WITH {PEOPLE}
              SELECT p.user_id, p.language, 'title:' || t.requirement_id || ':' || %(campaign)s, q.title_id, '',
                json_build_array(t.requirement_id, t.missing)::text
              FROM call_first_steps t JOIN people p ON p.rep_id = t.rep_id JOIN campaigns_titlerequirement q ON q.id = t.requirement_id
              WHERE {untold("p.user_id", "'title:' || t.requirement_id || ':' || %(campaign)s")}"""  # noqa: S608  own words
            values = slot.values(Topic.TITLE, campaign=campaign.pk)
            yield Found(Topic.TITLE, query, values, partial(_title_words, asked), slot.morning, "title:{id}", reverse("campaigns:progress"))
            cursor.execute("DROP TABLE call_first_steps")


def _title_words(asked: dict[int, TitleRequirement], requirement: int, missing: int) -> Words:
    one = asked[requirement]
    why = _("Only one thing is missing: %(step)s.") % {"step": ladder.said_step(one, missing)}
    return Words(why, _("One step from %(title)s") % {"title": one.title.name})


# Legs are looked at with the next figures alone: a leg's title is not among those of one rep.
_MET = """
SELECT r.user_id, q.id FROM campaigns_titlerequirement q JOIN campaigns_snapshot s ON s.campaign_id = %(campaign)s
JOIN teams_rep r ON r.id = s.rep_id
LEFT JOIN LATERAL (SELECT count(*) AS n FROM campaigns_snapshot x
  WHERE x.campaign_id = s.campaign_id AND x.sponsor_id = s.rep_id AND x.appointed) n ON q.figure = 'recruits'
WHERE q.id = ANY(%(asked)s) AND r.user_id = ANY(%(users)s)
  AND q.at_least <= CASE q.figure WHEN 'pv' THEN s.pv WHEN 'gv' THEN s.gv WHEN 'orders' THEN s.orders
  WHEN 'recruits' THEN coalesce(n.n, 0) WHEN 'active_first_level' THEN coalesce(s.level_active[1], 0) ELSE -1 END"""


def titles_hold(told: Sequence[Notification], _now: dt.datetime) -> set[int]:
    """While the campaign runs and the requirement is not met."""
    left = set()
    for campaign in figures.running_campaigns():
        theirs = [one for one in told if one.key.endswith(f":{campaign.pk}")]
        values = {"campaign": campaign.pk, "asked": numbers(theirs), "users": [one.recipient_id for one in theirs]}
        met = set(ask(_MET, values)) if theirs else set()
        left |= {one.pk for one, asked in zip(theirs, numbers(theirs), strict=True) if (one.recipient_id, asked) not in met}
    return left


RULES = (
    Rule("newcomer", Topic.NEWCOMER, Limits(), find_newcomers, newcomers_hold, hourly=True),
    Rule("team_in", Topic.DEADLINE, Limits(days=3), find_not_in, not_in_holds),
    Rule("goal", Topic.GOAL, Limits(), find_goals, goals_hold),
    Rule("title", Topic.TITLE, Limits(), find_titles, titles_hold),
)
