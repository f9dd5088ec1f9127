"""Favourites among boards, and those that were opened lately."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from pipeline.models import Board, BoardMark
from teams.models import User

EXACT = dt.timedelta(minutes=15)  # a board that is opened again within it writes nothing

OPENED = """
INSERT INTO pipeline_boardmark AS m (user_id, board_id, opened_at) VALUES (%s, %s, %s)
ON CONFLICT (user_id, board_id) DO UPDATE SET opened_at = EXCLUDED.opened_at
WHERE m.opened_at IS NULL OR m.opened_at < EXCLUDED.opened_at - %s"""


def note_opened(board: Board, *, by: User) -> None:
    """The person looks at the board now. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(OPENED, [by.pk, board.pk, timezone.now(), EXACT])


def star_board(board: Board, *, by: User, on: bool) -> None:
    """Make the board a favourite of the person, or no longer one. Once more changes nothing."""
    wanted = {"starred_at": timezone.now()} if on else {"starred_at": None}
    BoardMark.objects.bulk_create([BoardMark(user=by, board=board)], ignore_conflicts=True)
    BoardMark.objects.filter(user=by, board=board, starred_at__isnull=on).update(**wanted)
