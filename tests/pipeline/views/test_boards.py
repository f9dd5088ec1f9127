"""The list of boards."""

import pytest
from django.urls import reverse

from pipeline.actions import ensure_board
from pipeline.models import Board
from tests import make

BOARDS = reverse("pipeline:boards")
OPEN = reverse("pipeline:open_board")


def test_shows_the_newest_first_with_its_cards(rep, board, company):
    make.cards(board, 2)
    Board.objects.create(rep=rep.rep, campaign=company.before)
    page = rep.get(BOARDS).content.decode()
    assert page.index("Campaign 14") < page.index("Campaign 13")
    assert "2 cards · until" in page
    assert "read only" in page


def test_shows_nobody_elses(upline, board):
    assert board.get_absolute_url() not in upline.get(BOARDS).content.decode()


def test_a_new_campaign_is_opened_from_here(rep, company):
    assert "Open the board of campaign 14" in rep.get(BOARDS).content.decode()
    response = rep.post(OPEN)
    board = Board.objects.get(rep=rep.rep, campaign=company.campaign)
    assert response["Location"] == board.get_absolute_url()
    assert [stage.name for stage in board.stages.order_by("place")] == ["Prospects", "Contacted", "Offer sent", "Ordered", "Not interested"]
    rep.post(OPEN)
    assert Board.objects.count() == 1


def test_without_a_campaign_none_is_opened(rep, company):
    company.campaign.delete()
    assert rep.post(OPEN)["Location"] == BOARDS
    assert "No campaign runs today." in rep.get(BOARDS).content.decode()


def test_a_board_is_not_opened_by_looking(rep):
    assert rep.get(OPEN).status_code == 405
    assert rep.post(BOARDS).status_code == 405


def test_managers_have_no_boards(manager):
    assert manager.get(BOARDS)["Location"] == reverse("admin:index")


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, company, django_assert_num_queries):
    for campaign in [company.campaign, company.following, company.before][:n]:
        Board.objects.create(rep=rep.rep, campaign=campaign) if campaign.closed_at else ensure_board(rep.rep, campaign)
    with django_assert_num_queries(7):
        rep.get(BOARDS)
