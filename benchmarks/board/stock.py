"""Reps with people, boards, comments and reminders, laid down by few statements."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from benchmarks import company, contacts
from benchmarks.measuring import execute, one
from campaigns.models import Calendar, Campaign
from pipeline.actions import ensure_board
from pipeline.models import Board

COLUMNS = 3  # stages that are no end
DAILY = 20  # reminders of a day
BORN = 1_000  # of a rep's people, whose birthdays are known
TABLES = (
    *("leads_lead", "leads_comment", "leads_reminder", "teams_activitycount"),
    *("pipeline_board", "pipeline_stage", "pipeline_card", "pipeline_move"),
)

_LEADS = """
INSERT INTO leads_lead (owner_id, name, kind, phone, email, birthday, tags, note, source, person_code, created_at, updated_at)
SELECT %(rep)s, (%(first)s::text[])[1 + n %% %(firsts)s] || ' ' || (%(last)s::text[])[1 + n / 7 %% %(lasts)s] || ' ' || n, 'prospect',
  '+38067' || lpad(n::text, 7, '0'), '', CASE WHEN n <= %(born)s THEN date '1970-01-01' + n * 13 END,
  CASE WHEN n %% 3 = 0 THEN ARRAY[(%(tags)s::text[])[1 + n / 3 %% 6]] ELSE '{}' END, '', 'typed', '', now(), now()
FROM generate_series(1, %(leads)s) n"""
_COMMENTS = """
INSERT INTO leads_comment (lead_id, by_id, text, at)
SELECT l.id, r.user_id, 'Asked for the catalogue', now() - interval '3 days'
FROM leads_lead l JOIN teams_rep r ON r.id = l.owner_id, generate_series(1, 2) WHERE r.id = %s AND l.id %% 2 = 0"""
# So many a day from yesterday on, as far ahead as a tenth of the people last.
_REMINDERS = """
INSERT INTO leads_reminder (owner_id, lead_id, by_id, day, time, zone, due_at, state, created_at, title, repeat)
SELECT %(rep)s, l.id, u.id, d.day, '10:00', u.zone, (d.day + time '10:00') AT TIME ZONE u.zone, 'open', now(), '', ''
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM leads_lead WHERE owner_id = %(rep)s AND id %% 10 = 0) l,
  LATERAL (SELECT %(today)s::date - 1 + (l.n / %(daily)s)::int AS day) d, teams_rep r JOIN teams_user u ON u.id = r.user_id
WHERE r.id = %(rep)s"""
_CARDS = """
INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as)
SELECT b.id, l.id, s.id, l.id, 1, now() - interval '9 days', now() - interval '9 days', ''
FROM pipeline_board b
JOIN LATERAL (SELECT id, row_number() OVER (ORDER BY id) AS n FROM leads_lead WHERE owner_id = b.rep_id ORDER BY id LIMIT %s) l ON true
JOIN pipeline_stage s ON s.board_id = b.id AND s.place = 1 + l.n %% %s WHERE b.id = %s"""


def campaign() -> Campaign:
    """The one that runs, on its fourth day."""
    company.territories()
    today = timezone.now().date()
    market = one("SELECT id FROM teams_territory WHERE code = 'UA'")
    calendar, _made = Calendar.objects.get_or_create(code="UA", defaults={"name": "UA", "market_id": market})
    last = today + dt.timedelta(days=17)
    return Campaign.objects.create(
        calendar=calendar, year=today.year, number=1, starts_on=today - dt.timedelta(days=3), ends_on=last, order_deadline=last
    )


def board(code: str, running: Campaign, *, leads: int, cards: int) -> Board:
    """A rep with so many people, the first of them on the board of the campaign, spread over its first columns."""
    rep = company.rep(code)
    found = ensure_board(rep, running)
    names = {"first": contacts.FIRST, "firsts": len(contacts.FIRST), "last": contacts.LAST, "lasts": len(contacts.LAST)}
    said = {"rep": rep.pk, "leads": leads, "born": BORN, "tags": list(contacts.TAGS), "daily": DAILY, "today": timezone.now().date()}
    _run(_LEADS, said | names)
    execute(_COMMENTS, rep.pk)
    _run(_REMINDERS, said)
    execute(_CARDS, cards, COLUMNS, found.pk)
    return found


def tidy() -> None:
    """Let the planner know what is there."""
    for table in TABLES:
        execute(f"VACUUM ANALYZE {table}")


def _run(statement: str, values: dict[str, object]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
