"""The next pages of a column."""

import re

import pytest
from django.urls import reverse

from pipeline.actions import ensure_board, move_card
from tests import make


def url(board, stage, **query):
    return reverse("pipeline:column", args=[board.pk, stage.pk], query=query or None)


def names(response):
    return re.findall(r"<b>([^<]+)</b>", response.content.decode())


def next_page(response):
    return re.search(r'hx-get="([^"]+)"', response.content.decode())


def test_pages_follow_one_another_without_gap_or_repetition(rep, board, stages):
    make.cards(board, 32)
    response = rep.get(board.get_absolute_url())
    seen = [names(response)[-15:]]
    while link := next_page(response):
        response = rep.peek(link[1])
        seen.append(names(response))
    assert [len(page) for page in seen] == [15, 15, 2]
    assert [name for page in seen for name in page] == [f"Lead {k}" for k in range(32, 0, -1)]


def test_a_card_moved_away_meanwhile_leaves_no_gap(rep, board, stages):
    cards = make.cards(board, 17)
    link = next_page(rep.get(board.get_absolute_url()))[1]
    move_card(cards[2], to=stages["offer"], version=1, by=rep.user)
    assert names(rep.peek(link)) == ["Lead 2", "Lead 1"]


def test_fragment_and_page(rep, board, stages):
    make.cards(board, 1)
    assert rep.get(url(board, stages["prospects"])).content.startswith(b"<!doctype html>")
    assert b"<html" not in rep.peek(url(board, stages["prospects"])).content


@pytest.mark.parametrize("who", ["stranger", "upline", "manager"])
def test_is_404_for(who, cast, board, stages):
    assert cast[who].get(url(board, stages["prospects"])).status_code == 404


@pytest.mark.parametrize("after", ["x", "NaN", "1" * 2000, "1e999999", "-1e999999"])
def test_an_address_made_up_is_404(after, rep, board, stages):
    assert rep.get(url(board, stages["prospects"], after=after)).status_code == 404


def test_the_stage_of_another_board_is_404(rep, stranger, board, company, stages):
    other = ensure_board(stranger.rep, company.campaign).stages.first()
    assert rep.get(url(board, other)).status_code == 404


def test_post_is_refused(rep, board, stages):
    assert rep.post(url(board, stages["prospects"])).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, stages, django_assert_num_queries):
    make.cards(board, n)
    with django_assert_num_queries(5):
        rep.peek(url(board, stages["prospects"]))
