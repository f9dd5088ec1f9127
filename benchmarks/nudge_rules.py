"""All nudge rules for a company, in a process of its own: seconds, memory, and a second round that offers nothing twice.

A part of the bench `nudges`: it stands in the same database, on reps of its own.
"""

import datetime as dt
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from benchmarks import company
from benchmarks.figures import Figure, smaller
from benchmarks.measuring import cost, execute, fresh, one, peak
from campaigns.models import Calendar, Campaign, Snapshot, Title, TitleRequirement
from leads.cadences import sync_standards
from leads.models import Cadence
from pipeline import nudging
from pipeline.new_boards import STANDARD
from teams import tree
from teams.models import Rep, Territory, User

CODE = "NUDGE"  # of the calendar, and how the codes of its reps begin
LEADS = 10  # of a rep
LEG = 50  # reps of one leader
ZONE = "Europe/Kyiv"
BATCH = 10_000  # reps written at once

_BOARDS = "INSERT INTO pipeline_board (rep_id, campaign_id, frozen) SELECT id, %s, '{}' FROM teams_rep WHERE calendar = %s"
_STAGES = """
INSERT INTO pipeline_stage (board_id, place, standard, own_name, "end")
SELECT b.id, t.place, t.standard, '', t."end" FROM pipeline_board b, unnest(%s::int[], %s::text[], %s::text[]) AS t(place, standard, "end")
WHERE b.campaign_id = %s"""
# A tenth has a birthday today; a third was in contact yesterday, the others weeks ago.
_LEADS = """
INSERT INTO leads_lead (owner_id, name, kind, phone, email, birthday, tags, note, source, person_code, created_at, updated_at, contacted_at)
SELECT r.id, 'Lead ' || n, 'customer', '+38067' || lpad(n::text, 7, '0'), '',
  CASE WHEN (r.id + n) %% 100 = 0 THEN %s::date - interval '30 years' END, '{}', '', 'typed', '', now(), now(),
  CASE WHEN (r.id + n) %% 3 = 0 THEN now() - interval '1 day' ELSE now() - interval '30 days' END
FROM teams_rep r, generate_series(1, %s) n WHERE r.calendar = %s"""
_CARDS = """
INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as)
SELECT b.id, l.id, s.id, l.id, 1, now() - interval '9 days', now() - interval '9 days', ''
FROM pipeline_board b JOIN leads_lead l ON l.owner_id = b.rep_id JOIN pipeline_stage s ON s.board_id = b.id AND s.place = 1 + l.id %% 3
WHERE b.campaign_id = %s"""
# Each third has a reminder ahead, each fifth a step of a cadence, of these a seventh today.
_REMINDERS = """
INSERT INTO leads_reminder (owner_id, lead_id, by_id, day, time, zone, due_at, state, created_at, title, repeat)
SELECT l.owner_id, l.id, r.user_id, %s::date + 9, '10:00', 'Europe/Kyiv', now() + interval '9 days', 'open', now(), '', ''
FROM leads_lead l JOIN teams_rep r ON r.id = l.owner_id WHERE r.calendar = %s AND l.id %% 3 = 0"""
_ENROLMENTS = """
INSERT INTO leads_enrolment (lead_id, cadence_id, started_on, since, place, next_day, about, words, ended_as, created_at)
SELECT l.id, %s, %s::date - 20, %s::date - 20, 1, %s::date + (l.id %% 7)::int, '', '', '', now()
FROM leads_lead l JOIN teams_rep r ON r.id = l.owner_id WHERE r.calendar = %s AND l.id %% 5 = 0"""
_ITEMS = """
INSERT INTO pipeline_workitem (list_name, rep_id, lead_id, person_code, reason, last_order, call_by)
SELECT 'daily', l.owner_id, l.id, 'P' || l.id, 'Usual orderer, not in yet', '', %s::date + (l.id %% 9)::int
FROM leads_lead l JOIN teams_rep r ON r.id = l.owner_id WHERE r.calendar = %s AND l.id %% 4 = 0"""
_PURCHASES = """
INSERT INTO leads_purchase (rep_id, lead_id, campaign_id, item, quantity, price, currency, wanted_at, by_id)
SELECT l.owner_id, l.id, c, 'Cream', 1, 100, 'UAH', now() - interval '30 days', r.user_id
FROM leads_lead l JOIN teams_rep r ON r.id = l.owner_id, unnest(%s::bigint[]) c WHERE r.calendar = %s AND (l.id + c) %% 4 <> 0"""
_GOALS = """
INSERT INTO campaigns_goal (rep_id, campaign_id, measure, target, is_company)
SELECT r.id, %s, 'net_sales', 900 + r.id %% 400, false FROM teams_rep r WHERE r.calendar = %s"""
_SPONSORS = "UPDATE teams_rep r SET sponsor_id = t.leader FROM unnest(%s::bigint[], %s::bigint[]) t(id, leader) WHERE r.id = t.id"
_TABLES = (
    *("teams_rep", "teams_user", "leads_lead", "leads_reminder", "leads_enrolment", "leads_purchase"),
    *("pipeline_board", "pipeline_stage", "pipeline_card", "pipeline_workitem", "campaigns_snapshot", "campaigns_goal"),
)


