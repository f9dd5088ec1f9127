"""Scenario 9 and what surrounds it: a purchase, its delivery, a message from a template, on a phone."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from leads.models import Attempt, Purchase
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_purchase_comes_and_the_customer_is_told(phone, rep, board):
    lead = make.card(board, "Burl Clemente", phone="067 111 22 33").lead
    make.template(rep.rep, text="Hi {first_name}, {product} has arrived.\nWhen shall I bring it? 100 % & more")
    page = phone(rep)
    sent = []
    page.context.route("https://wa.me/**", lambda route: (sent.append(route.request.url), route.fulfill(body="WhatsApp"))[0])
    page.goto(lead.get_absolute_url())

    page.get_by_role("link", name="Add a purchase").tap()
    page.get_by_label("What", exact=True).fill("honey hand cream")
    page.get_by_label("Price for one").fill("1 234,56")
    page.get_by_role("button", name="Save").tap()
    expect(page.locator("#purchases")).to_contain_text("₴1,234.56 · wanted")
    page.goto("/order/")
    page.get_by_role("button", name=re.compile("Placed")).tap()
    expect(page.get_by_role("button", name=re.compile("Delivered today"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Delivered today")).tap()
    expect(page.locator("#main")).to_contain_text("· delivered")
    page.locator("#toasts").get_by_role("button", name="Undo", exact=True).last.tap()
    expect(page.locator("#main")).to_contain_text("· ordered")
    assert Purchase.objects.get().state == "ordered"

    page.goto(lead.get_absolute_url())
    for n in range(10):
        make.template(rep.rep, name=f"Another {n}", text="Bye")
    page.get_by_role("link", name="Send a message").tap()  # three taps and Send; of many one finds it by a word
    page.get_by_label("Search the templates").fill("arrived")
    expect(page.locator("#choices li")).to_have_count(1)
    page.get_by_role("link", name=re.compile("Order has arrived.*Hi Burl")).tap()
    page.get_by_role("link", name="Open in WhatsApp").tap()
    page.wait_for_url("https://wa.me/**")
    assert parse_qs(urlsplit(sent[0]).query) == {"text": ["Hi Burl, honey hand cream has arrived.\nWhen shall I bring it? 100 % & more"]}
    page.go_back()
    expect(page.get_by_text("How did it go?").first).to_be_visible()
    attempt = Attempt.objects.get()
    assert (attempt.channel, attempt.template) == ("whatsapp", "Order has arrived")
    page.goto(lead.get_absolute_url())
    expect(page.locator("#timeline")).to_contain_text("WhatsApp “Order has arrived”")
    assert page.complaints == []
