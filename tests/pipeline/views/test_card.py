"""What to do with a card."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import make


def url(card):
    return reverse("pipeline:card", args=[card.pk])


def test_fragment_and_page(rep, card):
    assert rep.get(url(card)).content.startswith(b"<!doctype html>")
    page = rep.peek(url(card)).content.decode()
    assert "<html" not in page
    assert "In Prospects since today" in page


def test_offers_the_other_stages(rep, board, card, stages):
    make.card(board, "Burl", stage=stages["offer"])
    page = rep.peek(url(card)).content.decode()
    offered = re.findall(r'name="to" value="(\d+)"><span class="tx">([^<]+)</span><span class="sub">(\d+)<', page)
    assert [(name, n) for _, name, n in offered] == [("Contacted", "0"), ("Offer sent", "1"), ("Ordered", "0"), ("Not interested", "0")]


def test_of_a_closed_campaign_is_not_moved(rep, card, company):
    company.campaign.closed_at = timezone.now()
    company.campaign.save(update_fields=["closed_at"])
    page = rep.peek(url(card)).content.decode()
    assert "its campaign is closed" in page
    assert 'name="to"' not in page


def test_the_face_is_the_card_alone(rep, card):
    face = reverse("pipeline:face", args=[card.pk])
    assert rep.peek(face).content.decode().startswith(f'<li class="card" id="card-{card.pk}" data-version="1">')
    assert rep.get(face)["Location"] == url(card)


@pytest.mark.parametrize("who", ["stranger", "upline", "manager", "staff"])
@pytest.mark.parametrize("page", ["card", "face"])
def test_is_404_for(page, who, cast, card):
    assert cast[who].peek(reverse(f"pipeline:{page}", args=[card.pk])).status_code == 404


def test_post_is_refused(rep, card):
    assert rep.post(url(card)).status_code == 405
