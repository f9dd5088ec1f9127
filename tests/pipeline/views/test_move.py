"""Moving a card."""

import pytest
from django.urls import reverse
from django.utils import timezone

from pipeline import actions
from pipeline.models import Card, Move
from teams.models import ActivityCount
from tests import make


def url(card):
    return reverse("pipeline:move", args=[card.pk])


def names(stage):
    return [card.lead.name for card in Card.objects.filter(stage=stage).order_by("rank")]


def test_works_and_stands_on_top(rep, board, card, stages):
    make.card(board, "Burl Clemente", stage=stages["offer"])
    response = rep.tap(url(card), {"to": stages["offer"].pk, "version": card.version})
    assert response.status_code == 200
    assert names(stages["offer"]) == ["Oksana Melnyk", "Burl Clemente"]
    page = response.content.decode()
    assert f'<ul id="card-{card.pk}" hx-swap-oob="delete"></ul>' in page
    assert f'hx-swap-oob="afterend:#top-{stages["offer"].pk}"><li class="card"' in page
    assert f'<b id="n-{stages["prospects"].pk}" hx-swap-oob="true">0</b>' in page
    assert f'<b id="n-{stages["offer"].pk}" hx-swap-oob="true">2</b>' in page
    assert ActivityCount.objects.get(rep=rep.rep, kind="move").n == 1


def test_undo_is_offered_and_works(rep, card, stages):
    page = rep.tap(url(card), {"to": stages["offer"].pk, "version": 1}).content.decode()
    assert f'<input type="hidden" name="to" value="{stages["prospects"].pk}"><input type="hidden" name="version" value="2">' in page
    rep.tap(url(card), {"to": stages["prospects"].pk, "version": 2})
    assert names(stages["prospects"]) == ["Oksana Melnyk"]


def test_without_javascript_returns_to_the_board(rep, board, card, stages):
    response = rep.post(url(card), {"to": stages["offer"].pk, "version": card.version})
    assert (response.status_code, response["Location"]) == (302, board.get_absolute_url())


def test_a_double_tap_is_one_move(rep, card, stages):
    for _ in range(2):
        assert rep.tap(url(card), {"to": stages["offer"].pk, "version": 1}).status_code == 200
    assert Move.objects.filter(card=card).count() == 1
    assert ActivityCount.objects.get(rep=rep.rep, kind="move").n == 1


@pytest.mark.parametrize("target", ["sheet", ""])
def test_a_stale_card_shows_the_fresh_one(target, rep, card, stages):
    actions.move_card(card, to=stages["ordered"], version=card.version, by=rep.user)
    headers = {"HX-Request": "true", "HX-Target": target}
    response = rep.client.post(url(card), {"to": stages["offer"].pk, "version": card.version}, headers=headers)
    assert response.status_code == 409
    assert "Oksana Melnyk was changed meanwhile." in response.content.decode()
    assert names(stages["ordered"]) == ["Oksana Melnyk"]
    assert names(stages["offer"]) == []


@pytest.mark.parametrize(
    "data", [{}, {"to": "x", "version": "1"}, {"to": "0", "version": "1"}, {"version": "1"}, {"to": "1", "version": ""}]
)
def test_bad_input_is_422_with_the_sheet(data, rep, card, stages):
    response = rep.tap(url(card), data)
    assert response.status_code == 422
    assert "Choose a stage of this board." in response.content.decode()
    assert names(stages["prospects"]) == ["Oksana Melnyk"]


def test_the_stage_of_another_board_is_bad_input(rep, stranger, card, company):
    other = actions.ensure_board(stranger.rep, company.campaign).stages.first()
    assert rep.tap(url(card), {"to": other.pk, "version": 1}).status_code == 422


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_is_404_for(who, cast, card, stages):
    assert cast[who].post(url(card), {"to": stages["offer"].pk, "version": 1}).status_code == 404


def test_get_is_refused(rep, card):
    assert rep.get(url(card)).status_code == 405


def test_a_closed_campaign_is_409(rep, card, stages, company):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    response = rep.post(url(card), {"to": stages["offer"].pk, "version": 1})
    assert response.status_code == 409
    assert "This campaign is closed." in response.content.decode()
    assert names(stages["prospects"]) == ["Oksana Melnyk"]
