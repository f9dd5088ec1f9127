"""A company in the middle of a campaign, laid down by statements: reps in their tree, orders of two campaigns, what they did in the app."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import company
from benchmarks.measuring import execute
from benchmarks.tree import downline
from campaigns.models import Calendar, Campaign
from cotano.lib import arrays
from teams import tree
from teams.models import Rep, Territory

REPS_OF_A_TERRITORY = 5_000
ACTIVE = 3  # of five reps
LENGTH, DAY = 21, 15  # days of a campaign; which of them is today
CLASSES = 17  # campaigns of a year in which reps have joined
TITLES = ("", "Silver", "Gold")

# Five in a row share a territory: those who order are so many of each five (below), and everywhere there are some to call.
_REPS = """
INSERT INTO teams_rep (id, sponsor_id, code, name, phone, email, territory_id, calendar, joined_year, joined_number, title, language,
  status, removed_on, first_seen_at, {labels})
SELECT l.place + 1, nullif(l.sponsor, -1) + 1, 'R' || l.place, 'Rep ' || l.place, '', '', (%s::bigint[])[1 + l.place / 5 %% %s],
  'UA', CASE WHEN l.place %% 40 = 0 THEN 2026 ELSE 2010 + l.place %% 15 END, 1 + l.place %% %s,
  (%s::text[])[1 + l.place %% 3], 'en', CASE WHEN l.place %% 50 = 7 THEN 'removed' ELSE 'active' END,
  CASE WHEN l.place %% 50 = 7 THEN current_date - 3 * (1 + l.place %% 9)::int END, now() - interval '30 days', {places}
FROM bench_links l JOIN {first} t ON t.key = l.place ORDER BY l.place"""

# Three reps of five order, the same ones mostly; every thirtieth order comes back, half of those in full.
_ORDERS = """
INSERT INTO campaigns_order (number, kind, returns_id, rep_id, campaign_id, placed_on, amount, currency, points, is_late)
SELECT %(mark)s || n, 'order', NULL, 1 + ((j / %(active)s) * 5 + (j %% %(active)s + %(shift)s) %% 5) %% %(reps)s, %(campaign)s,
  %(day)s::date + (n %% 14)::int, 10 + n %% 90, 'UAH', 10 + (n %% 90)::int, n %% 25 = 0
FROM (SELECT n, (n::bigint * 7919) %% greatest(%(reps)s * %(active)s / 5, 1) AS j FROM generate_series(1, %(orders)s) n) numbered"""
_RETURNS = """
INSERT INTO campaigns_order (number, kind, returns_id, rep_id, campaign_id, placed_on, amount, currency, points, is_late)
SELECT 'B' || number, 'return', id, rep_id, campaign_id, placed_on, CASE WHEN id %% 2 = 0 THEN -amount ELSE -1 END, currency, -points, false
FROM campaigns_order WHERE kind = 'order' AND campaign_id = %s AND id %% 30 = 0"""
_ACTIONS = """
INSERT INTO teams_activitycount (rep_id, day, kind, n)
SELECT 1 + (n * 4 %% %(reps)s), %(day)s::date + (n %% 13)::int, CASE n %% 2 WHEN 0 THEN 'call' ELSE 'move' END, 1 + n %% 5
FROM generate_series(0, %(reps)s - 1) n ON CONFLICT DO NOTHING"""
_LEADS = """
INSERT INTO leads_lead (owner_id, name, kind, phone, email, birthday, tags, note, source, person_code, created_at, updated_at)
SELECT r.id, 'Lead', 'prospect', '+380671234567', '', NULL, '{}', '', 'typed', '', now(), now() FROM teams_rep r WHERE r.id %% 5 = 0"""
_REMINDERS = """
INSERT INTO leads_reminder (owner_id, lead_id, title, repeat, by_id, day, time, zone, due_at, state, ended_at, created_at)
SELECT l.owner_id, l.id, '', '', %(by)s, %(day)s::date + (l.id %% 20)::int, '10:00', 'Europe/Kyiv',
  %(day)s::date + (l.id %% 20)::int + time '10:00',
  CASE l.id %% 3 WHEN 0 THEN 'open' ELSE 'done' END, CASE l.id %% 3 WHEN 0 THEN NULL ELSE %(day)s::date + (l.id %% 21)::int END, now()
