"""The pages of a board's stages."""

import pytest
from django.urls import reverse
from django.utils import timezone

from pipeline.models import Stage
from tests import make


def url(board):
    return reverse("pipeline:stages", args=[board.pk])


def page_of(stage):
    return reverse("pipeline:stage", args=[stage.pk])


def test_shows_them_with_their_cards_and_adds_one(rep, board, card):
    page = rep.get(url(board)).content.decode()
    assert "1 card · 7 days" in page
    response = rep.post(url(board), {"name": "Trial", "limit": "5", "days": "3"})
    assert (response.status_code, response["Location"]) == (302, url(board))
    assert board.stages.values_list("place", "limit", "days", "end").get(own_name="Trial") == (6, 5, 3, "")
    page = rep.get(url(board)).content.decode()
    assert "0 cards · at most 5 · 3 days" in page
    assert "Added: Trial" in page


@pytest.mark.parametrize(
    "said", [{}, {"name": "x", "limit": "0"}, {"name": "x", "days": "366"}, {"name": "x" * 41}, {"name": "x", "end": "?"}]
)
def test_bad_input_is_422_with_the_form(said, rep, board):
    response = rep.post(url(board), said)
    assert response.status_code == 422
    assert board.stages.count() == 5


def test_a_stage_is_changed(rep, board, stages):
    assert "Without a name it is called Offer sent." in rep.get(page_of(stages["offer"])).content.decode()
    assert rep.post(page_of(stages["offer"]), {"name": "<b>Gift</b>", "end": "won", "limit": "", "days": ""}).status_code == 302
    stage = Stage.objects.get(pk=stages["offer"].pk)
    assert (stage.own_name, stage.end) == ("<b>Gift</b>", "won")
    assert "&lt;b&gt;Gift&lt;/b&gt;" in rep.get(board.get_absolute_url()).content.decode()


def test_it_changes_places_and_is_removed(rep, board, card, stages):
    assert rep.post(reverse("pipeline:stage_shift", args=[stages["offer"].pk]), {"forward": "yes"})["Location"] == url(board)
    assert Stage.objects.get(pk=stages["offer"].pk).place == 4
    remove = reverse("pipeline:stage_remove", args=[stages["prospects"].pk])
    response = rep.post(remove)
    assert response.status_code == 422
    assert "Choose the stage its cards go to." in response.content.decode()
    for _ in range(2):
        assert rep.post(remove, {"to": stages["contacted"].pk})["Location"] == url(board)
    assert f"s-{stages['prospects'].pk}" not in rep.get(board.get_absolute_url()).content.decode()
    card.refresh_from_db()
    assert card.stage == stages["contacted"]


def test_the_companys_stages_are_shown_only(rep, board, stages):
    Stage.objects.filter(pk=stages["offer"].pk).update(is_company=True)
    page = rep.get(url(board)).content.decode()
    assert "The company’s" in page
    assert page_of(stages["offer"]) not in page
    response = rep.post(page_of(stages["offer"]), {"name": "Mine", "end": ""})
    assert response.status_code == 409
    assert "This stage is the company&#x27;s." in response.content.decode()


def test_of_a_closed_campaign_none_is_changed(rep, board, stages, company):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    page = rep.get(url(board)).content.decode()
    assert "This campaign is closed." in page
    assert 'name="name"' not in page
    assert rep.post(url(board), {"name": "Late"}).status_code == 409
    assert rep.post(page_of(stages["offer"]), {"name": "Late", "end": ""}).status_code == 409
    assert rep.post(reverse("pipeline:stage_shift", args=[stages["offer"].pk])).status_code == 302
    assert Stage.objects.get(pk=stages["offer"].pk).place == 3


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
def test_is_404_for(who, cast, board, stages):
    assert cast[who].get(url(board)).status_code == 404
    for name in ("stage", "stage_shift", "stage_remove"):
        assert cast[who].post(reverse(f"pipeline:{name}", args=[stages["offer"].pk])).status_code == 404


def test_get_is_refused(rep, stages):
    for name in ("stage_shift", "stage_remove"):
        assert rep.get(reverse(f"pipeline:{name}", args=[stages["offer"].pk])).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_queries(n, rep, board, stages, django_assert_num_queries):
    for stage in list(stages.values())[n:]:
        Stage.objects.filter(pk=stage.pk).update(place=None)
    make.cards(board, n)
    with django_assert_num_queries(4):
        rep.get(url(board))
