"""A campaign closes: every open card goes on to the next board, by two workers at once; beside it one card at a time.

A part of the bench `kpis`: it stands in the same database, on reps of its own.
"""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from benchmarks import company
from benchmarks.figures import Figure, versus
from benchmarks.measuring import cost, execute, one, result, start
from campaigns.models import Calendar, Campaign
from pipeline import rollover
from pipeline.models import Board, Card, Move, Stage
from pipeline.new_boards import STANDARD
from teams import tree
from teams.models import Rep, Territory, User

CODE = "ROLL"  # of the calendar, and how the codes of its reps begin
CARDS = 20  # of a rep, all of them open
COLUMNS = 3  # stages that are no end
WORKERS = 2
SAMPLE = 1_000  # cards that are moved on one at a time, at most
BARRIER = 7_219  # an advisory lock of the scratch database: the workers begin together

_STAGES = """
INSERT INTO pipeline_stage (board_id, place, standard, own_name, "end")
SELECT b.id, t.place, t.standard, '', t."end" FROM pipeline_board b, unnest(%s::int[], %s::text[], %s::text[]) AS t(place, standard, "end")
WHERE b.campaign_id = %s"""

_LEADS = """
INSERT INTO leads_lead (owner_id, name, kind, phone, email, birthday, tags, note, source, person_code, created_at, updated_at)
SELECT b.rep_id, 'Lead ' || n, 'prospect', '+38067' || lpad(n::text, 7, '0'), '', NULL, '{}', '', 'typed', '', now(), now()
FROM pipeline_board b, generate_series(1, %s) n WHERE b.campaign_id = %s"""

# As reps leave them: spread over the columns, entered at different times, a third of them moved before.
_CARDS = """
INSERT INTO pipeline_card (board_id, lead_id, stage_id, rank, version, entered_stage_at, created_at, closed_as)
SELECT b.id, l.id, s.id, l.id, 1, now() - interval '9 days', now() - interval '9 days', ''
FROM pipeline_board b JOIN leads_lead l ON l.owner_id = b.rep_id JOIN pipeline_stage s ON s.board_id = b.id AND s.place = 1 + l.id %% %s
WHERE b.campaign_id = %s ORDER BY b.id, l.id"""

_MOVES = """
INSERT INTO pipeline_move (card_id, was_id, to_id, by_id, at)
SELECT c.id, f.id, c.stage_id, r.user_id, now() - interval '3 days'
FROM pipeline_card c JOIN pipeline_stage s ON s.id = c.stage_id JOIN pipeline_stage f ON f.board_id = c.board_id AND f.place = 1
JOIN pipeline_board b ON b.id = c.board_id JOIN teams_rep r ON r.id = b.rep_id
WHERE b.campaign_id = %s AND s.place = 2"""


