"""The list of boards."""

import datetime as dt
import re

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from pipeline import actions, marks, rollover, shares
from pipeline.actions import ensure_board
from pipeline.models import Board, BoardMark
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
    with django_assert_num_queries(8):
        rep.get(BOARDS)


# ---- favourites, boards opened lately, people of the past


def headings(response):
    return re.findall(r"<h2>([^<]+)</h2>", response.content.decode())


def star(board):
    return reverse("pipeline:star", args=[board.pk])


def test_a_favourite_stands_first_once_and_is_let_go(rep, board):
    for _ in range(20):
        assert rep.post(star(board), {"on": "yes"})["Location"] == BOARDS
    assert BoardMark.objects.values_list("user", "board").get(starred_at__isnull=False) == (rep.user.pk, board.pk)
    page = rep.get(BOARDS)
    assert headings(page) == ["Favourites"]
    assert page.content.decode().count(f'href="{board.get_absolute_url()}"') == 1
    assert rep.post(star(board), {"on": "no", "next": "board"})["Location"] == board.get_absolute_url()
    assert headings(rep.get(BOARDS)) == []


def test_a_shared_board_can_be_a_favourite_and_others_cannot(rep, upline, stranger, board):
    assert upline.post(star(board), {"on": "yes"}).status_code == 404
    shares.share_board(board, with_=upline.user, may_comment=False, by=rep.user)
    assert upline.post(star(board), {"on": "yes"}).status_code == 302
    assert headings(upline.get(BOARDS)) == ["Favourites"]
    assert stranger.post(star(board), {"on": "yes"}).status_code == 404
    assert rep.get(star(board)).status_code == 405


def test_of_many_boards_the_three_opened_last_stand_first(rep, board, company):
    boards = [board]
    for number in range(1, 8):
        campaign = Campaign.objects.create(
            calendar=company.calendar,
            year=2019,
            number=number,
            starts_on=dt.date(2019, number, 1),
            ends_on=dt.date(2019, number, 20),
            order_deadline=dt.date(2019, number, 15),
            closed_at=timezone.now(),
        )
        boards.append(Board.objects.create(rep=rep.rep, campaign=campaign))
    assert headings(rep.get(BOARDS)) == []
    for n, seen in enumerate((5, 1, 7, 3)):
        with time_machine.travel(timezone.now() + dt.timedelta(minutes=n), tick=False):
            marks.note_opened(boards[seen], by=rep.user)
    page = rep.get(BOARDS)
    assert headings(page) == ["Recent", "All campaigns"]
    order = re.findall(r'class="row" href="/boards/(\d+)/"', page.content.decode())
    assert order == [str(boards[n].pk) for n in (3, 7, 1, 0, 6, 5, 4, 2)]


def test_opening_a_board_again_within_a_quarter_of_an_hour_writes_nothing(rep, board):
    rep.get(board.get_absolute_url())
    first = BoardMark.objects.get().opened_at
    rep.get(board.get_absolute_url())
    assert BoardMark.objects.get().opened_at == first
    with time_machine.travel(first + dt.timedelta(minutes=16), tick=False):
        marks.note_opened(board, by=rep.user)
    assert BoardMark.objects.get().opened_at == first + dt.timedelta(minutes=16)


def test_people_of_past_boards_are_found(rep, stranger, board, stages, company):
    sold = make.card(board, "Оксана Мельник", phone="067 111 22 33", stage=stages["ordered"])
    gone = make.card(board, "Оксана Інша")
    actions.put_on_board(make.lead(stranger.rep, "Оксана Чужа"), actions.ensure_board(stranger.rep, company.campaign))
    with time_machine.travel(company.following.starts_on, tick=False):
        rollover.close_ended()
    for typed, found in (("оксана", [gone, sold]), ("067-111", [sold]), ("nobody", [])):
        page = rep.get(BOARDS, {"q": typed}).content.decode()
        assert re.findall(r'class="row" href="/leads/(\d+)/"', page) == [str(card.lead_id) for card in found]
    assert "Campaign 14/" in page or "Nobody is found on your boards." in page
    page = rep.get(board.get_absolute_url(), {"q": "мельник"}).content.decode()
    assert "1 card found" in page
    assert "closed, read only" in page


def test_many_found_come_page_by_page(rep, board, django_assert_num_queries):
    make.cards(board, 35)
    with django_assert_num_queries(4):
        page = rep.get(BOARDS, {"q": "lead"}).content.decode()
    assert page.count('href="/leads/') == 30 + page.count('href="/leads/add/"')
    onward = re.search(r'class="more" href="([^"]+)"', page)[1].replace("&amp;", "&")
    rest = rep.get(onward).content.decode()
    assert len(re.findall(r'class="row" href="/leads/\d+/"', rest)) == 5
    assert 'class="more"' not in rest


def test_the_menu_of_a_board(rep, upline, board):
    menu = reverse("pipeline:board_menu", args=[board.pk])
    assert rep.get(menu).content.startswith(b"<!doctype html>")
    page = rep.peek(menu).content.decode()
    assert "Add to favourites" in page
    assert reverse("pipeline:stages", args=[board.pk]) in page
    assert "Among your favourites." in rep.tap(star(board), {"on": "yes"}).content.decode()
    assert "Remove from favourites" in rep.peek(menu).content.decode()
    shares.share_board(board, with_=upline.user, may_comment=False, by=rep.user)
    page = upline.peek(menu).content.decode()
    assert "Add to favourites" in page
    assert reverse("pipeline:stages", args=[board.pk]) not in page
