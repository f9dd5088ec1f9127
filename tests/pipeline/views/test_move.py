"""Moving a card."""

import pytest
from django.urls import reverse
from django.utils import timezone

from leads import cadences
from leads.models import Enrolment
from pipeline import actions
from pipeline.models import Card, Move, Stage
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


def since(card):
    return Card.objects.values_list("stage__standard", "rank", "entered_stage_at").get(pk=card.pk)


def test_undo_puts_the_card_back_as_if_it_had_not_moved(rep, board, card, stages):
    above, below = make.card(board, "Above"), card
    stood = since(card)
    page = rep.tap(url(card), {"to": stages["offer"].pk, "version": 1}).content.decode()
    back = reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk])
    assert f'<form method="post" action="{back}" hx-post="{back}" hx-swap="none">' in page
    for _ in range(20):
        response = rep.tap(back)
        assert response.status_code == 200
    assert since(card) == stood
    assert names(stages["prospects"]) == [above.lead.name, below.lead.name]
    assert Move.objects.count() == 0
    page = response.content.decode()
    assert "Oksana Melnyk: back in Prospects" in page
    assert f'hx-swap-oob="afterend:#card-{above.pk}"><li class="card"' in page
    assert "Undo" not in page


@pytest.mark.parametrize("end", ["declined", "ordered"])
def test_undo_lets_follow_ups_go_on_that_the_move_has_ended(rep, board, card, stages, end):
    series = cadences.add_cadence(by=rep.user, name="Spring", reach="own", repeats=False, steps=[cadences.Said(3)])
    other = cadences.add_cadence(by=rep.user, name="Autumn", reach="own", repeats=False, steps=[cadences.Said(3)])
    one, by_hand = (cadences.start(card.lead, which, by=rep.user) for which in (series, other))
    cadences.stop(by_hand, by=rep.user)
    rep.tap(url(card), {"to": stages[end].pk, "version": 1})
    assert Enrolment.objects.running().count() == 0
    rep.tap(reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk]))
    assert list(Enrolment.objects.running().values_list("pk", "next_day")) == [(one.pk, one.next_day)]


def test_undo_without_javascript_is_a_button_on_the_message(rep, board, card, stages):
    page = rep.post(url(card), {"to": stages["offer"].pk, "version": 1}, follow=True).content.decode()
    back = reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk])
    assert f'<form method="post" action="{back}"><input type="hidden" name="csrfmiddlewaretoken"' in page
    assert "Oksana Melnyk: back in Prospects" in rep.post(back, follow=True).content.decode()
    assert names(stages["prospects"]) == ["Oksana Melnyk"]


def test_undo_takes_the_top_when_the_old_place_is_taken(rep, board, card, stages):
    rep.tap(url(card), {"to": stages["offer"].pk, "version": 1})
    make.card(board, "Burl Clemente")
    Card.objects.filter(lead__name="Burl Clemente").update(rank=Move.objects.get().was_rank)
    assert rep.tap(reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk])).status_code == 200
    assert names(stages["prospects"]) == ["Oksana Melnyk", "Burl Clemente"]


def test_undo_of_a_card_that_went_on_since_says_so(rep, card, stages):
    rep.tap(url(card), {"to": stages["offer"].pk, "version": 1})
    first = Move.objects.get()
    actions.move_card(card, to=stages["ordered"], version=2, by=rep.user)
    response = rep.tap(reverse("pipeline:undo_move", args=[card.pk, first.pk]))
    assert response.status_code == 409
    assert "Oksana Melnyk was changed meanwhile." in response.content.decode()
    assert names(stages["ordered"]) == ["Oksana Melnyk"]


def test_undo_after_the_campaign_has_closed_says_so(rep, card, stages, company):
    rep.tap(url(card), {"to": stages["offer"].pk, "version": 1})
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    response = rep.tap(reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk]))
    assert response.status_code == 409
    assert "This campaign is closed." in response.content.decode()
    assert names(stages["offer"]) == ["Oksana Melnyk"]


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_undo_is_404_for(who, cast, rep, card, stages):
    rep.tap(url(card), {"to": stages["offer"].pk, "version": 1})
    assert cast[who].post(reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk])).status_code == 404
    assert rep.get(reverse("pipeline:undo_move", args=[card.pk, Move.objects.get().pk])).status_code == 405


def test_a_stage_over_its_limit_is_said_not_refused(rep, board, card, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(limit=1)
    make.card(board, "Burl Clemente", stage=stages["offer"])
    page = rep.tap(url(card), {"to": stages["offer"].pk, "version": 1}).content.decode()
    assert "Oksana Melnyk: moved to Offer sent. 2 stand there, 1 should at most." in page


@pytest.mark.parametrize("target", ["sheet", ""])
def test_what_a_stage_asks_for_first_is_explained_with_the_way_to_fill_it_in(target, rep, board, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(needs=["email", "phone", "tag"])
    card = make.card(board, phone="067 111 22 33")
    headers = {"HX-Request": "true", "HX-Target": target}
    response = rep.client.post(url(card), {"to": stages["offer"].pk, "version": 1}, headers=headers)
    assert response.status_code == 422
    page = response.content.decode()
    assert "“Offer sent” asks for more first. Oksana Melnyk still needs: an e-mail, a tag." in page
    assert f'href="{reverse("pipeline:edit", args=[card.lead_id])}">Fill in<' in page
    assert names(stages["prospects"]) == ["Oksana Melnyk"]


def test_without_javascript_returns_to_the_board(rep, board, card, stages):
    response = rep.post(url(card), {"to": stages["offer"].pk, "version": card.version})
    assert (response.status_code, response["Location"]) == (302, board.get_absolute_url())


def test_twenty_taps_are_one_move(rep, card, stages):
    for _ in range(20):
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