FROM leads_lead l"""


@dataclass(frozen=True)
class Stock:
    """What was laid down: the campaign before, and the one that runs."""

    before: Campaign
    running: Campaign
    reps: int
    orders: int


def load(reps: int, by: int) -> Stock:
    """`reps` of them with one order and a half each in the campaign that runs, half of one in the one before; `by` is a user's id."""
    places = _territories(reps)
    calendar = Calendar.objects.create(code="UA", name="UA", market=Territory.objects.get(code="UA"))
    today = timezone.now().date()
    first = today - dt.timedelta(days=LENGTH + DAY - 1)
    before, running = (
        Campaign.objects.create(
            calendar=calendar,
            year=2026,
            number=number,
            starts_on=day,
            ends_on=day + dt.timedelta(days=LENGTH - 1),
            order_deadline=day + dt.timedelta(days=LENGTH - 3),
            closed_at=timezone.now() if number == CLASSES - 1 else None,
        )
        for number, day in ((CLASSES - 1, first), (CLASSES, first + dt.timedelta(days=LENGTH)))
    )
    _reps(reps, places)
    for campaign, orders, mark in ((before, reps // 2, "A"), (running, reps + reps // 2, "C")):
        execute_named(_ORDERS, mark=mark, campaign=campaign.pk, day=campaign.starts_on, orders=orders, reps=reps, active=ACTIVE, shift=0)
        execute(_RETURNS, campaign.pk)
        execute_named(_ACTIONS, day=campaign.starts_on, reps=reps)
    execute_named(_LEADS)
    execute_named(_REMINDERS, by=by, day=running.starts_on)
    for table in ("teams_rep", "campaigns_order", "teams_activitycount", "leads_lead", "leads_reminder"):
        execute(f"VACUUM ANALYZE {table}")
    return Stock(before, running, reps, reps + reps // 2)


def a_day_of_orders(stock: Stock, orders: int) -> None:
    """One more file: orders of other reps than those who ordered so far, mostly."""
    execute_named(
        _ORDERS,
        mark="D",
        campaign=stock.running.pk,
        day=stock.running.starts_on,
        orders=orders,
        reps=stock.reps,
        active=ACTIVE,
        shift=ACTIVE,
    )


def execute_named(statement: str, **values: object) -> int:
    """Carry out a statement with names; returns the number of rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def _territories(reps: int) -> list[int]:
    """Ids of territories of a few thousand reps each, of as many regions as it takes."""
    company.territories()
    region = Territory.objects.get(code="UA-N")
    for number in range(company.PLACES, reps // REPS_OF_A_TERRITORY):
        Territory.objects.create(code=company.place_code(number), name=f"Territory {number}", kind="territory", parent=region)
    return list(Territory.objects.filter(kind="territory").order_by("code").values_list("pk", flat=True))


@transaction.atomic
def _reps(count: int, places: list[int]) -> None:
    above, keys = downline.parents(count), np.arange(count)
    tree.lock(Rep)
    first = tree.stage_first(Rep, keys, above)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_links (place bigint, sponsor bigint) ON COMMIT DROP")
        arrays.send(cursor, "bench_links (place, sponsor)", [keys, above])
        cursor.execute("ANALYZE bench_links")
    columns = list(tree.UNPLACED)
    labels, of_first = ", ".join(columns), ", ".join(f"t.{column}" for column in columns)
    execute(_REPS.format(labels=labels, places=of_first, first=first), places, len(places), CLASSES, list(TITLES))
    execute("SELECT setval(pg_get_serial_sequence('teams_rep', 'id'), (SELECT max(id) FROM teams_rep))")
