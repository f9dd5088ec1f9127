"""The funnel of a board."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pipeline import actions, rollover, shares
from pipeline.funnel import read_funnel
from pipeline.models import Board, Card
from tests import make


def url(board):
    return reverse("pipeline:funnel", args=[board.pk])


def move(card, to):
    card = Card.objects.get(pk=card.pk)
    actions.move_card(card, to=to, version=card.version, by=card.board.rep.user)


@pytest.fixture
def moved(board, stages, company):
    """Four people: one stays, two are contacted after two days, one of them orders two days later, one says no at once."""
    anna, bohdan, clara, daria = make.cards(board, 4)
    now = timezone.now()
    with time_machine.travel(now + dt.timedelta(days=2), tick=False):
        move(bohdan, stages["contacted"])
        move(clara, stages["contacted"])
    with time_machine.travel(now + dt.timedelta(days=4), tick=False):
        move(clara, stages["ordered"])
        move(daria, stages["declined"])
    return [anna, bohdan, clara, daria]


def told(board):
    return [(step.stage.standard, step.cards, step.entered, step.further, step.median_days) for step in read_funnel(board).steps]


def test_how_many_came_and_went_on(board, moved):
    with time_machine.travel(timezone.now() + dt.timedelta(days=6), tick=False):
        found = told(board)
    assert found == [
        ("prospects", 1, 4, 50, 3.0),
        ("contacted", 1, 2, 0, 3.0),
        ("offer", 0, 0, None, None),
        ("ordered", 1, 1, None, 2.0),
        ("declined", 1, 1, None, 2.0),
    ]
    assert read_funnel(board).won == 25


def test_closed_it_is_as_it_was(board, moved, company):
    with time_machine.travel(timezone.now() + dt.timedelta(days=6), tick=False):
        live = told(board)
        while rollover.roll_over(company.campaign, company.following):
            pass
    board = Board.objects.select_related("campaign").get(pk=board.pk)
    assert told(board) == live
    assert read_funnel(board).is_frozen
    Card.objects.filter(board=board).delete()
    assert told(board) == live


def test_the_page_is_a_picture_and_a_table(rep, board, moved):
    page = rep.get(url(board)).content.decode()
    assert 'role="img" aria-label="Of 100 people, 25 ordered"' in page
    assert re.findall(r'<rect class="(\w+)" x="(\d+)" y="\d+" width="(\d+)"', page) == [
        ("p1", "0", "326"),
        ("p1", "81", "163"),
        ("p1", "122", "82"),
        ("v4", "122", "82"),
    ]
    rows = re.findall(
        r'<th scope="row">([^<]+?) ?(?:<span[^>]*>[^<]*</span>)?</th><td class="num">(\d+)</td><td class="num">([^<]+)</td>', page
    )
    assert rows == [
        ("Prospects", "4", "50 %"),
        ("Contacted", "2", "0 %"),
        ("Offer sent", "0", "–"),
        ("Ordered", "1", "–"),
        ("Not interested", "1", "–"),
    ]
    assert f'href="{url(board)}"' in rep.get(reverse("pipeline:board_menu", args=[board.pk])).content.decode()


def test_an_empty_board_says_what_to_do(rep, board):
    assert "Nobody stands on this board yet" in rep.get(url(board)).content.decode()


def test_it_is_the_reps_own(rep, board, upline, stranger, manager):
    shares.share_board(board, with_=upline.user, by=rep.user, may_comment=True)
    for person in (upline, stranger, manager):
        assert person.get(url(board)).status_code == 404
    assert rep.post(url(board)).status_code == 405


def test_more_cards_cost_no_more_queries(rep, board, moved):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            rep.get(url(board))
        return len(captured)

    rep.get(url(board))
    few = queries()
    make.cards(board, 5, first=50)
    assert queries() == few == 5
