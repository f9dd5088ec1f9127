"""A card's move in two round trips: what decides about it, held until the transaction ends, and all that it changes.

A move shares its board with other moves and has its card alone, so that many devices move cards of one board side by side. Who must
not be interrupted (closing a campaign, stages that come and go, merging people) has the board alone.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connection

from campaigns.models import Campaign
from pipeline.models import Board, Card, Stage
from teams import activity
from teams.models import ActivityCount, Rep, User

# The second statement looks when the board is held: what somebody did who had it alone is seen.
_HOLD = """
SELECT b.id, b.rep_id, b.campaign_id, b.rolled_at, k.closed_at, r.user_id, r.status, u.zone
FROM pipeline_board b JOIN campaigns_campaign k ON k.id = b.campaign_id JOIN teams_rep r ON r.id = b.rep_id
  LEFT JOIN teams_user u ON u.id = r.user_id
WHERE b.id = %(board)s FOR SHARE OF b;
SELECT {columns}, EXISTS (SELECT FROM pipeline_stage s WHERE s.id = %(to)s AND s.board_id = %(board)s AND s.place IS NOT NULL)
FROM pipeline_card c WHERE c.id = %(card)s AND c.board_id = %(board)s FOR NO KEY UPDATE"""

# On top of all that is seen there. The fraction is the card's own: two that come at the same moment see the same top and go to two
# places. The count comes last: it is one row for all moves of the rep, and the next move waits for it until this one is on disk.
_WRITE = """
WITH stood AS (
  UPDATE pipeline_card SET stage_id = %(to)s, entered_stage_at = %(at)s, version = version + 1,
    rank = (SELECT COALESCE(min(rank), 0) FROM pipeline_card WHERE stage_id = %(to)s) - 1 - (id %% 1000000) * 0.000001
  WHERE id = %(card)s RETURNING rank
), noted AS (
  INSERT INTO pipeline_move (card_id, was_id, was_rank, was_since, to_id, by_id, at)
  VALUES (%(card)s, %(was)s, %(was_rank)s, %(was_since)s, %(to)s, %(by)s, %(at)s)
)
SELECT rank FROM stood;"""


@dataclass(frozen=True)
class Held:
    """A card as it is now, with its board, campaign and rep as far as they decide; whether the stage is (still) on the board."""

    card: Card
    has_stage: bool

    @property
    def board(self) -> Board:
        """The board, with its campaign and rep."""
        return self.card.board

    @property
    def rep(self) -> Rep:
        """Whose it is, with the log-in's zone."""
        return self.board.rep


def hold(card: Card, to: Stage) -> Held | None:
    """Hold the board with others and the card alone. None when the card is not there any more."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD.format(columns=_COLUMNS), {"board": card.board_id, "card": card.pk, "to": to.pk})
        board, cards = cursor.fetchone(), cursor.nextset() and cursor.fetchone()
    if not board or not cards:
        return None
    *values, has_stage = cards
    held = Card.from_db(DEFAULT_DB_ALIAS, _FIELDS, values)
    held.board = _board(*board)
    return Held(held, has_stage)


def write(held: Held, to: Stage, *, by: User, at: dt.datetime) -> Card:
    """Put a held card on top of the stage, note the move (at that moment) and count it; returns the card in its new place."""
    card = held.card
    was = {"was": card.stage_id, "was_rank": card.rank, "was_since": card.entered_stage_at}
    new = {"card": card.pk, "to": to.pk, "by": by.pk, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_WRITE + activity.COUNT, was | new | activity.counted(held.rep, ActivityCount.Kind.MOVE))
        [card.rank] = cursor.fetchone()
    card.stage, card.entered_stage_at, card.version = to, at, card.version + 1
    return card


def _board(pk: int, rep: int, campaign: int, rolled_at: dt.datetime | None, closed_at: dt.datetime | None, *owner: object) -> Board:
    """The board with what was read beside it."""
    user, status, zone = owner
    board = Board.from_db(DEFAULT_DB_ALIAS, ("id", "rep_id", "campaign_id", "rolled_at"), (pk, rep, campaign, rolled_at))
    board.campaign = Campaign.from_db(DEFAULT_DB_ALIAS, ("id", "closed_at"), (campaign, closed_at))
    board.rep = Rep.from_db(DEFAULT_DB_ALIAS, ("id", "user_id", "status"), (rep, user, status))
    board.rep.user = User.from_db(DEFAULT_DB_ALIAS, ("id", "zone"), (user, zone)) if user else None
    return board


_FIELDS = tuple(field.attname for field in Card._meta.concrete_fields)
_COLUMNS = ", ".join(f"c.{field.column}" for field in Card._meta.concrete_fields)
