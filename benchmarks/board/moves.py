"""One board, several clients that move its cards at the same time; next to whole numbers in each column under the board's lock.

The other way does all that the product does for a move (looks whether it may be, compares the version, notes the move, counts it) by as
many round trips and with less Python; only the places are different: the board is held alone, the gap in the column that the card
leaves is closed, and everybody in the column that it enters goes down by one. Its table has the columns and indexes of a card.
"""

import json
import random
import sys
import time
from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.board import stock
from benchmarks.figures import Figure, smaller, versus
from benchmarks.measuring import answer, cost, execute, median, one, start, tell
from campaigns.models import Campaign
from pipeline import actions
from pipeline.models import Card, Stage
from teams import activity, rights
from teams.models import ActivityCount, Rep, User

CARDS = 1_500
CLIENTS = 8
MUCH = 10_000  # people from which on it is worth to measure well
ROUNDS, SECONDS = 5, 3.0  # in turns so long the one way, then the other
ALONE = 200  # moves of one client, for what a move costs
BASELINE = "locked integer renumbering"

_TABLE = """
CREATE TABLE bench_card (LIKE pipeline_card);
ALTER TABLE bench_card DROP COLUMN rank, ADD COLUMN place integer;
INSERT INTO bench_card (id, board_id, lead_id, stage_id, version, created_at, entered_stage_at, closed_at, closed_as, came_from_id, place)
SELECT id, board_id, lead_id, stage_id, version, created_at, entered_stage_at, closed_at, closed_as, came_from_id,
  row_number() OVER (PARTITION BY stage_id ORDER BY rank) - 1 FROM pipeline_card;
ALTER TABLE bench_card ADD PRIMARY KEY (id), ADD UNIQUE (stage_id, place) DEFERRABLE INITIALLY DEFERRED, ADD UNIQUE (board_id, lead_id),
  ADD UNIQUE (came_from_id);
CREATE INDEX ON bench_card (lead_id)"""
_HOLD = """
SELECT b.rep_id, r.user_id, r.status, u.zone, b.rolled_at IS NULL AND k.closed_at IS NULL
FROM pipeline_board b JOIN campaigns_campaign k ON k.id = b.campaign_id JOIN teams_rep r ON r.id = b.rep_id
  LEFT JOIN teams_user u ON u.id = r.user_id
WHERE b.id = %(board)s FOR NO KEY UPDATE OF b;
SELECT stage_id, place, version, entered_stage_at FROM bench_card WHERE id = %(card)s AND closed_at IS NULL FOR NO KEY UPDATE"""
_RENUMBER = """
UPDATE bench_card SET place = place - 1 WHERE stage_id = %(was)s AND place > %(place)s;
UPDATE bench_card SET place = place + 1 WHERE stage_id = %(to)s;
UPDATE bench_card SET stage_id = %(to)s, place = 0, version = version + 1, entered_stage_at = %(at)s WHERE id = %(card)s;
INSERT INTO pipeline_move (card_id, was_id, was_rank, was_since, to_id, by_id, at)
VALUES (%(card)s, %(was)s, %(place)s, %(since)s, %(to)s, %(by)s, %(at)s);"""

Way = Callable[[Card, Stage, int, User], int]