def figures(cards: int, say: Callable[[str], None]) -> list[Figure]:
    """Roll `cards` open cards (about) on to the next campaign: close, insert and move row of each."""
    say(f"{cards:,} cards of {max(cards // CARDS, 1):,} reps")
    ended, following = stock_up(max(cards // CARDS, 1))
    slow = one_by_one(ended, following)
    say("roll over")
    rows = Card.objects.count()
    with barrier() as release:
        workers = [start("benchmarks.rolling", ended.pk, following.pk) for _ in range(WORKERS)]
        release(len(workers))
        with cost() as taken:
            done = [result(worker) for worker in workers]
    rolled = Card.objects.count() - rows
    assert rolled == Card.objects.filter(board__campaign=ended).count(), "every card goes on"  # noqa: S101  a bench
    processor = sum(worker["seconds"] for worker in done)
    say(f"{rolled:,} cards in {taken.wall:.1f} s; {processor:.1f} s of processor on both sides")
    fast = rolled / processor
    return [
        Figure("rollover_cards_per_s", rolled / taken.wall, "cards/s", ">= 20000"),
        versus(
            "rollover_vs_per_card",
            fast / slow,
            goal=">= 10",
            baseline=f"{SAMPLE} cards, each by itself; cards a second of processor",
            baseline_value=slow,
        ),
        Figure("rollover_cards_per_cpu_s", fast, "cards/s"),
    ]


def main(ended: str, following: str) -> dict[str, float]:
    """One worker: batch after batch until none is left."""
    connection.ensure_connection()
    campaigns = {one.pk: one for one in Campaign.objects.select_related("calendar__market").filter(pk__in=[int(ended), int(following)])}
    execute(f"SELECT pg_advisory_lock_shared({BARRIER})")
    boards = 0
    with cost() as taken:
        while rolled := rollover.roll_over(campaigns[int(ended)], campaigns[int(following)]):
            boards += rolled
    return {"boards": boards, "seconds": taken.processor, "python": taken.python}


def stock_up(reps: int) -> tuple[Campaign, Campaign]:
    """A campaign that has ended, its boards full of open cards, and the one that follows."""
    if not Territory.objects.exists():
        company.territories()
    market, place = Territory.objects.get(code="UA"), Territory.objects.get(code=company.place_code(0))
    today = timezone.now().date()
    calendar = Calendar.objects.create(code=CODE, name=CODE, market=market, live_from=today - dt.timedelta(days=365))
    first = today - dt.timedelta(days=22)
    ended, following = (
        Campaign.objects.create(calendar=calendar, year=2026, number=number, starts_on=day, ends_on=last, order_deadline=last)
        for number, day in ((1, first), (2, first + dt.timedelta(days=21)))
        for last in (day + dt.timedelta(days=20),)
    )
    said = {"territory": place, "calendar": CODE, "joined_year": 2026, "joined_number": 1, **tree.UNPLACED}
    with transaction.atomic():
        users = User.objects.bulk_create(User(email=f"{CODE}{n}@example.com".lower(), name=f"Rep {n}") for n in range(reps))
        made = Rep.objects.bulk_create(Rep(code=f"{CODE}{n}", name=user.name, user=user, **said) for n, user in enumerate(users))
        tree.adopt(Rep)
    Board.objects.bulk_create(Board(rep=rep, campaign=ended) for rep in made)
    standard = [(place, name, end) for place, (name, end) in enumerate(STANDARD, start=1)]
    execute(_STAGES, *map(list, zip(*standard, strict=True)), ended.pk)
    execute(_LEADS, CARDS, ended.pk)
    execute(_CARDS, COLUMNS, ended.pk)
    execute(_MOVES, ended.pk)
    for table in ("teams_rep", "pipeline_board", "pipeline_stage", "pipeline_card", "pipeline_move", "leads_lead"):
        execute(f"VACUUM ANALYZE {table}")
    return ended, following


def one_by_one(ended: Campaign, following: Campaign) -> float:
    """What the ORM makes of it, a transaction each card, undone at the end; returns cards a second of processor."""
    cards = list(Card.objects.filter(board__campaign=ended).select_related("board", "stage").order_by("pk")[:SAMPLE])
    with cost() as taken, transaction.atomic():
        for card in cards:
            with transaction.atomic():
                board, is_new = Board.objects.get_or_create(rep=card.board.rep, campaign=following)
                if is_new:
                    for place, (name, end) in enumerate(STANDARD, start=1):
                        Stage.objects.create(board=board, place=place, standard=name, end=end)
                stage, now = board.stages.get(place=card.stage.place), timezone.now()
                rank = (stage.cards.aggregate(last=Max("rank"))["last"] or Decimal(0)) + 1
                new = Card.objects.create(board=board, lead_id=card.lead_id, stage=stage, rank=rank, came_from=card)
                card.closed_at, card.closed_as, card.version = now, Card.Closed.MOVED_ON, card.version + 1
                card.save(update_fields=["closed_at", "closed_as", "version"])
                Move.objects.create(card=new, was=card.stage, to=stage, by=None, at=now)
        transaction.set_rollback(True)
    return len(cards) / taken.processor


@contextmanager
def barrier() -> Iterator[Callable[[int], None]]:
    """Hold workers back that ask for the lock; what is given lets them go when so many are waiting."""
    execute(f"SELECT pg_advisory_lock({BARRIER})")

    def release(workers: int) -> None:
        while one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", BARRIER) < workers:
            time.sleep(0.05)
        execute(f"SELECT pg_advisory_unlock({BARRIER})")

    yield release
