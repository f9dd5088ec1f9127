"""Workers that roll boards over are killed in the middle of a batch: every board is rolled once, whoever does it."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from django.db import connection, transaction

from campaigns.models import Campaign
from cotano import env
from cotano.test_settings import child_environment
from notifications.models import Notification
from pipeline import actions, rollover
from pipeline.models import Board, Card, Move
from tests import make

WORK = """import django; django.setup()
from pipeline import rollover
rollover.BATCH = 3
while rollover.close_ended().boards: pass"""
REPS, CARDS = 14, 3
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"  # for this transaction


def worker():
    return subprocess.Popen([sys.executable, "-c", WORK], cwd=env.ROOT, env=child_environment(connection.settings_dict["NAME"]))


def kill_at(board, following):
    """Let a worker come as far as this board, whose next one somebody else is just making, and kill it there."""
    with transaction.atomic():
        Board.objects.create(rep=board.rep, campaign=following)
        with worker() as process, connection.cursor() as cursor:
            while process.poll() is None:
                cursor.execute(WAITING)
                if cursor.fetchone()[0]:
                    break
                os.sched_yield()
            process.kill()
        transaction.set_rollback(True)


def made():
    """Cards per board of the next campaign, rows of ways, summaries."""
    return Card.objects.filter(board__campaign__number=15).count(), Move.objects.filter(by=None).count(), Notification.objects.count()


@pytest.mark.django_db(transaction=True)
def test_killed_twice_and_every_board_is_rolled_once():
    places = make.territories()
    calendar = make.calendar(places["UA"])
    before, ended, following = make.campaigns(calendar, today=calendar.today() - dt.timedelta(days=21))
    for n in range(REPS):
        make.cards(actions.ensure_board(make.rep(f"{n}", places["UA-N-01"]).user.rep, ended), CARDS)
    Notification.objects.all().delete()
    boards = list(Board.objects.filter(campaign=ended).select_related("rep").order_by("pk"))
    for place in (4, 10):  # in the second batch and in the fourth
        kill_at(boards[place], following)
        rolled = Board.objects.filter(campaign=ended).exclude(rolled_at=None).count()
        assert rolled == place // 3 * 3
        assert made() == (rolled * CARDS, rolled * CARDS, rolled)
    with worker() as one, worker() as two:
        assert (one.wait(), two.wait()) == (0, 0)
    while rollover.close_ended().boards:  # what the dead one's session still held is left to the next tick
        pass
    assert made() == (REPS * CARDS, REPS * CARDS, REPS)
    assert Card.objects.filter(board__campaign=ended, closed_as="moved_on", went_to__isnull=False).count() == REPS * CARDS
    assert Campaign.objects.get(pk=ended.pk).is_closed
    assert not Campaign.objects.get(pk=following.pk).is_closed
    assert before.is_closed