def figures(size: int, say: Callable[[str], None]) -> list[Figure]:
    """Moves a second of all clients together, what a move costs, deadlocks."""
    cards = min(CARDS, size)
    board = stock.board("MOVER", Campaign.objects.get(), leads=cards, cards=cards).pk
    execute(_TABLE)
    execute("VACUUM ANALYZE bench_card")
    stock.tidy()
    rounds, seconds, clients = (ROUNDS, SECONDS, CLIENTS) if size >= MUCH else (1, 0.2, 2)
    say("moves of one client")
    alone = {way: _alone(way, board, ALONE if size >= MUCH else 5) for way in WAYS}
    say(f"moves of {clients} clients")
    per_s: dict[str, list[float]] = {way: [] for way in WAYS}
    refused = 0
    running = [start("benchmarks.board.moves", board, number) for number in range(clients)]
    for client in running:
        tell(client, "product 0")
        answer(client)  # it is there
    for _ in range(rounds):
        for way, told in per_s.items():
            for client in running:
                tell(client, f"{way} {seconds}")
            done = [answer(client) for client in running]
            told.append(sum(one["moved"] / one["seconds"] for one in done if one["seconds"]))
            refused += sum(one["refused"] for one in done) if way == "product" else 0
    for client in running:
        client.communicate()
    ours, theirs = median(per_s["product"]), median(per_s["renumbering"])
    better = median([mine / other for mine, other in zip(*per_s.values(), strict=True) if other] or [0.0])
    return [
        versus("moves_vs_locked", better, goal=">= 5", baseline=f"{BASELINE}, moves a second", baseline_value=theirs),
        Figure("moves_per_s", ours, "moves/s"),
        smaller("move_cpu_ms", alone["product"], "ms", baseline=BASELINE, baseline_value=alone["renumbering"]),
        Figure("moves_refused", refused, "moves"),
        Figure("move_deadlocks", one("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "deadlocks", "== 0"),
    ]


def main(board: str, number: str) -> dict[str, int]:
    """One client: at each line of standard input (`product 3`) so many seconds of moves that way; prints what came of it."""
    mover = Mover(int(board), int(number))
    for line in sys.stdin:
        way, seconds = line.split()
        until, began = time.perf_counter() + float(seconds), time.perf_counter()
        moved = refused = 0
        while time.perf_counter() < until:
            done = mover.move(way)
            moved, refused = moved + done, refused + (not done)
        said = {"moved": moved, "refused": refused, "seconds": time.perf_counter() - began}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()
    return {}


class Mover:
    """A device with the board open: it knows the cards as it last saw them, and moves any of them to another of the first columns."""

    def __init__(self, board: int, number: int) -> None:
        self.chance = random.Random(number)
        self.user = User.objects.get(rep__boards=board)
        self.stages = list(Stage.objects.filter(board=board).order_by("place")[: stock.COLUMNS])
        self.cards = list(Card.objects.filter(board=board).select_related("board"))
        self.seen = {way: _known(way) for way in WAYS}

    def move(self, way: str) -> bool:
        """One move; False when another device has been quicker: then this one knows the card as it is now."""
        card, seen = self.chance.choice(self.cards), self.seen[way]
        version, stands = seen[card.pk]
        to = self.chance.choice([stage for stage in self.stages if stage.pk != stands])
        try:
            seen[card.pk] = WAYS[way](card, to, version, self.user), to.pk
        except Late as late:
            seen[card.pk] = late.args
            return False
        return seen[card.pk][0] != version


class Late(Exception):
    """The card has changed: its version, its stage."""


def _product(card: Card, to: Stage, version: int, user: User) -> int:
    try:
        return actions.move_card(card, to=to, version=version, by=user).version
    except actions.StaleCard as stale:
        raise Late(stale.card.version, stale.card.stage_id) from stale


@transaction.atomic
def _renumbering(card: Card, to: Stage, version: int, user: User) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"board": card.board_id, "card": card.pk})
        rep, owner, status, zone, is_open = cursor.fetchone()
        cursor.nextset()
        was, place, now, since = cursor.fetchone()
        theirs = Rep(pk=rep, user_id=owner, status=status, user=User(pk=owner, zone=zone))
        assert is_open  # noqa: S101  a bench
        assert rights.is_own(user, theirs)  # noqa: S101  a bench
        if now != version:
            raise Late(now, was)
        said = {"card": card.pk, "to": to.pk, "by": user.pk, "at": timezone.now(), "was": was, "place": place, "since": since}
        cursor.execute(_RENUMBER + activity.COUNT, said | activity.counted(theirs, ActivityCount.Kind.MOVE))
    return now + 1


WAYS: dict[str, Way] = {"product": _product, "renumbering": _renumbering}


def _alone(way: str, board: int, times: int) -> float:
    """Milliseconds of processor of a move, on both sides of the connection."""
    mover = Mover(board, 0)
    mover.move(way)
    with cost() as taken:
        for _ in range(times):
            mover.move(way)
    return taken.processor / times * 1000


def _known(way: str) -> dict[int, tuple[int, int]]:
    table = {"product": "pipeline_card", "renumbering": "bench_card"}[way]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, version, stage_id FROM {table}")
        return {card: (version, stage) for card, version, stage in cursor}