def figures(reps: int, say: Callable[[str], None]) -> list[Figure]:
    """Every rule, for `reps` reps with LEADS leads each, three days before the order deadline."""
    say(f"{reps:,} reps, {reps * LEADS:,} leads")
    stock_up(reps)
    first = fresh("benchmarks.nudge_rules")
    say(f"{first['offered']:,} nudges in {first['wall']:.1f} s")
    second = fresh("benchmarks.nudge_rules", "again")
    return [
        smaller("rules_s", first["wall"], "s", "<= 60"),
        smaller("rules_cpu_s", first["processor"], "s"),
        Figure("rules_nudges", first["offered"], "nudges"),
        smaller("rules_over_idle_mb", first["mb"], "MB", "<= 32"),
        smaller("rules_again_s", second["wall"], "s"),
        Figure("rules_twice", second["twice"], "nudges", "== 0"),
    ]


def main(again: str = "") -> dict[str, float]:
    """One round over all markets and zones, as the tick makes it; `again`: once more on the same day."""
    connection.ensure_connection()
    if again:
        execute("UPDATE campaigns_nudgerun SET day = day - 1")
    before, idle = one("SELECT count(*) FROM notifications_notification WHERE kind = 'nudge'"), peak()
    noon = timezone.now().replace(hour=12, minute=0)
    with cost() as taken:
        done = nudging.offer_due(noon)
    keys = one("SELECT count(*) - count(DISTINCT (recipient_id, key)) FROM notifications_notification WHERE kind = 'nudge'")
    offered = one("SELECT count(*) FROM notifications_notification WHERE kind = 'nudge'") - before
    assert offered == done.offered, "what is said is what is there"  # noqa: S101  a bench
    return {"wall": taken.wall, "processor": taken.processor, "mb": peak() - idle, "offered": offered, "twice": keys}


def stock_up(reps: int) -> None:
    """The company: leaders with their legs, boards, and all the facts that rules look at."""
    if not Territory.objects.exists():
        company.territories()
    market, place = Territory.objects.get(code="UA"), Territory.objects.get(code=company.place_code(0))
    today = timezone.now().date()
    calendar = Calendar.objects.create(code=CODE, name=CODE, market=market, live_from=today - dt.timedelta(days=365))
    *past, running = [
        Campaign.objects.create(
            calendar=calendar,
            year=2026,
            number=4 - back,
            starts_on=first,
            ends_on=first + dt.timedelta(days=20),
            order_deadline=first + dt.timedelta(days=17),
            closed_at=timezone.now() if back else None,
        )
        for back in (3, 2, 1, 0)
        for first in (today - dt.timedelta(days=15 + 21 * back),)
    ]
    title = Title.objects.create(market=market, code=CODE, name="Gold", place=90)
    for figure, at_least in (("pv", 100), ("orders", 1)):
        TitleRequirement.objects.create(title=title, figure=figure, at_least=at_least)
    for start in range(0, reps, BATCH):
        _reps(range(start, min(start + BATCH, reps)), place)
    sync_standards()
    cadence = Cadence.objects.get(standard=Cadence.Standard.TWO_TWO_TWO).pk
    execute(_BOARDS, running.pk, CODE)
    standard = [(place, name, end) for place, (name, end) in enumerate(STANDARD, start=1)]
    execute(_STAGES, *map(list, zip(*standard, strict=True)), running.pk)
    execute(_LEADS, today, LEADS, CODE)
    execute(_CARDS, running.pk)
    execute(_REMINDERS, today, CODE)
    execute(_ENROLMENTS, cadence, today, today, today, CODE)
    execute(_ITEMS, today, CODE)
    execute(_PURCHASES, [one.pk for one in past], CODE)
    for campaign in (*past, running):
        _snapshots(campaign)
    execute(_GOALS, running.pk, CODE)
    for table in _TABLES:
        execute(f"VACUUM ANALYZE {table}")


def _snapshots(campaign: Campaign) -> None:
    """Two thirds have ordered; many are near a goal, and some near a title. All are copies of the first one's, but for what differs."""
    first = Rep.objects.filter(calendar=CODE).earliest("pk")
    said = {"joined_year": 2026, "joined_number": 1, "on_file": True, "orders": 1, "net_sales": 900}
    one = Snapshot.objects.create(campaign=campaign, rep=first, territory_id=first.territory_id, active=True, **said)
    own = {"rep_id": "r.id", "sponsor_id": "r.sponsor_id", "active": "(r.id + s.campaign_id) %% 3 <> 0", "pv": "r.id %% 120"}
    columns = [field.column for field in Snapshot._meta.concrete_fields if not field.primary_key]
    values = [own.get(column, f's."{column}"') for column in columns]
    execute(
        f"""INSERT INTO campaigns_snapshot ({", ".join(f'"{column}"' for column in columns)}) SELECT {", ".join(values)}
            FROM campaigns_snapshot s, teams_rep r WHERE s.id = %s AND r.calendar = %s AND r.id <> s.rep_id""",
        one.pk,
        CODE,
    )


def _reps(numbers: range, place: Territory) -> None:
    """Leaders, each with the reps that follow as a leg."""
    said = {"territory": place, "calendar": CODE, "joined_year": 2026, "joined_number": 1, **tree.UNPLACED}
    with transaction.atomic():
        users = User.objects.bulk_create(
            User(email=f"{CODE}{n}@example.com".lower(), name=f"Rep {n}", zone=ZONE, language="uk") for n in numbers
        )
        made = Rep.objects.bulk_create(
            Rep(code=f"{CODE}{n}", name=user.name, user=user, **said) for n, user in zip(numbers, users, strict=True)
        )
        leaders = {rep.pk: made[k - k % LEG].pk for k, rep in enumerate(made) if k % LEG}
        execute(_SPONSORS, list(leaders), list(leaders.values()))
        tree.adopt(Rep)
