"""A rep's people in a phone's browser: doubles, merging, files to take away."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests import make
from tests.flows.test_pages import faults

pytestmark = pytest.mark.django_db(transaction=True)


def test_typing_a_phone_one_has_already_says_so_at_once(phone, rep, board):
    lead = make.card(board, "Grace", phone="0671112233").lead
    page = phone(rep)
    page.goto(reverse("pipeline:add"))
    page.get_by_label("Phone", exact=True).press_sequentially("067 111 22 33")
    expect(page.locator("#known")).to_contain_text("You already have this number: Grace")
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#known a").tap()
    expect(page).to_have_url(f"{page.url.split('/leads')[0]}{lead.get_absolute_url()}")
